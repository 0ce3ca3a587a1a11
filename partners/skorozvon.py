"""The service, by the portal's contract with it: its answers as data, its silence as exceptions.

Nothing here logs or keeps what it is given.
"""

import base64
import datetime as dt
import json
import ssl
import uuid
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any
from urllib.parse import quote

import httpx2
import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.conf import settings

from partners import fields, json_lines, money, webhooks
from partners.fields import BadValue

# Somebody waits at the sign-in page.
_TIMEOUT = httpx2.Timeout(5, connect=3)
# Nobody does, and an answer about money is worth waiting for.
_MONEY_TIMEOUT = httpx2.Timeout(20, connect=3)
_SESSIONS = "/partner-api/v1/sessions"
_CREDITS = "/partner-api/v1/credits"
_LONGEST_LIFE = 60
_LEEWAY = 5  # seconds by which the two clocks may differ
_CLAIMS = ["iss", "aud", "sub", "email", "name", "phone", "iat", "exp", "jti"]


@dataclass(frozen=True)
class Account:
    """An account of the service. What it doesn't tell is empty."""

    id: str
    email: str
    name: str = ""
    phone: str = ""
    inn: str = ""


@dataclass(frozen=True)
class Token:
    """A genuine token of the profile menu, whose time has not run out."""

    jti: str
    account: Account


class CreditAnswer(StrEnum):
    """What the service did when it was told to credit an account."""

    CREATED = "created"
    REPEATED = "repeated"  # it had done so before, by the same key
    CONFLICT = "conflict"  # the key is another credit's: nothing was done


@dataclass(frozen=True)
class Credit:
    """Money that the service has put on an account for the portal."""

    account_id: str
    amount_kopecks: int
    key: str


class WrongCredentials(Exception):
    """No such e-mail, or another password: the service doesn't say which."""


class TooManyAttempts(Exception):
    """The service has stopped guessing at this e-mail, for `seconds` where it says so, else 0."""

    def __init__(self, seconds: int = 0) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class ServiceDoesNotAnswer(Exception):
    """No answer in time, or none that means anything. The message holds nothing personal."""


class TokenIsForeign(Exception):
    """The token isn't the service's, not for the portal, or not made as agreed. The message holds nothing personal."""


class TokenHasExpired(Exception):
    """The token was good, up to a minute after it was made."""


def open_session(email: str, password: str) -> Account:
    """Whose e-mail and password these are. One call, also for an unknown e-mail.

    Raises WrongCredentials, TooManyAttempts or ServiceDoesNotAnswer.
    """
    answer = _ask("POST", _SESSIONS, {"email": email, "password": password})
    if answer.status_code == 401:
        raise WrongCredentials
    if answer.status_code == 429:
        seconds = answer.headers.get("Retry-After", "")
        raise TooManyAttempts(int(seconds) if seconds.isascii() and seconds.isdigit() and len(seconds) < 6 else 0)
    if answer.status_code != 200:
        raise ServiceDoesNotAnswer(f"status {answer.status_code}")
    try:
        given = _object(answer).get("account")
        if not isinstance(given, dict):
            raise BadValue("no account")
        return _account(given, given.get("id"))
    except BadValue:
        raise ServiceDoesNotAnswer("the answer means nothing") from None


def credit(*, account_id: str, amount_kopecks: int, key: str) -> CreditAnswer:
    """Have an account credited, once for each key. Repeatable: one call, up to 20 seconds.

    Raises ServiceDoesNotAnswer for everything but the three answers: nobody knows then whether it was done.
    """
    asked = Credit(account_id, amount_kopecks, key)
    roubles, rest = divmod(amount_kopecks, 100)
    given = {"account_id": account_id, "amount": f"{roubles}.{rest:02}", "key": key}
    answer = _ask("POST", _CREDITS, given, timeout=_MONEY_TIMEOUT)
    outcomes = {201: CreditAnswer.CREATED, 200: CreditAnswer.REPEATED, 409: CreditAnswer.CONFLICT}
    if (outcome := outcomes.get(answer.status_code)) is None:
        raise ServiceDoesNotAnswer(f"status {answer.status_code}")
    # A status alone proves nothing: whatever stands in front of the service may answer with a page of its own.
    found = _credit(answer)
    if found.key != key or (found == asked) is (outcome == CreditAnswer.CONFLICT):
        raise ServiceDoesNotAnswer("the answer is about another credit")
    return outcome


