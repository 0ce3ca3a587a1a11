"""What a partner would earn: the programme's own rules (R12, R13) over clients who all pay the same. Pure."""

from dataclasses import dataclass

from partners.models import Terms
from referrals.rules import percent_reward

YEAR = 12  # how far ahead to look where the reward has no end


@dataclass(frozen=True)
class Earnings:
    """In kopecks, of all clients together unless it says otherwise."""

    each_kopecks: int  # of one client: by percent every month, else once
    monthly_kopecks: int | None  # None: the reward comes once
    total_kopecks: int
    months: int  # by percent: for how long; once: after how many months of paying


def earnings(terms: Terms, *, clients: int, payment_kopecks: int) -> Earnings:
    """The reward for so many clients, each debited `payment_kopecks` above zero every month, all of it counted.

    Example: legal-2026, 5 clients, 12 500 ₽: 1 875 ₽ each, 9 375 ₽ a month, 225 000 ₽ in 24 months.
    """
    if terms.percent_bp is None:
        once = terms.one_time_kopecks or 0
        months = max(1, -(-terms.threshold_kopecks // payment_kopecks))
        return Earnings(once, None, once * clients, months)
    each = percent_reward(payment_kopecks, terms.percent_bp)
    months = terms.window_months or YEAR
    return Earnings(each, each * clients, each * clients * months, months)
