"""Coming in from the service's profile menu, by a token that is good once and for a minute."""

import datetime as dt

from partners import sign_in, skorozvon
from partners.models import SignOn, User

# Far longer than a token lives, whatever the clocks do.
_KEPT_FOR = dt.timedelta(days=1)


class TokenWasUsed(Exception):
    """Somebody came in by this token before."""


class PersonIsShutOut(Exception):
    """Staff has closed the portal to this person."""


def redeem(token: str, *, now: dt.datetime) -> User:
    """The person that the token is about. Of two at the same moment one succeeds.

    Call inside the transaction that signs the person in, so that the token is used up by nothing less. Raises
    TokenIsForeign, TokenHasExpired, TokenWasUsed, EmailIsTaken or PersonIsShutOut.
    """
    read = skorozvon.read_token(token, now=now)
    _, is_first = SignOn.objects.get_or_create(jti=read.jti, defaults={"used_at": now})
    if not is_first:
        raise TokenWasUsed
    user = sign_in.holder(read.account)
    if not user.is_active:
        raise PersonIsShutOut
    return user


def forget_old(*, now: dt.datetime) -> int:
    """Delete the marks of tokens that could not be used again anyway; returns how many. Repeatable."""
    deleted, _ = SignOn.objects.filter(used_at__lt=now - _KEPT_FOR).delete()
    return deleted
