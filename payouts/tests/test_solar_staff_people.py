"""Solar Staff's answers about the programme's money, workers and cards: what is clearly said, and nothing else."""

import datetime as dt
import json
from typing import Any

import pytest
from pytest_django import Settings

from partners.tests.answering import answering
from payouts import solar_staff
from payouts.solar_staff import Card, CardStatus, NoAnswer, Transaction
from payouts.tests.said import KEY, bad, good

NOVEMBER = dt.datetime(2026, 11, 1, tzinfo=dt.UTC), dt.datetime(2026, 12, 1, tzinfo=dt.UTC)

# --- The programme's money ------------------------------------------------------------------------------------------

ROW = {
    "transaction_id": 1,
    "transaction_type": "down",
    "task_id": 7001,
    "currency": "RUB",
    "amount": "3000.00",
    "merchant_transaction": KEY,
    "date": "2026-11-22 12:00:00",
}
MOVED = Transaction("1", True, "7001", KEY, 3000_00, dt.datetime(2026, 11, 22, 9, tzinfo=dt.UTC))


def test_transactions_are_read_to_the_last_page(settings: Settings) -> None:
    heard: list[bytes] = []
    pages = [
        good({"transactions": [ROW], "pages": 2}),
        good({"transactions": [ROW, ROW | {"transaction_id": 2, "transaction_type": "up"}], "pages": "2"}),
    ]
    with answering(*pages, heard=heard) as settings.SOLAR_STAFF_URL:
        found = list(solar_staff.transactions(*NOVEMBER))
    assert found == [MOVED, Transaction("2", False, "7001", KEY, 3000_00, MOVED.at)]
    asked = [json.loads(each) for each in heard]
    assert [each["page_num"] for each in asked] == ["1", "2"]
    assert (asked[0]["start_date"], asked[0]["finish_date"]) == ("2026-11-01 03:00:00", "2026-12-01 03:00:00")


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"task_id": None, "merchant_transaction": None}, [Transaction("1", True, "", "", 3000_00, MOVED.at)]),
        ({"amount": -3000}, [MOVED]),
        ({"date": "2026-11-22T09:00:00Z"}, [MOVED]),
        ({"currency": None}, [MOVED]),
        ({"currency": "USD"}, []),
    ],
    ids=str,
)
def test_transaction_is_read_as_it_comes(settings: Settings, changes: dict[str, Any], found: list[Transaction]) -> None:
    with answering(good({"transactions": [ROW | changes], "pages": 1})) as settings.SOLAR_STAFF_URL:
        assert list(solar_staff.transactions(*NOVEMBER)) == found


@pytest.mark.parametrize(
    "response",
    [
        {"transactions": [ROW]},
        {"transactions": {}, "pages": 1},
        {"transactions": [ROW | {"amount": None}], "pages": 1},
        {"transactions": [ROW | {"date": "вчера"}], "pages": 1},
        {"transactions": [ROW | {"transaction_id": None}], "pages": 1},
        {"transactions": [7], "pages": 1},
        [ROW],
    ],
    ids=str,
)
def test_list_that_has_holes_is_no_list_of_transactions(settings: Settings, response: object) -> None:
    with answering(good(response)) as settings.SOLAR_STAFF_URL, pytest.raises(NoAnswer):
        list(solar_staff.transactions(*NOVEMBER))


@pytest.mark.parametrize("second", [[], [ROW], [ROW | {"currency": "USD"}]], ids=str)
def test_pages_that_bring_nothing_new_do_not_go_on_for_ever(settings: Settings, second: list[Any]) -> None:
    pages = [good({"transactions": rows, "pages": 3}) for rows in ([ROW], second)]
    with answering(*pages) as settings.SOLAR_STAFF_URL, pytest.raises(NoAnswer, match="nothing new"):
        list(solar_staff.transactions(*NOVEMBER))


def test_month_without_transactions_is_empty(settings: Settings) -> None:
    with answering(good({"transactions": [], "pages": 0})) as settings.SOLAR_STAFF_URL:
        assert list(solar_staff.transactions(*NOVEMBER)) == []


