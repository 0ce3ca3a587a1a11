"""Killed before any of its statements, before or after a commit, and run again: as if it had run once (M8)."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from tests.databases import OwnDatabase
from tests.processes import books, feed
from tests.processes.copies import restorable_copy_of
from tests.processes.forking import Command, Death, Forks, forks

pytestmark = pytest.mark.processes

CLOSE = ["close_month", "2025-10"]
READ = [["statement", "--all", "--format", "json"], ["audit"]]


@pytest.fixture
def server() -> Iterator[Forks]:
    with forks(CLOSE_SHARD_PARTNERS="1") as server:
        yield server


@pytest.fixture
def import_nasty(own_database: OwnDatabase, tmp_path: Path) -> Command:
    own_database.manage("import_partners", feed.write(tmp_path / "partners.jsonl", feed.PARTNERS))
    return ["import_events", feed.write(tmp_path / "events.jsonl", feed.NASTY), "--batch", "7"]


def to_the_end(server: Forks, on: OwnDatabase, *commands: Command) -> tuple[list[int], books.Books]:
    """Exit statuses of the commands and what the books say after them; they have to pass the audit."""
    *done, statement, audit = server.run(on, *commands, *READ).commands
    assert audit[0] == 0, audit
    return [status for status, *_ in done], books.rows(on) | {"accounts": books.accounts(statement[1])}


def kill_at_each(point: str, server: Forks, original: OwnDatabase, folder: Path, *commands: Command) -> int:
    """Kill the first command at each such point, run all of them, and compare; returns how many points there are."""
    with restorable_copy_of(original, folder) as (copy, restore):
        undisturbed = to_the_end(server, copy, *commands)
        for n in count(1):
            restore()
            killed = server.run(copy, commands[0], death=Death(point, n))
            if not killed.signal:
                assert killed.commands[0][0] == undisturbed[0][0], killed
                return n - 1
            statuses, found = to_the_end(server, copy, *commands)
            assert statuses == undisturbed[0], f"killed at {point} {n}"
            assert books.unlike(found, undisturbed[1]) == [], f"killed at {point} {n}"
    raise AssertionError("never reached")


def test_an_undisturbed_run_over_the_nasty_file_says_what_was_reckoned_by_hand(
    own_database: OwnDatabase, import_nasty: Command, server: Forks
) -> None:
    statuses, found = to_the_end(server, own_database, import_nasty, CLOSE)
    assert statuses == [1, 0]  # one line rejected, two in contradiction
    legal, person = sorted(found["accounts"], key=lambda account: account["tariff"], reverse=True)
    assert [(row["month"], row["base_kopecks"], row["reward_kopecks"]) for row in legal["rewards"]] == [
        ("2025-09", 100_000, 15_000),
        ("2025-10", 10_000 - 25_000, -2_250),
    ]
    assert [(row["month"], row["client_id"], row["reward_kopecks"]) for row in person["rewards"]] == [
        ("2025-09", "b", 300_000),
        ("2025-10", "c", 300_000),
    ]
    assert (legal["balance_kopecks"], person["balance_kopecks"]) == (12_750, 600_000)
    states = sorted((state, event or rival) for event, rival, _, _, state, *_ in found["events"] if state != "applied")
    assert states == [("conflict", "c-b1"), ("conflict", "f-a2r"), ("conflict", "p-a-3456"), ("waiting", "k-never")]


def test_import_killed_before_any_of_its_statements_ends_as_if_it_had_run_once(
    own_database: OwnDatabase, import_nasty: Command, server: Forks, tmp_path: Path
) -> None:
    kills = kill_at_each("statement", server, own_database, tmp_path, import_nasty, CLOSE)
    assert kills > 50


def test_close_killed_before_any_of_its_statements_ends_as_if_it_had_run_once(
    own_database: OwnDatabase, import_nasty: Command, server: Forks, tmp_path: Path
) -> None:
    assert server.run(own_database, import_nasty).commands[0][0] == 1
    kills = kill_at_each("statement", server, own_database, tmp_path, CLOSE)
    assert kills > 40


@pytest.mark.parametrize("point", ["before commit", "after commit"])
def test_import_and_close_killed_around_any_of_their_commits_end_as_if_they_had_run_once(
    own_database: OwnDatabase, import_nasty: Command, server: Forks, tmp_path: Path, point: str
) -> None:
    assert kill_at_each(point, server, own_database, tmp_path, import_nasty, CLOSE) == 3  # batches
    assert server.run(own_database, import_nasty).commands[0][0] == 1
    # two months: begun, two shards, one look for a third, finished; and one look for a third month
    assert kill_at_each(point, server, own_database, tmp_path, CLOSE) > 8
