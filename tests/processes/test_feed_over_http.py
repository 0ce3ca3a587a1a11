"""The feed over real HTTP to the very server of production: two senders at once, a worker killed with a batch in hand,
and what only a server can be sent. It ends in the books of the file.
"""

import json
import os
import random
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

import pytest

from conftest import OwnRedis
from tests.compose import compose_command, free_port, wait_for_port
from tests.databases import OwnDatabase
from tests.delivering import PATH, SECRET, batches, signed
from tests.processes import books, feed
from tests.processes.copies import copy_of
from tests.processes.proxy import proxy_to
from tests.processes.running import Process, count, running, wait_for

pytestmark = pytest.mark.processes

PARTNERS = 6


@dataclass
class Portal:
    port: int
    process: Process
    logs: Path
    said: set[int] = field(default_factory=set)  # every status so far

    def deliver(self, body: bytes, headers: dict[str, str] | None = None) -> tuple[int, Any]:
        """Status and answer; status 0 where there was none."""
        try:
            with closing(HTTPConnection("127.0.0.1", self.port, timeout=60)) as connection:
                connection.request("POST", PATH, body, signed(body) if headers is None else headers)
                response = connection.getresponse()
                self.said.add(response.status)
                return response.status, json.loads(response.read())
        except (OSError, HTTPException):
            return 0, None

    def deliver_until_taken(self, events: list[feed.Line]) -> list[str]:
        """What a sender does: again and again until it is answered with 200."""
        body, status, answer = json.dumps(events).encode(), 0, None
        while status != 200:
            status, answer = self.deliver(body)
            assert status in (0, 200, 429, 503), answer
        return [each["result"] for each in answer]

    @property
    def workers(self) -> list[int]:
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(pid) for pid in children.read_text().split()]

    def kill_workers(self) -> None:
        """As the kernel does when memory runs out; gunicorn starts others."""
        for pid in self.workers:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


@contextmanager
def serving(database: OwnDatabase, logs: Path, **more: str) -> Iterator[Portal]:
    port = free_port()
    env = database.env | {"SKOROZVON_SECRET": SECRET} | more
    with running(compose_command("web", port=port), env, logs / "web.log") as process:
        wait_for_port(port, process)
        yield Portal(port, process, logs)


@pytest.fixture
def programme(own_database: OwnDatabase, tmp_path: Path) -> OwnDatabase:
    own_database.manage("import_partners", feed.write(tmp_path / "partners.jsonl", feed.many_partners(PARTNERS)))
    return own_database


def test_two_senders_at_once_and_workers_killed_with_a_batch_in_hand_end_in_the_books_of_the_file(
    programme: OwnDatabase, tmp_path: Path
) -> None:
    lines = feed.many_events(40, 8, partners=PARTNERS)
    half = len(lines) // 2
    with copy_of(programme, tmp_path) as copy, serving(programme, tmp_path) as portal:
        copy.manage("import_events", feed.write(tmp_path / "events.jsonl", lines))
        copy.manage("close_month", "2025-10")
        send_twice_at_once(portal, [list(share) for share in batches(lines[:half], random.Random(5))])
        send_to_dying_workers(portal, programme, lines[half:])
        programme.manage("close_month", "2025-10")
        assert books.unlike(books.read(programme), books.read(copy)) == []


def send_twice_at_once(portal: Portal, shares: list[list[feed.Line]]) -> None:
    taken: list[list[str]] = [[], []]
    begin = threading.Barrier(2)

    def send(results: list[str]) -> None:
        for share in shares:
            begin.wait(60)  # each batch by both at the same moment
            results += portal.deliver_until_taken(share)

    senders = [threading.Thread(target=send, args=(results,)) for results in taken]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    for one, other in zip(*taken, strict=True):
        assert "duplicate" in (one, other)
        assert {one, other} <= {"accepted", "duplicate", "waiting"}


