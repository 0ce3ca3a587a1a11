"""A call of an emulated API: the fault that befalls it, the work it asks for, its line in the journal."""

import json
from collections.abc import Callable
from typing import Any, NamedTuple

from emulators import fields
from emulators.database import Books, Database
from emulators.faults import Faults
from emulators.messages import Request, Response

TABLE = """
    number INTEGER PRIMARY KEY, at TEXT NOT NULL, method TEXT NOT NULL, path TEXT NOT NULL, body TEXT NOT NULL,
    outcome TEXT NOT NULL, status INTEGER, fault TEXT"""
_PAGE = 1000


class Outcome(NamedTuple):
    """What became of a call, in a word for the journal, and the response."""

    word: str
    response: Response


def answer(
    database: Database,
    faults: Faults,
    request: Request,
    work: Callable[[Books], Outcome],
    *,
    said: dict[str, Any] | None,
    wait: Callable[[float], object],
) -> Response | None:
    """The response to one call; None closes the connection without an answer.

    The work and its line are one transaction; `said` is what the line tells of the request, so without secrets.
    A call that still waits when everything is forgotten (`reset`) leaves no trace.
    """
    resets = faults.resets
    fault = faults.take(request.path)
    if fault and fault.seconds_before:
        wait(fault.seconds_before)
    with database.transaction() as books:
        if faults.resets != resets:
            return None
        done = work(books) if fault is None or fault.does_the_work else Outcome("not_done", Response(503))
        answered = fault.instead_of(done.response) if fault else done.response
        books.execute(
            "INSERT INTO call (at, method, path, body, outcome, status, fault) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                *(fields.moment(None).isoformat(), request.method, request.path, json.dumps(said)),
                *(done.word, answered.status if answered else None, fault.kind if fault else None),
            ),
        )
    if fault and fault.seconds_after:
        wait(fault.seconds_after)
    return answered


def every(books: Books) -> list[dict[str, Any]]:
    """All calls, oldest first."""
    return [_as_json(row) for row in books.execute("SELECT * FROM call ORDER BY number")]


def page(books: Books, *, after: int) -> tuple[list[dict[str, Any]], int]:
    """A thousand calls with numbers above `after`, and the number of the last one (`after` when none)."""
    rows = books.execute("SELECT * FROM call WHERE number > ? ORDER BY number LIMIT ?", (after, _PAGE)).fetchall()
    return [_as_json(row) for row in rows], rows[-1]["number"] if rows else after


def faults_by_kind(books: Books) -> dict[str, int]:
    """How many calls each kind of fault befell."""
    counted = books.execute("SELECT fault, COUNT(*) FROM call WHERE fault IS NOT NULL GROUP BY fault ORDER BY fault")
    return dict(counted.fetchall())


def _as_json(row: Any) -> dict[str, Any]:
    shown = {name: row[name] for name in ("at", "method", "path", "body", "outcome", "status", "fault")}
    return {**shown, "body": json.loads(row["body"])}
