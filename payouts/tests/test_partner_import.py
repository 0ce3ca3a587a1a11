"""Partners who move in from the old portal: every field, repeats, differences, and bad lines among good ones."""

import datetime as dt
import json
from collections import Counter
from io import BytesIO
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from partners import ledger
from partners.models import Code, LedgerLine, Partner, User
from partners.months import MOSCOW
from payouts import partner_import, tariff_change
from payouts.models import Contract
from tests.factories import NOW, PartnerFactory, StaffFactory, moscow

pytestmark = pytest.mark.django_db

PLAIN = {
    "email": "anna@example.ru",
    "account_id": "acc-1",
    "full_name": "Анна Партнёрова",
    "phone": "+79990000001",
    "tariff": "legal",
    "registered_at": "2023-01-10T12:00:00+03:00",
}
FULL = PLAIN | {
    "code": "62B0",
    "terms": "legal-2026",
    "inn": "7707083893",
    "opening_balance": "1500.50",
    "contract": {"number": "17/2023", "signed_on": "2023-02-01"},
}
MISSING: Any = ...
BAD = ["account_id", "email", "full_name", "phone", "registered_at", "tariff"]  # of a line that says nothing


def take(*lines: object) -> tuple[Counter[str], list[tuple[int, list[str]]]]:
    """How many lines ended how, and (line number, bad fields) of those that were rejected."""
    problems: list[tuple[int, list[str]]] = []
    content = b"".join(line if isinstance(line, bytes) else json.dumps(line).encode() + b"\n" for line in lines)
    counts = partner_import.run(
        BytesIO(content), now=NOW, on_problem=lambda number, errors: problems.append((number, sorted(errors)))
    )
    return counts, problems


def altered(line: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {field: value for field, value in (line | changes).items() if value is not MISSING}


# --- What is taken in -------------------------------------------------------------------------------------------------


def test_every_field_is_taken_in() -> None:
    assert take(FULL) == (Counter(created=1), [])
    anna = Partner.objects.get()
    assert (anna.user.email, anna.user.account_id, anna.user.full_name) == (
        "anna@example.ru",
        "acc-1",
        "Анна Партнёрова",
    )
    assert (anna.full_name, anna.phone, anna.tariff, anna.inn) == (
        "Анна Партнёрова",
        "+79990000001",
        "legal",
        "7707083893",
    )
    assert (anna.status, anna.registered_at) == ("active", moscow("2023-01-10 12:00"))
    assert list(anna.codes.values_list("value", "is_main")) == [("62b0", True)]
    assert list(anna.terms_assignments.values_list("terms__name", "starts_at")) == [
        ("legal-2026", moscow("2023-01-10 12:00"))
    ]
    assert list(anna.ledger_lines.values_list("kind", "amount_kopecks", "booked_at")) == [
        ("opening_balance", 1500_50, NOW)
    ]
    assert (anna.contract.number, f"{anna.contract.signed_on}") == ("17/2023", "2023-02-01")


def test_what_is_optional_may_be_missing() -> None:
    assert take(PLAIN) == (Counter(created=1), [])
    anna = Partner.objects.get()
    assert (len(anna.codes.get().value), anna.inn, ledger.balance(anna), Contract.objects.count()) == (6, "", 0, 0)
    assert not anna.user.has_usable_password()


@pytest.mark.parametrize(
    ("given", "kopecks"), [("-1500.00", -1500_00), ("0.00", 0), ("0", 0), ("-0.01", -1), ("7", 7_00)]
)
def test_an_opening_balance_may_be_negative_and_one_of_nothing_is_no_line(given: str, kopecks: int) -> None:
    take(PLAIN | {"opening_balance": given})
    assert [line.amount_kopecks for line in LedgerLine.objects.all()] == ([kopecks] if kopecks else [])


def test_an_email_is_kept_in_lower_case() -> None:
    take(PLAIN | {"email": " Anna@Example.RU "})
    assert User.objects.get().email == "anna@example.ru"


# --- Repeated and differing -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("line", [PLAIN, FULL, PLAIN | {"opening_balance": "0.00"}], ids=["plain", "full", "nothing"])
def test_a_repeated_line_changes_nothing(line: dict[str, Any]) -> None:
    take(line)
    assert take(line, line) == (Counter(unchanged=2), [])
    assert (Partner.objects.count(), LedgerLine.objects.count()) == (1, 1 if line is FULL else 0)


@pytest.mark.parametrize(
    "same",
    [
        {"email": "ANNA@example.ru"},
        {"registered_at": "2023-01-10T09:00:00Z"},
        {"code": "62b0"},
        {"opening_balance": "1500.5"},
        {"code": MISSING, "terms": MISSING, "inn": MISSING, "opening_balance": MISSING, "contract": MISSING},
    ],
    ids=str,
)
def test_a_line_that_says_the_same_differently_changes_nothing(same: dict[str, Any]) -> None:
    take(FULL)
    assert take(altered(FULL, **same)) == (Counter(unchanged=1), [])


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email", "other@example.ru"),
        ("full_name", "Анна Другая"),
        ("phone", "+79990000002"),
        ("registered_at", "2023-01-10T12:00:01+03:00"),
        ("code", "62b1"),
        ("inn", "7707083894"),
        ("opening_balance", "1500.51"),
        ("opening_balance", "0.00"),
        ("contract", {"number": "18/2023", "signed_on": "2023-02-01"}),
        ("contract", {"number": "17/2023", "signed_on": "2023-02-02"}),
    ],
)
def test_a_line_that_differs_from_what_stands_is_rejected_by_its_field(field: str, value: Any) -> None:
    take(FULL)
    assert take(FULL | {field: value}) == (Counter(rejected=1), [(1, [field])])
    assert take(FULL) == (Counter(unchanged=1), [])


