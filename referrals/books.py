"""The lock under which charges are judged and posted.

Whoever changes what a charge comes to (a delivery of events, an attribution, a change of terms) or which months are
open (the beginning of a close) holds it to the end of its transaction. So a charge never misses an attribution that
was being written at the same time, and the posting month is never one that is being closed.
"""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import OperationalError, connection, transaction

from partners import months
from referrals.models import Month

_KEY = 62_0001  # any number, the same everywhere


class AreBusy(Exception):
    """Others hold the books for longer than one wants to wait. Nothing was changed: come back in a few seconds."""


@contextmanager
def opened(*, patience: dt.timedelta | None = None) -> Iterator[None]:
    """A transaction that keeps the books from its beginning to its end, waiting for them as long as it takes.

    With `patience` no lock in it is waited for longer than that: then it raises AreBusy. The outermost transaction.
    """
    restore = _be_patient_on_sqlite(patience) if patience else None
    try:
        with transaction.atomic():
            if patience and connection.vendor == "postgresql":
                with connection.cursor() as cursor:
                    cursor.execute("SELECT set_config('lock_timeout', %s, true)", [f"{patience.total_seconds()}s"])
            lock()
            yield
    except OperationalError as error:
        if _is_about_locks(error):
            raise AreBusy from error
        raise
    finally:
        if restore is not None:
            _wait_on_sqlite(restore)


def _be_patient_on_sqlite(patience: dt.timedelta) -> int | None:
    """How long SQLite would wait without it, in milliseconds; None where that can't be changed now."""
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        return None
    with connection.cursor() as cursor:
        before = cursor.execute("PRAGMA busy_timeout").fetchone()[0]
    _wait_on_sqlite(int(patience.total_seconds() * 1000))
    return before


def _wait_on_sqlite(milliseconds: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA busy_timeout = {milliseconds}")


def _is_about_locks(error: OperationalError) -> bool:
    if connection.vendor == "sqlite":
        return "locked" in str(error)
    return getattr(error.__cause__, "pgcode", "") == "55P03"  # lock_not_available


def lock() -> None:
    """Wait for the books and keep them until the transaction ends. SQLite's one write lock is enough there."""
    assert connection.in_atomic_block
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_KEY])


def first_open_month() -> dt.date | None:
    """The earliest month that takes charges (R11). None: nothing was ever closed, all months do."""
    closed_through = Month.objects.closed_through()
    return None if closed_through is None else months.following(closed_through)
