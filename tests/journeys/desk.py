"""The desk's pages as the people of staff who may open them: each list, a row of each kind, each action's page."""

import datetime as dt
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import time_machine
from django.conf import settings
from django.test import RequestFactory
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook
from playwright.sync_api import BrowserContext, Locator, Page, expect
from pytest_django.live_server_helper import LiveServer

from partners import consents, deeds, registration
from partners.models import Correction, Deed, Partner, Terms, User
from payouts import sending
from payouts.models import BankFile, BankStatement, Comparison, Contract, SendingSwitch, Withdrawal
from payouts.tests.desk import at_desk
from referrals import attach_requests, conflicts
from referrals.models import BURST_CLICKS, AttachRequest, ClickDay, Client, Event, Month
from skorozvon_partners import personal_data, staff
from skorozvon_partners.admin_site import site
from skorozvon_partners.models import AuditRun, Finding, Person, StaffMember
from skorozvon_partners.tests.desk import PASSWORD, code_of, set_up
from tests.factories import StaffFactory, UserFactory, deliver, registered
from tests.journeys.pages import Look

LONG = "ООО «Международное агентство телефонных продаж, обзвона и обучения операторов „Северо-Запад“»"  # 93 letters
EVERYBODY = ("staff", "manager", "accountant", "admin")
_DAY = dt.timedelta(days=1)

# What makes two rows look different: one of each kind is looked at.
_KINDS: dict[type, Any] = {
    Partner: lambda row: (row.status, row.tariff, len(row.full_name) > 50),
    AttachRequest: lambda row: (row.state, len(row.company) > 50),
    Client: lambda row: (
        bool(row.held),
        row.suspicions.open().exists(),
        row.suspicions.exists(),
        len(row.name) > 85,
        row.referrals.count() > 1,
    ),
    Withdrawal: lambda row: (row.state, row.destination),
    BankFile: lambda row: (row.discarded_at is not None,),
    BankStatement: lambda row: (bool(row.differences),),
    Contract: lambda row: (row.state,),
    Correction: lambda row: (row.state, row.needs_second),
    Month: lambda row: (row.closed_at is not None,),
    Terms: lambda row: (row.pk,),
    Event: lambda row: (row.state, hasattr(row, "review")),
    Comparison: lambda row: (bool(row.differences),),
    SendingSwitch: lambda row: (row.is_on,),
    AuditRun: lambda row: (row.finished_at is not None, bool(row.breaches)),
    Person: lambda row: (row.erased_at is not None, hasattr(row, "partner")),
    StaffMember: lambda row: (row.is_active, row.has_usable_password()),
    Deed: lambda row: (row.subject, bool(row.asked)),
}


def enter(context: BrowserContext, live_server: LiveServer, user: User) -> None:
    """By staff's own door, without the form."""
    session = at_desk(user).cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])


def come_in(page: Page, live_server: LiveServer, user: User) -> None:
    """By the door, with password and telephone, as `settings.STAFF_NEEDS_SECOND_FACTOR` asks of everybody."""
    with time_machine.travel(timezone.now() - dt.timedelta(minutes=5)):
        set_up(user)
    give_password(page, live_server, user.email, PASSWORD)
    expect(page.get_by_role("heading", level=1)).to_have_text("Введите код")
    page.get_by_label("Код").fill(code_of(user))
    page.get_by_label("Код").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Дела")


def give_password(page: Page, live_server: LiveServer, email: str, password: str) -> None:
    page.goto(f"{live_server.url}/admin/")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Пароль").fill(password)
    page.get_by_role("button", name="Войти").click()


