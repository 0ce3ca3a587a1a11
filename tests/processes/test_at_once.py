"""Several processes at the same work at the same moment: it is done once (M2, M6, M7)."""

import json
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from tests.databases import OwnDatabase
from tests.factories import moscow
from tests.processes import books, feed
from tests.processes.copies import copy_of
from tests.processes.forking import Ended, Forks, forks
from tests.processes.running import MANAGE, count, running, wait_for

pytestmark = pytest.mark.processes

CLOSE = ["close_month", "2025-10"]
PARTNERS = 30
CLIENTS = 200
# As over tables too large to be read as a whole: a delivery then finds its clients in its own order, a shard in theirs.
BY_INDEX = "-c enable_hashjoin=off -c enable_mergejoin=off -c enable_hashagg=off"
LOCKED_OUT = "pg_stat_activity WHERE wait_event_type = 'Lock' AND datname"
two_and_four = pytest.mark.parametrize("processes", [2, pytest.param(4, marks=pytest.mark.postgres)])


@pytest.fixture
def server() -> Iterator[Forks]:
    with forks(CLOSE_SHARD_PARTNERS="1") as server:
        yield server


@pytest.fixture
def programme(own_database: OwnDatabase, tmp_path: Path) -> OwnDatabase:
    partners = feed.PARTNERS + feed.many_partners(PARTNERS)
    own_database.manage("import_partners", feed.write(tmp_path / "partners.jsonl", partners))
    return own_database


@pytest.fixture
def importing(tmp_path: Path) -> list[str]:
    path = feed.write(tmp_path / "events.jsonl", feed.many_events(60, 10, partners=PARTNERS) + feed.NASTY)
    return ["import_events", path, "--batch", "50"]


def results(importer: Ended) -> dict[str, int]:
    [(status, printed, problems)] = importer.commands
    assert status == 1, problems  # one line is rejected
    return {result: int(count) for result, count in map(str.split, printed.splitlines())}


@two_and_four
def test_closes_at_the_same_moment_credit_every_partner_once(
    programme: OwnDatabase, importing: list[str], server: Forks, tmp_path: Path, processes: int
) -> None:
    server.run(programme, importing)
    with copy_of(programme, tmp_path) as alone:
        server.run(alone, CLOSE)
        expected = books.read(alone)
    ended = server.at_once(programme, *([CLOSE] for _ in range(processes)))
    problems = [error for process in ended for status, _, error in process.commands if status]
    assert not problems, problems[0]
    assert books.unlike(books.read(programme), expected) == []


@pytest.mark.postgres
def test_shard_in_hand_keeps_no_other_process_from_the_rest_of_the_month(
    programme: OwnDatabase, importing: list[str], tmp_path: Path
) -> None:
    programme.manage(*importing, check=False)
    programme.manage("close_month", "2025-09")
    env = programme.env | {"CLOSE_SHARD_PARTNERS": "1"}
    done = "referrals_monthshard WHERE month_id = '2025-10-01' AND done_at IS NOT NULL"
    with closing(programme.connect()) as holder, ExitStack() as processes:
        # Whoever has this partner's shard stops at its commit, which has to find the partner still there.
        holder.cursor().execute("SELECT 1 FROM partners_partner ORDER BY id LIMIT 1 FOR UPDATE")
        first = processes.enter_context(running([*MANAGE, *CLOSE], env, tmp_path / "first.log"))
        wait_for(lambda: count(programme, f"{LOCKED_OUT} = current_database()"), first, logs=tmp_path)
        assert count(programme, done) == 0
        second = processes.enter_context(running([*MANAGE, *CLOSE], env, tmp_path / "second.log"))
        wait_for(lambda: count(programme, done) == PARTNERS + 1, first, second, logs=tmp_path, seconds=30)
        holder.rollback()
        assert (first.wait(60), second.wait(60)) == (0, 0)
    books.read(programme)


