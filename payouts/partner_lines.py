"""One line of a file of partners who move in: what it has to say, field by field (feed.md, section 3)."""

import datetime as dt
from collections.abc import Callable
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from partners import codes
from partners.fields import REQUIRED, BadValue, filled_text, moment, text
from partners.models import Tariff
from partners.money import NotRoubles, from_roubles
from partners.rules import normal_code, normal_email, normal_inn, normal_phone
from payouts import rules

Errors = dict[str, list[str]]


class PartnerLine(NamedTuple):
    """One checked line. What is None was not given, and is not compared with what stands."""

    email: str
    account_id: str
    full_name: str
    phone: str
    tariff: str
    registered_at: dt.datetime
    code: str | None
    terms: str | None
    inn: str | None
    opening_balance: int | None
    contract: tuple[str, dt.date] | None


class Refused(Exception):
    """The line can't be taken; `errors` says by field why."""

    def __init__(self, errors: Errors) -> None:
        super().__init__(errors)
        self.errors = errors


def check(raw: object, *, now: dt.datetime) -> PartnerLine:
    """The checked line of one parsed JSON value, with unknown fields left out. Raises Refused."""
    if not isinstance(raw, dict):
        raise Refused({"line": ["нужен объект JSON"]})
    errors: Errors = {}
    readers: dict[str, Callable[[Any], Any]] = {
        "email": _email,
        "account_id": lambda value: filled_text(value, limit=200),
        "full_name": lambda value: filled_text(value, limit=200),
        "phone": _phone,
        "tariff": _tariff,
        "registered_at": lambda value: moment(value, until=now),
        "code": _if_given(_code),
        "terms": _if_given(lambda value: filled_text(value, limit=50)),
        "inn": _if_given(_inn),
        "opening_balance": _if_given(_roubles),
        "contract": _if_given(lambda value: _contract(value, until=rules.day_of(now))),
    }
    values: dict[str, Any] = {}
    for field, read in readers.items():
        try:
            values[field] = read(raw.get(field))
        except BadValue as bad:
            errors[field] = [str(bad)]
    if errors:
        raise Refused(errors)
    return PartnerLine(**values)


def _if_given(read: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: None if value is None else read(value)


def _email(value: object) -> str:
    found = normal_email(filled_text(value, limit=254))
    try:
        validate_email(found)
    except ValidationError:
        raise BadValue("не адрес e-mail") from None
    return found


def _phone(value: object) -> str:
    found = filled_text(value, limit=40)
    if not 10 <= len(normal_phone(found)) <= 15:
        raise BadValue("в номере телефона должно быть от 10 до 15 цифр")
    return found


def _tariff(value: object) -> str:
    if value is None:
        raise BadValue(REQUIRED)
    if value not in Tariff.values:
        raise BadValue(f"бывает {' или '.join(Tariff.values)}")
    return str(value)


def _code(value: object) -> str:
    found = normal_code(text(value, limit=100))
    if not codes.is_well_formed(found):
        raise BadValue("нужно от 3 до 32 знаков: латинские буквы, цифры, «-» и «_»")
    return found


def _inn(value: object) -> str:
    found = normal_inn(text(value, limit=20))
    if found and not (found.isascii() and found.isdigit() and len(found) in (10, 12)):
        raise BadValue("в ИНН 10 или 12 цифр")
    return found


def _roubles(value: object) -> int:
    if not isinstance(value, str):
        raise BadValue('нужна строка с суммой в рублях, например "-1500.00"')
    try:
        return from_roubles(value)
    except NotRoubles:
        raise BadValue("не сумма в рублях: нужны цифры и не больше двух знаков после точки") from None


def _contract(value: object, *, until: dt.date) -> tuple[str, dt.date]:
    if not isinstance(value, dict):
        raise BadValue('нужен объект {"number", "signed_on"}')
    number = filled_text(value.get("number"), limit=50)
    try:
        signed_on = dt.date.fromisoformat(filled_text(value.get("signed_on"), limit=10))
    except ValueError:
        raise BadValue("signed_on: нужна дата, например 2026-01-31") from None
    if signed_on > until:
        raise BadValue("signed_on: этот день ещё не наступил")
    return number, signed_on
