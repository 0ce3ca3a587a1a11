"""The lock under which charges are judged and posted.

Whoever changes what a charge comes to (a delivery of events, an attribution, a change of terms) or which months are
open (the beginning of a close) holds it to the end of its transaction. So a charge never misses an attribution that
was being written at the same time, and the posting month is never one that is being closed.
"""

import datetime as dt

from django.db import connection

from partners import months
from referrals.models import Month

_KEY = 62_0001  # any number, the same everywhere


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
