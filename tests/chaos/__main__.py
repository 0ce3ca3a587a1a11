"""As many withdrawals as asked for, a third in each of the provider's ways with duplicates; PostgreSQL, or SQLite."""

import argparse
import os
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from tests.chaos.storm import rage
from tests.databases import OwnDatabase, postgres_database, sqlite_url
from tests.emulators.solar_staff import SolarStaff
from tests.processes.forking import forks

_DUPLICATES = ("error", "first", "second")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("number", type=int)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    server_url, wrong = os.environ["DATABASE_URL"], 0
    for turn, duplicates in enumerate(_DUPLICATES, start=1):
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            if server_url.startswith("postgres"):
                url = stack.enter_context(postgres_database(server_url, "chaos"))
            else:
                url = sqlite_url(folder / "db.sqlite3")
            database = OwnDatabase(url)
            os.environ["DATABASE_URL"] = url  # for the server of forks
            database.manage("migrate", "--verbosity", "0")
            provider = stack.enter_context(SolarStaff())
            server = stack.enter_context(forks(**provider.settings))
            found = rage(
                given.number * turn // len(_DUPLICATES) - given.number * (turn - 1) // len(_DUPLICATES),
                duplicates=duplicates,
                seed=given.seed,
                on=database,
                provider=provider,
                server=server,
                folder=folder,
            )
        wrong += len(found.wrong)
        print(
            f"duplicates={duplicates}: {dict(found.states)}, {found.kills} workers killed,"
            f" {found.faults.total()} calls failed, {found.sent_again} sent again, {found.seconds:.0f} s,"
            f" {len(found.wrong)} wrong",
            flush=True,  # the next third takes its minutes
        )
        print("\n".join(found.wrong[:20]))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
