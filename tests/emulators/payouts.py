"""What the tests of Solar Staff's emulator share: signed calls, and the usual payout."""

import hashlib
from typing import Any

import httpx2

from tests.emulators.solar_staff import SolarStaff

# One for all: making a client takes longer than a call.
_CLIENT = httpx2.Client(trust_env=False)
EVER = {"start_date": "2000-01-01 00:00:00", "finish_date": "2999-12-31 23:59:59"}


def signed(solar_staff: SolarStaff, action: str, **given: Any) -> dict[str, Any]:
    """Parameters with a signature made as its description says, by code that the emulator doesn't share."""
    whole = {"action": action, "client_id": solar_staff.client_id, **given}
    named = [f"{name}:{value}" for name, value in sorted(whole.items()) if value not in ("", None)]
    return {**whole, "signature": hashlib.sha1(";".join([*named, solar_staff.salt]).encode()).hexdigest()}


def send(
    solar_staff: SolarStaff, path: str, content: dict[str, Any], *, as_form: bool = False, timeout: float = 30
) -> httpx2.Response:
    url = solar_staff.url + path
    if as_form:
        return _CLIENT.post(url, data=content, timeout=timeout)
    return _CLIENT.post(url, json=content, timeout=timeout)


def call(solar_staff: SolarStaff, path: str, action: str, **given: Any) -> tuple[int, Any]:
    """The code and the content of an answer, whose envelope is checked."""
    response = send(solar_staff, path, signed(solar_staff, action, **given))
    answer = response.json()
    assert response.status_code == 200
    assert answer.keys() == {"success", "code", "response"}
    assert answer["success"] is (answer["code"] == 200)
    return answer["code"], answer["response"]


def wanted(to: int | str, key: str = "PAYOUT-1", amount: Any = "2500.00", **more: Any) -> dict[str, Any]:
    """The parameters of a payout to the worker's own balance; with `card_id` to a card."""
    usual = {"currency": "RUB", "todo_attributes": "https://skorozvon.ru", "todo_type": 20}
    return {"worker_id": to, "merchant_transaction": key, "amount": amount, **usual, **more}


def pay(solar_staff: SolarStaff, to: int | str, *given: Any, **more: Any) -> tuple[int, Any]:
    return call(solar_staff, "/v1/payment", "payout", **wanted(to, *given, **more))


def find(solar_staff: SolarStaff, key: str = "PAYOUT-1") -> tuple[int, Any]:
    return call(solar_staff, "/v1/task", "search", merchant_transaction=key)


def state_of(solar_staff: SolarStaff, key: str = "PAYOUT-1") -> int:
    """The `state.id` of the task."""
    return find(solar_staff, key)[1]["state"]["id"]


def paid(solar_staff: SolarStaff) -> list[tuple[str, str, str]]:
    """Of each payment its merchant_transaction, its state and what the worker has of it."""
    return [(each["merchant_transaction"], each["state"], each["paid"]) for each in solar_staff.journal()]


def transactions(solar_staff: SolarStaff, **given: Any) -> list[tuple[str, Any, str]]:
    """Direction, sum and merchant_transaction of the company's transactions."""
    _, content = call(solar_staff, "/v1/info", "transactions", **(EVER | given))
    return [
        (each["transaction_type"], each["amount"], each["merchant_transaction"]) for each in content["transactions"]
    ]
