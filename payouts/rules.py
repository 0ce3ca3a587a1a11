"""Pure decisions about withdrawals: dates and sums in, answers out. No database, no clock, no settings."""

import datetime as dt

from partners import months
from partners.months import MOSCOW

_PROMISED_DAYS = 12  # R21, R23
_LATE_FROM_DAY = 10
_KEPT_YEARS = 5  # the law on accounting, 402-ФЗ, article 29


def due_on(asked_on: dt.date) -> dt.date:
    """By when a request has to be paid (R21): asked for on 1 November, due on 13 November."""
    return asked_on + dt.timedelta(days=_PROMISED_DAYS)


def is_late(due_on: dt.date, today: dt.date) -> bool:
    """Whether staff has to hurry: from the tenth day on (R21). Due on 13 November: late from 11 November."""
    return today >= due_on - dt.timedelta(days=_PROMISED_DAYS - _LATE_FROM_DAY)


def late_through(today: dt.date) -> dt.date:
    """The last promised day that `is_late` holds for: on 11 November 13 November."""
    return today + dt.timedelta(days=_PROMISED_DAYS - _LATE_FROM_DAY)


def held_until(amount_kopecks: int, *, sent_kopecks: int, limit_kopecks: int, now: dt.datetime) -> dt.date | None:
    """The 1st until which a payment waits because the month's limit would be passed; None: it may go now.

    `sent_kopecks` is what counted towards the limit this month already. 300 000 ₽ after 150 000 ₽ with a limit of
    400 000 ₽ on 20 November: 1 December.
    """
    if sent_kopecks + amount_kopecks <= limit_kopecks:
        return None
    return months.following(months.month_of(now))


def held_by_provider_until(now: dt.datetime) -> dt.date:
    """The day until which a payment waits that the provider has refused because of the month's limit.

    On 20 November: 1 December. On 1 December: the 2nd, because by its own clock it may be November yet.
    """
    today = day_of(now)
    return today + dt.timedelta(days=1) if today.day == 1 else months.following(months.month_of(now))


def day_of(moment: dt.datetime) -> dt.date:
    """The calendar day in Moscow."""
    return moment.astimezone(MOSCOW).date()


def vat_words(amount_kopecks: int, percent: int | None) -> str:
    """How a payment order ends: the VAT that a sum includes, half up to a kopeck; None: it owes none.

    1 200,00 ₽ with 20 %: «В том числе НДС 20 % - 200.00».
    """
    if percent is None:
        return "НДС не облагается"
    vat = (2 * amount_kopecks * percent + 100 + percent) // (2 * (100 + percent))
    return f"В том числе НДС {percent} % - {vat // 100}.{vat % 100:02}"


def kept_until(paid_on: dt.date) -> dt.date:
    """From when on papers of a payment need not be kept: five years after its year. Paid in 2026: 1 January 2032."""
    return dt.date(paid_on.year + _KEPT_YEARS + 1, 1, 1)
