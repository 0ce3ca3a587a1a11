"""The months of a partner as its page lists them: a year at a time, those in which nothing happened folded together.

Pure: what `reports.months_of` has read goes in.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from partners.templatetags.words import month_name, plural
from referrals.reports import MonthSum

_FEWEST = 3  # months: two take no more room than the line that would stand for them


@dataclass(frozen=True)
class Quiet:
    """Months one after the other, the newest first, without a charge that counted."""

    months: Sequence[MonthSum]

    @property
    def words(self) -> str:
        """'Ещё 6 месяцев без начислений'"""
        return f"Ещё {len(self.months)}\u00a0{plural(len(self.months), 'месяц,месяца,месяцев')} без начислений"

    @property
    def span(self) -> str:
        """'июнь 2024 — ноябрь 2024'"""
        return f"{month_name(self.months[-1].month)}\u00a0— {month_name(self.months[0].month)}"

    @property
    def years(self) -> list[int]:
        return list(dict.fromkeys(each.month.year for each in self.months))


def is_quiet(each: MonthSum) -> bool:
    """Whether a month that can't change any more came to nothing. An open one isn't quiet: it may still bring."""
    return each.is_final and not each.clients and not each.reward_kopecks


def fold(sums: Sequence[MonthSum]) -> list[MonthSum | Quiet]:
    """The same months in the same order, three and more quiet ones in a row as one."""
    folded: list[MonthSum | Quiet] = []
    for quiet, in_a_row in groupby(sums, key=is_quiet):
        found = list(in_a_row)
        folded += [Quiet(found)] if quiet and len(found) >= _FEWEST else found
    return folded


def eventful_years(sums: Sequence[MonthSum]) -> list[int]:
    """The years in which anything happened, and the one that goes on; the newest first."""
    return list(dict.fromkeys(each.month.year for each in sums if each is sums[0] or not is_quiet(each)))
