"""The service as it delivers its feed over HTTP: batches signed by the `standardwebhooks` package, not by our code."""

import base64
import datetime as dt
import json
import random
from collections.abc import Iterator, Sequence
from typing import Any

from django.test import Client as Browser
from standardwebhooks import Webhook

PATH = "/api/v1/events/"
SECRET = "whsec_" + base64.b64encode(b"the feed's own secret, 32 bytes!").decode()


def signed(
    body: bytes, *, secret: str = SECRET, message_id: str = "msg_1", at: dt.datetime | None = None
) -> dict[str, str]:
    """The headers of a delivery."""
    at = at or dt.datetime.now(dt.UTC)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign(message_id, at.astimezone(dt.UTC), body.decode()),
    }


def post(body: bytes, headers: dict[str, str] | None = None) -> Any:
    """The portal's answer to a body, signed unless headers say otherwise."""
    headers = signed(body) if headers is None else headers
    return Browser().post(PATH, body, content_type="application/json", headers=headers)


def deliver_over_http(events: Sequence[object]) -> list[str]:
    """The result of each event of one delivery."""
    answer = post(json.dumps(events, ensure_ascii=False).encode())
    assert answer.status_code == 200, answer.content
    return [each["result"] for each in answer.json()]


def batches(events: Sequence[Any], chance: random.Random) -> Iterator[Sequence[Any]]:
    """The events in their order, in batches of chance size."""
    at = 0
    while at < len(events):
        size = chance.choice([1, 1, 2, 3, 5, 8, 13, 1000])
        yield events[at : at + size]
        at += size
