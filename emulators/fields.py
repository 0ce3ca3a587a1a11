"""Values out of forms and JSON: each function returns the checked value or raises BadValue with what is wrong."""

import datetime as dt
import re
from typing import Any

MOSCOW = dt.timezone(dt.timedelta(hours=3))
_SUM = re.compile(r"([0-9]{1,10})(?:\.([0-9]{1,2}))?", re.ASCII)
_SPACES = re.compile(r"\s")
_MAX_KOPECKS = 1_000_000_000_00


class BadValue(Exception):
    """What is wrong with a value, in Russian."""


def text(value: Any, *, required: bool = True) -> str:
    """A trimmed string; nothing at all is an empty one where it is not required."""
    if value is None and not required:
        return ""
    if not isinstance(value, str):
        raise BadValue("Нужна строка.")
    found = value.strip()
    if required and not found:
        raise BadValue("Заполните это поле.")
    if len(found) > 500:
        raise BadValue("Не длиннее 500 знаков.")
    if any("\ud800" <= sign <= "\udfff" for sign in found):  # halves of signs, which JSON can name: "\ud800"
        raise BadValue("Не текст в UTF-8.")
    return found


def from_roubles(value: Any) -> int:
    """Kopecks of a decimal string above zero: "12500.00" → 1250000."""
    match = _SUM.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise BadValue("Нужна сумма в рублях, не больше двух знаков после запятой.")
    kopecks = int(match[1]) * 100 + int((match[2] or "0").ljust(2, "0"))
    if not 0 < kopecks <= _MAX_KOPECKS:
        raise BadValue("Нужна сумма больше нуля и не больше миллиарда рублей.")
    return kopecks


def from_typed_roubles(value: Any) -> int:
    """Kopecks of a sum as people type it: "12 500,00" → 1250000."""
    return from_roubles(_SPACES.sub("", value).replace(",", ".") if isinstance(value, str) else value)


def as_decimal(kopecks: int) -> str:
    """A sum as the feed writes it: 1250000 → "12500.00"."""
    return f"{kopecks // 100}.{kopecks % 100:02}"


def as_roubles(kopecks: int) -> str:
    """A sum as people read it: 1250000 → "12 500,00 ₽", with narrow non-breaking spaces."""
    return f"{kopecks // 100:,}".replace(",", "\u202f") + f",{kopecks % 100:02}\u202f₽"


def moment(value: Any) -> dt.datetime:
    """A moment by ISO 8601 with an offset; now, to the millisecond and in Moscow time, where none is given."""
    if value is None:
        now = dt.datetime.now(MOSCOW)
        return now.replace(microsecond=now.microsecond // 1000 * 1000)
    try:
        found = dt.datetime.fromisoformat(value)
    except (TypeError, ValueError):
        found = None
    if found is None or found.tzinfo is None:
        raise BadValue("Нужен момент по ISO 8601 со смещением, например 2026-10-10T09:30:00+03:00.")
    return found
