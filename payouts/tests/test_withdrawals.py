"""Asking for money and deciding about it (R20–R26)."""

import datetime as dt
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from pytest_django import Settings

from partners import ledger
from partners.models import Notice, Partner, User
from partners.reasons import ReasonMissing
from payouts import decisions, tariff_change, withdrawals
from payouts.models import Withdrawal
from payouts.tests.people import correct, enter_requisites, individual, legal, lines_of, link_card, staff, steps_of
from referrals import close
from skorozvon_partners import audit
from tests.factories import UserFactory, deliver, month, moscow, refunded

pytestmark = pytest.mark.django_db

NOW = moscow("2025-11-03 12:00")
LATER = moscow("2025-11-04 12:00")


def ask(partner: Partner, kopecks: int, destination: str = "bank", **given: Any) -> Withdrawal:
    return withdrawals.request(
        partner, amount_kopecks=kopecks, destination=destination, **{"by": partner.user, "now": NOW} | given
    )


def put(withdrawal: Withdrawal, state: str, question: str = "") -> Withdrawal:
    """As if it had got there, without what leads there."""
    ended_at = NOW if state in ("paid", "returned") else None
    Withdrawal.objects.filter(pk=withdrawal.pk).update(state=state, question=question, ended_at=ended_at)
    withdrawal.refresh_from_db()
    return withdrawal


def refusal(partner: Partner, kopecks: int, destination: str = "bank", **given: Any) -> tuple[str, str]:
    """The class of the refusal and what it says, with plain spaces; nothing is booked."""
    balance = ledger.balance(partner)
    with pytest.raises(withdrawals.Refusal) as refused:
        ask(partner, kopecks, destination, **given)
    assert (ledger.balance(partner), Withdrawal.objects.count()) == (balance, 0)
    return type(refused.value).__name__, " ".join(str(refused.value).split())


# --- Asking -----------------------------------------------------------------------------------------------------------


def test_request_books_its_sum_at_once_and_is_due_in_twelve_days() -> None:
    anna = legal(5_000_00)
    withdrawal = ask(anna, 2_000_00)
    assert (withdrawal.state, withdrawal.due_on) == ("requested", dt.date(2025, 11, 15))
    assert (ledger.balance(anna), lines_of(anna)) == (3_000_00, [("withdrawal", -2_000_00)])
    assert anna.ledger_lines.get(kind="withdrawal").key == f"withdrawal:{withdrawal.pk}"


def test_several_requests_may_be_open_as_long_as_the_balance_lasts() -> None:
    anna = legal(5_000_00)
    ask(anna, 2_000_00)
    ask(anna, 3_000_00)
    assert ledger.balance(anna) == 0
    with pytest.raises(withdrawals.ConditionsUnmet):
        ask(anna, 2_000_00)


def test_same_key_asks_once() -> None:
    anna = legal(5_000_00)
    first, second = ask(anna, 2_000_00, key="form-1"), ask(anna, 2_000_00, key="form-1")
    assert first.pk == second.pk
    assert (ledger.balance(anna), Notice.objects.count()) == (3_000_00, 1)


def test_same_key_with_another_sum_is_refused() -> None:
    anna = legal(5_000_00)
    ask(anna, 2_000_00, key="form-1")
    with pytest.raises(withdrawals.AskedOtherwise, match="уже отправлена с другой суммой"):
        ask(anna, 2_500_00, key="form-1")
    assert ledger.balance(anna) == 3_000_00


def test_two_partners_may_use_the_same_key() -> None:
    anna, vera = legal(5_000_00), legal(5_000_00, code="vera")
    assert ask(anna, 2_000_00, key="1").pk != ask(vera, 2_000_00, key="1").pk


@pytest.mark.parametrize(
    ("kopecks", "name", "said"),
    [
        (1_999_99, "WrongSum", "Наименьшая сумма вывода — 2 000 ₽. Укажите её или больше."),
        (5_000_01, "WrongSum", "Сейчас доступно 5 000 ₽. Укажите эту сумму или меньше."),
        (0, "WrongSum", "Наименьшая сумма вывода — 2 000 ₽. Укажите её или больше."),
        (-3_000_00, "WrongSum", "Наименьшая сумма вывода — 2 000 ₽. Укажите её или больше."),
    ],
)
def test_legal_withdraws_from_two_thousand_up_to_the_balance(kopecks: int, name: str, said: str) -> None:
    assert refusal(legal(5_000_00), kopecks) == (name, said)


