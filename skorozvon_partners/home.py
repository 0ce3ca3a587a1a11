"""What the home page reads about a partner beyond its money: link, clients, who brings most next. Few queries."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from dateutil.relativedelta import relativedelta
from django.db.models import Exists, OuterRef, QuerySet, Subquery, Sum

from partners.counting import CountOf
from partners.keyset import Count
from partners.models import Code, Partner, StatusChange, Terms, TermsOffer
from referrals import reports
from referrals.client_list import ClientList, Row
from referrals.models import Attribution, ClickDay, ForecastReward, Progress, Referral, Reward
from referrals.standing import Standing, standing
from skorozvon_partners.charts import Bars, month_bars

CLIENTS_SHOWN = 5
_LIMIT = 10_000  # of what is counted
_CLICKS = ("clicks", "unique", "bots")


@dataclass(frozen=True)
class Outline:
    """What there is of everything."""

    code: str
    clicks: int  # all; of them `unique`, each visitor once a day, and `bots`
    unique: int
    bots: int
    registered: Count
    paid: Count
    has_offer: bool  # of other terms (R5), unanswered
    status_change: dict[str, Any]  # the last one: `reason`, `changed_at`

    @property
    def is_countable(self) -> bool:
        """Whether clicks, registrations and payments can be set against each other."""
        return not self.registered.is_more and not self.paid.is_more


@dataclass(frozen=True)
class Earner:
    """A client as it stands in the next credit."""

    client_id: int
    name: str
    came_by: str
    campaign: str | None
    standing: Standing
    base_kopecks: int
    reward_kopecks: int


def outline(partner: Partner) -> Outline:
    """The partner's code and counts. One query; what is counted is counted no further than to 10 000."""
    mine = Referral.objects.filter(partner=OuterRef("pk"))
    paid = Progress.objects.filter(partner=OuterRef("pk"), paid_at__isnull=False)
    clicks = ClickDay.objects.filter(code__partner=OuterRef("pk")).order_by().values("code__partner")
    changes = StatusChange.objects.filter(partner=OuterRef("pk")).order_by("-changed_at", "-pk")
    found = (
        Partner.objects.filter(pk=partner.pk)
        .annotate(
            code=Subquery(Code.objects.filter(partner=OuterRef("pk"), is_main=True).values("value")),
            **{kind: Subquery(clicks.annotate(sum=Sum(kind)).values("sum")) for kind in _CLICKS},
            registered=CountOf(mine.values("pk")[: _LIMIT + 1]),
            paid=CountOf(paid.values("pk")[: _LIMIT + 1]),
            has_offer=Exists(TermsOffer.objects.filter(partner=OuterRef("pk"), state=TermsOffer.State.OPEN)),
            reason=Subquery(changes.values("reason")[:1]),
            changed_at=Subquery(changes.values("changed_at")[:1]),
        )
        .values("code", *_CLICKS, "registered", "paid", "has_offer", "reason", "changed_at")
        .get()
    )
    return Outline(
        code=found["code"] or "",
        **{kind: found[kind] or 0 for kind in _CLICKS},
        registered=_count(found["registered"]),
        paid=_count(found["paid"]),
        has_offer=found["has_offer"],
        status_change={"reason": found["reason"], "changed_at": found["changed_at"]},
    )


def earners(partner: Partner, *, now: dt.datetime) -> list[Earner]:
    """Whoever brings most in the next credit, as the forecast has it. One query."""
    referral = Referral.objects.filter(partner=OuterRef("partner"), client=OuterRef("client"))
    earlier = Reward.objects.filter(
        partner=OuterRef("partner"), client=OuterRef("client"), assignment=OuterRef("assignment")
    )
    rows: QuerySet[Any] = (
        ForecastReward.objects.filter(partner=partner, reward_kopecks__gt=0)
        .select_related("client", "assignment__terms")
        .annotate(
            via=Subquery(referral.values("via")),
            campaign=Subquery(referral.values("code__campaign__name")),
            held_until=Subquery(referral.values("held_until")),
            paid_at=Subquery(referral.values("progress__paid_at")),
            counted=Subquery(_sum_of(earlier, "base_kopecks")),
            given=Subquery(_sum_of(earlier, "reward_kopecks")),
        )
        .order_by("-reward_kopecks", "-pk")
    )
    return [
        Earner(
            client_id=row.client_id,
            name=row.client.name,
            came_by=str(Attribution.Via(row.via).label),
            campaign=row.campaign,
            standing=standing(
                registered_at=row.client.registered_at,
                held_until=row.held_until,
                paid_at=row.paid_at,
                given_kopecks=row.given or 0,
                counted_kopecks=(row.counted or 0) + row.base_kopecks,
                terms=row.assignment.terms,
                now=now,
            ),
            base_kopecks=row.base_kopecks,
            reward_kopecks=row.reward_kopecks,
        )
        for row in rows[:CLIENTS_SHOWN]
    ]


def newcomers(partner: Partner, *, now: dt.datetime) -> list[Row]:
    """The clients that registered last. Three queries."""
    clients = ClientList(partner, now=now)
    latest = Referral.objects.filter(partner=partner).order_by("-registered_at", "-pk")
    return clients.rows(list(clients.shown(latest)[:CLIENTS_SHOWN]))


def sample_chart(month: dt.date, terms: Terms) -> Bars:
    """What rewards by month may look like a year on under these terms; seen where there are none.

    A percentage comes again every month, so the sums grow with the clients; a one-time reward comes with new ones.
    """
    each = reports.sample(terms).reward_kopecks
    clients = (1, 1, 2, 3, 2, 4, 3, 4, 4, 5) if terms.percent_bp is None else (1, 1, 2, 3, 3, 4, 4, 5, 6, 7)
    return month_bars([(month + relativedelta(months=ahead), n * each, False) for ahead, n in enumerate(clients)])


def _sum_of(rewards: QuerySet[Reward], field: str) -> QuerySet[Any]:
    return rewards.order_by().values("client").annotate(sum=Sum(field)).values("sum")


def _count(found: int) -> Count:
    return Count(min(found, _LIMIT), found > _LIMIT)
