"""What the people of the demo do in the cabinet: advertise, ask for clients, fill in requisites, want to join."""

import datetime as dt
import random

from django.contrib.auth.models import Group

from partners import consents, deeds, profile, registration, tokens
from partners.models import ApiToken, Code, Partner, Requisites, Tariff, User
from referrals import attach_requests, campaigns
from referrals.models import ClickDay, Client
from skorozvon_partners.models import StaffMember
from skorozvon_partners.roles import Role

# By the partner's main code, the codes of its campaigns.
Codes = dict[str, list[str]]

_REQUISITES = {
    "name": "ООО «Юрлицова и партнёры»",
    "inn": "7707083893",
    "kpp": "770701001",
    "ogrn": "1027700132195",
    "address": "125009, Москва, Тверская улица, дом 1, офис 12",
    "bank_name": "ПАО «Пример Банк»",
    "bik": "044525225",
    "account": "40702810500000001234",
    "corr_account": "30101810400000000225",
    "vat": Requisites.Vat.NONE,
}


def advertise(anna: Partner, boris: Partner, *, now: dt.datetime) -> Codes:
    """Campaigns in several channels, one of them over."""
    Channel = Partner.Channel
    made = [
        campaigns.create(
            anna,
            name="Блог о телефонных продажах",
            channel=Channel.BLOG,
            landing_path="/tarify/",
            utm_source="blog",
            utm_medium="article",
            utm_campaign="obzor",
            erid="2VtzqxDemo1",
            now=now,
        ),
        campaigns.create(anna, name="Рассылка по базе клиентов", channel=Channel.MAILING, utm_source="mail", now=now),
        campaigns.create(anna, name="Вебинар «Обзвон без выгорания»", channel=Channel.SEMINARS, now=now),
        campaigns.create(boris, name="Канал в мессенджере", channel=Channel.SITE, utm_source="telegram", now=now),
    ]
    campaigns.archive(made[2], now=now + dt.timedelta(days=90))
    found: Codes = {}
    for campaign in made:
        main = campaign.partner.codes.get(is_main=True).value
        found.setdefault(main, []).append(campaign.code.value)
    return found


def visit(codes: Codes, months: list[dt.date], now: dt.datetime) -> None:
    """Clicks of all that time: the demo has no visitors of its own."""
    chance = random.Random(17)  # noqa: S311 - the same demo on every machine
    values = [*codes, *(value for of_partner in codes.values() for value in of_partner)]
    days = (now.date() - months[0]).days
    clicks = [
        ClickDay(code=code, day=months[0] + dt.timedelta(days=day), clicks=chance.randrange(1, 9))
        for code in Code.objects.filter(value__in=values).order_by("pk")
        for day in sorted(chance.sample(range(days), days // 3))
    ]
    for number, day in enumerate(clicks):  # some come twice, some are machines
        day.bots = day.clicks // 4
        day.unique = day.clicks - day.bots - (number % 3 == 0 and day.clicks > 1)
    ClickDay.objects.bulk_create(clicks)


def ask(anna: Partner, *, by: User, now: dt.datetime) -> None:
    """Requests to attach in each state, where the money should go, tokens for the partner's programs."""
    days = dt.timedelta(days=1)
    attach_requests.request(anna, company="ООО «Зелёный свет»", comment="Договорились на выставке", now=now - 5 * days)
    unknown = attach_requests.request(anna, company="ИП Незнакомцев", comment="", now=now - 9 * days)
    attach_requests.decline(
        unknown,
        by=by,
        reason="По этому названию прикрепить не удалось: уточните его и пришлите заявку ещё раз.",
        now=now,
    )
    free = Client.objects.filter(attributions=None).first()
    if free is not None:
        attached = attach_requests.request(anna, company=free.name, comment="", now=now - 20 * days)
        attach_requests.accept(attached, client=free, by=by, now=now - 19 * days)
    profile.enter_requisites(anna, by=anna.user, now=now - 30 * days, **_REQUISITES)
    tokens.make(anna, name="CRM", scope=ApiToken.Scope.READ, by=anna.user, now=now - 10 * days)
    lost, _ = tokens.make(anna, name="Таблица менеджера", scope=ApiToken.Scope.READ, by=anna.user, now=now - 20 * days)
    tokens.revoke(lost, by=anna.user, now=now - 12 * days)


def apply(password: str, *, by: User, now: dt.datetime) -> None:
    """An account holder who is no partner yet, one who waits, one who was declined."""
    days = dt.timedelta(days=1)
    _account("guest", "Гость Неучастник", "+7 900 000-00-08", password)
    waiting = _account("pavel", "Павел Ждунов", "+7 900 000-00-09", password)
    declined = _account("olga", "Ольга Отклонова", "+7 900 000-00-10", password)
    for user, tariff in ((waiting, Tariff.INDIVIDUAL), (declined, Tariff.LEGAL)):
        registration.request(
            user,
            tariff=tariff,
            full_name=user.full_name,
            phone=user.phone,
            agreed_to=consents.needed(tariff),
            ip=None,
            channels=[Partner.Channel.BLOG],
            now=now - 3 * days,
            needs_approval=True,
        )
    reason = "По ссылке в анкете нет вашего сайта. Укажите рабочий адрес и отправьте запрос ещё раз."
    registration.decline(declined.partner, reason=reason, by=by, now=now - days)


def employ(password: str, *, by: User, now: dt.datetime) -> None:
    """One person of staff in each role, and one who has not accepted the invitation yet."""
    people = [
        ("manager", "Марина Менеджерова", Role.MANAGER, password),
        ("accountant", "Ольга Бухгалтерова", Role.ACCOUNTANT, password),
        ("admin", "Антон Админов", Role.ADMINISTRATOR, password),
        ("newcomer", "Нина Новенькая", Role.MANAGER, None),
    ]
    for number, (who, name, role, given) in enumerate(people):
        user = User.objects.create_user(f"{who}@example.ru", given, full_name=name, is_staff=True)
        user.groups.set(Group.objects.filter(name=role))
        deeds.write(
            by=by,
            action="skorozvon_partners.staffmember.invite",
            title="Пригласить сотрудника",
            subject=StaffMember,
            rows=[StaffMember(pk=user.pk)],
            reason=f"Принимаем на работу: {role.label.lower()}",
            asked={"role": role.value},
            now=now - dt.timedelta(days=4 - number),
        )


def _account(who: str, name: str, phone: str, password: str) -> User:
    return User.objects.create_user(f"{who}@example.ru", password, account_id=f"acc-{who}", full_name=name, phone=phone)
