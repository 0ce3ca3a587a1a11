"""A believable programme to look at: both tariffs, most of a year, and something in every state.

It is made by the functions that the real one goes through, under moments of the past; the same on every day but for
the dates.
"""

import datetime as dt
import random
from collections.abc import Iterator
from typing import Any

from django.db import transaction

from partners import months, registration
from partners.models import Partner, Tariff, User
from payouts import contracts, tariff_change
from referrals import attribution, close, events, new_terms
from referrals.feed import check
from referrals.models import Client
from skorozvon_partners import demo_desk, demo_payouts, demo_people

PASSWORD = "demo-partner"  # noqa: S105 - printed for everyone to see; the command refuses to run in production
MONTHS = 10

_PARTNERS = [
    # e-mail, name, tariff, code, clients: what it is an example of
    ("anna@example.ru", "Анна Юрлицова", Tariff.LEGAL, "62b0", 12),  # a legal partner with a contract
    ("gleb@example.ru", "Глеб Первоклиентов", Tariff.LEGAL, "gleb1", 1),  # one client: no withdrawal yet
    ("darya@example.ru", "Дарья Новосёлова", Tariff.LEGAL, "darya", 0),  # nothing so far
    ("boris@example.ru", "Борис Физлицын", Tariff.INDIVIDUAL, "3456", 9),  # an individual
    ("vera@example.ru", "Вера Блогова", Tariff.INDIVIDUAL, "vera-blog", 3),
    ("egor@example.ru", "Егор Переходов", Tariff.INDIVIDUAL, "egor7", 4),  # changed tariff
    ("zoya@example.ru", "Зоя Закрытова", Tariff.LEGAL, "zoya", 2),  # blocked; her clients go on earning
]
_COMPANIES = [
    *("ООО «Красные цветы»", "ИП Сергеев А. В.", "ООО «Северный ветер»", "АО «Телемаркет»", "ООО «Окна Плюс»"),
    *("ООО «Юридическая помощь «Щит и закон» города Комсомольска-на-Амуре и Хабаровского края»", "ИП Ким О. Л."),
    *("ООО «Доставка обедов»", "ООО «Ремонт-24»", "ООО «Автошкола «Старт»", "ИП Белова Н. К.", "ООО «Медцентр»"),
    *("ООО «Кредит-Консалт»", "ООО «Турбаза «Озеро»", "АО «Пластик»", "ООО «Школа английского»", "ИП Орлов Д. Д."),
    *("ООО «Натяжные потолки»", "ООО «Чистый дом»", "ООО «Логистик-Юг»", "ИП Гусева Т. А.", "ООО «Фитнес-Клуб»"),
    *("ООО «Стройматериалы»", "ООО «Вектор»", "ООО «Сад и огород»", "ИП Панин В. С.", "ООО «Печати и штампы»"),
    *("ООО «Страховой брокер»", "ООО «Мебель на заказ»", "ООО «Кофе с собой»", "ИП Яковлева Е. Р.", "ООО «Новострой»"),
    *("ООО «=1+1»",),
]


def seed(*, now: dt.datetime) -> None:
    """Fill an empty database. All or nothing."""
    with transaction.atomic():
        _Demo(now).play()


