"""From a click to a payment: how many came by each code, and what they brought."""

import datetime as dt
from collections.abc import Iterable
from functools import reduce
from typing import NamedTuple

from django.db.models import Count, DateField, Sum
from django.db.models.functions import TruncMonth

from partners.models import Code, Partner
from partners.months import MOSCOW
from referrals.models import ClickDay, Referral

_CLICKS = (Sum("clicks"), Sum("unique"), Sum("bots"))
_CAME = (Count("pk"), Count("progress__paid_at"), Sum("progress__reward_kopecks"))


class Figures(NamedTuple):
    """Of one code, or of several together. Clients that have passed to another partner are still those who came."""

    clicks: int = 0  # all
    unique: int = 0  # of them: visitors, each once a day
    bots: int = 0  # of them: of machines
    registered: int = 0
    paid: int = 0
    reward_kopecks: int = 0  # credited, closed months only

    @property
    def conversion_bp(self) -> int | None:
        """Which part of the unique clicks became paying clients, in basis points: 3 of 240 → 125.

        None without such clicks, and where more paid than clicked: they came by the promo code.
        """
        if not self.unique or self.paid > self.unique:
            return None
        return (self.paid * 10_000 + self.unique // 2) // self.unique

    def plus(self, other: "Figures") -> "Figures":
        return Figures(*(one + another for one, another in zip(self, other, strict=True)))


def total(figures: Iterable[Figures]) -> Figures:
    """All of them together."""
    return reduce(Figures.plus, figures, Figures())


def by_code(partner: Partner) -> dict[int, Figures]:
    """By the id of a code of the partner's, for each that has been followed or attached somebody. Two queries."""
    clicks = ClickDay.objects.filter(code__partner=partner).order_by().values_list("code").annotate(*_CLICKS)
    found = {code: Figures(*kinds) for code, *kinds in clicks}
    came = Referral.objects.filter(partner=partner, code__isnull=False).order_by().values_list("code")
    for code, *came_by in came.annotate(*_CAME):
        found[code] = found.get(code, Figures()).plus(Figures(0, 0, 0, *came_by))
    return found


def by_month(code: Code) -> dict[dt.date, Figures]:
    """By the month of the click and of the client's registration, for months in which there was any. Two queries.

    What a client pays later counts for the month in which it came.
    """
    clicks = ClickDay.objects.filter(code=code).order_by().annotate(month=TruncMonth("day")).values_list("month")
    found = {month: Figures(*kinds) for month, *kinds in clicks.annotate(*_CLICKS)}
    came = Referral.objects.filter(partner=code.partner_id, code=code).order_by()
    in_moscow = TruncMonth("registered_at", output_field=DateField(), tzinfo=MOSCOW)
    for month, *came_in in came.annotate(month=in_moscow).values_list("month").annotate(*_CAME):
        found[month] = found.get(month, Figures()).plus(Figures(0, 0, 0, *came_in))
    return found
