"""Becoming a partner: asked for with consents, admitted at once or by staff, once per account (R2, R3, R4, R25)."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction

from partners import codes, consents, registration
from partners.models import Code, Consent, LedgerLine, Notice, Partner, StatusChange, Terms, TermsAssignment, User
from partners.reasons import ReasonMissing
from partners.registration import ConsentIsMissing, NotAnAccountHolder, StatusHasChanged
from tests.factories import NOW, PartnerFactory, StaffFactory, UserFactory, moscow

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


# --- Asking to become one -------------------------------------------------------------------------------------------


def ask(user: User | None = None, tariff: str = "legal", *, now: dt.datetime = NOW, **given: object) -> Partner:
    about = {
        "full_name": "Анна Партнёрова",
        "phone": "+79161234567",
        "agreed_to": consents.needed(tariff),
        "ip": "192.0.2.7",
        "website": "t.me/anna",
        "channels": ["blog", "site"],
        "comment": "Веду блог",
    }
    about |= {"needs_approval": False} | given
    return registration.request(user or UserFactory(inn="7707083893"), tariff=tariff, now=now, **about)


def held(user: User | None = None, tariff: str = "legal", **given: object) -> Partner:
    return ask(user, tariff, needs_approval=True, **given)


def history(partner: Partner) -> list[tuple[str, str, dt.datetime, User | None]]:
    return [
        (change.status, change.reason, change.changed_at, change.changed_by)
        for change in partner.status_changes.select_related("changed_by")
    ]


def letters(partner: Partner) -> list[tuple[str, dict[str, str]]]:
    return list(partner.notices.order_by("pk").values_list("kind", "context"))


@pytest.mark.parametrize(("tariff", "terms"), [("legal", "legal-2026"), ("individual", "individual-2026")])
def test_who_asks_is_a_partner_at_once(tariff: str, terms: str) -> None:
    partner = ask(tariff=tariff)
    partner.refresh_from_db()
    assert (partner.status, partner.tariff, partner.registered_at) == ("active", tariff, NOW)
    assert (partner.full_name, partner.phone, partner.inn) == ("Анна Партнёрова", "+79161234567", "7707083893")
    assert (partner.website, partner.channels, partner.comment) == ("t.me/anna", ["blog", "site"], "Веду блог")
    assert (first_terms(partner).terms.name, first_terms(partner).starts_at) == (terms, NOW)
    code = partner.codes.get(is_main=True).value
    assert history(partner) == [("active", "", NOW, None)]
    assert letters(partner) == [("registration_approved", {"code": code})]


@pytest.mark.parametrize(
    ("tariff", "kinds"),
    [("legal", ["offer", "personal_data"]), ("individual", ["offer", "personal_data", "solar_staff"])],
)
def test_what_was_agreed_to_is_kept_with_version_moment_and_address(tariff: str, kinds: list[str]) -> None:
    partner = ask(tariff=tariff)
    kept = Consent.objects.order_by("pk").values_list("user", "kind", "version", "given_at", "ip")
    assert list(kept) == [(partner.user_id, kind, "2026-11-01", NOW, "192.0.2.7") for kind in kinds]


def test_consent_that_the_tariff_does_not_need_is_not_kept() -> None:
    ask(tariff="legal", agreed_to=consents.needed("individual"))
    assert set(Consent.objects.values_list("kind", flat=True)) == {"offer", "personal_data"}


@pytest.mark.parametrize("tariff", ["legal", "individual"])
def test_nobody_becomes_a_partner_without_each_of_the_consents(tariff: str) -> None:
    needed = consents.needed(tariff)
    for missing in needed:
        with pytest.raises(ConsentIsMissing):
            ask(tariff=tariff, agreed_to=[text for text in needed if text != missing])
    old = consents.Text(Consent.Kind.OFFER, "2020-01-01", "Старые условия")
    with pytest.raises(ConsentIsMissing):
        ask(tariff=tariff, agreed_to=[old, *needed[1:]])
    assert Partner.objects.count() == Consent.objects.count() == 0


def test_only_an_account_holder_of_the_service_can_ask() -> None:
    with pytest.raises(NotAnAccountHolder):
        ask(StaffFactory())


def test_asking_twice_is_asking_once() -> None:
    user = UserFactory()
    partner = ask(user)
    again = ask(user, "individual", now=moscow("2027-01-01 10:00"), full_name="Другая")
    assert (again.pk, again.tariff, again.full_name) == (partner.pk, "legal", "Анна Партнёрова")
    assert (Partner.objects.count(), Consent.objects.count(), len(history(partner))) == (1, 2, 1)


def test_blocked_partner_does_not_come_back_by_asking() -> None:
    user = UserFactory()
    registration.block(ask(user), reason="Спам", by=StaffFactory(), now=NOW)
    assert ask(user).status == "blocked"


# --- Staff decides --------------------------------------------------------------------------------------------------


def test_held_request_has_neither_terms_nor_a_code() -> None:
    partner = held()
    assert (partner.status, partner.registered_at) == ("pending", NOW)
    assert partner.terms_assignments.count() == partner.codes.count() == 0
    assert history(partner) == [("pending", "", NOW, None)]
    assert letters(partner) == [("registration_received", {})]
    assert Consent.objects.count() == 2


def test_approved_partner_is_registered_from_then_on() -> None:
    partner, staff, later = held(), StaffFactory(), moscow("2026-12-17 09:30")
    partner = registration.approve(partner, by=staff, now=later)
    assert (partner.status, partner.registered_at) == ("active", later)
    assert (first_terms(partner).terms.name, first_terms(partner).starts_at) == ("legal-2026", later)
    assert history(partner) == [("pending", "", NOW, None), ("active", "", later, staff)]
    assert letters(partner)[1] == ("registration_approved", {"code": partner.codes.get(is_main=True).value})


def test_declined_person_reads_why_and_may_ask_again_with_another_tariff() -> None:
    user, staff = UserFactory(), StaffFactory()
    partner = registration.decline(held(user), reason=" Нет сайта ", by=staff, now=NOW)
    assert partner.status == "declined"
    assert letters(partner)[1] == ("registration_declined", {"reason": "Нет сайта"})
    later = moscow("2027-01-10 10:00")
    again = held(user, "individual", now=later, website="anna.example")
    assert (again.pk, again.status, again.tariff, again.website) == (
        partner.pk,
        "pending",
        "individual",
        "anna.example",
    )
    assert history(again) == [
        ("pending", "", NOW, None),
        ("declined", "Нет сайта", NOW, staff),
        ("pending", "", later, None),
    ]
    assert [kind for kind, _ in letters(again)] == [
        "registration_received",
        "registration_declined",
        "registration_received",
    ]
    assert Consent.objects.count() == 5
    assert registration.approve(again, by=staff, now=later).tariff == "individual"
    assert again.codes.count() == again.terms_assignments.count() == 1


def test_blocked_partner_keeps_code_and_terms_and_gets_no_clients_until_it_is_unblocked() -> None:
    partner, staff = ask(), StaffFactory()
    code = partner.codes.get()
    partner = registration.block(partner, reason="Спам", by=staff, now=NOW)
    assert (partner.status, partner.gets_clients) == ("blocked", False)
    partner = registration.unblock(partner, by=staff, now=NOW, reason="Разобрались")
    assert (partner.status, partner.gets_clients, partner.codes.get()) == ("active", True, code)
    assert partner.registered_at == NOW
    assert history(partner)[1:] == [("blocked", "Спам", NOW, staff), ("active", "Разобрались", NOW, staff)]
    assert partner.terms_assignments.count() == 1
    assert LedgerLine.objects.count() == 0


def test_decision_that_somebody_else_made_meanwhile_is_not_made_again() -> None:
    waiting, staff = held(), StaffFactory()
    registration.approve(waiting, by=staff, now=NOW)  # `waiting` still says that it waits
    with pytest.raises(StatusHasChanged):
        registration.approve(waiting, by=staff, now=NOW)
    with pytest.raises(StatusHasChanged):
        registration.decline(waiting, reason="Поздно", by=staff, now=NOW)
    with pytest.raises(StatusHasChanged):
        registration.unblock(waiting, by=staff, now=NOW)
    registration.block(waiting, reason="Спам", by=staff, now=NOW)
    with pytest.raises(StatusHasChanged):
        registration.block(waiting, reason="Спам", by=staff, now=NOW)
    assert StatusChange.objects.count() == 3
    assert Notice.objects.count() == 2


def test_nobody_is_declined_or_blocked_without_a_reason() -> None:
    waiting, staff = held(), StaffFactory()
    with pytest.raises(ReasonMissing):
        registration.decline(waiting, reason="  ", by=staff, now=NOW)
    working = registration.approve(waiting, by=staff, now=NOW)
    with pytest.raises(ReasonMissing):
        registration.block(working, reason="", by=staff, now=NOW)
    assert Partner.objects.get().status == "active"
