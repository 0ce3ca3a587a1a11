"""Withdrawals as the desk shows them, wherever they stand in a list."""

from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from payouts import rules
from payouts.models import Withdrawal


def late() -> Q:
    """Withdrawals that staff has to hurry with (R21)."""
    return Q(state__in=Withdrawal.OPEN, due_on__lte=rules.late_through(rules.day_of(timezone.now())))


def shown(rows: QuerySet[Any]) -> QuerySet[Any]:
    """With all that a row is shown with: whose, where to, and whether it `is_late`."""
    return rows.select_related("partner__user", "card__worker", "requisites").annotate(is_late=late())
