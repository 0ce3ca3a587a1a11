"""Bursts of clicks: shown to staff, who look whether people or a script followed the link. They refuse nothing."""

import datetime as dt
from typing import Any, NamedTuple

from django.db.models import OuterRef, Subquery, Sum
from django.db.models.functions import Coalesce

from partners.months import MOSCOW
from referrals.models import BURST_CLICKS, BURST_TIMES, ClickDay, DayVisitor


class Burst(NamedTuple):
    """A code's day that staff should look at, and why."""

    of: ClickDay  # with `code` and its partner loaded
    people: int  # clicks that no bot made
    usual: int | None  # such clicks on an average day of the four weeks before; None: the code is new
    reasons: list[ClickDay.Reason]


def found(*, since: dt.date) -> list[Burst]:
    """All bursts from that day on, the latest first. One query."""
    days = ClickDay.objects.suspicious().filter(day__gte=since).select_related("code__partner", "code__campaign")
    return [_burst(day) for day in days.order_by("-day", "-clicks", "pk")]


def measure(*, now: dt.datetime) -> None:
    """Note how many clicks of a day came from one network, while that is still known. Repeatable, set-based."""
    yesterday = now.astimezone(MOSCOW).date() - dt.timedelta(days=1)
    networks = DayVisitor.objects.filter(code=OuterRef("code"), day=OuterRef("day")).order_by().values("network")
    most = networks.annotate(sum=Sum("clicks")).order_by("-sum").values("sum")[:1]
    many = ClickDay.objects.filter(day__gte=yesterday, clicks__gte=BURST_CLICKS)
    many.update(most_from_one=Coalesce(Subquery(most), 0))


def _burst(day: Any) -> Burst:
    people, usual = day.clicks - day.bots, day.usual
    reasons = []
    if usual is not None and people > usual * BURST_TIMES:
        reasons.append(ClickDay.Reason.FAR_ABOVE_USUAL)
    if day.most_from_one * 2 > people:
        reasons.append(ClickDay.Reason.ONE_NETWORK)
    return Burst(day, people, None if usual is None else round(usual), reasons)
