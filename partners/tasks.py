"""Alarm clocks of letters."""

from celery import shared_task
from django.utils import timezone

from partners import notices


@shared_task
def send_due() -> None:
    """Send the letters that are due."""
    notices.send_due(now=timezone.now())
