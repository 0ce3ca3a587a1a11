"""Processes that run beside a test and may be killed, and waiting for what they do."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.databases import ROOT, OwnDatabase

Process = subprocess.Popen[bytes]
MANAGE = [sys.executable, str(ROOT / "manage.py")]


@contextmanager
def running(command: list[str], env: dict[str, str], log: Path, *, fed: bool = False) -> Iterator[Process]:
    """A process with all of its children, killed at the end of the block; with `fed`, the test writes its input."""
    stdin = subprocess.PIPE if fed else subprocess.DEVNULL
    with log.open("ab") as out:
        process = subprocess.Popen(
            command, cwd=ROOT, env=env, stdin=stdin, stdout=out, stderr=out, start_new_session=True
        )
    try:
        yield process
    finally:
        kill(process)
        if process.stdin:
            with suppress(BrokenPipeError):
                process.stdin.close()


def kill(process: Process) -> int:
    """SIGKILL for a process and its children, as when the machine goes down; returns how it ended."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    return process.wait()


def wait_for(condition: Callable[[], object], *running: Process, logs: Path, seconds: float = 90) -> None:
    """Returns once the condition holds; fails, with the logs, when one of the processes that should run has ended, or
    after a time that is never needed.
    """
    until = time.monotonic() + seconds
    while not condition():
        ended = [process.args for process in running if process.poll() is not None]
        if ended or time.monotonic() > until:
            shown = "\n".join(f"--- {log.name}\n{log.read_text()[-4_000:]}" for log in sorted(logs.glob("*.log")))
            raise AssertionError(f"{ended or 'nothing'} ended, and what was waited for is not there\n{shown}")
        time.sleep(0.01)


def count(database: OwnDatabase, rows: str) -> int:
    """How many rows there are: `referrals_month WHERE closed_at IS NOT NULL`."""
    return database.query(f"SELECT COUNT(*) FROM {rows}")[0][0]
