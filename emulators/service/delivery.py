"""Delivers the feed to the portal by HTTP: signed batches in order, each again and again until it is taken."""

import json
import threading
import time
import uuid
from collections import Counter
from contextlib import closing
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from emulators import fields
from emulators.database import Books
from emulators.service import events, signatures
from emulators.service.emulator import Emulator

TABLE = """
    number INTEGER PRIMARY KEY, at TEXT NOT NULL, message_id TEXT NOT NULL, first INTEGER NOT NULL,
    last INTEGER NOT NULL, events INTEGER NOT NULL, status INTEGER, results TEXT NOT NULL"""
_MOST = 1000
_LOOK_SECONDS = 0.2
_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.5, 30
_TIMEOUT_SECONDS = 60


class Batch(NamedTuple):
    """Events in their order, those with the numbers from `first` to `last`. A repetition has the same message id."""

    message_id: str
    first: int
    last: int
    events: list[dict[str, Any]]


class Answer(NamedTuple):
    """What the portal said: no status where it said nothing; results as counts; seconds after which to come again."""

    status: int | None
    results: dict[str, int] = {}
    retry_after: float = 0


def follow(emulator: Emulator, address: str, is_over: threading.Event) -> None:
    """Deliver whatever happens until the end. How far it came stands in the journal, where a restart goes on."""
    pause = failures = 0.0
    while not is_over.wait(pause):
        resets = emulator.faults.resets
        with emulator.database.transaction() as books:
            batch = _next(books)
        if batch is None:
            pause, failures = _LOOK_SECONDS, 0
            continue
        answer = _post(emulator.keys.secret, address, batch)
        with emulator.database.transaction() as books:
            if emulator.faults.resets == resets:
                _note(books, batch, answer)
        failures = 0 if answer.status == 200 else failures + 1
        back_off = min(_FIRST_PAUSE_SECONDS * 2 ** (failures - 1), _LONGEST_PAUSE_SECONDS)
        pause = max(back_off, answer.retry_after) if failures else 0


def every(books: Books) -> list[dict[str, Any]]:
    """All attempts, oldest first."""
    rows = books.execute("SELECT at, message_id, events, status, results FROM delivery ORDER BY number")
    return [{**dict(row), "results": json.loads(row["results"])} for row in rows]


def _next(books: Books) -> Batch | None:
    done = books.execute("SELECT COALESCE(MAX(last), 0) FROM delivery WHERE status = 200").fetchone()[0]
    tried = books.execute("SELECT * FROM delivery WHERE first > ? ORDER BY number DESC LIMIT 1", (done,)).fetchone()
    found, last = events.page(books, after=done, up_to=tried["last"] if tried else None, limit=_MOST)
    if not found:
        return None
    return Batch(tried["message_id"] if tried else f"msg_{uuid.uuid4().hex}", done + 1, last, found)


def _note(books: Books, batch: Batch, answer: Answer) -> None:
    about = (fields.moment(None).isoformat(), batch.message_id, batch.first, batch.last, len(batch.events))
    books.execute(
        "INSERT INTO delivery (at, message_id, first, last, events, status, results) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (*about, answer.status, json.dumps(answer.results)),
    )


def _post(secret: str, address: str, batch: Batch) -> Answer:
    body = json.dumps(batch.events, ensure_ascii=False).encode()
    timestamp = int(time.time())
    headers = {
        "Content-Type": "application/json",
        "webhook-id": batch.message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signatures.sign(secret, message_id=batch.message_id, timestamp=timestamp, body=body),
    }
    url = urlsplit(address)
    make = HTTPSConnection if url.scheme == "https" else HTTPConnection
    try:
        # Neither proxies of the developer's shell nor redirects: what isn't taken here isn't taken.
        with closing(make(url.netloc, timeout=_TIMEOUT_SECONDS)) as connection:
            connection.request("POST", url.path, body, headers)
            response = connection.getresponse()
            said = response.read()
    except (OSError, HTTPException):
        return Answer(None)
    if response.status == 200:
        return Answer(200, _counts(said))
    seconds = response.headers.get("Retry-After", "")
    return Answer(response.status, retry_after=min(float(seconds), 60) if seconds.isdigit() else 0)


def _counts(said: bytes) -> dict[str, int]:
    try:
        return dict(Counter(each["result"] for each in json.loads(said)))
    except (ValueError, TypeError, KeyError):
        return {}
