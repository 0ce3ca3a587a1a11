"""Judging the charges that stand once more: whether each still has the outcome that the rules give it (M3, M7)."""

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from partners import months
from partners.models import TermsAssignment
from referrals import rules
from referrals.models import Charge, Client, Outcome
from referrals.rows import Attributed, ChargeRow, ClientRow, attributions_of, charge_rows, client_rows

_CLIENTS_AT_A_TIME = 1_000
# How far ahead of our clock a charge may have been judged, by what was known when it came (feed.md).
_AHEAD = dt.timedelta(days=1)


class Misjudged(NamedTuple):
    """A charge whose outcome does not follow from the facts that stand."""

    charge: str
    stands: str
    follows: str


def misjudged() -> Iterator[Misjudged]:
    """Charges that the rules would judge otherwise, in flat memory; a fixed number of queries for every 1 000 clients.

    Two kinds are looked at less closely, because they may rightly have been judged by what was known at the time:
    charges of clients with more than one attribution (a second code of the same partner, feed.md), and charges made
    within a day after new terms began for their partner.
    """
    last = 0
    while clients := client_rows(Client.objects.filter(pk__gt=last).order_by("pk")[:_CLIENTS_AT_A_TIME]):
        last = clients[-1].id
        by_pk = {client.id: client for client in clients}
        attributions = attributions_of(by_pk)
        partners = {row.partner_id for rows in attributions.values() for row in rows}
        timelines = TermsAssignment.objects.filter(partner__in=partners).timelines()
        for charge in charge_rows(Charge.objects.filter(client__in=by_pk, refund_of=None)):
            found = _judge(charge, by_pk[charge.client_id], attributions[charge.client_id], timelines)
            if found is not None:
                yield found


def _judge(
    charge: ChargeRow,
    client: ClientRow,
    attributions: Sequence[Attributed],
    timelines: dict[int, list[TermsAssignment]],
) -> Misjudged | None:
    if charge.outcome == Outcome.COUNTED and charge.month is not None:
        # Later than natural is what a closed month or a late attribution makes of it; earlier never is.
        natural = months.month_of(max(charge.charged_at, charge.confirmed_at or charge.charged_at))
        if charge.month < natural:
            return Misjudged(charge.external_id, f"{charge.month:%Y-%m}", f"{natural:%Y-%m}")
    if len(attributions) > 1 or _terms_had_just_changed(charge, timelines.get(charge.partner_id or 0, [])):
        return None
    verdict = rules.verdict(charge, client=client, attributions=attributions, timeline=timelines.__getitem__)
    assignment = verdict.assignment.pk if verdict.assignment else None
    if (charge.outcome, charge.partner_id, charge.assignment_id) == (verdict.outcome, verdict.partner_id, assignment):
        return None
    return Misjudged(charge.external_id, charge.outcome, verdict.outcome)


def _terms_had_just_changed(charge: ChargeRow, timeline: Sequence[TermsAssignment]) -> bool:
    return any(row.starts_at <= charge.charged_at < row.starts_at + _AHEAD for row in timeline[1:])
