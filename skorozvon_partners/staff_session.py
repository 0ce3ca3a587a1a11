"""How long staff stays signed in: for a working day at most, and not while it does nothing."""

import datetime as dt

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase

_SINCE, _SEEN, _NEEDS_CODE = "staff_since", "staff_seen", "staff_needs_code"
_NOTED_EVERY = 60  # seconds: not each click has to be written down


def begin(session: SessionBase, *, needs_code: bool, now: dt.datetime) -> None:
    """The password was right. `needs_code`: there is a phone, so its code is asked for, whatever the settings say."""
    session[_SINCE] = session[_SEEN] = _seconds(now)
    session[_NEEDS_CODE] = needs_code
    session.set_expiry(_longest())


def is_begun(session: SessionBase) -> bool:
    """Whether it was opened at staff's own door: one of the partners' lives longer."""
    return _SINCE in session


def is_over(session: SessionBase, *, now: dt.datetime) -> bool:
    since, seen = session.get(_SINCE, 0), session.get(_SEEN, 0)
    return _seconds(now) - since >= _longest() or _seconds(now) - seen >= settings.STAFF_IDLE_MINUTES * 60


def needs_code(session: SessionBase) -> bool:
    return settings.STAFF_NEEDS_SECOND_FACTOR or bool(session.get(_NEEDS_CODE))


def see(session: SessionBase, *, now: dt.datetime) -> None:
    """Somebody is there. The session ends no later for it than it would have."""
    if _seconds(now) - session.get(_SEEN, 0) >= _NOTED_EVERY:
        session[_SEEN] = _seconds(now)
        session.set_expiry(max(1, session[_SINCE] + _longest() - _seconds(now)))


def _longest() -> int:
    return settings.STAFF_SESSION_HOURS * 3600


def _seconds(now: dt.datetime) -> int:
    return int(now.timestamp())
