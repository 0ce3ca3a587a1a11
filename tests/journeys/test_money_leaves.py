"""The programme's own examples to their end: from the charge to the money, in the browser and against the emulators."""

import datetime as dt
import re
from pathlib import Path

import pytest
import time_machine
from playwright.sync_api import Page, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from partners import ledger
from partners.models import Partner
from payouts import bank_files, contracts, decisions, sending
from payouts.models import Withdrawal
from payouts.tests.people import enter_requisites
from payouts.tests.test_bank_files import OURS, order, statement
from referrals import close
from skorozvon_partners import audit
from tests.emulators.service import Service
from tests.emulators.solar_staff import SolarStaff
from tests.factories import PartnerFactory, StaffFactory, UserFactory, charged, deliver, month, moscow, registered
from tests.journeys.pages import check_all_boxes, sign_in
from tests.journeys.watching import violations

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

PASSWORD = "a pass phrase"
NARROW = "\u202f"


def at(moment: str) -> time_machine.travel:
    return time_machine.travel(moscow(moment).astimezone(dt.UTC), tick=True)


def a_partner(page: Page, live_server: LiveServer, who: str, tariff: str) -> Partner:
    user = UserFactory(email=f"{who}@example.ru", password=PASSWORD, full_name=who.title())
    partner = PartnerFactory(user=user, tariff=tariff, code=who)
    with at("2025-11-01 08:00"):
        sign_in(page.context, live_server, who)
    return partner


def staff_approves_and_sends(now: str) -> Withdrawal:
    withdrawal = Withdrawal.objects.latest("pk")
    decisions.approve(withdrawal, by=StaffFactory(), now=moscow(now))
    sending.run_due(now=moscow(now))
    return withdrawal


def test_individual_withdraws_three_thousand_on_the_first_of_november(
    page: Page, live_server: LiveServer, solar_staff: SolarStaff
) -> None:
    boris = a_partner(page, live_server, "boris", "individual")
    deliver(
        registered("first", "2025-09-15 12:00", ref="boris"),
        registered("second", "2025-09-30 12:00", ref="boris"),
        charged("ch-1", "first", "5000.00", "2025-10-10 09:30"),
    )
    close.run(month("2025-10"), now=moscow("2025-11-01 06:00"))
    with at("2025-11-01 09:00"):
        page.goto(f"{live_server.url}/cabinet/payouts/")
        expect(page.get_by_text(f"3{NARROW}000").first).to_be_visible()
        page.get_by_role("link", name="Привязать карту").first.click()
        expect(page.get_by_role("link", name="Начать")).to_be_visible()
        assert violations(page) == []

        # Solar Staff invites the person, who registers there.
        page.get_by_role("link", name="Начать").click()
        check_all_boxes(page)
        page.get_by_label("Пароль").fill(PASSWORD)
        page.get_by_role("button", name="Получить приглашение").click()
        expect(page.get_by_text("Solar Staff отправил приглашение на boris@example.ru.")).to_be_visible()
        assert violations(page) == []
        solar_staff.register("boris@example.ru")
        page.get_by_role("button", name="Проверить регистрацию").click()
        expect(page.get_by_text("Регистрация пройдена")).to_be_visible()

        # The card is entered on their page, and the portal sees its end only.
        page.get_by_role("link", name="Привязать карту").click()
        page.get_by_label("Пароль").fill(PASSWORD)
        page.get_by_role("button", name="Продолжить").click()
        expect(page.get_by_role("link", name="Перейти в Solar Staff")).to_be_visible()
        assert violations(page) == []
        page.get_by_role("link", name="Перейти в Solar Staff").click()
        page.get_by_role("textbox").first.fill("4000 0000 0000 1234")
        page.get_by_role("button", name="Привязать карту").click()
        expect(page).to_have_url(f"{live_server.url}/cabinet/payouts/card/")
        expect(page.get_by_text("•• 1234").first).to_be_visible()
        assert violations(page) == []

        # The request: all that there is, due in twelve days.
        page.goto(f"{live_server.url}/cabinet/payouts/")
        page.get_by_role("link", name="Вывести").first.click()
        expect(page).to_have_url(f"{live_server.url}/cabinet/payouts/new/")
        expect(page.get_by_role("button", name="Вывести")).to_be_visible()
        assert violations(page) == []
        page.get_by_role("button", name="Вывести").click()
        expect(page).to_have_url(re.compile(r"/cabinet/payouts/[0-9]+/$"))
        expect(page.get_by_text("13 ноября").first).to_be_visible()
        assert violations(page) == []
        assert ledger.balance(boris) == 0

        staff_approves_and_sends("2025-11-01 12:00")
        page.reload()
        expect(page.get_by_text("Выплачен").first).to_be_visible()
        page.goto(f"{live_server.url}/cabinet/payouts/")
        assert violations(page) == []
    [payment] = solar_staff.journal()
    assert (payment["amount"], payment["paid"], payment["state"]) == ("3000.00", "3000.00", "paid")
    assert list(audit.run()) == []


