"""Redis, where clicks wait for the flush: one round trip per click, one basket per flush.

The basket is a hash: whose click ('2026-11-28 62b0 <mark>') → how many. It has a key of its own, under which the
database remembers that it was emptied.
"""

import datetime as dt
import secrets
from collections.abc import Iterator
from functools import cache, lru_cache
from itertools import count
from threading import Lock
from typing import NamedTuple

from partners.months import MOSCOW
from referrals.day_visitors import Follower, Mark, mark, new_salt, remember_salt, remembered_salt
from referrals.redis_lines import Asked, Lines, Unreachable, Unsure

BASKET, TAKEN, SALT, MEMORY = "clicks:basket", "clicks:taken", "clicks:salt", "clicks:memory"
PATIENCE = 0.25  # seconds that a thread waits, once, for a Redis that doesn't answer
# So many visitors wait at most, should the database be down for long; clicks beyond that are counted without them.
ROOM = 500_000
_BOT, _UNTOLD, _KEY, _NO_ROOM = "bot", "-", "key", "no room"

_PUT = """
local salt = redis.call('GET', KEYS[3])
if not salt then
    redis.call('SET', KEYS[3], ARGV[1], 'EXAT', ARGV[2])
elseif salt ~= ARGV[1] then
    return salt
end
local memory = redis.call('GET', KEYS[2])
if not memory then
    memory = ARGV[3]
    redis.call('SET', KEYS[2], memory)
end
local key = redis.call('HGET', KEYS[1], 'key')
if not key then
    key = ARGV[3]
    redis.call('HSET', KEYS[1], 'key', key)
end
local whose, room, taken = ARGV[4], tonumber(ARGV[6]), redis.call('HLEN', KEYS[1])
if taken >= room and redis.call('HEXISTS', KEYS[1], whose) == 0 then
    whose = ARGV[5]
    if taken >= 2 * room and redis.call('HEXISTS', KEYS[1], whose) == 0 then whose = 'no room' end
end
redis.call('HINCRBY', KEYS[1], whose, 1)
return ARGV[1] .. ' ' .. memory .. ' ' .. key
"""
_TAKE = """
if redis.call('EXISTS', KEYS[2]) == 0 then
    if redis.call('EXISTS', KEYS[1]) == 0 then return {} end
    redis.call('RENAME', KEYS[1], KEYS[2])
end
return redis.call('HGETALL', KEYS[2])
"""
_DROP = "if redis.call('HGET', KEYS[1], 'key') == ARGV[1] then redis.call('UNLINK', KEYS[1]) end"


class Forgotten(NamedTuple):
    """A basket that Redis has lost, unless it was emptied before, and how many clicks this process had put there."""

    key: str  # empty: nobody knows which
    clicks: int


class Begun(NamedTuple):
    """A click on its way to the basket."""

    code: str
    day: dt.date
    follower: Follower
    asked: Asked


class Entry(NamedTuple):
    """Clicks of one visitor of a code on a day, of bots, or (neither) of visitors that can't be told apart."""

    code: str
    day: dt.date
    clicks: int
    mark: Mark | None = None
    is_bot: bool = False


class Taken(NamedTuple):
    """A basket in the hands of the flush."""

    key: str
    entries: list[Entry]
    without_room: int


class Basket:
    """Where this process puts its clicks."""

    def __init__(self, url: str, *, patience: float = PATIENCE) -> None:
        self._lines = Lines(url, patience)
        self._lock = Lock()
        # Of new baskets' keys: no two are the same, and none costs a system call.
        self._name, self._numbers = secrets.token_hex(8), count(1)
        self._memory = ""
        self._clicks: dict[str, int] = {}  # of this process, by basket: the two that can be there at once
        self._unsure = 0

    def put(self, code: str, day: dt.date, follower: Follower) -> list[Forgotten]:
        """Put in one click, and wait until it is there: `begin` and `end` in one."""
        return self.end(self.begin(code, day, follower))

    def begin(self, code: str, day: dt.date, follower: Follower) -> Begun:
        """Send one click on its way; `end` has to follow. Raises Unreachable, Unsure."""
        return self._begin(code, day, follower, remembered_salt(day) or new_salt())

    def end(self, begun: Begun) -> list[Forgotten]:
        """Wait until the click is in. Raises Unreachable, Unsure.

        Returns what Redis has forgotten since this process put the last one in.
        """
        while True:
            try:
                agreed, *noted = self._lines.answer(begun.asked).split(" ")
            except Unsure:
                self._note_unsure()
                raise
            remember_salt(begun.day, agreed)
            if noted:
                return self._note(*noted)
            # Another process was the first today.
            begun = self._begin(begun.code, begun.day, begun.follower, agreed)

    def take(self) -> Taken | None:
        """The basket, or the one that was taken before and not dropped; new clicks go into another.

        Raises Unreachable.
        """
        try:
            found = self._lines.run(_TAKE, (BASKET, TAKEN))
        except Unsure as error:
            raise Unreachable from error
        if not found:
            return None
        counts = dict(zip(found[::2], found[1::2], strict=True))
        key, without_room = counts.pop(_KEY), int(counts.pop(_NO_ROOM, 0))
        return Taken(key, list(_entries(counts)), without_room)

    def drop(self, key: str) -> None:
        """Forget the basket that was taken, now that it is emptied. Raises Unreachable."""
        try:
            self._lines.run(_DROP, (TAKEN,), key)
        except Unsure as error:
            raise Unreachable from error

    def _begin(self, code: str, day: dt.date, follower: Follower, salt: str) -> Begun:
        new_key = f"{self._name}{next(self._numbers)}"
        told = _BOT if follower.is_bot else "".join(mark(follower, salt=salt))
        whose = (f"{day} {code} {told}", f"{day} {code} {_BOT if follower.is_bot else _UNTOLD}")
        args = (salt, _end_of(day), new_key, *whose, str(ROOM))
        try:
            asked = self._lines.ask(_PUT, (BASKET, MEMORY, f"{SALT}:{day}"), *args)
        except Unsure:
            self._note_unsure()
            raise
        return Begun(code, day, follower, asked)

    def _note_unsure(self) -> None:
        with self._lock:
            self._unsure += 1

    def _note(self, memory: str, key: str) -> list[Forgotten]:
        with self._lock:
            forgotten: list[Forgotten] = []
            if self._memory and self._memory != memory:
                forgotten = [Forgotten(*item) for item in self._clicks.items()]
                forgotten += [Forgotten("", self._unsure)] if self._unsure else []
                self._clicks.clear()
            self._memory, self._unsure = memory, 0
            if key not in self._clicks and len(self._clicks) > 1:
                del self._clicks[next(iter(self._clicks))]
            self._clicks[key] = self._clicks.get(key, 0) + 1
        return forgotten


@cache
def basket_at(url: str) -> Basket:
    """The basket of this process: its connections stay open."""
    return Basket(url)


@lru_cache(maxsize=4)
def _end_of(day: dt.date) -> str:
    return str(int(dt.datetime.combine(day + dt.timedelta(days=1), dt.time.min, MOSCOW).timestamp()))


def _entries(counts: dict[str, str]) -> Iterator[Entry]:
    for whose, clicks in counts.items():
        day, code, told = whose.split(" ")
        is_told = told not in (_BOT, _UNTOLD)
        yield Entry(
            code=code,
            day=dt.date.fromisoformat(day),
            clicks=int(clicks),
            mark=Mark(told[:16], told[16:]) if is_told else None,
            is_bot=told == _BOT,
        )