class _Demo:
    def __init__(self, now: dt.datetime) -> None:
        self.now = now
        self.random = random.Random(62)  # noqa: S311 - the same demo on every machine
        self.months = [months.month_of(now)]
        while len(self.months) < MONTHS:
            self.months.insert(0, months.preceding(self.months[0]))
        self.long_ago = months.month_of(months.plus_months(now, -31))  # its 24 months end while the demo goes on
        self.number = 0
        self.staff = User.objects.create_user(
            "staff@example.ru", PASSWORD, is_staff=True, is_superuser=True, full_name="Озод Юсупов"
        )

    def play(self) -> None:
        for number, (email, name, tariff, code, _) in enumerate(_PARTNERS):
            registration.admit(
                User.objects.create_user(email, PASSWORD, account_id=f"acc-{code}", full_name=name),
                tariff=tariff,
                full_name=name,
                phone=f"+7 900 000-00-{number + 1:02}",
                registered_at=self.at(self.long_ago, 1, 10 + number),
                code=code,
            )
        self.campaigns = demo_people.advertise(
            self.partner("anna"), self.partner("boris"), now=self.at(self.months[0], 1, 9)
        )
        contracts.record_signed(self.partner("anna"), number="118", signed_on=self.months[2].replace(day=5))
        incoming = sorted(self.events(), key=lambda event: event["at"])
        for month in self.months:
            ended = min(months.due_at(month, 6), self.now)
            self.receive([event for event in incoming if event["at"] < ended], now=ended)
            incoming = [event for event in incoming if event["at"] >= ended]
            if months.due_at(month, 6) <= self.now:
                close.run(month, now=ended)
            self.staff_does(month)
        self.receive_odd_ones()
        demo_people.visit(self.campaigns, self.months, self.now)
        demo_people.ask(self.partner("anna"), by=self.staff, now=self.now)
        demo_people.apply(PASSWORD, by=self.staff, now=self.now)
        demo_people.employ(PASSWORD, by=self.staff, now=self.now)
        demo_payouts.pay_out(self.partner("anna"), self.partner("vera"), by=self.staff, now=self.now)
        people = {who: self.partner(who) for who in ("anna", "boris", "gleb")}
        demo_desk.wait(**people, by=self.staff, now=self.now)

    def staff_does(self, month: dt.date) -> None:
        if month == self.months[5]:
            change_at = self.at(months.following(month), 9, 15)
            partner = self.partner("egor")
            tariff_change.change(partner, Tariff.LEGAL, by=self.staff, reason="Открыл ООО, заявка №17", now=change_at)
        if month == self.months[6]:
            passed_on = Client.objects.filter(attributions__partner=self.partner("vera")).order_by("pk")[0]
            moved_at = self.at(months.following(month), 12, 11)
            reason = "Вера больше не работает с этим клиентом"
            attribution.transfer(passed_on, self.partner("anna"), by=self.staff, reason=reason, now=moved_at)
            reason = "Ссылка стояла в рассылке по чужой базе"
            registration.block(self.partner("zoya"), reason=reason, by=self.staff, now=moved_at)
            # Anna and Gleb have clients and are offered it; Darya has none and moves (R5).
            new_terms.publish(
                name="legal-2026-2",
                tariff=Tariff.LEGAL,
                starts_on=self.months[8],
                now=moved_at,
                percent_bp=1500,
                window_months=24,
                minimum_withdrawal_kopecks=100_000,
                clients_needed=2,
                contract_needed=True,
            )

    def partner(self, who: str) -> Partner:
        return Partner.objects.select_related("user").get(user__email=f"{who}@example.ru")

    def receive(self, incoming: list[dict[str, Any]], *, now: dt.datetime) -> None:
        checked = [check({**event, "at": None}, now=now) for event in incoming]
        events.receive(checked, source="http", now=now)

    # --- What the service would have sent ---------------------------------------------------------------------------

    def at(self, month: dt.date, day: int, hour: int) -> dt.datetime:
        return months.start_of(month).replace(day=day, hour=hour)

    def event(self, what: str, at: dt.datetime, **data: Any) -> dict[str, Any]:
        self.number += 1
        return {"id": f"demo-{self.number}", "type": what, "occurred_at": at.isoformat(), "data": data, "at": at}

    def events(self) -> Iterator[dict[str, Any]]:
        companies = iter(_COMPANIES)
        for *_, code, clients in _PARTNERS:
            for number in range(clients):
                first = min(number * 8 // max(clients, 8) + self.random.randrange(2), MONTHS - 2)
                # Every other client comes by one of the partner's campaigns, where it has any.
                codes = [code, *self.campaigns.get(code, [])] if number % 2 else [code]
                through = codes[number % len(codes)]
                yield from self.client(f"{code}-{number + 1}", next(companies), through, self.months[first:])
        yield from self.client("old-1", "ООО «Первые»", "62b0", self.months, registered_in=self.long_ago)
        yield from self.client("free-1", "ООО «Цветной мир»", "", self.months[4:])
        yield from self.client("late-1", "ООО «Вспомнили промокод»", "", self.months[3:])
        entered_at = self.at(self.months[5], 20, 12)  # over 30 days after the registration: from that moment on
        yield self.event("client.promo_code_applied", entered_at, client_id="late-1", promo_code="VERA-BLOG")
        yield from self.client("free-2", "ООО «Зелёный свет»", "", self.months[-2:])

    def client(
        self, account: str, company: str, code: str, active: list[dt.date], registered_in: dt.date | None = None
    ) -> Iterator[dict[str, Any]]:
        registered_on = self.random.randrange(2, 20)
        registered_at = self.at(registered_in or active[0], registered_on, self.random.randrange(9, 19))
        by_code = self.random.random() < 0.4
        yield self.event(
            "client.registered",
            registered_at,
            client_id=account,
            name=company,
            email=f"{account}@clients.example",
            phone=f"+7 495 000-{len(account):02}-{self.number % 100:02}",
            inn=None,
            ref=None if by_code else code or None,
            promo_code=code if by_code and code else None,
        )
        if code and self.random.random() < 0.15:
            return  # registered, never paid
        monthly = self.random.choice([2_900, 4_900, 7_500, 12_500, 24_000])
        for month in active:
            at = max(self.at(month, self.random.randrange(3, 27), self.random.randrange(9, 19)), registered_at)
            if at < self.now:
                yield from self.charges(account, month, at, monthly)

    def charges(self, account: str, month: dt.date, at: dt.datetime, monthly: int) -> Iterator[dict[str, Any]]:
        name = f"{account}-{months.label(month)}"
        confirmed = self.random.random() > 0.12
        yield self.charge(f"{name}-s", account, "subscription", at, f"{monthly}.00", confirmed)
        if not confirmed and self.random.random() > 0.3:
            yield self.event("charge.confirmed", at + dt.timedelta(days=6), charge_id=f"{name}-s")
        minutes = f"{self.random.randrange(200, 2_600)}.{self.random.randrange(100):02}"
        yield self.charge(f"{name}-t", account, "telephony", at + dt.timedelta(hours=3), minutes, True)
        if self.random.random() < 0.3:
            yield self.charge(f"{name}-r", account, "robot", at + dt.timedelta(hours=4), "1500.00", True)
        if self.random.random() < 0.08:
            refunded_at = at + dt.timedelta(days=self.random.randrange(1, 40))
            data = {"refund_id": f"{name}-back", "charge_id": f"{name}-s", "amount": f"{monthly // 2}.00"}
            if refunded_at < self.now:
                yield self.event("charge.refunded", refunded_at, **data)

    def charge(
        self, name: str, account: str, kind: str, at: dt.datetime, amount: str, confirmed: bool
    ) -> dict[str, Any]:
        data = {"charge_id": name, "client_id": account, "kind": kind, "amount": amount}
        return self.event("charge.created", at, **data, payment_confirmed=confirmed)

    def receive_odd_ones(self) -> None:
        """What staff has to look at: an event that waits, and one that contradicts."""
        at = self.now - dt.timedelta(hours=2)
        self.receive(
            [
                self.charge("lost-1", "not-registered-yet", "subscription", at, "4900.00", True),
                self.event("client.promo_code_applied", at, client_id="62b0-1", promo_code="3456"),
            ],
            now=self.now,
        )