def find_credit(key: str) -> Credit | None:
    """What the service has done by a key; None when it has not seen it. Raises ServiceDoesNotAnswer."""
    answer = _ask("GET", f"{_CREDITS}/{quote(key, safe='')}", timeout=_MONEY_TIMEOUT)
    if answer.status_code == 404:
        _object(answer)
        return None
    if answer.status_code != 200:
        raise ServiceDoesNotAnswer(f"status {answer.status_code}")
    found = _credit(answer)
    if found.key != key:
        raise ServiceDoesNotAnswer("the answer is about another credit")
    return found


def read_token(text: str, *, now: dt.datetime) -> Token:
    """The token of a sign-on, once it is proved to be the service's, for the portal and of this minute.

    Says nothing about whether it was used before. Raises TokenIsForeign or TokenHasExpired.
    """
    try:
        key = Ed25519PublicKey.from_public_bytes(base64.b64decode(settings.SKOROZVON_SSO_PUBLIC_KEY, validate=True))
    except ValueError:
        raise TokenIsForeign("no public key is set to check it by") from None
    try:
        claims = jwt.decode(
            text,
            key,
            algorithms=["EdDSA"],
            issuer="skorozvon",
            audience="partners",
            # Time is judged below, by the moment that the caller goes by.
            options={"require": _CLAIMS, "strict_aud": True, "verify_exp": False, "verify_iat": False},
        )
        jti = fields.filled_text(claims["jti"], limit=200)
        account = _account(claims, claims["sub"])
        made, ends = _seconds(claims["iat"]), _seconds(claims["exp"])
    except (jwt.InvalidTokenError, BadValue) as error:
        raise TokenIsForeign(type(error).__name__) from None
    if not 0 < ends - made <= _LONGEST_LIFE or made > now.timestamp() + _LEEWAY:
        raise TokenIsForeign("its time is not as agreed")
    if ends + _LEEWAY <= now.timestamp():
        raise TokenHasExpired
    return Token(jti=jti, account=account)


def _ask(
    method: str, path: str, given: dict[str, Any] | None = None, *, timeout: httpx2.Timeout = _TIMEOUT
) -> httpx2.Response:
    body = b"" if given is None else json.dumps(given).encode()
    # The clock of this machine: what the service compares is its own.
    now = dt.datetime.now(dt.UTC)
    signed = webhooks.sign(settings.SKOROZVON_SECRET, message_id=f"msg_{uuid.uuid4().hex}", body=body, now=now)
    try:
        # Without the proxies and passwords that the environment may name: the settings say where the service is.
        return httpx2.request(
            method,
            settings.SKOROZVON_URL + path,
            content=body,
            headers={"Content-Type": "application/json"} | signed.as_headers(),
            timeout=timeout,
            verify=_tls(),
            trust_env=False,
        )
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        raise ServiceDoesNotAnswer(type(error).__name__) from None


@cache
def _tls() -> ssl.SSLContext:
    """Whom to trust: reading that anew for each call would take longer than the call."""
    return httpx2.create_ssl_context(trust_env=False)


def _object(answer: httpx2.Response) -> dict[str, Any]:
    """The JSON object that an answer consists of. Raises ServiceDoesNotAnswer."""
    try:
        found = json_lines.parse(answer.content)
    except json_lines.BadLine:
        found = None
    if not isinstance(found, dict):
        raise ServiceDoesNotAnswer("the answer means nothing")
    return found


def _credit(answer: httpx2.Response) -> Credit:
    """Raises ServiceDoesNotAnswer."""
    given = _object(answer).get("credit")
    try:
        if not isinstance(given, dict):
            raise BadValue("no credit")
        return Credit(
            account_id=fields.filled_text(given.get("account_id"), limit=200),
            amount_kopecks=money.from_roubles(fields.filled_text(given.get("amount"), limit=20)),
            key=fields.filled_text(given.get("key"), limit=200),
        )
    except (BadValue, money.NotRoubles):
        raise ServiceDoesNotAnswer("the answer means nothing") from None


def _account(given: dict[str, Any], account_id: object) -> Account:
    """Raises BadValue for what the portal can't keep."""
    email = fields.filled_text(given.get("email"), limit=254)
    if "@" not in email:
        raise BadValue("no e-mail")
    return Account(
        id=fields.filled_text(account_id, limit=200),
        email=email,
        name=_told(given.get("name"), limit=200),
        phone=_told(given.get("phone"), limit=40),
        inn=_told(given.get("inn"), limit=12),
    )


def _told(value: object, *, limit: int) -> str:
    return "" if value is None else fields.text(value, limit=limit)


def _seconds(value: object) -> int:
    if type(value) is not int:  # True is an int as well
        raise BadValue("no whole number of seconds")
    return value
