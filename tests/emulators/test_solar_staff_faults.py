"""How Solar Staff's emulator fails when told to: what is lost, what is done all the same, and what chance draws."""

import time
from concurrent.futures import ThreadPoolExecutor

import httpx2
import pytest

from tests.emulators.payouts import call, find, paid, pay, send, signed, wanted
from tests.emulators.solar_staff import SolarStaff

pytestmark = pytest.mark.processes

PAID = [("PAYOUT-1", "paid", "2500.00")]


@pytest.fixture
def worker(solar_staff: SolarStaff) -> int:
    return solar_staff.register("anna@example.ru")


@pytest.mark.parametrize(("kind", "journal"), [("down", []), ("drop_after", PAID), ("cut_after", PAID)])
def test_connection_can_break_before_or_after_the_payment(
    solar_staff: SolarStaff, worker: int, kind: str, journal: list[object]
) -> None:
    solar_staff.fault(kind, times=1)
    with pytest.raises(httpx2.RemoteProtocolError):
        pay(solar_staff, worker)
    assert paid(solar_staff) == journal
    assert find(solar_staff)[0] == (200 if journal else 404)


@pytest.mark.parametrize(
    ("kind", "status", "content_type", "journal"),
    [
        ("error", 500, "application/json; charset=utf-8", []),
        ("error_after", 500, "application/json; charset=utf-8", PAID),
        ("html", 200, "text/html; charset=utf-8", []),
        ("html_after", 200, "text/html; charset=utf-8", PAID),
        ("wrong_json", 200, "application/json; charset=utf-8", []),
        ("wrong_json_after", 200, "application/json; charset=utf-8", PAID),
    ],
)
def test_answer_can_be_broken_before_or_after_the_payment(
    solar_staff: SolarStaff, worker: int, kind: str, status: int, content_type: str, journal: list[object]
) -> None:
    solar_staff.fault(kind, times=1)
    response = send(solar_staff, "/v1/payment", signed(solar_staff, "payout", **wanted(worker)))
    assert (response.status_code, response.headers["Content-Type"]) == (status, content_type)
    assert b"PAYOUT-1" not in response.content
    assert paid(solar_staff) == journal


@pytest.mark.parametrize(("kind", "journal"), [("hang", []), ("hang_after", PAID), ("slow", [])])
def test_call_can_hang_before_or_after_the_payment(
    solar_staff: SolarStaff, worker: int, kind: str, journal: list[object]
) -> None:
    solar_staff.fault(kind, seconds=3, times=1)
    with pytest.raises(httpx2.ReadTimeout):
        send(solar_staff, "/v1/payment", signed(solar_staff, "payout", **wanted(worker)), timeout=0.5)
    assert paid(solar_staff) == journal


def test_hanging_call_that_does_nothing_ends_without_an_answer(solar_staff: SolarStaff, worker: int) -> None:
    solar_staff.fault("hang", seconds=0.2, times=1)
    with pytest.raises(httpx2.RemoteProtocolError):
        pay(solar_staff, worker)
    assert paid(solar_staff) == []


@pytest.mark.parametrize("kind", ["hang_after", "slow"])
def test_hanging_call_can_be_answered_in_the_end(solar_staff: SolarStaff, worker: int, kind: str) -> None:
    solar_staff.fault(kind, seconds=0.5, times=1)
    began = time.monotonic()
    assert pay(solar_staff, worker)[0] == 200
    assert time.monotonic() - began >= 0.5
    assert paid(solar_staff) == PAID


def test_hanging_call_holds_up_nobody_else(solar_staff: SolarStaff, worker: int) -> None:
    solar_staff.fault("hang_after", seconds=20, times=1)
    with pytest.raises(httpx2.ReadTimeout):
        send(solar_staff, "/v1/payment", signed(solar_staff, "payout", **wanted(worker)), timeout=0.5)
    began = time.monotonic()
    assert pay(solar_staff, worker, "PAYOUT-2")[0] == 200
    assert time.monotonic() - began < 10


def test_fault_lasts_for_its_calls_or_until_it_is_ended(solar_staff: SolarStaff) -> None:
    def statuses(count: int) -> list[int]:
        return [send(solar_staff, "/v1/info", signed(solar_staff, "balance")).status_code for _ in range(count)]

    solar_staff.fault("error", times=2)
    assert statuses(3) == [500, 500, 200]
    solar_staff.fault("error")
    assert statuses(3) == [500, 500, 500]
    solar_staff.end_faults()
    assert statuses(1) == [200]


