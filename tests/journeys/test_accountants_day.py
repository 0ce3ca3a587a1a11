"""The accountant's day: money goes out by card and by bank, a doubt is decided, a balance put right, a month proved."""

import datetime as dt
import re
from pathlib import Path
from typing import NamedTuple

import pytest
import time_machine
from playwright.sync_api import Locator, Page, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from partners import ledger
from partners.models import Partner, User
from payouts import decisions, sending, withdrawals
from payouts.models import BankFile, Withdrawal
from payouts.tests.people import individual, legal
from payouts.tests.test_bank_files import OURS, executed_today, statement
from payouts.tests.test_sending import known_to
from referrals import close
from skorozvon_partners import audit
from skorozvon_partners.roles import Role
from skorozvon_partners.tests.desk import in_role, told
from tests.emulators.solar_staff import SolarStaff
from tests.factories import charged, deliver, month, moscow
from tests.journeys.desk import come_in, downloaded, enter, find, give_password, said, waiting_for_whoever_asks
from tests.journeys.watching import violations

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

TODAY = moscow("2026-01-15 10:00")
SIZES = {1280: 900, 360: 740}


class Waiting(NamedTuple):
    """What the accountant finds in the morning."""

    anna: Partner
    boris: Partner
    late: Withdrawal  # Anna's, to the bank, eleven days old
    vain: Withdrawal  # Anna's, which she has taken back by a letter
    card: Withdrawal
    doubtful: Withdrawal  # Boris's, which Solar Staff has never answered


def asked(partner: Partner, kopecks: int, where: str, at: str) -> Withdrawal:
    now = moscow(at)
    return withdrawals.request(partner, amount_kopecks=kopecks, destination=where, by=partner.user, now=now)


def the_morning(solar_staff: SolarStaff, olga: User) -> Waiting:
    """Two partners, a closed December, withdrawals in every state that somebody has to do something about."""
    anna, boris = legal(20_000_00), known_to(solar_staff, individual(9_000_00, card=""))
    deliver(charged("december", "anna-0", "12345.67", "2025-12-10 12:00"), now=TODAY)
    close.run(month("2025-12"), now=moscow("2026-01-01 06:00"))
    deliver(charged("january", "anna-0", "1000.00", "2026-01-10 12:00"), now=TODAY)
    late = asked(anna, 7_500_00, "bank", "2026-01-04 12:00")
    doubtful = asked(boris, 1_500_00, "card", "2026-01-12 10:00")
    decisions.approve(doubtful, by=olga, now=moscow("2026-01-12 11:00"))
    solar_staff.fault("down")
    for at in ("2026-01-12 12:00", "2026-01-13 13:00"):
        sending.run_due(now=moscow(at))
    solar_staff.end_faults()
    vain = asked(anna, 2_000_00, "bank", "2026-01-13 12:00")
    return Waiting(anna, boris, late, vain, asked(boris, 5_000_00, "card", "2026-01-14 12:00"), doubtful)


@pytest.mark.parametrize("width", SIZES)
def test_an_accountants_day(
    width: int, page: Page, live_server: LiveServer, solar_staff: SolarStaff, settings: Settings, tmp_path: Path
) -> None:
    settings.PROGRAMME_COMPANY = OURS
    settings.STAFF_NEEDS_SECOND_FACTOR = True
    olga = in_role(Role.ACCOUNTANT, email="olga@skorozvon.ru", full_name="Ольга Бухгалтерова")
    page.set_viewport_size({"width": width, "height": SIZES[width]})
    with time_machine.travel(TODAY.astimezone(dt.UTC), tick=True):
        found = the_morning(solar_staff, olga)
        a_slip_of_the_finger(page, live_server, olga)
        come_in(page, live_server, olga)
        requests_are_decided(page, found)
        money_goes_out_by_card(page, found, solar_staff)
        and_by_bank(page, found, tmp_path)
        a_doubt_is_decided(page, found)
        a_balance_is_put_right(page, found)
        a_month_is_looked_at(page)
        what_happened_is_read(page, found)
        assert list(audit.run()) == []
    assert told()[-10:] == [
        (title, "olga@skorozvon.ru")
        for title in (
            *("Вход", "Одобрить", "Отклонить", "Одобрить", "Собрать файл", "Загрузить выписку"),
            *("Вернуть на баланс", "Внести корректировку", "Внести корректировку", "Сверить сейчас"),
        )
    ]


def test_ticked_requests_are_approved_together_also_by_filters_that_follow(page: Page, live_server: LiveServer) -> None:
    for code in ("anna", "vera"):
        asked(legal(3_000_00, code=code), 3_000_00, "bank", "2026-01-14 12:00")
    enter(page.context, live_server, in_role(Role.ACCOUNTANT))
    page.goto(f"{live_server.url}/admin/payouts/withdrawal/")
    page.get_by_label("Состояние").select_option("на проверке")
    expect(page).to_have_url(f"{live_server.url}/admin/payouts/withdrawal/?q=&state=requested&destination=&mark=")
    page.get_by_role("link", name="Отметить все на странице").click()
    page.get_by_role("button", name="Одобрить отмеченные").click()
    expect(page.get_by_role("heading", name="2 заявки на 6 000,00 ₽")).to_be_visible()
    page.get_by_role("button", name="Одобрить отмеченные").click()
    expect(said(page, "Одобрено заявок: 2.")).to_be_visible()


