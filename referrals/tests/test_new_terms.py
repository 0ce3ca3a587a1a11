"""A new version of a tariff's terms: who moves, who is offered the choice, and from when (R5)."""

import datetime as dt
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from partners import consents, registration, rules
from partners.models import Partner, Terms, TermsAssignment, TermsOffer
from referrals import close, new_terms
from skorozvon_partners import audit
from tests.factories import (
    NOW,
    PartnerFactory,
    StaffFactory,
    UserFactory,
    charged,
    confirmed,
    deliver,
    month,
    moscow,
    registered,
    rewards_of,
)

pytestmark = pytest.mark.django_db

ANNOUNCED = moscow("2025-05-15 12:00")


@pytest.fixture(autouse=True)
def anna() -> Partner:
    """Has a client that paid in March."""
    anna = PartnerFactory(code="anna")
    deliver(registered("c-1", ref="anna"), charged("ch-1", "c-1", "100.00", "2025-03-10 10:00"), now=ANNOUNCED)
    return anna


@pytest.fixture(autouse=True)
def boris() -> Partner:
    """Has a client that never paid."""
    boris = PartnerFactory(code="boris")
    deliver(
        registered("c-2", ref="boris"),
        charged("ch-2", "c-2", "100.00", "2025-03-10 10:00", is_confirmed=False),
        now=ANNOUNCED,
    )
    return boris


def publish(name: str = "legal-new", starts_on: dt.date = dt.date(2025, 6, 1), **numbers: Any) -> Terms:
    fields = {"tariff": "legal", "percent_bp": 1000, "window_months": 24} | numbers
    return new_terms.publish(name=name, starts_on=starts_on, now=ANNOUNCED, **fields)


def judge(at: str = "2025-06-01 00:00") -> list[str]:
    return [terms.name for terms in new_terms.judge_due(now=moscow(at))]


def terms_of(partner: Partner, at: str) -> str | None:
    found = rules.in_force(TermsAssignment.objects.timelines()[partner.pk], moscow(at))
    return found and found.terms.name


def offers(partner: Partner) -> list[tuple[str, str]]:
    return list(partner.terms_offers.order_by("pk").values_list("terms__name", "state"))


def asked_to_join(email: str) -> Partner:
    return registration.request(
        UserFactory(email=email),
        tariff="legal",
        full_name="Павел",
        phone="+79990000000",
        agreed_to=consents.needed("legal"),
        ip=None,
        now=ANNOUNCED,
        needs_approval=True,
    )


# --- Publishing -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("starts_on", [dt.date(2025, 5, 1), dt.date(2025, 4, 1), dt.date(2025, 6, 2)])
def test_new_terms_start_on_a_first_that_is_still_to_come(starts_on: dt.date) -> None:
    with pytest.raises(new_terms.NotAFutureMonth):
        publish(starts_on=starts_on)
    assert Terms.objects.count() == 2


def test_new_terms_are_not_published_at_the_very_moment_they_start() -> None:
    with pytest.raises(new_terms.NotAFutureMonth):
        new_terms.publish(name="x", tariff="legal", starts_on=dt.date(2025, 6, 1), now=moscow("2025-06-01 00:00"))


def test_a_tariff_gets_one_new_version_on_a_day() -> None:
    publish()
    with pytest.raises(IntegrityError), transaction.atomic():
        publish(name="another")


# --- Judging ----------------------------------------------------------------------------------------------------------


def test_before_the_date_nothing_is_decided(anna: Partner, boris: Partner) -> None:
    publish()
    assert judge("2025-05-31 23:59:59") == []
    assert (offers(anna), terms_of(boris, "2025-07-01")) == ([], "legal-2026")


def test_who_has_a_client_stays_and_is_offered_the_choice_and_who_has_none_moves(anna: Partner, boris: Partner) -> None:
    publish()
    assert judge() == ["legal-new"]
    assert (offers(anna), terms_of(anna, "2030-01-01")) == ([("legal-new", "open")], "legal-2026")
    assert (offers(boris), terms_of(boris, "2025-05-31 23:59:59")) == ([], "legal-2026")
    assert terms_of(boris, "2025-06-01 00:00") == "legal-new"


