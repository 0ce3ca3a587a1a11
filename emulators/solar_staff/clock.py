"""The emulator's clock: the machine's, moved on as far as tests ask for."""

import datetime as dt
from typing import Any

from emulators.database import Books
from emulators.fields import MOSCOW, BadValue

_CENTURY = 100 * 366 * 24 * 3600


def now(books: Books) -> dt.datetime:
    """The moment it is here, in Moscow time."""
    return dt.datetime.now(MOSCOW) + dt.timedelta(seconds=_shift(books))


def shift(books: Books, seconds: Any) -> None:
    """Move it on by so many seconds, on top of what it was moved before. Raises BadValue."""
    if not isinstance(seconds, int | float) or abs(seconds + _shift(books)) > _CENTURY:
        raise BadValue("shift_seconds: нужно число секунд, в сумме не больше века.")
    books.execute("INSERT OR REPLACE INTO clock (id, shift_seconds) VALUES (1, ?)", (seconds + _shift(books),))


def _shift(books: Books) -> float:
    found = books.execute("SELECT shift_seconds FROM clock").fetchone()
    return found[0] if found else 0


def written(moment: dt.datetime) -> str:
    """As the API writes it, "2026-10-31 09:30:00": in order of time when in order of letters."""
    return moment.strftime("%Y-%m-%d %H:%M:%S")


def shown(moment: str) -> str:
    """A written moment as people read it: "31.10.2026 09:30"."""
    return dt.datetime.fromisoformat(moment).strftime("%d.%m.%Y %H:%M")
