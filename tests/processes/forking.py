"""Commands in processes of their own that need not load Django each: a server loads it once and forks for every run.

`python -m tests.processes.forking` is the server; it never connects to a database itself. A request and its answer are
one line of JSON each.
"""

import io
import json
import os
import signal
import subprocess
import sys
import tempfile
import traceback
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

from tests.databases import ROOT, OwnDatabase

Command = list[str]  # of manage.py; or "do", a deed and what it takes


class Death(NamedTuple):
    """Where a process kills itself (SIGKILL): before its n-th `statement`, or before or after its n-th commit."""

    at: str  # "statement", "before commit", "after commit"
    n: int


class Ended(NamedTuple):
    """How a process ended: by which signal, and the status and output of every command it came to the end of."""

    signal: int
    commands: list[tuple[int, str, str]]


@dataclass
class Forks:
    """The server's other end."""

    server: subprocess.Popen[str]

    def run(self, on: OwnDatabase, *commands: Command, death: Death | None = None) -> Ended:
        """Run commands one after the other in one process."""
        return self.at_once(on, list(commands), death=death)[0]

    def do(self, on: OwnDatabase, *words: str) -> str:
        """Do a deed of tests/processes/deeds.py; what came of it."""
        [(status, printed, problem)] = self.run(on, ["do", *words]).commands
        assert status == 0, problem
        return printed

    def at_once(self, on: OwnDatabase, *processes: list[Command], death: Death | None = None) -> list[Ended]:
        """Run several processes, each with commands of its own, which all begin at the same moment."""
        assert self.server.stdin
        assert self.server.stdout
        path = unquote(urlsplit(on.url).path[1:])
        print(
            json.dumps({"database": path, "processes": processes, "death": death}), file=self.server.stdin, flush=True
        )
        ended = [Ended(*answer) for answer in json.loads(self.server.stdout.readline())]
        for process in ended:
            assert process.signal in (0, signal.SIGKILL), process
            assert process.signal == 0 or death, process
        return ended


@contextmanager
def forks(**env: str) -> Iterator[Forks]:
    """A server for the databases of this run's engine."""
    command = [sys.executable, "-m", "tests.processes.forking"]
    env = OwnDatabase(os.environ["DATABASE_URL"]).env | env
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, env=env, stdin=pipe, stdout=pipe, encoding="utf-8") as server:
        try:
            yield Forks(server)
        finally:
            server.kill()


# --- The server -----------------------------------------------------------------------------------------------------


def _serve() -> None:
    import django
    from django.core.management import get_commands, load_command_class

    django.setup()
    import tests.processes.deeds  # noqa: F401 - loaded once, for all children

    for command in ("import_events", "close_month", "statement", "audit"):
        load_command_class(get_commands()[command], command)
    for line in sys.stdin:
        request = json.loads(line)
        print(json.dumps(_fork(**request)), flush=True)


def _fork(database: str, processes: list[list[Command]], death: list[Any] | None) -> list[Any]:
    waiting, go = os.pipe()
    children = []
    for commands in processes:
        report = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115
        pid = os.fork()
        if pid == 0:
            os.close(go)
            os.read(waiting, 1)  # ends when the server closes its end
            _child(database, commands, Death(*death) if death else None, report)
        children.append((pid, report))
    os.close(waiting)
    os.close(go)
    answers = []
    for pid, report in children:
        status = os.waitpid(pid, 0)[1]
        report.seek(0)
        answers.append([os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0, json.loads(report.read() or "[]")])
        report.close()
    return answers


def _child(database: str, commands: list[Command], death: Death | None, report: Any) -> None:
    from django.core.management import CommandError, call_command
    from django.db import connections

    from tests.processes import deeds

    connection = connections["default"]
    connection.settings_dict["NAME"] = database
    if death:
        _expect(death, connection)
    ended = []
    try:
        for command in commands:
            out, err = io.StringIO(), io.StringIO()
            try:
                if command[0] == "do":
                    out.write(deeds.do(*command[1:]))
                else:
                    call_command(*command, stdout=out, stderr=err)
                ended.append((0, out.getvalue(), err.getvalue()))
            except CommandError as error:
                ended.append((1, out.getvalue(), f"{err.getvalue()}{error}"))
        connection.close()
    except BaseException:
        ended.append((70, "", traceback.format_exc()))
    report.write(json.dumps(ended))
    report.flush()
    os._exit(0)


def _expect(death: Death, connection: Any) -> None:
    reached: Counter[str] = Counter()

    def reach(point: str) -> None:
        reached[point] += 1
        if (point, reached[point]) == death:
            os.kill(os.getpid(), signal.SIGKILL)

    def execute_and_count(execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:
        reach("statement")
        return execute(sql, params, many, context)

    def commit() -> None:
        reach("before commit")
        type(connection).commit(connection)
        reach("after commit")

    connection.execute_wrappers.append(execute_and_count)
    connection.commit = commit


if __name__ == "__main__":
    _serve()
