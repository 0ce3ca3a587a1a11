"""What publishing a version of terms would do, before anybody does it (R5): as things stand now, set-wise, no write."""

import datetime as dt
from typing import NamedTuple

from django.db.models import Exists, OuterRef, Sum

from partners import terms_table
from partners.models import Terms
from referrals import new_terms
from referrals.models import Month, PartnerMonth, Progress


class Preview(NamedTuple):
    was: Terms  # the tariff's newest version by then
    changes: list[str]
    moving: int  # partners without a client that has paid: they move when the date comes
    offered: int  # those with one: they keep their terms and are offered the choice
    month: dt.date | None  # the last closed one, by which the effect is told
    reward_kopecks: int  # what it came to
    would_kopecks: int | None  # what it would have come to under this version, had all moved; None: can't be told

    @property
    def difference_kopecks(self) -> int | None:
        return None if self.would_kopecks is None else self.would_kopecks - self.reward_kopecks


def of(terms: Terms) -> Preview:
    """The effect of a version that nobody has saved. Five queries."""
    assert terms.starts_on is not None
    was = Terms.objects.started(terms.tariff, terms.starts_on)[0]
    candidates = new_terms.candidates(terms)
    paid = Exists(Progress.objects.filter(partner=OuterRef("pk"), paid_at__isnull=False))
    offered = candidates.filter(paid).count()
    month = Month.objects.exclude(closed_at=None).order_by("-starts_on").values_list("starts_on", flat=True).first()
    credited = PartnerMonth.objects.filter(month__in=filter(None, [month]), partner__tariff=terms.tariff)
    sums = credited.aggregate(base=Sum("base_kopecks"), reward=Sum("reward_kopecks"))
    base, reward = sums["base"] or 0, sums["reward"] or 0
    return Preview(
        was=was,
        changes=terms_table.changes(was, terms),
        moving=candidates.exclude(paid).count(),
        offered=offered,
        month=month,
        reward_kopecks=reward,
        would_kopecks=_would(was, terms, base, reward),
    )


def _would(was: Terms, becomes: Terms, base_kopecks: int, reward_kopecks: int) -> int | None:
    """By percent of what was counted, or by as many one-time rewards; what else differs can't be told from sums."""
    if becomes.percent_bp is not None:
        return base_kopecks * becomes.percent_bp // 10_000
    if was.one_time_kopecks and becomes.one_time_kopecks:
        return reward_kopecks * becomes.one_time_kopecks // was.one_time_kopecks
    return None