@pytest.mark.postgres
def test_delivery_and_shard_that_write_the_progress_of_the_same_clients_both_succeed(
    own_database: OwnDatabase, tmp_path: Path
) -> None:
    clients = range(CLIENTS)
    paid = [feed.charged(f"first-{n}", f"c-{n}", "100.00", "10-20") for n in clients]
    paid_before = [feed.charged(f"early-{n}", f"c-{n}", "100.00", "10-10") for n in clients]
    known = [feed.registered(f"c-{n}", "09-01", ref="62b0") for n in clients] + paid
    own_database.manage("import_partners", feed.write(tmp_path / "partners.jsonl", [feed.partner("62b0", "legal")]))
    own_database.manage("import_events", feed.write(tmp_path / "known.jsonl", known))
    own_database.manage("close_month", "2025-09")
    delivery = ["import_events", feed.write(tmp_path / "delivery.jsonl", paid_before[::-1])]
    env = own_database.env | {"PGOPTIONS": BY_INDEX}
    waiting = f"{LOCKED_OUT} = current_database()"
    with closing(own_database.connect()) as holder, ExitStack() as processes:
        # Both come as far as this client, one from the first, the other from the last: without taking turns each would
        # then hold what the other still needs.
        middle = f"SELECT 1 FROM referrals_progress ORDER BY referral_id LIMIT 1 OFFSET {CLIENTS // 2} FOR UPDATE"
        holder.cursor().execute(middle)
        shard = processes.enter_context(running([*MANAGE, *CLOSE], env, tmp_path / "close.log"))
        wait_for(lambda: count(own_database, waiting) == 1, shard, logs=tmp_path)
        importer = processes.enter_context(running([*MANAGE, *delivery], env, tmp_path / "import.log"))
        wait_for(lambda: count(own_database, waiting) == 2, shard, importer, logs=tmp_path)
        holder.rollback()
        ended = (shard.wait(60), importer.wait(60))
    assert ended == (0, 0), "".join(log.read_text()[-2_000:] for log in tmp_path.glob("*.log"))
    books.read(own_database)
    digested = own_database.query("SELECT COUNT(*), MIN(reward_kopecks), MAX(paid_at) FROM referrals_progress")
    assert digested == [(CLIENTS, 15_00, moscow("2025-10-10 00:00"))]


@two_and_four
def test_importers_of_one_file_at_the_same_moment_take_every_event_once(
    programme: OwnDatabase, importing: list[str], server: Forks, tmp_path: Path, processes: int
) -> None:
    with copy_of(programme, tmp_path) as alone:
        once = results(server.run(alone, importing))
        server.run(alone, CLOSE)
        expected = books.read(alone)
    ended = server.at_once(programme, *([importing] for _ in range(processes)))
    taken = [results(process) for process in ended]
    assert {process["rejected"] for process in taken} == {1}
    for result in ("accepted", "waiting"):
        assert sum(process[result] for process in taken) == once[result]
    server.run(programme, CLOSE)
    assert books.unlike(books.read(programme), expected) == []


def test_charge_that_arrives_during_a_close_is_rewarded_in_that_month_or_in_the_next(
    programme: OwnDatabase, tmp_path: Path
) -> None:
    clients = [feed.registered(f"c-{n}", "09-01", ref="code-001") for n in range(PARTNERS)]
    env = programme.env | {"CLOSE_SHARD_PARTNERS": "1"}
    sent = 0
    with running([*MANAGE, "import_events", "-", "--batch", "10"], env, tmp_path / "import.log", fed=True) as importer:
        assert importer.stdin

        def send(lines: list[feed.Line]) -> None:
            importer.stdin.write("".join(json.dumps(line) + "\n" for line in lines).encode())
            importer.stdin.flush()

        def charge(batches: int) -> None:
            nonlocal sent
            sent += 10 * batches
            new = range(sent - 10 * batches, sent)
            send([feed.charged(f"ch-{n}", f"c-{n % PARTNERS}", "10.00", "10-15") for n in new])
            wait_for(lambda: count(programme, "referrals_charge") > sent - 20, importer, logs=tmp_path)

        send(clients)
        charge(batches=3)
        with running([*MANAGE, *CLOSE], env, tmp_path / "close.log") as closing:
            while closing.poll() is None:
                charge(batches=1)
            assert closing.returncode == 0, (tmp_path / "close.log").read_text()
        charge(batches=3)
        importer.stdin.close()
        assert importer.wait(60) == 0, (tmp_path / "import.log").read_text()

    programme.manage("close_month", "2025-11")
    found = books.read(programme)
    posted = [str(month) for *_, outcome, _, _, month in found["charges"] if outcome == "counted"]
    assert len(posted) == len(found["charges"]) == sent
    assert set(posted) == {"2025-10-01", "2025-11-01"}
    earned = {"2025-10": 0, "2025-11": 0}
    for account in found["accounts"]:
        for row in account["rewards"]:
            earned[row["month"]] += row["base_kopecks"]
    assert earned == {"2025-10": 1_000 * posted.count("2025-10-01"), "2025-11": 1_000 * posted.count("2025-11-01")}
