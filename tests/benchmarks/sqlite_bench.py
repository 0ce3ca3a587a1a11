"""The embedded default: a month of 10 000 clients on SQLite, imported and closed."""

import tempfile
from pathlib import Path

from tests.benchmarks import import_bench
from tests.benchmarks.measuring import manage
from tests.databases import OwnDatabase, sqlite_url


def run(clients: int) -> None:
    """Print what importing and closing so many clients takes."""
    with tempfile.TemporaryDirectory() as folder:
        database = OwnDatabase(sqlite_url(Path(folder) / "db.sqlite3"))
        database.manage("migrate", "--verbosity", "0")
        import_bench._with_partners(database.url)
        feed = Path(folder) / "events.jsonl"
        import_bench.write_events(feed, clients * 10)
        imported = manage(database.url, "import_events", str(feed))
        closed = manage(database.url, "close_month", "2025-01")
        print(
            f"SQLite: import of {clients * 10:,} events {imported.seconds:.1f} s,"
            f" close of {clients:,} clients {closed.seconds:.1f} s, peak {closed.megabytes:.0f} MB"
        )
