"""What compares as equal, which terms are in force, and by which a charge is rewarded (R6, R8, R3, R15)."""

import datetime as dt
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partners import rules
from tests.factories import month, moscow

LEGAL, LEGAL_2, LEGAL_3 = (SimpleNamespace(pk=pk, tariff="legal") for pk in (1, 2, 3))
PERSON, PERSON_2 = (SimpleNamespace(pk=pk, tariff="individual") for pk in (4, 5))


def under(terms: Any, since: str, *, settled_through: str | None = None) -> Any:
    return SimpleNamespace(
        terms=terms,
        terms_id=terms.pk,
        starts_at=moscow(since),
        settled_through=settled_through and month(settled_through),
    )


# --- What compares as equal -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "normal"), [(" 62B0 ", "62b0"), ("62b0", "62b0"), (None, ""), ("  ", ""), ("ПРОМО", "промо")]
)
def test_codes_compare_trimmed_and_in_any_case(text: str | None, normal: str) -> None:
    assert rules.normal_code(text) == normal


@pytest.mark.parametrize(("text", "normal"), [(" Anna@Example.RU", "anna@example.ru"), (None, ""), (" ", "")])
def test_emails_compare_trimmed_and_in_any_case(text: str | None, normal: str) -> None:
    assert rules.normal_email(text) == normal


@pytest.mark.parametrize(("text", "normal"), [(" 7707083893 ", "7707083893"), (None, ""), ("", "")])
def test_inns_compare_trimmed(text: str | None, normal: str) -> None:
    assert rules.normal_inn(text) == normal


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("8 (900) 000-00-01", "79000000001"),
        ("+7 900 000 00 01", "79000000001"),
        ("79000000001", "79000000001"),
        ("9000000001", "9000000001"),
        ("8900000000", "8900000000"),  # ten digits: no leading 8 to turn into 7
        ("890000000012", "890000000012"),
        ("none", ""),
        ("", ""),
        (None, ""),
        ("٨٩٠٠", ""),  # digits, but not the ones that a telephone has
    ],
)
def test_phones_compare_by_digits_a_leading_8_of_eleven_as_7(text: str | None, normal: str) -> None:
    assert rules.normal_phone(text) == normal


@given(text=st.text())
def test_what_is_normal_stays_so(text: str) -> None:
    for normal in (rules.normal_email, rules.normal_inn, rules.normal_phone):
        assert normal(normal(text)) == normal(text)


# --- Which terms ------------------------------------------------------------------------------------------------------


def test_a_later_decision_replaces_what_was_planned_from_its_start_on() -> None:
    first = under(LEGAL, "2025-01-10")
    offer = under(LEGAL_2, "2025-02-01")
    tariff = under(PERSON, "2025-01-20")
    assert rules.timeline([first, offer]) == [first, offer]
    assert rules.timeline([first, offer, tariff]) == [first, tariff]


def test_of_two_decisions_for_the_same_moment_the_later_holds() -> None:
    first, same = under(LEGAL, "2025-01-10"), under(LEGAL_2, "2025-01-10")
    assert rules.timeline([first, same]) == [same]


@given(days=st.lists(st.integers(1, 28)))
def test_what_holds_is_in_order_and_ends_with_the_last_decision(days: list[int]) -> None:
    decided = [under(LEGAL, f"2025-01-{day:02}") for day in days]
    standing = rules.timeline(decided)
    starts = [each.starts_at for each in standing]
    assert starts == sorted(set(starts))
    assert standing[-1:] == decided[-1:]


@pytest.mark.parametrize(
    ("at", "found"),
    [("2025-01-09 23:59:59", None), ("2025-01-10 00:00", 0), ("2025-05-31 23:59:59", 0), ("2025-06-01 00:00", 1)],
)
def test_the_terms_in_force_are_the_last_that_have_started(at: str, found: int | None) -> None:
    assignments = [under(LEGAL, "2025-01-10"), under(LEGAL_2, "2025-06-01")]
    assert rules.in_force(assignments, moscow(at)) is (None if found is None else assignments[found])


def rewarded(assignments: list[Any], charged: str, held: str = "2025-03-01") -> int:
    found = rules.rewarding(assignments, charged_at=moscow(charged), held_since=moscow(held))
    return assignments.index(found)


def test_a_legal_partner_is_rewarded_by_the_terms_of_the_charge() -> None:
    assignments = [under(LEGAL, "2025-01-10"), under(LEGAL_2, "2025-06-01")]
    assert rewarded(assignments, "2025-05-31 23:59:59") == 0
    assert rewarded(assignments, "2025-06-01 00:00") == 1


def test_a_legal_partner_back_under_terms_that_it_had_is_rewarded_by_the_first_assignment_of_them() -> None:
    assignments = [under(LEGAL, "2025-01-10"), under(PERSON, "2025-04-01"), under(LEGAL, "2025-06-01")]
    assert rewarded(assignments, "2025-07-01") == 0


def test_an_individual_is_rewarded_by_the_terms_in_force_when_the_client_was_attributed() -> None:
    assignments = [under(PERSON, "2025-01-10"), under(PERSON_2, "2025-06-01")]
    assert rewarded(assignments, "2025-07-01", held="2025-03-01") == 0
    assert rewarded(assignments, "2025-07-01", held="2025-06-01") == 1


def test_a_change_of_tariff_starts_an_individuals_clients_anew() -> None:
    assignments = [
        under(PERSON, "2025-01-10"),
        under(LEGAL, "2025-04-01"),
        under(PERSON, "2025-06-01"),
        under(PERSON_2, "2025-08-01"),
    ]
    assert rewarded(assignments, "2025-03-31", held="2025-03-01") == 0
    assert rewarded(assignments, "2025-05-01", held="2025-03-01") == 1
    assert rewarded(assignments, "2025-09-01", held="2025-03-01") == 2
    assert rewarded(assignments, "2025-09-01", held="2025-08-01") == 3


# --- Settled by a change of tariff ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("credited", "is_settled"), [("2025-02", True), ("2025-03", True), ("2025-04", False)])
def test_a_change_of_tariff_settles_the_months_closed_by_then(credited: str, is_settled: bool) -> None:
    assignments = [under(LEGAL, "2025-01-10"), under(PERSON, "2025-04-20", settled_through="2025-03")]
    assert rules.is_settled(assignments, month(credited)) is is_settled


def test_without_a_change_of_tariff_nothing_is_settled() -> None:
    assert rules.is_settled([under(LEGAL, "2025-01-10"), under(LEGAL_2, "2025-06-01")], dt.date(2025, 1, 1)) is False