def send_to_dying_workers(portal: Portal, database: OwnDatabase, lines: list[feed.Line]) -> None:
    body = json.dumps(lines).encode()
    answers: list[tuple[int, Any]] = []
    with locked_out(database) as batch_is_in_hand:
        sender = threading.Thread(target=lambda: answers.append(portal.deliver(body)))
        sender.start()
        wait_for(batch_is_in_hand, portal.process, logs=portal.logs)
        portal.kill_workers()
        sender.join()
    # Where nobody can tell that a worker has it already, the next one may get it, and finds the books locked.
    assert answers[0][0] == 0 or (answers[0][0] == 429 and not database.on_postgres)
    # And at any other moment, also when it is committed and only the answer is lost.
    chance = random.Random(13)
    for _ in range(3):
        killer = threading.Timer(chance.uniform(0, 0.3), portal.kill_workers)
        killer.start()
        portal.deliver(body)
        killer.join()
    assert set(portal.deliver_until_taken(lines)) <= {"accepted", "duplicate", "waiting"}


@contextmanager
def locked_out(database: OwnDatabase) -> Iterator[Callable[[], bool]]:
    """Somebody else holds the books; yields whether a delivery is waiting for them."""
    with closing(database.connect()) as holder:
        if database.on_postgres:
            holder.cursor().execute("SELECT pg_advisory_xact_lock(620001)")
            waiting = "pg_locks WHERE locktype = 'advisory' AND NOT granted AND database = "
            waiting += "(SELECT oid FROM pg_database WHERE datname = current_database())"
            yield lambda: count(database, waiting) == 1
        else:
            holder.isolation_level = None
            holder.execute("BEGIN IMMEDIATE")
            yield lambda: True
        holder.rollback()


@pytest.mark.postgres
def test_database_and_redis_stopped_under_deliveries_lose_no_event(
    programme: OwnDatabase, own_redis: OwnRedis, tmp_path: Path
) -> None:
    lines = feed.many_events(40, 8, partners=PARTNERS)
    with copy_of(programme, tmp_path) as copy, proxy_to(programme.url) as proxy:
        copy.manage("import_events", feed.write(tmp_path / "events.jsonl", lines))
        away = {"DATABASE_URL": proxy.url(programme.url), "REDIS_URL": own_redis.url}
        with serving(programme, tmp_path, **away) as portal, ThreadPoolExecutor(3) as pool:
            shares = [lines[at : at + 5] for at in range(0, len(lines), 5)]
            portal.deliver_until_taken(shares[0])
            taken = pool.map(portal.deliver_until_taken, shares[1:])
            proxy.cut()  # first, while deliveries are under way
            own_redis.process.kill()
            wait_for(lambda: 503 in portal.said, portal.process, logs=portal.logs)
            proxy.mend()
            assert {result for results in taken for result in results} <= {"accepted", "duplicate", "waiting"}
        for each in (programme, copy):
            each.manage("close_month", "2025-10")
        assert books.unlike(books.read(programme), books.read(copy)) == []


def test_server_refuses_what_no_client_should_send_and_goes_on_serving(
    own_database: OwnDatabase, tmp_path: Path
) -> None:
    good = json.dumps([feed.registered("c-1", "09-01")]).encode()
    with serving(own_database, tmp_path) as portal:
        assert portal.deliver(b" " * (10 << 20), {})[0] in (0, 413)  # it may hang up before all of it is sent

        def raw(head: str, body: bytes = b"") -> bytes:
            with socket.create_connection(("127.0.0.1", portal.port), timeout=60) as connection:
                connection.sendall(
                    f"POST {PATH} HTTP/1.1\r\nHost: localhost\r\n{head}\r\n\r\n".encode("latin-1") + body
                )
                connection.shutdown(socket.SHUT_WR)
                return b"".join(iter(lambda: connection.recv(65_536), b""))

        assert raw(f"Content-Length: {10 << 20}").startswith(b"HTTP/1.1 413 ")
        assert raw("Transfer-Encoding: chunked", b"2\r\n[]\r\n0\r\n\r\n").startswith(b"HTTP/1.1 411 ")
        assert raw("Content-Length: 100", b"[]").split(b" ", 2)[1] in (b"400", b"401")
        assert raw("Content-Length: -1", b"[]").split(b" ", 2)[1] == b"400"
        strange = "\r\n".join(f"{name}: {value}\xff" for name, value in signed(good).items())
        assert raw(f"Content-Length: {len(good)}\r\n{strange}", good).startswith(b"HTTP/1.1 401 ")
        status, answer = portal.deliver(good)
        assert (status, [each["result"] for each in answer]) == (200, ["accepted"])
        assert count(own_database, "referrals_event") == 1
    log = (tmp_path / "web.log").read_text()
    assert "Traceback" not in log
    assert "c-1" not in log
