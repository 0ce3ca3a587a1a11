"""Sending and asking: whatever the provider does, a withdrawal is paid at most once and never lost (M8, M9)."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from pytest_django import Settings

from partners import ledger
from partners.models import Notice, Partner
from partners.tests.answering import answering
from payouts import decisions, sending, solar_staff, withdrawals
from payouts.models import SendingSwitch, Withdrawal
from payouts.tests.people import individual, legal, lines_of, link_card, staff
from payouts.tests.said import bad, good
from skorozvon_partners import audit
from tests.emulators.service import Service
from tests.emulators.solar_staff import SolarStaff
from tests.factories import moscow

pytestmark = pytest.mark.django_db

NOW = moscow("2025-11-03 12:00")
MINUTE, DAY = dt.timedelta(minutes=1), dt.timedelta(days=1)


@pytest.fixture
def boris(provider: SolarStaff) -> Partner:
    """An individual with 500 000.00 and a card that the provider knows."""
    return known_to(provider, individual(500_000_00, card=""))


def known_to(provider: SolarStaff, partner: Partner) -> Partner:
    worker = provider.register(partner.user.email)
    link_card(partner, str(provider.link_card(worker)), worker=str(worker))
    return partner


def approved(partner: Partner, kopecks: int = 3_000_00, destination: str = "card", **given: Any) -> Withdrawal:
    asked = {"by": partner.user, "now": NOW} | given
    withdrawal = withdrawals.request(partner, amount_kopecks=kopecks, destination=destination, **asked)
    decisions.approve(withdrawal, by=staff(), now=asked["now"])
    return withdrawal


def after(withdrawal: Withdrawal, *, minutes: int = 0, now: dt.datetime | None = None) -> Withdrawal:
    """What it has come to when the sweep has run."""
    sending.run_due(now=(now or NOW) + minutes * MINUTE)
    return Withdrawal.objects.get(pk=withdrawal.pk)


def paid(provider: SolarStaff) -> list[tuple[str, str]]:
    """The provider's own journal: to whom and how much."""
    return [
        ("card" if row["card_id"] else "balance", row["amount"]) for row in provider.journal() if row["state"] == "paid"
    ]


# --- All goes well ----------------------------------------------------------------------------------------------------


def test_approved_withdrawal_is_sent_and_paid_in_one_sweep(provider: SolarStaff, boris: Partner) -> None:
    withdrawal = after(approved(boris))
    assert (withdrawal.state, withdrawal.next_try_at, withdrawal.sendings) == ("paid", None, 1)
    assert paid(provider) == [("card", "3000.00")]
    assert withdrawal.provider_id == str(provider.journal()[0]["task_id"])
    assert list(audit.run()) == []


def test_what_the_programme_bears_is_recorded_and_the_partner_gets_the_whole_sum(
    provider: SolarStaff, boris: Partner
) -> None:
    withdrawal = after(approved(boris))
    [payment] = provider.journal()
    assert payment["paid"] == "3000.00"
    assert withdrawal.commission_kopecks == round(float(payment["commission"]) * 100) > 0


@pytest.mark.parametrize(
    ("kopecks", "where"), [(1_00, "balance"), (1_000_00, "balance"), (1_000_01, "card"), (400_000_00, "card")]
)
def test_up_to_a_thousand_goes_without_the_card(provider: SolarStaff, boris: Partner, kopecks: int, where: str) -> None:
    assert after(approved(boris, kopecks)).state == "paid"
    assert paid(provider) == [(where, f"{kopecks // 100}.{kopecks % 100:02}")]


def test_second_sweep_changes_nothing(provider: SolarStaff, boris: Partner) -> None:
    withdrawal = after(approved(boris))
    assert after(withdrawal, minutes=60).steps.count() == 4
    assert len(provider.journal()) == 1


def test_payment_that_takes_time_is_asked_about_until_it_is_paid(provider: SolarStaff, boris: Partner) -> None:
    provider.pays_later()
    withdrawal = after(approved(boris))
    assert (withdrawal.state, withdrawal.next_try_at) == ("sent", NOW + 10 * MINUTE)
    assert after(withdrawal, minutes=10).state == "sent"
    provider.settle()
    assert after(withdrawal, minutes=20).state == "paid"
    assert list(Notice.objects.order_by("pk").values_list("kind", flat=True)) == [
        "withdrawal_received",
        "withdrawal_sent",
        "withdrawal_paid",
    ]
    assert len(provider.journal()) == 1


