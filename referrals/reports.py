"""A partner's months as it reads them: what each came to, in which state it is, and by which clients it came about."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from dateutil.relativedelta import relativedelta
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery, Sum, TextChoices
from django.db.models.functions import Coalesce

from partners import months
from partners.downloads import Column
from partners.models import Partner, Terms, TermsAssignment
from partners.money import in_text
from partners.rules import timeline
from partners.templatetags.terms import called, how_earned
from referrals.models import Charge, Forecast, ForecastReward, Month, Outcome, PartnerMonth, Reward
from referrals.rules import percent_reward

ORDER = ("-reward_kopecks", "-pk")  # of a month's clients
_CHUNK = 2_000
_ON_PAPER = 2_000  # clients: three seconds and fifty pages
_LOOKED_AT = 2_000  # rows, or clients: to say what all of them have in common

MONTHS_COLUMNS = [
    Column("Месяц", "month"),
    Column("Состояние", "text"),
    Column("Закрыт", "moment"),
    Column("Клиентов", "number"),
    Column("Списано и учтено", "money"),
    Column("Вознаграждение", "money"),
]
COLUMNS = [
    Column("Клиент", "text"),
    Column("Как посчитано", "text"),
    Column("Условия", "text"),
    Column("Списано и учтено", "money"),
    Column("Вознаграждение", "money"),
]


class State(TextChoices):
    OPEN = "open", "открыт"
    CLOSING = "closing", "закрывается"
    CLOSED = "closed", "закрыт"


@dataclass(frozen=True)
class MonthSum:
    """What a month comes to for one partner. `is_final`: credited; else as the forecast has it."""

    month: dt.date
    state: State
    closed_at: dt.datetime | None = None
    clients: int = 0
    base_kopecks: int = 0
    reward_kopecks: int = 0
    is_final: bool = True
    made_at: dt.datetime | None = None  # of the forecast
    is_counted: bool = True  # False: an earlier month has to be closed first, rewards may depend on it


@dataclass
class Row:
    """What one client brought in a month, and what it takes to say how."""

    client_id: int
    name: str
    assignment: TermsAssignment
    base_kopecks: int
    reward_kopecks: int
    base_so_far: int  # of this and all earlier months under the same assignment
    has_late: bool  # charges of earlier months were posted to this one (R11)


def latest(partner: Partner, *, foretold: Forecast, count: int = 12) -> list[tuple[dt.date, int, bool]]:
    """(month, kopecks, is it open) of the latest months up to the one credited next, oldest first. One query.

    Not from before the partner's registration.
    """
    first = max(_first(partner), foretold.month - relativedelta(months=count - 1))
    credited = PartnerMonth.objects.filter(partner=partner, month__gte=first, month__lt=foretold.month)
    sums = dict(credited.values_list("month", "reward_kopecks"))
    past = [(month, sums.get(month, 0), False) for month in _each(first, foretold.month) if month < foretold.month]
    return [*past, (foretold.month, foretold.reward_kopecks, True)]


def months_of(partner: Partner, *, foretold: Forecast, now: dt.datetime) -> list[MonthSum]:
    """All months of a partner from its registration to the current one, newest first, those without charges too.

    Two queries.
    """
    first = _first(partner)
    closes = Month.objects.filter(starts_on__gte=first).in_bulk()
    credited = {row.month: row for row in PartnerMonth.objects.filter(partner=partner)}
    found = []
    for month in _each(first, months.month_of(now)):
        close = closes.get(month)
        row = foretold if month == foretold.month else credited.get(month)
        if close is not None:
            state = State.CLOSED if close.closed_at else State.CLOSING
        else:
            # What lies before the first closed month counts as closed (R11).
            state = State.OPEN if month >= foretold.month else State.CLOSED
        found.append(
            MonthSum(
                month=month,
                state=state,
                closed_at=close.closed_at if close else None,
                clients=row.clients if row else 0,
                base_kopecks=row.base_kopecks if row else 0,
                reward_kopecks=row.reward_kopecks if row else 0,
                is_final=month < foretold.month,
                made_at=foretold.made_at if month == foretold.month else None,
                is_counted=month <= foretold.month,
            )
        )
    return found[::-1]


def months_table(sums: Sequence[MonthSum]) -> Iterator[list[Any]]:
    """Under `MONTHS_COLUMNS`; what isn't counted yet stays empty."""
    for each in sums:
        money = [each.clients, each.base_kopecks, each.reward_kopecks] if each.is_counted else [None] * 3
        yield [each.month, _state_in_table(each), each.closed_at, *money]


