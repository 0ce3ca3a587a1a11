"""Whether the portal as a whole does its work: the database answers and is migrated, the broker rings, sweeps end.

A silent feed is a warning only: the portal waits for the service, and can do nothing about it.
"""

import datetime as dt
from functools import cache
from typing import Any, Literal, NamedTuple

import redis
from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from partners import heartbeats
from referrals.models import FeedBatch

State = Literal["ok", "warning", "failed"]
_BROKER_SECONDS = 2


class Check(NamedTuple):
    """What was looked at, how it is, and figures that betray nothing to whoever asks."""

    name: str
    state: State
    figures: dict[str, Any] = {}


def look(*, now: dt.datetime) -> list[Check]:
    """Every check. Without a database the checks that need one aren't made: it alone is what failed. Five queries."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        checks = [Check("database", "ok"), _migrations()]
        if checks[-1].state == "ok":
            checks += [_sweeps(now), _feed(now)]
    except (DatabaseError, InterfaceError):
        checks = [Check("database", "failed")]
    return [*checks, _broker()] if settings.REDIS_URL else checks


def is_ready(checks: list[Check]) -> bool:
    return all(check.state != "failed" for check in checks)


def _migrations() -> Check:
    applied = set(MigrationRecorder(connection).applied_migrations())
    unapplied = len(_written() - applied)
    return Check("migrations", "failed" if unapplied else "ok", {"unapplied": unapplied})


@cache
def _written() -> set[tuple[str, str]]:
    """The migrations of this version of the portal; its files don't change while it runs."""
    return set(MigrationLoader(None).disk_migrations)


def _sweeps(now: dt.datetime) -> Check:
    """The sweep that hasn't ended for the longest: without sweeps no month closes and nothing is paid."""
    beats = heartbeats.latest()
    name = min(beats, key=lambda name: beats[name] or dt.datetime.min.replace(tzinfo=dt.UTC))
    age = _seconds(now, at) if (at := beats[name]) else None
    is_late = age is None or age > 60 * settings.SWEEP_LATE_MINUTES
    return Check("sweep", "failed" if is_late else "ok", {"name": name, "age_seconds": age})


def _feed(now: dt.datetime) -> Check:
    latest = FeedBatch.objects.order_by("-received_at").values_list("received_at", flat=True).first()
    age = _seconds(now, latest) if latest else None
    is_silent = bool(settings.FEED_SILENT_HOURS) and (age is None or age > 3600 * settings.FEED_SILENT_HOURS)
    return Check("feed", "warning" if is_silent else "ok", {"age_seconds": age})


def _broker() -> Check:
    try:
        with redis.Redis.from_url(
            settings.REDIS_URL, socket_timeout=_BROKER_SECONDS, socket_connect_timeout=_BROKER_SECONDS
        ) as broker:
            broker.ping()
    except (redis.RedisError, OSError):
        return Check("broker", "failed")
    return Check("broker", "ok")


def _seconds(now: dt.datetime, at: dt.datetime) -> int:
    return max(0, round((now - at).total_seconds()))
