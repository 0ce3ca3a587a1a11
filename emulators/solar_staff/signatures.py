"""Signatures of requests as Solar Staff describes them."""

import hashlib
import hmac
from collections.abc import Mapping


def sign(parameters: Mapping[str, str], salt: str) -> str:
    """SHA-1 of all parameters but the signature and empty ones, by name, and the salt.

    {"client_id": "6", "action": "workers_list"} is signed as "action:workers_list;client_id:6;salt".
    """
    named = [f"{name}:{parameters[name]}" for name in sorted(parameters) if name != "signature" and parameters[name]]
    return hashlib.sha1(";".join([*named, salt]).encode()).hexdigest()  # noqa: S324 - theirs to choose


def is_good(parameters: Mapping[str, str], salt: str) -> bool:
    given = parameters.get("signature", "").lower()
    return hmac.compare_digest(given.encode(), sign(parameters, salt).encode())
