"""Whose a client is: by a code, by a partner's request, by transfer (R6–R9)."""

from typing import Any

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from partners.models import Partner, User
from partners.reasons import ReasonMissing
from referrals import attribution, new_terms
from referrals.models import Attribution, Charge, Client
from skorozvon_partners import audit
from tests.factories import (
    ClientFactory,
    PartnerFactory,
    charged,
    code_applied,
    deliver,
    month,
    moscow,
    outcome,
    registered,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def anna() -> Partner:
    return PartnerFactory(code="anna", user__email="anna@example.ru", phone="+79000000001", inn="7707083893")


@pytest.fixture(autouse=True)
def boris() -> Partner:
    return PartnerFactory(code="boris")


def held() -> list[tuple[str, str, Any]]:
    """(main code of the partner, how, since when), oldest first."""
    rows = Attribution.objects.select_related("partner")
    return [(row.partner.codes.get(is_main=True).value, row.via, row.starts_at) for row in rows]


REGISTERED_AT = moscow("2025-02-01 10:00")

# --- By a code --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("codes", "holder"),
    [
        ({}, []),
        ({"ref": "anna"}, [("anna", "link", REGISTERED_AT)]),
        ({"ref": " ANNA "}, [("anna", "link", REGISTERED_AT)]),
        ({"promo_code": "Anna"}, [("anna", "promo_code", REGISTERED_AT)]),
        ({"ref": "anna", "promo_code": "boris"}, [("boris", "promo_code", REGISTERED_AT)]),
        ({"ref": "anna", "promo_code": "unknown"}, [("anna", "link", REGISTERED_AT)]),
        ({"ref": "unknown", "promo_code": "unknown"}, []),
    ],
    ids=str,
)
def test_a_client_is_attributed_when_it_registers_and_the_promo_code_wins(codes: dict[str, str], holder: Any) -> None:
    deliver(registered("c-1", **codes))
    assert held() == holder


def test_both_codes_are_recorded() -> None:
    deliver(registered("c-1", ref="anna", promo_code="boris"))
    client = Client.objects.get()
    assert (client.link_code, client.promo_code) == ("anna", "boris")


@pytest.mark.parametrize("status", ["blocked", "pending", "declined"])
def test_the_code_of_a_partner_who_gets_no_clients_counts_as_not_given(anna: Partner, status: str) -> None:
    Partner.objects.filter(pk=anna.pk).update(status=status)
    deliver(registered("c-1", ref="boris", promo_code="anna"), registered("c-2", promo_code="anna"))
    assert held() == [("boris", "link", REGISTERED_AT)]


def test_a_client_of_before_its_partners_registration_is_held_from_that_on() -> None:
    PartnerFactory(code="late", registered_at=moscow("2025-02-20 12:00"))
    deliver(
        registered("c-1", ref="late"),
        charged("before", "c-1", "1.00", "2025-02-20 11:59:59"),
        charged("after", "c-1", "1.00", "2025-02-20 12:00"),
    )
    assert held() == [("late", "link", moscow("2025-02-20 12:00"))]
    assert (outcome("before"), outcome("after")) == (("before_attribution", None), ("counted", "2025-02"))


@pytest.mark.parametrize(
    ("applied", "since"),
    [("2025-03-03 10:00", REGISTERED_AT), ("2025-03-03 10:00:01", moscow("2025-03-03 10:00:01"))],
)
def test_a_code_applied_later_holds_from_the_registration_within_30_days(applied: str, since: Any) -> None:
    deliver(registered("c-1"), code_applied("c-1", "ANNA", applied))
    assert held() == [("anna", "promo_code", since)]


def test_a_code_applied_later_makes_charges_count_that_nobody_held() -> None:
    deliver(registered("c-1"), charged("ch-1", "c-1", "1.00", "2025-02-10 10:00"))
    assert outcome("ch-1") == ("not_attributed", None)
    deliver(code_applied("c-1", "anna", "2025-02-20 10:00"))
    assert outcome("ch-1") == ("counted", "2025-02")


def test_an_unknown_code_applied_later_is_accepted_and_attributes_nobody() -> None:
    assert deliver(registered("c-1"), code_applied("c-1", "unknown", "2025-02-20 10:00")) == ["accepted", "accepted"]
    assert held() == []