class MonthReport:
    """By which clients a month of a partner came about: as they were credited, or as the forecast has them."""

    def __init__(self, partner: Partner, sums: MonthSum) -> None:
        self.partner = partner
        self.sums = sums
        assignments = TermsAssignment.objects.filter(partner=partner).select_related("terms").order_by("pk")
        self.assignments = {assignment.pk: assignment for assignment in assignments}

    def found(self) -> QuerySet[Any]:
        """The rows, in no order yet; `rows` reads them."""
        if not self.sums.is_counted:
            return Reward.objects.none()
        if self.sums.is_final:
            return Reward.objects.filter(partner=self.partner, month=self.sums.month).select_related("client")
        return ForecastReward.objects.filter(partner=self.partner).select_related("client")

    def rows(self, found: Sequence[Any]) -> list[Row]:
        """These rows with all that explains them. Two queries at most."""
        earlier, late = self._earlier(found), self._late(found)
        return [
            Row(
                client_id=row.client_id,
                name=row.client.name,
                assignment=self.assignments[row.assignment_id],
                base_kopecks=row.base_kopecks,
                reward_kopecks=row.reward_kopecks,
                base_so_far=row.base_kopecks + earlier.get((row.client_id, row.assignment_id), 0),
                has_late=row.client_id in late,
            )
            for row in found
        ]

    def all_rows(self) -> Iterator[Row]:
        """Every row in the order of the page, in flat memory."""
        rest = self.found().order_by(*ORDER).iterator(chunk_size=_CHUNK)
        while chunk := list(islice(rest, _CHUNK)):
            yield from self.rows(chunk)

    def table(self) -> Iterator[list[Any]]:
        """Every row under `COLUMNS`."""
        for row in self.all_rows():
            yield [row.name, how_earned(row), called(row.assignment.terms), row.base_kopecks, row.reward_kopecks]

    def terms(self, shown: Sequence[Row]) -> list[Terms]:
        """Those of the month's rows, the newest last; for a month without any, those in force at its end.

        `shown` are the rows of a page. Of all the others no more than 2 000 are looked at, in one query, and in none
        where the partner has had one assignment by then.
        """
        ended_at = months.start_of(months.following(self.sums.month))
        begun = timeline([each for each in self.assignments.values() if each.starts_at < ended_at])
        if not shown:
            return [begun[-1].terms]
        by = {row.assignment.pk for row in shown}
        if len(begun) > 1:
            by.update(self.found().order_by(*ORDER).values_list("assignment", flat=True)[:_LOOKED_AT])
        return list(dict.fromkeys(assignment.terms for assignment in begun if assignment.pk in by))

    def fits_on_paper(self) -> bool:
        """Whether it has a report to print: a credited month of percentages alone, and not of endless length.

        Today's tariff doesn't matter: what was credited before a change of it was credited. One query at most.
        """
        if not self.sums.is_final or not 0 < self.sums.clients <= _ON_PAPER:
            return False
        once = self._one_time()
        return not (once and self.found().filter(assignment__in=once).exists())

    def _one_time(self) -> list[int]:
        return [pk for pk, assignment in self.assignments.items() if assignment.terms.one_time_kopecks is not None]

    def _earlier(self, found: Sequence[Any]) -> dict[tuple[int, int], int]:
        """By client and assignment, what the months before came to: what a one-time reward depends on (R13)."""
        once = self._one_time()
        clients = [row.client_id for row in found if row.assignment_id in once]
        if not clients:
            return {}
        rewards = Reward.objects.filter(
            partner=self.partner, month__lt=self.sums.month, client_id__any_of=clients, assignment__in=once
        )
        sums = rewards.order_by().values("client", "assignment").annotate(sum=Sum("base_kopecks"))
        return {(client, by): kopecks for client, by, kopecks in sums.values_list("client", "assignment", "sum")}

    def _late(self, found: Sequence[Any]) -> set[int]:
        """The clients of whom charges of earlier months were posted to this one."""
        charges = Charge.objects.filter(
            client_id__any_of=[row.client_id for row in found],
            partner=self.partner,
            outcome=Outcome.COUNTED,
            month=self.sums.month,
            charged_at__lt=months.start_of(self.sums.month),
        )
        return set(charges.order_by().values_list("client", flat=True))


