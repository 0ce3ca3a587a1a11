"""Who answers which request."""

from emulators.database import Books
from emulators.messages import Request, Response, json_response
from emulators.server import Wait
from emulators.service import control, events, partner_api, site
from emulators.service.emulator import Emulator


def answer(emulator: Emulator, request: Request, wait: Wait) -> Response | None:
    if request.path.startswith(partner_api.PREFIX):
        return partner_api.answer(emulator, request, wait)
    if request.path.startswith(control.PREFIX):
        return control.answer(emulator, request)
    if request.path == "/events.jsonl":
        with emulator.database.transaction() as books:
            return _events(books, request)
    return site.answer(emulator, request)


def _events(books: Books, request: Request) -> Response:
    """The feed as a file; X-Last-Event says from where to ask on."""
    after = request.query.get("after", "0")
    if not (after.isascii() and after.isdigit() and len(after) < 19):
        return json_response(400, {"error": "after: нужно число"})
    lines, last = events.export(books, after=int(after))
    return Response(200, lines.encode(), "application/jsonl; charset=utf-8", [("X-Last-Event", str(last))])