def test_programme_short_of_money_there_is_processing_and_paid_after_a_top_up(
    provider: SolarStaff, boris: Partner
) -> None:
    provider.set_balance("10.00")
    withdrawal = after(approved(boris))
    assert withdrawal.state == "sent"
    provider.top_up("10000.00")
    assert after(withdrawal, minutes=10).state == "paid"
    assert paid(provider) == [("card", "3000.00")]


# --- It says no -------------------------------------------------------------------------------------------------------


def test_refused_payment_returns_the_money_once(provider: SolarStaff, boris: Partner) -> None:
    provider.outcome("refused")
    withdrawal = after(approved(boris))
    assert withdrawal.state == "returned"
    after(withdrawal, minutes=60)
    assert lines_of(boris) == [("withdrawal", -3_000_00), ("withdrawal_returned", 3_000_00)]
    assert paid(provider) == []
    assert list(audit.run()) == []


def test_declined_payment_returns_the_money_once(provider: SolarStaff, boris: Partner) -> None:
    provider.declines()
    assert after(approved(boris)).state == "returned"
    assert ledger.balance(boris) == 500_000_00


def test_declined_after_a_while_returns_the_money(provider: SolarStaff, boris: Partner) -> None:
    provider.pays_later()
    withdrawal = after(approved(boris))
    provider.settle(state="declined")
    assert after(withdrawal, minutes=10).state == "returned"
    assert ledger.balance(boris) == 500_000_00


def test_card_blocked_meanwhile_is_a_refusal(provider: SolarStaff, boris: Partner) -> None:
    withdrawal = approved(boris)
    provider.set_card_status(int(boris.worker.cards.get().card_id), 5)
    assert after(withdrawal).state == "returned"


@pytest.mark.parametrize("state_id", [None, 10])
def test_refunded_or_failed_payment_is_for_a_person(provider: SolarStaff, boris: Partner, state_id: int | None) -> None:
    provider.pays_later()
    withdrawal = after(approved(boris))
    provider.settle(state="refunded" if state_id is None else "declined", state_id=state_id)
    withdrawal = after(withdrawal, minutes=10)
    assert (withdrawal.state, bool(withdrawal.question)) == ("unknown", True)
    assert list(Withdrawal.objects.for_staff()) == [withdrawal]
    decisions.take_back(withdrawal, by=staff(), reason="Деньги вернулись", now=NOW + DAY)
    assert ledger.balance(boris) == 500_000_00


# --- It says nothing --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["drop_after", "error_after", "html_after"])
def test_payment_made_without_an_answer_is_found_and_not_made_again(
    provider: SolarStaff, boris: Partner, kind: str
) -> None:
    provider.fault(kind, times=1)
    withdrawal = after(approved(boris))
    assert (withdrawal.state, ledger.balance(boris)) == ("unknown", 497_000_00)
    assert after(withdrawal, minutes=2).state == "paid"
    assert paid(provider) == [("card", "3000.00")]


@pytest.mark.parametrize("kind", ["down", "error", "html", "wrong_json"])
def test_payment_never_made_is_sent_again_after_two_answers_ten_minutes_apart(
    provider: SolarStaff, boris: Partner, kind: str
) -> None:
    provider.fault(kind, times=1)
    withdrawal = after(approved(boris))
    assert withdrawal.state == "unknown"
    withdrawal = after(withdrawal, minutes=2)
    assert (withdrawal.state, withdrawal.missing_since) == ("unknown", NOW + 2 * MINUTE)
    assert after(withdrawal, minutes=11).state == "unknown"
    assert paid(provider) == []
    withdrawal = after(withdrawal, minutes=12)
    assert withdrawal.state == "approved"
    withdrawal = after(withdrawal, minutes=12)
    assert (withdrawal.state, withdrawal.sendings) == ("paid", 2)
    assert [row["merchant_transaction"] for row in provider.journal()] == [str(withdrawal.payment_key)]


