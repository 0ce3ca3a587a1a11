"""Solar Staff over real HTTP: people and their cards, payments and what becomes of them, every kind of silence."""

import datetime as dt
import time
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from pytest_django import Settings

from payouts import solar_staff
from payouts.solar_staff import Card, CardStatus, NoAnswer, Outcome, Payment, Refused
from payouts.tests.said import KEY
from tests.emulators.solar_staff import SolarStaff

ANNA = "anna@example.ru"
DAY = dt.timedelta(days=1)


@pytest.fixture(scope="module")
def _running() -> Iterator[SolarStaff]:
    with SolarStaff() as provider:
        yield provider


@pytest.fixture
def provider(_running: SolarStaff, settings: Settings) -> SolarStaff:
    _running.reset()
    for name, value in _running.settings.items():
        setattr(settings, name, value)
    return _running


@pytest.fixture
def worker(provider: SolarStaff) -> int:
    return provider.register(ANNA)


def pay(worker: int, **changes: Any) -> Payment:
    asked = {"worker_id": str(worker), "card_id": None, "amount_kopecks": 123450, "merchant_transaction": KEY}
    return solar_staff.pay(**asked | changes)


def found() -> Payment:
    payment = solar_staff.find_payment(KEY)
    assert payment is not None
    return payment


# --- People and cards -----------------------------------------------------------------------------------------------


def test_person_who_is_invited_is_known_before_registering(provider: SolarStaff) -> None:
    assert solar_staff.find_worker(ANNA) is None
    worker_id = solar_staff.invite(ANNA)
    assert solar_staff.find_worker(ANNA) == worker_id
    assert not solar_staff.is_registered(ANNA)
    provider.register(ANNA)
    assert solar_staff.is_registered(ANNA)
    assert solar_staff.find_worker(ANNA) == worker_id


def test_second_invitation_may_be_refused_and_the_person_is_found_instead(provider: SolarStaff) -> None:
    provider.modes(invites="error")
    worker_id = solar_staff.invite(ANNA)
    with pytest.raises(Refused) as refused:
        solar_staff.invite(ANNA)
    assert refused.value.text != ""
    assert solar_staff.find_worker(ANNA) == worker_id


def test_card_is_linked_on_the_page_that_the_provider_gives(provider: SolarStaff, worker: int) -> None:
    assert solar_staff.cards(str(worker)) == []
    page = solar_staff.card_page(str(worker), redirect_url="https://partners.example.ru/payouts/")
    assert page.startswith(f"{provider.url}/")
    (card,) = solar_staff.cards(str(worker))
    assert card.status == CardStatus.STARTED
    ended = httpx2.post(page, data={"number": "2200 7000 0000 1234"}, trust_env=False)
    assert ended.headers["Location"] == "https://partners.example.ru/payouts/"
    assert solar_staff.cards(str(worker)) == [Card(card.id, "…1234", CardStatus.LINKED)]


@pytest.mark.parametrize(
    ("number", "status"),
    [
        (1, CardStatus.STARTED),
        (2, CardStatus.TO_BE_CONFIRMED),
        (4, CardStatus.LINKED),
        (5, CardStatus.BLOCKED),
        (6, CardStatus.IMPOSSIBLE),
    ],
)
def test_card_is_told_with_its_status(provider: SolarStaff, worker: int, number: int, status: CardStatus) -> None:
    card_id = provider.link_card(worker, verify_status_id=number)
    assert solar_staff.cards(str(worker)) == [Card(str(card_id), "…1234", status)]


def test_card_that_is_removed_is_gone(provider: SolarStaff, worker: int) -> None:
    card_id = provider.link_card(worker)
    solar_staff.remove_card(str(worker), str(card_id))
    assert solar_staff.cards(str(worker)) == []
    with pytest.raises(Refused):
        solar_staff.remove_card(str(worker), str(card_id))


# --- Payments -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("numbers", ["usual", "strings"])
@pytest.mark.parametrize("names", ["usual", "camel", "snake"])
def test_payment_is_read_in_each_shape_that_it_may_have(
    provider: SolarStaff, worker: int, numbers: str, names: str
) -> None:
    provider.modes(numbers=numbers, names=names)
    card_id = provider.link_card(worker)
    paid = pay(worker, card_id=str(card_id))
    (line,) = provider.journal()
    assert (line["merchant_transaction"], line["amount"], line["paid"]) == (KEY, "1234.50", "1234.50")
    assert (line["worker_id"], line["card_id"]) == (worker, card_id)
    assert (paid.outcome, paid.task_id, paid.amount_kopecks) == (Outcome.PAID, str(line["task_id"]), 1234_50)
    assert f"{paid.commission_kopecks}" == line["commission"].replace(".", "")
    assert (found().outcome, found().task_id, found().amount_kopecks) == (Outcome.PAID, paid.task_id, 1234_50)
    assert [card.status for card in solar_staff.cards(str(worker))] == [CardStatus.LINKED]
    assert solar_staff.is_registered(ANNA)
    assert solar_staff.balance() == int(provider.balance.replace(".", ""))