def test_another_tariff_differs_in_its_terms_too() -> None:
    take(FULL)
    assert take(FULL | {"tariff": "individual", "terms": "individual-2026"}) == (
        Counter(rejected=1),
        [(1, ["tariff", "terms"])],
    )


def test_a_partner_who_changed_tariff_here_is_still_the_one_of_its_line() -> None:
    take(FULL)
    tariff_change.change(Partner.objects.get(), "individual", by=StaffFactory(), reason="просьба", now=NOW)
    assert take(FULL) == (Counter(unchanged=1), [])


# --- Rejected ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("email", [MISSING, None, "", "anna", "anna@", 5, "a@b\0.ru", "x" * 250 + "@example.ru"]),
        ("account_id", [MISSING, None, "", " ", 5, "x" * 201, "nul\0"]),
        ("full_name", [MISSING, None, "", 5, "x" * 201, "\ud800"]),
        ("phone", [MISSING, None, "", 79990000001, "12345", "+7999000000112345", "телефон"]),
        ("tariff", [MISSING, None, "", "Legal", "физлицо", 1, ["legal"]]),
        ("registered_at", [MISSING, None, "2023-01-10", "2023-01-10T12:00:00", "2026-12-15T12:00:01+03:00", 5]),
        ("code", ["", "ab", "код", "a b", "x" * 33, 5]),
        ("terms", ["", "unknown", "individual-2026", 5]),
        ("inn", ["770708389", "77070838931", "ИНН", 7707083893, "٧٧٠٧٠٨٣٨٩٣"]),
        ("opening_balance", ["", "1.005", "1,50", "NaN", 1500.5, 1500, "9" * 13, True]),
        ("contract", ["17", [], {}, {"number": "17"}, {"number": "", "signed_on": "2023-02-01"}]),
        ("contract", [{"number": "17", "signed_on": "2023-02-30"}, {"number": "x" * 51, "signed_on": "2023-02-01"}]),
    ],
)
def test_a_bad_value_is_rejected_by_its_field(field: str, values: list[Any]) -> None:
    lines = [altered(FULL, **{field: value}) for value in values]
    assert take(*lines) == (Counter(rejected=len(lines)), [(n, [field]) for n in range(1, len(lines) + 1)])
    assert (User.objects.count(), Partner.objects.count()) == (0, 0)


def test_a_bad_line_spoils_no_neighbour() -> None:
    other = PLAIN | {"email": "boris@example.ru", "account_id": "acc-2"}
    assert take(PLAIN, b"{broken\n", b"\n", [], b'{"a": 1, "a": 2}\n', {"email": "x"}, other) == (
        Counter(created=2, rejected=4),
        [
            (2, ["line"]),
            (4, ["line"]),
            (5, ["line"]),
            (6, BAD),
        ],
    )


