"""How Solar Staff's emulator takes requests, and how it answers: solar-staff.md, transport."""

import json
from typing import Any

import httpx2
import pytest

from tests.emulators.payouts import call, find, paid, pay, send, signed, wanted
from tests.emulators.solar_staff import SolarStaff

pytestmark = pytest.mark.processes


def test_wrong_signature_is_an_error_with_http_status_200(solar_staff: SolarStaff) -> None:
    content = {**signed(solar_staff, "balance"), "signature": "0" * 40}
    response = send(solar_staff, "/v1/info", content)
    error = {"error_text": "Invalid client_id or signature"}
    assert (response.status_code, response.json()) == (200, {"success": False, "code": 401, "response": error})


def test_request_changed_after_signing_is_refused(solar_staff: SolarStaff) -> None:
    worker = solar_staff.register("anna@example.ru")
    content = {**signed(solar_staff, "payout", **wanted(worker)), "amount": "25000.00"}
    assert send(solar_staff, "/v1/payment", content).json()["code"] == 401
    assert paid(solar_staff) == []


def test_another_company_is_refused_even_with_a_right_signature(solar_staff: SolarStaff) -> None:
    content = signed(solar_staff, "balance", client_id="7")
    assert send(solar_staff, "/v1/info", content).json()["code"] == 401


def test_request_without_a_signature_is_refused(solar_staff: SolarStaff) -> None:
    content = {"action": "balance", "client_id": solar_staff.client_id}
    assert send(solar_staff, "/v1/info", content).json()["code"] == 401


def test_form_is_taken_like_json(solar_staff: SolarStaff) -> None:
    worker = solar_staff.register("anna@example.ru")
    content = signed(solar_staff, "payout", **wanted(worker, task_title="Размещение рекламы", card_id=""))
    assert send(solar_staff, "/v1/payment", content, as_form=True).json()["code"] == 200
    assert paid(solar_staff) == [("PAYOUT-1", "paid", "2500.00")]


def test_json_numbers_are_signed_as_they_are_written(solar_staff: SolarStaff) -> None:
    worker = solar_staff.register("anna@example.ru")
    assert pay(solar_staff, worker, "one", 3000)[0] == 200
    assert pay(solar_staff, worker, "two", 3000.5)[0] == 200
    content = {**signed(solar_staff, "payout", **wanted(worker, "three", "3000")), "amount": 3000.0}
    assert send(solar_staff, "/v1/payment", content).json()["code"] == 401
    assert paid(solar_staff) == [("one", "paid", "3000.00"), ("two", "paid", "3000.50")]


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"?"', b"\xff", b'{"action": ["balance"]}', b'{"a": "\\ud800"}'])
def test_request_that_is_no_request_is_an_error_with_http_status_200(solar_staff: SolarStaff, body: bytes) -> None:
    with httpx2.Client(base_url=solar_staff.url, trust_env=False) as client:
        response = client.post("/v1/info", content=body, headers={"Content-Type": "application/json"})
    assert (response.status_code, response.json()["code"]) == (200, 400)


def test_get_is_an_error_with_http_status_200(solar_staff: SolarStaff) -> None:
    with httpx2.Client(base_url=solar_staff.url, trust_env=False) as client:
        response = client.get("/v1/info")
    assert (response.status_code, response.json()["code"]) == (200, 400)


@pytest.mark.parametrize(("path", "action"), [("/v1/info", "payout"), ("/v1/payment", "payouts"), ("/v1/", "balance")])
def test_action_is_known_at_its_own_path_only(solar_staff: SolarStaff, path: str, action: str) -> None:
    assert call(solar_staff, path, action) == (404, {"error_text": "Unknown action"})


def test_numbers_can_come_as_strings(solar_staff: SolarStaff) -> None:
    worker = solar_staff.register("anna@example.ru")
    solar_staff.modes(numbers="strings")
    answer = send(solar_staff, "/v1/payment", signed(solar_staff, "payout", **wanted(worker))).json()
    assert (answer["success"], answer["code"]) == (True, "200")
    assert (answer["response"]["status_id"], answer["response"]["payout_amount"]) == ("2", "2500")
    assert answer["response"]["real_details"] == {"amount": "2500", "commission_amount": "75"}


@pytest.mark.parametrize(
    ("names", "payout", "search"),
    [
        ("usual", "merchant_transaction", "merchantTransaction"),
        ("camel", "merchantTransaction", "merchantTransaction"),
        ("snake", "merchant_transaction", "merchant_transaction"),
    ],
)
def test_names_can_come_in_either_case(solar_staff: SolarStaff, names: str, payout: str, search: str) -> None:
    worker = solar_staff.register("anna@example.ru")
    solar_staff.modes(names=names)
    assert pay(solar_staff, worker)[1][payout] == "PAYOUT-1"
    assert find(solar_staff)[1][search] == "PAYOUT-1"


def test_calls_are_kept_without_signatures_and_passwords(solar_staff: SolarStaff) -> None:
    about: dict[str, Any] = {"email": "anna@example.ru", "first_name": "Анна", "last_name": "Иванова"}
    about |= {"phone": "+79000000000", "specialization": 1, "country": "RU", "send_message": 0}
    call(solar_staff, "/v1/workers", "worker_create", **about, password="S0MePa$W0rd")
    call(solar_staff, "/v1/info", "nothing")
    told = list(solar_staff.calls())
    assert [(each["path"], each["outcome"], each["status"]) for each in told] == [
        *(("/v1/workers", "200", 200), ("/v1/info", "404", 200))
    ]
    assert told[0]["body"]["email"] == "anna@example.ru"
    assert "S0MePa$W0rd" not in json.dumps(told) + solar_staff.log
    assert "signature" not in json.dumps(told)
