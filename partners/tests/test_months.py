"""Months in Moscow: where they begin, which one a moment falls into, and how they are written."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partners import months
from tests.factories import moscow

# From 2000 to 2100, to the second.
moments = st.integers(946_800_000, 4_102_444_800).map(lambda seconds: dt.datetime.fromtimestamp(seconds, dt.UTC))


@pytest.mark.parametrize(
    ("moment", "month"),
    [
        ("2025-01-31T20:59:59+00:00", dt.date(2025, 1, 1)),
        ("2025-01-31T21:00:00+00:00", dt.date(2025, 2, 1)),
        ("2025-02-01T06:59:59+10:00", dt.date(2025, 1, 1)),
        ("2025-02-01T00:00:00+03:00", dt.date(2025, 2, 1)),
        ("2025-12-31T23:59:59.999999+03:00", dt.date(2025, 12, 1)),
    ],
)
def test_a_moment_falls_into_the_month_that_it_is_in_moscow(moment: str, month: dt.date) -> None:
    assert months.month_of(dt.datetime.fromisoformat(moment)) == month


def test_a_month_begins_at_midnight_in_moscow() -> None:
    assert months.start_of(dt.date(2025, 2, 1)) == dt.datetime(2025, 1, 31, 21, tzinfo=dt.UTC)


@given(moment=moments)
def test_months_are_half_open_and_leave_no_gap(moment: dt.datetime) -> None:
    month = months.month_of(moment)
    assert months.start_of(month) <= moment < months.start_of(months.following(month))


@pytest.mark.parametrize(
    ("month", "following"),
    [(dt.date(2026, 12, 1), dt.date(2027, 1, 1)), (dt.date(2026, 1, 1), dt.date(2026, 2, 1))],
)
def test_following_and_preceding_undo_each_other(month: dt.date, following: dt.date) -> None:
    assert months.following(month) == following
    assert months.preceding(following) == month


@pytest.mark.parametrize(
    ("moment", "later"),
    [
        ("2024-02-29 10:00", "2026-02-28 10:00"),
        ("2024-02-28 23:59:59", "2026-02-28 23:59:59"),
        ("2025-03-01 00:00", "2027-03-01 00:00"),
        ("2024-03-31 00:00", "2026-03-31 00:00"),
    ],
)
def test_24_months_later_is_the_same_moment_of_the_day_in_moscow(moment: str, later: str) -> None:
    assert months.plus_months(moscow(moment), 24) == moscow(later)


def test_months_are_added_in_moscow_whatever_zone_the_moment_is_written_in() -> None:
    # 1 March 00:30 in Moscow is still 28 February in UTC.
    moment = dt.datetime(2025, 2, 28, 21, 30, tzinfo=dt.UTC)
    assert months.plus_months(moment, 1) == moscow("2025-04-01 00:30")


def test_a_month_is_due_on_the_first_of_the_next_at_that_hour() -> None:
    assert months.due_at(dt.date(2025, 12, 1), 6) == moscow("2026-01-01 06:00")


def test_a_month_is_written_and_read_as_year_and_month() -> None:
    assert months.parse("2026-10") == dt.date(2026, 10, 1)
    assert months.label(dt.date(2026, 10, 1)) == "2026-10"
    assert months.name(dt.date(2026, 10, 1)) == "октябрь 2026"


@pytest.mark.parametrize(
    "text",
    [
        *("", "2026", "2026-13", "2026-00", "2026-1", "26-10", "2026-10-01", "2026/10", "0000-01"),
        *("+026-10", "2026-+1", " 026-10", "2_26-10", "٢٠٢٦-10"),
    ],
)
def test_anything_else_is_not_a_month(text: str) -> None:
    with pytest.raises(months.NotAMonth):
        months.parse(text)


@given(text=st.text())
def test_no_text_breaks_the_reader(text: str) -> None:
    try:
        month = months.parse(text)
    except months.NotAMonth:
        return
    assert months.label(month) == text
