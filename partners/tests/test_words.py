"""Words around numbers and days. A space at which a line must not break is \u00a0, and \u202f inside a number."""

import datetime as dt

import pytest

from partners.months import MOSCOW
from partners.templatetags import words

LATE_UTC = dt.datetime(2026, 10, 31, 21, 5, tzinfo=dt.UTC)  # in Moscow already 1 November, 00:05


@pytest.mark.parametrize(
    ("number", "word"),
    [
        *[(0, "клиентов"), (1, "клиент"), (2, "клиента"), (4, "клиента"), (5, "клиентов")],
        *[(11, "клиентов"), (12, "клиентов"), (14, "клиентов"), (21, "клиент"), (23, "клиента")],
        *[(100, "клиентов"), (101, "клиент"), (111, "клиентов"), (1284, "клиента"), (-2, "клиента")],
        ("больше 10\u202f000", "клиентов"),
    ],
)
def test_word_goes_with_its_number(number: int | str, word: str) -> None:
    assert words.plural(number, "клиент,клиента,клиентов") == word


def test_numbers_are_grouped_by_narrow_spaces_and_texts_stay() -> None:
    assert words.count(7) == "7"
    assert words.count(1284) == "1\u202f284"
    assert words.count(-1_234_567) == "\u22121\u202f234\u202f567"
    assert words.count("больше 10\u202f000") == "больше 10\u202f000"


@pytest.mark.parametrize(
    ("basis_points", "text"),
    [(1500, "15"), (1250, "12,5"), (5, "0,05"), (1005, "10,05"), (0, "0"), (-150, "\u22121,5")],
)
def test_basis_points_read_as_percents(basis_points: int, text: str) -> None:
    assert words.percent(basis_points) == f"{text}\u00a0%"


def test_days_are_told_in_words() -> None:
    assert words.day(dt.date(2027, 9, 15)) == "15\u00a0сентября 2027"
    assert words.short_day(dt.date(2027, 5, 1)) == "1\u00a0мая"
    assert words.day_month(dt.date(2026, 12, 1)) == "1\u00a0декабря"


def test_moments_are_told_in_moscow() -> None:
    assert words.day(LATE_UTC) == "1\u00a0ноября 2026"
    assert words.moment(LATE_UTC) == "1\u00a0ноября 2026, 00:05"
    assert words.moment(dt.datetime(2026, 11, 22, 14, 5, tzinfo=MOSCOW)) == "22\u00a0ноября 2026, 14:05"
    assert words.month_name(LATE_UTC) == "ноябрь 2026"


def test_months_are_named_and_told_in() -> None:
    assert words.month_name(dt.date(2026, 10, 1)) == "октябрь 2026"
    assert [words.month_in(dt.date(2026, month, 1)) for month in (5, 8, 10)] == [
        "в\u00a0мае 2026",
        "в\u00a0августе 2026",
        "в\u00a0октябре 2026",
    ]


@pytest.mark.parametrize(
    "tell", [words.day, words.short_day, words.day_month, words.moment, words.month_name, words.month_in]
)
def test_what_has_not_happened_is_told_by_nothing(tell: object) -> None:
    assert callable(tell)
    assert tell(None) == ""


def test_circle_holds_two_letters_at_most() -> None:
    assert words.initials("Анна Юрлицова") == "АЮ"
    assert words.initials("юрлицова анна петровна") == "ЮА"
    assert words.initials("anna@example.ru") == "A"
    assert words.initials("ООО «Новичок»") == "ОН"
    assert words.initials("«» — ООО 7 (Семь)") == "О7"
    assert words.initials("") == ""


def test_quotes_within_quotes_are_of_the_second_kind() -> None:
    assert words.quoted("Вебинар «Обзвон»") == "«Вебинар „Обзвон“»"
    assert words.quoted("Блог") == "«Блог»"