def brings_nothing(coming: Forecast | MonthSum) -> bool:
    """Whether clients have counted charges and yet nothing is to come of them. Not asked of more clients than 2 000."""
    return not coming.reward_kopecks and 0 < coming.clients <= _LOOKED_AT


def of_nothing() -> dict[str, Any]:
    """For a query over partners: what `why_nothing` has to know of a forecast that brings nothing."""
    earlier = Reward.objects.filter(
        partner=OuterRef("partner"), client=OuterRef("client"), assignment=OuterRef("assignment")
    )
    so_far = earlier.order_by().values("client").annotate(sum=Sum("base_kopecks")).values("sum")
    threshold = "assignment__terms__threshold_kopecks"
    rows = ForecastReward.objects.filter(partner=OuterRef("pk")).annotate(
        total=F("base_kopecks") + Coalesce(Subquery(so_far), 0)
    )
    return {
        "has_others": Exists(rows.filter(~Q(reward_kopecks=0) | Q(assignment__terms__one_time_kopecks=None))),
        "has_reached": Exists(rows.filter(total__gte=F(threshold))),
        "threshold_ahead": Subquery(rows.filter(total__lt=F(threshold)).values(threshold)[:1]),
    }


def why_nothing(clients: int, known: Mapping[str, Any]) -> str:
    """Why so many clients with counted charges bring nothing (R13), in a sentence without its full stop.

    Empty where the sums of the clients speak for themselves: percentages, and rewards that a refund outweighs.
    """
    if known["has_others"]:
        return ""
    if known["threshold_ahead"] is None:
        return f"За {'этого клиента' if clients == 1 else 'этих клиентов'} вознаграждение уже начислено"
    ahead = in_text(known["threshold_ahead"])
    if known["has_reached"]:
        return f"За одних вознаграждение уже начислено, у других ещё не набралось {ahead}"
    return f"{'У него' if clients == 1 else 'Ни у кого из них'} ещё не набралось {ahead}"


def sample(terms: Terms) -> Row:
    """A client as it will look in a month of a partner under these terms; seen where there is none."""
    base_kopecks = 12_500_00
    return Row(
        client_id=0,
        name="ООО «Красные цветы»",
        assignment=TermsAssignment(terms=terms),
        base_kopecks=base_kopecks,
        reward_kopecks=terms.one_time_kopecks or percent_reward(base_kopecks, terms.percent_bp or 0),
        base_so_far=base_kopecks,
        has_late=False,
    )


def _first(partner: Partner) -> dt.date:
    return months.month_of(partner.registered_at)


def _each(first: dt.date, last: dt.date) -> Iterator[dt.date]:
    while first <= last:
        yield first
        first = months.following(first)


def _state_in_table(sums: MonthSum) -> str:
    return sums.state.label if sums.is_final else f"{sums.state.label}, по прогнозу"
