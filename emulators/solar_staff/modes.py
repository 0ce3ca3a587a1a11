"""What nobody knows of Solar Staff, or what it leaves open: tests choose which way it turns out."""

from typing import Any

from emulators.database import Books
from emulators.fields import BadValue

# Each mode's choices, the usual one first.
CHOICES = {
    # What a merchant_transaction that has been before is answered with. The errors don't pay.
    "duplicates": ("error", "error_with_task", "first", "second"),
    # What inviting somebody again is answered with: the worker, or an error.
    "invites": ("first", "error"),
    # Whether numbers come as the page shows them, or all as strings.
    "numbers": ("usual", "strings"),
    # Whether names come as the page shows them (search in camelCase), or all in one case.
    "names": ("usual", "camel", "snake"),
    # Whether the commission is a transaction of its own or part of the payout's.
    "commission": ("apart", "within"),
}


def read(books: Books) -> dict[str, str]:
    chosen = {row["name"]: row["value"] for row in books.execute("SELECT * FROM mode")}
    return {name: chosen.get(name, choices[0]) for name, choices in CHOICES.items()}


def choose(books: Books, given: dict[str, Any]) -> None:
    """Change the modes that are named. Raises BadValue for another mode or choice."""
    for name, value in given.items():
        if value not in CHOICES.get(name, ()):
            known = "; ".join(f"{each}: {', '.join(choices)}" for each, choices in CHOICES.items())
            raise BadValue(f"Бывают {known}.")
        books.execute("INSERT OR REPLACE INTO mode VALUES (?, ?)", (name, value))
