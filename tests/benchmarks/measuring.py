"""What the benchmarks share: fresh databases from one template, processes with their time and memory, medians."""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import NamedTuple
from urllib.parse import urlsplit

import psycopg2  # type: ignore[import-untyped]

from tests.databases import ROOT, OwnDatabase, environment, find_postgres, postgres_database

ROUNDS = 3


class Cost(NamedTuple):
    """Wall-clock seconds, and the peak of a process's memory in megabytes."""

    seconds: float
    megabytes: float = 0.0


@contextmanager
def template(fill: Callable[[str], None], *, name: str = "bench_template") -> Iterator[str]:
    """A migrated and filled database to copy from; yields its URL."""
    server = find_postgres()
    if not server:
        raise SystemExit("The benchmarks need PostgreSQL: start one, or set TEST_DATABASE_URL.")
    with postgres_database(server, name) as url:
        OwnDatabase(url).manage("migrate", "--verbosity", "0")
        fill(url)
        with closing(psycopg2.connect(url)) as connection:
            connection.autocommit = True
            connection.cursor().execute("VACUUM ANALYZE")
        yield url


@contextmanager
def copy_of(url: str) -> Iterator[str]:
    """A fresh copy of a template database."""
    with postgres_database(find_postgres(), "bench", template=urlsplit(url).path[1:]) as copy:
        execute(copy, "CHECKPOINT")
        yield copy


def execute(url: str, *statements: str) -> None:
    """Run statements in one transaction."""
    with closing(psycopg2.connect(url)) as connection, connection, connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def rows(url: str, query: str) -> list[tuple]:
    with closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchall()


def timed(action: Callable[[], None]) -> Cost:
    started = time.perf_counter()
    action()
    return Cost(time.perf_counter() - started)


def manage(url: str, *argv: str, at_once: int = 1) -> Cost:
    """Run a command as a process, or several of the same at once; the memory is that of the largest."""
    started = time.perf_counter()
    processes = [
        subprocess.Popen(
            [sys.executable, str(ROOT / "manage.py"), *argv],
            env=environment(DATABASE_URL=url),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        for _ in range(at_once)
    ]
    peak = 0
    for process in processes:
        said = process.stderr.read() if process.stderr else b""
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise SystemExit(f"{argv} ended with {process.returncode}\n{said.decode()}")
        peak = max(peak, usage.ru_maxrss)
    return Cost(time.perf_counter() - started, peak / 1024)


def alternating(sides: dict[str, Callable[[], Cost]], rounds: int = ROUNDS) -> dict[str, Cost]:
    """Each side's median of `rounds`, the sides taking turns so that a busy minute hits all of them."""
    found: dict[str, list[Cost]] = {name: [] for name in sides}
    for turn in range(rounds):
        for name, measure in sides.items():
            found[name].append(measure())
            print(f"  round {turn + 1}: {name} {found[name][-1].seconds:.2f} s", file=sys.stderr, flush=True)
    return {
        name: Cost(statistics.median(cost.seconds for cost in costs), max(cost.megabytes for cost in costs))
        for name, costs in found.items()
    }
