"""The control API: how tests and the demo make things happen in the service, also in the past. Unsigned, JSON."""

from collections.abc import Callable
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from emulators import calls, fields
from emulators.database import Books
from emulators.fields import BadValue
from emulators.messages import Request, Response, json_response
from emulators.service import accounts, charges, credits, delivery, sign_on
from emulators.service.accounts import Account, BadAccount
from emulators.service.charges import Charge
from emulators.service.emulator import Emulator

PREFIX = "/control/"
Given = dict[str, Any]


def answer(emulator: Emulator, request: Request) -> Response:
    """What is wrong with a request is answered with 400 and `error`."""
    if request.method == "GET" and request.path == "/control/journal":
        with emulator.database.transaction() as books:
            return json_response(200, _journal(books))
    command = _COMMANDS.get(request.after(PREFIX)) if request.method == "POST" else None
    if command is None:
        return json_response(404, {"error": "no such call"})
    try:
        return json_response(200, command(emulator, request.json() if request.body else {}))
    except BadAccount as bad:
        return json_response(400, {"error": bad.errors})
    except BadValue as bad:
        return json_response(400, {"error": str(bad)})


def _journal(books: Books) -> Given:
    return {
        "calls": calls.every(books),
        "credits": credits.every(books),
        "deliveries": delivery.every(books),
        "faults": calls.faults_by_kind(books),
    }


def _account(books: Books, given: Given) -> Account:
    if not (found := accounts.find(books, given.get("account_id"))):
        raise BadValue("Нет аккаунта с таким account_id.")
    return found


def _charge(books: Books, given: Given) -> Charge:
    if not (found := charges.find(books, given.get("charge_id"))):
        raise BadValue("Нет списания с таким charge_id.")
    return found


def _create_account(emulator: Emulator, given: Given) -> Given:
    with emulator.database.transaction() as books:
        return {"account": accounts.register(books, given).as_json()}


def _create_charge(emulator: Emulator, given: Given) -> Given:
    confirmed = given.get("payment_confirmed", True)
    if not isinstance(confirmed, bool):
        raise BadValue("payment_confirmed: нужно true или false.")
    with emulator.database.transaction() as books:
        made = charges.charge(
            books,
            account_id=_account(books, given).id,
            kind=fields.text(given.get("kind")),
            amount_kopecks=fields.from_typed_roubles(given.get("amount")),
            confirmed=confirmed,
            occurred_at=given.get("occurred_at"),
            charge_id=fields.text(given.get("id"), required=False),
        )
        return {"charge": {"id": made.id}}


def _confirm_charge(emulator: Emulator, given: Given) -> Given:
    with emulator.database.transaction() as books:
        charges.confirm(books, _charge(books, given), occurred_at=given.get("occurred_at"))
        return {}


def _refund_charge(emulator: Emulator, given: Given) -> Given:
    amount = fields.from_typed_roubles(given.get("amount"))
    with emulator.database.transaction() as books:
        found = _charge(books, given)
        return {
            "refund": {"id": charges.refund(books, found, amount_kopecks=amount, occurred_at=given.get("occurred_at"))}
        }


def _apply_promo_code(emulator: Emulator, given: Given) -> Given:
    with emulator.database.transaction() as books:
        charges.apply_promo_code(
            books,
            account_id=_account(books, given).id,
            promo_code=fields.text(given.get("promo_code")),
            occurred_at=given.get("occurred_at"),
        )
        return {}


def _sign_on(emulator: Emulator, given: Given) -> Given:
    """A link into the portal; `key` "other" signs it with a key that the portal has never heard of."""
    changes = {name: given[name] for name in ("expires_in", "jti", "audience", "issuer") if name in given}
    if not isinstance(changes.get("expires_in", 0), int):
        raise BadValue("expires_in: нужно целое число секунд.")
    key = Ed25519PrivateKey.generate() if given.get("key") == "other" else emulator.keys.sso_private_key
    with emulator.database.transaction() as books:
        return {"url": sign_on.url(emulator.portal, _account(books, given), key, **changes)}


def _order_fault(emulator: Emulator, given: Given) -> Given:
    emulator.faults.order(given)
    return {}


def _reset(emulator: Emulator, given: Given) -> Given:
    emulator.reset()
    return {}


_COMMANDS: dict[str, Callable[[Emulator, Given], Given]] = {
    "accounts": _create_account,
    "charges": _create_charge,
    "confirmations": _confirm_charge,
    "refunds": _refund_charge,
    "promo-codes": _apply_promo_code,
    "sign-on": _sign_on,
    "faults": _order_fault,
    "reset": _reset,
}