def test_silence_between_the_two_answers_starts_the_ten_minutes_anew(provider: SolarStaff, boris: Partner) -> None:
    provider.fault("down", times=1)
    withdrawal = after(approved(boris))
    withdrawal = after(withdrawal, minutes=2)
    provider.fault("down", times=1)
    withdrawal = after(withdrawal, minutes=12)
    assert (withdrawal.state, withdrawal.missing_since) == ("unknown", None)
    withdrawal = after(withdrawal, minutes=14)
    assert (withdrawal.state, withdrawal.missing_since) == ("unknown", NOW + 14 * MINUTE)


def test_provider_that_is_silent_for_a_day_leaves_it_to_a_person(provider: SolarStaff, boris: Partner) -> None:
    provider.fault("down")
    withdrawal = after(approved(boris))
    withdrawal = after(withdrawal, now=NOW + DAY)
    assert (withdrawal.state, withdrawal.question) == (
        "unknown",
        "Больше суток неизвестно, ушёл ли платёж: ответа нет",
    )
    provider.end_faults()
    withdrawal = after(withdrawal, now=NOW + 2 * DAY)
    assert (withdrawal.state, withdrawal.sendings) == ("unknown", 1)  # nobody sends it again but a person
    decisions.send_again(withdrawal, by=staff(), reason="В Solar Staff платежа нет", now=NOW + 2 * DAY)
    assert after(withdrawal, now=NOW + 2 * DAY).state == "paid"


def test_provider_that_comes_back_with_the_payment_settles_a_question(provider: SolarStaff, boris: Partner) -> None:
    provider.fault("drop_after", times=1)
    withdrawal = after(approved(boris))
    provider.fault("down")
    assert after(withdrawal, now=NOW + DAY).question
    provider.end_faults()
    withdrawal = after(withdrawal, now=NOW + 2 * DAY)
    assert (withdrawal.state, withdrawal.question) == ("paid", "")


@pytest.mark.parametrize("mode", ["error", "first", "second"])
def test_sent_again_by_mistake_it_is_still_paid_once_in_our_books(
    provider: SolarStaff, boris: Partner, mode: str
) -> None:
    """The provider lost sight of a payment for a while: what it then answers to the second one never pays us back."""
    provider.duplicates(mode)
    provider.fault("drop_after", times=1)
    withdrawal = after(approved(boris))
    decisions.send_again(  # a person is wrong
        ask_staff(withdrawal), by=staff(), reason="Кажется, не дошло", now=NOW + MINUTE
    )
    assert after(withdrawal, minutes=2).state == "paid"
    assert ledger.balance(boris) == 497_000_00
    assert len(paid(provider)) == (2 if mode == "second" else 1)


def ask_staff(withdrawal: Withdrawal) -> Withdrawal:
    Withdrawal.objects.filter(pk=withdrawal.pk).update(question="Проверьте")
    withdrawal.refresh_from_db()
    return withdrawal


# --- A person decides after a day -------------------------------------------------------------------------------------


def test_payment_that_is_lost_again_and_again_is_for_a_person_after_a_day(provider: SolarStaff, boris: Partner) -> None:
    """Searching works, paying doesn't: each sending is lost, and each begins anew."""
    withdrawal = approved(boris)
    provider.fault("error", paths=["/v1/payment"])
    for minutes in range(0, 26 * 60, 30):
        after(withdrawal, minutes=minutes)
    withdrawal.refresh_from_db()
    assert (withdrawal.state, bool(withdrawal.question)) == ("unknown", True)
    assert withdrawal.sent_at <= NOW + DAY  # type: ignore[operator]
    decisions.send_again(withdrawal, by=staff(), reason="Solar Staff снова платит", now=NOW + 2 * DAY)
    assert after(withdrawal, now=NOW + 2 * DAY).question == ""  # it has another day
    provider.end_faults()
    for minutes in (2, 12, 12):
        withdrawal = after(withdrawal, now=NOW + 2 * DAY + minutes * MINUTE)
    assert withdrawal.state == "paid"
    assert paid(provider) == [("card", "3000.00")]