@pytest.mark.parametrize(("rub", "kopecks"), [("1234.50", 1234_50), (0, 0), ("-5.00", -5_00), (7.5, 7_50)])
def test_balance_is_kopecks(settings: Settings, rub: object, kopecks: int) -> None:
    with answering(good({"rub": rub, "details": {}})) as settings.SOLAR_STAFF_URL:
        assert solar_staff.balance() == kopecks


# --- Workers and cards ----------------------------------------------------------------------------------------------


def test_worker_that_is_not_known_is_none(settings: Settings) -> None:
    with answering(bad(404, error_text="Worker not found")) as settings.SOLAR_STAFF_URL:
        assert solar_staff.find_worker("anna@example.ru") is None


@pytest.mark.parametrize(
    ("status", "registered"), [("reg_success", True), ("reg_null", False), ("reg_other", False), ("", False)]
)
def test_one_status_means_that_a_person_is_registered(settings: Settings, status: str, registered: bool) -> None:
    with answering(good({"status": status})) as settings.SOLAR_STAFF_URL:
        assert solar_staff.is_registered("anna@example.ru") is registered


@pytest.mark.parametrize(
    ("number", "status"),
    [
        (1, CardStatus.STARTED),
        (2, CardStatus.TO_BE_CONFIRMED),
        (3, CardStatus.UNKNOWN),
        (4, CardStatus.LINKED),
        ("4", CardStatus.LINKED),
        (5, CardStatus.BLOCKED),
        (6, CardStatus.IMPOSSIBLE),
        (44, CardStatus.UNKNOWN),
        (4.0, CardStatus.UNKNOWN),
        (True, CardStatus.UNKNOWN),
        (None, CardStatus.UNKNOWN),
        ("linked", CardStatus.UNKNOWN),
    ],
)
def test_one_number_means_that_a_card_is_linked(settings: Settings, number: object, status: CardStatus) -> None:
    row = {"card_id": 501, "card_number": "220070******1234", "verify_status_id": number}
    with answering(good([row])) as settings.SOLAR_STAFF_URL:
        assert solar_staff.cards("100") == [Card("501", "220070******1234", status)]


@pytest.mark.parametrize(
    ("number", "kept"),
    [
        ("…1234", "…1234"),
        ("2200 70** **** 1234", "2200 70** **** 1234"),
        ("2200700000001234", "220070******1234"),
        ("2200 7000 0000 1234", "2200 7******1234"),
        (2200700000001234, ""),
        (None, ""),
    ],
)
def test_number_of_a_card_is_never_kept_whole(settings: Settings, number: object, kept: str) -> None:
    with answering(good([{"card_id": 501, "card_number": number, "verify_status_id": 4}])) as settings.SOLAR_STAFF_URL:
        assert [card.number for card in solar_staff.cards("100")] == [kept]


@pytest.mark.parametrize("response", [{}, {"501": {}}, [501], [{}], [{"card_id": None}]], ids=str)
def test_what_is_no_list_of_cards_is_no_answer(settings: Settings, response: object) -> None:
    with answering(good(response)) as settings.SOLAR_STAFF_URL, pytest.raises(NoAnswer):
        solar_staff.cards("100")


def page_of(settings: Settings, url: object) -> str:
    with answering(good({"terminal_url": url})) as settings.SOLAR_STAFF_URL:
        return solar_staff.card_page("100", redirect_url="https://example.ru/")


@pytest.mark.parametrize("url", ["https://pay.example.com/card/1?token=2#a", "https://pay.example.com:8443/"])
def test_person_is_sent_to_a_page_by_https(settings: Settings, url: str) -> None:
    assert page_of(settings, url) == url


@pytest.mark.parametrize(
    "url",
    [
        "http://pay.example.com/card/1",
        "http://127.0.0.1:9/card/1",
        "javascript:alert(1)",
        "//pay.example.com/card/1",
        "/card/1",
        "https:///card/1",
        "https://",
        "https://anna@pay.example.com/",
        "https://pay.example.com\\@evil.example/",
        "https://pay.example.com/ card",
        "https://pay.example.com/\ncard",
        "https://pay.example.com:99999/",
        "https://[pay.example.com/",
        "ftp://pay.example.com/",
        "",
        None,
        7,
    ],
)
def test_person_is_sent_nowhere_else(settings: Settings, url: object) -> None:
    with pytest.raises(NoAnswer):
        page_of(settings, url)
