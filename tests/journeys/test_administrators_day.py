"""The administrator's day: rights are given, all sending is stopped and started, the journal read, a person's data
handed over and erased. Of money the administrator moves none, and is shown none of others' work.
"""

import datetime as dt
import json
from typing import Any

import pytest
import time_machine
from playwright.sync_api import Browser, Page, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from partners import corrections, ledger
from partners.models import Correction, Partner, User
from payouts import decisions, sending, withdrawals
from payouts.models import Withdrawal
from payouts.tests.people import individual, legal
from payouts.tests.test_sending import known_to
from referrals import close
from skorozvon_partners import audit
from skorozvon_partners.roles import Role
from skorozvon_partners.tests.desk import in_role
from tests.emulators.solar_staff import SolarStaff
from tests.factories import month, moscow
from tests.journeys.desk import come_in, downloaded, find, said, waiting_for_whoever_asks
from tests.journeys.watching import Watch, violations

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

TODAY = moscow("2026-01-15 10:00")
MINUTE = dt.timedelta(minutes=1)


def test_an_administrators_day(
    page: Page, browser: Browser, watch: Watch, live_server: LiveServer, solar_staff: SolarStaff, settings: Settings
) -> None:
    settings.STAFF_NEEDS_SECOND_FACTOR = True
    anton = in_role(Role.ADMINISTRATOR, email="anton@skorozvon.ru", full_name="Антон Админов")
    olga = in_role(Role.ACCOUNTANT, email="olga@skorozvon.ru", full_name="Ольга Бухгалтерова")
    pavel = in_role(Role.MANAGER, email="pavel@skorozvon.ru", full_name="Павел Менеджеров")
    with time_machine.travel(TODAY.astimezone(dt.UTC), tick=True):
        anna, boris = legal(20_000_00), known_to(solar_staff, individual(9_000_00, card=""))
        close.run(month("2025-12"), now=moscow("2026-01-01 06:00"))
        come_in(page, live_server, anton)
        only_what_is_its_own_is_there(page, live_server, watch)
        large = asked_for(anna, by=olga)
        a_colleague_gets_another_role(page)
        and_says_the_second_yes(browser, live_server, pavel, large)
        all_sending_stops_and_goes_on(page, approved(boris, by=olga), solar_staff)
        the_journal_is_read(page)
        somebodys_data_is_handed_over(page, anna)
        and_erased(page, anna)
        assert list(audit.run()) == []


def asked_for(anna: Partner, *, by: User) -> Correction:
    """The accountant's correction, which is too large for one person."""
    how: Any = {"memo": "бонус за вебинар", "reason": "Обещали письмом", "key": "large", "by": by, "now": TODAY}
    return corrections.request(anna, amount_kopecks=15_000_00, **how)


def approved(boris: Partner, *, by: User) -> Withdrawal:
    asked = withdrawals.request(boris, amount_kopecks=5_000_00, destination="card", by=boris.user, now=TODAY)
    decisions.approve(asked, by=by, now=TODAY)
    return asked


def give_reason(page: Page, reason: str, button: str) -> None:
    """The reason typed, and the button by the keyboard."""
    page.get_by_label("Причина").fill(reason)
    assert violations(page) == []
    page.get_by_role("button", name=button).focus()
    page.keyboard.press("Enter")


def only_what_is_its_own_is_there(page: Page, live_server: LiveServer, watch: Watch) -> None:
    sections = page.get_by_role("navigation", name="Разделы").get_by_role("link")
    assert sections.all_inner_texts() == [
        *("Дела", "Партнёры", "Отправка", "Проверки"),
        *("Персональные данные", "Сотрудники", "Журнал"),
    ]
    assert waiting_for_whoever_asks(page) == ["Здесь ничего не ждёт"]
    assert violations(page) == []
    watch.expected = ["403"]
    for path in ("payouts/withdrawal/", "payouts/bankfile/collect/", "partners/correction/", "partners/terms/publish/"):
        page.goto(f"{live_server.url}/admin/{path}")
        expect(page.get_by_role("heading", level=1)).to_have_text("Сюда нельзя")
    assert violations(page) == []
    page.get_by_role("link", name="К делам").click()


def a_colleague_gets_another_role(page: Page) -> None:
    page.get_by_role("link", name="Сотрудники").click()
    assert violations(page) == []
    page.get_by_role("link", name="Павел Менеджеров").click()
    assert violations(page) == []
    page.get_by_role("link", name="Сменить роль").click()
    page.get_by_role("radio", name="Бухгалтер").check()
    give_reason(page, "Перешёл в бухгалтерию с 15 января", "Сменить роль")
    expect(said(page, "Роль изменена.")).to_be_visible()


def and_says_the_second_yes(browser: Browser, live_server: LiveServer, pavel: User, large: Correction) -> None:
    context = browser.new_context(locale="ru-RU", timezone_id="Europe/Moscow")
    watch = Watch(context)
    his = context.new_page()
    come_in(his, live_server, pavel)
    assert waiting_for_whoever_asks(his) == ["Подтвердить корректировки 1", "Здесь ничего не ждёт"]
    his.get_by_role("link", name=f"№ {large.pk}").click()
    expect(his.locator(".hero")).to_contain_text("15 000,00 ₽")
    expect(his.locator(".hero")).to_contain_text("35 000,00 ₽")  # what the balance becomes
    assert violations(his) == []
    his.get_by_role("button", name="Провести").click()
    expect(said(his, f"Корректировка № {large.pk} проведена.")).to_be_visible()
    assert ledger.balance(large.partner) == 35_000_00
    watch.assert_quiet()
    context.close()


