"""What a blocked partner had asked for is held until it works again, or staff gives the sum back (R25)."""

import datetime as dt

import pytest
from django.test import Client as Browser
from django.urls import reverse
from pytest_django import Settings

from partners import ledger, registration
from partners.models import Partner
from payouts import bank_files, decisions, sending, withdrawals
from payouts.models import BankFile, Withdrawal
from payouts.tests.desk import answer, at_desk, boss, page, words
from payouts.tests.people import individual, legal, lines_of, link_card, staff, steps_of
from payouts.tests.test_bank_files import OURS
from skorozvon_partners import audit, findings
from skorozvon_partners.models import Finding
from tests.emulators.service import Service
from tests.emulators.solar_staff import SolarStaff
from tests.factories import moscow

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at:UserWarning")]

NOW = moscow("2025-11-03 12:00")
MINUTE, HOUR = dt.timedelta(minutes=1), dt.timedelta(hours=1)


@pytest.fixture(autouse=True)
def ours(settings: Settings) -> None:
    settings.PROGRAMME_COMPANY = OURS


@pytest.fixture
def boris(provider: SolarStaff) -> Partner:
    partner = individual(50_000_00, card="")
    worker = provider.register(partner.user.email)
    link_card(partner, str(provider.link_card(worker)), worker=str(worker))
    return partner


@pytest.fixture
def anna() -> Partner:
    return legal(9_000_00)


def approved(partner: Partner, destination: str) -> Withdrawal:
    withdrawal = asked(partner, destination)
    decisions.approve(withdrawal, by=staff(), now=NOW)
    return withdrawal


def asked(partner: Partner, destination: str) -> Withdrawal:
    return withdrawals.request(partner, amount_kopecks=3_000_00, destination=destination, by=partner.user, now=NOW)


def block(partner: Partner) -> None:
    registration.block(partner, reason="Рассылка без согласия", by=staff(), now=NOW)


def unblock(partner: Partner) -> None:
    registration.unblock(partner, by=staff(), now=NOW)


def after(withdrawal: Withdrawal, minutes: int = 0) -> str:
    """Its state when the sweep has run."""
    sending.run_due(now=NOW + minutes * MINUTE)
    withdrawal.refresh_from_db()
    return withdrawal.state


def test_payment_to_a_card_waits_while_its_partner_is_blocked_and_goes_by_itself_afterwards(
    provider: SolarStaff, boris: Partner
) -> None:
    withdrawal = approved(boris, "card")
    block(boris)
    assert after(withdrawal, 60) == "approved"
    assert provider.journal() == []
    unblock(boris)
    assert after(withdrawal, 61) == "paid"
    assert [row["amount"] for row in provider.journal()] == ["3000.00"]
    assert lines_of(boris) == [("withdrawal", -3_000_00)]


def test_credit_in_the_service_waits_while_its_partner_is_blocked(anna: Partner, settings: Settings) -> None:
    with Service("http://127.0.0.1:9") as service:
        service.create_account("anna@flowers.example", id=str(anna.user.account_id))
        for name, value in service.settings.items():
            setattr(settings, name, value)
        withdrawal = approved(anna, "service")
        block(anna)
        assert after(withdrawal, 60) == "approved"
        assert service.journal()["credits"] == []
        unblock(anna)
        assert after(withdrawal, 61) == "paid"


def test_nothing_of_a_blocked_partner_is_collected_for_the_bank(anna: Partner) -> None:
    withdrawal = approved(anna, "bank")
    block(anna)
    with pytest.raises(bank_files.NothingToCollect):
        bank_files.collect(by=staff(), now=NOW)
    with pytest.raises(bank_files.NothingToCollect):
        bank_files.collect(by=staff(), now=NOW, only=[withdrawal.pk])
    assert not BankFile.objects.exists()
    unblock(anna)
    assert bank_files.collect(by=staff(), now=NOW).orders.get().withdrawal == withdrawal


def test_who_is_blocked_between_the_search_for_due_ones_and_the_claim_is_not_paid(
    provider: SolarStaff, boris: Partner
) -> None:
    withdrawal = approved(boris, "card")
    block(boris)
    sending.attend(withdrawal.pk, now=NOW)
    assert steps_of(withdrawal) == ["requested", "approved"]
    assert provider.journal() == []


def test_what_was_sent_before_is_asked_about_and_paid(provider: SolarStaff, boris: Partner) -> None:
    provider.fault("drop_after", times=1)
    withdrawal = approved(boris, "card")
    assert after(withdrawal) == "unknown"
    block(boris)
    assert after(withdrawal, 3) == "paid"