def test_what_waited_long_to_be_sent_again_is_asked_about_before(provider: SolarStaff, boris: Partner) -> None:
    """Found missing, then sending was switched off; meanwhile the first payment turns up where it was sent to."""
    provider.duplicates("second")
    provider.fault("down", times=1)
    withdrawal = after(approved(boris))
    for minutes in (2, 12):
        sending.run_due(now=NOW + minutes * MINUTE)
    sending.switch(False, reason="Проверка", by=staff(), now=NOW + 12 * MINUTE)
    withdrawal = after(withdrawal, minutes=13)
    assert withdrawal.state == "approved"
    as_before(withdrawal)
    sending.switch(True, reason="Проверили", by=staff(), now=NOW + 2 * DAY)
    assert after(withdrawal, now=NOW + 2 * DAY).state == "paid"
    assert paid(provider) == [("card", "3000.00")]


def test_payment_made_before_a_backup_is_not_returned_because_it_is_refused_the_second_time(
    provider: SolarStaff, boris: Partner
) -> None:
    """The backup knows nothing of the first sending, and Solar Staff refuses what it has seen."""
    withdrawal = approved(boris)
    provider.pays_later()
    as_before(withdrawal)
    assert after(withdrawal).state == "sent"
    provider.settle()
    assert after(withdrawal, minutes=10).state == "paid"
    assert ledger.balance(boris) == 497_000_00


def as_before(withdrawal: Withdrawal) -> None:
    """Sent by the portal, of which this database knows nothing."""
    assert withdrawal.card
    solar_staff.pay(
        worker_id=withdrawal.card.worker.worker_id,
        card_id=withdrawal.card.card_id,
        amount_kopecks=withdrawal.amount_kopecks,
        merchant_transaction=str(withdrawal.payment_key),
    )


def test_not_found_by_keys_that_are_not_taken_is_not_missing(boris: Partner, settings: Settings) -> None:
    """Nobody knows the codes of Solar Staff: what refuses everything says nothing of one payment."""
    withdrawal = approved(boris)
    with answering(bad(100, error_text="Wrong signature")) as settings.SOLAR_STAFF_URL:
        for minutes in (0, 2, 12, 22):
            withdrawal = after(withdrawal, minutes=minutes)
    assert (withdrawal.state, withdrawal.missing_since, withdrawal.sendings) == ("unknown", None, 1)
    assert ledger.balance(boris) == 497_000_00


@pytest.mark.parametrize("told", [{}, {"amount": 3000, "currency": "USD"}, {"amount": None, "currency": "RUB"}])
def test_paid_without_a_sum_in_roubles_is_not_taken_for_paid(
    boris: Partner, settings: Settings, told: dict[str, Any]
) -> None:
    withdrawal = approved(boris)
    found = good({"id": 7, "merchantTransaction": str(withdrawal.payment_key), "state": {"id": 5}} | told)
    with answering(b"", found) as settings.SOLAR_STAFF_URL:
        withdrawal = after(after(withdrawal), minutes=2)
    assert (withdrawal.state, withdrawal.question) == (
        "unknown",
        "Solar Staff сообщает о выплате, но не называет суммы в рублях: проверьте, сколько выплачено",
    )


# --- Limits -----------------------------------------------------------------------------------------------------------


def test_above_four_hundred_thousand_in_a_month_waits_for_the_next(provider: SolarStaff, boris: Partner) -> None:
    first, second = approved(boris, 300_000_00), approved(boris, 150_000_00)
    assert after(first).state == "paid"
    second = Withdrawal.objects.get(pk=second.pk)
    assert (second.state, second.held_until, second.can_be_cancelled) == ("approved", dt.date(2025, 12, 1), True)
    assert "Отправим 1\u00a0декабря 2025" in second.steps.last().note  # type: ignore[union-attr]
    assert after(second, now=moscow("2025-11-30 23:59")).state == "approved"
    provider.shift_clock(days=40)
    second = after(second, now=moscow("2025-12-01 00:00"))
    assert (second.state, second.held_until) == ("paid", None)


def test_limit_that_only_the_provider_knows_of_holds_as_well(provider: SolarStaff, boris: Partner) -> None:
    other = approved(boris, 300_000_00)
    after(other)
    Withdrawal.objects.filter(pk=other.pk).update(sent_at=NOW - 60 * DAY)  # as if the portal didn't know
    withdrawal = after(approved(boris, 150_000_00))
    assert (withdrawal.state, withdrawal.held_until) == ("approved", dt.date(2025, 12, 1))
    assert len(provider.journal()) == 1


