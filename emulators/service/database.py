"""The emulator's own data: one SQLite file, one connection, one writer at a time."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

Books = sqlite3.Connection

_TABLES = {
    "account": """
        id TEXT PRIMARY KEY, email TEXT NOT NULL UNIQUE, name TEXT NOT NULL, phone TEXT NOT NULL, inn TEXT NOT NULL,
        salt BLOB NOT NULL, password BLOB NOT NULL, went_to_portal INTEGER NOT NULL DEFAULT 0""",
    "failed_sign_in": "email TEXT NOT NULL, at REAL NOT NULL",
    "session": "token TEXT PRIMARY KEY, account_id TEXT NOT NULL REFERENCES account",
    "event": """
        number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, type TEXT NOT NULL,
        occurred_at TEXT NOT NULL, data TEXT NOT NULL""",
    "charge": """
        number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, account_id TEXT NOT NULL REFERENCES account,
        kind TEXT NOT NULL, amount_kopecks INTEGER NOT NULL, confirmed INTEGER NOT NULL, occurred_at TEXT NOT NULL""",
    "refund": """
        id TEXT PRIMARY KEY, charge_id TEXT NOT NULL REFERENCES charge (id), amount_kopecks INTEGER NOT NULL""",
    "credit": """
        key TEXT PRIMARY KEY, account_id TEXT NOT NULL REFERENCES account, amount_kopecks INTEGER NOT NULL,
        created_at TEXT NOT NULL""",
    "call": """
        number INTEGER PRIMARY KEY, at TEXT NOT NULL, method TEXT NOT NULL, path TEXT NOT NULL, body TEXT NOT NULL,
        outcome TEXT NOT NULL, status INTEGER, fault TEXT""",
}


class Database:
    """Made when missing. Every use of it is a transaction, and there is only one at a time."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        # Transactions are begun by hand, so that reading and writing in one of them can't be torn apart.
        self._books = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._books.row_factory = sqlite3.Row
        self._books.execute("PRAGMA journal_mode=WAL")
        self._books.execute("PRAGMA foreign_keys=ON")
        for table, columns in _TABLES.items():
            self._books.execute(f"CREATE TABLE IF NOT EXISTS {table} ({columns})")

    @contextmanager
    def transaction(self) -> Iterator[Books]:
        """All of the block or nothing of it."""
        with self._lock:
            self._books.execute("BEGIN IMMEDIATE")
            try:
                yield self._books
            except BaseException:
                self._books.execute("ROLLBACK")
                raise
            self._books.execute("COMMIT")

    def close(self) -> None:
        with self._lock:
            self._books.close()


def empty(books: Books) -> None:
    """Forget everything. Event numbers go on, so that whoever follows the feed by number misses nothing."""
    for table in reversed(_TABLES):
        books.execute(f"DELETE FROM {table}")  # noqa: S608 - names from this file
