"""The emulator over HTTP: reads a request, asks whoever answers such ones, writes the response."""

import sys
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from emulators.service import control, events, partner_api, site
from emulators.service.emulator import Emulator
from emulators.service.messages import Request, Response, json_response

_MAX_BODY_BYTES = 100_000
_HOSTS = ("127.0.0.1", "localhost")


class Server(ThreadingHTTPServer):
    """Listens on this machine only. A call that waits doesn't hold up its end."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, emulator: Emulator, *, port: int) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.emulator = emulator
        self.ending = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: Server
    timeout = 30

    def do_GET(self) -> None:
        response = self._response()
        if response is None:
            self.close_connection = True
            return
        with suppress(ConnectionError):  # whoever asked may have stopped waiting
            self._write(response)

    do_POST = do_GET

    def _write(self, response: Response) -> None:
        self.send_response(response.status)
        given = {name for name, _ in response.headers}
        usual = [
            ("Content-Type", response.content_type),
            ("Content-Length", str(len(response.body))),
            ("Cache-Control", "no-store"),
            ("Referrer-Policy", "same-origin"),
            ("X-Content-Type-Options", "nosniff"),
        ]
        for name, value in [*(each for each in usual if each[0] not in given), *response.headers]:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(response.body)

    def _response(self) -> Response | None:
        try:
            length = int(self.headers.get("Content-Length") or 0)
        except ValueError:
            return json_response(400, {"error": "bad Content-Length"})
        if not 0 <= length <= _MAX_BODY_BYTES:
            return json_response(413, {"error": "too large"})
        if not self._comes_from_here():
            return json_response(403, {"error": "asked by a page of another site"})
        request = Request(self.command, self.path, self.headers, self.rfile.read(length))
        emulator = self.server.emulator
        if request.path.startswith(partner_api.PREFIX):
            return partner_api.answer(emulator, request, wait=self.server.ending.wait)
        if request.path.startswith(control.PREFIX):
            return control.answer(emulator, request)
        if request.path == "/events.jsonl":
            return _events(emulator, request)
        return site.answer(emulator, request)

    def _comes_from_here(self) -> bool:
        """Nobody signs the control API: a page of the internet, open in the developer's browser, must not reach it."""
        host = self.headers.get("Host", "")
        origin = self.headers.get("Origin")
        return host.partition(":")[0] in _HOSTS and (origin is None or urlsplit(origin).netloc == host)

    def log_request(self, code: object = "-", size: object = "-") -> None:
        # Without the query: what stands there may be somebody's.
        sys.stderr.write(f"{self.command} {urlsplit(self.path).path} {code}\n")


def _events(emulator: Emulator, request: Request) -> Response:
    """The feed as a file; X-Last-Event says from where to ask on."""
    after = request.query.get("after", "0")
    if not (after.isascii() and after.isdigit() and len(after) < 19):
        return json_response(400, {"error": "after: нужно число"})
    with emulator.database.transaction() as books:
        lines, last = events.export(books, after=int(after))
    return Response(200, lines.encode(), "application/jsonl; charset=utf-8", [("X-Last-Event", str(last))])
