"""Letters through real processes and a real mail server: whatever dies, none is lost."""

import email
import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from email.message import Message
from pathlib import Path

import pytest

from conftest import OwnRedis
from tests.compose import compose_command, free_port
from tests.databases import OwnDatabase
from tests.processes import feed
from tests.processes.running import MANAGE, count, kill, running, wait_for

pytestmark = pytest.mark.processes

WRITE = """
from django.db import transaction
from django.utils import timezone
from partners import notices
from partners.models import Partner
with transaction.atomic():
    for partner in Partner.objects.all():
        notices.add(partner, "registration_received", key=f"asked:{partner.pk}", now=timezone.now())
"""
SEND = "from django.utils import timezone; from partners import notices; notices.send_due(now=timezone.now())"
SENT = "partners_notice WHERE sent_at IS NOT NULL AND next_try_at IS NULL"


class MailServer(socketserver.ThreadingTCPServer):
    """Takes every letter. While it is `silent` it answers no letter, though it has it."""

    allow_reuse_address = daemon_threads = True

    def __init__(self, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), _Conversation)
        self.letters: list[Message] = []
        self.silent = threading.Event()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.server_address[1]}"

    def to(self) -> list[str]:
        return sorted(letter["To"] for letter in self.letters)


class _Conversation(socketserver.StreamRequestHandler):
    server: MailServer

    def handle(self) -> None:
        self.wfile.write(b"220 test\r\n")
        while line := self.rfile.readline():
            match line[:4].upper():
                case b"DATA":
                    self.wfile.write(b"354 go on\r\n")
                    self.take_letter()
                case b"QUIT":
                    self.wfile.write(b"221 bye\r\n")
                    return
                case _:
                    self.wfile.write(b"250 ok\r\n")

    def take_letter(self) -> None:
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            lines.append(line)
        self.server.letters.append(email.message_from_bytes(b"".join(lines)))
        while self.server.silent.is_set():
            time.sleep(0.05)
        time.sleep(0.02)  # several senders get their turn
        self.wfile.write(b"250 taken\r\n")


@pytest.fixture
def mail_server() -> Iterator[MailServer]:
    with MailServer() as server:
        yield server
        server.silent.clear()
        server.shutdown()


@pytest.fixture
def portal(own_database: OwnDatabase, mail_server: MailServer, tmp_path: Path) -> OwnDatabase:
    """Thirty partners who could be written to."""
    own_database.env |= {"EMAIL_URL": mail_server.url, "SWEEP_SECONDS": "1"}
    own_database.manage("import_partners", feed.write(tmp_path / "partners.jsonl", feed.many_partners(30)))
    return own_database


def write(portal: OwnDatabase, **env: str) -> None:
    portal.manage("shell", "--no-imports", "--command", WRITE, env=env)


def everybody() -> list[str]:
    return sorted(f"code-{n:03}@example.ru" for n in range(30))


def test_letters_go_out_by_the_sweep_when_the_broker_was_dead_as_they_were_written(
    portal: OwnDatabase, mail_server: MailServer, tmp_path: Path
) -> None:
    write(portal, REDIS_URL=f"redis://127.0.0.1:{free_port()}/0")
    assert count(portal, "partners_notice") == 30
    with running(compose_command("beat"), portal.env, tmp_path / "beat.log") as beat:
        wait_for(lambda: count(portal, SENT) == 30, beat, logs=tmp_path)
    assert mail_server.to() == everybody()


def test_letters_wait_for_a_mail_server_that_is_down(
    portal: OwnDatabase, mail_server: MailServer, tmp_path: Path
) -> None:
    write(portal)
    port = free_port()
    env = portal.env | {"EMAIL_URL": f"smtp://127.0.0.1:{port}"}
    with running(compose_command("beat"), env, tmp_path / "beat.log") as beat:
        log = tmp_path / "beat.log"
        wait_for(lambda: log.read_text().count("mail server does not answer") > 2, beat, logs=tmp_path)
        assert count(portal, "partners_notice WHERE attempts = 0") == 30
        with MailServer(port) as back:
            wait_for(lambda: count(portal, SENT) == 30, beat, logs=tmp_path)
            assert back.to() == everybody()
            back.shutdown()
        assert "@example.ru" not in log.read_text()


def test_several_senders_at_once_send_each_letter_once(
    portal: OwnDatabase, mail_server: MailServer, tmp_path: Path
) -> None:
    write(portal)
    with ExitStack() as stack:
        command = [*MANAGE, "shell", "--no-imports", "--command", SEND]
        senders = [stack.enter_context(running(command, portal.env, tmp_path / f"{n}.log")) for n in range(3)]
        assert [sender.wait(120) for sender in senders] == [0, 0, 0]
    assert mail_server.to() == everybody()
    assert count(portal, f"{SENT} AND attempts = 1") == 30


@pytest.mark.postgres
def test_letter_of_a_worker_killed_between_sending_and_noting_it_comes_again_under_its_message_id(
    portal: OwnDatabase, own_redis: OwnRedis, mail_server: MailServer, tmp_path: Path
) -> None:
    portal.env |= {"REDIS_URL": own_redis.url}
    mail_server.silent.set()
    one_at_a_time = [*compose_command("worker"), "--concurrency", "1"]
    with running(one_at_a_time, portal.env, tmp_path / "worker.log") as worker:
        write(portal)  # no beat: it is the message that wakes the worker
        wait_for(lambda: mail_server.letters, worker, logs=tmp_path)
        kill(worker)
    mail_server.silent.clear()
    [sent] = mail_server.letters
    assert count(portal, SENT) == 0
    assert count(portal, "partners_notice WHERE attempts = 1") == 1
    with (
        running(compose_command("worker"), portal.env, tmp_path / "worker.log") as worker,
        running(compose_command("beat"), portal.env, tmp_path / "beat.log") as beat,
    ):
        wait_for(lambda: count(portal, SENT) == 29, worker, beat, logs=tmp_path)
        assert len(mail_server.letters) == 30  # nobody else has touched the one in hand
        portal.query("UPDATE partners_notice SET next_try_at = created_at WHERE sent_at IS NULL")  # minutes later
        wait_for(lambda: count(portal, SENT) == 30, worker, beat, logs=tmp_path)
    assert sorted(set(mail_server.to())) == everybody()
    ids = [letter["Message-ID"] for letter in mail_server.letters]
    assert (len(ids), len(set(ids)), ids.count(sent["Message-ID"])) == (31, 30, 2)
