"""Payouts: what may be paid, and how a payout gets from one state to the next."""

import datetime as dt
from typing import NamedTuple

from emulators.database import Books
from emulators.fields import BadValue
from emulators.solar_staff import company, tasks
from emulators.solar_staff.answers import BAD_REQUEST, NO_MONEY, NOT_READY, OVER_LIMIT, REPEATED, Refused
from emulators.solar_staff.cards import LINKED, Card
from emulators.solar_staff.clock import written
from emulators.solar_staff.outcomes import Outcome, Outcomes
from emulators.solar_staff.tasks import OPEN, STATES, Task
from emulators.solar_staff.workers import Worker

COMMISSION_PERCENT = 3
_LEAST = 1_00
_MORE_THAN_TO_A_CARD = 1_000_00
_MOST_TO_CARDS_A_MONTH = 400_000_00


class Wanted(NamedTuple):
    """What a payout asks for. Without a card the money goes to the worker's own balance."""

    worker: Worker
    card: Card | None
    amount_kopecks: int
    merchant_transaction: str
    todo_attributes: str
    title: str
    description: str


def pay(books: Books, wanted: Wanted, outcomes: Outcomes, *, now: dt.datetime, modes: dict[str, str]) -> Task:
    """Pay, or what was ordered instead. Raises Refused, with a task_id where there is a task nevertheless.

    A merchant_transaction that has been before is looked at first, whatever else is wrong by now.
    """
    before = tasks.of_merchant(books, wanted.merchant_transaction)
    if before and modes["duplicates"] == "first":
        return before[0]
    if before and modes["duplicates"].startswith("error"):
        more = {"task_id": before[0].id} if modes["duplicates"] == "error_with_task" else {}
        raise Refused(REPEATED, "Task with this merchant_transaction already exists", **more)
    _check(books, wanted, now=now)
    outcome = outcomes.take()
    if outcome.word == "refused":
        raise Refused(BAD_REQUEST, "Payout is not possible")
    task = tasks.add(
        books,
        merchant_transaction=wanted.merchant_transaction,
        worker_id=wanted.worker.id,
        card_id=wanted.card.id if wanted.card else None,
        amount_kopecks=wanted.amount_kopecks,
        commission_kopecks=wanted.amount_kopecks * COMMISSION_PERCENT // 100,
        todo_attributes=wanted.todo_attributes,
        title=wanted.title,
        description=wanted.description,
        created_at=written(now),
    )
    task = _begin(books, task, outcome, now=now, modes=modes)
    if task.waits_for_money:
        raise Refused(NO_MONEY, "Insufficient funds, the task will be paid later", **task.as_payout())
    return task


def _check(books: Books, wanted: Wanted, *, now: dt.datetime) -> None:
    if wanted.card is None:
        if wanted.amount_kopecks < _LEAST:
            raise Refused(BAD_REQUEST, "Amount must be at least 1 RUB")
        return
    if wanted.card.verify_status_id != LINKED:
        raise Refused(NOT_READY, "Card is not linked")
    if wanted.amount_kopecks <= _MORE_THAN_TO_A_CARD:
        raise Refused(OVER_LIMIT, "Amount must be over 1000 RUB")
    month = tasks.to_cards_since(books, wanted.worker.id, written(now.replace(day=1, hour=0, minute=0, second=0)))
    if month + wanted.amount_kopecks > _MOST_TO_CARDS_A_MONTH:
        raise Refused(OVER_LIMIT, "You have exceeded the allowed amount of transactions (400 000 RUB)")


def _begin(books: Books, task: Task, outcome: Outcome, *, now: dt.datetime, modes: dict[str, str]) -> Task:
    if outcome.word in OPEN:
        due_at = None if outcome.seconds is None else now.timestamp() + outcome.seconds
        task = tasks.change(books, task, due_at=due_at, due_state=outcome.then)
    if outcome.word == "waiting":
        return task
    if outcome.word == "declined":
        return settle(books, task, "declined", now=now, modes=modes)
    task = settle(books, task, "partly" if outcome.word == "partly" else "paid", now=now, modes=modes)
    if outcome.word == "refunded" and task.state == "paid":
        return settle(books, task, "refunded", now=now, modes=modes)
    return task


def settle(
    books: Books, task: Task, state: str, *, now: dt.datetime, modes: dict[str, str], state_id: int | None = None
) -> Task:
    """Bring a payout into another state, and move the money that this takes. Without enough of it, it goes on waiting.

    `state_id` is the task's where it isn't the usual one. Raises BadValue where no way leads to that state.
    """
    possible = ("paid", "partly", "declined", "refunded") if task.state in OPEN else ()
    if state not in (("refunded",) if task.state == "paid" else possible):
        raise BadValue(f"Из состояния {task.state} в {state} не переходят.")
    if state in ("paid", "partly"):
        return _pay_more(books, task, state, now=now, modes=modes, state_id=state_id)
    _move(books, task, task.paid_kopecks, now=now, modes=modes, with_commission=task.state == "paid")
    shown = STATES[state].state_id if state_id is None else state_id
    changed = {"state": state, "state_id": shown, "paid_kopecks": 0, "waits_for_money": False, "due_at": None}
    return tasks.change(books, task, **changed)


def _pay_more(
    books: Books, task: Task, state: str, *, now: dt.datetime, modes: dict[str, str], state_id: int | None
) -> Task:
    whole = state == "paid"
    upto = task.amount_kopecks if whole else task.amount_kopecks // 2
    more = max(upto - task.paid_kopecks, 0)
    if more + (task.commission_kopecks if whole else 0) > company.balance(books):
        return tasks.change(books, task, waits_for_money=True, due_at=None)
    _move(books, task, -more, now=now, modes=modes, with_commission=whole)
    changed = {"paid_kopecks": task.paid_kopecks + more, "waits_for_money": False, "state": state}
    changed["state_id"] = STATES[state].state_id if state_id is None else state_id
    done = {"due_at": None, "paid_at": written(now)} if whole else {}
    return tasks.change(books, task, **changed, **done)


def _move(
    books: Books, task: Task, kopecks: int, *, now: dt.datetime, modes: dict[str, str], with_commission: bool
) -> None:
    """The company's money for a payout goes (below zero) or comes back, and so the worker's where there is no card."""
    at = written(now)
    commission = task.commission_kopecks if with_commission else 0
    commission = commission if kopecks > 0 else -commission
    apart = commission if modes["commission"] == "apart" else 0
    named = task.merchant_transaction
    company.move(books, kopecks + commission - apart, at=at, task_id=task.id, merchant_transaction=named)
    company.move(books, apart, at=at, task_id=task.id)
    if task.card_id is None:
        add = "UPDATE worker SET balance_kopecks = balance_kopecks - ? WHERE id = ?"
        books.execute(add, (kopecks, task.worker_id))


def settle_due(books: Books, *, now: dt.datetime, modes: dict[str, str]) -> None:
    """What time has brought about since the last call."""
    for task in tasks.due(books, now.timestamp()):
        settle(books, task, task.due_state or "paid", now=now, modes=modes)


def top_up(books: Books, kopecks: int, *, now: dt.datetime, modes: dict[str, str]) -> None:
    """The company pays in; what waited for money is paid, oldest first, as far as it goes."""
    company.move(books, kopecks, at=written(now))
    pay_waiting(books, now=now, modes=modes)


def pay_waiting(books: Books, *, now: dt.datetime, modes: dict[str, str]) -> None:
    for task in tasks.without_money(books):
        if settle(books, task, "paid", now=now, modes=modes).waits_for_money:
            return
