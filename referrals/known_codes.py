"""Codes on a visitor's way: asked of the database once in a few seconds, known without it while it is down."""

import datetime as dt
import logging
from threading import Lock
from typing import NamedTuple

from django.db import Error

from partners.models import Code
from referrals import pauses
from referrals.models import Campaign

logger = logging.getLogger(__name__)

# So long a code may go on attracting after its partner was blocked, in each process.
FRESH = dt.timedelta(seconds=3)
# Unknown ones are of anybody's making: they must not push known ones out.
_KNOWN_LIMIT, _UNKNOWN_LIMIT = 20_000, 1_000
_LABELS = ("landing_path", "utm_source", "utm_medium", "utm_campaign", "erid")


class CannotTell(Exception):
    """The database can't be asked just now, and this process has not heard of the code."""


class Known(NamedTuple):
    """A code, as much of it as following its link takes."""

    pk: int
    gets_clients: bool
    campaign: Campaign | None  # with page and labels only


class _Memory:
    """The latest answers, no more than `limit`; the one that was asked longest ago goes first."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._answers: dict[str, tuple[Known | None, dt.datetime]] = {}
        self._lock = Lock()
        self.get = self._answers.get
        self.clear = self._answers.clear

    def keep(self, value: str, known: Known | None, now: dt.datetime) -> None:
        with self._lock:
            self._answers.pop(value, None)
            self._answers[value] = (known, now)
            if len(self._answers) > self._limit:
                del self._answers[next(iter(self._answers))]


_known = _Memory(_KNOWN_LIMIT)
_unknown = _Memory(_UNKNOWN_LIMIT)


def find(value: str, *, now: dt.datetime) -> Known | None:
    """What the code stands for, as of a few seconds ago at most; None: it is nobody's.

    While the database is down the last answer holds, however old. Raises CannotTell where there is none.
    """
    kept = _known.get(value) or _unknown.get(value)
    if kept and now - FRESH < kept[1] <= now:
        return kept[0]
    if not pauses.database.is_on:
        try:
            known = _ask(value)
        except Error as error:
            pauses.database.begin()
            logger.warning("a link was followed, and its code can't be looked up: %s", type(error).__name__)
        else:
            (_known if known else _unknown).keep(value, known, now)
            return known
    if kept:
        return kept[0]
    raise CannotTell


def forget() -> None:
    """Ask the database about every code anew."""
    _known.clear()
    _unknown.clear()


def _ask(value: str) -> Known | None:
    wanted = ["partner__status", *(f"campaign__{name}" for name in _LABELS)]
    code = Code.objects.select_related("partner", "campaign").only("value", *wanted).filter(value=value).first()
    return Known(code.pk, code.partner.gets_clients, getattr(code, "campaign", None)) if code else None
