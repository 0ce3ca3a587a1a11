"""Clicks are counted: all of them, those of bots, and each visitor once a day. Through Redis, where there is one."""

import atexit
import datetime as dt
import logging
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from threading import Lock
from typing import Any

from django.conf import settings
from django.db import Error, connection, transaction

from partners.models import Code
from partners.months import MOSCOW
from referrals import day_visitors, pauses
from referrals.click_basket import Basket, Begun, Entry, Forgotten, Taken, basket_at
from referrals.day_visitors import Follower, Mark
from referrals.models import ClickBasket, DayVisitor
from referrals.redis_lines import Unreachable, Unsure

logger = logging.getLogger(__name__)

_FLUSH_PATIENCE = 10.0  # seconds: a full basket is large
_BASKETS_KEPT = dt.timedelta(days=7)
_ROWS = 500  # of one statement
_ADD_VISITORS = """
INSERT INTO referrals_dayvisitor (code_id, day, visitor, network, clicks) VALUES {}
ON CONFLICT (code_id, day, visitor) DO UPDATE SET clicks = referrals_dayvisitor.clicks + excluded.clicks
RETURNING code_id, visitor, clicks
"""
_ADD_CLICKS = """
INSERT INTO referrals_clickday (code_id, day, clicks, "unique", bots, most_from_one) VALUES {}
ON CONFLICT (code_id, day) DO UPDATE SET clicks = referrals_clickday.clicks + excluded.clicks,
    "unique" = referrals_clickday."unique" + excluded."unique", bots = referrals_clickday.bots + excluded.bots
"""


def count(value: str, *, code: int | None, by: Follower, now: dt.datetime) -> None:
    """One click more on a code on this day, Moscow time; never fails. `begin`, and at once what it returns."""
    begin(value, code=code, by=by, now=now)()


def begin(value: str, *, code: int | None, by: Follower, now: dt.datetime) -> Callable[[], None]:
    """Begin to count a click; the visitor can be sent on before the returned function ends it. Neither fails.

    `code` is the primary key of the code, None where it could not be looked up. With Redis the click waits there for
    the next flush; without Redis, or while it doesn't answer, it is written directly. What neither takes is lost, and
    the log says how many those were.
    """
    day = now.astimezone(MOSCOW).date()
    directly = partial(_directly, code, day, by)
    if not settings.REDIS_URL or pauses.redis.is_on:
        return directly
    basket = basket_at(settings.REDIS_URL)
    try:
        begun = basket.begin(value, day, by)
    except (Unreachable, Unsure) as error:
        return partial(_without_redis, error, directly)
    return partial(_end, basket, begun, directly)


def _end(basket: Basket, begun: Begun, directly: Callable[[], None]) -> None:
    try:
        for forgotten in basket.end(begun):
            _tell_forgotten(forgotten)
    except (Unreachable, Unsure) as error:
        _without_redis(error, directly)


def _without_redis(error: Exception, directly: Callable[[], None]) -> None:
    pauses.redis.begin()
    if isinstance(error, Unsure):
        logger.warning("Redis doesn't answer (%s): one click may or may not be there", error)
    else:
        logger.warning("Redis can't be reached (%s): clicks are written to the database", error)
        directly()


def _directly(code: int | None, day: dt.date, by: Follower) -> None:
    if code is None or pauses.database.is_on:
        _lost.add()
        return
    try:
        _write_directly(code, day, by)
    except Error as error:
        pauses.database.begin()
        logger.warning("a click can't be written: %s", type(error).__name__)
        _lost.add()


def flush(*, now: dt.datetime) -> int:
    """Empty the basket into the database; returns how many clicks that were.

    Repeatable, and by several at once: a basket's key is written with its clicks, so that it is emptied once, whoever
    dies half-way. Where Redis or the database doesn't answer, the basket waits for the next time.
    """
    if not settings.REDIS_URL:
        return 0
    basket, emptied = Basket(settings.REDIS_URL, patience=_FLUSH_PATIENCE), 0
    try:
        for _ in range(2):  # the one that an interrupted flush has left, and the one of now
            if (taken := basket.take()) is None:
                break
            emptied += empty(taken, now=now)
            basket.drop(taken.key)
    except Unreachable as error:
        logger.warning("the flush of clicks has to wait: %s", error)
    return emptied


