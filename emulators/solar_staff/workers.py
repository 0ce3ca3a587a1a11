"""Workers: people whom the company pays. One who was invited can be paid after registering."""

import re
import secrets
from typing import NamedTuple

from emulators.database import Books
from emulators.solar_staff.answers import BAD_REQUEST, NOT_FOUND, NOT_READY, REPEATED, Refused

_FIRST_ID = 100_001  # so that a worker's number is never a card's or a task's
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


class Worker(NamedTuple):
    id: int
    email: str
    first_name: str
    last_name: str
    phone: str
    registered: bool
    token: str
    balance_kopecks: int

    @property
    def status(self) -> str:
        return "reg_success" if self.registered else "reg_null"


def invite(books: Books, email: str, *, repeated: str) -> Worker:
    """Somebody is asked to register. Who was asked before is the same worker, or with `repeated` "error" Refused."""
    found = find(books, email)
    if found and repeated == "error":
        raise Refused(REPEATED, "Worker with this email already exists")
    return found or _add(books, email, "", "", "", registered=False)


def create(books: Books, email: str, *, first_name: str, last_name: str, phone: str) -> Worker:
    """Somebody is registered by the company. Raises Refused where the e-mail is known."""
    if find(books, email):
        raise Refused(REPEATED, "Worker with this email already exists")
    return _add(books, email, first_name, last_name, phone, registered=True)


def _add(books: Books, email: str, *about: str, registered: bool) -> Worker:
    if not _EMAIL.fullmatch(email):
        raise Refused(BAD_REQUEST, "Invalid email")
    [number] = books.execute("SELECT COALESCE(MAX(id) + 1, ?) FROM worker", (_FIRST_ID,)).fetchone()
    books.execute(
        "INSERT INTO worker (id, email, first_name, last_name, phone, registered, token) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (number, email.lower(), *about, registered, secrets.token_urlsafe(16)),
    )
    return get(books, number)


def register(books: Books, worker: Worker, *, first_name: str, last_name: str, phone: str) -> None:
    """Somebody invited has come. Repeated, it changes what is said of them."""
    books.execute(
        "UPDATE worker SET registered = 1, first_name = ?, last_name = ?, phone = ? WHERE id = ?",
        (first_name, last_name, phone, worker.id),
    )


def find(books: Books, email: str) -> Worker | None:
    return _one(books, "email", email.lower())


def by_token(books: Books, token: str) -> Worker | None:
    return _one(books, "token", token)


def get(books: Books, number: object) -> Worker:
    """Raises Refused where there is none with this number."""
    if worker := _one(books, "id", number):
        return worker
    raise Refused(NOT_FOUND, "Worker not found")


def ready(books: Books, number: object) -> Worker:
    """The same, of those who are registered."""
    worker = get(books, number)
    if not worker.registered:
        raise Refused(NOT_READY, "Worker has not finished registration")
    return worker


def every(books: Books) -> list[Worker]:
    """All of them, newest first."""
    return [_worker(row) for row in books.execute("SELECT * FROM worker ORDER BY id DESC")]


def newest(books: Books, count: int) -> list[Worker]:
    return [_worker(row) for row in books.execute("SELECT * FROM worker ORDER BY id DESC LIMIT ?", (count,))]


def _one(books: Books, field: str, value: object) -> Worker | None:
    row = books.execute(f"SELECT * FROM worker WHERE {field} = ?", (value,)).fetchone()  # noqa: S608 - from above
    return _worker(row) if row else None


def _worker(row: object) -> Worker:
    found = Worker(*(row[field] for field in Worker._fields))  # type: ignore[index]
    return found._replace(registered=bool(found.registered))
