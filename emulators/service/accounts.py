"""Accounts of the service: registration, passwords, who is signed in to the web pages."""

import datetime as dt
import hashlib
import hmac
import math
import re
import secrets
import sqlite3
import time
from typing import Any, NamedTuple

from emulators import fields
from emulators.database import Books
from emulators.fields import BadValue
from emulators.service import events

ATTEMPTS = 10  # wrong passwords for one e-mail …
WITHIN = 300  # … in so many seconds; then every password is refused until the oldest of them is that old
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_NO_DIGIT = re.compile(r"[^0-9]+", re.ASCII)


class BadAccount(Exception):
    """The account can't be made: `errors` says by field what is wrong."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__(errors)
        self.errors = errors


class WrongCredentials(Exception):
    """No such e-mail, or another password: it is not said which."""


class TooManyAttempts(Exception):
    """Guessing is stopped for `seconds`."""

    def __init__(self, seconds: int) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class Account(NamedTuple):
    id: str
    email: str
    name: str
    phone: str
    inn: str
    went_to_portal: int

    def as_json(self) -> dict[str, str]:
        return {"id": self.id, "email": self.email, "name": self.name, "phone": self.phone, "inn": self.inn}


def register(books: Books, given: dict[str, Any], *, announced: bool = True) -> Account:
    """Make an account out of what a form or JSON holds: email, password, name, phone, and where given id, inn, ref,
    promo_code, registered_at. The feed tells of it unless it is not `announced`. Raises BadAccount.
    """
    errors: dict[str, str] = {}

    def read(field: str, *, required: bool = True) -> str:
        try:
            return fields.text(given.get(field), required=required)
        except BadValue as bad:
            errors[field] = str(bad)
            return ""

    account_id = read("id", required=False) or f"acc-{secrets.token_hex(5)}"
    email, name, phone = read("email").lower(), read("name"), read("phone")
    inn, ref, promo_code = (read(field, required=False) for field in ("inn", "ref", "promo_code"))
    password = given.get("password")
    registered_at: dt.datetime | None = None
    try:
        registered_at = fields.moment(given.get("registered_at"))
    except BadValue as bad:
        errors["registered_at"] = str(bad)
    if email and not _EMAIL.fullmatch(email):
        errors["email"] = "Проверьте адрес: нужен вид name@example.ru."
    if phone and len(_NO_DIGIT.sub("", phone)) < 10:
        errors["phone"] = "Нужен номер с кодом, например +7 900 000-00-00."
    if inn and not re.fullmatch(r"[0-9]{10}|[0-9]{12}", inn, re.ASCII):
        errors["inn"] = "ИНН — это 10 цифр у компании или 12 у человека."
    if not isinstance(password, str) or len(password) < 8:
        errors["password"] = "Нужно хотя бы 8 знаков."  # noqa: S105 - a message
    if books.execute("SELECT 1 FROM account WHERE email = ?", (email,)).fetchone():
        errors["email"] = "С этим адресом уже зарегистрировались. Войдите или укажите другой."
    if books.execute("SELECT 1 FROM account WHERE id = ?", (account_id,)).fetchone():
        errors["id"] = "Аккаунт с таким номером есть."
    if errors or registered_at is None or not isinstance(password, str):
        raise BadAccount(errors)
    salt = secrets.token_bytes(16)
    books.execute(
        "INSERT INTO account (id, email, name, phone, inn, salt, password) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (account_id, email, name, phone, inn, salt, _hashed(password, salt)),
    )
    if announced:
        data = {"client_id": account_id, "name": name, "email": email, "phone": phone}
        optional = {"inn": inn or None, "ref": ref or None, "promo_code": promo_code or None}
        events.record(books, "client.registered", occurred_at=registered_at, data=data | optional)
    return Account(account_id, email, name, phone, inn, went_to_portal=0)


def authenticate(books: Books, *, email: str, password: str) -> Account:
    """Whose password this is. An unknown e-mail costs as much time as a wrong password, and is refused alike.

    Raises WrongCredentials, and TooManyAttempts after ATTEMPTS of these within WITHIN seconds. A failure is counted in
    the caller's transaction, so it must be committed.
    """
    email = email.strip().lower()
    now = time.time()
    recent = "SELECT at FROM failed_sign_in WHERE email = ? AND at > ? ORDER BY at"
    times = [at for (at,) in books.execute(recent, (email, now - WITHIN))]
    if len(times) >= ATTEMPTS:
        raise TooManyAttempts(math.ceil(times[-ATTEMPTS] + WITHIN - now))
    row = books.execute("SELECT * FROM account WHERE email = ?", (email,)).fetchone()
    hashed = _hashed(password, row["salt"] if row else bytes(16))
    if not (hmac.compare_digest(hashed, row["password"] if row else bytes(32)) and row):
        books.execute("INSERT INTO failed_sign_in VALUES (?, ?)", (email, now))
        raise WrongCredentials
    books.execute("DELETE FROM failed_sign_in WHERE email = ?", (email,))
    return _account(row)


def _hashed(password: str, salt: bytes) -> bytes:
    # Light parameters: tests sign in often, and these passwords guard nothing.
    return hashlib.scrypt(password.encode("utf-8", "surrogatepass"), salt=salt, n=1024, r=8, p=1, dklen=32)


def find(books: Books, account_id: Any) -> Account | None:
    if not isinstance(account_id, str):
        return None
    row = books.execute("SELECT * FROM account WHERE id = ?", (account_id,)).fetchone()
    return _account(row) if row else None


def _account(row: sqlite3.Row) -> Account:
    return Account(*(row[field] for field in Account._fields))


def went_to_portal(books: Books, account: Account) -> None:
    """From now on the profile menu says «Партнёрам»."""
    books.execute("UPDATE account SET went_to_portal = 1 WHERE id = ?", (account.id,))


def open_session(books: Books, account: Account) -> str:
    """Sign in to the web pages: the token for the cookie."""
    token = secrets.token_urlsafe(32)
    books.execute("INSERT INTO session VALUES (?, ?)", (token, account.id))
    return token


def of_session(books: Books, token: str) -> Account | None:
    row = books.execute(
        "SELECT account.* FROM account JOIN session ON account_id = account.id WHERE token = ?", (token,)
    ).fetchone()
    return _account(row) if row else None


def close_session(books: Books, token: str) -> None:
    books.execute("DELETE FROM session WHERE token = ?", (token,))
