"""A load on a server of this machine: connections that stay open, each asking again when it was answered."""

import selectors
import socket
import time
from collections import Counter
from typing import NamedTuple

CONNECTIONS = 16
VISITORS = 2_000
_BROWSER = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"


class Answers(NamedTuple):
    number: int
    seconds: float
    heads: Counter[bytes]  # the first lines of the answers

    @property
    def per_second(self) -> float:
        return self.number / self.seconds


def requests(path: str, port: int) -> list[bytes]:
    """As many visitors follow the same link, each from an address of its own."""
    return [
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUser-Agent: {_BROWSER}\r\nAccept: text/html,*/*\r\n"
        f"Accept-Language: ru\r\nX-Forwarded-For: 10.{n >> 16}.{n >> 8 & 255}.{n & 255}\r\n\r\n".encode()
        for n in range(VISITORS)
    ]


def put(path: str, port: int, *, seconds: float) -> Answers:
    """Ask for so long; every question that was sent is waited for. Answers have no bodies."""
    asked = requests(path, port)
    heads: Counter[bytes] = Counter()
    started = time.perf_counter()
    until = started + seconds
    number = 0
    with selectors.DefaultSelector() as waiting:
        for _ in range(CONNECTIONS):
            _ask(waiting, port, asked[number % VISITORS])
            number += 1
        while waiting.get_map():
            for key, _ in waiting.select():
                connection, head = key.fileobj, bytearray(key.data)
                assert isinstance(connection, socket.socket)
                head += connection.recv(65_536)
                if not head.endswith(b"\r\n\r\n"):
                    if not head:
                        raise SystemExit("The server has closed a connection.")
                    waiting.modify(connection, selectors.EVENT_READ, bytes(head))
                    continue
                heads[bytes(head).partition(b"\r\n")[0]] += 1
                is_over = time.perf_counter() >= until
                if is_over or b"Connection: close" in head:
                    waiting.unregister(connection)
                    connection.close()
                if is_over:
                    continue
                question = asked[number % VISITORS]
                number += 1
                if b"Connection: close" in head:
                    _ask(waiting, port, question)
                else:
                    waiting.modify(connection, selectors.EVENT_READ, b"")
                    connection.sendall(question)
    return Answers(number, time.perf_counter() - started, heads)


def _ask(waiting: selectors.BaseSelector, port: int, question: bytes) -> None:
    connection = socket.create_connection(("127.0.0.1", port))
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    waiting.register(connection, selectors.EVENT_READ, b"")
    connection.sendall(question)