def waiting_for_whoever_asks(page: Page) -> list[str]:
    """The headings of the first page: what waits, and what doesn't."""
    page.get_by_role("link", name="Дела", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Дела")
    return [" ".join(each.split()) for each in page.get_by_role("heading", level=2).all_inner_texts()]


def find(page: Page, words: str) -> None:
    """Types into the search of a list, which has just been opened, and waits for the one row that this leaves."""
    search = page.get_by_role("searchbox")
    search.wait_for()
    page.wait_for_load_state()  # what is typed before the page is ready is not looked for
    search.fill(words)
    expect(page.locator("#list")).to_contain_text("Найдено: 1")


def said(page: Page, words: str) -> Locator:
    """What the page says after a button was pressed."""
    return page.get_by_role("status").filter(has_text=words)


def downloaded(page: Page, link: Locator) -> Any:
    """The rows of an XLSX that a link brings, without its head."""
    with page.expect_download() as download:
        link.click()
    book = load_workbook(BytesIO(download.value.path().read_bytes()))
    return list(book.active.iter_rows(min_row=2, values_only=True))


def lists() -> list[Look]:
    """The first page and every list, whatever is in them."""
    found = [Look("desk-index", "/admin/", "staff")]
    for model, desk in site._registry.items():
        found.append(Look(f"desk-{model._meta.model_name}", desk.address("changelist"), "staff"))
    return found


def everything_at_the_desk() -> list[Look]:
    """Every page of the desk in the states that the demo and `grow` have."""
    doors = ["password_change", "password_change_done", "second_factor_new"]
    found = [Look(f"desk-{name}", reverse(f"admin:{name}"), "staff") for name in doors]
    found.append(Look("desk-login", reverse("admin:login"), None))
    found.append(Look("desk-second_factor_codes", reverse("admin:second_factor_codes"), "phone"))
    found += [Look("desk-404", "/admin/nowhere/", "staff"), Look("desk-403", "/admin/partners/terms/", "admin")]
    found += [Look("desk-invitation-over", reverse("admin:invitation", args=["MQ", "a-token"]), None)]
    found += [Look(f"desk-index-{who}", "/admin/", who) for who in EVERYBODY[1:]]
    found += lists()
    found += [
        Look("desk-client-page2", f"{reverse('admin:referrals_client_changelist')}?page=last", "staff"),
        Look("desk-client-suspicious", f"{reverse('admin:referrals_client_changelist')}?suspicious=on", "staff"),
        Look("desk-client-none", f"{reverse('admin:referrals_client_changelist')}?q=такихнет", "staff"),
        Look("desk-withdrawal-open", f"{reverse('admin:payouts_withdrawal_changelist')}?state=requested", "staff"),
        *(
            Look(f"desk-event-{state}", f"{reverse('admin:referrals_event_changelist')}?state={state}", "staff")
            for state in ("waiting", "reviewed")
        ),
        Look("desk-month-dry-run", reverse("admin:referrals_month_dry-run"), "staff"),
    ]
    anna = Partner.objects.get(user__email="anna@example.ru").pk
    found += [
        Look(f"desk-partner-anna-{who}", reverse("admin:partners_partner_change", args=[anna]), who)
        for who in EVERYBODY[1:]
    ]
    return found + list(_rows_and_actions())


def _rows_and_actions() -> Iterator[Look]:
    """A row of each kind, and each action about the first row that it fits."""
    request = RequestFactory().get("/")
    request.user = User.objects.get(email="staff@example.ru")
    for model, desk in site._registry.items():
        name, rows, acted = f"desk-{model._meta.model_name}", dict[Any, Any](), dict[str, Any]()
        for row in desk.get_queryset(request).order_by("pk")[:300]:
            rows.setdefault(_KINDS[model](row), row)
        for kind, row in rows.items():
            marks = "-".join(str(mark).lower() for mark in kind)
            yield Look(f"{name}-of-{marks}", desk.address("change", row.pk), "staff")
            for action in desk.row_actions:
                if action.fits(row):
                    acted.setdefault(action.name, row)
        for action in desk.row_actions:
            row = acted.get(action.name) or next(iter(rows.values()))
            yield Look(f"{name}-{action.name}", desk.address(action.name, row.pk), "staff")
        for action in desk.list_actions:
            yield Look(f"{name}-{action.name}", desk.address(action.name), "staff")
    closed = Month.objects.latest("starts_on").starts_on
    yield Look("desk-month-verify", reverse("admin:referrals_month_verify", args=[closed]), "staff")


def grow(*, now: dt.datetime) -> None:
    """What the demo lacks: what watching finds, what went wrong, what is over, long names, more than a page."""
    by = User.objects.get(email="staff@example.ru")
    _watch(now)
    _go_wrong(by, now)
    _end(by, now)
    _swell(by, now)


def _watch(now: dt.datetime) -> None:
    night = now.date()
    breach = "M3: начисление за 2026-10 партнёру № 4: в строке 1 500,00 ₽, по вознаграждениям 1 450,00 ₽"
    for days, breaches in ((3, [breach]), (2, []), (1, [])):
        at = now - days * _DAY
        AuditRun.objects.create(
            night=night - days * _DAY, started_at=at, finished_at=at, number=len(breaches), breaches=breaches
        )
    AuditRun.objects.create(night=night, started_at=now)
    said = {
        Finding.Kind.AUDIT: (breach, "/admin/skorozvon_partners/auditrun/"),
        Finding.Kind.FEED_SILENT: ("Событий от сервиса нет 5 часов.", "/admin/referrals/event/"),
    }
    for kind, (says, page) in said.items():
        Finding.objects.create(kind=kind, key=kind, says=says, page=page, found_at=now - _DAY)


def _go_wrong(by: User, now: dt.datetime) -> None:
    amiss = ["Заявка № 3: в Solar Staff выплачено 1 500,00 ₽, в портале 3 000,00 ₽", "Платёж 7781: заявки нет"]
    for days, found in ((2, []), (1, amiss)):
        at = now - days * _DAY
        Comparison.objects.create(
            night=at.date(), since=at - 30 * _DAY, until=at, finished_at=at, payments=12, differences=found
        )
        BankStatement.objects.create(
            digest=f"{days}", taken_in_at=at, taken_in_by=by, orders=days, paid=2 - days, differences=found[1:]
        )
    sending.switch(False, reason="Solar Staff сообщил о сбое, ждём их письма", by=by, now=now - 3 * _DAY)
    sending.switch(True, reason="Сбой устранён, сверка прошла без расхождений", by=by, now=now - 2 * _DAY)


def _end(by: User, now: dt.datetime) -> None:
    """What is over: a conflict, somebody's work here, somebody's data."""
    conflict = Event.objects.filter(state="conflict").first()
    if conflict and Event.objects.filter(state="conflict").count() > 1:
        conflicts.review(conflict, reason="Клиент остаётся у Анны, сервис подтвердил", by=by, now=now)
    gone = StaffMember.objects.get(pk=StaffFactory(email="gone@example.ru", full_name="Пётр Уволенов").pk)
    staff.switch_off(gone, reason="Уволился 20 ноября", by=by, now=now)
    personal_data.erase(
        UserFactory(email="erased@example.ru", full_name="Иван Стёртов"), reason="Запрос, вх. № 12", by=by, now=now
    )


def _swell(by: User, now: dt.datetime) -> None:
    """Long names, clients that look alike, clicks of a machine, more rows than a page has, a telephone."""
    set_up(StaffFactory(email="phone@example.ru", full_name="Фаина Телефонова"))
    Partner.objects.filter(user__email="vera@example.ru").update(full_name=LONG)
    anna = Partner.objects.get(user__email="anna@example.ru")
    at = f"{now - 40 * _DAY:%Y-%m-%d %H:%M}"
    many = [registered(f"many-{number}", at, name=f"ООО «Ромашка-{number}»", ref="62b0") for number in range(60)]
    alike = [
        registered("twin-1", at, name=LONG, inn="7707083893", email="sales@mailinator.com", ref="62b0"),
        registered("twin-2", at, name=LONG, inn="7707083893", email="twin@yandex.ru", ref="62b0"),
    ]
    deliver(*many, *alike, now=now)
    client = Client.objects.get(account_id="twin-2")
    code = anna.codes.get(is_main=True)
    ClickDay.objects.update_or_create(
        code=code,
        day=now.date() - _DAY,
        defaults={"clicks": BURST_CLICKS * 5, "unique": BURST_CLICKS * 4, "most_from_one": BURST_CLICKS * 3},
    )
    attach_requests.request(anna, company=LONG, comment="Договорились по телефону, счёт выставлен", now=now - 4 * _DAY)
    long = UserFactory(email="otdel-partnerskih-programm@mezhdunarodnoe-agentstvo.example", full_name=LONG)
    registration.request(
        long,
        tariff="legal",
        full_name=LONG,
        phone="+7 900 000-00-77",
        agreed_to=consents.needed("legal"),
        ip=None,
        website="https://mezhdunarodnoe-agentstvo-telefonnyh-prodazh.example/partners/o-nas",
        comment="Рассылка по базе, блог и семинары для руководителей отделов продаж",
        now=now - 5 * _DAY,
        needs_approval=True,
    )
    deeds.write(
        by=by,
        action="referrals.client.train",
        title="Отметить обучение",
        subject=Client,
        rows=[client],
        reason="",
        asked={"trained_on": "2026-11-02"},
        now=now,
    )