def test_another_partners_code_for_a_held_client_is_a_conflict() -> None:
    deliver(registered("c-1", ref="anna"))
    assert deliver(code_applied("c-1", "boris", "2025-02-02 10:00")) == ["conflict"]
    assert held() == [("anna", "link", REGISTERED_AT)]


@given(order=st.permutations(["2025-05-01 10:00", "2025-04-01 10:00", "2025-06-01 10:00"]))
def test_of_several_codes_of_one_partner_the_one_with_the_earliest_effect_decides(order: list[str]) -> None:
    with transaction.atomic():
        deliver(registered("c-1"), *[code_applied("c-1", "anna", at) for at in order])
        deliver(charged("in", "c-1", "1.00", "2025-04-01 10:00"), charged("out", "c-1", "1.00", "2025-04-01 09:59:59"))
        assert (outcome("in"), outcome("out")) == (("counted", "2025-04"), ("before_attribution", None))
        transaction.set_rollback(True)


EARLY = code_applied("c-1", "carol", "2025-05-05 10:00")
LATE = code_applied("c-1", "carol", "2025-06-10 10:00")
CHARGE = charged("ch-1", "c-1", "5000.00", "2025-06-15 10:00")


@pytest.mark.parametrize(
    ("order", "terms"),
    [
        ([EARLY, LATE, CHARGE], "individual-2026"),
        ([LATE, EARLY, CHARGE], "individual-2026"),
        ([CHARGE, EARLY, LATE], "individual-2026"),
        ([CHARGE, LATE, EARLY], "new"),
        ([LATE, CHARGE, EARLY], "new"),
    ],
)
def test_an_earlier_code_of_an_individual_leaves_what_has_counted_under_its_terms(
    order: list[dict[str, Any]], terms: str
) -> None:
    PartnerFactory(code="carol", tariff="individual")
    new_terms.publish(
        name="new",
        tariff="individual",
        starts_on=month("2025-06"),
        one_time_kopecks=1_00,
        now=moscow("2025-05-01"),
    )
    deliver(registered("c-1"), *order)
    assert Charge.objects.get().assignment.terms.name == terms
    assert list(audit.run()) == []


@pytest.mark.parametrize(
    "contact", [{"email": "Anna@Example.ru"}, {"phone": "8 (900) 000-00-01"}, {"inn": " 7707083893 "}], ids=str
)
def test_a_self_referral_is_refused_noted_and_the_link_is_not_tried_in_its_place(contact: dict[str, str]) -> None:
    assert deliver(registered("c-1", ref="boris", promo_code="anna", **contact)) == ["accepted"]
    assert held() == []
    assert Client.objects.get().self_referral_code == "anna"
    deliver(code_applied("c-1", "boris", "2025-02-02 10:00"))
    assert held() == [("boris", "promo_code", REGISTERED_AT)]


# --- By a partner's request -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("requested", "since"),
    [("2025-03-03 10:00", REGISTERED_AT), ("2025-03-03 10:00:01", moscow("2025-03-03 10:00:01"))],
)
def test_a_request_counts_by_its_own_moment(anna: Partner, staff: User, requested: str, since: Any) -> None:
    client = ClientFactory()
    attribution.attach(client, anna, requested_at=moscow(requested), by=staff, reason="")
    assert held() == [("anna", "request", since)]


def test_an_attached_clients_charges_come_to_count(anna: Partner, staff: User) -> None:
    deliver(registered("c-1"), charged("ch-1", "c-1", "1.00", "2025-02-10 10:00"))
    attribution.attach(Client.objects.get(), anna, requested_at=moscow("2025-02-20"), by=staff, reason="")
    assert outcome("ch-1") == ("counted", "2025-02")


@pytest.mark.parametrize(
    ("starts_at", "since"),
    [("2025-02-15 00:00", "2025-02-15 00:00"), ("2024-01-01 00:00", "2025-02-01 10:00")],
)
def test_staff_may_set_another_moment_never_before_the_registration(
    anna: Partner, staff: User, starts_at: str, since: str
) -> None:
    row = attribution.attach(
        ClientFactory(),
        anna,
        requested_at=moscow("2025-06-01"),
        by=staff,
        reason="письмо клиента",
        starts_at=moscow(starts_at),
    )
    assert (row.starts_at, row.decided_by, row.reason) == (moscow(since), staff, "письмо клиента")


