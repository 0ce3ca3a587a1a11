"""Scripts run by Redis, told at most once, at as few system calls as it takes: a link has no time for more.

The client library tries again by itself, and asks the system for leave before each word; in a process with several
threads each of that costs as much as a click.
"""

import socket
import struct
import time
from collections import deque
from contextlib import suppress
from functools import cache
from hashlib import sha1
from typing import Any

from redis import Connection, ConnectionPool, RedisError
from redis.backoff import NoBackoff
from redis.exceptions import NoScriptError, ResponseError
from redis.retry import Retry


_JUST_NOW = 0.02  # seconds: a connection that was answered by then is not looked at before it is used again


class Unreachable(Exception):
    """Redis doesn't answer or refuses, and surely has done nothing."""


class Unsure(Exception):
    """Redis was told and didn't answer. It may have done it, or may yet, so nobody must do it again elsewhere."""


class _Line(Connection):
    """A connection that waits in the kernel."""

    def _connect(self) -> socket.socket:
        connected: socket.socket = super()._connect()
        connected.settimeout(None)
        seconds, rest = divmod(self.socket_connect_timeout or 0, 1)
        patience = struct.pack("ll", int(seconds), int(rest * 1_000_000))
        for way in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
            connected.setsockopt(socket.SOL_SOCKET, way, patience)
        self._connected = connected
        return connected

    def can_read(self, timeout: float = 0) -> bool:
        """Whether there is something before anything was asked: most likely, that the other side has closed."""
        with suppress(ConnectionError):
            try:
                self._connected.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
            except BlockingIOError:
                return False
        return True


class Lines:
    """Connections of this process to one Redis, as many as threads talk to it at once."""

    def __init__(self, url: str, patience: float) -> None:
        # The older protocol: nothing of the newer one is needed. `rediss://` and `unix://` bring their own connections.
        self._pool = ConnectionPool.from_url(
            url,
            connection_class=_Line,
            protocol=2,
            decode_responses=True,
            socket_connect_timeout=patience,
            socket_timeout=None if url.startswith("redis://") else patience,
            retry=Retry(NoBackoff(), 0),
        )
        self._idle: deque[tuple[Any, float]] = deque()  # each with since when

    def run(self, script: str, keys: tuple[str, ...], *args: str) -> Any:
        """What the script returns. Raises Unreachable, Unsure."""
        try:
            line = self._take()
        except (RedisError, OSError) as error:
            raise Unreachable(type(error).__name__) from error
        try:
            try:
                return _answer(line, "EVALSHA", _digest(script), str(len(keys)), *keys, *args)
            except NoScriptError:
                return _answer(line, "EVAL", script, str(len(keys)), *keys, *args)
        except ResponseError as error:
            raise Unreachable(str(error)) from error
        except (RedisError, OSError) as error:
            line.disconnect()  # the answer may yet come, and would be taken for the next one's
            raise Unsure(type(error).__name__) from error
        finally:
            self._idle.append((line, time.monotonic()))

    def _take(self) -> Any:
        try:
            line, since = self._idle.pop()
        except IndexError:
            line, since = self._pool.make_connection(), 0.0
        try:
            if line.is_connected and time.monotonic() - since > _JUST_NOW and line.can_read():
                line.disconnect()
            line.connect()
        except BaseException:
            line.disconnect()
            self._idle.append((line, since))
            raise
        return line


def _answer(line: Any, *words: str) -> Any:
    coded = [word.encode() for word in words]
    packed = b"*%d\r\n" % len(coded) + b"".join([b"$%d\r\n%b\r\n" % (len(word), word) for word in coded])
    line.send_packed_command([packed], check_health=False)
    return line.read_response()


@cache
def _digest(script: str) -> str:
    return sha1(script.encode(), usedforsecurity=False).hexdigest()  # Redis names scripts so