def test_legal_partner_is_refused_on_the_first_of_november_and_withdraws_both_rewards_on_the_first_of_december(
    page: Page,
    live_server: LiveServer,
    solar_staff: SolarStaff,
    service: Service,
    settings: Settings,
    tmp_path: Path,
) -> None:
    settings.PROGRAMME_COMPANY = OURS
    anna = a_partner(page, live_server, "anna", "legal")
    service.create_account("anna@example.ru", id=anna.user.account_id)
    enter_requisites(anna)
    deliver(
        registered("first", "2025-09-15 12:00", ref="anna"),
        registered("second", "2025-09-30 12:00", ref="anna"),
        charged("ch-1", "first", "12500.00", "2025-10-10 09:30"),
    )
    close.run(month("2025-10"), now=moscow("2025-11-01 06:00"))
    with at("2025-11-01 09:00"):
        page.goto(f"{live_server.url}/cabinet/payouts/")
        conditions = page.locator("#conditions")
        expect(conditions).to_contain_text("Сейчас 1 из 2")
        expect(conditions).to_contain_text("1 декабря")
        expect(conditions).to_contain_text("Предложим, когда оплатит второй клиент")
        expect(conditions).to_contain_text("Не хватает 125")
        expect(page.get_by_role("link", name="Вывести", exact=True)).to_have_count(0)
        assert violations(page) == []
        page.goto(f"{live_server.url}/cabinet/payouts/new/")  # by an address of before
        expect(page.get_by_role("heading", name="Сейчас вывести нельзя")).to_be_visible()
        expect(page.get_by_text("ближайшее начисление 1 декабря").first).to_be_visible()
        expect(page.get_by_role("button", name="Вывести")).to_have_count(0)
        assert violations(page) == []

    # The second client pays, and the contract is offered, signed and accepted.
    deliver(charged("ch-2", "second", "12500.00", "2025-11-03 09:30"))
    contracts.offer_due(now=moscow("2025-11-03 10:00"))
    with at("2025-11-10 09:00"):
        page.goto(f"{live_server.url}/cabinet/payouts/contract/")
        assert violations(page) == []
        signed = tmp_path / "signed.pdf"
        signed.write_bytes(b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n")
        page.locator("input[type=file]").set_input_files(str(signed))
        page.get_by_role("button", name=re.compile("Загрузить|Отправить")).click()
        expect(page.get_by_text(re.compile("[Пп]роверя")).first).to_be_visible()
        assert violations(page) == []
        contract = anna.contract
        contracts.accept(
            contract,
            copy=contract.copies.latest().pk,
            number="118",
            signed_on=dt.date(2025, 11, 9),
            by=StaffFactory(),
            now=moscow("2025-11-11 09:00"),
        )

    close.run(month("2025-11"), now=moscow("2025-12-01 06:00"))
    with at("2025-12-01 09:00"):
        page.goto(f"{live_server.url}/cabinet/payouts/")
        expect(page.get_by_text(f"3{NARROW}750").first).to_be_visible()
        page.get_by_role("link", name="Вывести", exact=True).first.click()
        page.get_by_role("button", name="Вывести").click()
        expect(page).to_have_url(re.compile(r"/cabinet/payouts/[0-9]+/$"))
        assert ledger.balance(anna) == 0
        withdrawal = Withdrawal.objects.get()
        assert (withdrawal.amount_kopecks, withdrawal.destination) == (3_750_00, "bank")

        # Staff hands the bank a file, and its statement says that it is paid.
        by, now = StaffFactory(), moscow("2025-12-01 12:00")
        decisions.approve(withdrawal, by=by, now=now)
        orders = bank_files.collect(by=by, now=now).orders
        page.reload()
        expect(page.get_by_text("деньги отправлены").first).to_be_visible()
        executed = order(orders.get().pk, "3750.00", on="02.12.2025")
        bank_files.take_in(statement(executed), by=by, now=moscow("2025-12-02 12:00"))
        page.reload()
        expect(page.get_by_text("Выплачен").first).to_be_visible()
        assert violations(page) == []

    # From then on every month, with one client as well; this time to the account in the service.
    deliver(charged("ch-3", "first", "14000.00", "2025-12-10 09:30"))
    close.run(month("2025-12"), now=moscow("2026-01-01 06:00"))
    with at("2026-01-01 09:00"):
        page.goto(f"{live_server.url}/cabinet/payouts/")
        page.get_by_role("link", name="Вывести", exact=True).first.click()
        page.get_by_text("На аккаунт в Скорозвоне").click()
        page.get_by_role("button", name="Вывести").click()
        expect(page).to_have_url(re.compile(r"/cabinet/payouts/[0-9]+/$"))
    staff_approves_and_sends("2026-01-01 12:00")  # the service wants a message of today
    with at("2026-01-01 13:00"):
        page.reload()
        expect(page.get_by_text("Выплачен").first).to_be_visible()
        expect(page.get_by_text("Деньги на балансе вашего аккаунта в Скорозвоне.")).to_be_visible()
    [credit] = service.journal()["credits"]
    assert (credit["account_id"], credit["amount"]) == (anna.user.account_id, "2100.00")
    assert list(Withdrawal.objects.order_by("pk").values_list("state", "amount_kopecks")) == [
        ("paid", 3_750_00),
        ("paid", 2_100_00),
    ]
    assert list(audit.run()) == []