def all_sending_stops_and_goes_on(page: Page, waiting: Withdrawal, solar_staff: SolarStaff) -> None:
    page.get_by_role("link", name="Отправка", exact=True).click()
    assert violations(page) == []
    page.get_by_role("link", name="Выключить отправку").click()
    give_reason(page, "Solar Staff сообщил о сбое", "Выключить отправку")
    expect(said(page, "ни одна выплата не уйдёт")).to_be_visible()
    sending.run_due(now=TODAY + MINUTE)
    waiting.refresh_from_db()
    assert (waiting.state, solar_staff.journal()) == ("approved", [])
    assert "Отправка выключена" in waiting_for_whoever_asks(page)
    expect(page.get_by_text("Выплаты не уходят. Причина: Solar Staff сообщил о сбое")).to_be_visible()
    assert violations(page) == []

    page.get_by_role("link", name="Отправка", exact=True).click()
    assert violations(page) == []
    page.get_by_role("link", name="Включить отправку").click()
    give_reason(page, "Сбой устранён", "Включить отправку")
    expect(said(page, "одобренные заявки уйдут в течение минуты")).to_be_visible()
    sending.run_due(now=TODAY + 2 * MINUTE)
    waiting.refresh_from_db()
    assert (waiting.state, [each["paid"] for each in solar_staff.journal()]) == ("paid", ["5000.00"])


def the_journal_is_read(page: Page) -> None:
    page.get_by_role("link", name="Журнал", exact=True).click()
    assert violations(page) == []
    rows = page.get_by_role("table").get_by_role("row")
    page.get_by_label("Кто").select_option("pavel@skorozvon.ru")
    expect(rows).to_have_count(4)  # with a head
    for number, deed in ((1, "Провести"), (2, "Вход"), (3, "Пароль принят, нужен код")):
        expect(rows.nth(number)).to_contain_text(deed)
    page.get_by_role("link", name="Сбросить").click()
    page.wait_for_url("**/deed/")
    page.wait_for_load_state()  # a filter that is changed before the page is ready changes nothing
    page.get_by_label("Что сделано").select_option("Сменить роль")
    expect(rows).to_have_count(2)
    expect(rows.nth(1)).to_contain_text("anton@skorozvon.ru")
    page.get_by_role("link", name="Сменить роль").click()
    expect(page.get_by_text("Перешёл в бухгалтерию с 15 января")).to_be_visible()
    expect(page.get_by_text("Бухгалтер", exact=True)).to_be_visible()
    assert violations(page) == []

    page.get_by_role("link", name="Журнал", exact=True).first.click()
    page.wait_for_url("**/deed/")
    page.wait_for_load_state()
    page.get_by_label("Раздел", exact=True).select_option("Отправка")
    expect(rows).to_have_count(3)
    page.get_by_text("Скачать", exact=True).click()
    assert [each[1:4] + each[5:6] for each in downloaded(page, page.get_by_role("link", name="Excel"))] == [
        ("anton@skorozvon.ru", "Включить отправку", "Отправка", "Сбой устранён"),
        ("anton@skorozvon.ru", "Выключить отправку", "Отправка", "Solar Staff сообщил о сбое"),
    ]


def somebodys_data_is_handed_over(page: Page, anna: Partner) -> None:
    page.get_by_role("link", name="Персональные данные").click()
    assert violations(page) == []
    find(page, str(anna.pk))
    page.get_by_role("row").nth(1).get_by_role("link").click()
    expect(page.get_by_text("35 000,00 ₽")).to_be_visible()
    assert violations(page) == []
    page.get_by_role("link", name="Выгрузить данные").click()
    page.get_by_label("Причина").fill("Запрос от 14 января, вх. № 17")
    assert violations(page) == []
    with page.expect_download() as download:
        page.get_by_role("button", name="Выгрузить данные").click()
    held = download.value.path().read_text(encoding="utf-8")
    assert isinstance(json.loads(held), dict)
    assert all(each in held for each in (anna.user.email, anna.phone, "ООО «Красные цветы»", "40702810300000004567"))


def and_erased(page: Page, anna: Partner) -> None:
    lines = list(anna.ledger_lines.values_list("kind", "amount_kopecks", "memo"))
    page.locator("a.back").click()
    page.get_by_role("link", name="Стереть данные").click()
    give_reason(page, "Запрос от 14 января, вх. № 18", "Стереть данные")
    expect(page.get_by_role("alert")).to_contain_text("На балансе остались деньги.")
    assert violations(page) == []
    page.get_by_label("Почему остаток не мешает").fill("Отказалась от остатка письмом, вх. № 19")
    page.get_by_role("button", name="Стереть данные").click()
    expect(said(page, "Персональные данные стёрты.")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_have_text("Данные стёрты")
    assert violations(page) == []
    erased = Partner.objects.select_related("user").get(pk=anna.pk)
    assert (erased.full_name, erased.phone, erased.user.full_name) == ("Данные стёрты", "", "")
    assert list(erased.ledger_lines.values_list("kind", "amount_kopecks", "memo")) == lines
    assert ledger.balance(erased) == 35_000_00
