"""Alarm clocks: each calls one function that can be repeated. What is due stands in the database, not in a message."""

from celery import current_app, shared_task
from django.contrib.sessions.models import Session
from django.utils import timezone

from partners import heartbeats, sign_on
from partners.tasks import send_due
from referrals import announcements, bursts, clicks, close


def _call_helpers(workers: int) -> None:
    for _ in range(min(workers, 16)):
        close_due_months.delay()


@shared_task
def close_due_months() -> None:
    """Close what is due, with as many workers as there are; without a broker in this process alone."""
    close.run_due(now=timezone.now(), call_helpers=None if current_app.conf.task_always_eager else _call_helpers)


# Acknowledged when it comes: it rings again anyway, and a worker that loses Redis with a message in hand doesn't get
# over it (kombu).
@shared_task(acks_late=False)
def sweep() -> None:
    """Find all work that is due and unfinished, whatever was lost on the way."""
    try:
        close_due_months()
        announcements.write_due(now=timezone.now())
        sign_on.forget_old(now=timezone.now())
        bursts.measure(now=timezone.now())
        clicks.forget_old(now=timezone.now())
        Session.objects.filter(expire_date__lt=timezone.now()).delete()  # forms typed without signing in are in there
        heartbeats.beat("sweep", now=timezone.now())
    finally:  # trouble in the books keeps no letter
        send_due()


@shared_task(acks_late=False, expires=60)  # like the sweep: others are on their way
def flush_clicks() -> None:
    """Empty the basket of clicks into the database."""
    clicks.flush(now=timezone.now())
