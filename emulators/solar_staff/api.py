"""The API for companies: how requests are read and checked, and which method does what they ask for."""

import json
from collections.abc import Callable
from urllib.parse import parse_qsl

from emulators import calls
from emulators.calls import Outcome
from emulators.database import Books
from emulators.fields import BadValue
from emulators.messages import Request, Response
from emulators.server import Wait
from emulators.solar_staff import clock, methods, modes, payouts, signatures
from emulators.solar_staff.answers import BAD_REQUEST, BAD_SIGNATURE, NOT_FOUND, OK, Content, Refused, envelope
from emulators.solar_staff.emulator import Emulator
from emulators.solar_staff.methods import Call

PREFIX = "/v1/"
_METHODS: dict[tuple[str, str], Callable[[Call], Content]] = {
    ("/v1/workers", "worker_invite"): methods.worker_invite,
    ("/v1/workers", "worker_create"): methods.worker_create,
    ("/v1/workers", "worker_find"): methods.worker_find,
    ("/v1/status", "worker_status"): methods.worker_status,
    ("/v1/workers", "cards_list"): methods.cards_list,
    ("/v1/workers", "card_verify"): methods.card_verify,
    ("/v1/workers", "card_remove"): methods.card_remove,
    ("/v1/payment", "payout"): methods.payout,
    ("/v1/task", "search"): methods.search,
    ("/v1/info", "balance"): methods.balance,
    ("/v1/info", "transactions"): methods.transactions,
}
_SECRETS = ("signature", "password")


def answer(emulator: Emulator, request: Request, wait: Wait) -> Response | None:
    """The response to one call, HTTP 200 whatever happens; None, by an ordered fault, closes the connection."""
    given, wrong = _read(request)

    def work(books: Books) -> Outcome:
        return _do(emulator, books, request, given, wrong)

    said = {name: value for name, value in given.items() if name not in _SECRETS}
    return calls.answer(emulator.database, emulator.faults, request, work, said=said, wait=wait)


def _do(emulator: Emulator, books: Books, request: Request, given: dict[str, str], wrong: str) -> Outcome:
    chosen, now = modes.read(books), clock.now(books)
    payouts.settle_due(books, now=now, modes=chosen)
    try:
        if wrong:
            raise Refused(BAD_REQUEST, wrong)
        if given.get("client_id") != emulator.keys.client_id or not signatures.is_good(given, emulator.keys.salt):
            raise Refused(BAD_SIGNATURE, "Invalid client_id or signature")
        method = _METHODS.get((request.path, given.get("action", "")))
        if method is None:
            raise Refused(NOT_FOUND, "Unknown action")
        host = request.headers.get("Host", "")
        content = method(Call(emulator, books, given, now, chosen, f"http://{host}"))
    except Refused as refused:
        return Outcome(str(refused.code), envelope(refused.code, refused.content, chosen))
    except BadValue as bad:
        return Outcome(str(BAD_REQUEST), envelope(BAD_REQUEST, {"error_text": str(bad)}, chosen))
    return Outcome(str(OK), envelope(OK, content, chosen))


def _read(request: Request) -> tuple[dict[str, str], str]:
    """The parameters as the texts that were sent and signed, and what is wrong with them."""
    if request.method != "POST":
        return {}, "POST is needed"
    try:
        text = request.body.decode()
        if "form" in request.headers.get("Content-Type", ""):
            return dict(parse_qsl(text, keep_blank_values=True)), ""
        # Numbers stay the text they are: 3000.0 is not signed as 3000.
        found = json.loads(text, parse_int=str, parse_float=str, parse_constant=str)
    except (ValueError, RecursionError):
        return {}, "Neither JSON nor a form"
    if not isinstance(found, dict):
        return {}, "An object is needed"
    given = {name: value for name, value in found.items() if value is not None}
    for name, value in given.items():
        if not isinstance(value, str):
            return {}, f"{name} must be a string or a number"
        if any("\ud800" <= sign <= "\udfff" for sign in name + value):  # halves of signs, which JSON can name
            return {}, "Not a text in UTF-8"
    return given, ""
