"""The alarm clock of watching."""

from celery import shared_task
from django.utils import timezone

from partners import heartbeats
from skorozvon_partners import audit_runs, findings, staff_letters


# Like the other sweeps; but an audit of large books takes its time.
@shared_task(acks_late=False, time_limit=4 * 3600)
def sweep() -> None:
    """Find what is wrong, tell staff, and once a night audit the books."""
    try:
        findings.look(now=timezone.now())
        heartbeats.beat("sweep-watching", now=timezone.now())
    finally:  # trouble with one keeps nothing of the others
        try:
            staff_letters.send_due(now=timezone.now())
        finally:
            audit_runs.run_due(now=timezone.now())
