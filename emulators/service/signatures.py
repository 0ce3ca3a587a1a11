"""Signatures of requests after the Standard Webhooks specification, written from it."""

import base64
import hashlib
import hmac
from email.message import Message

TOLERANCE_SECONDS = 300


class BadSignature(Exception):
    """Why a request is not taken for the portal's: `missing`, `stale` or `wrong`."""


def sign(secret: str, *, message_id: str, timestamp: int, body: bytes) -> str:
    """The value of `webhook-signature`. The secret is `whsec_` and base64."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = b".".join([message_id.encode(), str(timestamp).encode(), body])
    return "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()


def verify(secret: str, headers: Message, body: bytes, *, now: float) -> None:
    """Raises BadSignature unless one of the signatures given is this body's, made within five minutes of `now`."""
    message_id, timestamp, given = (headers.get(f"webhook-{name}") or "" for name in ("id", "timestamp", "signature"))
    if not (message_id and timestamp and given):
        raise BadSignature("missing")
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) < 16):
        raise BadSignature("stale")
    if abs(now - int(timestamp)) > TOLERANCE_SECONDS:
        raise BadSignature("stale")
    expected = sign(secret, message_id=message_id, timestamp=int(timestamp), body=body).encode()
    if not any(hmac.compare_digest(expected, each.encode()) for each in given.split(" ")):
        raise BadSignature("wrong")
