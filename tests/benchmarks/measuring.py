"""What the benchmarks share: fresh databases from one template, processes with their time and memory, medians."""

import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import NamedTuple, Self
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


# --- CPU and memory, out of /proc -------------------------------------------------------------------------------------


def family(pid: int) -> list[int]:
    """A process and its children."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *map(int, children)]


def cpu_seconds(pid: int) -> list[float]:
    """What a process and each of its children have used so far."""
    found = []
    for each in family(pid):
        with suppress(OSError):
            found.append(_cpu_seconds(each))
    return found


def _cpu_seconds(pid: int) -> float:
    # Behind the name, which may hold anything, come state, 10 others, utime, stime.
    words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def memory_megabytes(pid: int) -> float:
    """What the largest child of a process holds."""
    sizes = [int(Path(f"/proc/{each}/statm").read_text().split()[1]) for each in family(pid)[1:]]
    return max(sizes) * os.sysconf("SC_PAGE_SIZE") / 1024 / 1024


class CpuOfDatabase:
    """While it is open: `seconds` that PostgreSQL's processes on this machine use for connections to a database."""

    def __init__(self, url: str) -> None:
        self._name = urlsplit(url).path[1:].encode()
        self._begun: dict[int, float] = {}
        self._used: dict[int, float] = {}
        self._is_over = threading.Event()
        self._watch = threading.Thread(target=self._follow)

    @property
    def seconds(self) -> float:
        return sum(used - self._begun.get(pid, 0) for pid, used in self._used.items())

    def __enter__(self) -> Self:
        self._begun = self._read()
        self._watch.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._watch.join()

    def _follow(self) -> None:
        # A connection's process ends with it: what it used is read again and again.
        while not self._is_over.wait(0.05):
            self._used |= self._read()
        self._used |= self._read()

    def _read(self) -> dict[int, float]:
        found = {}
        for pid in self._connections():
            with suppress(OSError):
                found[pid] = _cpu_seconds(pid)
        return found

    def _connections(self) -> list[int]:
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                words = (folder / "cmdline").read_bytes().split()
                if words[:1] == [b"postgres:"] and self._name in words:
                    found.append(int(folder.name))
        return found


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
