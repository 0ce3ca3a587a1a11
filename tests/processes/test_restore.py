"""A backup taken while everything runs, restored elsewhere: the books of its moment, no payment made again (M9)."""

import json
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.databases import OwnDatabase, postgres_database
from tests.emulators.solar_staff import SolarStaff
from tests.processes import feed
from tests.processes.forking import Forks
from tests.processes.running import MANAGE, count, running, wait_for

pytestmark = [
    pytest.mark.processes,
    pytest.mark.postgres,
    pytest.mark.skipif(not shutil.which("pg_dump"), reason="NO pg_dump HERE: backups were not tested"),
]

CLIENTS, CHARGES = 200, 4_000
BOOKS = """
SELECT (SELECT COUNT(*) FROM referrals_event), (SELECT COUNT(*) FROM referrals_charge),
       (SELECT COALESCE(SUM(amount_kopecks), 0) FROM referrals_charge),
       (SELECT COUNT(*) FROM partners_ledgerline), (SELECT COALESCE(SUM(amount_kopecks), 0) FROM partners_ledgerline),
       (SELECT STRING_AGG(id || state, ',' ORDER BY id) FROM payouts_withdrawal)
"""
CHARGED = "SELECT external_id, amount_kopecks, outcome, month FROM referrals_charge ORDER BY external_id"


@pytest.fixture
def portal(own_database: OwnDatabase, provider: SolarStaff, server: Forks) -> OwnDatabase:
    """A partner with two withdrawals paid and two more approved."""
    provider.duplicates("second")  # whatever is sent twice is paid twice
    worker = provider.register("boris@example.ru")
    boris = {"code": "boris", "kopecks": 90_000_00, "worker": worker, "card": provider.link_card(worker)}
    server.do(own_database, "individuals", json.dumps([boris]))
    server.do(own_database, "ask_and_approve", "boris", "200000", "card", "2")
    server.do(own_database, "send_due")
    server.do(own_database, "ask_and_approve", "boris", "300000", "card", "2")
    return own_database


def history(folder: Path) -> str:
    lines = [feed.registered(f"c{each}", "10-01", ref="boris") for each in range(CLIENTS)]
    lines += [feed.charged(f"ch{each}", f"c{each % CLIENTS}", "100.50", "10-05") for each in range(CHARGES)]
    return feed.write(folder / "events.jsonl", lines)


def backed_up(database: OwnDatabase, file: Path) -> tuple[object, ...]:
    """Writes a backup; returns what the books said at its moment."""
    with closing(database.connect()) as connection:
        cursor = connection.cursor()
        cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT pg_export_snapshot()")
        snapshot = cursor.fetchone()[0]
        cursor.execute(BOOKS)
        books = cursor.fetchone()
        command = ["pg_dump", "--format", "custom", "--snapshot", snapshot, "--file", str(file), database.url]
        subprocess.run(command, check=True)
    return books


@contextmanager
def restored(server_url: str, file: Path) -> Iterator[OwnDatabase]:
    """As docs/operations.md says, up to the switch that keeps payments back before anything is started."""
    with postgres_database(server_url, "restored") as url:
        subprocess.run(["pg_restore", "--dbname", url, "--exit-on-error", "--no-owner", str(file)], check=True)
        database = OwnDatabase(url)
        assert database.manage("sending", "off", "--reason", "Восстановлено из копии").stdout.startswith("off")
        yield database


def test_backup_taken_under_load_has_the_books_of_its_moment_and_pays_nothing_again(
    portal: OwnDatabase, provider: SolarStaff, server: Forks, tmp_path: Path
) -> None:
    events, file = history(tmp_path), tmp_path / "backup.dump"
    log = tmp_path / "import.log"
    with running([*MANAGE, "import_events", "--batch", "50", events], portal.env, log) as importing:
        wait_for(lambda: count(portal, "referrals_charge") > 100, importing, logs=tmp_path)
        books = backed_up(portal, file)
        assert importing.poll() is None, "the backup was to be taken while events came in"
        importing.wait(timeout=120)
    # After the backup, and unknown to it: both withdrawals are paid.
    server.do(portal, "send_due")
    assert [line["state"] for line in provider.journal()] == 4 * ["paid"]

    with restored(portal.url, file) as copy:
        assert copy.query(BOOKS) == [books]
        server.do(copy, "send_due")
        assert len(provider.journal()) == 4  # off is off
        assert server.do(copy, "compare") == "[]"
        assert copy.query("SELECT DISTINCT state FROM payouts_withdrawal") == [("paid",)]
        copy.manage("import_events", events)  # what came after the backup is delivered again
        assert copy.query(CHARGED) == portal.query(CHARGED)
        copy.manage("audit")
        copy.manage("sending", "on", "--reason", "Сверено")
        server.do(copy, "send_due", "60")
    assert set(Counter(line["merchant_transaction"] for line in provider.journal()).values()) == {1}
    assert len(provider.journal()) == 4


def test_request_made_and_paid_after_the_backup_is_named_by_the_comparison(
    portal: OwnDatabase, provider: SolarStaff, server: Forks, tmp_path: Path
) -> None:
    backed_up(portal, tmp_path / "backup.dump")
    server.do(portal, "ask_and_approve", "boris", "400000", "card")
    server.do(portal, "send_due")
    [lost] = [line["merchant_transaction"] for line in provider.journal() if line["amount"] == "4000.00"]
    with restored(portal.url, tmp_path / "backup.dump") as copy:
        assert json.loads(server.do(copy, "compare")) == [f"Платёж {lost} на 4\u202f000\u202f₽ сделан не порталом"]
        found = copy.manage("audit", check=False)
        assert found.returncode == 1
        assert lost in found.stdout


def test_sending_is_switched_with_a_reason_only_and_tells_how_it_stands(own_database: OwnDatabase) -> None:
    refused = own_database.manage("sending", "off", check=False)
    assert (refused.returncode, refused.stderr.startswith("CommandError: Напишите причину")) == (1, True)
    assert own_database.manage("sending").stdout == "on\n"
    assert own_database.manage("sending", "off", "--reason", "Проверка").stdout == "off: Проверка\n"
    assert own_database.manage("sending").stdout == "off: Проверка\n"
