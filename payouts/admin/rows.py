"""Withdrawals as the desk shows them, wherever they stand in a list."""

import datetime as dt
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from payouts import rules
from payouts.models import Withdrawal


def late_until(today: dt.date) -> dt.date:
    """The latest due date that is late today."""
    due_on = today
    while rules.is_late(due_on + dt.timedelta(days=1), today):
        due_on += dt.timedelta(days=1)
    return due_on


def late() -> Q:
    """Withdrawals that staff has to hurry with (R21)."""
    return Q(state__in=Withdrawal.OPEN, due_on__lte=late_until(rules.day_of(timezone.now())))


def shown(rows: QuerySet[Any]) -> QuerySet[Any]:
    """With all that a row is shown with: whose, where to, and whether it `is_late`."""
    return rows.select_related("partner__user", "card__worker", "requisites").annotate(is_late=late())
