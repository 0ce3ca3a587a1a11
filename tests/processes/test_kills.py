"""A larger import and close, killed at random moments and started again until they are done (M8)."""

import random
import signal
import time
from pathlib import Path

import pytest

from tests.databases import OwnDatabase
from tests.processes import books, feed
from tests.processes.copies import copy_of
from tests.processes.running import MANAGE, count, kill, running, wait_for

pytestmark = pytest.mark.processes

CHANCE = random.Random(8)
PARTNERS = 60
IN_TWENTY_SHARDS = {"CLOSE_SHARD_PARTNERS": "3"}


def kill_once_there_are(more_than: int, rows: str, command: list[str], database: OwnDatabase, folder: Path) -> None:
    env = database.env | IN_TWENTY_SHARDS
    with running([*MANAGE, *command], env, folder / "killed.log") as process:
        wait_for(lambda: process.poll() is not None or count(database, rows) > more_than, logs=folder)
        time.sleep(CHANCE.uniform(0, 0.01 if command[0] == "close_month" else 0.3))
        assert kill(process) == -signal.SIGKILL, (folder / "killed.log").read_text()


def test_import_and_close_killed_at_random_moments_end_as_if_they_had_run_once(
    own_database: OwnDatabase, tmp_path: Path
) -> None:
    own_database.manage("import_partners", feed.write(tmp_path / "partners.jsonl", feed.many_partners(PARTNERS)))
    lines = feed.many_events(1_000, 15, partners=PARTNERS)
    assert len(lines) > 20_000
    importing = ["import_events", feed.write(tmp_path / "events.jsonl", lines), "--batch", "2000"]
    closing = ["close_month", "2025-10"]

    with copy_of(own_database, tmp_path) as undisturbed:
        undisturbed.manage(*importing)
        undisturbed.manage(*closing)
        expected = books.read(undisturbed)
    assert len(expected["ledger"]) > PARTNERS

    for batches in sorted(CHANCE.sample(range(6), 2)):
        kill_once_there_are(batches, "referrals_feedbatch", importing, own_database, tmp_path)
    own_database.manage(*importing)
    for shards in sorted(CHANCE.sample(range(25), 3)):
        kill_once_there_are(shards, "referrals_monthshard WHERE done_at IS NOT NULL", closing, own_database, tmp_path)
    own_database.manage(*closing, env=IN_TWENTY_SHARDS)

    found = books.read(own_database)
    assert len(found.pop("shards")) == 2 * PARTNERS / 3
    del expected["shards"]
    assert books.unlike(found, expected) == []
