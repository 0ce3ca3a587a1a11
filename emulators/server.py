"""An emulator over HTTP: reads a request, asks whoever answers it, writes the response."""

import signal
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from emulators.messages import Request, Response, json_response

Wait = Callable[[float], object]
Answer = Callable[[Request, Wait], Response | None]  # None closes the connection without an answer

_MAX_BODY_BYTES = 100_000
_HOSTS = ("127.0.0.1", "localhost")


class Server(ThreadingHTTPServer):
    """Listens on this machine only. A call that waits doesn't hold up its end. Raises OSError for a port in use."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128  # tests come with dozens of calls at the same moment

    def __init__(self, answer: Answer, *, port: int) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.answer = answer
        self.ending = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def run(self, name: str) -> None:
        """Say where it is, and answer until a signal ends it."""
        for each in (signal.SIGTERM, signal.SIGINT):
            # From a thread: shutdown() waits for the loop below, which runs in the thread that signals interrupt.
            signal.signal(each, lambda *_: threading.Thread(target=self.shutdown).start())
        sys.stdout.write(f"{name}: {self.url}/\n")
        sys.stdout.flush()
        with self:
            self.serve_forever(poll_interval=0.1)
            self.ending.set()


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
        return self.server.answer(request, self.server.ending.wait)

    def _comes_from_here(self) -> bool:
        """Nobody signs the control API: a page of the internet, open in the developer's browser, must not reach it."""
        host = self.headers.get("Host", "")
        origin = self.headers.get("Origin")
        return host.partition(":")[0] in _HOSTS and (origin is None or urlsplit(origin).netloc == host)

    def log_request(self, code: object = "-", size: object = "-") -> None:
        # Without the query: what stands there may be somebody's.
        sys.stderr.write(f"{self.command} {urlsplit(self.path).path} {code}\n")
