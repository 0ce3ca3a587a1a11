"""What closed months came to, all partners together, for staff. Reads the sums that the close has written."""

import datetime as dt
from collections.abc import Iterable
from typing import Any, NamedTuple

from django.db.models import Count, Q, Sum

from partners.models import Partner, Tariff, TermsAssignment
from referrals.models import MonthShard, PartnerMonth, Reward


class Totals(NamedTuple):
    partners: int = 0  # to whom anything was posted
    clients: int = 0
    base_kopecks: int = 0
    reward_kopecks: int = 0


class Shards(NamedTuple):
    """How far a month's close has come."""

    done: int
    all: int


_SUMS: dict[str, Any] = {
    "partners": Count("pk"),
    "clients": Sum("clients"),
    "base": Sum("base_kopecks"),
    "reward": Sum("reward_kopecks"),
}


def of(months: Iterable[dt.date]) -> dict[dt.date, Totals]:
    """By month, for these months. One query over an index."""
    rows: Any = PartnerMonth.objects.filter(month__in=list(months)).order_by().values("month").annotate(**_SUMS)
    return {row["month"]: Totals(row["partners"], row["clients"], row["base"], row["reward"]) for row in rows}


def by_tariff(month: dt.date) -> list[tuple[str, Totals]]:
    """A month by the tariffs under which its rewards were earned. Three queries.

    Whoever never changed tariff has had one; of the few others the rewards themselves are looked at.
    """
    changed = TermsAssignment.objects.filter(reason=TermsAssignment.Reason.TARIFF_CHANGE).values("partner")
    steady = PartnerMonth.objects.filter(month=month).exclude(partner__in=changed)
    found = {tariff: Totals() for tariff in Tariff.values}
    rows: Any = steady.order_by().values("partner__tariff").annotate(**_SUMS)
    for row in rows:
        found[row["partner__tariff"]] = Totals(row["partners"], row["clients"], row["base"], row["reward"])
    others: Any = Reward.objects.filter(partner__in=changed, month=month).order_by().values("assignment__terms__tariff")
    for row in others.annotate(
        partners=Count("partner", distinct=True),
        clients=Count("client", distinct=True),
        base=Sum("base_kopecks"),
        reward=Sum("reward_kopecks"),
    ):
        tariff = row["assignment__terms__tariff"]
        more = (row["partners"], row["clients"], row["base"], row["reward"])
        found[tariff] = Totals(*map(sum, zip(found[tariff], more, strict=True)))
    return [(str(Tariff(tariff).label), totals) for tariff, totals in found.items()]


def shards(months: Iterable[dt.date]) -> dict[dt.date, Shards]:
    """By month, how many of its shards are done. One query."""
    rows = MonthShard.objects.filter(month__in=list(months)).order_by().values("month")
    counted = rows.annotate(all=Count("pk"), done=Count("pk", filter=Q(done_at__isnull=False)))
    return {row["month"]: Shards(row["done"], row["all"]) for row in counted}


class DryRun(NamedTuple):
    """What a month's close would credit (R19), in sums and by whom most."""

    month: dt.date
    partners: int
    reward_kopecks: int
    taken_back_kopecks: int  # below zero, by refunds
    by_tariff: list[tuple[str, int, int]]  # tariff, partners, kopecks
    most: list[tuple[Partner, int]]


def dry_runs(credited: Iterable[tuple[dt.date, int, int]], *, most: int = 20) -> list[DryRun]:
    """The sums of what `close.preview` found, month by month. Two queries in all."""
    by_month: dict[dt.date, dict[int, int]] = {}
    for month, partner, kopecks in credited:
        if kopecks:
            by_month.setdefault(month, {})[partner] = kopecks
    tariffs = dict(Partner.objects.values_list("pk", "tariff")) if by_month else {}
    top = {month: sorted(sums.items(), key=lambda row: (-row[1], row[0]))[:most] for month, sums in by_month.items()}
    wanted = [partner for rows in top.values() for partner, _ in rows]
    people = Partner.objects.select_related("user").in_bulk(wanted)
    found = []
    for month, sums in sorted(by_month.items()):
        tariff_sums = {tariff: [0, 0] for tariff in Tariff.values}
        for partner, kopecks in sums.items():
            tariff_sums[tariffs[partner]][0] += 1
            tariff_sums[tariffs[partner]][1] += kopecks
        found.append(
            DryRun(
                month=month,
                partners=len(sums),
                reward_kopecks=sum(sums.values()),
                taken_back_kopecks=sum(kopecks for kopecks in sums.values() if kopecks < 0),
                by_tariff=[(str(Tariff(tariff).label), *numbers) for tariff, numbers in tariff_sums.items()],  # type: ignore[misc]
                most=[(people[partner], kopecks) for partner, kopecks in top[month]],
            )
        )
    return found
