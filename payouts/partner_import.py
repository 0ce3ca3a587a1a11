"""Partners who move in from the old portal, from a file (feed.md, section 3)."""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import IO, Any, NamedTuple

from django.db import IntegrityError, transaction

from partners import json_lines, registration
from partners.models import Code, LedgerLine, Partner, Terms, TermsAssignment, User
from payouts.models import Contract
from payouts.partner_lines import Errors, PartnerLine, Refused, check

_AT_ONCE = 500  # lines in a transaction
_TRIES = 3
_DIFFERS = "отличается от того, что уже записано"
_TAKEN = "занят другой учётной записью"


class _Numbered(NamedTuple):
    """A line by its number in the file: checked, or why it can't be."""

    number: int
    line: PartnerLine | None
    errors: Errors


def run(stream: IO[bytes], *, now: dt.datetime, on_problem: Callable[[int, Errors], None]) -> Counter[str]:
    """Take in every line and count `created`, `unchanged` and `rejected` ones; a bad line spoils no neighbour.

    Repeatable: a repeated line changes nothing, one that differs from what stands is rejected. Killed, it leaves whole
    lines behind. A few statements for every 500 lines.
    """
    counts: Counter[str] = Counter()
    for batch in _batches(_read(stream, now)):
        for number, result, errors in _take(batch, now):
            counts[result] += 1
            if errors:
                on_problem(number, errors)
    return counts


def _read(stream: IO[bytes], now: dt.datetime) -> Iterator[_Numbered]:
    for number, line in json_lines.lines(stream):
        try:
            yield _Numbered(number, check(json_lines.parse(line), now=now), {})
        except json_lines.BadLine as bad:
            yield _Numbered(number, None, {"line": [str(bad)]})
        except Refused as refused:
            yield _Numbered(number, None, refused.errors)


def _batches(lines: Iterable[_Numbered]) -> Iterator[list[_Numbered]]:
    """Within a batch no account is named twice, so that each line meets the earlier ones as rows that stand."""
    batch: list[_Numbered] = []
    accounts: set[str] = set()
    for each in lines:
        if len(batch) == _AT_ONCE or (each.line and each.line.account_id in accounts):
            yield batch
            batch, accounts = [], set()
        batch.append(each)
        if each.line:
            accounts.add(each.line.account_id)
    if batch:
        yield batch


def _take(batch: Sequence[_Numbered], now: dt.datetime) -> list[tuple[int, str, Errors]]:
    """(number, result, errors) of each line. Somebody may register meanwhile: a second look then finds who it was."""
    for _ in range(_TRIES - 1):
        try:
            return _take_once(batch, now)
        except IntegrityError:
            continue
    return _take_once(batch, now)


@transaction.atomic
def _take_once(batch: Sequence[_Numbered], now: dt.datetime) -> list[tuple[int, str, Errors]]:
    books = _Books([each.line for each in batch if each.line])
    taken: list[tuple[int, str, Errors]] = []
    new: list[PartnerLine] = []
    for number, line, errors in batch:
        if line is None:
            taken.append((number, "rejected", errors))
        elif line.account_id in books.standing:
            errors = _differences(line, books.standing[line.account_id])
            taken.append((number, "rejected" if errors else "unchanged", errors))
        elif errors := books.obstacles(line):
            taken.append((number, "rejected", errors))
        else:
            books.take(line)
            new.append(line)
            taken.append((number, "created", {}))
    _admit(new, books, now)
    return taken


