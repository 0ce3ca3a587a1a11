"""The control API: how tests and the demo decide what happens at Solar Staff. Unsigned, JSON."""

from collections.abc import Callable
from typing import Any

from emulators import calls, fields
from emulators.database import Books
from emulators.fields import BadValue
from emulators.messages import Request, Response, json_response
from emulators.solar_staff import cards, clock, company, modes, payouts, tasks, workers
from emulators.solar_staff.answers import Refused
from emulators.solar_staff.emulator import Emulator
from emulators.solar_staff.tasks import Task
from emulators.solar_staff.workers import Worker

PREFIX = "/control/"
Given = dict[str, Any]


def answer(emulator: Emulator, request: Request) -> Response:
    """What is wrong with a request is answered with 400 and `error`."""
    name = request.after(PREFIX)
    try:
        given = request.json() if request.body else {}
        if request.method == "GET" and (question := _QUESTIONS.get(name)):
            return _answered(emulator, question, dict(request.query))
        if request.method == "POST" and (order := _ORDERS.get(name)):
            order(emulator, given)
            return json_response(200, {})
        if request.method == "POST" and (command := _COMMANDS.get(name)):
            return _answered(emulator, command, given)
    except BadValue as bad:
        return json_response(400, {"error": str(bad)})
    except Refused as refused:
        return json_response(400, {"error": refused.content["error_text"]})
    return json_response(404, {"error": "no such call"})


def _answered(emulator: Emulator, ask: Callable[[Books, Given], Given], given: Given) -> Response:
    with emulator.database.transaction() as books:
        payouts.settle_due(books, now=clock.now(books), modes=modes.read(books))
        return json_response(200, ask(books, given))


def _number(given: Given, name: str) -> int:
    found = given.get(name)
    if not isinstance(found, int):
        raise BadValue(f"{name}: нужно целое число.")
    return found


def _journal(books: Books, given: Given) -> Given:
    return {"payments": [task.as_journal() for task in tasks.every(books)], "faults": calls.faults_by_kind(books)}


def _calls(books: Books, given: Given) -> Given:
    after = given.get("after", "0")
    if not (after.isascii() and after.isdigit() and len(after) < 19):
        raise BadValue("after: нужно число.")
    found, last = calls.page(books, after=int(after))
    return {"calls": found, "last": last}


def _company(books: Books, given: Given) -> Given:
    return {"balance": fields.as_decimal(company.balance(books)), "now": clock.written(clock.now(books))}


def _workers(books: Books, given: Given) -> Given:
    return {"workers": [_as_json(books, worker) for worker in workers.every(books)]}


def _as_json(books: Books, worker: Worker) -> Given:
    return {
        "worker_id": worker.id,
        "email": worker.email,
        "status": worker.status,
        "balance": fields.as_decimal(worker.balance_kopecks),
        "cards": [card.as_json() for card in cards.of_worker(books, worker)],
    }


def _add_worker(books: Books, given: Given) -> Given:
    """Invited, and registered unless `registered` is false. Somebody who is there stays as they are."""
    worker = workers.invite(books, fields.text(given.get("email")), repeated="first")
    if given.get("registered", True) and not worker.registered:
        workers.register(books, worker, first_name="Иван", last_name="Иванов", phone="+79000000000")
    return {"worker": _as_json(books, workers.get(books, worker.id))}


def _add_card(books: Books, given: Given) -> Given:
    worker = workers.get(books, _number(given, "worker_id"))
    number, status = given.get("number", "4000000000001234"), given.get("verify_status_id", cards.LINKED)
    return {"card": cards.add(books, worker, number=number, status=status).as_json()}


def _change_card(books: Books, given: Given) -> Given:
    card = cards.get(books, _number(given, "card_id"))
    cards.change(books, card, status=given.get("verify_status_id"))
    return {"card": cards.get(books, card.id).as_json()}


def _top_up(books: Books, given: Given) -> Given:
    amount = fields.from_typed_roubles(given.get("amount"))
    payouts.top_up(books, amount, now=clock.now(books), modes=modes.read(books))
    return _company(books, {})


def _set_balance(books: Books, given: Given) -> Given:
    """Without a transaction, and without paying what waits."""
    amount = given.get("amount")
    company.set_balance(books, 0 if amount in ("0", "0.00") else fields.from_typed_roubles(amount))
    return _company(books, {})


def _settle(books: Books, given: Given) -> Given:
    """One task by `task_id`, those of a `merchant_transaction`, or all open ones, into `state`, paid when not given."""
    state, state_id = given.get("state", "paid"), given.get("state_id")
    if not (state_id is None or state_id in tasks.TITLES):
        raise BadValue(f"state_id: бывают {', '.join(map(str, tasks.TITLES))}.")
    now, chosen = clock.now(books), modes.read(books)
    settled = [
        payouts.settle(books, task, state, now=now, modes=chosen, state_id=state_id) for task in _chosen(books, given)
    ]
    return {"payments": [task.as_journal() for task in settled]}


def _chosen(books: Books, given: Given) -> list[Task]:
    if "task_id" in given:
        task = tasks.get(books, _number(given, "task_id"))
        found = [task] if task else []
    elif "merchant_transaction" in given:
        found = tasks.of_merchant(books, fields.text(given["merchant_transaction"]))
    else:
        return tasks.all_open(books)
    if not found:
        raise BadValue("Нет такой выплаты.")
    return found


def _choose_modes(books: Books, given: Given) -> Given:
    modes.choose(books, given)
    return modes.read(books)


def _shift_clock(books: Books, given: Given) -> Given:
    clock.shift(books, given.get("shift_seconds"))
    payouts.settle_due(books, now=clock.now(books), modes=modes.read(books))
    return _company(books, {})


_QUESTIONS: dict[str, Callable[[Books, Given], Given]] = {
    "journal": _journal,
    "calls": _calls,
    "company": _company,
    "workers": _workers,
}
_COMMANDS: dict[str, Callable[[Books, Given], Given]] = {
    "workers": _add_worker,
    "cards": _add_card,
    "card-statuses": _change_card,
    "top-ups": _top_up,
    "balance": _set_balance,
    "settlements": _settle,
    "modes": _choose_modes,
    "clock": _shift_clock,
}
_ORDERS: dict[str, Callable[[Emulator, Given], None]] = {
    "faults": lambda emulator, given: emulator.faults.order(given),
    "outcomes": lambda emulator, given: emulator.outcomes.order(given),
    "reset": lambda emulator, given: emulator.reset(),
}
