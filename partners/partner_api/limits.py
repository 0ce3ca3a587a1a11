"""How often a token may ask: so many requests a minute, counted by all processes together where there is Redis."""

import datetime as dt
import logging
import time
from typing import Any, NamedTuple

from django.conf import settings
from django.core.cache import caches
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

WINDOW_SECONDS = 60
_REST_SECONDS = 10  # after Redis has failed, in which nobody waits for it again
_resting_until = 0.0


class Spent(NamedTuple):
    """What there is and what is left of it until the window ends."""

    limit: int
    remaining: int
    reset_seconds: int
    is_over: bool

    @property
    def headers(self) -> dict[str, str]:
        """The form of the drafts 03–06 of RateLimit header fields: plain numbers, which any program reads."""
        return {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(self.remaining),
            "RateLimit-Reset": str(self.reset_seconds),
        }


def spend(whose: str, *, now: dt.datetime) -> Spent:
    """One request more of somebody's. Without Redis, or while it fails, every process counts by itself."""
    window, passed = divmod(int(now.timestamp()), WINDOW_SECONDS)
    number = _count(f"api:{whose}:{window}")
    limit = settings.API_REQUESTS_A_MINUTE
    return Spent(limit, max(0, limit - number), WINDOW_SECONDS - passed, number > limit)


def _count(key: str) -> int:
    global _resting_until
    if time.monotonic() >= _resting_until:
        try:
            return _increment(caches["default"], key)
        except (RedisError, OSError) as error:
            _resting_until = time.monotonic() + _REST_SECONDS
            logger.warning("requests are counted by each process alone: %s", type(error).__name__)
    return _increment(caches["process"], key)


def _increment(cache: Any, key: str) -> int:
    cache.add(key, 0, 2 * WINDOW_SECONDS)
    try:
        return int(cache.incr(key))
    except ValueError:  # thrown out meanwhile, because memory is short
        return 1
