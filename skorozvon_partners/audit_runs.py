"""The audit of every night: run once, kept with what it found."""

import datetime as dt
from itertools import islice

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from partners.months import MOSCOW
from payouts import rules
from skorozvon_partners import audit
from skorozvon_partners.models import AuditRun

# One that hasn't ended for so long died with its process: the next may begin anew.
_GIVEN_UP_AFTER = dt.timedelta(hours=4)
_KEPT = 1_000  # breaches


def run_due(*, now: dt.datetime) -> None:
    """Audit the books once a night, from AUDIT_HOUR on. Repeatable; of several at once one does it."""
    if now.astimezone(MOSCOW).hour < settings.AUDIT_HOUR:
        return
    if (run := _claim(now)) is not None:
        breaches = _found(now)
        run.number, run.breaches, run.finished_at = len(breaches), breaches[:_KEPT], timezone.now()
        run.save(update_fields=["number", "breaches", "finished_at"])


def _claim(now: dt.datetime) -> AuditRun | None:
    """This night's audit, which is nobody else's from here on; None where it is, or was run."""
    night = rules.day_of(now)
    found = AuditRun.objects.filter(night=night).first()
    if found is None:
        try:
            with transaction.atomic():
                return AuditRun.objects.create(night=night, started_at=now)
        except IntegrityError:
            return None
    given_up = AuditRun.objects.filter(pk=found.pk, finished_at=None, started_at__lte=now - _GIVEN_UP_AFTER)
    return found if given_up.update(started_at=now) else None


def _found(now: dt.datetime) -> list[str]:
    """Breaches that stand at a second look too: events that come between two queries of one look are none."""
    first = _look(now)
    if not first:
        return []
    second = set(_look(now))
    return [breach for breach in first if breach in second]


def _look(now: dt.datetime) -> list[str]:
    return [f"{breach.invariant}: {breach.what}" for breach in islice(audit.run(now=now), 100 * _KEPT)]
