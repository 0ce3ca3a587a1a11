"""What the tests of the service's emulator share: signed calls, a browser, tokens read by a library."""

import base64
import hashlib
import hmac
import json
import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tests.emulators.service import PASSWORD, Service

# One for all: making a client takes longer than a call.
_CLIENT = httpx2.Client(trust_env=False)
PORTAL = "http://127.0.0.1:9"
SESSIONS = "/partner-api/v1/sessions"
CREDITS = "/partner-api/v1/credits"
ANNA = {"email": "anna@example.ru", "password": PASSWORD}


def call(
    service: Service,
    method: str,
    path: str,
    content: object = None,
    *,
    secret: str = "",
    age: int = 0,
    timeout: float = 30,
) -> httpx2.Response:
    """A request signed as the specification says, by code that the emulator doesn't share."""
    body = b"" if content is None else json.dumps(content).encode()
    stamp = str(int(time.time()) - age)
    key = base64.b64decode((secret or service.secret).removeprefix("whsec_"))
    signed = base64.b64encode(hmac.digest(key, f"msg-1.{stamp}.".encode() + body, hashlib.sha256)).decode()
    headers = {"webhook-id": "msg-1", "webhook-timestamp": stamp, "webhook-signature": f"v1,{signed}"}
    return _CLIENT.request(method, service.url + path, content=body, headers=headers, timeout=timeout)


def browser(service: Service) -> httpx2.Client:
    """Keeps cookies and follows no redirects."""
    return httpx2.Client(base_url=service.url, trust_env=False)


def anna(service: Service) -> str:
    return service.create_account(**ANNA, id="acc-1", name="Анна", inn="7707083893")["id"]


def credit(service: Service, amount: str = "2500.00", key: str = "withdrawal:7", account: str = "acc-1") -> int:
    """The status that a credit is answered with."""
    return call(service, "POST", CREDITS, {"account_id": account, "amount": amount, "key": key}).status_code


def claims_of(service: Service, url: str) -> dict[str, Any]:
    """What a sign-on link says, checked as the portal has to check it. Raises PyJWT's errors."""
    split = urlsplit(url)
    assert f"{split.scheme}://{split.netloc}{split.path}" == f"{PORTAL}/sso/"
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(service.sso_public_key))
    token = parse_qs(split.query)["token"][0]
    return jwt.decode(token, key, algorithms=["EdDSA"], audience="partners", issuer="skorozvon")


def data_of(service: Service) -> list[tuple[str, dict[str, Any]]]:
    """Type and data of every event, oldest first."""
    return [(event["type"], event["data"]) for event in service.events()]