@pytest.mark.parametrize("kopecks", [2_000_00, 5_000_00])
def test_both_ends_of_the_range_are_allowed(kopecks: int) -> None:
    assert ask(legal(5_000_00), kopecks).amount_kopecks == kopecks


@pytest.mark.parametrize(
    ("kopecks", "said"),
    [
        (99, "Наименьшая сумма вывода — 1 ₽. Укажите её или больше."),
        (400_000_01, "За один раз на карту можно вывести до 400 000 ₽. Остаток запросите ещё одной заявкой."),
    ],
)
def test_individual_withdraws_one_rouble_to_four_hundred_thousand(kopecks: int, said: str) -> None:
    assert refusal(individual(900_000_00), kopecks, "card") == ("WrongSum", said)


@pytest.mark.parametrize("kopecks", [1_00, 400_000_00])
def test_individual_may_take_a_rouble_and_four_hundred_thousand(kopecks: int) -> None:
    assert ask(individual(900_000_00), kopecks, "card").card is not None


def test_unmet_condition_is_said_with_what_to_do() -> None:
    name, said = refusal(individual(3_000_00, card=""), 3_000_00, "card")
    assert name == "ConditionsUnmet"
    assert said == (
        "Пока вывести нельзя. Карта привязана в Solar Staff: не выполнено. Укажите карту на странице Solar Staff: мы её"
        " номера не увидим."
    )


@pytest.mark.parametrize("destination", ["card", "cash", ""])
def test_legal_partner_is_not_paid_elsewhere(destination: str) -> None:
    assert refusal(legal(5_000_00), 2_000_00, destination)[0] == "WrongDestination"


@pytest.mark.parametrize("destination", ["bank", "service", "cash", ""])
def test_individual_is_paid_to_a_card_only(destination: str) -> None:
    assert refusal(individual(3_000_00), 3_000_00, destination)[0] == "WrongDestination"


def test_without_requisites_only_the_account_in_the_service_is_left(settings: Settings) -> None:
    settings.SKOROZVON_URL = "https://service.example"
    anna = legal(5_000_00, requisites=False)
    assert refusal(anna, 2_000_00) == (
        "WrongDestination",
        "Сначала укажите реквизиты: без них деньги на расчётный счёт не перевести.",
    )
    assert ask(anna, 2_000_00, "service").account_id == anna.user.account_id


def test_where_the_service_is_not_configured_nobody_is_paid_to_an_account_there() -> None:
    assert refusal(legal(5_000_00), 2_000_00, "service") == (
        "WrongDestination",
        "На аккаунт в Скорозвоне сейчас не вывести. Выберите расчётный счёт.",
    )


def test_request_keeps_the_requisites_of_its_day() -> None:
    anna = legal(5_000_00)
    withdrawal = ask(anna, 2_000_00)
    enter_requisites(anna, at=LATER, account="40702810500000001234")
    withdrawal.refresh_from_db()
    assert withdrawal.requisites is not None
    assert withdrawal.requisites.account == "40702810300000004567"
    assert withdrawals.where(withdrawal) == "на расчётный счёт •• 4567"


def test_request_keeps_the_card_of_its_day() -> None:
    boris = individual(3_000_00)
    withdrawal = ask(boris, 3_000_00, "card")
    link_card(boris, "card-2", at=LATER)
    withdrawal.refresh_from_db()
    assert withdrawal.card is not None
    assert withdrawal.card.card_id == "card-1"


@pytest.mark.parametrize(
    ("kopecks", "where"), [(1_000_00, "на ваш баланс в Solar Staff"), (1_000_01, "на карту •• 1234")]
)
def test_up_to_a_thousand_goes_to_the_balance_at_the_provider(kopecks: int, where: str) -> None:
    assert withdrawals.where(ask(individual(3_000_00), kopecks, "card")) == where


def test_staff_enters_a_letter_with_its_day() -> None:
    boris, by = individual(3_000_00), staff()
    withdrawal = ask(boris, 3_000_00, "card", by=by, asked_on=dt.date(2025, 11, 1), note="Письмо от 1 ноября")
    assert (withdrawal.requested_by, withdrawal.due_on) == (by, dt.date(2025, 11, 13))
    assert withdrawal.steps.get().note == "Письмо от 1 ноября"
    assert Notice.objects.get(kind="withdrawal_received").context["by_staff"] is True


