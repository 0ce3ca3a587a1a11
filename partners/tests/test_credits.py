"""Credits to accounts in the service over real HTTP: each key once, and nothing taken for done that nobody said was."""

import base64
import json
from typing import Any

import pytest
from pytest_django import Settings

from partners import skorozvon
from partners.skorozvon import Credit, CreditAnswer, ServiceDoesNotAnswer
from partners.tests.answering import answering
from tests.emulators.service import Service

KEY = "0f3c5d0e-8a4b-4c3b-9d59-0d9a6f0c7b11"
OURS = {"account_id": "acc-1", "amount": "1234.50", "key": KEY}


def credit(**changes: Any) -> CreditAnswer:
    return skorozvon.credit(**{"account_id": "acc-1", "amount_kopecks": 123450, "key": KEY} | changes)


@pytest.fixture
def anna(service: Service) -> Service:
    service.create_account("anna@example.ru", id="acc-1")
    return service


def test_credit_puts_the_very_sum_on_the_account(anna: Service) -> None:
    assert credit() == CreditAnswer.CREATED
    (made,) = anna.journal()["credits"]
    assert (made["account_id"], made["amount"], made["key"]) == ("acc-1", "1234.50", KEY)


def test_credit_that_is_told_twice_is_made_once(anna: Service) -> None:
    assert [credit(), credit()] == [CreditAnswer.CREATED, CreditAnswer.REPEATED]
    assert len(anna.journal()["credits"]) == 1


@pytest.mark.parametrize("changes", [{"amount_kopecks": 123451}, {"account_id": "acc-2"}], ids=str)
def test_key_of_another_credit_is_a_conflict_and_moves_nothing(anna: Service, changes: dict[str, Any]) -> None:
    anna.create_account("boris@example.ru", id="acc-2")
    credit()
    assert credit(**changes) == CreditAnswer.CONFLICT
    assert skorozvon.find_credit(KEY) == Credit("acc-1", 123450, KEY)
    assert len(anna.journal()["credits"]) == 1


def test_credit_is_found_by_its_key(anna: Service) -> None:
    credit(amount_kopecks=100)
    assert skorozvon.find_credit(KEY) == Credit("acc-1", 100, KEY)


def test_key_that_the_service_has_not_seen_finds_nothing(anna: Service) -> None:
    assert skorozvon.find_credit(KEY) is None


def test_key_may_hold_any_sign(anna: Service) -> None:
    key = "вывод:7/1?a=b#c 100%"
    credit(key=key)
    assert skorozvon.find_credit(key) == Credit("acc-1", 123450, key)


def test_credit_to_an_account_that_is_unknown_there_is_not_said_to_be_made(service: Service) -> None:
    with pytest.raises(ServiceDoesNotAnswer, match="422"):
        credit()


def test_credit_whose_answer_was_lost_is_found_and_not_made_again(anna: Service) -> None:
    anna.fault("drop_after", times=1)
    with pytest.raises(ServiceDoesNotAnswer):
        credit()
    assert skorozvon.find_credit(KEY) == Credit("acc-1", 123450, KEY)
    assert credit() == CreditAnswer.REPEATED


@pytest.mark.parametrize("fault", ["error", "wrong_json", "html", "down"])
def test_answer_that_means_nothing_is_none(anna: Service, fault: str) -> None:
    anna.fault(fault)
    with pytest.raises(ServiceDoesNotAnswer):
        credit()
    with pytest.raises(ServiceDoesNotAnswer):
        skorozvon.find_credit(KEY)


def test_service_that_knows_another_secret_has_not_said_that_it_knows_no_such_credit(
    anna: Service, settings: Settings
) -> None:
    settings.SKOROZVON_SECRET = "whsec_" + base64.b64encode(b"x" * 32).decode()
    with pytest.raises(ServiceDoesNotAnswer, match="403"):
        credit()
    with pytest.raises(ServiceDoesNotAnswer, match="403"):
        skorozvon.find_credit(KEY)


NOTHING_SAID = [
    (200, {}),
    (200, {"credit": OURS | {"amount": "1234.51"}}),
    (200, {"credit": OURS | {"account_id": "acc-2"}}),
    (201, {"credit": OURS | {"key": "another"}}),
    (201, {"credit": None}),
    (201, {"credit": OURS | {"amount": 1234.5}}),
    (201, {"credit": OURS | {"amount": "1 234,50"}}),
    (202, {"credit": OURS}),
    (302, {"credit": OURS}),
    (400, {"credit": OURS}),
    (404, {"credit": OURS}),
    (409, {"credit": OURS}),
    (409, {}),
    (429, {"credit": OURS}),
    (502, {"credit": OURS}),
]


@pytest.mark.parametrize(("status", "said"), NOTHING_SAID, ids=str)
def test_credit_is_made_only_when_the_answer_says_so_of_this_very_one(
    settings: Settings, status: int, said: dict[str, Any]
) -> None:
    settings.SKOROZVON_SECRET = "whsec_" + base64.b64encode(b"x" * 32).decode()
    with (
        answering(json.dumps(said).encode(), status=status) as settings.SKOROZVON_URL,
        pytest.raises(ServiceDoesNotAnswer),
    ):
        credit()


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (404, b"<h1>404 Not Found</h1>"),
        (404, b""),
        (200, b"{}"),
        (200, json.dumps({"credit": OURS | {"key": "another"}}).encode()),
        (201, json.dumps({"credit": OURS}).encode()),
        (410, b"{}"),
    ],
    ids=str,
)
def test_page_of_somebody_in_between_is_no_word_about_a_credit(settings: Settings, status: int, said: bytes) -> None:
    settings.SKOROZVON_SECRET = "whsec_" + base64.b64encode(b"x" * 32).decode()
    with answering(said, status=status) as settings.SKOROZVON_URL, pytest.raises(ServiceDoesNotAnswer):
        skorozvon.find_credit(KEY)
