"""How far a client has come with its partner: a state in words, out of dates and sums. Pure."""

import datetime as dt
from typing import NamedTuple

from django.db.models import TextChoices

from partners import months
from partners.models import Terms
from partners.money import in_text
from partners.templatetags.words import day


class State(TextChoices):
    """How far a client has come."""

    REGISTERED = "registered", "зарегистрировался"
    PAID = "paid", "оплатил"
    EARNING = "earning", "приносит вознаграждение"
    CREDITED = "credited", "вознаграждение начислено"
    OVER = "over", "срок закончился"
    PASSED_ON = "passed_on", "передан другому партнёру"


class Standing(NamedTuple):
    """A client's state, and what goes with it."""

    state: State
    ends_at: dt.datetime | None = None  # of a window: the first moment that earns nothing any more
    passed_on_at: dt.datetime | None = None
    counted_kopecks: int = 0  # towards the threshold
    threshold_kopecks: int = 0

    @property
    def label(self) -> str:
        return str(self.state.label)

    @property
    def note(self) -> str:
        """What goes with the label: 'до 15 сентября 2027', '3 200 из 5 000 ₽'."""
        if self.state == State.EARNING:
            return f"до {day(self.ends_at)}" if self.ends_at else ""
        if self.state == State.OVER:
            return day(self.ends_at)
        if self.state == State.PAID and self.counted_kopecks >= self.threshold_kopecks:
            return f"{in_text(self.threshold_kopecks)} набралось"
        if self.state == State.PAID:
            return f"{in_text(self.counted_kopecks).removesuffix('₽').strip()} из {in_text(self.threshold_kopecks)}"
        return day(self.passed_on_at)

    @property
    def words(self) -> str:
        """'приносит вознаграждение до 15 сентября 2027'"""
        return f"{self.label} {self.note}".strip()

    @property
    def tone(self) -> str:
        """Of the dot beside the words."""
        tones = {State.EARNING: "ok", State.CREDITED: "ok", State.OVER: "end", State.PASSED_ON: "end"}
        return tones.get(self.state, "plain")


def standing(
    *,
    registered_at: dt.datetime,
    held_until: dt.datetime | None,
    paid_at: dt.datetime | None,
    given_kopecks: int,
    counted_kopecks: int,
    terms: Terms,
    now: dt.datetime,
) -> Standing:
    """Where a client stands with its partner, who is under these terms.

    `given_kopecks` is the one-time reward as far as it was not taken back, `counted_kopecks` the sum towards it (R13).

    Example: legal-2026, registered 15 September 2025, paid: brings reward until 15 September 2027, then is over (R12)
    """
    if held_until is not None:
        return Standing(State.PASSED_ON, passed_on_at=held_until)
    if terms.one_time_kopecks is not None:
        state = State.REGISTERED if paid_at is None else State.CREDITED if given_kopecks > 0 else State.PAID
        return Standing(state, counted_kopecks=counted_kopecks, threshold_kopecks=terms.threshold_kopecks)
    ends_at = None if terms.window_months is None else months.plus_months(registered_at, terms.window_months)
    if ends_at is not None and ends_at <= now:
        return Standing(State.OVER, ends_at)
    return Standing(State.REGISTERED if paid_at is None else State.EARNING, ends_at)
