"""The company's money with Solar Staff: its balance, and the movements that change it."""

import math
from typing import Any

from emulators import fields
from emulators.database import Books
from emulators.solar_staff.answers import roubles

OPENING_KOPECKS = 10_000_000_00


def balance(books: Books) -> int:
    """Kopecks. A new data file opens with ten million roubles."""
    found = books.execute("SELECT balance_kopecks FROM company").fetchone()
    return found[0] if found else OPENING_KOPECKS


def set_balance(books: Books, kopecks: int) -> None:
    """Without a movement, as if it had always been so."""
    books.execute("INSERT OR REPLACE INTO company (id, balance_kopecks) VALUES (1, ?)", (kopecks,))


def move(books: Books, kopecks: int, *, at: str, task_id: int | None = None, merchant_transaction: str = "") -> None:
    """Money comes (above zero) or goes (below). No money moves nothing."""
    if kopecks == 0:
        return
    set_balance(books, balance(books) + kopecks)
    books.execute(
        "INSERT INTO movement (type, task_id, merchant_transaction, amount_kopecks, at) VALUES (?, ?, ?, ?, ?)",
        ("up" if kopecks > 0 else "down", task_id, merchant_transaction, abs(kopecks), at),
    )


def transactions(books: Books, *, start: str, finish: str, size: int, number: int) -> dict[str, Any]:
    """One page of the movements between two moments, both included, oldest first. Pages count from 1."""
    [count] = books.execute("SELECT COUNT(*) FROM movement WHERE at BETWEEN ? AND ?", (start, finish)).fetchone()
    rows = books.execute(
        "SELECT * FROM movement WHERE at BETWEEN ? AND ? ORDER BY id LIMIT ? OFFSET ?",
        (start, finish, size, (number - 1) * size),
    )
    pages = max(math.ceil(count / size), 1)
    return {
        "transactions": [_as_json(row) for row in rows],
        "pages": pages,
        "previous_page": max(number - 1, 1),
        "current_page": number,
        "next_page": min(number + 1, pages),
    }


def _as_json(row: Any) -> dict[str, Any]:
    return {
        "transaction_id": row["id"],
        "transaction_type": row["type"],
        "task_id": row["task_id"],
        "invoice_number": "",
        "currency": "RUB",
        "amount": roubles(row["amount_kopecks"]),
        "merchant_transaction": row["merchant_transaction"],
        "date": row["at"],
    }


def as_json(books: Books) -> dict[str, Any]:
    """The balance as the API tells it: sums as strings."""
    whole = fields.as_decimal(balance(books))
    return {"rub": whole, "details": {"cards": whole, "qiwi": "0.00", "webmoney": "0.00"}}
