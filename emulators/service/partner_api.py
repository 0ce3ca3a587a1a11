"""The service's API for the portal: passwords checked, accounts credited. Every request is signed."""

import json
import time
from typing import Any, NamedTuple

from emulators.service import accounts, credits, fields, signatures
from emulators.service.database import Books
from emulators.service.emulator import Emulator
from emulators.service.faults import Fault
from emulators.service.fields import BadValue
from emulators.service.messages import Request, Response, json_response

PREFIX = "/partner-api/"
_SESSIONS = "/partner-api/v1/sessions"
_CREDITS = "/partner-api/v1/credits"
_WEB_PAGE = b"<!doctype html><title>502 Bad Gateway</title><h1>502 Bad Gateway</h1>"


class _Outcome(NamedTuple):
    """What became of a call, in a word for the journal, and the response."""

    word: str
    response: Response


def answer(emulator: Emulator, request: Request, *, wait: Any) -> Response | None:
    """The response to one call, which the journal keeps; None closes the connection without an answer.

    An ordered fault befalls the call; `wait(seconds)` is how a slow one waits.
    """
    fault = emulator.faults.take()
    if fault and fault.kind == "slow":
        wait(fault.seconds)
    with emulator.database.transaction() as books:
        word, response = _instead(fault) or _do(emulator, books, request)
        answered = None if fault and fault.kind in ("down", "drop_after") else response
        _note(books, request, word, answered, fault)
    return answered


def _instead(fault: Fault | None) -> _Outcome | None:
    match fault.kind if fault else "":
        case "down":
            return _Outcome("not_done", Response(503))
        case "error":
            return _Outcome("not_done", json_response(500, {"error": "internal"}))
        case "wrong_json":
            return _Outcome("not_done", json_response(200, ["?"]))
        case "html":
            return _Outcome("not_done", Response(200, _WEB_PAGE, "text/html; charset=utf-8"))
    return None


def _do(emulator: Emulator, books: Books, request: Request) -> _Outcome:
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


def _session(books: Books, given: dict[str, Any]) -> _Outcome:
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
    return _Outcome("signed_in", json_response(200, {"account": account.as_json()}))


def _credit(books: Books, given: dict[str, Any]) -> _Outcome:
    account_id, key = fields.text(given.get("account_id")), fields.text(given.get("key"))
    amount_kopecks = fields.from_roubles(given.get("amount"))
    if accounts.find(books, account_id) is None:
        return _refused(422, "unknown_account")
    word = credits.credit(books, account_id=account_id, amount_kopecks=amount_kopecks, key=key)
    if word == "conflict":
        return _refused(409, "conflict", credit=credits.find(books, key))
    status = 201 if word == "created" else 200
    return _Outcome(word, json_response(status, {"credit": credits.find(books, key)}))


def _credit_of_key(books: Books, key: str) -> _Outcome:
    found = credits.find(books, key)
    if found is None:
        return _refused(404, "not_found")
    return _Outcome("found", json_response(200, {"credit": found}))


def _refused(status: int, word: str, **more: Any) -> _Outcome:
    return _Outcome(word, json_response(status, {"error": word, **more}))


def _note(books: Books, request: Request, word: str, answered: Response | None, fault: Fault | None) -> None:
    try:
        body = request.json() if request.body else None
    except BadValue:
        body = None
    if body is not None:
        body.pop("password", None)
    books.execute(
        "INSERT INTO call (at, method, path, body, outcome, status, fault) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            *(fields.moment(None).isoformat(), request.method, request.path, json.dumps(body)),
            *(word, answered.status if answered else None, fault.kind if fault else None),
        ),
    )


def journal(books: Books) -> list[dict[str, Any]]:
    """Every call there was, oldest first: what came, without passwords, what became of it, and the status answered."""
    rows = books.execute("SELECT at, method, path, body, outcome, status, fault FROM call ORDER BY number")
    return [{**row, "body": json.loads(row["body"])} for row in rows]
