"""Partners who move in from the old portal, from a file (feed.md, section 3)."""

import datetime as dt
from collections import Counter
from collections.abc import Callable
from typing import IO, Any, NamedTuple

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from partners import codes, json_lines, ledger, registration
from partners.fields import REQUIRED, BadValue, filled_text, moment, text
from partners.models import Code, LedgerLine, Partner, Tariff, Terms, User
from partners.money import NotRoubles, from_roubles
from partners.rules import normal_code, normal_email, normal_inn, normal_phone
from payouts import contracts, rules

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


def run(stream: IO[bytes], *, now: dt.datetime, on_problem: Callable[[int, Errors], None]) -> Counter[str]:
    """Take in every line, each in its own transaction, and count `created`, `unchanged` and `rejected` ones.

    Repeatable: a repeated line changes nothing, one that differs from what stands is rejected.
    """
    counts: Counter[str] = Counter()
    for number, line in json_lines.lines(stream):
        try:
            counts["created" if admit(check(json_lines.parse(line), now=now), now=now) else "unchanged"] += 1
        except (json_lines.BadLine, Refused) as refused:
            counts["rejected"] += 1
            on_problem(number, refused.errors if isinstance(refused, Refused) else {"line": [str(refused)]})
    return counts


def admit(line: PartnerLine, *, now: dt.datetime) -> bool:
    """Make the partner; False when it stands already, just so. Raises Refused."""
    with transaction.atomic():
        standing = Partner.objects.select_related("user").filter(user__account_id=line.account_id).first()
        if standing is not None:
            _compare(line, standing)
            return False
        _check_free(line)
        terms = _terms(line)
        user = User.objects.create_user(line.email, account_id=line.account_id, full_name=line.full_name)
        partner = registration.admit(
            user,
            tariff=line.tariff,
            full_name=line.full_name,
            phone=line.phone,
            inn=line.inn or "",
            registered_at=line.registered_at,
            code=line.code,
            terms=terms,
        )
        if line.opening_balance:
            ledger.book(
                partner,
                key=f"opening_balance:{partner.pk}",
                kind=LedgerLine.Kind.OPENING_BALANCE,
                amount_kopecks=line.opening_balance,
                memo="Остаток из прежнего кабинета",
                now=now,
            )
        if line.contract:
            contracts.record_signed(partner, number=line.contract[0], signed_on=line.contract[1])
    return True


def _check_free(line: PartnerLine) -> None:
    errors: Errors = {}
    if User.objects.filter(email=line.email).exists():
        errors["email"] = ["занят другой учётной записью"]
    if User.objects.filter(account_id=line.account_id).exists():
        errors["account_id"] = ["занят другой учётной записью"]
    if line.code is not None and Code.objects.filter(value=line.code).exists():
        errors["code"] = ["занят другим партнёром"]
    if errors:
        raise Refused(errors)


def _terms(line: PartnerLine) -> Terms | None:
    if line.terms is None:
        return None
    terms = Terms.objects.filter(name=line.terms).first()
    if terms is None or terms.tariff != line.tariff:
        raise Refused({"terms": ["нет таких условий у этого тарифа"]})
    return terms


def _compare(line: PartnerLine, partner: Partner) -> None:
    opening = partner.ledger_lines.filter(kind=LedgerLine.Kind.OPENING_BALANCE).first()
    contract = getattr(partner, "contract", None)
    first = partner.terms_assignments.select_related("terms").order_by("pk")[0]
    stands = PartnerLine(
        email=partner.user.email,
        account_id=line.account_id,
        full_name=partner.full_name,
        phone=partner.phone,
        tariff=first.terms.tariff,
        registered_at=partner.registered_at,
        code=partner.codes.get(is_main=True).value,
        terms=first.terms.name,
        inn=partner.inn,
        opening_balance=opening.amount_kopecks if opening else 0,
        contract=(contract.number, contract.signed_on) if contract else None,
    )
    errors = {
        field: ["отличается от того, что уже записано"]
        for field, given, standing in zip(PartnerLine._fields, line, stands, strict=True)
        if given is not None and given != standing
    }
    if errors:
        raise Refused(errors)


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