def queue(page: Page, title: str) -> Locator:
    return page.get_by_role("region", name=re.compile(title))


def to_first_page(page: Page) -> None:
    page.get_by_role("link", name="Дела", exact=True).click()


def a_slip_of_the_finger(page: Page, live_server: LiveServer, olga: User) -> None:
    """A wrong password keeps the e-mail."""
    give_password(page, live_server, olga.email, "not the password")
    expect(page.get_by_role("alert")).to_contain_text("Неверный e-mail или пароль сотрудника.")
    expect(page.get_by_label("E-mail")).to_have_value(olga.email)
    assert violations(page) == []


def requests_are_decided(page: Page, found: Waiting) -> None:
    assert waiting_for_whoever_asks(page) == [
        "Одобрить заявки 3",
        "Решить, что с платежом 1",
        "Здесь ничего не ждёт",
    ]
    rows = queue(page, "Одобрить заявки").get_by_role("row")
    expect(rows).to_have_count(4)
    expect(rows.nth(1)).to_contain_text(f"№ {found.late.pk}")
    expect(rows.nth(1)).to_contain_text("срочно")
    expect(rows.nth(2)).to_contain_text(f"№ {found.vain.pk}")
    expect(rows.nth(2)).not_to_contain_text("срочно")
    assert violations(page) == []

    # With the keyboard alone.
    page.get_by_role("link", name=f"№ {found.late.pk}", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.locator(".hero")).to_contain_text("7 500,00 ₽")
    assert violations(page) == []
    page.get_by_role("button", name="Одобрить").focus()
    page.keyboard.press("Enter")
    expect(said(page, f"Заявка № {found.late.pk} одобрена.")).to_be_visible()

    to_first_page(page)
    page.get_by_role("link", name=f"№ {found.vain.pk}", exact=True).click()
    page.get_by_role("link", name="Отклонить").click()
    page.get_by_role("button", name="Отклонить").click()
    expect(page.get_by_role("alert")).to_contain_text("Напишите причину")
    assert violations(page) == []
    page.get_by_label("Причина").fill("Вы попросили письмом не выплачивать")
    page.get_by_role("button", name="Отклонить").click()
    expect(said(page, "сумма снова на балансе партнёра")).to_be_visible()
    assert violations(page) == []
    assert ledger.balance(found.anna) == 14_351_85  # 20 000 and December's 1 851,85 less 7 500


def money_goes_out_by_card(page: Page, found: Waiting, solar_staff: SolarStaff) -> None:
    to_first_page(page)
    page.get_by_role("link", name=f"№ {found.card.pk}", exact=True).click()
    page.get_by_role("button", name="Одобрить").click()
    expect(page.get_by_text("одобрен", exact=True)).to_be_visible()
    sending.run_due(now=TODAY + dt.timedelta(minutes=1))  # the sweep
    page.reload()
    expect(page.locator(".hero")).to_contain_text("выплачен")
    assert violations(page) == []
    [payment] = solar_staff.journal()
    assert (payment["amount"], payment["paid"], payment["state"]) == ("5000.00", "5000.00", "paid")


def and_by_bank(page: Page, found: Waiting, tmp_path: Path) -> None:
    to_first_page(page)
    page.get_by_role("link", name="Отправить в банк: собрать файл").click()
    expect(page.get_by_role("heading", name="1 заявка на 7 500,00 ₽")).to_be_visible()
    expect(page.get_by_role("checkbox")).to_be_checked()
    assert violations(page) == []
    page.get_by_role("button", name="Собрать файл").click()
    expect(page.get_by_role("link", name="Скачать для банка")).to_be_visible()
    assert violations(page) == []
    with page.expect_download() as download:
        page.get_by_role("link", name="Скачать для банка").click()
    file = BankFile.objects.get()
    content = download.value.path().read_bytes()
    assert content == bytes(file.content)
    assert content.decode("cp1251").count("Сумма=7500.00") == 1

    came = tmp_path / "kl_to_1c.txt"
    came.write_bytes(statement(executed_today(file.orders.get().pk, "7500.00")))
    page.get_by_role("link", name="Выписки").click()
    expect(page.get_by_text("Выписок ещё не было")).to_be_visible()
    page.get_by_role("link", name="Загрузить выписку").click()
    page.get_by_label("Выписка").set_input_files(came)
    assert violations(page) == []
    page.get_by_role("button", name="Загрузить выписку").click()
    expect(page.get_by_text("Всё сошлось.")).to_be_visible()
    assert violations(page) == []
    found.late.refresh_from_db()
    assert found.late.state == "paid"


