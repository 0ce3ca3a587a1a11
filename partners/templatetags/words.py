"""Russian words around numbers, days and moments. Moments are told in Moscow time."""

import datetime as dt

from django import template

from partners import months

register = template.Library()

_NARROW_SPACE, _NO_BREAK, _MINUS = "\u202f", "\u00a0", "\u2212"
_OF = (
    *("января", "февраля", "марта", "апреля", "мая", "июня"),
    *("июля", "августа", "сентября", "октября", "ноября", "декабря"),
)
_IN = (
    *("январе", "феврале", "марте", "апреле", "мае", "июне"),
    *("июле", "августе", "сентябре", "октябре", "ноябре", "декабре"),
)
_SHORT = ["янв", "фев", "мар", "апр", "мая", "июн", "июл", "авг", "сен", "окт", "ноя", "дек"]


@register.filter
def plural(number: int | str, forms: str) -> str:
    """The word that goes with a number: `{{ 23|plural:"клиент,клиента,клиентов" }}` → 'клиента'.

    A text such as 'больше 10 000' takes the form of many.
    """
    one, few, many = forms.split(",")
    if isinstance(number, str) or abs(number) % 100 in range(11, 15):
        return many
    ones = abs(number) % 10
    return one if ones == 1 else few if ones in (2, 3, 4) else many


@register.filter
def count(number: int | str) -> str:
    """1234 → '1 234' with a narrow space that doesn't break; a text stays as it is."""
    if isinstance(number, str):
        return number
    return f"{number:,}".replace(",", _NARROW_SPACE).replace("-", _MINUS)


@register.filter
def percent(basis_points: int) -> str:
    """1500 → '15 %', 1250 → '12,5 %', 5 → '0,05 %'."""
    whole, rest = divmod(abs(basis_points), 100)
    decimals = f",{rest:02}".rstrip("0") if rest else ""
    minus = _MINUS if basis_points < 0 else ""
    return f"{minus}{whole}{decimals}{_NO_BREAK}%"


@register.filter
def day(when: dt.date | dt.datetime | None) -> str:
    """'15 сентября 2027'; nothing for nothing."""
    return f"{_day_and_month(when)} {_date(when).year}" if when else ""


@register.filter
def short_day(when: dt.date | dt.datetime | None) -> str:
    """'15 сен', where the year is plain from what stands around it."""
    return f"{_date(when).day}{_NO_BREAK}{_SHORT[_date(when).month - 1]}" if when else ""


@register.filter
def day_month(when: dt.date | dt.datetime | None) -> str:
    """'1 декабря': of the coming month, as in «Поступит 1 декабря»."""
    return _day_and_month(when) if when else ""


@register.filter
def moment(when: dt.datetime | None) -> str:
    """'22 ноября 2026, 14:05'."""
    return f"{day(when)}, {when.astimezone(months.MOSCOW):%H:%M}" if when else ""


@register.filter
def month_name(when: dt.date | dt.datetime | None) -> str:
    """'октябрь 2026'."""
    return months.name(_date(when)) if when else ""


@register.filter
def month_in(when: dt.date | dt.datetime | None) -> str:
    """'в октябре 2026'."""
    return f"в{_NO_BREAK}{_IN[_date(when).month - 1]} {_date(when).year}" if when else ""


@register.filter
def initials(name: str) -> str:
    """'Анна Юрлицова' → 'АЮ', 'ООО «Новичок»' → 'ОН', 'anna@example.ru' → 'A': what stands in the circle."""
    letters = (next(filter(str.isalnum, word), "") for word in name.split())
    return "".join(filter(None, letters))[:2].upper()


def _date(when: dt.date | dt.datetime) -> dt.date:
    return when.astimezone(months.MOSCOW).date() if isinstance(when, dt.datetime) else when


def _day_and_month(when: dt.date | dt.datetime) -> str:
    return f"{_date(when).day}{_NO_BREAK}{_OF[_date(when).month - 1]}"


@register.filter
def quoted(name: str) -> str:
    """In quotes, those within it as the second kind: 'Вебинар «Обзвон»' → '«Вебинар „Обзвон“»'."""
    return "«" + name.replace("«", "„").replace("»", "“") + "»"