def test_sum_up_to_a_thousand_goes_to_the_persons_balance_there(provider: SolarStaff, worker: int) -> None:
    assert pay(worker, amount_kopecks=solar_staff.CARD_OVER_KOPECKS).outcome == Outcome.PAID
    (line,) = provider.journal()
    assert (line["card_id"], line["amount"]) == (None, "1000.00")


def test_least_sum_is_paid(provider: SolarStaff, worker: int) -> None:
    assert pay(worker, amount_kopecks=solar_staff.LEAST_KOPECKS).outcome == Outcome.PAID


@pytest.mark.parametrize("amount_kopecks", [solar_staff.CARD_OVER_KOPECKS, solar_staff.CARD_MONTH_LIMIT_KOPECKS + 1])
def test_sum_that_a_card_does_not_take_is_over_the_limit(
    provider: SolarStaff, worker: int, amount_kopecks: int
) -> None:
    card_id = str(provider.link_card(worker))
    assert pay(worker, card_id=card_id, amount_kopecks=amount_kopecks).outcome == Outcome.OVER_LIMIT
    assert provider.journal() == []


def test_card_takes_no_more_than_its_limit_in_a_month(provider: SolarStaff, worker: int) -> None:
    card_id = str(provider.link_card(worker))
    limit = solar_staff.CARD_MONTH_LIMIT_KOPECKS
    assert pay(worker, card_id=card_id, amount_kopecks=limit, merchant_transaction="1").outcome == Outcome.PAID
    assert pay(worker, card_id=card_id, amount_kopecks=100_001).outcome == Outcome.OVER_LIMIT
    assert solar_staff.find_payment(KEY) is None


def test_card_that_is_not_linked_is_refused_and_nothing_exists(provider: SolarStaff, worker: int) -> None:
    card_id = provider.link_card(worker, verify_status_id=5)
    refused = pay(worker, card_id=str(card_id))
    assert (refused.outcome, refused.task_id) == (Outcome.REFUSED, "")
    assert refused.said.startswith("код ")
    assert solar_staff.find_payment(KEY) is None


def test_payment_without_money_there_is_taken_and_paid_after_a_top_up(provider: SolarStaff, worker: int) -> None:
    provider.set_balance("0.00")
    taken = pay(worker)
    assert taken.outcome == Outcome.PROCESSING
    assert taken.task_id != ""
    assert found().outcome == Outcome.PROCESSING
    provider.top_up("5000.00")
    assert found().outcome == Outcome.PAID
    assert [line["paid"] for line in provider.journal()] == ["1234.50"]


@pytest.mark.parametrize(
    ("ordered", "at_once", "later"),
    [
        ("paid", Outcome.PAID, Outcome.PAID),
        ("waiting", Outcome.PROCESSING, Outcome.PROCESSING),
        ("partly", Outcome.PROCESSING, Outcome.PROCESSING),
        ("declined", Outcome.DECLINED, Outcome.DECLINED),
        # A task has no state of its own for "refunded": either way a person decides.
        ("refunded", Outcome.REFUNDED, Outcome.FAILED),
    ],
)
def test_payment_ends_as_the_provider_says_at_once_and_later(
    provider: SolarStaff, worker: int, ordered: str, at_once: Outcome, later: Outcome
) -> None:
    provider.outcome(ordered)
    assert pay(worker).outcome == at_once
    assert found().outcome == later


@pytest.mark.parametrize(
    ("state", "state_id", "outcome"),
    [
        ("paid", 5, Outcome.PAID),
        ("declined", 6, Outcome.DECLINED),
        ("declined", 8, Outcome.DECLINED),
        ("refunded", 10, Outcome.FAILED),
        ("declined", 11, Outcome.PROCESSING),
    ],
)
def test_waiting_payment_is_followed_to_its_end(
    provider: SolarStaff, worker: int, state: str, state_id: int, outcome: Outcome
) -> None:
    provider.pays_later()
    assert pay(worker).outcome == Outcome.PROCESSING
    provider.settle(state=state, state_id=state_id)
    assert found().outcome == outcome


@pytest.mark.parametrize(
    ("mode", "outcome", "payments"),
    [
        ("first", Outcome.PAID, 1),
        ("error_with_task", Outcome.PROCESSING, 1),
        ("error", Outcome.REFUSED, 1),
        ("second", Outcome.PAID, 2),
    ],
)
def test_second_sending_may_be_answered_in_any_way_so_it_is_never_made_unasked(
    provider: SolarStaff, worker: int, mode: str, outcome: Outcome, payments: int
) -> None:
    provider.duplicates(mode)
    pay(worker)
    assert pay(worker).outcome == outcome
    assert len(provider.journal()) == payments
    assert found().outcome == Outcome.PAID


# --- Silence --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["drop_after", "cut_after", "error_after", "html_after", "wrong_json_after"])
def test_payment_whose_answer_was_lost_is_found(provider: SolarStaff, worker: int, kind: str) -> None:
    provider.fault(kind, times=1)
    with pytest.raises(NoAnswer):
        pay(worker)
    assert (found().outcome, found().amount_kopecks) == (Outcome.PAID, 1234_50)


