"""Work that waits for somebody of staff, as the desk's first page shows it."""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from partners import keyset

# What waits longer is marked (decided: the rules promise a day for withdrawals only, which have marks of their own).
PATIENCE = dt.timedelta(days=3)
_SHOWN = 5


@dataclass(frozen=True)
class Queue:
    """Work that waits for somebody, on the desk's first page: how much of it, and where it begins."""

    title: str
    number: keyset.Count
    url: str
    note: str = ""  # in a sentence; with nothing waiting, why that is good
    rows: Iterable[Any] = ()
    template: str = ""  # that shows the rows
    link: str = "Все"
    is_urgent: bool = False


def queue(
    title: str,
    rows: QuerySet[Any],
    url: str,
    *,
    since: str,
    template: str,
    shown: Callable[[Sequence[Any]], Iterable[Any]] = lambda rows: rows,
) -> Queue:
    """These rows, which come oldest first, the late ones counted; `since` names the moment from which each waits.

    One query where few wait, three at most.
    """
    late_before = timezone.now() - PATIENCE
    first = list(rows[: _SHOWN + 1])
    are_few = len(first) <= _SHOWN  # nearly always, and then nothing has to be counted
    number = keyset.Count(len(first), False) if are_few else keyset.count(rows)
    late = keyset.Count(sum(_moment(row, since) < late_before for row in first), False)
    if late.number > _SHOWN:
        late = keyset.count(rows.filter(**{f"{since}__lt": late_before}))
    note = f"Ждут больше трёх дней: {'больше ' * late.is_more}{late.number}" if late.number else ""
    return Queue(title, number, url, note, shown(first[:_SHOWN]), template, is_urgent=late.number > 0)


def _moment(row: Any, path: str) -> dt.datetime:
    for name in path.split("__"):
        row = getattr(row, name)
    return row
