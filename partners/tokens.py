"""Tokens of the partner API: made, recognised, revoked (R26). What a token is can be read once, when it is made."""

import datetime as dt
import hashlib
import secrets
from contextlib import suppress

from django.db import OperationalError, transaction
from django.db.models import Q

from partners import ledger, notices
from partners.models import ApiToken, Notice, Partner, User
from partners.reasons import required

PREFIX = "skp_"  # what scanners of leaked keys can look for
MOST_LIVE = 10
_BYTES = 32
_MOST_SIGNS = 200  # of what somebody sends as a token
_NOTED_EVERY = dt.timedelta(minutes=1)


class TooManyTokens(Exception):
    """The partner has as many live tokens as one may have."""


class NameTaken(Exception):
    """A live token of the partner has this name: two of them could not be told apart."""


class RevokedBefore(Exception):
    """The token has been revoked by somebody else meanwhile."""


def make(partner: Partner, *, name: str, scope: str, by: User, now: dt.datetime) -> tuple[ApiToken, str]:
    """A new token, and the secret that is shown once and kept nowhere. A letter tells the partner (R26).

    Not repeatable, but a second one of the same name is refused. Locks the partner. Raises TooManyTokens, NameTaken.
    """
    secret = PREFIX + secrets.token_urlsafe(_BYTES)
    with transaction.atomic():
        partner = ledger.lock(partner)  # two clicks come one after the other
        live = partner.api_tokens.live()
        if live.filter(name=name).exists():
            raise NameTaken(name)
        if live.count() >= MOST_LIVE:
            raise TooManyTokens
        token = ApiToken.objects.create(
            partner=partner,
            name=name,
            scope=scope,
            digest=_digest(secret),
            ending=secret[-4:],
            created_at=now,
            created_by=by,
        )
        notices.add(
            partner,
            Notice.Kind.API_TOKEN_MADE,
            key=f"api_token_made:{token.pk}",
            now=now,
            name=name,
            can_withdraw=scope == ApiToken.Scope.WITHDRAW,
        )
    return token, secret


def revoke(token: ApiToken, *, by: User, now: dt.datetime) -> None:
    """From now on nobody gets in with it. Repeatable: who did it first, and when, stays."""
    ApiToken.objects.live().filter(pk=token.pk).update(revoked_at=now, revoked_by=by)


def revoke_for(partner: Partner, *, token: ApiToken, reason: str, by: User, now: dt.datetime) -> ApiToken:
    """Staff revokes a token of the partner's, whatever the partner's state; a letter tells the partner and why (R26).

    Raises ReasonMissing, RevokedBefore, and ApiToken.DoesNotExist for a token of somebody else's.
    """
    reason = required(reason)
    with transaction.atomic():
        token = partner.api_tokens.select_for_update().get(pk=token.pk)
        if token.revoked_at:
            raise RevokedBefore
        revoke(token, by=by, now=now)
        key = f"api_token_revoked:{token.pk}"
        notices.add(partner, Notice.Kind.API_TOKEN_REVOKED, key=key, now=now, name=token.name, reason=reason)
    return token


def find(secret: str, *, now: dt.datetime) -> ApiToken | None:
    """The live token of this secret, with its partner; None for anything else, and for a person shut out.

    One query, and once a minute another one that notes when it was last used.
    """
    if not secret.startswith(PREFIX) or len(secret) > _MOST_SIGNS:
        return None
    live = ApiToken.objects.live().select_related("partner__user")
    token = live.filter(digest=_digest(secret), partner__user__is_active=True).first()
    if token is not None and (token.last_used_at is None or token.last_used_at <= now - _NOTED_EVERY):
        not_noted = Q(last_used_at=None) | Q(last_used_at__lt=now)
        with suppress(OperationalError):  # SQLite is busy: no reason to turn anybody away
            ApiToken.objects.live().filter(not_noted, pk=token.pk).update(last_used_at=now)
    return token


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()
