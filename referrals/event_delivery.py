"""The feed over HTTP: up to a thousand events in one body, taken in as from a file (feed.md, section 1)."""

import datetime as dt
import threading
from itertools import islice
from typing import Any

from partners import json_array
from partners.json_lines import BadLine
from referrals import books, events
from referrals.feed import FeedEvent, Rejected, check

MAX_EVENTS = 1_000
MAX_BODY_BYTES = 4 << 20  # four kilobytes an event: ten times what they come to
# There is one writer of the books. Whoever delivers comes again; whoever looks at a page must find a thread free.
_PATIENCE = dt.timedelta(seconds=5)
_AT_ONCE = threading.BoundedSemaphore(2)  # a process: one at work, one behind it


class NoBatch(Exception):
    """The body is no JSON array of 1 to 1 000; the message says why, in Russian."""


def take(body: bytes, *, now: dt.datetime) -> list[events.Result]:
    """Apply the events of a body and commit; one result each, in order.

    Repeatable. Raises NoBatch, and books.AreBusy where the books could not be had within seconds: then nothing was
    changed.
    """
    if not _AT_ONCE.acquire(blocking=False):
        raise books.AreBusy
    try:
        return events.receive(_read(body, now), source="http", now=now, patience=_PATIENCE)
    finally:
        _AT_ONCE.release()


def _read(body: bytes, now: dt.datetime) -> list[FeedEvent | Rejected]:
    try:
        found = [_checked(item, now) for item in islice(json_array.items(body), MAX_EVENTS + 1)]
    except json_array.NotAnArray as error:
        raise NoBatch(str(error)) from None
    if not 0 < len(found) <= MAX_EVENTS:
        raise NoBatch(f"событий должно быть от 1 до {MAX_EVENTS}")
    return found


def _checked(item: Any, now: dt.datetime) -> FeedEvent | Rejected:
    if isinstance(item, BadLine):
        return Rejected({"event": [str(item)]})
    try:
        return check(item, now=now)
    except Rejected as rejected:
        return rejected
