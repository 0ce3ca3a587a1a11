"""What only pages of the staff's desk need."""

import datetime as dt

from django import template
from django.utils import timezone

from partners.waiting import PATIENCE

register = template.Library()


@register.filter
def waits_long(since: dt.datetime) -> bool:
    """Whether something has waited for somebody of staff longer than it should."""
    return since < timezone.now() - PATIENCE
