"""When a month is closed (R18): beat, alone or with a worker, as real processes that believe it is another time.

Each test plays in three time zones at once; what counts is Moscow's.
"""

import datetime as dt
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.compose import compose_command
from tests.databases import OwnDatabase
from tests.processes import clock, feed
from tests.processes.copies import copy_of
from tests.processes.running import Process, running, wait_for

pytestmark = [
    pytest.mark.processes,
    pytest.mark.parametrize(
        "services", [["beat"], pytest.param(["worker", "beat"], marks=pytest.mark.postgres)], ids=" and ".join
    ),
]

ZONES = ["America/New_York", "Asia/Vladivostok", "UTC"]
MOSCOW = ZoneInfo("Europe/Moscow")
FAR_AWAY = 3600


@dataclass
class Portal:
    """One of the portals, and what its processes wrote."""

    database: OwnDatabase
    logs: Path
    last: str  # the service that runs the tasks

    def log(self, service: str) -> str:
        return (self.logs / f"{service}.log").read_text()

    def months(self) -> list[tuple[str, bool]]:
        found = self.database.query("SELECT starts_on, closed_at IS NOT NULL FROM referrals_month")
        return [(str(month), bool(closed)) for month, closed in found]

    def accruals(self) -> list[tuple[str, int]]:
        return sorted(self.database.query("SELECT key, amount_kopecks FROM partners_ledgerline"))

    def frozen_at(self) -> dt.datetime:
        [(moment,)] = self.database.query("SELECT frozen_at FROM referrals_month")
        read = dt.datetime.fromisoformat(str(moment))
        return (read if read.tzinfo else read.replace(tzinfo=dt.UTC)).astimezone(MOSCOW)

    def swept_at(self) -> dt.datetime:
        """When the last sweep ended, as the process itself wrote it."""
        ended = re.findall(
            r"Task referrals\.tasks\.sweep\S+ succeeded.* \"timestamp\": \"([\dT:-]+)\.\d+Z\"", self.log(self.last)
        )
        return dt.datetime.fromisoformat(ended[-1]).replace(tzinfo=dt.UTC) if ended else moscow("2000-01-01")

    def is_closed(self) -> bool:
        return ("2025-10-01", True) in self.months()

    def is_closed_once(self) -> bool:
        return self.months() == [("2025-10-01", True)] and self.accruals() == [
            ("accrual:2025-10:1", 15_000),
            ("accrual:2025-10:2", 300_000),
        ]

    def wait_until_closed(self, processes: list[Process]) -> None:
        wait_for(self.is_closed, *processes, logs=self.logs)

    def wait_until_swept(self, processes: list[Process], after: dt.datetime) -> None:
        wait_for(lambda: self.swept_at() > after, *processes, logs=self.logs)


@pytest.fixture
def october(own_database: OwnDatabase, tmp_path: Path) -> OwnDatabase:
    """Two partners who have earned in October, and nothing closed yet."""
    own_database.manage("import_partners", feed.write(tmp_path / "partners.jsonl", feed.PARTNERS))
    lines = [feed.registered("a", "10-01", ref="62b0"), feed.registered("b", "10-01", ref="3456")]
    lines += [feed.charged("a1", "a", "1000.00", "10-31T23:59"), feed.charged("b1", "b", "5000.00", "10-02")]
    own_database.manage("import_events", feed.write(tmp_path / "events.jsonl", lines))
    return own_database


@contextmanager
def playing(
    original: OwnDatabase, services: list[str], request: pytest.FixtureRequest, *, at: str, sweep_seconds: int
) -> Iterator[tuple[list[Portal], list[Process]]]:
    """Portals in all time zones for which it is `at` (Moscow) when the block begins."""
    folder = request.getfixturevalue("tmp_path")
    portals, processes = [], []
    with ExitStack() as stack:
        for number, zone in enumerate(ZONES):
            database = stack.enter_context(copy_of(original, folder, f"zone{number}"))
            env = database.env | {"TZ": zone, "SWEEP_SECONDS": str(sweep_seconds)}
            if "worker" in services:
                env["REDIS_URL"] = request.getfixturevalue("own_redis").url.removesuffix("0") + str(number)
            (logs := folder / str(number)).mkdir()
            portals.append(Portal(database, logs, services[0]))
            for service in services:
                command = clock.command(compose_command(service))
                processes.append(stack.enter_context(running(command, env, logs / f"{service}.log", fed=True)))
        logs = [portal.logs / f"{service}.log" for portal in portals for service in services]
        wait_for(lambda: all("ready" in log.read_text() for log in logs), *processes, logs=folder)
        clock.begin(f"{at}+03:00", processes)
        yield portals, processes


def moscow(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=MOSCOW)


def test_nothing_is_closed_at_midnight(
    october: OwnDatabase, services: list[str], request: pytest.FixtureRequest
) -> None:
    with playing(october, services, request, at="2025-10-31T23:59:56", sweep_seconds=1) as (portals, processes):
        for portal in portals:
            portal.wait_until_swept(processes, after=moscow("2025-11-01T00:00:02"))
        assert [portal.months() for portal in portals] == [[], [], []]
        assert [portal.accruals() for portal in portals] == [[], [], []]
        assert all(portal.swept_at() < moscow("2025-11-01T00:10") for portal in portals)


def test_calendar_entry_closes_the_month_at_six_without_any_sweep(
    october: OwnDatabase, services: list[str], request: pytest.FixtureRequest
) -> None:
    at = "2025-11-01T05:59:55"
    with playing(october, services, request, at=at, sweep_seconds=FAR_AWAY) as (portals, processes):
        for portal in portals:
            portal.wait_until_closed(processes)
            assert portal.is_closed_once()
            assert moscow("2025-11-01T06:00") <= portal.frozen_at() < moscow("2025-11-01T06:10")
            assert portal.log("beat").count("Sending due task close-on-the-first") == 1
            assert "Sending due task sweep" not in portal.log("beat")


def test_calendar_entry_and_sweeps_around_six_close_the_month_once(
    october: OwnDatabase, services: list[str], request: pytest.FixtureRequest
) -> None:
    with playing(october, services, request, at="2025-11-01T05:59:57", sweep_seconds=1) as (portals, processes):
        for portal in portals:
            portal.wait_until_closed(processes)
            portal.wait_until_swept(processes, after=moscow("2025-11-01T06:00:01"))
            assert portal.is_closed_once()
            assert moscow("2025-11-01T06:00") <= portal.frozen_at() < moscow("2025-11-01T06:10")


@pytest.mark.parametrize("at", ["2025-11-01T06:00:01", "2025-11-03T12:00:00"])
def test_sweep_closes_once_a_month_whose_calendar_entry_was_missed(
    october: OwnDatabase, services: list[str], request: pytest.FixtureRequest, at: str
) -> None:
    with playing(october, services, request, at=at, sweep_seconds=1) as (portals, processes):
        for portal in portals:
            portal.wait_until_closed(processes)
            portal.wait_until_swept(processes, after=portal.swept_at() + dt.timedelta(seconds=1))
            assert portal.is_closed_once()
            assert moscow(at) < portal.frozen_at() < moscow(at) + dt.timedelta(minutes=10)
            assert "close-on-the-first" not in portal.log("beat")
