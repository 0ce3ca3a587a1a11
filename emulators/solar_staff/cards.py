"""Workers' bank cards. Of a card's number nothing is kept but its end."""

import re
import secrets
from typing import Any, NamedTuple

from emulators.database import Books
from emulators.fields import BadValue
from emulators.solar_staff.answers import BAD_REQUEST, NOT_FOUND, Refused
from emulators.solar_staff.workers import Worker

_FIRST_ID = 501  # so that a card's number is never a worker's or a task's
_WEB_ADDRESS = re.compile(r"https?://[A-Za-z0-9.\-]+(:[0-9]+)?([/?#]\S*)?")

STARTED, TO_BE_CONFIRMED, LINKED, BLOCKED, CANNOT_BE_LINKED = 1, 2, 4, 5, 6
STATUSES = {
    STARTED: "привязка начата",
    TO_BE_CONFIRMED: "ждёт подтверждения",
    LINKED: "привязана",
    BLOCKED: "заблокирована",
    CANNOT_BE_LINKED: "не привязывается",
}


class Card(NamedTuple):
    id: int
    worker_id: int
    number: str
    verify_status_id: int
    token: str
    redirect_url: str

    def as_json(self) -> dict[str, Any]:
        return {"card_id": self.id, "card_number": self.number, "verify_status_id": self.verify_status_id}


def start(books: Books, worker: Worker, *, redirect_url: str) -> Card:
    """A card is going to be linked, on the page of its token, which returns to `redirect_url`. Raises Refused."""
    if not _WEB_ADDRESS.fullmatch(redirect_url):
        raise Refused(BAD_REQUEST, "Invalid redirect_url")
    return _add(books, worker, "", STARTED, redirect_url)


def add(books: Books, worker: Worker, *, number: Any, status: Any) -> Card:
    """A card without its page. Raises BadValue."""
    return _add(books, worker, masked(number), checked_status(status), "")


def _add(books: Books, worker: Worker, number: str, status: int, redirect_url: str) -> Card:
    [card_id] = books.execute("SELECT COALESCE(MAX(id) + 1, ?) FROM card", (_FIRST_ID,)).fetchone()
    made = Card(card_id, worker.id, number, status, secrets.token_urlsafe(16), redirect_url)
    books.execute(
        "INSERT INTO card (id, worker_id, number, verify_status_id, token, redirect_url) VALUES (?, ?, ?, ?, ?, ?)",
        made,
    )
    return made


def enter(books: Books, card: Card, *, number: Any, status: Any) -> None:
    """The person has entered a number, and so it ended. Raises BadValue."""
    entered = masked(number), checked_status(status), card.id
    books.execute("UPDATE card SET number = ?, verify_status_id = ? WHERE id = ?", entered)


def change(books: Books, card: Card, *, status: Any) -> None:
    """Raises BadValue for a status that there isn't."""
    books.execute("UPDATE card SET verify_status_id = ? WHERE id = ?", (checked_status(status), card.id))


def remove(books: Books, card: Card) -> None:
    books.execute("UPDATE card SET removed = 1 WHERE id = ?", (card.id,))


def masked(number: Any) -> str:
    """The end of a number of 16 digits: "4000 0000 0000 1234" → "…1234". Raises BadValue."""
    digits = re.sub(r"[\s-]", "", number) if isinstance(number, str) else ""
    if not re.fullmatch("[0-9]{16}", digits):
        raise BadValue("Нужен номер карты: 16 цифр.")
    return f"…{digits[-4:]}"


def checked_status(status: Any) -> int:
    if not isinstance(status, int) or status not in STATUSES:
        raise BadValue(f"verify_status_id: бывают {', '.join(map(str, STATUSES))}.")
    return status


def of_worker(books: Books, worker: Worker) -> list[Card]:
    """A worker's cards, in the order in which they were added."""
    return [_card(row) for row in _rows(books, "worker_id", worker.id)]


def get(books: Books, number: object, *, worker: Worker | None = None) -> Card:
    """Raises Refused where there is none with this number, or it isn't this worker's."""
    for row in _rows(books, "id", number):
        if worker is None or row["worker_id"] == worker.id:
            return _card(row)
    raise Refused(NOT_FOUND, "Card not found")


def by_token(books: Books, token: str) -> Card | None:
    return next((_card(row) for row in _rows(books, "token", token)), None)


def _rows(books: Books, field: str, value: object) -> list[Any]:
    query = f"SELECT * FROM card WHERE {field} = ? AND NOT removed ORDER BY id"  # noqa: S608 - a name from above
    return books.execute(query, (value,)).fetchall()


def _card(row: Any) -> Card:
    return Card(*(row[field] for field in Card._fields))
