"""Pages of a long list that cost the same wherever they are: each begins after a row, not after a number of rows."""

import base64
import binascii
import datetime as dt
import json
import re
from collections.abc import Sequence
from typing import Any, Generic, NamedTuple, TypeVar

from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet
from django.http import QueryDict

M = TypeVar("M", bound=Model)
_LAST = "last"
_HALF_A_SIGN = re.compile("[\ud800-\udfff]")


class NotAPlace(ValueError):
    """The token names no place in this list."""


class Page(NamedTuple, Generic[M]):
    """Rows of a list, and the tokens of the pages around them; None: there is no such page."""

    rows: list[M]
    first: str | None  # an empty token
    previous: str | None
    next: str | None
    last: str | None


class Count(NamedTuple):
    """How many rows there are, or that there are more than was worth counting."""

    number: int
    is_more: bool


def page(queryset: QuerySet[M], *, order: Sequence[str], token: str | None, size: int = 50) -> "Page[M]":
    """The page that a token names, the first one for none or for one that means nothing here.

    `order` names fields of the model, also over relations, '-' for descending; together they are unique and not null.
    One query, which an index over these fields answers by reading `size` rows.
    """
    backwards, edge = False, None
    if token == _LAST:
        backwards = True
    elif token:
        backwards, edge = _read(queryset, order, token)
    rows = _rows(queryset, order, backwards, edge, size + 1)
    more, rows = len(rows) > size, rows[:size]
    if backwards:
        rows.reverse()
        if not more and edge is not None and len(rows) < size:
            # Gone back to the very beginning: the first page is a full one.
            return page(queryset, order=order, token=None, size=size)
    has_previous = more if backwards else edge is not None
    has_next = edge is not None if backwards else more
    return Page(
        rows=rows,
        first="" if has_previous else None,
        previous=_write(order, rows[0], backwards=True) if has_previous and rows else None,
        next=_write(order, rows[-1], backwards=False) if has_next and rows else None,
        last=_LAST if has_next else None,
    )


def page_from(queryset: QuerySet[M], *, order: Sequence[str], token: str | None, size: int = 50) -> "Page[M]":
    """The same for programs, which only go forwards. Raises NotAPlace for a token that means nothing here: who is
    given the first page in place of the next would begin anew for ever.
    """
    if token and (token == _LAST or _read(queryset, order, token)[1] is None):
        raise NotAPlace(token)
    return page(queryset, order=order, token=token, size=size)


def addresses(page: Page[Any], query: QueryDict, *, name: str = "page") -> dict[str, str]:
    """Addresses of the pages around this one, of the list that was asked for by `query`; empty: there is none.

    `name` is the list's own, where there are several on one page. The others stay where they are.
    Example: '?archived=1', on the first page: {'next': '?archived=1&page=WyI-…', 'first': '', …}
    """
    found = {}
    for place in ("first", "previous", "next", "last"):
        token, asked = getattr(page, place), query.copy()
        asked.pop(name, None)
        if token:
            asked[name] = token
        found[place] = "" if token is None else f"?{asked.urlencode()}"
    return found


def count(queryset: QuerySet[Any], *, limit: int = 10_000) -> Count:
    """How many rows, counted no further than `limit`."""
    found = queryset.order_by().values("pk")[: limit + 1].count()
    return Count(min(found, limit), found > limit)


def _rows(queryset: QuerySet[M], order: Sequence[str], backwards: bool, edge: list[Any] | None, limit: int) -> list[M]:
    fields = [(name.lstrip("-"), name.startswith("-") != backwards) for name in order]
    if edge is not None:
        queryset = queryset.filter(_beyond(fields, edge))
    return list(queryset.order_by(*(f"-{name}" if descending else name for name, descending in fields))[:limit])


def _beyond(fields: Sequence[tuple[str, bool]], edge: list[Any]) -> Q:
    """Rows after the edge in this order. The first field bounds it alone as well: that is what an index can use."""
    beyond, equal = Q(), Q()
    for (name, descending), value in zip(fields, edge, strict=True):
        beyond |= equal & Q(**{f"{name}__{'lt' if descending else 'gt'}": value})
        equal &= Q(**{name: value})
    first, descending = fields[0]
    return Q(**{f"{first}__{'lte' if descending else 'gte'}": edge[0]}) & beyond


def _write(order: Sequence[str], row: Model, *, backwards: bool) -> str:
    values = [_plain(_value(row, name.lstrip("-"))) for name in order]
    text = json.dumps(["<" if backwards else ">", *values], ensure_ascii=False)
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _read(queryset: QuerySet[M], order: Sequence[str], token: str) -> tuple[bool, list[Any] | None]:
    try:
        direction, *values = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        edge = [
            _field(queryset.model, name.lstrip("-")).to_python(value) for name, value in zip(order, values, strict=True)
        ]
    except (ValueError, TypeError, OverflowError, RecursionError, binascii.Error, ValidationError):
        return False, None  # typed by hand, or of another order
    return direction == "<", edge if all(map(_can_be_asked_for, edge)) else None


def _can_be_asked_for(value: Any) -> bool:
    """Whether the database takes it: no text with NUL or half a sign, no moment at an edge of the calendar."""
    if isinstance(value, str):
        return "\0" not in value and not _HALF_A_SIGN.search(value)
    if isinstance(value, dt.date):
        return 1900 < value.year < 9000
    return isinstance(value, int) and abs(value) < 2**63


def _field(model: type[Model], name: str) -> Any:
    *path, last = name.split("__")
    for step in path:
        model = model._meta.get_field(step).related_model  # type: ignore[assignment]
    return model._meta.pk if last == "pk" else model._meta.get_field(last)


def _value(row: Any, name: str) -> Any:
    *path, last = name.split("__")
    for step in path:
        row = getattr(row, step)
    return row.pk if last == "pk" else getattr(row, _field(type(row), last).attname)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, dt.date) else value