def test_what_belongs_to_another_is_rejected_and_leaves_nothing_behind() -> None:
    PartnerFactory(code="62b0", user__email="anna@example.ru")
    assert take(FULL) == (Counter(rejected=1), [(1, ["code", "email"])])
    assert take(FULL | {"email": "other@example.ru"}) == (Counter(rejected=1), [(1, ["code"])])
    assert User.objects.filter(account_id="acc-1").count() == 0


@pytest.mark.parametrize("field", ["email", "code"])
def test_of_two_lines_that_want_the_same_the_second_is_rejected(field: str) -> None:
    other = FULL | {"email": "boris@example.ru", "account_id": "acc-2", "code": "boris"}
    assert take(FULL, other | {field: FULL[field]}) == (Counter(created=1, rejected=1), [(2, [field])])
    assert [partner.user.account_id for partner in Partner.objects.all()] == ["acc-1"]


def test_a_line_that_says_otherwise_than_an_earlier_one_of_the_file_is_rejected() -> None:
    assert take(PLAIN, PLAIN, PLAIN | {"phone": "+79990000002"}, PLAIN | {"code": "other"}) == (
        Counter(created=1, unchanged=1, rejected=2),
        [(3, ["phone"]), (4, ["code"])],
    )


def test_who_has_signed_in_before_the_move_becomes_the_partner() -> None:
    user = User.objects.create_user("anna@example.ru", account_id="acc-1", full_name="Анна из сервиса")
    assert take(PLAIN | {"email": "other@example.ru"}) == (Counter(rejected=1), [(1, ["email"])])
    assert take(FULL, FULL) == (Counter(created=1, unchanged=1), [])
    assert (Partner.objects.get().user, User.objects.get().full_name) == (user, "Анна из сервиса")


def test_whose_data_was_erased_does_not_come_back() -> None:
    User.objects.create_user("1@erased.invalid", account_id="acc-1", erased_at=NOW, is_active=False)
    assert take(FULL) == (Counter(rejected=1), [(1, ["account_id"])])


def test_who_has_just_asked_to_join_differs_from_its_line() -> None:
    user = User.objects.create_user("anna@example.ru", account_id="acc-1")
    Partner.objects.create(
        user=user, tariff="legal", full_name=PLAIN["full_name"], phone=PLAIN["phone"], registered_at=NOW
    )
    assert take(FULL)[1] == [(1, ["code", "contract", "inn", "opening_balance", "registered_at", "terms"])]


def test_a_file_of_many_lines_takes_a_few_statements_for_every_500() -> None:
    many = [FULL | {"email": f"p{n}@example.ru", "account_id": f"acc-{n}", "code": f"code{n}"} for n in range(1_001)]
    with CaptureQueriesContext(connection) as first:
        assert take(*many, {}) == (Counter(created=1_001, rejected=1), [(1_002, BAD)])
    with CaptureQueriesContext(connection) as second:
        assert take(*many) == (Counter(unchanged=1_001), [])
    assert (len(first) < 150, len(second) < 60) == (True, True)
    assert (Partner.objects.count(), Code.objects.count(), Contract.objects.count()) == (1_001, 1_001, 1_001)
    assert LedgerLine.objects.filter(kind="opening_balance", amount_kopecks=1500_50).count() == 1_001


def test_a_contract_is_not_signed_in_the_future() -> None:
    tomorrow = f"{(NOW + dt.timedelta(days=1)).astimezone(MOSCOW):%Y-%m-%d}"
    assert take(FULL | {"contract": {"number": "17", "signed_on": tomorrow}}) == (
        Counter(rejected=1),
        [(1, ["contract"])],
    )


def test_a_contract_that_cannot_be_kept_does_not_leave_half_a_partner() -> None:
    assert take(FULL | {"contract": {"number": "17", "signed_on": "never"}})[0] == Counter(rejected=1)
    assert (User.objects.count(), Partner.objects.count(), LedgerLine.objects.count()) == (0, 0, 0)