def test_blocked_partner_is_refused() -> None:
    boris = individual(3_000_00)
    Partner.objects.filter(pk=boris.pk).update(status="blocked")
    assert refusal(boris, 3_000_00, "card")[0] == "ConditionsUnmet"


# --- Before staff or not (R26) ----------------------------------------------------------------------------------------


def test_with_approval_every_request_waits_for_staff() -> None:
    assert ask(individual(3_000_00), 3_000_00, "card").state == "requested"


def test_without_approval_a_request_after_a_change_still_waits(settings: Settings) -> None:
    settings.WITHDRAWALS_NEED_APPROVAL = False
    withdrawal = ask(individual(3_000_00), 1_000_00, "card")
    assert (withdrawal.state, withdrawal.question) == ("requested", "Изменена карта 1\u00a0ноября 2025")


def test_once_a_person_has_approved_the_next_one_goes_by_itself(settings: Settings) -> None:
    settings.WITHDRAWALS_NEED_APPROVAL = False
    boris = individual(3_000_00)
    decisions.approve(ask(boris, 1_000_00, "card"), by=staff(), now=NOW)
    second = ask(boris, 1_000_00, "card", now=LATER)
    assert (second.state, second.question, second.next_try_at) == ("approved", "", LATER)
    assert steps_of(second) == ["requested", "approved"]


def test_declined_request_does_not_vouch_for_the_next(settings: Settings) -> None:
    settings.WITHDRAWALS_NEED_APPROVAL = False
    boris = individual(3_000_00)
    decisions.decline(ask(boris, 1_000_00, "card"), by=staff(), reason="Не та карта", now=NOW)
    assert ask(boris, 1_000_00, "card", now=LATER).state == "requested"


def test_change_after_an_approved_request_puts_the_next_before_staff(settings: Settings) -> None:
    settings.WITHDRAWALS_NEED_APPROVAL = False
    anna = legal(9_000_00)
    decisions.approve(ask(anna, 2_000_00), by=staff(), now=NOW)
    assert ask(anna, 2_000_00, now=LATER).state == "approved"
    enter_requisites(anna, at=moscow("2025-11-05 12:00"), account="40702810500000001234")
    third = ask(anna, 2_000_00, now=moscow("2025-11-06 12:00"))
    assert (third.state, third.question) == ("requested", "Изменены реквизиты 5\u00a0ноября 2025")


# --- Deciding ---------------------------------------------------------------------------------------------------------


def test_approved_one_is_due_to_be_sent_but_the_bank_waits_for_its_file() -> None:
    by, anna, boris = staff(), legal(5_000_00), individual(3_000_00)
    to_bank, to_card = ask(anna, 2_000_00), ask(boris, 3_000_00, "card")
    decisions.approve(to_bank, by=by, now=LATER)
    decisions.approve(to_card, by=by, now=LATER)
    to_bank.refresh_from_db()
    to_card.refresh_from_db()
    assert (to_bank.state, to_bank.next_try_at) == ("approved", None)
    assert (to_card.state, to_card.next_try_at) == ("approved", LATER)


@pytest.mark.parametrize("state", ["requested", "approved"])
def test_cancelled_request_is_back_on_the_balance_once(state: str) -> None:
    boris = individual(3_000_00)
    withdrawal = put(ask(boris, 3_000_00, "card"), state)
    decisions.cancel(withdrawal, by=boris.user, now=LATER)
    with pytest.raises(decisions.TooLate):
        decisions.cancel(withdrawal, by=boris.user, now=LATER)
    assert lines_of(boris) == [("withdrawal", -3_000_00), ("withdrawal_returned", 3_000_00)]
    withdrawal.refresh_from_db()
    assert (withdrawal.state, withdrawal.ended_at, withdrawal.next_try_at) == ("returned", LATER, None)
    assert list(audit.run()) == []


