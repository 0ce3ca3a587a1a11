"""An emulator's own data: one SQLite file, one connection, one writer at a time."""

import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

Books = sqlite3.Connection


class Database:
    """Made when missing. Every use of it is a transaction, and there is only one at a time."""

    def __init__(self, path: Path, tables: Mapping[str, str], indexes: Sequence[str] = ()) -> None:
        """`tables` are names with their columns, each after those it refers to; `indexes` what follows CREATE INDEX."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._tables = tables
        self._lock = threading.Lock()
        # Transactions are begun by hand, so that reading and writing in one of them can't be torn apart.
        self._books = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._books.row_factory = sqlite3.Row
        self._books.execute("PRAGMA journal_mode=WAL")
        # What is committed outlives the process, however it ends; only a machine that loses power could lose it.
        self._books.execute("PRAGMA synchronous=OFF")
        self._books.execute("PRAGMA foreign_keys=ON")
        for table, columns in tables.items():
            self._books.execute(f"CREATE TABLE IF NOT EXISTS {table} ({columns})")
        for index in indexes:
            self._books.execute(f"CREATE INDEX IF NOT EXISTS {index}")

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

    def empty(self, books: Books) -> None:
        """Forget everything. Numbers that are given once, by AUTOINCREMENT, go on where they were."""
        for table in reversed(list(self._tables)):
            books.execute(f"DELETE FROM {table}")  # noqa: S608 - names from the emulator's own file

    def close(self) -> None:
        with self._lock:
            self._books.close()
