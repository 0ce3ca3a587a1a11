"""The feed: what happened, in order, in the format that the portal takes."""

import datetime as dt
import json
import uuid
from typing import Any

from emulators.database import Books


def record(books: Books, kind: str, *, occurred_at: dt.datetime, data: dict[str, Any]) -> None:
    """Store one event. Its id is never given twice, not even by another data file: the portal takes an id once."""
    books.execute(
        "INSERT INTO event (id, type, occurred_at, data) VALUES (?, ?, ?, ?)",
        (f"evt-{uuid.uuid4().hex}", kind, occurred_at.isoformat(), json.dumps(data, ensure_ascii=False)),
    )


def export(books: Books, *, after: int = 0) -> tuple[str, int]:
    """The events with a number above `after` as JSON Lines, and the number of the last one (`after` when none)."""
    found, last = page(books, after=after)
    return "".join(f"{json.dumps(each, ensure_ascii=False)}\n" for each in found), last


def page(
    books: Books, *, after: int, up_to: int | None = None, limit: int | None = None
) -> tuple[list[dict[str, Any]], int]:
    """The first events with numbers above `after`, and the number of the last one (`after` when none)."""
    rows = books.execute(
        "SELECT * FROM event WHERE number > ? AND number <= ? ORDER BY number LIMIT ?",
        (after, up_to if up_to is not None else 2**62, limit if limit is not None else -1),
    ).fetchall()
    found = [
        {"id": row["id"], "type": row["type"], "occurred_at": row["occurred_at"], "data": json.loads(row["data"])}
        for row in rows
    ]
    return found, rows[-1]["number"] if rows else after