def test_what_may_be_at_the_provider_can_not_be_cancelled() -> None:
    boris = individual(3_000_00)
    withdrawal = put(ask(boris, 3_000_00, "card"), "approved")
    Withdrawal.objects.filter(pk=withdrawal.pk).update(missing_since=NOW)
    with pytest.raises(decisions.TooLate):
        decisions.cancel(withdrawal, by=boris.user, now=LATER)


Decision = Callable[[Withdrawal, User], None]
DECISIONS: dict[str, Decision] = {
    "approve": lambda withdrawal, by: decisions.approve(withdrawal, by=by, now=LATER),
    "cancel": lambda withdrawal, by: decisions.cancel(withdrawal, by=by, now=LATER),
    "decline": lambda withdrawal, by: decisions.decline(withdrawal, by=by, reason="так", now=LATER),
    "take_back": lambda withdrawal, by: decisions.take_back(withdrawal, by=by, reason="так", now=LATER),
    "confirm_paid": lambda withdrawal, by: decisions.confirm_paid(withdrawal, by=by, reason="так", now=LATER),
    "send_again": lambda withdrawal, by: decisions.send_again(withdrawal, by=by, reason="так", now=LATER),
}
ALLOWED = {
    ("requested", ""): {"approve", "cancel", "decline"},
    ("approved", ""): {"cancel", "decline"},
    ("sent", ""): {"confirm_paid"},
    ("unknown", ""): {"confirm_paid"},
    ("unknown", "Больше суток"): {"confirm_paid", "take_back", "send_again"},
    ("paid", ""): {"take_back"},
    ("returned", ""): set(),
}


@pytest.mark.parametrize("decision", DECISIONS)
@pytest.mark.parametrize(("state", "question"), ALLOWED)
def test_each_decision_has_its_time(state: str, question: str, decision: str) -> None:
    boris = individual(3_000_00)
    withdrawal = ask(boris, 3_000_00, "card")
    if state == "returned":
        decisions.cancel(withdrawal, by=boris.user, now=NOW)
    else:
        put(withdrawal, state, question)
    before = lines_of(boris)
    if decision in ALLOWED[state, question]:
        DECISIONS[decision](withdrawal, staff())
        withdrawal.refresh_from_db()
        assert len(steps_of(withdrawal)) == 2
        return
    with pytest.raises(decisions.TooLate):
        DECISIONS[decision](withdrawal, staff())
    assert lines_of(boris) == before


def test_money_sent_to_a_bank_can_be_taken_back_without_a_question() -> None:
    anna = legal(5_000_00)
    withdrawal = put(ask(anna, 2_000_00), "sent")
    decisions.take_back(withdrawal, by=staff(), reason="Банк вернул: счёт закрыт", now=LATER)
    assert ledger.balance(anna) == 5_000_00
    assert Notice.objects.get(kind="withdrawal_returned").context["reason"] == "Банк вернул: счёт закрыт"


def test_what_came_back_after_it_was_paid_is_returned_once() -> None:
    boris = individual(3_000_00)
    withdrawal = put(ask(boris, 3_000_00, "card"), "paid")
    decisions.take_back(withdrawal, by=staff(), reason="Карта закрыта", now=LATER)
    with pytest.raises(decisions.TooLate):
        decisions.take_back(withdrawal, by=staff(), reason="Карта закрыта", now=LATER)
    assert ledger.balance(boris) == 3_000_00


@pytest.mark.parametrize("decision", ["decline", "take_back", "confirm_paid", "send_again"])
def test_staff_gives_a_reason(decision: str) -> None:
    withdrawal = ask(individual(3_000_00), 3_000_00, "card")
    with pytest.raises(ReasonMissing):
        getattr(decisions, decision)(withdrawal, by=staff(), reason="  ", now=LATER)


def test_every_step_says_who_when_and_why() -> None:
    boris, by = individual(3_000_00), staff()
    withdrawal = ask(boris, 3_000_00, "card")
    decisions.approve(withdrawal, by=by, now=LATER)
    decisions.decline(withdrawal, by=by, reason="Подождите договора", now=LATER)
    assert list(withdrawal.steps.values_list("state", "taken_by", "taken_at", "note")) == [
        ("requested", boris.user.pk, NOW, ""),
        ("approved", by.pk, LATER, ""),
        ("returned", by.pk, LATER, "Подождите договора"),
    ]