def test_payment_that_got_lost_is_not_sent_again_but_left_to_a_person(provider: SolarStaff, boris: Partner) -> None:
    provider.fault("down", times=1, paths=["/v1/payment"])
    withdrawal = approved(boris, "card")
    assert after(withdrawal) == "unknown"
    block(boris)
    assert [after(withdrawal, minutes) for minutes in (3, 14)] == ["unknown", "unknown"]
    assert withdrawal.question == "Платёж не дошёл, а участие приостановлено: верните сумму на баланс"
    with pytest.raises(decisions.PartnerIsBlocked):
        decisions.send_again(withdrawal, by=staff(), reason="Не дошёл", now=NOW)
    decisions.take_back(withdrawal, by=staff(), reason="Не дошёл", now=NOW)
    assert ledger.balance(boris) == 50_000_00
    assert provider.journal() == []


def test_who_is_blocked_while_a_lost_payment_waits_to_be_sent_again_is_asked_about_first(
    provider: SolarStaff, boris: Partner
) -> None:
    provider.fault("down", times=1, paths=["/v1/payment"])
    withdrawal = approved(boris, "card")
    after(withdrawal)
    after(withdrawal, 3)
    sending.attend(withdrawal.pk, now=NOW + 13 * MINUTE)  # the second answer: it may be sent again
    withdrawal.refresh_from_db()
    assert (withdrawal.state, withdrawal.can_be_cancelled) == ("approved", False)
    block(boris)
    assert [after(withdrawal, minutes) for minutes in (13, 24)] == ["unknown", "unknown"]
    assert "участие приостановлено" in withdrawal.question
    assert provider.journal() == []


def test_staff_declines_and_the_sum_is_back_on_the_balance(anna: Partner) -> None:
    withdrawal = approved(anna, "bank")
    block(anna)
    decisions.decline(withdrawal, by=staff(), reason="Участие приостановлено", now=NOW)
    assert steps_of(withdrawal)[-1] == "returned"
    assert ledger.balance(anna) == 9_000_00


def test_nothing_of_a_blocked_partner_is_approved(anna: Partner) -> None:
    withdrawal = asked(anna, "bank")
    block(anna)
    with pytest.raises(decisions.PartnerIsBlocked, match="одобрить заявку можно, когда его возобновят"):
        decisions.approve(withdrawal, by=staff(), now=NOW)
    assert steps_of(withdrawal) == ["requested"]


def test_what_waits_for_its_partner_is_not_called_stuck(provider: SolarStaff, boris: Partner) -> None:
    approved(boris, "card")
    block(boris)
    assert list(audit.run(now=NOW + 2 * HOUR)) == []


def test_what_is_late_because_of_it_says_so(anna: Partner) -> None:
    approved(anna, "bank")
    block(anna)
    findings.look(now=moscow("2025-11-13 12:00"))
    assert "состояние: одобрен, участие партнёра приостановлено." in Finding.objects.get().says


def test_desk_says_why_it_does_not_go_and_offers_to_decline(anna: Partner) -> None:
    withdrawal, waiting = approved(anna, "bank"), asked(anna, "bank")
    block(anna)
    desk = at_desk(boss())
    told = words(desk.get(page("payouts_withdrawal_change", withdrawal.pk)))
    assert "Участие партнёра приостановлено: заявка не уйдёт, пока его не возобновят. Её можно отклонить" in told
    assert "Одобрить" not in words(desk.get(page("payouts_withdrawal_change", waiting.pk)))
    listed = words(desk.get(page("payouts_withdrawal_changelist") + "?mark=suspended"))
    assert listed.count("участие партнёра приостановлено") == 2
    assert "Одобрить отмеченные" not in listed
    refused = answer(desk, page("payouts_withdrawal_approve-chosen"), {"chosen": [withdrawal.pk, waiting.pk]})
    assert f"№ {waiting.pk}: Участие партнёра приостановлено" in refused


def test_cabinet_says_that_it_waits_and_that_nothing_is_lost(anna: Partner) -> None:
    withdrawal = approved(anna, "bank")
    block(anna)
    browser = Browser()
    browser.force_login(anna.user)
    told = words(browser.get(reverse("withdrawal", args=[withdrawal.pk])))
    assert "приостановлен" in told
    assert "Участие приостановлено, поэтому заявка ждёт. Деньги не потеряются" in told
    assert "Деньги придут не позже" not in told
    listed = words(browser.get(reverse("payouts")))
    assert "приостановлен когда участие возобновится" in listed
