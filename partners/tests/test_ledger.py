"""The ledger: a balance is the sum of its lines, and each fact is booked once (R20)."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from partners import ledger
from partners.models import LedgerLine, Partner
from tests.factories import NOW, PartnerFactory, StaffFactory, moscow

pytestmark = pytest.mark.django_db


@pytest.fixture
def anna() -> Partner:
    return PartnerFactory()


def book(partner: Partner, key: str, kopecks: int, **other: Any) -> LedgerLine:
    fields = {"kind": LedgerLine.Kind.OPENING_BALANCE, "memo": "Остаток из прежнего кабинета", "now": NOW} | other
    return ledger.book(partner, key=key, amount_kopecks=kopecks, **fields)


def test_a_balance_without_lines_is_nothing(anna: Partner) -> None:
    assert ledger.balance(anna) == 0


def test_a_balance_is_the_sum_of_the_partners_own_lines(anna: Partner) -> None:
    book(anna, "one", 100_00)
    book(anna, "two", -30_01)
    book(PartnerFactory(), "another's", 5_00)
    assert ledger.balance(anna) == 69_99


def test_a_balance_may_be_negative(anna: Partner) -> None:
    book(anna, "one", -1)
    assert ledger.balance(anna) == -1


def test_sums_are_exact_far_beyond_what_a_float_holds(anna: Partner) -> None:
    book(anna, "one", 9_007_199_254_740_993)
    book(anna, "two", -9_007_199_254_740_992)
    assert ledger.balance(anna) == 1


def test_booking_the_same_fact_again_returns_the_line_that_stands(anna: Partner) -> None:
    line = book(anna, "one", 100_00)
    assert book(anna, "one", 100_00, now=moscow("2027-01-01"), memo="другими словами") == line
    assert list(LedgerLine.objects.values_list("amount_kopecks", "memo", "booked_at")) == [
        (100_00, "Остаток из прежнего кабинета", NOW)
    ]


def test_another_sum_under_a_known_key_is_refused(anna: Partner) -> None:
    book(anna, "one", 100_00)
    with pytest.raises(ledger.BookedOtherwise, match="one"):
        book(anna, "one", 100_01)
    assert ledger.balance(anna) == 100_00


def test_another_partner_or_kind_under_a_known_key_is_refused(anna: Partner) -> None:
    book(anna, "one", 100_00)
    with pytest.raises(ledger.BookedOtherwise):
        book(PartnerFactory(), "one", 100_00)
    with pytest.raises(ledger.BookedOtherwise):
        book(anna, "one", 100_00, kind=LedgerLine.Kind.TARIFF_CHANGE)


def test_a_line_that_moves_nothing_is_refused(anna: Partner) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        book(anna, "one", 0)


def test_a_correction_is_booked_by_someone(anna: Partner) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        book(anna, "one", 5_00, kind=LedgerLine.Kind.CORRECTION)
    staff = StaffFactory()
    assert book(anna, "one", 5_00, kind=LedgerLine.Kind.CORRECTION, booked_by=staff).booked_by == staff


def test_a_locked_partner_is_read_anew(anna: Partner) -> None:
    Partner.objects.update(status=Partner.Status.BLOCKED)
    assert ledger.lock(anna).status == Partner.Status.BLOCKED
