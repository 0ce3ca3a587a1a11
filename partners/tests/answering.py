"""Another system that says what a test wants said, for answers that no emulator gives."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any


@contextmanager
def answering(*bodies: bytes, status: int = 200, heard: list[bytes] | None = None) -> Iterator[str]:
    """Its address. It says one body after the other, the last one for ever, and notes what it hears."""
    left = list(bodies)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if heard is not None:
                heard.append(body)
            said = left.pop(0) if len(left) > 1 else left[0]
            self.send_response(status)
            self.send_header("Content-Length", str(len(said)))
            self.send_header("Location", "/elsewhere")
            self.end_headers()
            self.wfile.write(said)

        do_GET = do_POST

        def log_message(self, *_: Any) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,)).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