def test_on_the_first_the_provider_may_still_be_in_the_month_before(provider: SolarStaff, boris: Partner) -> None:
    """Its clock names no time zone: at midnight in Moscow it may count towards November yet."""
    first, second = approved(boris, 300_000_00), approved(boris, 150_000_00)
    after(first)
    second = after(second, now=moscow("2025-12-01 00:00"))  # the emulator's clock hasn't moved
    assert (second.state, second.held_until) == ("approved", dt.date(2025, 12, 2))
    second = after(second, now=moscow("2025-12-02 00:00"))
    assert (second.state, second.held_until) == ("approved", dt.date(2026, 1, 1))


def test_small_sums_count_towards_no_limit(provider: SolarStaff, boris: Partner) -> None:
    first, second = approved(boris, 400_000_00), approved(boris, 1_000_00)
    assert (after(first).state, after(second).state) == ("paid", "paid")


# --- The switch -------------------------------------------------------------------------------------------------------


def test_switched_off_nothing_is_sent_but_what_was_sent_is_asked_about(provider: SolarStaff, boris: Partner) -> None:
    provider.pays_later()
    sent = after(approved(boris))
    waiting = approved(boris)
    SendingSwitch.objects.create(is_on=False, switched_at=NOW, switched_by=staff(), reason="Проверка")
    provider.settle()
    assert (after(sent, minutes=10).state, after(waiting, minutes=10).state) == ("paid", "approved")
    SendingSwitch.objects.create(is_on=True, switched_at=NOW, switched_by=staff(), reason="Проверили")
    provider.settle()
    assert after(waiting, minutes=20).state == "sent"


def test_audit_tells_what_nobody_attends_to(provider: SolarStaff, boris: Partner) -> None:
    withdrawal = approved(boris)

    def stuck(at: dt.datetime) -> list[str]:
        return [breach.what for breach in audit.run(now=at)]

    assert stuck(NOW + 30 * MINUTE - dt.timedelta(seconds=1)) == []
    said = f"вывод {withdrawal.pk} застрял: состояние «approved», а за ним полчаса никто не приходил"
    assert stuck(NOW + 31 * MINUTE) == [said]
    assert stuck(NOW - 2 * DAY) == [said]  # it was approved by a clock that was ahead
    sending.switch(False, reason="Проверка", by=staff(), now=NOW)
    assert stuck(NOW + 31 * MINUTE) == []


def test_without_a_provider_it_waits(provider: SolarStaff, boris: Partner, settings: Settings) -> None:
    settings.SOLAR_STAFF_URL = ""
    assert after(approved(boris)).state == "approved"


# --- To the account in the service ------------------------------------------------------------------------------------


@pytest.fixture
def service(settings: Settings) -> Iterator[Service]:
    with Service() as service:
        for name, value in service.settings.items():
            setattr(settings, name, value)
        yield service


def with_account(service: Service, code: str = "anna") -> Partner:
    anna = legal(9_000_00, code=code)
    service.create_account(anna.user.email, id=anna.user.account_id)
    return anna


def credits(service: Service) -> list[tuple[str, str]]:
    return [(row["account_id"], row["amount"]) for row in service.journal()["credits"]]


def test_credit_is_made_once(service: Service) -> None:
    anna = with_account(service)
    withdrawal = after(approved(anna, 2_000_50, "service"))
    assert withdrawal.state == "paid"
    assert credits(service) == [(anna.user.account_id, "2000.50")]


@pytest.mark.parametrize("kind", ["drop_after", "down", "error", "html", "wrong_json"])
def test_credit_without_an_answer_ends_as_one(service: Service, kind: str) -> None:
    anna = with_account(service)
    service.fault(kind, times=1)
    withdrawal = after(approved(anna, 2_000_00, "service"))
    assert (withdrawal.state, ledger.balance(anna)) == ("unknown", 7_000_00)
    for minutes in (2, 12, 12):
        withdrawal = after(withdrawal, minutes=minutes)
    assert withdrawal.state == "paid"
    assert credits(service) == [(anna.user.account_id, "2000.00")]


def test_account_that_is_gone_is_not_paid_and_not_lost(service: Service) -> None:
    anna = legal(9_000_00)  # the service has no such account
    withdrawal = after(approved(anna, 2_000_00, "service"))
    assert withdrawal.state in ("unknown", "returned")
    assert credits(service) == []
