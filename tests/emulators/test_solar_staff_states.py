"""What becomes of payouts at Solar Staff's emulator: later, partly, declined, back; the company's money; the clock."""

import datetime as dt
import re

import pytest

from tests.emulators.payouts import EVER, call, find, paid, pay, state_of, transactions
from tests.emulators.solar_staff import SolarStaff

pytestmark = pytest.mark.processes


@pytest.fixture
def worker(solar_staff: SolarStaff) -> int:
    return solar_staff.register("anna@example.ru")


def test_payout_can_wait_until_it_is_settled(solar_staff: SolarStaff, worker: int) -> None:
    solar_staff.pays_later()
    code, content = pay(solar_staff, worker)
    assert (code, content["status_id"], content["status"]) == (200, 1, "waiting")
    assert find(solar_staff)[1]["state"] == {"id": 4, "title": "Ждёт оплату"}
    assert find(solar_staff)[1]["date_paid"] is None
    assert (solar_staff.balance, paid(solar_staff)) == ("10000000.00", [("PAYOUT-1", "waiting", "0.00")])
    solar_staff.settle()
    assert (state_of(solar_staff), paid(solar_staff)) == (5, [("PAYOUT-1", "paid", "2500.00")])


def test_payout_can_wait_for_a_while_of_the_emulators_clock(solar_staff: SolarStaff, worker: int) -> None:
    solar_staff.pays_later(seconds=1800, times=1)
    pay(solar_staff, worker)
    solar_staff.shift_clock(minutes=29)
    assert state_of(solar_staff) == 4
    solar_staff.shift_clock(minutes=1)
    assert state_of(solar_staff) == 5
    assert pay(solar_staff, worker, "PAYOUT-2")[1]["status_id"] == 2


def test_waiting_payout_can_end_declined(solar_staff: SolarStaff, worker: int) -> None:
    solar_staff.outcome("waiting", seconds=60, then="declined")
    pay(solar_staff, worker)
    solar_staff.shift_clock(minutes=1)
    assert (state_of(solar_staff), paid(solar_staff)) == (8, [("PAYOUT-1", "declined", "0.00")])
    assert transactions(solar_staff) == []


def test_payout_can_be_declined_at_once(solar_staff: SolarStaff, worker: int) -> None:
    solar_staff.declines()
    code, content = pay(solar_staff, worker)
    assert (code, content["status_id"], content["status"], state_of(solar_staff)) == (200, 3, "declined", 8)
    assert (solar_staff.balance, paid(solar_staff)) == ("10000000.00", [("PAYOUT-1", "declined", "0.00")])


def test_payout_can_come_back_at_once(solar_staff: SolarStaff, worker: int) -> None:
    solar_staff.refunds()
    code, content = pay(solar_staff, worker)
    assert (code, content["status_id"], content["status"], state_of(solar_staff)) == (200, 4, "refunded", 10)
    assert (solar_staff.balance, solar_staff.workers()[0]["balance"]) == ("10000000.00", "0.00")
    assert transactions(solar_staff) == [
        ("down", 2500, "PAYOUT-1"),
        ("down", 75, ""),
        ("up", 2500, "PAYOUT-1"),
        ("up", 75, ""),
    ]


def test_paid_payout_can_come_back_later(solar_staff: SolarStaff, worker: int) -> None:
    pay(solar_staff, worker)
    [line] = solar_staff.settle(merchant_transaction="PAYOUT-1", state="refunded")
    assert (line["state"], line["paid"], state_of(solar_staff)) == ("refunded", "0.00", 10)
    assert solar_staff.balance == "10000000.00"


def test_payout_can_be_paid_by_halves(solar_staff: SolarStaff, worker: int) -> None:
    solar_staff.pays_partly(seconds=60)
    code, content = pay(solar_staff, worker)
    assert (code, content["status_id"], content["status"], state_of(solar_staff)) == (200, 5, "partly", 4)
    assert paid(solar_staff) == [("PAYOUT-1", "partly", "1250.00")]
    solar_staff.shift_clock(minutes=1)
    assert (state_of(solar_staff), paid(solar_staff)) == (5, [("PAYOUT-1", "paid", "2500.00")])
    assert transactions(solar_staff) == [("down", 1250, "PAYOUT-1"), ("down", 1250, "PAYOUT-1"), ("down", 75, "")]


@pytest.mark.parametrize("state_id", [6, 8, 10, 11])
def test_task_can_be_in_any_state_that_is_known(solar_staff: SolarStaff, worker: int, state_id: int) -> None:
    solar_staff.pays_later()
    pay(solar_staff, worker)
    solar_staff.settle(state="declined", state_id=state_id)
    assert state_of(solar_staff) == state_id


def test_what_becomes_of_payouts_can_be_drawn_repeatably(solar_staff: SolarStaff, worker: int) -> None:
    solar_staff.random_outcomes(1, {"declined": 0.3, "waiting": 0.3})
    drawn = [pay(solar_staff, worker, f"PAYOUT-{number}")[1]["status"] for number in range(10)]
    assert drawn == [
        *("declined", "success", "success", "declined", "waiting"),
        *("waiting", "success", "success", "declined", "declined"),
    ]


