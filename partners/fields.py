"""Values out of other systems' JSON: each function returns the checked value or raises BadValue with what is wrong."""

import datetime as dt
import re

_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?(Z|[+-][0-9]{2}:?[0-9]{2})", re.ASCII
)
# A slip of the pen in a year must not open hundreds of empty months.
_EARLIEST = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
REQUIRED = "обязательное поле"


class BadValue(Exception):
    """What is wrong with a value, in Russian."""


def text(value: object, *, limit: int) -> str:
    """A string that the database can keep, trimmed."""
    if not isinstance(value, str):
        raise BadValue("нужна строка")
    if len(value) > limit:
        raise BadValue(f"длиннее {limit} знаков")
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise BadValue("не текст в UTF-8") from None
    if "\0" in value:
        raise BadValue("содержит нулевой байт")
    return value.strip()


def filled_text(value: object, *, limit: int) -> str:
    """A string that holds something."""
    if value is None:
        raise BadValue(REQUIRED)
    found = text(value, limit=limit)
    if not found:
        raise BadValue("пусто")
    return found


def moment(value: object, *, until: dt.datetime) -> dt.datetime:
    """A moment by ISO 8601 with an offset, from 2000 to `until`, in UTC."""
    if value is None:
        raise BadValue(REQUIRED)
    try:
        if not isinstance(value, str) or not _MOMENT.fullmatch(value):
            raise ValueError
        found = dt.datetime.fromisoformat(value).astimezone(dt.UTC)
    except (ValueError, OverflowError):
        raise BadValue("нужен момент по ISO 8601 со смещением, например 2026-10-10T09:30:00+03:00") from None
    if found > until:
        raise BadValue("слишком далеко в будущем")
    if found < _EARLIEST:
        raise BadValue("раньше 2000 года")
    return found
