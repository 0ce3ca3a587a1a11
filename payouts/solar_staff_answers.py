"""How Solar Staff is asked and its answers are read: signed requests, one envelope, values in any of their shapes."""

import datetime as dt
import hashlib
import json
import re
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import httpx2
from django.conf import settings

from partners import money

_CONNECT_SECONDS = 3
_PERSON_SECONDS = 5  # somebody waits at a page
_LONGEST = 10_000_000  # bytes of an answer
_GOOD = 200
_TOO_MANY = 429
_ID = re.compile(r"[0-9A-Za-z][0-9A-Za-z_.-]{0,49}")
_NUMBER = re.compile(r"-?[0-9]{1,9}")
_WORDS = 200


class NoAnswer(Exception):
    """No answer in time, or none that means anything: nobody knows what happened. The text holds nothing personal."""


class Refused(Exception):
    """The provider answered and said no. `text` is its own words, for staff: they may name somebody."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(code)
        self.code = code
        self.text = text


@dataclass(frozen=True)
class Answer:
    """A well-formed answer, good or not."""

    code: int
    response: dict[str, Any] | list[Any]

    @property
    def is_good(self) -> bool:
        return self.code == _GOOD

    def get(self, name: str) -> Any:
        """A value by its name with underscores, however the provider writes it: merchantTransaction is the same."""
        return self.response.get(name) if isinstance(self.response, dict) else None

    def agreed(self) -> "Answer":
        """Itself, when the provider did what it was asked for. Raises Refused."""
        if not self.is_good:
            raise Refused(self.code, words(self.get("error_text"), limit=_WORDS))
        return self

    def said(self, status: int | None = None, title: object = None) -> str:
        """Code, status and the provider's words, for staff."""
        parts = [f"код {self.code}", "" if status is None else f"статус {status}"]
        parts += [words(title, limit=_WORDS), words(self.get("error_text"), limit=_WORDS)]
        return ", ".join(part for part in parts if part)[:_WORDS]


def ask(path: str, action: str, *, seconds: float = _PERSON_SECONDS, **parameters: str) -> Answer:
    """One signed call of the API. Empty parameters are left out. Raises NoAnswer."""
    sent = {"action": action, "client_id": settings.SOLAR_STAFF_CLIENT_ID} | parameters
    sent = {name: value for name, value in sent.items() if value}
    # Everything goes as text, so that what is signed is what is sent.
    sent["signature"] = sign(sent, settings.SOLAR_STAFF_SALT)
    return read(_post(f"{settings.SOLAR_STAFF_URL}/v1/{path}", sent, seconds=seconds))


def sign(parameters: Mapping[str, str], salt: str) -> str:
    """The signature of a request. Parameters without a value count for nothing."""
    pairs = sorted((name, value) for name, value in parameters.items() if value and name != "signature")
    text = "".join(f"{name}:{value};" for name, value in pairs) + salt
    return hashlib.sha1(text.encode()).hexdigest()  # noqa: S324 - the provider's choice


@cache
def _tls() -> ssl.SSLContext:
    """Whom to trust: reading that anew for each call would take longer than the call."""
    return httpx2.create_ssl_context(trust_env=False)


def _post(url: str, sent: dict[str, str], *, seconds: float) -> bytes:
    ends = time.monotonic() + seconds
    timeout = httpx2.Timeout(seconds, connect=_CONNECT_SECONDS)
    body = bytearray()
    try:
        # Without the proxies and passwords that the environment may name: the settings say where the provider is.
        with httpx2.stream("POST", url, json=sent, timeout=timeout, verify=_tls(), trust_env=False) as answer:
            # Otherwise the HTTP status says nothing: refusals come with 200 as well.
            if answer.status_code >= 500 or answer.status_code == _TOO_MANY:
                raise NoAnswer(f"HTTP {answer.status_code}")
            for part in answer.iter_bytes():
                body += part
                # The time limit of a request starts anew with every piece of the answer.
                if len(body) > _LONGEST or time.monotonic() > ends:
                    raise NoAnswer("the answer has no end")
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        raise NoAnswer(type(error).__name__) from None
    return bytes(body)


def read(body: bytes) -> Answer:
    """The envelope of an answer. Raises NoAnswer for what can be understood in two ways or in none."""
    try:
        # Decimals stay texts: a float is no money.
        found = json.loads(
            body.decode("utf-8-sig"), object_pairs_hook=_alike, parse_float=str, parse_constant=_refuse_constant
        )
    except (ValueError, RecursionError):
        raise NoAnswer("the answer is no JSON") from None
    if not isinstance(found, dict):
        raise NoAnswer("the answer means nothing")
    code, response = number(found.get("code")), found.get("response")
    if code is None or not isinstance(response, dict | list):
        raise NoAnswer("the answer means nothing")
    answer = Answer(code, response)
    # Its own breakdown, or a request to come later: neither says what became of what was asked for.
    if code >= 500 or code == _TOO_MANY:
        raise NoAnswer(f"code {code}")
    # Of a task it may say that it was taken although something is the matter.
    if found.get("success") is (not answer.is_good) and (answer.is_good or not answer.get("task_id")):
        raise NoAnswer("the answer contradicts itself")
    return answer


def _alike(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
        if found.setdefault(name, value) != value:
            raise ValueError("one name, two values")
    return found


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no number")


def number(value: object) -> int | None:
    """A whole number, also one written as text; None for anything else."""
    if type(value) is int:  # True is an int as well
        return value
    return int(value) if isinstance(value, str) and _NUMBER.fullmatch(value) else None


def identifier(value: object) -> str:
    """An identifier, empty when there is none. Raises NoAnswer for what can't be one."""
    if value in (None, "", "0", 0):  # so PHP may write "none", False too
        return ""
    found = str(value) if type(value) is int else value
    if not isinstance(found, str) or not _ID.fullmatch(found):
        raise NoAnswer("no identifier where one should be")
    return found


def required_identifier(value: object) -> str:
    """An identifier. Raises NoAnswer without one."""
    if not (found := identifier(value)):
        raise NoAnswer("no identifier where one should be")
    return found


def kopecks(value: object, *, currency: object = None) -> int | None:
    """Kopecks of roubles as a number or a text: 3000, "3000.5", "3000.5000". None for anything else.

    Where no currency is told, roubles are meant: nothing else was asked for.
    """
    if currency not in (None, "") and not (isinstance(currency, str) and currency.upper() == "RUB"):
        return None
    text = str(value) if type(value) is int else value
    if not isinstance(text, str):
        return None
    try:
        return money.from_roubles(re.sub(r"(?<=\.[0-9]{2})0+\Z", "", text))
    except money.NotRoubles:
        return None


def words(value: object, *, limit: int) -> str:
    """What the provider says, on one line that any database keeps."""
    if not isinstance(value, str):
        return ""
    return " ".join("".join(each if each.isprintable() else " " for each in value).split())[:limit]


def moment(value: object) -> dt.datetime | None:
    """A moment, by Moscow's clocks where no offset is told; None for anything else."""
    try:
        found = dt.datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return found and (found if found.tzinfo else found.replace(tzinfo=ZoneInfo(settings.TIME_ZONE)))


def roubles(amount_kopecks: int) -> str:
    """A sum as the provider's own example writes it: "3000", "1234.50"."""
    whole, rest = divmod(amount_kopecks, 100)
    return f"{whole}.{rest:02}" if rest else str(whole)
