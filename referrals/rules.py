"""Pure decisions about attribution, charges and rewards: facts in, answers and reasons out."""

import datetime as dt
from collections.abc import Callable, Collection, Sequence
from functools import lru_cache
from typing import NamedTuple

from partners import months
from partners.models import Partner, TermsAssignment
from partners.rules import normal_email, normal_inn, normal_phone, rewarding
from referrals.models import Charge, Client, Outcome, Suspicion
from referrals.rows import Attributed, ChargeRow, ClientRow

_QUOTES = str.maketrans(dict.fromkeys("«»„“”\"'`‘’", " ") | {"ё": "е"})
# R7: a code or request within this time of the registration takes effect from the registration.
GRACE = dt.timedelta(days=30)
_NEVER_COUNT = (Charge.Kind.ROBOT, Charge.Kind.OTHER)  # R10


def takes_effect_at(
    *, asked_at: dt.datetime, client_registered_at: dt.datetime, partner_registered_at: dt.datetime
) -> dt.datetime:
    """From when a code or request attributes its client (R6, R7), never before the partner's own registration.

    Example: client registered 1 March, code typed 31 March at the same hour: from 1 March; a second later: from then.
    """
    starts_at = client_registered_at if asked_at - client_registered_at <= GRACE else asked_at
    return max(starts_at, partner_registered_at)


def is_self_referral(client: Client | ClientRow, partner: Partner) -> bool:
    """Whether the client is the partner itself (R8): same account, INN, e-mail or phone; what is empty never matches.

    Example: client +7 900 000-00-01, partner 8 (900) 000-00-01: refused.
    """
    pairs = (
        (client.account_id, partner.user.account_id or ""),
        (normal_inn(client.inn), normal_inn(partner.inn)),
        (normal_email(client.email), normal_email(partner.user.email)),
        (normal_phone(client.phone), normal_phone(partner.phone)),
    )
    return any(one == other != "" for one, other in pairs)


def marks(client: Client | ClientRow) -> dict[str, str]:
    """What another client could have in common with this one, by the reason for suspicion (R8); empty values left out.

    Example: 'ООО «Ёлка»', ' Info@Elka.RU', no INN, 8 900 000-00-01:
    {'name': 'ооо елка', 'email': 'info@elka.ru', 'phone': '79000000001'}
    """
    found = {
        Suspicion.Reason.NAME.value: search_name(client.name),
        Suspicion.Reason.INN.value: normal_inn(client.inn),
        Suspicion.Reason.EMAIL.value: normal_email(client.email),
        Suspicion.Reason.PHONE.value: normal_phone(client.phone),
    }
    return {reason: value for reason, value in found.items() if value}


def is_disposable(email: str, domains: Collection[str]) -> bool:
    """Whether the e-mail is of one of these domains, or of a part of one (R8): 'a@mx.Mailinator.com' is."""
    labels = normal_email(email).rpartition("@")[2].rstrip(".").split(".")
    return "@" in email and any(".".join(labels[n:]) in domains for n in range(len(labels)))


class Holding(NamedTuple):
    """Who holds a client, and since when without interruption."""

    partner_id: int
    since: dt.datetime


def held(attributions: Sequence[Attributed], at: dt.datetime) -> Holding | None:
    """Who holds the client at a moment (R9); attributions come oldest first. None: nobody yet.

    Example: A from 1 March, B from 1 June: on 31 May A since 1 March; on 1 June at 00:00 B
    """
    last = len(attributions) - 1
    while last >= 0 and attributions[last].starts_at > at:
        last -= 1
    if last < 0:
        return None
    first = last
    while first > 0 and attributions[first - 1].partner_id == attributions[last].partner_id:
        first -= 1
    return Holding(attributions[last].partner_id, attributions[first].starts_at)


class Verdict(NamedTuple):
    """What a charge comes to: its outcome and, where somebody held the client, for whom and by which terms."""

    outcome: Outcome
    partner_id: int | None = None
    assignment: TermsAssignment | None = None