# --- What the database refuses, whoever asks --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        "SET amount_kopecks = amount_kopecks - 1",
        "SET payment_key = '00000000000000000000000000000001'",
        "SET card_id = NULL, account_id = 'mine', destination = 'service'",
        "SET requested_by_id = requested_by_id + 1",
        "SET partner_id = partner_id + 1",
    ],
)
def test_what_was_asked_for_never_changes(change: str) -> None:
    ask(individual(3_000_00), 1_000_00, "card")
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE payouts_withdrawal {change}")


@pytest.mark.parametrize(("ended", "then"), [("returned", "approved"), ("returned", "paid"), ("paid", "sent")])
def test_what_has_ended_stays_ended(ended: str, then: str) -> None:
    withdrawal = put(ask(individual(3_000_00), 1_000_00, "card"), ended)
    with pytest.raises(IntegrityError), transaction.atomic():
        Withdrawal.objects.filter(pk=withdrawal.pk).update(state=then, ended_at=None)


@pytest.mark.parametrize("table", ["payouts_withdrawal", "payouts_withdrawalstep"])
def test_no_request_and_no_step_is_deleted(table: str) -> None:
    ask(individual(3_000_00), 1_000_00, "card")
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {table}")


# --- What the audit finds ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "invariants"), [("returned", ["M2", "M11"]), ("paid", ["M11"]), ("approved", ["M11", "M12"])]
)
def test_state_that_nobody_led_to_is_found(state: str, invariants: list[str]) -> None:
    put(ask(individual(3_000_00), 1_000_00, "card"), state)
    assert [breach.invariant for breach in audit.run()] == invariants


# --- A change of tariff (R3) ------------------------------------------------------------------------------------------


def test_change_of_tariff_waits_until_nothing_is_on_its_way() -> None:
    boris, by = individual(3_000_00), staff()
    withdrawal = ask(boris, 1_000_00, "card")
    with pytest.raises(tariff_change.WithdrawalOpen):
        tariff_change.change(boris, "legal", by=by, reason="Открыл ООО", now=LATER)
    decisions.cancel(withdrawal, by=boris.user, now=LATER)
    tariff_change.change(boris, "legal", by=by, reason="Открыл ООО", now=LATER)
    assert lines_of(boris)[-1] == ("tariff_change", -3_000_00)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_close_that_takes_reward_back_waits_for_a_request_that_has_read_the_balance() -> None:
    """Else the request takes the balance below zero, by money that was taken back a moment before (M4)."""
    anna = legal(5_000_00)
    deliver(refunded("rf", "anna-0-charge", "100.00", "2025-11-20 09:30"))
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            ledger.lock(anna)
            closing = pool.submit(_close_november)
            time.sleep(1)
            ask(anna, 5_000_00)
        closing.result()
    assert ledger.balance(anna) == -15_00  # through the refund
    assert list(audit.run()) == []


def _close_november() -> None:
    try:
        close.run(month("2025-11"), now=moscow("2025-12-01 06:00"))
    finally:
        connection.close()


def test_balance_below_zero_lets_nothing_out() -> None:
    boris = individual(3_000_00)
    correct(boris, -3_000_01)
    assert refusal(boris, 1_00, "card")[0] == "ConditionsUnmet"


# --- What is told -----------------------------------------------------------------------------------------------------


def test_letters_follow_the_withdrawal() -> None:
    boris, by = individual(3_000_00), staff()
    withdrawal = ask(boris, 3_000_00, "card")
    decisions.approve(withdrawal, by=by, now=NOW)
    put(withdrawal, "sent")
    decisions.confirm_paid(withdrawal, by=by, reason="Видно в кабинете Solar Staff", now=LATER)
    assert list(Notice.objects.order_by("pk").values_list("kind", flat=True)) == [
        "withdrawal_received",
        "withdrawal_paid",
    ]


def test_who_waits_for_admission_or_was_declined_has_nothing_to_withdraw() -> None:
    for number, status in enumerate((Partner.Status.PENDING, Partner.Status.DECLINED)):
        newcomer = Partner.objects.create(
            user=UserFactory(email=f"new{number}@example.ru"),
            status=status,
            tariff="legal",
            full_name="Новичок",
            phone="",
            registered_at=NOW,
        )
        with pytest.raises(withdrawals.ConditionsUnmet, match="ещё не принят"):
            ask(newcomer, 2_000_00)
