"""Becoming a partner: the terms from the first day on, the main code, once per account (R2, R4)."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction

from partners import codes
from partners.models import Code, Partner, Terms, TermsAssignment
from tests.factories import PartnerFactory, UserFactory, moscow

pytestmark = pytest.mark.django_db


def first_terms(partner: Partner) -> TermsAssignment:
    return partner.terms_assignments.get()


@pytest.mark.parametrize(("tariff", "terms"), [("legal", "legal-2026"), ("individual", "individual-2026")])
def test_a_partner_is_under_its_tariffs_terms_from_its_registration(tariff: str, terms: str) -> None:
    partner = PartnerFactory(tariff=tariff, registered_at=moscow("2020-05-05 10:00"))
    assert (partner.status, partner.tariff) == ("active", tariff)
    assert first_terms(partner).terms.name == terms
    assert first_terms(partner).starts_at == moscow("2020-05-05 10:00")


@pytest.mark.parametrize(
    ("registered_at", "terms"),
    [("2025-05-31 23:59:59", "legal-2026"), ("2025-06-01 00:00", "new"), ("2025-07-01 00:00", "newest")],
)
def test_a_newcomer_is_under_the_newest_version_that_has_started(registered_at: str, terms: str) -> None:
    for name, month in (("new", 6), ("newest", 7)):
        Terms.objects.create(name=name, tariff="legal", starts_on=dt.date(2025, month, 1), percent_bp=1000)
    partner = PartnerFactory(registered_at=moscow(registered_at))
    assert first_terms(partner).terms.name == terms


def test_a_partner_may_move_in_with_its_old_terms() -> None:
    old = Terms.objects.create(name="old", tariff="legal", starts_on=dt.date(2020, 1, 1), percent_bp=2000)
    assert first_terms(PartnerFactory(terms=old)).terms == old


def test_a_new_code_is_six_signs_that_no_one_mixes_up() -> None:
    values = {partner.codes.get(is_main=True).value for partner in PartnerFactory.create_batch(50)}
    assert len(values) == 50
    assert {len(value) for value in values} == {6}
    assert set("".join(values)) <= set("23456789abcdefghjkmnpqrstuvwxyz")


def test_the_alphabet_has_no_signs_that_look_alike() -> None:
    assert len(set(codes.ALPHABET)) == len(codes.ALPHABET) == 31
    assert set(codes.ALPHABET).isdisjoint("01iloIO")


@pytest.mark.parametrize("code", ["62b0", "abc", "a_b-c", "x" * 32, "000"])
def test_an_imported_code_may_look_otherwise(code: str) -> None:
    assert codes.is_well_formed(code)
    assert PartnerFactory(code=code).codes.get().value == code


@pytest.mark.parametrize("code", ["", "ab", "x" * 33, "62B0", "код", "a b", "a/b", "abc\n", "٣٣٣"])
def test_what_is_no_code_is_not_taken_for_one(code: str) -> None:
    assert not codes.is_well_formed(code)


def test_a_code_belongs_to_one_partner() -> None:
    PartnerFactory(code="62b0")
    with pytest.raises(IntegrityError), transaction.atomic():
        PartnerFactory(code="62b0")
    assert Code.objects.get(value="62b0")


def test_a_code_is_kept_in_lower_case() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        PartnerFactory(code="62B0")


def test_a_partner_has_one_main_code_and_may_have_others() -> None:
    partner = PartnerFactory(code="62b0")
    codes.give(partner, value="campaign")
    with pytest.raises(IntegrityError), transaction.atomic():
        codes.give(partner, is_main=True)
    assert sorted(partner.codes.values_list("value", "is_main")) == [("62b0", True), ("campaign", False)]


def test_an_account_becomes_a_partner_once() -> None:
    user = UserFactory()
    PartnerFactory(user=user)
    with pytest.raises(IntegrityError), transaction.atomic():
        PartnerFactory(user=user)


def test_a_partner_names_no_person_in_logs() -> None:
    partner = PartnerFactory(full_name="Анна Партнёрова")
    assert str(partner) == f"партнёр {partner.pk}"
