"""Signatures after the Standard Webhooks specification: of our requests to the service, and of its events to us.

A secret is written `whsec_<base64>`. Several may be active at a time, separated by spaces or commas, so that they can
be exchanged without a gap: the first one signs, each of them is taken.
"""

import base64
import datetime as dt
import hashlib
import hmac
import re
from collections.abc import Mapping
from typing import NamedTuple

TOLERANCE = dt.timedelta(minutes=5)
_PREFIX = "whsec_"
_VERSION = "v1,"
_SECONDS = re.compile(r"[0-9]{1,12}", re.ASCII)


class Signature(NamedTuple):
    """The three headers of a signed message."""

    id: str
    timestamp: str
    signatures: str

    @classmethod
    def of(cls, headers: Mapping[str, str]) -> "Signature":
        """What a request says; empty where it says nothing."""
        return cls(*(headers.get(f"webhook-{name}", "") for name in ("id", "timestamp", "signature")))

    def as_headers(self) -> dict[str, str]:
        return {"webhook-id": self.id, "webhook-timestamp": self.timestamp, "webhook-signature": self.signatures}


class NotSigned(Exception):
    """A header of the signature is missing, or isn't one."""


class SignedAtAnotherTime(Exception):
    """The message was signed more than five minutes ago, or will be: it may be an old one, sent again by somebody."""


class SignedByAnother(Exception):
    """No active secret makes this signature of this message."""


def keys(secrets: str) -> list[bytes]:
    """The keys that a setting names, in its order. Raises ValueError for what is no secret."""
    found = []
    for secret in secrets.replace(",", " ").split():
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
        # An empty key is one that everybody has.
        if not secret.startswith(_PREFIX) or not key:
            raise ValueError("no secret")
        found.append(key)
    return found


def sign(secrets: str, *, message_id: str, body: bytes, now: dt.datetime) -> Signature:
    """Sign a message with the first of the secrets. Without one it is signed with nothing, and nobody will take it."""
    timestamp = str(int(now.timestamp()))
    made = [_signature(key, message_id, timestamp, body) for key in keys(secrets)[:1]]
    return Signature(message_id, timestamp, "".join(made))


def verify(given: Signature, body: bytes, *, secrets: str, now: dt.datetime) -> None:
    """Returns if one of the secrets made one of the signatures given, of this message, within five minutes of now.

    Compares in constant time. Raises NotSigned, SignedAtAnotherTime or SignedByAnother; without a secret always.
    """
    if not all(given) or not _SECONDS.fullmatch(given.timestamp):
        raise NotSigned
    if abs(now.timestamp() - int(given.timestamp)) > TOLERANCE.total_seconds():
        raise SignedAtAnotherTime
    expected = [_signature(key, given.id, given.timestamp, body).encode() for key in keys(secrets)]
    taken = [each.encode() for each in given.signatures.split(" ")]
    if not any(hmac.compare_digest(one, other) for one in expected for other in taken):
        raise SignedByAnother


def _signature(key: bytes, message_id: str, timestamp: str, body: bytes) -> str:
    signed = f"{message_id}.{timestamp}.".encode() + body
    return _VERSION + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