def test_a_version_is_judged_once(boris: Partner) -> None:
    publish()
    assert [judge(), judge("2025-07-01 00:00")] == [["legal-new"], []]
    deliver(confirmed("ch-2", "2025-05-20 10:00"), now=moscow("2025-07-01 00:00"))
    assert judge("2025-07-02 00:00") == []
    assert boris.terms_assignments.count() == 2


def test_a_client_is_one_that_had_paid_by_then(boris: Partner) -> None:
    publish()
    deliver(confirmed("ch-2", "2025-06-01 00:00"), now=moscow("2025-05-31 23:00"))
    judge()
    assert terms_of(boris, "2025-06-01") == "legal-new"


def test_judged_late_it_is_judged_as_of_its_date(boris: Partner) -> None:
    publish()
    deliver(confirmed("ch-2", "2025-05-31 23:59:59"), now=moscow("2025-05-31 23:59:59"))
    assert judge("2025-09-20 00:00") == ["legal-new"]
    assert (offers(boris), terms_of(boris, "2025-09-20")) == ([("legal-new", "open")], "legal-2026")


def test_the_other_tariff_and_newcomers_are_not_judged() -> None:
    person = PartnerFactory(tariff="individual")
    publish()
    newcomer = PartnerFactory(registered_at=moscow("2025-06-01 00:00"))
    judge()
    assert (terms_of(person, "2025-07-01"), offers(person)) == ("individual-2026", [])
    assert (terms_of(newcomer, "2025-06-01"), newcomer.terms_assignments.count()) == ("legal-new", 1)


def test_who_waits_for_approval_or_was_declined_has_no_terms_until_the_approval() -> None:
    olga = UserFactory()
    how: Any = {"full_name": "Ольга", "phone": "+79990000077", "agreed_to": consents.needed("legal"), "ip": None}
    asked = registration.request(olga, tariff="legal", now=ANNOUNCED, needs_approval=True, **how)
    publish()
    judge()
    assert list(asked.terms_assignments.all()) == []
    registration.approve(asked, by=StaffFactory(), now=moscow("2025-06-02 12:00"))
    assert [(each.terms.name, each.reason) for each in asked.terms_assignments.all()] == [("legal-new", "registration")]
    assert list(audit.run()) == []


def test_the_feed_and_the_close_judge_by_themselves(boris: Partner) -> None:
    publish()
    deliver(now=moscow("2025-06-01 00:00"))
    assert terms_of(boris, "2025-06-01") == "legal-new"
    publish(name="newer", starts_on=dt.date(2025, 7, 1))
    close.run_due(now=moscow("2025-07-01 00:00"))
    assert terms_of(boris, "2025-07-01") == "newer"


def test_who_was_not_let_in_by_the_date_is_not_judged_and_begins_under_the_terms_of_its_own_day() -> None:
    waiting, declined = asked_to_join("pavel@example.ru"), asked_to_join("petr@example.ru")
    registration.decline(declined, reason="Нет сайта", by=StaffFactory(), now=ANNOUNCED)
    terms = publish()
    judge()
    assert not TermsAssignment.objects.filter(partner__in=[waiting, declined]).exists()
    registration.approve(waiting, by=StaffFactory(), now=moscow("2025-06-02 12:00"))
    assert [(each.terms, each.reason) for each in waiting.terms_assignments.all()] == [(terms, "registration")]
    assert list(audit.run()) == []


# --- Answering --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answered", "moves"),
    [("2025-06-10", "2025-07-01"), ("2025-06-30 23:59:59", "2025-07-01"), ("2025-12-31", "2026-01-01")],
)
def test_who_accepts_moves_on_the_first_of_the_next_month(anna: Partner, answered: str, moves: str) -> None:
    terms = publish()
    judge()
    assert new_terms.accept(anna, terms=terms, now=moscow(answered)).starts_at == moscow(moves)
    assert (offers(anna), terms_of(anna, answered), terms_of(anna, moves)) == (
        [("legal-new", "accepted")],
        "legal-2026",
        "legal-new",
    )


def test_who_declines_stays(anna: Partner) -> None:
    terms = publish()
    judge()
    new_terms.decline(anna, terms=terms, now=moscow("2025-06-10"))
    assert (offers(anna), terms_of(anna, "2030-01-01")) == ([("legal-new", "declined")], "legal-2026")


