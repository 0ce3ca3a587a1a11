"""Databases for tests: which PostgreSQL to use, how to empty one, and fresh ones for tests that start processes."""

import getpass
import os
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import psycopg2  # type: ignore[import-untyped]

ROOT = Path(__file__).resolve().parent.parent


def unique_name(purpose: str) -> str:
    """A database name that no other run, and no other worker of this run, uses."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", f"{os.getpid():08d}")[:8]
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    return f"test_partners_{run}_{worker}_{purpose}"


def environment(**extra: str) -> dict[str, str]:
    """All that a process started by a test gets to know: nothing of what the developer's shell happens to hold."""
    kept = {name: os.environ[name] for name in ("HOME", "TMPDIR") if name in os.environ}
    return {
        **kept,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1",
        "PYTHONUTF8": "1",
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "ENV_FILE": os.devnull,
        "SECRET_KEY": os.environ["SECRET_KEY"],
        **extra,
    }


@dataclass
class OwnDatabase:
    """A migrated database for one test, with everything a process needs to work on it."""

    url: str
    env: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self.env = environment(DATABASE_URL=self.url)

    @property
    def on_postgres(self) -> bool:
        return self.url.startswith("postgres")

    def manage(
        self,
        *args: str,
        check: bool = True,
        input: str | None = None,
        env: dict[str, str] | None = None,
        cwd: Path = ROOT,
    ) -> subprocess.CompletedProcess[str]:
        """`python manage.py …` as a real process; with `check`, an exit status other than 0 fails the test."""
        done = subprocess.run(
            [sys.executable, str(ROOT / "manage.py"), *args],
            env={**self.env, **(env or {})},
            cwd=cwd,
            input=input,
            stdin=subprocess.DEVNULL if input is None else None,
            capture_output=True,
            encoding="utf-8",
            timeout=280,
        )
        if check and done.returncode:
            raise AssertionError(f"manage.py {' '.join(args)}: {done.returncode}\n{done.stdout}\n{done.stderr}")
        return done

    def query(self, sql: str, params: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        """Runs one statement (parameters as `%s`), commits, and returns its rows, if it has any."""
        with closing(self.connect()) as connection:
            cursor = connection.cursor()
            cursor.execute(sql if self.on_postgres else sql.replace("%s", "?"), params)
            rows = cursor.fetchall() if cursor.description else []
            connection.commit()
        return rows

    def connect(self) -> Any:
        """A plain connection, past Django."""
        if self.on_postgres:
            return psycopg2.connect(self.url)
        return sqlite3.connect(unquote(urlsplit(self.url).path[1:]), timeout=30)


def sqlite_url(path: Path) -> str:
    return f"sqlite:///{path}"


@contextmanager
def postgres_database(server: str, purpose: str, *, template: str = "template0") -> Iterator[str]:
    """A new database on `server`, dropped at the end whoever is still connected to it; yields its URL."""
    name = unique_name(purpose)

    def run(sql: str) -> None:
        with closing(psycopg2.connect(server)) as connection:
            connection.autocommit = True  # neither statement may run inside a transaction
            connection.cursor().execute(sql)

    run(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    try:
        yield urlsplit(server)._replace(path=f"/{name}").geturl()
    finally:
        run(f'DROP DATABASE "{name}" WITH (FORCE)')


# --- Emptying a database whose triggers refuse just that ------------------------------------------------------------


def let_flush_pass(connection: Any) -> None:
    """Makes Django's flush, which ends every transactional test, work on this test database.

    The promises hold during tests: their triggers against emptying a table are lifted inside the flush's own
    transaction only. Rows that migrations made are put back in it too, so that the next test finds them again.
    """
    from django.apps import apps
    from django.core.management.color import no_style
    from django.db import transaction

    ours = [m for m in apps.get_models() if not (m.__module__.startswith("django.") or m._meta.proxy)]
    migrated = [(m, rows) for m in ours if (rows := list(m._base_manager.all()))]
    lower, restore = _guards(connection)
    operations = type(connection.ops)
    flush = operations.execute_sql_flush

    def flush_and_start_over(self: Any, statements: list[str]) -> None:
        connection = self.connection
        with transaction.atomic(using=connection.alias):
            flush(self, [*lower, *statements, *restore])
            for model, rows in migrated:
                model._base_manager.bulk_create(rows)
            # A flush may start the numbers anew, and these rows bring theirs along.
            with connection.cursor() as cursor:
                for sql in connection.ops.sequence_reset_sql(no_style(), [model for model, _ in migrated]):
                    cursor.execute(sql)

    # For every connection of the run: a browser's event loop in this thread gives the tests after it one of their own.
    operations.execute_sql_flush = flush_and_start_over


def _guards(connection: Any) -> tuple[list[str], list[str]]:
    """The statements that lift the guards of append-only tables, and those that put them up again."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":  # flushes by DELETE, and can't switch a trigger off
            cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name LIKE '%_refuse_delete'")
            found = cursor.fetchall()
            return [f'DROP TRIGGER "{name}"' for name, _ in found], [sql for _, sql in found]
        cursor.execute(
            "SELECT tgrelid::regclass::text, tgname FROM pg_trigger WHERE tgname LIKE '%_refuse_truncate'"
            " AND NOT tgisinternal"
        )
        found = cursor.fetchall()
        alter = [f'ALTER TABLE {table} {{}} TRIGGER "{name}"' for table, name in found]
        return [sql.format("DISABLE") for sql in alter], [sql.format("ENABLE") for sql in alter]


# --- Which PostgreSQL -----------------------------------------------------------------------------------------------


def find_postgres() -> str:
    """The URL of a PostgreSQL where tests may create databases, or "": TEST_DATABASE_URL, else what answers here.

    Raises where one answers but is of no use: that's a mistake to mend, not an engine that isn't there.
    """
    if url := os.environ.get("TEST_DATABASE_URL"):
        psycopg2.connect(url, connect_timeout=5).close()
        return url
    try:
        socket.create_connection(("127.0.0.1", 5432), timeout=3).close()
    except OSError:
        return ""
    user = os.environ.get("PGUSER")
    refusals = []
    for name in [user] if user else ["postgres", getpass.getuser()]:
        for password in dict.fromkeys([os.environ.get("PGPASSWORD", ""), "", "postgres"]):
            login = f"{quote(name)}:{quote(password, safe='')}" if password else quote(name)
            url = f"postgres://{login}@127.0.0.1:5432/postgres"
            try:
                with closing(psycopg2.connect(url, connect_timeout=5)) as connection, connection.cursor() as cursor:
                    cursor.execute("SELECT rolsuper OR rolcreatedb FROM pg_roles WHERE rolname = current_user")
                    if cursor.fetchone()[0]:
                        return url
                    refusals.append(f"{name} may not create databases")
            except psycopg2.OperationalError as error:
                refusals.append(str(error).strip())
    raise SystemExit(
        "PostgreSQL answers at 127.0.0.1:5432 but lets no one in; set TEST_DATABASE_URL:\n" + "\n".join(refusals)
    )


if __name__ == "__main__":
    print(find_postgres())
