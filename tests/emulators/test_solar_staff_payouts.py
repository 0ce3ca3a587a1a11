"""What Solar Staff's emulator pays, and what it refuses: cards, limits, repeated merchant_transactions."""

from typing import Any

import pytest

from tests.emulators.payouts import call, find, paid, pay
from tests.emulators.solar_staff import SolarStaff

pytestmark = pytest.mark.processes

ANNA = "anna@example.ru"


@pytest.fixture
def worker(solar_staff: SolarStaff) -> int:
    return solar_staff.register(ANNA)


@pytest.fixture
def card(solar_staff: SolarStaff, worker: int) -> int:
    return solar_staff.link_card(worker)


def test_payout_to_a_card_is_answered_with_its_task_and_its_commission(
    solar_staff: SolarStaff, worker: int, card: int
) -> None:
    code, content = pay(solar_staff, worker, "PAYOUT-1", "12500.50", card_id=card)
    assert (code, content) == (
        200,
        {
            "task_id": 7000001,
            "merchant_transaction": "PAYOUT-1",
            "status_id": 2,
            "status": "success",
            "payout_amount": 12500.5,
            "payout_currency": "RUB",
            "real_amount": 12875.51,
            "real_currency": "RUB",
            "real_details": {"amount": 12500.5, "commission_amount": 375.01},
        },
    )


def test_journal_tells_who_was_paid_what_and_when(solar_staff: SolarStaff, worker: int, card: int) -> None:
    pay(solar_staff, worker, "PAYOUT-1", "12500.50", card_id=card)
    pay(solar_staff, worker, "PAYOUT-2", 1)
    first, second = solar_staff.journal()
    assert first.pop("created_at") == first.pop("paid_at")
    assert first == {
        "task_id": 7000001,
        "merchant_transaction": "PAYOUT-1",
        "worker_id": worker,
        "card_id": card,
        "amount": "12500.50",
        "commission": "375.01",
        "paid": "12500.50",
        "state": "paid",
    }
    assert (second["card_id"], second["paid"]) == (None, "1.00")


def test_worker_can_be_named_by_e_mail(solar_staff: SolarStaff, worker: int) -> None:
    assert pay(solar_staff, "", email=ANNA)[0] == 200
    assert solar_staff.journal()[0]["worker_id"] == worker


def test_payout_without_a_card_goes_to_the_workers_own_balance(solar_staff: SolarStaff, worker: int, card: int) -> None:
    pay(solar_staff, worker, "one", "150.25")
    pay(solar_staff, worker, "two", "2000", card_id=card)
    assert solar_staff.workers()[0]["balance"] == "150.25"


def test_payout_can_be_searched_by_its_key_or_task(solar_staff: SolarStaff, worker: int) -> None:
    _, content = pay(solar_staff, worker, task_title="Размещение рекламы", task_description="Привлечение клиента")
    code, found = find(solar_staff)
    assert code == 200
    assert found.pop("date_created") == found.pop("date_paid")
    assert found == {
        "id": content["task_id"],
        "merchantTransaction": "PAYOUT-1",
        "state": {"id": 5, "title": "Завершена"},
        "title": "Размещение рекламы",
        "description": "Привлечение клиента",
        "todoAttributes": "https://skorozvon.ru",
        "workerId": worker,
        "amount": 2500,
        "currency": "RUB",
    }
    assert call(solar_staff, "/v1/task", "search", task_id=content["task_id"])[1]["id"] == content["task_id"]


def test_payout_that_never_was_is_not_found(solar_staff: SolarStaff) -> None:
    assert find(solar_staff) == (404, {"error_text": "Task not found"})
    assert call(solar_staff, "/v1/task", "search", task_id=7000001)[0] == 404
    assert call(solar_staff, "/v1/task", "search")[0] == 400


@pytest.mark.parametrize("missing", ["worker_id", "currency", "amount", "merchant_transaction", "todo_attributes"])
def test_payout_without_what_is_needed_is_refused(solar_staff: SolarStaff, worker: int, missing: str) -> None:
    code, content = pay(solar_staff, worker, **{missing: ""})
    assert (code, content.keys()) == (400, {"error_text"})
    assert solar_staff.journal() == []


@pytest.mark.parametrize("changed", [{"currency": "USD"}, {"todo_type": 21}, {"task_id": 7}, {"worker_id": 7}])
def test_payout_outside_the_contract_is_refused(solar_staff: SolarStaff, worker: int, changed: dict[str, Any]) -> None:
    assert pay(solar_staff, worker, **changed)[0] in (400, 404)
    assert solar_staff.journal() == []


@pytest.mark.parametrize("amount", ["0", "-5", "0.99", "1.001", "1e3", "12 500", "2500,00", "x"])
def test_payout_of_no_proper_sum_is_refused(solar_staff: SolarStaff, worker: int, amount: str) -> None:
    assert pay(solar_staff, worker, "PAYOUT-1", amount)[0] == 400
    assert solar_staff.journal() == []