def empty(taken: Taken, *, now: dt.datetime) -> int:
    """Write a basket's clicks, once, in one transaction; returns how many. What is nobody's code is passed over."""
    with transaction.atomic():
        _, is_new = ClickBasket.objects.get_or_create(key=taken.key, defaults={"emptied_at": now})
        if not is_new:
            return 0
        values = {entry.code for entry in taken.entries}
        codes = dict(Code.objects.filter(value__any_of=values).values_list("value", "pk"))
        known = [(codes[entry.code], entry) for entry in taken.entries if entry.code in codes]
        _write(known)
    if taken.without_room:
        logger.error("%s clicks were lost: the basket in Redis was full", taken.without_room)
    return sum(entry.clicks for _, entry in known)


def forget_old(*, now: dt.datetime) -> None:
    """Delete what told visitors apart on days that are over, and keys of baskets that nobody brings any more.

    Yesterday's visitors stay a day longer, for clicks that Redis still holds; their salt is gone. Repeatable.
    """
    today = now.astimezone(MOSCOW).date()
    day_visitors.forget_old(today=today)
    DayVisitor.objects.filter(day__lt=today - dt.timedelta(days=1)).delete()
    ClickBasket.objects.filter(emptied_at__lt=now - _BASKETS_KEPT).delete()


# --- Into the database ------------------------------------------------------------------------------------------------


def _write_directly(code: int, day: dt.date, by: Follower) -> None:
    mark = None
    if not by.is_bot:
        if (salt := day_visitors.remembered_salt(day)) is None:
            salt = day_visitors.stored_salt(day)
            day_visitors.remember_salt(day, salt)
        mark = day_visitors.mark(by, salt=salt)
    with transaction.atomic():
        _write([(code, Entry("", day, 1, mark, by.is_bot))])


def _write(entries: Sequence[tuple[int, Entry]]) -> None:
    """Add clicks to what stands. Rows are taken in one order, so that who writes beside this waits, and no two for
    each other.
    """
    visitors: Counter[tuple[int, str, Mark]] = Counter()
    sums: dict[tuple[int, str], list[int]] = {}
    for code, (_, day, clicks, mark, is_bot) in entries:
        if mark:
            visitors[code, day.isoformat(), mark] += clicks
        of_day = sums.setdefault((code, day.isoformat()), [0, 0, 0])
        of_day[0] += clicks
        of_day[2] += clicks if is_bot else 0
    days = {(code, mark.visitor): (day, clicks) for (code, day, mark), clicks in visitors.items()}
    rows = [(code, day, *mark, clicks) for (code, day, mark), clicks in sorted(visitors.items())]
    with connection.cursor() as cursor:
        for code, visitor, clicks in _run(cursor, _ADD_VISITORS, rows):
            on, added = days[code, visitor]
            sums[code, on][1] += clicks == added  # nobody was there before: a new visitor
        _run(cursor, _ADD_CLICKS, [(*key, *of_day, 0) for key, of_day in sorted(sums.items())])


def _run(cursor: Any, sql: str, rows: Sequence[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    found: list[tuple[Any, ...]] = []
    for some in _slices(rows):
        marks = ", ".join([f"({', '.join(['%s'] * len(some[0]))})"] * len(some))
        cursor.execute(sql.format(marks), [value for row in some for value in row])
        found += cursor.fetchall() if cursor.description else []
    return found


def _slices(rows: Sequence[tuple[Any, ...]]) -> Iterator[Sequence[tuple[Any, ...]]]:
    return (rows[start : start + _ROWS] for start in range(0, len(rows), _ROWS))


# --- What was lost ----------------------------------------------------------------------------------------------------


class _Lost:
    """Clicks that nobody took: said at once, then in sums, so that a flood of them doesn't flood the log."""

    SECONDS = 10

    def __init__(self) -> None:
        self._lock = Lock()
        self._unsaid = 0
        self._said_at = -float(self.SECONDS)

    def add(self) -> None:
        with self._lock:
            self._unsaid += 1
            is_time = time.monotonic() - self._said_at >= self.SECONDS
        if is_time:
            self.say()

    def say(self) -> None:
        with self._lock:
            unsaid, self._unsaid, self._said_at = self._unsaid, 0, time.monotonic()
        if unsaid:
            logger.error("%s clicks were lost: neither Redis nor the database took them", unsaid)


_lost = _Lost()


@atexit.register
def tell_lost() -> None:
    """Say in the log what has not been said yet."""
    _lost.say()


def _tell_forgotten(forgotten: Forgotten) -> None:
    """Redis has come back without its memory. Whether the basket had been emptied before, the database knows."""
    try:
        if ClickBasket.objects.filter(key=forgotten.key).exists():
            return
    except Error:
        pauses.database.begin()
    logger.error("%s clicks were lost with the memory of Redis", forgotten.clicks)
