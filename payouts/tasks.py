"""Alarm clocks of payouts: each calls functions that find their own due work."""

from celery import shared_task
from django.utils import timezone

from partners import heartbeats
from payouts import comparison, contracts, sending


@shared_task(acks_late=False)  # like the other sweep
def sweep() -> None:
    """Offer contracts, send and ask about withdrawals, and once a night compare with the provider."""
    try:
        contracts.offer_due(now=timezone.now())
    finally:  # trouble with one keeps nothing of the others
        try:
            sending.run_due(now=timezone.now())
        finally:
            comparison.run_due(now=timezone.now())
    heartbeats.beat("sweep-payouts", now=timezone.now())