# --- The company's money ----------------------------------------------------------------------------------------------


def test_payout_above_the_companys_balance_is_an_error_with_a_task_and_paid_after_a_top_up(
    solar_staff: SolarStaff, worker: int
) -> None:
    solar_staff.set_balance("2574.99")
    code, content = pay(solar_staff, worker)
    assert (code, content["task_id"], content["status_id"]) == (301, 7000001, 1)
    assert content["error_text"] == "Insufficient funds, the task will be paid later"
    assert (state_of(solar_staff), paid(solar_staff)) == (4, [("PAYOUT-1", "waiting", "0.00")])
    solar_staff.top_up("0.01")
    assert (state_of(solar_staff), paid(solar_staff)) == (5, [("PAYOUT-1", "paid", "2500.00")])
    assert solar_staff.balance == "0.00"


def test_top_up_pays_those_who_wait_in_their_order_as_far_as_it_goes(solar_staff: SolarStaff, worker: int) -> None:
    solar_staff.set_balance("0")
    for key in ("one", "two", "three"):
        pay(solar_staff, worker, key, "1000")
    solar_staff.top_up("2100.00")
    assert paid(solar_staff) == [
        *(("one", "paid", "1000.00"), ("two", "paid", "1000.00"), ("three", "waiting", "0.00"))
    ]
    assert solar_staff.balance == "40.00"


def test_waiting_payout_whose_time_comes_without_money_waits_for_a_top_up(solar_staff: SolarStaff, worker: int) -> None:
    solar_staff.pays_later(seconds=60)
    pay(solar_staff, worker)
    solar_staff.set_balance("10")
    solar_staff.shift_clock(minutes=1)
    assert state_of(solar_staff) == 4
    solar_staff.top_up("10000")
    assert state_of(solar_staff) == 5


def test_balance_is_told_in_strings(solar_staff: SolarStaff, worker: int) -> None:
    pay(solar_staff, worker)
    details = {"cards": "9997425.00", "qiwi": "0.00", "webmoney": "0.00"}
    assert call(solar_staff, "/v1/info", "balance") == (200, {"rub": "9997425.00", "details": details})


def test_transactions_tell_what_went_and_what_came(solar_staff: SolarStaff, worker: int) -> None:
    pay(solar_staff, worker)
    solar_staff.top_up("75.00")
    code, content = call(solar_staff, "/v1/info", "transactions", **EVER)
    first = content["transactions"][0]
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", first.pop("date"))
    assert code == 200
    assert first == {
        "transaction_id": 1,
        "transaction_type": "down",
        "task_id": 7000001,
        "invoice_number": "",
        "currency": "RUB",
        "amount": 2500,
        "merchant_transaction": "PAYOUT-1",
    }
    assert transactions(solar_staff) == [("down", 2500, "PAYOUT-1"), ("down", 75, ""), ("up", 75, "")]


def test_commission_can_be_part_of_the_payouts_transaction(solar_staff: SolarStaff, worker: int) -> None:
    solar_staff.modes(commission="within")
    pay(solar_staff, worker)
    assert transactions(solar_staff) == [("down", 2575, "PAYOUT-1")]


def test_transactions_come_by_pages(solar_staff: SolarStaff, worker: int) -> None:
    solar_staff.modes(commission="within")
    for number in range(5):
        pay(solar_staff, worker, f"PAYOUT-{number}")
    seen = [transactions(solar_staff, page_size=2, page_num=page) for page in (1, 2, 3, 4)]
    assert [[key for _, _, key in page] for page in seen] == [
        *(["PAYOUT-0", "PAYOUT-1"], ["PAYOUT-2", "PAYOUT-3"], ["PAYOUT-4"], [])
    ]
    _, content = call(solar_staff, "/v1/info", "transactions", **EVER, page_size=2, page_num=2)
    assert [content[name] for name in ("pages", "previous_page", "current_page", "next_page")] == [3, 1, 2, 3]


def test_page_holds_twenty_transactions_unless_told_otherwise(solar_staff: SolarStaff) -> None:
    for _ in range(21):
        solar_staff.top_up("1.00")
    assert (len(transactions(solar_staff)), len(transactions(solar_staff, page_num=2))) == (20, 1)


def test_transactions_are_those_of_the_days_asked_for(solar_staff: SolarStaff, worker: int) -> None:
    solar_staff.modes(commission="within")
    pay(solar_staff, worker, "one")
    first = solar_staff.now
    solar_staff.shift_clock(days=1)
    pay(solar_staff, worker, "two")
    assert [key for *_, key in transactions(solar_staff, finish_date=first)] == ["one"]
    tomorrow = str(dt.datetime.fromisoformat(first) + dt.timedelta(hours=1))
    assert [key for *_, key in transactions(solar_staff, start_date=tomorrow)] == ["two"]


@pytest.mark.parametrize(
    "given", [{"start_date": "2026-10-01"}, {"page_size": 0}, {"page_num": 0}, {"page_size": 1001}, {"page_num": "x"}]
)
def test_transactions_of_no_proper_page_are_refused(solar_staff: SolarStaff, given: dict[str, object]) -> None:
    assert call(solar_staff, "/v1/info", "transactions", **{**EVER, **given})[0] == 400