def test_an_offer_is_answered_once(anna: Partner, boris: Partner) -> None:
    terms = publish()
    judge()
    new_terms.decline(anna, terms=terms, now=moscow("2025-06-10"))
    for partner in (anna, boris):
        with pytest.raises(new_terms.NoOpenOffer):
            new_terms.accept(partner, terms=terms, now=moscow("2025-06-11"))
        with pytest.raises(new_terms.NoOpenOffer):
            new_terms.decline(partner, terms=terms, now=moscow("2025-06-11"))


def test_an_open_offer_lapses_when_a_newer_version_is_offered(anna: Partner) -> None:
    publish()
    judge()
    publish(name="newer", starts_on=dt.date(2025, 7, 1))
    judge("2025-07-01 00:00")
    assert offers(anna) == [("legal-new", "lapsed"), ("newer", "open")]
    assert TermsOffer.objects.filter(state="lapsed", answered_at=moscow("2025-07-01 00:00")).count() == 1


def test_an_answer_is_for_the_version_that_was_read(anna: Partner) -> None:
    read = publish()
    judge()
    publish(name="newer", starts_on=dt.date(2025, 7, 1))
    judge("2025-07-01 00:00")
    for answer in (new_terms.accept, new_terms.decline):
        with pytest.raises(new_terms.AnotherOffer):
            answer(anna, terms=read, now=moscow("2025-07-02"))
    assert offers(anna) == [("legal-new", "lapsed"), ("newer", "open")]
    assert terms_of(anna, "2030-01-01") == "legal-2026"


def test_a_version_whose_date_comes_with_the_answer_is_offered_although_the_answer_is_refused(anna: Partner) -> None:
    read = publish()
    judge()
    publish(name="newer", starts_on=dt.date(2025, 7, 1))
    with pytest.raises(new_terms.AnotherOffer):
        new_terms.accept(anna, terms=read, now=moscow("2025-07-01 00:00"))
    assert offers(anna) == [("legal-new", "lapsed"), ("newer", "open")]
    assert terms_of(anna, "2030-01-01") == "legal-2026"


# --- What it means for money ------------------------------------------------------------------------------------------


def test_charges_are_rewarded_by_the_terms_of_their_own_moment(anna: Partner) -> None:
    terms = publish()
    judge()
    new_terms.accept(anna, terms=terms, now=moscow("2025-06-10"))
    deliver(
        charged("old", "c-1", "100.00", "2025-06-30 23:59:59"),
        charged("new", "c-1", "100.00", "2025-07-01 00:00"),
    )
    close.run(month("2025-07"), now=NOW)
    assert rewards_of(anna) == [
        ("2025-03", "c-1", 10_000, 1_500),
        ("2025-06", "c-1", 10_000, 1_500),
        ("2025-07", "c-1", 10_000, 1_000),
    ]


def test_an_individuals_clients_keep_the_terms_that_they_were_attributed_under() -> None:
    carol = PartnerFactory(code="carol", tariff="individual")
    deliver(registered("c-3", ref="carol"), now=ANNOUNCED)
    publish(name="individual-new", tariff="individual", percent_bp=None, window_months=None, one_time_kopecks=1_000_00)
    judge()
    deliver(
        registered("c-4", "2025-06-02 10:00", ref="carol"),
        charged("ch-3", "c-3", "5000.00", "2025-06-10 10:00"),
        charged("ch-4", "c-4", "1.00", "2025-06-10 10:00"),
    )
    close.run(month("2025-06"), now=NOW)
    assert rewards_of(carol) == [("2025-06", "c-3", 500_000, 3_000_00), ("2025-06", "c-4", 100, 1_000_00)]


def test_a_charge_from_ahead_of_our_clock_is_rewarded_by_the_terms_known_when_it_came(boris: Partner) -> None:
    publish()
    deliver(charged("ch-9", "c-2", "100.00", "2025-06-01 00:10"), now=moscow("2025-05-31 23:50"))
    judge()
    assert terms_of(boris, "2025-06-01 00:10") == "legal-new"
    close.run(month("2025-06"), now=NOW)
    assert rewards_of(boris) == [("2025-06", "c-2", 10_000, 1_500)]
    assert list(audit.run()) == []
