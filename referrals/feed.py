"""The service's events as they come (feed.md, section 1): parsed JSON in, checked events out."""

import datetime as dt
import hashlib
from collections.abc import Callable
from typing import Any, NamedTuple

from partners.fields import REQUIRED, BadValue, filled_text, moment, text
from partners.money import NotRoubles, from_roubles
from partners.rules import normal_code

KINDS = ("subscription", "telephony", "robot", "other")
_AHEAD = dt.timedelta(days=1)
_MAX_KOPECKS = 1_000_000_000_00

Errors = dict[str, list[str]]


class Rejected(Exception):
    """The event can't be taken: `errors` says by field what is wrong, `event_id` is there when it could be read."""

    def __init__(self, errors: Errors, event_id: str | None = None) -> None:
        super().__init__(errors)
        self.errors = errors
        self.event_id = event_id


class FeedEvent(NamedTuple):
    """One checked event. `fact` names what it states: the same fact, like the same id, is taken once."""

    id: str
    type: str
    occurred_at: dt.datetime
    data: dict[str, Any]
    fact: str | None
    digest: str

    def content(self) -> dict[str, Any]:
        """The event as JSON, of which `from_content` makes it again."""
        return {"id": self.id, "type": self.type, "occurred_at": self.occurred_at.isoformat(), "data": self.data}


def _identifier(value: object) -> str:
    return filled_text(value, limit=200)


def _name(value: object) -> str:
    return filled_text(value, limit=500)


def _email(value: object) -> str:
    return "" if value is None else text(value, limit=500)


def _contact(value: object) -> str:
    return "" if value is None else text(value, limit=100)


def _code(value: object) -> str:
    # However long: what was typed into an address line is no reason to lose a client (an unknown code is no error).
    return "" if value is None else normal_code(text(value, limit=50_000))[:100]


def _promo_code(value: object) -> str:
    return normal_code(filled_text(value, limit=50_000))[:100]


def _kind(value: object) -> str:
    if value is None:
        raise BadValue(REQUIRED)
    if value not in KINDS:
        raise BadValue(f"неизвестный вид списания, бывают {', '.join(KINDS)}")
    return str(value)


def _amount(value: object) -> int:
    if value is None:
        raise BadValue(REQUIRED)
    if not isinstance(value, str):
        raise BadValue('нужна строка с суммой в рублях, например "12500.00"')
    try:
        kopecks = from_roubles(value)
    except NotRoubles:
        raise BadValue("не сумма в рублях: нужны цифры и не больше двух знаков после точки") from None
    if kopecks <= 0:
        raise BadValue("сумма должна быть больше нуля")
    if kopecks > _MAX_KOPECKS:
        raise BadValue("сумма больше 1000000000.00")
    return kopecks


def _boolean(value: object) -> bool:
    if value is None:
        raise BadValue(REQUIRED)
    if not isinstance(value, bool):
        raise BadValue("нужно true или false")
    return value


class _Type(NamedTuple):
    """A type of event: its fields with their readers, and the fact it states, named by one of the fields."""

    fields: dict[str, Callable[[object], Any]]
    fact: str | None = None
    named_by: str = ""


_TYPES = {
    "client.registered": _Type(
        {
            "client_id": _identifier,
            "name": _name,
            "email": _email,
            "phone": _contact,
            "inn": _contact,
            "ref": _code,
            "promo_code": _code,
        },
        "client",
        "client_id",
    ),
    "client.promo_code_applied": _Type({"client_id": _identifier, "promo_code": _promo_code}),
    "charge.created": _Type(
        {
            "charge_id": _identifier,
            "client_id": _identifier,
            "kind": _kind,
            "amount": _amount,
            "payment_confirmed": _boolean,
        },
        "charge",
        "charge_id",
    ),
    "charge.confirmed": _Type({"charge_id": _identifier}, "confirmation", "charge_id"),
    "charge.refunded": _Type(
        {"refund_id": _identifier, "charge_id": _identifier, "amount": _amount}, "refund", "refund_id"
    ),
}


def check(raw: object, *, now: dt.datetime) -> FeedEvent:
    """The event of one parsed JSON value, with unknown fields left out. Raises Rejected, naming every bad field."""
    if not isinstance(raw, dict):
        raise Rejected({"event": ["нужен объект JSON"]})
    errors: Errors = {}
    event_id = _read("id", _identifier, raw, errors)
    kind = raw.get("type")
    described = _TYPES.get(kind) if isinstance(kind, str) else None
    if described is None:
        errors["type"] = [REQUIRED if kind is None else "неизвестный вид события"]
    occurred_at = _read("occurred_at", lambda value: moment(value, until=now + _AHEAD), raw, errors)
    given = raw.get("data")
    data: dict[str, Any] = {}
    if not isinstance(given, dict):
        errors["data"] = [REQUIRED if given is None else "нужен объект JSON"]
    elif described is not None:
        data = {field: _read(field, read, given, errors) for field, read in described.fields.items()}
    if errors:
        raise Rejected(errors, event_id)
    return _event(event_id, str(kind), occurred_at, data)


def _read(field: str, read: Callable[[object], Any], given: dict[str, Any], errors: Errors) -> Any:
    try:
        return read(given.get(field))
    except BadValue as bad:
        errors[field] = [str(bad)]
        return None


def from_content(content: dict[str, Any]) -> FeedEvent:
    """The event that `FeedEvent.content` was made of."""
    occurred_at = dt.datetime.fromisoformat(content["occurred_at"])
    return _event(content["id"], content["type"], occurred_at, content["data"])


def _event(event_id: str, kind: str, occurred_at: dt.datetime, data: dict[str, Any]) -> FeedEvent:
    described = _TYPES[kind]
    fact = f"{described.fact}:{data[described.named_by]}" if described.fact else None
    # Over what was understood, not over the text: the same content may be written in several ways.
    understood = repr((kind, occurred_at.timestamp(), [data[field] for field in described.fields]))
    return FeedEvent(
        event_id, kind, occurred_at, data, fact, hashlib.blake2b(understood.encode(), digest_size=16).hexdigest()
    )
