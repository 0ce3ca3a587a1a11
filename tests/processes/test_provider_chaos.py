"""Whatever the provider does and whoever is killed: its journal and our books agree one to one (M8, M9)."""

import json
from itertools import count
from pathlib import Path

import pytest

from tests.chaos.storm import rage
from tests.databases import OwnDatabase
from tests.emulators.solar_staff import SolarStaff
from tests.processes.forking import Death, Forks

pytestmark = [pytest.mark.processes, pytest.mark.timeout(600)]


@pytest.mark.parametrize("duplicates", ["error", "first", "second"])
def test_after_a_storm_both_journals_agree(
    own_database: OwnDatabase, provider: SolarStaff, server: Forks, tmp_path: Path, duplicates: str
) -> None:
    aftermath = rage(
        100, duplicates=duplicates, seed=62, on=own_database, provider=provider, server=server, folder=tmp_path
    )
    assert aftermath.wrong == []
    assert aftermath.kills >= 5
    assert aftermath.faults.total() >= 20
    assert aftermath.states["paid"] >= 50
    assert aftermath.states["returned"] >= 1


@pytest.mark.parametrize("fault", ["none", "drop_after", "down"])
@pytest.mark.parametrize("point", ["statement", "before commit", "after commit"])
def test_worker_killed_at_any_point_around_the_call_pays_once(
    own_database: OwnDatabase, provider: SolarStaff, server: Forks, point: str, fault: str
) -> None:
    worker = provider.register("boris@example.ru")
    card = provider.link_card(worker)
    boris = {"code": "boris", "kopecks": 900_000_00, "worker": worker, "card": card}
    server.run(own_database, ["do", "individuals", json.dumps([boris])])
    for n in count(1):
        [(status, printed, problem)] = server.run(
            own_database, ["do", "ask_and_approve", "boris", "100001", "card"]
        ).commands
        assert status == 0, problem
        [withdrawal] = json.loads(printed)
        if fault != "none":
            provider.fault(fault, times=1, paths=["/v1/payment"])
        killed = server.run(own_database, ["do", "send_due"], death=Death(point, n))
        # The clock goes on, and others sweep.
        server.run(own_database, *(["do", "send_due", str(minutes)] for minutes in (3, 14, 14, 17, 28, 28)))
        provider.end_faults()
        [(key, state)] = own_database.query(
            "SELECT payment_key, state FROM payouts_withdrawal WHERE id = %s", (withdrawal,)
        )
        mine = [
            row
            for row in provider.journal()
            if row["merchant_transaction"].replace("-", "") == str(key).replace("-", "")
        ]
        assert (state, len(mine)) == ("paid", 1), f"killed at {point} {n}"
        if not killed.signal:
            break
    assert n > {"statement": 10, "before commit": 2, "after commit": 2}[point]
