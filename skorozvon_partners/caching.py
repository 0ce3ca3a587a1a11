"""The part of the settings about caches."""

from typing import Any


def caches(redis_url: str) -> dict[str, dict[str, Any]]:
    """`default` is shared by all processes where there is Redis; `process` is each process's own.

    Nothing in them is needed for correctness: whoever uses `default` goes on without it when Redis fails.
    """
    local = "django.core.cache.backends.locmem.LocMemCache"
    found: dict[str, dict[str, Any]] = {name: {"BACKEND": local, "LOCATION": name} for name in ("default", "process")}
    if redis_url:
        found["default"] = {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": redis_url,
            "KEY_PREFIX": "skorozvon",
            "OPTIONS": {"socket_timeout": 0.5, "socket_connect_timeout": 0.5},  # seconds; nobody waits for a cache
        }
    return found
