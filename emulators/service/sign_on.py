"""Links by which somebody signed in to the service enters the portal: one-time tokens, JWT with EdDSA."""

import base64
import json
import time
import uuid
from typing import Any
from urllib.parse import urlencode

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from emulators.service.accounts import Account

LIFETIME_SECONDS = 60


def url(portal: str, account: Account, private_key: Ed25519PrivateKey, **changes: Any) -> str:
    """A link to the portal that signs the account in; `changes` as in `claims`."""
    return f"{portal}/sso/?" + urlencode({"token": encode(claims(account, **changes), private_key)})


def claims(
    account: Account,
    *,
    expires_in: int = LIFETIME_SECONDS,
    jti: str | None = None,
    audience: str = "partners",
    issuer: str = "skorozvon",
) -> dict[str, Any]:
    """What the token says. With `expires_in` below zero it is one that was good for a minute and has run out."""
    now = int(time.time())
    expires_at = now + expires_in
    found = {
        "iss": issuer,
        "aud": audience,
        "sub": account.id,
        "email": account.email,
        "name": account.name,
        "phone": account.phone,
        "iat": now if expires_in > 0 else expires_at - LIFETIME_SECONDS,
        "exp": expires_at,
        "jti": jti or uuid.uuid4().hex,
    }
    return found | ({"inn": account.inn} if account.inn else {})


def encode(content: dict[str, Any], private_key: Ed25519PrivateKey) -> str:
    signed = f"{_part({'alg': 'EdDSA', 'typ': 'JWT'})}.{_part(content)}"
    return f"{signed}.{_base64url(private_key.sign(signed.encode()))}"


def _part(content: dict[str, Any]) -> str:
    return _base64url(json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode())


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
