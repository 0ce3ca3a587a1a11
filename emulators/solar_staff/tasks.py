"""Tasks: each payout is one, and stays to be asked for."""

from typing import Any, NamedTuple

from emulators import fields
from emulators.database import Books
from emulators.solar_staff.answers import roubles

_FIRST_ID = 7_000_001  # so that a task's number is never a worker's or a card's


class State(NamedTuple):
    """The payout's `status_id` and `status`, and the `state.id` that its task usually has with it."""

    status_id: int
    status: str
    state_id: int


STATES = {
    "waiting": State(1, "waiting", 4),
    "paid": State(2, "success", 5),
    "declined": State(3, "declined", 8),
    "refunded": State(4, "refunded", 10),
    "partly": State(5, "partly", 4),
}
OPEN = ("waiting", "partly")
FINAL = ("paid", "declined", "refunded")
TITLES = {
    1: "Не подтверждена",
    2: "В работе",
    3: "Ждёт приёмки",
    4: "Ждёт оплату",
    5: "Завершена",
    6: "Отклонена исполнителем",
    8: "Отклонена заказчиком",
    10: "Ошибка при выплате",
    11: "Ждёт подтверждения отмены от исполнителя",
}


class Task(NamedTuple):
    id: int
    merchant_transaction: str
    worker_id: int
    card_id: int | None
    amount_kopecks: int
    commission_kopecks: int
    paid_kopecks: int
    todo_attributes: str
    title: str
    description: str
    state: str
    state_id: int
    waits_for_money: bool
    due_at: float | None
    due_state: str | None
    created_at: str
    paid_at: str | None

    def as_payout(self) -> dict[str, Any]:
        """As the answer to `payout`."""
        amount, commission = self.amount_kopecks, self.commission_kopecks
        return {
            "task_id": self.id,
            "merchant_transaction": self.merchant_transaction,
            "status_id": STATES[self.state].status_id,
            "status": STATES[self.state].status,
            "payout_amount": roubles(amount),
            "payout_currency": "RUB",
            "real_amount": roubles(amount + commission),
            "real_currency": "RUB",
            "real_details": {"amount": roubles(amount), "commission_amount": roubles(commission)},
        }

    def as_found(self) -> dict[str, Any]:
        """As the answer to `search`."""
        return {
            "id": self.id,
            "merchantTransaction": self.merchant_transaction,
            "state": {"id": self.state_id, "title": TITLES[self.state_id]},
            "title": self.title,
            "description": self.description,
            "todoAttributes": self.todo_attributes,
            "workerId": self.worker_id,
            "amount": roubles(self.amount_kopecks),
            "currency": "RUB",
            "date_created": self.created_at,
            "date_paid": self.paid_at,
        }

    def as_journal(self) -> dict[str, Any]:
        return {
            "task_id": self.id,
            "merchant_transaction": self.merchant_transaction,
            "worker_id": self.worker_id,
            "card_id": self.card_id,
            "amount": fields.as_decimal(self.amount_kopecks),
            "commission": fields.as_decimal(self.commission_kopecks),
            "paid": fields.as_decimal(self.paid_kopecks),
            "state": self.state,
            "created_at": self.created_at,
            "paid_at": self.paid_at,
        }


def add(books: Books, **values: Any) -> Task:
    """A new one that waits; `values` are those of Task that aren't so by that."""
    [number] = books.execute("SELECT COALESCE(MAX(id) + 1, ?) FROM task", (_FIRST_ID,)).fetchone()
    waiting = {"state": "waiting", "state_id": STATES["waiting"].state_id, "waits_for_money": False, "paid_kopecks": 0}
    unknown = {"due_at": None, "due_state": None, "paid_at": None}
    task = Task(**{**waiting, **unknown, **values, "id": number})
    names, places = ", ".join(Task._fields), ", ".join("?" * len(Task._fields))
    books.execute(f"INSERT INTO task ({names}) VALUES ({places})", task)  # noqa: S608 - names of this file
    return task


def change(books: Books, task: Task, **values: Any) -> Task:
    settings = ", ".join(f"{name} = ?" for name in values)
    books.execute(f"UPDATE task SET {settings} WHERE id = ?", (*values.values(), task.id))  # noqa: S608 - our names
    return task._replace(**values)


def get(books: Books, number: object) -> Task | None:
    return next(iter(_tasks(books, "WHERE id = ?", number)), None)


def of_merchant(books: Books, merchant_transaction: str) -> list[Task]:
    """The payouts of one merchant_transaction, the first of them first."""
    return _tasks(books, "WHERE merchant_transaction = ? ORDER BY id", merchant_transaction)


def due(books: Books, at: float) -> list[Task]:
    """Open ones whose time to become something else has come."""
    return _tasks(books, "WHERE due_at <= ? ORDER BY due_at, id", at)


def without_money(books: Books) -> list[Task]:
    """Those that were due but for the company's balance, oldest first."""
    return _tasks(books, "WHERE waits_for_money ORDER BY id")


def all_open(books: Books) -> list[Task]:
    return _tasks(books, "WHERE state IN ('waiting', 'partly') ORDER BY id")


def every(books: Books) -> list[Task]:
    """All of them, oldest first."""
    return _tasks(books, "ORDER BY id")


def newest(books: Books, count: int) -> list[Task]:
    return _tasks(books, "ORDER BY id DESC LIMIT ?", count)


def to_cards_since(books: Books, worker_id: int, start: str) -> int:
    """Kopecks that a worker's cards were sent since a moment, or are going to be."""
    [total] = books.execute(
        "SELECT COALESCE(SUM(amount_kopecks), 0) FROM task WHERE worker_id = ? AND created_at >= ?"
        " AND card_id IS NOT NULL AND state NOT IN ('declined', 'refunded')",
        (worker_id, start),
    ).fetchone()
    return int(total)


def _tasks(books: Books, condition: str, *values: object) -> list[Task]:
    rows = books.execute(f"SELECT * FROM task {condition}", values).fetchall()  # noqa: S608 - conditions from above
    return [Task(*(row[field] for field in Task._fields)) for row in rows]
