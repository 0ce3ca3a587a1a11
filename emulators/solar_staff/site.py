"""Solar Staff's web pages: where a person links a card or registers, and a developer's overview."""

from urllib.parse import quote

from emulators import fields
from emulators.database import Books
from emulators.fields import BadValue
from emulators.messages import Request, Response, redirect
from emulators.solar_staff import cards, clock, company, modes, pages, payouts, tasks, workers
from emulators.solar_staff.cards import CANNOT_BE_LINKED, LINKED, STARTED, Card
from emulators.solar_staff.emulator import Emulator
from emulators.solar_staff.workers import Worker

_NEWEST = 50
_RESERVED = ":/?#[]@!$&'()*+,;=%~"


def answer(emulator: Emulator, request: Request) -> Response:
    if file := pages.PAGES.file(request.path):
        return file
    with emulator.database.transaction() as books:
        payouts.settle_due(books, now=clock.now(books), modes=modes.read(books))
        match request.method, request.path.split("/")[1:]:
            case "GET", [""]:
                return _home(books, done=request.query.get("done", ""))
            case "POST", ["top-up"]:
                return _top_up(books, request.form())
            case "POST", ["payments", number, state] if number.isdigit():
                return _settle(books, int(number), state)
            case _, ["terminal", token] if card := cards.by_token(books, token):
                return _terminal(books, card, request)
            case _, ["invite", token] if worker := workers.by_token(books, token):
                return _invitation(books, worker, request)
    return pages.told("Такой страницы нет", "В эмуляторе есть обзор выплат.", link="/", status=404)


def _home(
    books: Books, *, given: dict[str, str] | None = None, errors: dict[str, str] | None = None, done: str = ""
) -> Response:
    return pages.home(
        balance_kopecks=company.balance(books),
        now=clock.written(clock.now(books)),
        workers=[(each, cards.of_worker(books, each)) for each in workers.newest(books, _NEWEST)],
        payments=[(each, workers.get(books, each.worker_id)) for each in tasks.newest(books, _NEWEST)],
        given=given or {},
        errors=errors or {},
        done=done,
    )


def _top_up(books: Books, given: dict[str, str]) -> Response:
    try:
        amount = fields.from_typed_roubles(given.get("amount"))
    except BadValue as bad:
        return _home(books, given=given, errors={"amount": str(bad)})
    payouts.top_up(books, amount, now=clock.now(books), modes=modes.read(books))
    return redirect("/?done=topped-up")


def _settle(books: Books, number: int, state: str) -> Response:
    task = tasks.get(books, number)
    try:
        if task is None:
            raise BadValue("Нет такой выплаты.")
        payouts.settle(books, task, state, now=clock.now(books), modes=modes.read(books))
    except BadValue as bad:
        return pages.told("Так нельзя", str(bad), link="/", status=422)
    return redirect("/?done=settled")


def _terminal(books: Books, card: Card, request: Request) -> Response:
    """The person enters a number, and returns with the card linked, or, by the other button, one that can't be."""
    if card.verify_status_id != STARTED:
        text = "По этой ссылке карту уже вводили. Чтобы привязать другую, начните с сайта."
        return pages.told("Ссылка использована", text, link=card.redirect_url, status=410)
    if request.method != "POST":
        return pages.terminal(card, {}, {})
    given = request.form()
    try:
        status = CANNOT_BE_LINKED if given.get("result") == "refused" else LINKED
        cards.enter(books, card, number=given.get("number"), status=status)
    except BadValue as bad:
        return pages.terminal(card, given, {"number": str(bad)})
    return redirect(quote(card.redirect_url, safe=_RESERVED))


def _invitation(books: Books, worker: Worker, request: Request) -> Response:
    """The person registers, and can be paid from then on."""
    if worker.registered:
        return pages.told("Вы зарегистрированы", f"Можно получать выплаты на {worker.email}.")
    if request.method != "POST":
        return pages.invitation(worker, {}, {})
    given, errors = request.form(), {}
    about = dict.fromkeys(("first_name", "last_name", "phone"), "")
    for name in about:
        try:
            about[name] = fields.text(given.get(name))
        except BadValue as bad:
            errors[name] = str(bad)
    if errors:
        return pages.invitation(worker, given, errors)
    workers.register(books, worker, **about)
    return redirect(request.path)