@pytest.mark.parametrize("kind", ["down", "error", "html", "wrong_json"])
def test_payment_that_never_arrived_is_not_known(provider: SolarStaff, worker: int, kind: str) -> None:
    provider.fault(kind, times=1)
    with pytest.raises(NoAnswer):
        pay(worker)
    assert solar_staff.find_payment(KEY) is None


@pytest.mark.parametrize("kind", ["down", "error", "html", "wrong_json", "cut_after"])
def test_search_that_fails_does_not_say_that_there_is_no_payment(provider: SolarStaff, kind: str) -> None:
    provider.fault(kind, times=1)
    with pytest.raises(NoAnswer):
        solar_staff.find_payment(KEY)


def test_wrong_keys_pay_nothing_and_do_not_say_that_there_is_no_payment(
    provider: SolarStaff, worker: int, settings: Settings
) -> None:
    settings.SOLAR_STAFF_SALT = "another"
    with pytest.raises(NoAnswer):
        pay(worker)
    with pytest.raises(NoAnswer):
        solar_staff.find_payment(KEY)
    with pytest.raises(Refused):
        solar_staff.find_worker(ANNA)
    with pytest.raises(NoAnswer):
        list(solar_staff.transactions(dt.datetime(2026, 11, 1, tzinfo=dt.UTC), dt.datetime(2026, 11, 2, tzinfo=dt.UTC)))
    assert provider.journal() == []


def test_nobody_at_a_page_waits_for_a_slow_provider_longer_than_seconds(provider: SolarStaff) -> None:
    provider.fault("hang_after", seconds=20, times=1)
    asked = time.monotonic()
    with pytest.raises(NoAnswer):
        solar_staff.balance()
    assert 4 < time.monotonic() - asked < 10


def test_answer_about_money_is_waited_for_longer(provider: SolarStaff, worker: int) -> None:
    provider.fault("slow", seconds=7, times=1)
    assert pay(worker).outcome == Outcome.PAID


def test_provider_that_is_switched_off_does_not_answer(provider: SolarStaff) -> None:
    provider.stop()
    try:
        with pytest.raises(NoAnswer):
            solar_staff.find_payment(KEY)
    finally:
        provider.start()


@pytest.mark.parametrize("url", ["", "nowhere", "http://[", "ftp://127.0.0.1"])
def test_address_that_is_none_does_not_answer(settings: Settings, url: str) -> None:
    settings.SOLAR_STAFF_URL = url
    with pytest.raises(NoAnswer):
        solar_staff.balance()


def test_nothing_personal_or_secret_gets_into_logs_or_errors(
    provider: SolarStaff, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    provider.fault("html")
    with pytest.raises(NoAnswer) as silent:
        solar_staff.find_worker(ANNA)
    told = caplog.text + repr(silent.value) + repr(silent.value.__cause__)
    assert ANNA not in told
    assert settings.SOLAR_STAFF_SALT not in told
    assert silent.value.__suppress_context__


# --- The programme's money ------------------------------------------------------------------------------------------


def test_every_movement_of_two_days_is_listed_once(provider: SolarStaff, worker: int) -> None:
    provider.modes(commission="within")
    provider.top_up("5000.00")
    for number in range(120):
        pay(worker, amount_kopecks=200, merchant_transaction=f"payment-{number}")
    now = dt.datetime.now(dt.UTC)
    listed = list(solar_staff.transactions(now - DAY, now + DAY))
    assert len({each.id for each in listed}) == len(listed) == 121
    assert (listed[0].is_outgoing, listed[0].amount_kopecks, listed[0].merchant_transaction) == (False, 5000_00, "")
    assert [each.merchant_transaction for each in listed[1:]] == [f"payment-{number}" for number in range(120)]
    assert all(each.is_outgoing for each in listed[1:])
    assert {each.task_id for each in listed[1:]} == {str(line["task_id"]) for line in provider.journal()}
    assert abs(listed[0].at - now) < dt.timedelta(minutes=5)


def test_commission_may_be_a_movement_of_its_own_without_our_key(provider: SolarStaff, worker: int) -> None:
    provider.modes(commission="apart")
    pay(worker)
    now = dt.datetime.now(dt.UTC)
    payment, commission = solar_staff.transactions(now - DAY, now + DAY)
    assert (payment.merchant_transaction, payment.amount_kopecks) == (KEY, 1234_50)
    assert (commission.merchant_transaction, commission.task_id) == ("", payment.task_id)


def test_movements_outside_the_two_moments_are_not_listed(provider: SolarStaff) -> None:
    provider.top_up("1.00")
    now = dt.datetime.now(dt.UTC)
    assert list(solar_staff.transactions(now - 2 * DAY, now - DAY)) == []
    assert len(list(solar_staff.transactions(now - DAY, now + DAY))) == 1


def test_page_that_fails_leaves_no_list(provider: SolarStaff) -> None:
    for _ in range(101):
        provider.top_up("1.00")
    now = dt.datetime.now(dt.UTC)
    listed = solar_staff.transactions(now - DAY, now + DAY)
    for _ in range(100):
        next(listed)
    provider.fault("error")
    with pytest.raises(NoAnswer):
        next(listed)
