"""What one client has brought its partner, month by month and charge by charge, and what is expected of it."""

import datetime as dt
from collections.abc import Iterable, Sequence
from itertools import groupby, zip_longest
from operator import itemgetter
from typing import Any, NamedTuple

from django.db.models import F, OuterRef, QuerySet, Subquery, Sum, Window
from django.db.models.functions import Coalesce

from partners import months
from referrals import explanation, forecast
from referrals.explanation import Why
from referrals.models import Attribution, Charge, ForecastReward, Referral, Reward

_MONTHS_OF_CHART = 12


class Expected(NamedTuple):
    """What the next credit brings of this client, as of `made_at` (R19)."""

    month: dt.date
    credited_on: dt.date
    made_at: dt.datetime
    base_kopecks: int
    reward_kopecks: int


class Holding(NamedTuple):
    """A time during which the partner held the client; `until` another took it over, None: it holds it."""

    since: dt.datetime
    until: dt.datetime | None


class Line(NamedTuple):
    """A charge and what became of it."""

    charge: Charge
    why: Why

    @property
    def credited_on(self) -> dt.date | None:
        """When the month that it counts in is credited, or was."""
        return forecast.credited_on(self.why.month) if self.why.month else None


class MonthOfCharges(NamedTuple):
    starts_on: dt.date
    lines: list[Line]


def rewards(referral: Referral) -> QuerySet[Reward]:
    """What every closed month brought, the newest first; `base_so_far` adds up the bases under the same assignment."""
    so_far = Window(Sum("base_kopecks"), partition_by=[F("assignment")], order_by="month")
    found = Reward.objects.filter(partner=referral.partner_id, client=referral.client_id)
    return found.select_related("assignment__terms").annotate(base_so_far=so_far).order_by("-month", "-assignment")


def expected(referral: Referral, *, now: dt.datetime) -> Expected:
    """This client's part of the partner's forecast. One query more than that."""
    made = forecast.of(referral.partner, now=now)
    own = ForecastReward.objects.filter(partner=referral.partner_id, client=referral.client_id)
    sums = own.aggregate(base=Sum("base_kopecks"), reward=Sum("reward_kopecks"))
    credited_on = forecast.credited_on(made.month)
    return Expected(made.month, credited_on, made.made_at, sums["base"] or 0, sums["reward"] or 0)


def holdings(referral: Referral) -> list[Holding]:
    """When this partner held the client, oldest first: more than once where it was passed on and came back (R9).

    One query.
    """
    attributions = Attribution.objects.filter(client=referral.client_id).order_by("starts_at", "pk")
    turns = [
        (partner, next(of_partner)[1])
        for partner, of_partner in groupby(attributions.values_list("partner", "starts_at"), key=itemgetter(0))
    ]
    ends = [starts_at for _, starts_at in turns[1:]]
    return [
        Holding(since, until) for (partner, since), until in zip_longest(turns, ends) if partner == referral.partner_id
    ]


def charges(referral: Referral) -> QuerySet[Charge]:
    """The client's charges of this partner's time, and of no other's (R9), in no order yet."""
    return charges_of(referral.partner_id).filter(client=referral.client_id)


def charges_of(partner_id: int) -> QuerySet[Charge]:
    """All charges of a partner's time, with everything that `explanation.why` reads.

    `given_kopecks` is the one-time reward that the months before had brought, as far as it was not taken back (R13).
    """
    before = Reward.objects.filter(
        client=OuterRef("client"),
        assignment=OuterRef("assignment"),
        assignment__terms__one_time_kopecks__isnull=False,
        month__lt=OuterRef("month"),
    )
    given = before.order_by().values("client").annotate(sum=Sum("reward_kopecks")).values("sum")
    own = Charge.objects.filter(partner=partner_id).annotate(given_kopecks=Coalesce(Subquery(given), 0))
    return own.select_related("client", "assignment__terms", "refund_of__client", "refund_of__assignment__terms")


def by_month(page: Iterable[Any]) -> list[MonthOfCharges]:
    """Charges in the order of time, each with what became of it, under the months in which they were made."""
    grouped = groupby(page, key=lambda charge: months.month_of(charge.charged_at))
    return [
        MonthOfCharges(
            month, [Line(each, explanation.why(each, given_kopecks=each.given_kopecks)) for each in of_month]
        )
        for month, of_month in grouped
    ]


def chart(found: Sequence[Reward], coming: Expected) -> list[tuple[dt.date, int, bool]]:
    """The last twelve months for a chart, oldest first: (month, kopecks, is it open). Empty before the second month."""
    sums: dict[dt.date, int] = {}
    for reward in found:
        sums[reward.month] = sums.get(reward.month, 0) + reward.reward_kopecks
    month = coming.month
    last = [(month, coming.reward_kopecks, True)] if coming.base_kopecks or coming.reward_kopecks else []
    while len(last) < _MONTHS_OF_CHART and sums and (month := months.preceding(month)) >= min(sums):
        last.insert(0, (month, sums.get(month, 0), False))
    return last if len(last) > 1 else []
