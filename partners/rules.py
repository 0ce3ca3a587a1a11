"""Pure decisions about people and terms: dates and texts in, answers out. No database, no clock, no settings."""

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from typing import Protocol, TypeVar

_NO_DIGIT = re.compile(r"[^0-9]+", re.ASCII)


class TermsLike(Protocol):
    @property
    def tariff(self) -> str: ...


class AssignmentLike(Protocol):
    """What the rules need of a dated terms assignment; sequences of them come oldest first."""

    @property
    def starts_at(self) -> dt.datetime: ...
    @property
    def terms_id(self) -> int: ...
    @property
    def terms(self) -> TermsLike: ...
    @property
    def settled_through(self) -> dt.date | None: ...


def normal_code(text: str | None) -> str:
    """Codes compare trimmed and in any case (R6): ' 62B0 ' → '62b0'."""
    return (text or "").strip().lower()


def normal_email(text: str | None) -> str:
    """E-mails compare trimmed and in any case (R8): ' Anna@Example.RU' → 'anna@example.ru'."""
    return (text or "").strip().lower()


def normal_inn(text: str | None) -> str:
    """INNs compare trimmed (R8): ' 7707083893 ' → '7707083893'."""
    return (text or "").strip()


def normal_phone(text: str | None) -> str:
    """Phones compare by digits, a leading 8 of eleven as 7 (R8): '8 (900) 000-00-01' → '79000000001'."""
    digits = _NO_DIGIT.sub("", text or "")
    return "7" + digits[1:] if len(digits) == 11 and digits[0] == "8" else digits


A = TypeVar("A", bound=AssignmentLike)


def timeline(assignments: Iterable[A]) -> list[A]:
    """The assignments that hold, oldest first, out of all of them in the order in which they were decided.

    A later decision replaces what had been planned from its start on: who accepts an offer for 1 February and changes
    tariff on 20 January is not moved back on 1 February.
    """
    standing: list[A] = []
    for assignment in assignments:
        while standing and standing[-1].starts_at >= assignment.starts_at:
            standing.pop()
        standing.append(assignment)
    return standing


def in_force(assignments: Sequence[A], at: dt.datetime) -> A | None:
    """The assignment in force at a moment, None before the first: the last one that has started."""
    started = [assignment for assignment in assignments if assignment.starts_at <= at]
    return started[-1] if started else None


def rewarding(assignments: Sequence[A], *, charged_at: dt.datetime, held_since: dt.datetime) -> A:
    """The assignment by which a charge is rewarded (R15); the partner has held its client since `held_since`.

    Legal: the one in force when the charge was made; where the partner came back to terms that it had before, the first
    with these terms, because a reward is rounded once per client, terms and month (R12).

    Individual: the one in force when the client was attributed, or at the last change of tariff before the charge,
    whichever is later. It then holds for that client for good, and its running total is that assignment's (R13).

    Example: partner under individual-2026 from January and individual-2027 from June, client attributed in March,
    charge of July: individual-2026.
    """
    if len(assignments) == 1:  # nearly always
        return assignments[0]
    at_charge = _index_in_force(assignments, charged_at)
    current = assignments[at_charge]
    if current.terms.tariff == "legal":
        return next(assignment for assignment in assignments if assignment.terms_id == current.terms_id)
    since = at_charge
    while since > 0 and assignments[since - 1].terms.tariff == current.terms.tariff:
        since -= 1
    return assignments[_index_in_force(assignments, max(held_since, assignments[since].starts_at))]


def _index_in_force(assignments: Sequence[AssignmentLike], at: dt.datetime) -> int:
    """A client is never held before its partner's registration (R6), from which the first assignment runs."""
    return max(index for index, assignment in enumerate(assignments) if assignment.starts_at <= at)


def is_settled(assignments: Iterable[AssignmentLike], month: dt.date) -> bool:
    """Whether a change of tariff has settled what was credited for a month (R3): its refunds move nothing any more.

    Example: tariff changed on 20 April, when March was the last closed month: March is settled, April is not
    """
    return any(
        assignment.settled_through is not None and month <= assignment.settled_through for assignment in assignments
    )
