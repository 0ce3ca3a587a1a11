"""What the service debits from an account: charges, their confirmation, refunds; and promo codes entered later."""

import secrets
from typing import Any, NamedTuple

from emulators import fields
from emulators.database import Books
from emulators.fields import BadValue
from emulators.service import events

KINDS = {
    "subscription": "Абонентская плата",
    "telephony": "Телефония",
    "robot": "Обзвон роботом",
    "other": "Прочее",
}


class Charge(NamedTuple):
    id: str
    account_id: str
    kind: str
    amount_kopecks: int
    refunded_kopecks: int
    confirmed: bool
    occurred_at: str

    @property
    def left_kopecks(self) -> int:
        return self.amount_kopecks - self.refunded_kopecks


_SELECT = """
    SELECT charge.*,
        COALESCE((SELECT SUM(amount_kopecks) FROM refund WHERE charge_id = charge.id), 0) AS refunded_kopecks
    FROM charge """


def charge(
    books: Books,
    *,
    account_id: str,
    kind: str,
    amount_kopecks: int,
    confirmed: bool,
    occurred_at: Any = None,
    charge_id: str | None = None,
) -> Charge:
    """Debit an account; `occurred_at` is an ISO moment, now when None. Raises BadValue for another kind or moment."""
    if kind not in KINDS:
        raise BadValue(f"Неизвестный вид списания, бывают {', '.join(KINDS)}.")
    at = fields.moment(occurred_at)
    charge_id = charge_id or f"ch-{secrets.token_hex(8)}"
    if books.execute("SELECT 1 FROM charge WHERE id = ?", (charge_id,)).fetchone():
        raise BadValue("Списание с таким номером есть.")
    books.execute(
        "INSERT INTO charge (id, account_id, kind, amount_kopecks, confirmed, occurred_at) VALUES (?, ?, ?, ?, ?, ?)",
        (charge_id, account_id, kind, amount_kopecks, confirmed, at.isoformat()),
    )
    amount = fields.as_decimal(amount_kopecks)
    data: dict[str, Any] = {"charge_id": charge_id, "client_id": account_id, "kind": kind, "amount": amount}
    data["payment_confirmed"] = confirmed
    events.record(books, "charge.created", occurred_at=at, data=data)
    return Charge(charge_id, account_id, kind, amount_kopecks, 0, confirmed, at.isoformat())


def confirm(books: Books, found: Charge, *, occurred_at: Any = None) -> None:
    """The payment behind a charge is confirmed. Raises BadValue where it was before."""
    if found.confirmed:
        raise BadValue("Оплата уже подтверждена.")
    books.execute("UPDATE charge SET confirmed = 1 WHERE id = ?", (found.id,))
    at = fields.moment(occurred_at)
    events.record(books, "charge.confirmed", occurred_at=at, data={"charge_id": found.id})


def refund(books: Books, found: Charge, *, amount_kopecks: int, occurred_at: Any = None) -> str:
    """Give money back and return the refund's id. Raises BadValue for more than is left of the charge."""
    if amount_kopecks > found.left_kopecks:
        raise BadValue(f"Вернуть можно не больше {fields.as_roubles(found.left_kopecks)}.")
    at = fields.moment(occurred_at)
    refund_id = f"rf-{secrets.token_hex(8)}"
    books.execute("INSERT INTO refund VALUES (?, ?, ?)", (refund_id, found.id, amount_kopecks))
    data = {"refund_id": refund_id, "charge_id": found.id, "amount": fields.as_decimal(amount_kopecks)}
    events.record(books, "charge.refunded", occurred_at=at, data=data)
    return refund_id


def apply_promo_code(books: Books, *, account_id: str, promo_code: str, occurred_at: Any = None) -> None:
    """An account enters a promo code after its registration. The service doesn't know which codes there are."""
    at = fields.moment(occurred_at)
    data = {"client_id": account_id, "promo_code": promo_code}
    events.record(books, "client.promo_code_applied", occurred_at=at, data=data)


def find(books: Books, charge_id: Any) -> Charge | None:
    if not isinstance(charge_id, str):
        return None
    row = books.execute(_SELECT + "WHERE charge.id = ?", (charge_id,)).fetchone()
    return _charge(row) if row else None


def of_account(books: Books, account_id: str) -> list[Charge]:
    """An account's charges, newest first."""
    rows = books.execute(_SELECT + "WHERE account_id = ? ORDER BY number DESC", (account_id,))
    return [_charge(row) for row in rows]


def _charge(row: Any) -> Charge:
    found = Charge(*(row[field] for field in Charge._fields))
    return found._replace(confirmed=bool(found.confirmed))
