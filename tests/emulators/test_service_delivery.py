"""The service's emulator delivers its feed over HTTP: in order, signed, again and again until it is taken."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from standardwebhooks import Webhook

from tests.emulators.service import Service
from tests.processes.running import wait_for

pytestmark = pytest.mark.processes

Heard = list[tuple[dict[str, str], bytes]]


@contextmanager
def portal(*statuses: int, headers: dict[str, str] | None = None) -> Iterator[tuple[str, Heard]]:
    """Answers with these statuses one after the other, then with 200; its address, and what it hears."""
    heard: Heard = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            heard.append((dict(self.headers), body))
            status = statuses[len(heard) - 1] if len(heard) <= len(statuses) else 200
            said = json.dumps([{"id": each["id"], "result": "accepted", "errors": {}} for each in json.loads(body)])
            self.send_response(status)
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said.encode())

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,)).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/api/v1/events/", heard
        finally:
            server.shutdown()


def statuses(service: Service) -> list[int | None]:
    return [each["status"] for each in service.journal()["deliveries"]]


def test_what_was_not_taken_comes_again_in_its_order_under_the_same_id(tmp_path: Any) -> None:
    with (
        portal(503, 429, 302, headers={"Retry-After": "0", "Location": "/"}) as (address, heard),
        Service(deliver_to=address) as service,
    ):
        account = service.create_account("anna@example.ru")
        wait_for(lambda: len(heard) >= 2, logs=tmp_path)
        service.charge(account["id"], "100.00")
        wait_for(lambda: statuses(service) == [503, 429, 302, 200, 200], logs=tmp_path)
        sent = [json.loads(body) for _, body in heard]
        assert sent[0] == sent[1] == sent[2] == sent[3]
        assert sent[3] + sent[4] == service.events()
        ids = [headers["webhook-id"] for headers, _ in heard]
        assert len(set(ids[:4])) == 1
        assert ids[4] != ids[3]
        for headers, body in heard:
            Webhook(service.secret).verify(body, headers)
        assert [each["results"] for each in service.journal()["deliveries"]][2:] == [{}] + 2 * [{"accepted": 1}]


def test_restart_goes_on_where_it_had_come_to(tmp_path: Any) -> None:
    with portal() as (address, heard), Service(deliver_to=address) as service:
        account = service.create_account("boris@example.ru")
        wait_for(lambda: statuses(service) == [200], logs=tmp_path)
        assert service.stop() == 0
        service.start()
        service.charge(account["id"], "1.00")
        wait_for(lambda: statuses(service) == [200, 200], logs=tmp_path)
        assert [len(json.loads(body)) for _, body in heard] == [1, 1]


def test_portal_that_is_not_there_yet_is_tried_again(tmp_path: Any) -> None:
    with Service(deliver_to="http://127.0.0.1:9/api/v1/events/") as service:
        service.create_account("anna@example.ru")
        wait_for(lambda: statuses(service)[:2] == [None, None], logs=tmp_path)
        service.reset()
        assert statuses(service) == []