def verdict(
    charge: ChargeRow,
    *,
    client: ClientRow,
    attributions: Sequence[Attributed],
    timeline: Callable[[int], Sequence[TermsAssignment]],
) -> Verdict:
    """The charge's outcome: counted, or the first reason why not, in the order of R16.

    `timeline` gives a partner's terms assignments. What a kind is worth is a matter of the holder's terms; with no
    holder only the kinds that never count (R10) are refused as such.

    Example: legal-2026, client of 29 Feb 2024 10:00, subscription of 28 Feb 2026: counted at 09:59:59, over at 10:00.
    """
    holding = held(attributions, charge.charged_at)
    if holding is None:
        if charge.kind in _NEVER_COUNT:
            return Verdict(Outcome.KIND)
        return Verdict(Outcome.BEFORE_ATTRIBUTION if attributions else Outcome.NOT_ATTRIBUTED)
    assignment = rewarding(timeline(holding.partner_id), charged_at=charge.charged_at, held_since=holding.since)
    terms = assignment.terms
    if not terms.counts(charge.kind):
        outcome = Outcome.KIND
    elif terms.window_months is not None and charge.charged_at >= _window_end(
        client.registered_at, terms.window_months
    ):
        outcome = Outcome.WINDOW_OVER
    elif charge.confirmed_at is None:
        outcome = Outcome.NOT_CONFIRMED
    else:
        outcome = Outcome.COUNTED
    return Verdict(outcome, holding.partner_id, assignment)


@lru_cache(maxsize=10_000)
def _window_end(registered_at: dt.datetime, window_months: int) -> dt.datetime:
    """R12: the first moment that is not rewarded any more."""
    return months.plus_months(registered_at, window_months)


def window_over(now: dt.datetime, window_months: int) -> list[tuple[dt.datetime | None, dt.datetime]]:
    """The registrations whose window is over by `now` (R12), as spans with both ends in; None: since ever.

    The exact inverse of the window's end: for lists that know when their clients registered. Nearly always one span. On
    the last day of a month shorter than the one of the registration several days of that one end together, each at its
    own hour.

    Example: 24 months, 28 Feb 2026 12:00: up to 28 Feb 2024 12:00, and 29 Feb 2024 from 00:00 to 12:00
    """
    last = months.plus_months(now, -window_months)
    if months.plus_months(last, window_months) < now:
        # That month has no such day: all of it is over.
        next_month = months.start_of(months.following(months.month_of(last)))
        return [(None, next_month - dt.timedelta(microseconds=1))]
    spans: list[tuple[dt.datetime | None, dt.datetime]] = [(None, last)]
    while months.plus_months(last := last + dt.timedelta(days=1), window_months) == now:
        spans.append((last.replace(hour=0, minute=0, second=0, microsecond=0), last))
    return spans


def posting_month(*natural: dt.date, first_open: dt.date | None) -> dt.date:
    """The month something is posted to (R11): the latest of its natural ones, but never one that is closed.

    Example: charged in March, confirmed in April, March closed: April; confirmed in March, March closed: April as well
    """
    month = max(natural)
    return month if first_open is None else max(month, first_open)


def percent_reward(base_kopecks: int, percent_bp: int) -> int:
    """A legal partner's reward (R12): so many hundredths of a percent, rounded half away from zero to a kopeck.

    >>> percent_reward(1_250_000, 1500), percent_reward(10, 1500), percent_reward(-10, 1500), percent_reward(3, 1500)
    (187500, 2, -2, 0)
    """
    amount = (abs(base_kopecks) * percent_bp + 5_000) // 10_000
    return -amount if base_kopecks < 0 else amount


def search_name(name: str) -> str:
    """A client's name as it is searched and sorted by: 'ООО «Ёлочка»' → 'ооо елочка'."""
    return " ".join(name.casefold().translate(_QUOTES).split())
