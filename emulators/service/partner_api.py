"""The service's API for the portal: passwords checked, accounts credited. Every request is signed."""

import time
from typing import Any

from emulators import calls, fields
from emulators.calls import Outcome
from emulators.database import Books
from emulators.fields import BadValue
from emulators.messages import Request, Response, json_response
from emulators.server import Wait
from emulators.service import accounts, credits, signatures
from emulators.service.emulator import Emulator

PREFIX = "/partner-api/"
_SESSIONS = "/partner-api/v1/sessions"
_CREDITS = "/partner-api/v1/credits"


def answer(emulator: Emulator, request: Request, wait: Wait) -> Response | None:
    """The response to one call, which the journal keeps; None closes the connection without an answer.

    An ordered fault befalls the call; `wait(seconds)` is how a slow one waits.
    """

    def work(books: Books) -> Outcome:
        return _do(emulator, books, request)

    return calls.answer(emulator.database, emulator.faults, request, work, said=_said(request), wait=wait)


def _said(request: Request) -> dict[str, Any] | None:
    """The body as the journal keeps it: without the password."""
    try:
        return {name: value for name, value in request.json().items() if name != "password"}
    except BadValue:
        return None


def _do(emulator: Emulator, books: Books, request: Request) -> Outcome:
    try:
        signatures.verify(emulator.keys.secret, request.headers, request.body, now=time.time())
    except signatures.BadSignature as bad:
        return _refused(403, "bad_signature", reason=str(bad))
    try:
        match request.method, request.path:
            case "POST", path if path == _SESSIONS:
                return _session(books, request.json())
            case "POST", path if path == _CREDITS:
                return _credit(books, request.json())
            case "GET", path if path.startswith(f"{_CREDITS}/"):
                return _credit_of_key(books, request.after(f"{_CREDITS}/"))
    except BadValue as bad:
        return _refused(400, "bad_request", reason=str(bad))
    return _refused(404, "no_such_call")


def _session(books: Books, given: dict[str, Any]) -> Outcome:
    email, password = fields.text(given.get("email")), given.get("password")
    if not isinstance(password, str):
        raise BadValue("Нужен пароль.")
    try:
        account = accounts.authenticate(books, email=email, password=password)
    except accounts.WrongCredentials:
        return _refused(401, "wrong_credentials")
    except accounts.TooManyAttempts as many:
        outcome = _refused(429, "too_many_attempts")
        outcome.response.headers.append(("Retry-After", str(many.seconds)))
        return outcome
    return Outcome("signed_in", json_response(200, {"account": account.as_json()}))


def _credit(books: Books, given: dict[str, Any]) -> Outcome:
    account_id, key = fields.text(given.get("account_id")), fields.text(given.get("key"))
    amount_kopecks = fields.from_roubles(given.get("amount"))
    if accounts.find(books, account_id) is None:
        return _refused(422, "unknown_account")
    word = credits.credit(books, account_id=account_id, amount_kopecks=amount_kopecks, key=key)
    if word == "conflict":
        return _refused(409, "conflict", credit=credits.find(books, key))
    status = 201 if word == "created" else 200
    return Outcome(word, json_response(status, {"credit": credits.find(books, key)}))


def _credit_of_key(books: Books, key: str) -> Outcome:
    found = credits.find(books, key)
    if found is None:
        return _refused(404, "not_found")
    return Outcome("found", json_response(200, {"credit": found}))


def _refused(status: int, word: str, **more: Any) -> Outcome:
    return Outcome(word, json_response(status, {"error": word, **more}))
