"""Copies of a database that nobody has open, to work on and to throw away."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from tests.databases import OwnDatabase, postgres_database, sqlite_url


@contextmanager
def copy_of(original: OwnDatabase, folder: Path, name: str = "copy") -> Iterator[OwnDatabase]:
    """A copy for the length of the block; the next one of the same name starts from the original again."""
    if original.on_postgres:
        template = urlsplit(original.url).path[1:]
        with postgres_database(os.environ["DATABASE_URL"], name, template=template) as url:
            yield OwnDatabase(url)
        return
    path = folder / f"{name}.sqlite3"
    shutil.copy(original.url.removeprefix("sqlite:///"), path)
    try:
        yield OwnDatabase(sqlite_url(path))
    finally:
        for suffix in ("", "-wal", "-shm"):
            Path(f"{path}{suffix}").unlink(missing_ok=True)


@contextmanager
def restorable_copy_of(original: OwnDatabase, folder: Path) -> Iterator[tuple[OwnDatabase, Callable[[], None]]]:
    """A copy, and a function that makes it like the original again, in a few hundredths of a second."""
    with copy_of(original, folder) as copy:
        if copy.on_postgres:
            yield copy, _postgres_restorer(copy)
            return
        path = copy.url.removeprefix("sqlite:///")

        def restore() -> None:
            for suffix in ("-wal", "-shm"):
                Path(f"{path}{suffix}").unlink(missing_ok=True)
            shutil.copy(original.url.removeprefix("sqlite:///"), path)

        yield copy, restore


def _postgres_restorer(copy: OwnDatabase) -> Callable[[], None]:
    # A new database from a template takes far longer: the server writes everything that it has to disk for it.
    tables = [name for (name,) in copy.query("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
    copy.query("CREATE SCHEMA kept;" + "".join(f"CREATE TABLE kept.{name} AS TABLE {name};" for name in tables))
    unguard = "".join(f"ALTER TABLE {name} DISABLE TRIGGER USER;" for name in tables)
    replace = "".join(f"DELETE FROM {name}; INSERT INTO {name} SELECT * FROM kept.{name};" for name in tables)
    guard = "SET CONSTRAINTS ALL IMMEDIATE;" + unguard.replace("DISABLE", "ENABLE")
    return lambda: copy.query(unguard + replace + guard) and None
