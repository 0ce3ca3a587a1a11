"""Solar Staff's answers about payments in all their shapes: what is clearly said, and what must not be taken for it."""

import contextlib
import datetime as dt
import json
import socket
import threading
import time
from typing import Any
from unittest.mock import ANY

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pytest_django import Settings

from partners.tests.answering import answering
from payouts import solar_staff
from payouts.solar_staff import NoAnswer, Outcome, Payment, Refused
from payouts.tests.said import KEY, bad, good

NOVEMBER = dt.datetime(2026, 11, 1, tzinfo=dt.UTC), dt.datetime(2026, 12, 1, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def _keys(settings: Settings) -> None:
    settings.SOLAR_STAFF_CLIENT_ID = "1"
    settings.SOLAR_STAFF_SALT = "salt"
    settings.SOLAR_STAFF_TODO_TYPE = "20"
    settings.SOLAR_STAFF_TODO_ATTRIBUTES = "https://skorozvon.ru"


def pay(**changes: Any) -> Payment:
    asked = {"worker_id": "100", "card_id": None, "amount_kopecks": 300000, "merchant_transaction": KEY}
    return solar_staff.pay(**asked | changes)


# --- What is sent ---------------------------------------------------------------------------------------------------


def test_signature_of_a_short_request() -> None:
    signature = solar_staff.sign({"client_id": "6", "action": "workers_list"}, "salt")
    assert signature == "19861f409729a42c2a8c0c636cfa0a4fb845e8fb"


def test_signature_leaves_out_what_is_empty_and_itself() -> None:
    asked = {"action": "workers_list", "client_id": "6", "card_id": "", "signature": "x"}
    assert solar_staff.sign(asked, "salt") == "19861f409729a42c2a8c0c636cfa0a4fb845e8fb"


def test_payment_is_sent_as_it_is_signed(settings: Settings) -> None:
    heard: list[bytes] = []
    with answering(good({"task_id": 7, "status_id": 2}), heard=heard) as settings.SOLAR_STAFF_URL:
        pay(merchant_transaction="PAYOUT-1")
    assert json.loads(heard[0]) == {
        "action": "payout",
        "amount": "3000",
        "client_id": "1",
        "currency": "RUB",
        "merchant_transaction": "PAYOUT-1",
        "signature": "1b188f6126e3b93a2a0d7bddd60b738c56a35dfa",
        "task_description": "Привлечение клиента",
        "task_title": "Размещение рекламы",
        "todo_attributes": "https://skorozvon.ru",
        "todo_type": "20",
        "worker_id": "100",
    }


@pytest.mark.parametrize(
    ("amount_kopecks", "sent"),
    [(100, "1"), (101, "1.01"), (110, "1.10"), (123450, "1234.50"), (100_000, "1000"), (40_000_000, "400000")],
)
def test_sum_is_written_in_one_way(settings: Settings, amount_kopecks: int, sent: str) -> None:
    heard: list[bytes] = []
    with answering(good({"task_id": 7, "status_id": 2}), heard=heard) as settings.SOLAR_STAFF_URL:
        pay(card_id="501", amount_kopecks=amount_kopecks)
    asked = json.loads(heard[0])
    assert (asked["amount"], asked["card_id"]) == (sent, "501")


@pytest.mark.parametrize("amount_kopecks", [99, 0, -300000])
def test_less_than_a_rouble_is_never_sent(amount_kopecks: int) -> None:
    with pytest.raises(ValueError, match="less than"):
        pay(amount_kopecks=amount_kopecks)


# --- Payments -------------------------------------------------------------------------------------------------------

WHOLE = {
    "task_id": 7001,
    "merchant_transaction": KEY,
    "status_id": 2,
    "status": "Выплачено",
    "payout_amount": 3000,
    "payout_currency": "RUB",
    "real_amount": 3180,
    "real_currency": "RUB",
    "real_details": {"amount": 3000, "commission_amount": 180},
}


def test_whole_answer_of_a_payment_is_read(settings: Settings) -> None:
    with answering(good(WHOLE)) as settings.SOLAR_STAFF_URL:
        assert pay() == Payment(Outcome.PAID, "7001", "код 200, статус 2, Выплачено", 180_00, 3000_00)


def test_numbers_as_texts_and_names_in_the_other_case_say_the_same(settings: Settings) -> None:
    answer = {
        "success": True,
        "code": "200",
        "response": {
            "taskId": "7001",
            "merchantTransaction": KEY,
            "statusId": "2",
            "payoutAmount": "3000.00",
            "payoutCurrency": "rub",
            "realDetails": {"amount": "3000.00", "commissionAmount": "180.5"},
        },
    }
    with answering(json.dumps(answer).encode()) as settings.SOLAR_STAFF_URL:
        assert pay() == Payment(Outcome.PAID, "7001", "код 200, статус 2", 180_50, 3000_00)


PAYMENTS = [
    (good({"task_id": 7, "status_id": 1}), Outcome.PROCESSING),
    (good({"task_id": 7, "status_id": 2}), Outcome.PAID),
    (good({"task_id": 7, "status_id": 3}), Outcome.DECLINED),
    (good({"task_id": 7, "status_id": 4}), Outcome.REFUNDED),
    (good({"task_id": 7, "status_id": 5}), Outcome.PROCESSING),
    # What the help pages don't know is no payment.
    (good({"task_id": 7, "status_id": 6}), Outcome.PROCESSING),
    (good({"task_id": 7, "status_id": 22}), Outcome.PROCESSING),
    (good({"task_id": 7, "status_id": "success"}), Outcome.PROCESSING),
    (good({"task_id": 7, "status_id": True}), Outcome.PROCESSING),
    (good({"task_id": 7, "status_id": 2.0}), Outcome.PROCESSING),
    (good({"task_id": 7, "status_id": [2]}), Outcome.PROCESSING),
    (good({"task_id": 7, "status_id": None}), Outcome.PROCESSING),
    (good({"task_id": 7, "status": 2}), Outcome.PROCESSING),
    (good({"task_id": 7}), Outcome.PROCESSING),
    # Not good, but a task: it will be paid when the balance there allows.
    (bad(301, task_id=7, error_text="Недостаточно средств"), Outcome.PROCESSING),
    (bad(301, task_id="7", status_id=3), Outcome.PROCESSING),
    (bad(301, task_id=7, status_id=2), Outcome.PROCESSING),
    (bad(302, task_id=7), Outcome.PROCESSING),
    (json.dumps({"success": True, "code": 301, "response": {"task_id": 7}}).encode(), Outcome.PROCESSING),
    # Not good and no task: no money went.
    (bad(301, error_text="Недостаточно средств"), Outcome.REFUSED),
    (bad(400), Outcome.REFUSED),
    (bad("400", task_id=None), Outcome.REFUSED),
    (bad(400, task_id=0), Outcome.REFUSED),
    (bad(400, task_id=""), Outcome.REFUSED),
    (b'{"code": 400, "response": []}', Outcome.REFUSED),
    (b'\xef\xbb\xbf{"code": 400, "response": {}}', Outcome.REFUSED),
    (bad(302, error_text="Превышен лимит"), Outcome.OVER_LIMIT),
    (bad("302"), Outcome.OVER_LIMIT),
]


@pytest.mark.parametrize(("answer", "outcome"), PAYMENTS, ids=lambda value: None if isinstance(value, str) else value)
def test_payment_ends_as_the_answer_says(settings: Settings, answer: bytes, outcome: Outcome) -> None:
    with answering(answer) as settings.SOLAR_STAFF_URL:
        assert pay().outcome == outcome


# Whatever is asked, none of these is an answer.
NOTHING_SAID = [
    b"",
    b"null",
    b"[]",
    b"{}",
    b'"200"',
    b"<!doctype html><h1>502 Bad Gateway</h1>",
    b'{"code": 200',
    b'{"code": 200}',
    b'{"code": 200, "response": null}',
    b'{"code": 200, "response": "ok"}',
    b'{"code": null, "response": {}}',
    b'{"code": true, "response": {}}',
    b'{"code": 200.0, "response": {"task_id": 7, "status_id": 2}}',
    b'{"code": NaN, "response": {}}',
    b'{"code": [200], "response": {}}',
    b'{"code": 200, "code": 400, "response": {}}',
    b'{"code": 400, "response": {"task_id": 7, "taskId": 8}}',
    b'{"code": 400, "response": {"error_text": "\xff"}}',
    b'{"response": {"task_id": 7, "status_id": 2}}',
    b"[" * 100_000,
    b'{"code": ' + b"9" * 5000 + b', "response": {}}',
    json.dumps({"success": False, "code": 200, "response": WHOLE}).encode(),
    json.dumps({"success": True, "code": 400, "response": {"error_text": "?"}}).encode(),
    bad(429, error_text="Too many requests"),
    bad(500, error_text="Internal error"),
    bad(503),
]
CALLS = {
    "pay": pay,
    "find_payment": lambda: solar_staff.find_payment(KEY),
    "transactions": lambda: list(solar_staff.transactions(*NOVEMBER)),
    "balance": solar_staff.balance,
    "find_worker": lambda: solar_staff.find_worker("anna@example.ru"),
    "invite": lambda: solar_staff.invite("anna@example.ru"),
    "is_registered": lambda: solar_staff.is_registered("anna@example.ru"),
    "cards": lambda: solar_staff.cards("100"),
    "card_page": lambda: solar_staff.card_page("100", redirect_url="https://example.ru/"),
    "remove_card": lambda: solar_staff.remove_card("100", "501"),
}


@pytest.mark.parametrize("answer", NOTHING_SAID, ids=lambda answer: answer[:60])
def test_answer_that_means_nothing_is_none_whatever_was_asked(settings: Settings, answer: bytes) -> None:
    with answering(answer) as settings.SOLAR_STAFF_URL:
        for call in CALLS.values():
            with pytest.raises(NoAnswer):
                call()


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_servers_that_break_say_nothing_even_in_good_json(settings: Settings, status: int) -> None:
    with answering(good(WHOLE), status=status) as settings.SOLAR_STAFF_URL, pytest.raises(NoAnswer, match=str(status)):
        pay()


@pytest.mark.parametrize("status", [201, 302, 400, 404])
def test_other_http_statuses_say_nothing_against_the_answer(settings: Settings, status: int) -> None:
    with answering(good(WHOLE), status=status) as settings.SOLAR_STAFF_URL:
        assert pay().outcome == Outcome.PAID


@pytest.mark.parametrize(
    "answer",
    [
        good(WHOLE | {"task_id": None}),
        good(WHOLE | {"task_id": "0"}),
        good(WHOLE | {"task_id": {"id": 7}}),
        good(WHOLE | {"task_id": "7; 8"}),
        good(WHOLE | {"task_id": "7" * 51}),
        good(WHOLE | {"merchant_transaction": "another"}),
        good([WHOLE]),
        bad(400, status_id=2),
        bad(400, status_id=1),
        bad(400, task_id=[7]),
        bad(301, task_id=7, merchant_transaction="another"),
    ],
)
def test_answer_that_is_not_clearly_about_this_payment_is_none(settings: Settings, answer: bytes) -> None:
    with answering(answer) as settings.SOLAR_STAFF_URL, pytest.raises(NoAnswer):
        pay()


@pytest.mark.parametrize(
    ("changes", "amount_kopecks"),
    [
        ({"payout_amount": "3000.5"}, 3000_50),
        ({"payout_amount": 3000.5}, 3000_50),
        ({"payout_amount": "3000.5000"}, 3000_50),
        ({"payout_amount": 2999}, 2999_00),
        ({"payout_currency": ""}, 3000_00),
        ({"payout_currency": "USD"}, None),
        ({"payout_currency": ["RUB"]}, None),
        ({"payout_amount": "3 000,00"}, None),
        ({"payout_amount": "3000.555"}, None),
        ({"payout_amount": 3e30}, None),
        ({"payout_amount": True}, None),
        ({"payout_amount": None}, None),
    ],
    ids=str,
)
def test_sum_is_told_only_when_it_is_one_of_roubles(
    settings: Settings, changes: dict[str, Any], amount_kopecks: int | None
) -> None:
    with answering(good(WHOLE | changes)) as settings.SOLAR_STAFF_URL:
        assert pay().amount_kopecks == amount_kopecks


def test_words_for_staff_are_short_and_fit_any_database(settings: Settings) -> None:
    answer = bad(400, error_text="Карта\n\0 не\ud800   найдена" + "!" * 500)
    with answering(answer) as settings.SOLAR_STAFF_URL:
        said = pay().said
    assert said.startswith("код 400, Карта не найдена!!!")
    assert len(said) == 200


@pytest.mark.parametrize("name", [name for name in CALLS if name not in ("pay", "find_payment", "transactions")])
def test_refusal_tells_its_code_and_words_and_shows_nobodys_name(settings: Settings, name: str) -> None:
    with (
        answering(bad(403, error_text="Нет доступа: anna@example.ru")) as settings.SOLAR_STAFF_URL,
        pytest.raises(Refused) as refused,
    ):
        CALLS[name]()
    assert (refused.value.code, refused.value.text) == (403, "Нет доступа: anna@example.ru")
    assert str(refused.value) == "403"


def test_answer_that_never_ends_is_given_up_in_seconds(settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def trickle() -> None:
            connection, _ = server.accept()
            with connection, contextlib.suppress(OSError):
                connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
                while True:
                    connection.sendall(b" ")
                    time.sleep(0.2)

        threading.Thread(target=trickle).start()
        settings.SOLAR_STAFF_URL = f"http://127.0.0.1:{server.getsockname()[1]}"
        asked = time.monotonic()
        with pytest.raises(NoAnswer, match="no end"):
            solar_staff.balance()
    assert 4 < time.monotonic() - asked < 10


# --- Payments that are asked about ----------------------------------------------------------------------------------

TASK = {"id": 7001, "merchantTransaction": KEY, "state": {"id": 5, "title": "Завершена"}, "amount": "3000.00"}


def test_payment_is_found_by_its_key(settings: Settings) -> None:
    heard: list[bytes] = []
    with answering(good(TASK | {"amountOfCommission": "180.00"}), heard=heard) as settings.SOLAR_STAFF_URL:
        found = solar_staff.find_payment(KEY)
    assert found == Payment(Outcome.PAID, "7001", "код 200, статус 5, Завершена", 180_00, 3000_00)
    assert json.loads(heard[0]) == {
        "action": "search",
        "client_id": "1",
        "merchant_transaction": KEY,
        "signature": ANY,
    }


@pytest.mark.parametrize(
    ("state", "outcome"),
    [
        ({"id": 1}, Outcome.PROCESSING),
        ({"id": 2}, Outcome.PROCESSING),
        ({"id": 3}, Outcome.PROCESSING),
        ({"id": 4}, Outcome.PROCESSING),
        ({"id": 5}, Outcome.PAID),
        ({"id": "5"}, Outcome.PAID),
        ({"id": 6}, Outcome.DECLINED),
        ({"id": 7}, Outcome.PROCESSING),
        ({"id": 8}, Outcome.DECLINED),
        ({"id": 9}, Outcome.PROCESSING),
        ({"id": 10}, Outcome.FAILED),
        ({"id": 11}, Outcome.PROCESSING),
        ({"id": True}, Outcome.PROCESSING),
        ({}, Outcome.PROCESSING),
        (5, Outcome.PROCESSING),
        (None, Outcome.PROCESSING),
    ],
    ids=str,
)
def test_task_stands_as_its_state_says(settings: Settings, state: object, outcome: Outcome) -> None:
    with answering(good(TASK | {"state": state})) as settings.SOLAR_STAFF_URL:
        found = solar_staff.find_payment(KEY)
    assert found is not None
    assert found.outcome == outcome


@pytest.mark.parametrize(
    ("amount", "amount_kopecks"), [("2999.99", 2999_99), (3000.5, 3000_50), (None, None), ("много", None)]
)
def test_sum_of_a_found_payment_is_for_the_caller_to_compare(
    settings: Settings, amount: object, amount_kopecks: int | None
) -> None:
    with answering(good(TASK | {"amount": amount})) as settings.SOLAR_STAFF_URL:
        found = solar_staff.find_payment(KEY)
    assert found is not None
    assert found.amount_kopecks == amount_kopecks


@pytest.mark.parametrize("answer", [bad(404, error_text="Task not found"), bad("400"), bad(100, id=None)])
def test_clean_no_of_a_search_is_no_such_payment(settings: Settings, answer: bytes) -> None:
    with answering(answer) as settings.SOLAR_STAFF_URL:
        assert solar_staff.find_payment(KEY) is None


@pytest.mark.parametrize(
    "answer",
    [
        good([]),
        good({}),
        good([TASK]),
        good(TASK | {"id": None}),
        good(TASK | {"merchantTransaction": "another"}),
        good(TASK | {"merchantTransaction": None}),
        bad(401, error_text="Bad signature"),
        bad(403),
        bad(404, id=7001),
        bad(404, task_id=7001),
    ],
)
def test_nothing_else_is_no_such_payment(settings: Settings, answer: bytes) -> None:
    with answering(answer) as settings.SOLAR_STAFF_URL, pytest.raises(NoAnswer):
        solar_staff.find_payment(KEY)


# --- Anything whatever ----------------------------------------------------------------------------------------------

ANYTHING = st.recursive(
    st.sampled_from([None, True, False, 0, 2, 5, 200, 2.0, "", "2", KEY]) | st.text(max_size=5) | st.floats(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


def mostly(*usual: Any) -> st.SearchStrategy[Any]:
    return st.integers(0, 9).flatmap(lambda drawn: ANYTHING if drawn == 9 else st.sampled_from(usual))


def some(names: str) -> dict[str, st.SearchStrategy[Any]]:
    return dict.fromkeys(names.split(), ANYTHING)


def envelopes(response: dict[str, Any], more: str = "") -> st.SearchStrategy[Any]:
    responses = st.fixed_dictionaries(response, optional=some(more))
    whole = {"code": mostly(200, 200, "200", 302, 400), "response": responses}
    return st.fixed_dictionaries(whole, optional={"success": mostly(True, False)}) | ANYTHING


PAYMENT_ANSWERS = envelopes(
    {"task_id": mostly(7, "7", None), "status_id": mostly(1, 2, 2, "2", 3, 4, 5, 22)},
    "taskId statusId status merchant_transaction payout_amount payout_currency error_text real_details",
)
STATES = st.fixed_dictionaries({"id": mostly(4, 5, 5, "5", 6, 10, 55)}, optional=some("title"))
TASKS = envelopes(
    {"id": mostly(7, "7", None), "merchantTransaction": mostly(KEY), "state": STATES | ANYTHING}, "amount"
)
OTHERS = envelopes(
    {"pages": mostly(1, 2), "transactions": st.lists(st.fixed_dictionaries({}, optional=some("transaction_id date")))},
    "rub id worker_id status terminal_url",
)
whatever = hypothesis_settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])


@whatever
@given(said=PAYMENT_ANSWERS)
def test_whatever_is_said_of_a_payment_only_one_status_means_that_it_was_paid(settings: Settings, said: Any) -> None:
    with answering(json.dumps(said).encode()) as settings.SOLAR_STAFF_URL:
        try:
            found = pay()
        except NoAnswer:
            return
    if found.outcome == Outcome.PAID:
        response = said["response"]
        assert said["code"] in (200, "200")
        assert found.task_id != ""
        assert {response.get("status_id"), response.get("statusId")} <= {2, "2", None}


@whatever
@given(said=TASKS)
def test_whatever_a_search_says_only_one_state_means_that_it_was_paid(settings: Settings, said: Any) -> None:
    with answering(json.dumps(said).encode()) as settings.SOLAR_STAFF_URL:
        try:
            found = solar_staff.find_payment(KEY)
        except NoAnswer:
            return
    if found is None:
        assert said["code"] not in (200, "200")
    elif found.outcome == Outcome.PAID:
        assert said["response"]["state"]["id"] in (5, "5")
        assert said["response"]["merchantTransaction"] == KEY


@hypothesis_settings(whatever, max_examples=50)
@given(said=OTHERS)
def test_whatever_is_said_is_an_answer_a_refusal_or_none(settings: Settings, said: Any) -> None:
    with answering(json.dumps(said).encode()) as settings.SOLAR_STAFF_URL:
        for call in CALLS.values():
            with contextlib.suppress(NoAnswer, Refused):
                call()
