"""The feed over HTTP, in batches of a thousand to the server that production starts, against `import_events`: events
for each second of the server's CPU, the portal's alone and together with PostgreSQL's; and whether memory stays flat.

Both begin with a tenth of the events in the books, analyzed: a session that begins with empty tables keeps plans for
those until autovacuum has been there, which in a portal that runs it long has.
"""

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from http.client import HTTPConnection
from pathlib import Path
from typing import NamedTuple

from tests.benchmarks.import_bench import with_partners, write_events
from tests.benchmarks.measuring import ROUNDS, Cost, CpuOfDatabase, copy_of, cpu_seconds, memory_megabytes, template
from tests.compose import compose_command, free_port, wait_for_port
from tests.databases import ROOT, OwnDatabase, environment
from tests.delivering import PATH, SECRET, signed

_BATCH = 1_000


class Effort(NamedTuple):
    """CPU seconds of the portal's processes and of its database connections; megabytes at the beginning and the end."""

    portal: float
    database: float
    megabytes: tuple[float, float] = (0, 0)


def run(count: int) -> dict[str, Cost]:
    """Print and return the CPU seconds of `count` events on either road."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        earlier, feed, nothing = (folder / f"{name}.jsonl" for name in ("earlier", "events", "nothing"))
        _write(earlier, feed, count)
        nothing.touch()
        begun = stack.enter_context(template(lambda url: _begin(url, earlier)))

        def on_a_copy(measure: Callable[[str], Effort]) -> Effort:
            with copy_of(begun) as url:
                return measure(url)

        efforts: dict[str, list[Effort]] = {"file": [], "http": []}
        for turn in range(ROUNDS):
            whole = on_a_copy(lambda url: _import(url, feed))
            start = on_a_copy(lambda url: _import(url, nothing))  # loading Django, which a server does once
            efforts["file"].append(Effort(whole.portal - start.portal, whole.database - start.database))
            efforts["http"].append(on_a_copy(lambda url: _deliver(url, feed)))
            print(f"  round {turn + 1}: {efforts['file'][-1]}, {efforts['http'][-1]}", file=sys.stderr, flush=True)
    portal = {road: statistics.median(each.portal for each in found) for road, found in efforts.items()}
    both = {road: statistics.median(each.portal + each.database for each in found) for road, found in efforts.items()}
    early, late = (max(each.megabytes[n] for each in efforts["http"]) for n in (0, 1))
    print(
        f"feed of {count:,} events over HTTP: {count / both['http']:,.0f} a second of CPU,"
        f" {both['file'] / both['http']:.2f} x import_events ({count / both['file']:,.0f});"
        f" without PostgreSQL's share {portal['file'] / portal['http']:.2f} x"
        f" ({count / portal['http']:,.0f} against {count / portal['file']:,.0f});"
        f" memory of a worker {early:.0f} MB after a tenth, {late:.0f} MB at the end"
    )
    return {road: Cost(seconds, late) for road, seconds in both.items()}


def _write(earlier: Path, feed: Path, count: int) -> None:
    """`count` events into `feed`, and what was before them, a tenth as many, into `earlier`."""
    write_events(feed, count + count // 10)
    lines = feed.read_bytes().splitlines(keepends=True)
    earlier.write_bytes(b"".join(lines[: count // 10]))
    feed.write_bytes(b"".join(lines[count // 10 :]))


def _begin(url: str, earlier: Path) -> None:
    with_partners(url)
    OwnDatabase(url).manage("import_events", str(earlier))


def _import(url: str, feed: Path) -> Effort:
    command = [sys.executable, str(ROOT / "manage.py"), "import_events", str(feed)]
    with CpuOfDatabase(url) as database:
        process = subprocess.Popen(command, env=environment(DATABASE_URL=url), stdout=subprocess.DEVNULL)
        used = 0.0
        while process.poll() is None:
            used = max(used, sum(cpu_seconds(process.pid)))
            time.sleep(0.02)
        if process.returncode:
            raise SystemExit(f"{command} ended with {process.returncode}")
    return Effort(used, database.seconds)


def _deliver(url: str, feed: Path) -> Effort:
    port = free_port()
    env = environment(DATABASE_URL=url, SKOROZVON_SECRET=SECRET)
    server = subprocess.Popen(
        compose_command("web", port=port), cwd=ROOT, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        wait_for_port(port, server)
        lines = feed.read_bytes().splitlines()
        bodies = [b"[" + b",".join(lines[at : at + _BATCH]) + b"]" for at in range(0, len(lines), _BATCH)]
        before, early = _at_rest(server.pid, port), 0.0
        connection = HTTPConnection("127.0.0.1", port, timeout=60)
        with CpuOfDatabase(url) as database:
            for number, body in enumerate(bodies, start=1):
                _post(connection, body, expected=200)
                if number == max(len(bodies) // 10, 1):
                    early = memory_megabytes(server.pid)
            after = cpu_seconds(server.pid)
        return Effort(sum(after) - before, database.seconds, (early, memory_megabytes(server.pid)))
    finally:
        server.terminate()
        server.wait()


def _at_rest(pid: int, port: int) -> float:
    """What the server has used once every worker has loaded all that the first request makes it load."""
    before = sum(cpu_seconds(pid))
    while True:
        for _ in range(8):
            with closing(HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
                _post(connection, b"")
        time.sleep(1)
        used = sum(cpu_seconds(pid))
        if used - before < 0.1:
            return used
        before = used


def _post(connection: HTTPConnection, body: bytes, *, expected: int = 0) -> None:
    connection.request("POST", PATH, body, {"Content-Type": "application/json", **signed(body)})
    answer = connection.getresponse()
    said = answer.read()
    if expected and (answer.status != expected or any(each["result"] == "rejected" for each in json.loads(said))):
        raise SystemExit(f"status {answer.status}: {said[:500]!r}")