def a_doubt_is_decided(page: Page, found: Waiting) -> None:
    to_first_page(page)
    page.get_by_role("link", name=f"№ {found.doubtful.pk}", exact=True).click()
    expect(page.get_by_text("Больше суток неизвестно, ушёл ли платёж: ответа нет").first).to_be_visible()
    assert violations(page) == []
    page.get_by_role("link", name="Вернуть на баланс").click()
    page.get_by_label("Причина").fill("В Solar Staff платежа нет, проверено по кабинету")
    assert violations(page) == []
    page.get_by_role("button", name="Вернуть на баланс").click()
    expect(page.get_by_text("В Solar Staff платежа нет, проверено по кабинету").first).to_be_visible()
    assert ledger.balance(found.boris) == 4_000_00  # 9 000 less 5 000 by card


def a_balance_is_put_right(page: Page, found: Waiting) -> None:
    """A small sum at once; of a large one another person has to be sure, too."""
    for typed, says in (("500", "Корректировка проведена"), ("15 000,00", "ждёт второго сотрудника")):
        page.get_by_role("link", name="Партнёры", exact=True).click()
        find(page, "anna")
        page.get_by_role("link", name="Анна Партнёрова").click()
        page.get_by_role("link", name="Внести корректировку").click()
        expect(page.get_by_label("Партнёр", exact=False).first).to_have_value(found.anna.user.email)
        page.get_by_role("radio", name="Начислить").check()
        page.get_by_label("Сумма, ₽").fill(typed)
        page.get_by_label("Что прочитает партнёр").fill("бонус за вебинар")
        page.get_by_label("Причина").fill("Обещали письмом 12 января")
        assert violations(page) == []
        page.get_by_role("button", name="Внести корректировку").click()
        expect(said(page, says)).to_be_visible()
        assert violations(page) == []
    expect(page.get_by_text("провести должен другой сотрудник")).to_be_visible()
    expect(page.get_by_role("button", name="Провести")).to_have_count(0)
    page.goto(f"{page.url}confirm/")
    page.get_by_role("button", name="Провести").click()
    expect(page.get_by_role("alert")).to_contain_text("Эту корректировку внесли вы")
    assert violations(page) == []
    assert ledger.balance(found.anna) == 14_851_85


def a_month_is_looked_at(page: Page) -> None:
    page.get_by_role("link", name="Месяцы", exact=True).click()
    december = page.get_by_role("row").filter(has_text="декабрь 2025")
    expect(december).to_contain_text("12 345,67 ₽")
    expect(december).to_contain_text("1 851,85 ₽")
    assert violations(page) == []
    page.get_by_role("link", name="декабрь 2025").click()
    expect(page.locator(".hero")).to_contain_text("1 851,85 ₽")
    expect(page.locator(".hero")).to_contain_text("1 из 1")  # shards
    assert violations(page) == []
    page.get_by_role("link", name="Проверить пересчётом").click()
    page.get_by_role("button", name="Пересчитать").click()
    expect(page.get_by_text("Всё сошлось")).to_be_visible()
    assert violations(page) == []
    page.get_by_role("link", name="Месяцы", exact=True).click()
    page.get_by_role("link", name="Пробный расчёт").click()
    page.get_by_role("button", name="Посчитать").click()
    expect(page.locator(".hero")).to_contain_text("150,00 ₽")  # 15 % of January's 1 000
    assert violations(page) == []


def what_happened_is_read(page: Page, found: Waiting) -> None:
    page.get_by_role("link", name="Сверки", exact=True).click()
    page.get_by_role("link", name="Сверить сейчас").click()
    page.get_by_role("button", name="Сверить сейчас").click()
    expect(said(page, "Расхождений нет.")).to_be_visible()
    assert violations(page) == []

    page.get_by_role("link", name="Выводы", exact=True).click()
    assert violations(page) == []
    page.get_by_text("Скачать", exact=True).click()
    rows = downloaded(page, page.get_by_role("link", name="Excel"))
    assert [(row[0], row[2], row[3], row[4]) for row in rows] == [
        (found.card.pk, found.boris.user.email, 5000, "выплачен"),
        (found.vain.pk, found.anna.user.email, 2000, "возвращён на баланс"),
        (found.doubtful.pk, found.boris.user.email, 1500, "возвращён на баланс"),
        (found.late.pk, found.anna.user.email, 7500, "выплачен"),
    ]

    page.get_by_role("row").filter(has_text="7 500,00 ₽").get_by_role("link").click()
    page.get_by_role("link", name="Анна Партнёрова").click()
    expect(page.locator(".hero")).to_contain_text("14 851,85 ₽")
    expect(page.get_by_role("link", name="Корректировка ждёт второго сотрудника")).to_be_visible()
    story = page.get_by_role("region", name="Что было")
    for each in (
        f"Вывод № {found.late.pk} на 7 500,00 ₽: выплачен",
        f"Вывод № {found.vain.pk} на 2 000,00 ₽: возвращён на баланс",
        "Вы попросили письмом не выплачивать",
    ):
        expect(story).to_contain_text(each)
    expect(page.get_by_role("region", name="Движения баланса")).to_contain_text("бонус за вебинар")
    assert violations(page) == []
