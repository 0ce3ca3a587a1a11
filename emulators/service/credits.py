"""Money that the portal pays to an account in the service: each key once."""

from typing import Any, Literal

from emulators import fields
from emulators.database import Books

Outcome = Literal["created", "repeated", "conflict"]


def credit(books: Books, *, account_id: str, amount_kopecks: int, key: str) -> Outcome:
    """Credit an account, once for each key. The same key with other content changes nothing."""
    found = books.execute("SELECT account_id, amount_kopecks FROM credit WHERE key = ?", (key,)).fetchone()
    if found:
        return "repeated" if tuple(found) == (account_id, amount_kopecks) else "conflict"
    now = fields.moment(None).isoformat()
    books.execute("INSERT INTO credit VALUES (?, ?, ?, ?)", (key, account_id, amount_kopecks, now))
    return "created"


def find(books: Books, key: str) -> dict[str, str] | None:
    row = books.execute("SELECT * FROM credit WHERE key = ?", (key,)).fetchone()
    return as_json(row) if row else None


def every(books: Books) -> list[dict[str, str]]:
    """All credits, oldest first."""
    return [as_json(row) for row in books.execute("SELECT * FROM credit ORDER BY rowid")]


def of_account(books: Books, account_id: str) -> list[Any]:
    """An account's credits, newest first."""
    return books.execute("SELECT * FROM credit WHERE account_id = ? ORDER BY rowid DESC", (account_id,)).fetchall()


def as_json(row: Any) -> dict[str, str]:
    return {
        "account_id": row["account_id"],
        "amount": fields.as_decimal(row["amount_kopecks"]),
        "key": row["key"],
        "created_at": row["created_at"],
    }