class _Books:
    """What stands already of what the lines name."""

    def __init__(self, lines: Sequence[PartnerLine]) -> None:
        accounts = [line.account_id for line in lines]
        users = list(User.objects.filter(account_id__in=accounts))
        self.users = {user.account_id: user for user in users}
        self.standing = _standing(accounts)
        self.terms = {terms.name: terms for terms in Terms.objects.all()}
        found = User.objects.filter(email__in=[line.email for line in lines]).values_list("email", "account_id")
        self.emails: dict[str, str | None] = dict(found)
        codes = Code.objects.filter(value__in=[line.code for line in lines if line.code])
        self.codes = set(codes.values_list("value", flat=True))

    def obstacles(self, line: PartnerLine) -> Errors:
        """Why nobody can be made a partner by the line."""
        errors: Errors = {}
        user = self.users.get(line.account_id)  # who has signed in already, and is no partner yet
        if user and user.erased_at:
            errors["account_id"] = ["данные этой учётной записи стёрты по запросу"]
        elif user and user.email != line.email:
            errors["email"] = [_DIFFERS]
        elif self.emails.get(line.email, line.account_id) != line.account_id:
            errors["email"] = [_TAKEN]
        if line.code in self.codes:
            errors["code"] = ["занят другим партнёром"]
        if line.terms is not None and (line.terms not in self.terms or self.terms[line.terms].tariff != line.tariff):
            errors["terms"] = ["нет таких условий у этого тарифа"]
        return errors

    def take(self, line: PartnerLine) -> None:
        """From now on e-mail and code belong to this line."""
        self.emails[line.email] = line.account_id
        if line.code:
            self.codes.add(line.code)


def _admit(lines: Sequence[PartnerLine], books: _Books, now: dt.datetime) -> None:
    strangers = [line for line in lines if line.account_id not in books.users]
    made = User.objects.bulk_create(map(_person, strangers))
    users = books.users | {user.account_id: user for user in made}
    admitted = registration.admit_all(
        [
            registration.Newcomer(
                users[line.account_id],
                tariff=line.tariff,
                full_name=line.full_name,
                phone=line.phone,
                inn=line.inn or "",
                registered_at=line.registered_at,
                code=line.code,
                terms=books.terms[line.terms] if line.terms else None,
            )
            for line in lines
        ]
    )
    LedgerLine.objects.bulk_create(
        LedgerLine(
            partner=partner,
            key=f"opening_balance:{partner.pk}",
            kind=LedgerLine.Kind.OPENING_BALANCE,
            amount_kopecks=line.opening_balance,
            memo="Остаток из прежнего кабинета",
            booked_at=now,
        )
        for partner, line in zip(admitted, lines, strict=True)
        if line.opening_balance
    )
    Contract.objects.bulk_create(
        Contract(partner=partner, state=Contract.State.SIGNED, number=line.contract[0], signed_on=line.contract[1])
        for partner, line in zip(admitted, lines, strict=True)
        if line.contract
    )


def _person(line: PartnerLine) -> User:
    user = User(email=line.email, account_id=line.account_id, full_name=line.full_name)
    user.set_unusable_password()  # the service checks it
    return user


def _standing(accounts: Sequence[str]) -> dict[str, PartnerLine]:
    """By account, the line by which each partner that stands would have come in."""
    partners = list(Partner.objects.filter(user__account_id__in=accounts).select_related("user", "contract"))
    about = {"partner__in": partners}
    codes = _by_partner(Code.objects.filter(**about, is_main=True))
    opening = _by_partner(LedgerLine.objects.filter(**about, kind=LedgerLine.Kind.OPENING_BALANCE))
    # The first one last, so that it is the one that stays.
    terms = _by_partner(TermsAssignment.objects.filter(**about).select_related("terms").order_by("-pk"))
    standing = {}
    for partner in partners:
        contract = getattr(partner, "contract", None)
        # Whoever waits for staff has neither terms nor a code yet.
        first = terms[partner.pk].terms if partner.pk in terms else None
        standing[str(partner.user.account_id)] = PartnerLine(
            email=partner.user.email,
            account_id=str(partner.user.account_id),
            full_name=partner.full_name,
            phone=partner.phone,
            tariff=first.tariff if first else partner.tariff,
            registered_at=partner.registered_at,
            code=codes[partner.pk].value if partner.pk in codes else "",
            terms=first.name if first else "",
            inn=partner.inn,
            opening_balance=opening[partner.pk].amount_kopecks if partner.pk in opening else 0,
            contract=(contract.number, contract.signed_on) if contract else None,
        )
    return standing


def _by_partner(rows: Iterable[Any]) -> dict[int, Any]:
    return {row.partner_id: row for row in rows}


def _differences(line: PartnerLine, standing: PartnerLine) -> Errors:
    fields: Mapping[str, Any] = standing._asdict()
    return {
        field: [_DIFFERS] for field, given in line._asdict().items() if given is not None and given != fields[field]
    }