# --- Limits -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [1, 2, 5, 6])
def test_only_a_linked_card_is_paid(solar_staff: SolarStaff, worker: int, card: int, status: int) -> None:
    solar_staff.set_card_status(card, status)
    assert pay(solar_staff, worker, card_id=card) == (406, {"error_text": "Card is not linked"})
    solar_staff.set_card_status(card, 4)
    assert pay(solar_staff, worker, card_id=card)[0] == 200


@pytest.mark.parametrize(
    ("amount", "code"), [("1000.00", 302), ("1000.01", 200), ("400000.00", 200), ("400000.01", 302)]
)
def test_card_takes_over_1000_and_at_most_400000(
    solar_staff: SolarStaff, worker: int, card: int, amount: str, code: int
) -> None:
    answered, content = pay(solar_staff, worker, "PAYOUT-1", amount, card_id=card)
    assert answered == code
    assert len(solar_staff.journal()) == (1 if code == 200 else 0)
    assert "task_id" in content or code == 302


@pytest.mark.parametrize(("amount", "code"), [("1.00", 200), ("999.00", 200), ("400000.01", 200)])
def test_own_balance_takes_any_sum_from_1(solar_staff: SolarStaff, worker: int, amount: str, code: int) -> None:
    assert pay(solar_staff, worker, "PAYOUT-1", amount)[0] == code


def test_limit_is_that_of_all_cards_of_a_worker_in_a_month(solar_staff: SolarStaff, worker: int, card: int) -> None:
    other_card = solar_staff.link_card(worker)
    assert pay(solar_staff, worker, "one", "399000.00", card_id=card)[0] == 200
    assert pay(solar_staff, worker, "two", "1000.01", card_id=other_card)[0] == 302
    assert pay(solar_staff, worker, "two", "50000.00")[0] == 200
    boris = solar_staff.register("boris@example.ru")
    assert pay(solar_staff, boris, "three", "400000.00", card_id=solar_staff.link_card(boris))[0] == 200


def test_limit_counts_anew_in_the_next_month(solar_staff: SolarStaff, worker: int, card: int) -> None:
    pay(solar_staff, worker, "one", "400000.00", card_id=card)
    assert pay(solar_staff, worker, "two", card_id=card)[0] == 302
    solar_staff.shift_clock(days=31)
    assert pay(solar_staff, worker, "two", card_id=card)[0] == 200


def test_limit_forgets_what_was_declined_and_what_came_back(solar_staff: SolarStaff, worker: int, card: int) -> None:
    solar_staff.declines(times=1)
    pay(solar_staff, worker, "one", "400000.00", card_id=card)
    solar_staff.refunds(times=1)
    pay(solar_staff, worker, "two", "400000.00", card_id=card)
    assert pay(solar_staff, worker, "three", "400000.00", card_id=card)[0] == 200
    assert paid(solar_staff) == [
        *(("one", "declined", "0.00"), ("two", "refunded", "0.00"), ("three", "paid", "400000.00"))
    ]


# --- Repeated merchant_transactions -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mode", "code", "content"),
    [
        ("error", 409, {"error_text": "Task with this merchant_transaction already exists"}),
        (
            "error_with_task",
            409,
            {"error_text": "Task with this merchant_transaction already exists", "task_id": 7000001},
        ),
    ],
)
def test_repeated_payout_can_be_an_error(
    solar_staff: SolarStaff, worker: int, mode: str, code: int, content: dict[str, Any]
) -> None:
    solar_staff.duplicates(mode)
    pay(solar_staff, worker)
    assert pay(solar_staff, worker) == (code, content)
    assert paid(solar_staff) == [("PAYOUT-1", "paid", "2500.00")]


def test_repeated_payout_can_be_answered_like_the_first(solar_staff: SolarStaff, worker: int) -> None:
    solar_staff.duplicates("first")
    assert pay(solar_staff, worker) == pay(solar_staff, worker)
    assert paid(solar_staff) == [("PAYOUT-1", "paid", "2500.00")]


def test_repeated_payout_can_pay_twice_and_only_the_first_is_found(solar_staff: SolarStaff, worker: int) -> None:
    solar_staff.duplicates("second")
    assert [pay(solar_staff, worker)[1]["task_id"] for _ in range(2)] == [7000001, 7000002]
    assert paid(solar_staff) == [("PAYOUT-1", "paid", "2500.00")] * 2
    assert find(solar_staff)[1]["id"] == 7000001


def test_payout_that_was_refused_is_no_first_one(solar_staff: SolarStaff, worker: int) -> None:
    solar_staff.outcome("refused", times=1)
    assert pay(solar_staff, worker) == (400, {"error_text": "Payout is not possible"})
    assert find(solar_staff)[0] == 404
    assert pay(solar_staff, worker)[0] == 200
