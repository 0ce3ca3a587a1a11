"""Beat, Redis and workers as production starts them: whatever dies, the sweep finds the work again (M12, R18)."""

import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import redis
from celery import Celery

from conftest import OwnRedis
from tests.compose import compose_command, wait_for_port
from tests.databases import OwnDatabase
from tests.processes import feed
from tests.processes.running import Process, count, kill, running, wait_for

pytestmark = [pytest.mark.processes, pytest.mark.postgres]

CODES = ["aaa", "bbb", "ccc", "ddd"]
EVERY_PARTNER_ONCE = [(f"2025-{month}-01", f"{code}@example.ru", 15_000) for month in ("09", "10") for code in CODES]
CLOSED = "referrals_month WHERE closed_at IS NOT NULL AND starts_on <= '2025-10-01'"
LOCKED_OUT = "pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"

Start = Callable[[str], Any]


@pytest.fixture
def start(own_database: OwnDatabase, own_redis: OwnRedis, tmp_path: Path) -> Start:
    """Starts `worker` or `beat`, which sweeps every second; a partner is a shard."""
    own_database.env |= {"REDIS_URL": own_redis.url, "SWEEP_SECONDS": "1", "CLOSE_SHARD_PARTNERS": "1"}
    partners = [feed.partner(code, "legal") for code in CODES]
    own_database.manage("import_partners", feed.write(tmp_path / "partners.jsonl", partners))
    return lambda service: running(compose_command(service), own_database.env, tmp_path / f"{service}.log")


def earn(database: OwnDatabase, folder: Path) -> None:
    """Every partner gets a client who pays 1 000 ₽ in September and in October: both months are long due."""
    lines = [feed.registered(f"c-{code}", "09-01", ref=code) for code in CODES]
    for month in ("09", "10"):
        lines += [feed.charged(f"{code}-{month}", f"c-{code}", "1000.00", f"{month}-15") for code in CODES]
    database.manage("import_events", feed.write(folder / "events.jsonl", lines))


def accruals(database: OwnDatabase) -> list[tuple[str, str, int]]:
    found = database.query(
        "SELECT line.month, email, amount_kopecks FROM partners_ledgerline line"
        " JOIN partners_partner partner ON partner.id = partner_id JOIN partners_user ON partners_user.id = user_id"
    )
    return sorted((str(month), email, amount) for month, email, amount in found)


def sweep(broker: OwnRedis) -> None:
    with Celery(broker=broker.url) as sender:
        sender.send_task("referrals.tasks.sweep")


@contextmanager
def held_up(database: OwnDatabase, lock: str) -> Iterator[None]:
    """Whoever needs what this statement locks waits until the block ends."""
    with closing(database.connect()) as holder:
        holder.cursor().execute(lock)
        yield


def until_closed(database: OwnDatabase, *processes: Process, logs: Path, record: Callable[[str, object], None]) -> None:
    """Wait for both months, note how long that took, and look into the books."""
    since = time.monotonic()
    wait_for(lambda: count(database, CLOSED) == 2, *processes, logs=logs, seconds=150)
    record("seconds_until_closed", round(time.monotonic() - since, 1))
    assert accruals(database) == EVERY_PARTNER_ONCE
    database.manage("audit")


# The killed worker's last statement runs on in the server: with the first lock it is then rolled back, with the second
# it was the commit and takes effect, though nobody is left to hear of it.
@pytest.mark.parametrize(
    "lock", ["LOCK TABLE referrals_reward IN SHARE MODE", "SELECT 1 FROM partners_partner FOR UPDATE"]
)
def test_shard_in_the_hand_of_a_killed_worker_is_credited_once_by_the_sweep(
    own_database: OwnDatabase, own_redis: OwnRedis, start: Start, tmp_path: Path, record_property: Any, lock: str
) -> None:
    earn(own_database, tmp_path)
    with held_up(own_database, lock), start("worker") as worker:
        sweep(own_redis)
        wait_for(lambda: count(own_database, LOCKED_OUT), worker, logs=tmp_path)
        kill(worker)
    assert count(own_database, CLOSED) == 0
    with start("worker") as worker, start("beat") as beat:
        until_closed(own_database, worker, beat, logs=tmp_path, record=record_property)


def test_sweep_finishes_a_close_whose_messages_redis_lost_and_whose_connections_broke(
    own_database: OwnDatabase, own_redis: OwnRedis, start: Start, tmp_path: Path, record_property: Any
) -> None:
    earn(own_database, tmp_path)
    with start("worker") as worker, start("beat") as beat:
        with held_up(own_database, "LOCK TABLE referrals_reward IN SHARE MODE"):
            wait_for(lambda: count(own_database, LOCKED_OUT), worker, beat, logs=tmp_path)
            assert redis.Redis.from_url(own_redis.url).flushall()
            own_database.query(f"SELECT pg_terminate_backend(pid) FROM {LOCKED_OUT}")
        until_closed(own_database, worker, beat, logs=tmp_path, record=record_property)


def test_two_beats_and_two_workers_close_each_month_once(
    own_database: OwnDatabase, start: Start, tmp_path: Path, record_property: Any
) -> None:
    earn(own_database, tmp_path)
    with start("worker") as one, start("worker") as other, start("beat") as beat, start("beat") as second:
        with held_up(own_database, "LOCK TABLE referrals_reward IN SHARE MODE"):
            # Two have a shard of their own in hand.
            in_hand = f"{LOCKED_OUT} AND position('INTO referrals_reward' IN query) > 0"
            wait_for(lambda: count(own_database, in_hand) >= 2, one, other, beat, second, logs=tmp_path)
        until_closed(own_database, one, other, beat, second, logs=tmp_path, record=record_property)


def test_beat_and_worker_outlive_a_redis_that_dies_and_comes_back(
    own_database: OwnDatabase, own_redis: OwnRedis, start: Start, tmp_path: Path, record_property: Any
) -> None:
    with start("worker") as worker, start("beat") as beat:
        wait_for(lambda: "succeeded" in (tmp_path / "worker.log").read_text(), worker, beat, logs=tmp_path)
        own_redis.process.kill()
        own_redis.process.wait()
        earn(own_database, tmp_path)
        with subprocess.Popen(own_redis.process.args) as again:
            try:
                wait_for_port(urlsplit(own_redis.url).port or 0, again)
                until_closed(own_database, worker, beat, logs=tmp_path, record=record_property)
            finally:
                again.kill()
