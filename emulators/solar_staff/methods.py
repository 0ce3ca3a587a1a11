"""The API's methods: parameters read, one thing done, the answer's content."""

import datetime as dt
from typing import Any, NamedTuple

from emulators import fields
from emulators.database import Books
from emulators.fields import BadValue
from emulators.solar_staff import cards, company, payouts, tasks, workers
from emulators.solar_staff.answers import BAD_REQUEST, NOT_FOUND, Refused
from emulators.solar_staff.cards import Card
from emulators.solar_staff.emulator import Emulator
from emulators.solar_staff.workers import Worker

_PAGE_SIZE = 20
_MAX_PAGE_SIZE = 1000


class Call(NamedTuple):
    """One signed call. Reading a parameter raises Refused where it is missing or of no use."""

    emulator: Emulator
    books: Books
    given: dict[str, str]
    now: dt.datetime
    modes: dict[str, str]
    site: str

    def text(self, name: str, *, required: bool = True) -> str:
        found = self.given.get(name, "").strip()
        if required and not found:
            raise Refused(BAD_REQUEST, f"Parameter {name} is required")
        return found

    def number(self, name: str, *, default: int | None = None) -> int:
        found = self.text(name, required=default is None)
        if not found and default is not None:
            return default
        if not (found.isascii() and found.isdigit() and len(found) < 19):
            raise Refused(BAD_REQUEST, f"Parameter {name} must be a number")
        return int(found)

    def moment(self, name: str) -> str:
        found = self.text(name)
        try:
            dt.datetime.strptime(found, "%Y-%m-%d %H:%M:%S")  # noqa: DTZ007 - only whether it is one
        except ValueError:
            raise Refused(BAD_REQUEST, f"Parameter {name} must be YYYY-MM-DD HH:MM:SS") from None
        return found

    def one_of(self, name: str, *known: str) -> None:
        if self.text(name) not in known:
            raise Refused(BAD_REQUEST, f"Parameter {name} must be {' or '.join(known)}")

    def worker(self) -> Worker:
        return workers.ready(self.books, self.number("worker_id"))

    def worker_by_email(self) -> Worker:
        if found := workers.find(self.books, self.text("email")):
            return found
        raise Refused(NOT_FOUND, "Worker not found")


def worker_invite(call: Call) -> dict[str, Any]:
    return {"worker_id": workers.invite(call.books, call.text("email"), repeated=call.modes["invites"]).id}


def worker_create(call: Call) -> dict[str, Any]:
    for name in ("password", "specialization"):
        call.text(name)
    call.one_of("country", "RU")
    about = {name: call.text(name) for name in ("first_name", "last_name", "phone")}
    return {"id": workers.create(call.books, call.text("email"), **about).id}


def worker_find(call: Call) -> dict[str, Any]:
    return {"id": call.worker_by_email().id}


def worker_status(call: Call) -> dict[str, Any]:
    return {"status": call.worker_by_email().status}


def cards_list(call: Call) -> list[Any]:
    return [card.as_json() for card in cards.of_worker(call.books, call.worker())]


def card_verify(call: Call) -> dict[str, Any]:
    call.one_of("currency", "RUB")
    card = cards.start(call.books, call.worker(), redirect_url=call.text("redirect_url"))
    return {"terminal_url": f"{call.site}/terminal/{card.token}"}


def card_remove(call: Call) -> dict[str, Any]:
    cards.remove(call.books, _card(call, call.worker()))
    return {}


def payout(call: Call) -> dict[str, Any]:
    worker = call.worker() if call.text("worker_id", required=False) else call.worker_by_email()
    worker = workers.ready(call.books, worker.id)
    call.one_of("currency", "RUB")
    if call.text("todo_type", required=False) not in ("", call.emulator.keys.todo_type):
        raise Refused(BAD_REQUEST, "This todo_type is not in the contract")
    if call.text("task_id", required=False):
        raise Refused(NOT_FOUND, "Task not found")  # tasks are not made beforehand here
    try:
        amount_kopecks = fields.from_roubles(call.text("amount"))
    except BadValue:
        raise Refused(BAD_REQUEST, "Invalid amount") from None
    wanted = payouts.Wanted(
        worker=worker,
        card=_card(call, worker) if call.text("card_id", required=False) else None,
        amount_kopecks=amount_kopecks,
        merchant_transaction=call.text("merchant_transaction"),
        todo_attributes=call.text("todo_attributes"),
        title=call.text("task_title", required=False),
        description=call.text("task_description", required=False),
    )
    return payouts.pay(call.books, wanted, call.emulator.outcomes, now=call.now, modes=call.modes).as_payout()


def search(call: Call) -> dict[str, Any]:
    """Of several payouts of one merchant_transaction the first."""
    if call.text("task_id", required=False):
        found = tasks.get(call.books, call.number("task_id"))
    else:
        found = next(iter(tasks.of_merchant(call.books, call.text("merchant_transaction"))), None)
    if found is None:
        raise Refused(NOT_FOUND, "Task not found")
    return found.as_found()


def balance(call: Call) -> dict[str, Any]:
    return company.as_json(call.books)


def transactions(call: Call) -> dict[str, Any]:
    size, number = call.number("page_size", default=_PAGE_SIZE), call.number("page_num", default=1)
    if not (0 < size <= _MAX_PAGE_SIZE and 0 < number < 1_000_000):
        raise Refused(BAD_REQUEST, "Invalid page")
    return company.transactions(
        call.books, start=call.moment("start_date"), finish=call.moment("finish_date"), size=size, number=number
    )


def _card(call: Call, worker: Worker) -> Card:
    return cards.get(call.books, call.number("card_id"), worker=worker)
