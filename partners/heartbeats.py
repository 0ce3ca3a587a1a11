"""Signs of life: each sweep says that it came to its end, and whoever watches reads how long ago that was."""

import datetime as dt

from partners.models import Heartbeat

# What is to beat: a name that never has is a sweep that never ended.
SWEEPS = ("sweep", "sweep-payouts", "sweep-watching")


def beat(name: str, *, now: dt.datetime) -> None:
    """The sweep of that name has ended, without trouble. Repeatable; two at once leave one of the two moments."""
    Heartbeat.objects.bulk_create(
        [Heartbeat(name=name, beat_at=now)], update_conflicts=True, unique_fields=["name"], update_fields=["beat_at"]
    )


def latest() -> dict[str, dt.datetime | None]:
    """By sweep, when it ended the last time. One query."""
    beats = dict(Heartbeat.objects.values_list("name", "beat_at"))
    return {name: beats.get(name) for name in SWEEPS}


def hold(name: str, *, now: dt.datetime) -> None:
    """Wait for others of this sweep and keep them waiting until the transaction ends."""
    Heartbeat.objects.bulk_create([Heartbeat(name=name, beat_at=now)], ignore_conflicts=True)
    Heartbeat.objects.select_for_update().get(pk=name)