def test_fault_of_payments_leaves_searches_alone(solar_staff: SolarStaff, worker: int) -> None:
    solar_staff.fault("drop_after", paths=["/v1/payment"])
    with pytest.raises(httpx2.RemoteProtocolError):
        pay(solar_staff, worker)
    assert find(solar_staff)[1]["state"]["id"] == 5


def test_each_path_can_have_a_fault_of_its_own(solar_staff: SolarStaff, worker: int) -> None:
    solar_staff.fault("html")
    solar_staff.fault("drop_after", paths=["/v1/payment"])
    solar_staff.fault("error", paths=["/v1/task"])
    with pytest.raises(httpx2.RemoteProtocolError):
        pay(solar_staff, worker)
    found = send(solar_staff, "/v1/task", signed(solar_staff, "search", merchant_transaction="PAYOUT-1"))
    assert found.status_code == 500
    solar_staff.fault("none", paths=["/v1/task"])
    assert send(solar_staff, "/v1/task", signed(solar_staff, "search")).text.startswith("<!doctype html>")


def test_fault_of_a_path_that_is_over_leaves_the_place_to_that_of_all_paths(solar_staff: SolarStaff) -> None:
    solar_staff.fault("html")
    solar_staff.fault("error", times=1, paths=["/v1/info"])
    statuses = [send(solar_staff, "/v1/info", signed(solar_staff, "balance")).status_code for _ in range(2)]
    assert (statuses, solar_staff.faults_by_kind()) == ([500, 200], {"error": 1, "html": 1})


def test_control_and_pages_never_fail(solar_staff: SolarStaff) -> None:
    solar_staff.fault("down")
    assert solar_staff.journal() == []
    with httpx2.Client(base_url=solar_staff.url, trust_env=False) as client:
        assert client.get("/").status_code == 200


def test_restart_forgets_faults_and_keeps_payments_and_the_clock() -> None:
    with SolarStaff() as solar_staff:
        pay(solar_staff, solar_staff.register("anna@example.ru"))
        solar_staff.fault("down")
        solar_staff.shift_clock(days=40)
        before = solar_staff.now
        assert solar_staff.stop() == 0
        solar_staff.start()
        assert paid(solar_staff) == PAID
        assert call(solar_staff, "/v1/info", "balance")[1]["rub"] == "9997425.00"
        assert solar_staff.now >= before


def test_crash_loses_no_payment() -> None:
    with SolarStaff() as solar_staff:
        pay(solar_staff, solar_staff.register("anna@example.ru"))
        solar_staff.kill()
        solar_staff.start()
        assert paid(solar_staff) == PAID


def test_chance_draws_faults_repeatably_and_the_journal_keeps_the_truth(solar_staff: SolarStaff, worker: int) -> None:
    chances = {"drop_after": 0.2, "down": 0.2, "error_after": 0.1, "html": 0.1}

    def answered(number: int) -> int | str:
        content = signed(solar_staff, "payout", **wanted(worker, f"PAYOUT-{number}"))
        try:
            return send(solar_staff, "/v1/payment", content).status_code
        except httpx2.RemoteProtocolError:
            return "none"

    solar_staff.random_faults(7, chances, paths=["/v1/payment"])
    first = [answered(number) for number in range(30)]
    solar_staff.random_faults(7, chances, paths=["/v1/payment"])
    assert [answered(number) for number in range(100, 130)] == first
    counted = solar_staff.faults_by_kind()
    assert counted == {"down": 12, "drop_after": 22, "error_after": 4, "html": 8}
    assert len(solar_staff.journal()) == 60 - counted["down"] - counted["html"]


def test_many_payouts_at_once_are_each_paid_once(solar_staff: SolarStaff, worker: int) -> None:
    with ThreadPoolExecutor(16) as pool:
        codes = list(pool.map(lambda number: pay(solar_staff, worker, f"PAYOUT-{number % 100}", "10")[0], range(300)))
    assert (codes.count(200), codes.count(409)) == (100, 200)
    assert len({each["merchant_transaction"] for each in solar_staff.journal()}) == len(solar_staff.journal()) == 100
    assert solar_staff.balance == "9998970.00"
