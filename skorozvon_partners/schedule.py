"""When beat rings for what, and how messages travel. What guarantees the work is the sweeps, not the calendar."""

from typing import Any

from celery.schedules import crontab

BROKER: dict[str, Any] = {
    "visibility_timeout": 3600,
    # A visitor doesn't wait for a broker that hangs or is gone: the sweep does without its message.
    "socket_timeout": 5,
    "socket_connect_timeout": 5,
    "max_retries": 1,
    "interval_start": 0,
}
# A queue of its own, with a worker that does nothing else: a close of a month must not keep clicks waiting.
ROUTES = {"referrals.tasks.flush_clicks": {"queue": "clicks"}}


def beat(*, sweep_seconds: int, close_due_hour: int, flush_seconds: int | None) -> dict[str, Any]:
    """Celery's schedule; `flush_seconds` is None where clicks don't wait in Redis."""
    found: dict[str, Any] = {
        # Only starts the close promptly; what guarantees it is the sweep.
        "close-on-the-first": {
            "task": "referrals.tasks.close_due_months",
            "schedule": crontab(minute=0, hour=close_due_hour, day_of_month=1),
        },
        "sweep": _every(sweep_seconds, "referrals.tasks.sweep"),
        "sweep-payouts": _every(sweep_seconds, "payouts.tasks.sweep"),
        "sweep-watching": _every(5 * sweep_seconds, "skorozvon_partners.tasks.sweep"),  # people are told soon enough
    }
    if flush_seconds is not None:
        found["flush-clicks"] = _every(flush_seconds, "referrals.tasks.flush_clicks")
    return found


def _every(seconds: int, task: str) -> dict[str, Any]:
    # One that nobody took for a while is out of date: others are on their way.
    return {"task": task, "schedule": seconds, "options": {"expires": 60}}
