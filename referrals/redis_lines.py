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
from typing import Any, NamedTuple

from redis import Connection, ConnectionPool, RedisError
from redis.backoff import NoBackoff
from redis.exceptions import NoScriptError, ResponseError
from redis.retry import Retry

_JUST_NOW = 0.02  # seconds: a connection that was answered by then is not looked at before it is used again


class Unreachable(Exception):
    """Redis doesn't answer or refuses, and surely has done nothing."""


class Unsure(Exception):
    """Redis was told and didn't answer. It may have done it, or may yet, so nobody must do it again elsewhere."""


class Asked(NamedTuple):
    """What was said to Redis, and over which connection the answer comes."""

    line: Any
    script: str
    words: tuple[str, ...]


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
        return self.answer(self.ask(script, keys, *args))

    def ask(self, script: str, keys: tuple[str, ...], *args: str) -> Asked:
        """Tell Redis, and don't wait for the answer, which must be asked for. Raises Unreachable, Unsure."""
        try:
            line = self._take()
        except (RedisError, OSError) as error:
            raise Unreachable(type(error).__name__) from error
        asked = Asked(line, script, (str(len(keys)), *keys, *args))
        try:
            _say(line, "EVALSHA", _digest(script), *asked.words)
        except (RedisError, OSError) as error:
            self._give_up(line)
            raise Unsure(type(error).__name__) from error
        return asked

    def answer(self, asked: Asked) -> Any:
        """What the script returned. Raises Unreachable, Unsure."""
        line = asked.line
        try:
            try:
                found = line.read_response()
            except NoScriptError:
                _say(line, "EVAL", asked.script, *asked.words)
                found = line.read_response()
        except ResponseError as error:
            self._idle.append((line, time.monotonic()))
            raise Unreachable(str(error)) from error
        except (RedisError, OSError) as error:
            self._give_up(line)
            raise Unsure(type(error).__name__) from error
        self._idle.append((line, time.monotonic()))
        return found

    def _give_up(self, line: Any) -> None:
        line.disconnect()  # the answer may yet come, and would be taken for the next one's
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


def _say(line: Any, *words: str) -> None:
    coded = [word.encode() for word in words]
    packed = b"*%d\r\n" % len(coded) + b"".join([b"$%d\r\n%b\r\n" % (len(word), word) for word in coded])
    line.send_packed_command([packed], check_health=False)


@cache
def _digest(script: str) -> str:
    return sha1(script.encode(), usedforsecurity=False).hexdigest()  # Redis names scripts so
