"""Telling a day's visitors apart without knowing who they are.

A visitor is a network and a browser's name, hashed under a random salt that lives for one day. Without the salt nothing
can be found out from a hash, and nothing compared with another day's. No address is stored anywhere.
"""

import datetime as dt
import secrets
from functools import lru_cache
from hashlib import blake2b
from typing import NamedTuple

from django.conf import settings

from referrals.models import DaySalt

_MARK_BYTES = 8


class Follower(NamedTuple):
    """Who follows a link, as far as the request tells; never written anywhere."""

    network: str  # see partners/visitors.py
    user_agent: str
    is_bot: bool = False


class Mark(NamedTuple):
    """A visitor of one day, unrecognisable."""

    visitor: str
    network: str


_salts: dict[dt.date, str] = {}  # of one day


def new_salt() -> str:
    return secrets.token_hex(16)


def remembered_salt(day: dt.date) -> str | None:
    """The day's salt, where this process knows it."""
    return _salts.get(day)


def remember_salt(day: dt.date, salt: str) -> None:
    """Keep the day's salt, as all processes use it, and forget any other day's."""
    if _salts.get(day) != salt:
        _salts.clear()
        _salts[day] = salt


def forget() -> None:
    """Ask for the salt anew."""
    _salts.clear()


def stored_salt(day: dt.date) -> str:
    """The day's salt that processes share through the database, where they can't through Redis. Made by the first."""
    DaySalt.objects.bulk_create([DaySalt(day=day, salt=new_salt())], ignore_conflicts=True)
    return DaySalt.objects.get(day=day).salt


def mark(follower: Follower, *, salt: str) -> Mark:
    """What a visitor is told by on the salt's day.

    The portal's own secret is part of the key, so that a copy of the database, which may hold a salt, doesn't do.
    """
    key = _key(salt, settings.SECRET_KEY)
    both = f"{follower.network} {follower.user_agent}"
    return Mark(_hash(both, key), _hash(follower.network, key))


def forget_old(*, today: dt.date) -> None:
    """Delete the salts of days that are over. Repeatable."""
    DaySalt.objects.filter(day__lt=today).delete()


@lru_cache(maxsize=4)
def _key(salt: str, secret: str) -> bytes:
    return blake2b(salt.encode(), digest_size=32, key=secret.encode()[:64]).digest()


def _hash(text: str, key: bytes) -> str:
    return blake2b(text.encode(errors="replace"), digest_size=_MARK_BYTES, key=key).hexdigest()
