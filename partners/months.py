"""Calendar months in Europe/Moscow: half-open, written as the date of their first day."""

import datetime as dt
import re
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta

_MONTH = re.compile(r"(2[0-9]{3})-(0[1-9]|1[0-2])", re.ASCII)
MOSCOW = ZoneInfo("Europe/Moscow")
_NAMES = [
    "январь",
    "февраль",
    "март",
    "апрель",
    "май",
    "июнь",
    "июль",
    "август",
    "сентябрь",
    "октябрь",
    "ноябрь",
    "декабрь",
]


class NotAMonth(ValueError):
    """The text is not a month written as YYYY-MM."""


def month_of(moment: dt.datetime) -> dt.date:
    """The month a moment falls into: 2025-01-31T21:00:00Z is already February in Moscow."""
    return moment.astimezone(MOSCOW).date().replace(day=1)


def start_of(month: dt.date) -> dt.datetime:
    """The month's first moment, 00:00 in Moscow."""
    return dt.datetime(month.year, month.month, 1, tzinfo=MOSCOW)


def following(month: dt.date) -> dt.date:
    """The month after: December 2026 → January 2027."""
    return month + relativedelta(months=1)


def preceding(month: dt.date) -> dt.date:
    """The month before: January 2027 → December 2026."""
    return month - relativedelta(months=1)


def plus_months(moment: dt.datetime, months: int) -> dt.datetime:
    """The same time of day so many calendar months later, counted in Moscow: 29 Feb 2024 + 24 months = 28 Feb 2026."""
    return moment.astimezone(MOSCOW) + relativedelta(months=months)


def due_at(month: dt.date, hour: int) -> dt.datetime:
    """When the month becomes due for its close (R18): the 1st of the next one, at `hour` Moscow time."""
    return start_of(following(month)).replace(hour=hour)


def parse(text: str) -> dt.date:
    """'2026-10' → 1 October 2026; from 2000 on, like the moments of the feed. Raises NotAMonth."""
    match = _MONTH.fullmatch(text)
    if match is None:
        raise NotAMonth(text)
    return dt.date(int(match[1]), int(match[2]), 1)


def label(month: dt.date) -> str:
    """1 October 2026 → '2026-10'."""
    return f"{month:%Y-%m}"


def name(month: dt.date) -> str:
    """1 October 2026 → 'октябрь 2026'."""
    return f"{_NAMES[month.month - 1]} {month.year}"


def start_of_day(day: dt.date, *, after: int = 0) -> dt.datetime:
    """The day's first moment in Moscow, or that of the day so many days after."""
    return dt.datetime.combine(day + dt.timedelta(days=after), dt.time(), tzinfo=MOSCOW)