def test_another_moment_needs_a_reason(anna: Partner, staff: User) -> None:
    with pytest.raises(ReasonMissing):
        attribution.attach(
            ClientFactory(),
            anna,
            requested_at=moscow("2025-06-01"),
            by=staff,
            reason=" ",
            starts_at=moscow("2025-03-01"),
        )


def test_a_held_client_is_not_attached(anna: Partner, boris: Partner, staff: User) -> None:
    deliver(registered("c-1", ref="anna"))
    for partner in (anna, boris):
        with pytest.raises(attribution.AlreadyAttributed):
            attribution.attach(Client.objects.get(), partner, requested_at=moscow("2025-02-20"), by=staff, reason="да")


def test_a_partner_is_not_attached_to_itself_nor_anyone_to_a_blocked_one(anna: Partner, staff: User) -> None:
    with pytest.raises(attribution.SelfReferral):
        attribution.attach(
            ClientFactory(inn="7707083893"), anna, requested_at=moscow("2025-02-20"), by=staff, reason="да"
        )
    anna.status = Partner.Status.BLOCKED
    with pytest.raises(attribution.GetsNoClients):
        attribution.attach(ClientFactory(), anna, requested_at=moscow("2025-02-20"), by=staff, reason="да")


# --- Passed on --------------------------------------------------------------------------------------------------------


def test_a_client_passed_on_belongs_to_the_other_partner_from_then_on(
    anna: Partner, boris: Partner, staff: User
) -> None:
    deliver(registered("c-1", ref="anna"))
    attribution.transfer(Client.objects.get(), boris, by=staff, reason="договорились", now=moscow("2025-06-01 12:00"))
    deliver(
        charged("hers", "c-1", "1.00", "2025-06-01 11:59:59"),
        charged("his", "c-1", "1.00", "2025-06-01 12:00"),
        charged("over", "c-1", "1.00", "2027-02-01 10:00"),
        now=moscow("2027-03-01"),
    )
    assert list(anna.charges.values_list("external_id", "outcome")) == [("hers", "counted")]
    assert list(boris.charges.order_by("pk").values_list("external_id", "outcome")) == [
        ("his", "counted"),
        ("over", "window_over"),  # the 24 months go on
    ]


def test_what_was_charged_before_a_transfer_stays(anna: Partner, boris: Partner, staff: User) -> None:
    deliver(registered("c-1", ref="anna"), charged("hers", "c-1", "1.00", "2025-05-01 10:00"))
    attribution.transfer(Client.objects.get(), boris, by=staff, reason="договорились", now=moscow("2025-06-01 12:00"))
    assert list(anna.charges.values_list("external_id", "outcome")) == [("hers", "counted")]


def test_a_transfer_needs_a_reason_a_holder_and_another_partner(anna: Partner, boris: Partner, staff: User) -> None:
    client, now = ClientFactory(), moscow("2025-06-01 12:00")
    with pytest.raises(ReasonMissing):
        attribution.transfer(client, boris, by=staff, reason=" ", now=now)
    with pytest.raises(attribution.NotAttributed):
        attribution.transfer(client, boris, by=staff, reason="да", now=now)
    attribution.attach(client, anna, requested_at=now, by=staff, reason="")
    with pytest.raises(attribution.AlreadyAttributed):
        attribution.transfer(client, anna, by=staff, reason="да", now=now)
    boris.status = Partner.Status.BLOCKED
    with pytest.raises(attribution.GetsNoClients):
        attribution.transfer(client, boris, by=staff, reason="да", now=now)


def test_a_charge_ahead_of_our_clock_belongs_to_whoever_holds_the_client_when_it_is_made(
    anna: Partner, boris: Partner, staff: User
) -> None:
    now = moscow("2025-06-01 12:00")
    deliver(registered("c-1", ref="anna"), charged("ch-1", "c-1", "1.00", "2025-06-02 10:00"), now=now)
    row = attribution.transfer(Client.objects.get(), boris, by=staff, reason="договорились", now=now)
    charge = Charge.objects.get()
    assert charge.partner == (boris if row.starts_at <= charge.charged_at else anna)
