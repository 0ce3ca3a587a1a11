"""A change of tariff: the balance is zeroed visibly, the past is settled, what is not yet credited still comes (R3)."""

import pytest

from partners import ledger, rules
from partners.models import LedgerLine, Partner, Terms, TermsAssignment, User
from partners.reasons import ReasonMissing
from payouts import tariff_change
from referrals import close, new_terms
from skorozvon_partners import audit
from tests.factories import (
    NOW,
    PartnerFactory,
    StaffFactory,
    charged,
    deliver,
    month,
    moscow,
    outcome,
    refunded,
    registered,
    rewards_of,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def anna() -> Partner:
    """Legal; 100 roubles of March were credited, 200 of April were not yet."""
    anna = PartnerFactory(code="anna")
    deliver(
        registered("c-1", ref="anna"),
        charged("march", "c-1", "100.00", "2025-03-10 10:00"),
        charged("april", "c-1", "200.00", "2025-04-10 10:00"),
    )
    close.run(month("2025-03"), now=moscow("2025-04-01 06:00"))
    return anna


@pytest.fixture
def staff() -> User:
    return StaffFactory()


def change(partner: Partner, tariff: str = "individual", at: str = "2025-04-20 12:00", **other: str) -> TermsAssignment:
    by = User.objects.filter(is_staff=True).first() or StaffFactory()
    return tariff_change.change(partner, tariff, by=by, now=moscow(at), **{"reason": "просьба партнёра", **other})


def lines(partner: Partner) -> list[tuple[str, int]]:
    return [(line.kind, line.amount_kopecks) for line in partner.ledger_lines.order_by("booked_at", "pk")]


# --- The change itself ------------------------------------------------------------------------------------------------


def test_the_balance_is_zeroed_by_a_line_that_says_who_and_why(anna: Partner) -> None:
    assignment = change(anna)
    assert lines(anna) == [("accrual", 15_00), ("tariff_change", -15_00)]
    line = LedgerLine.objects.get(kind="tariff_change")
    assert (line.memo, line.booked_by, line.booked_at) == (
        "Смена тарифа: баланс обнулён",
        assignment.decided_by,
        moscow("2025-04-20 12:00"),
    )
    assert (assignment.note, assignment.reason) == ("просьба партнёра", "tariff_change")


def test_a_negative_balance_is_zeroed_too(anna: Partner) -> None:
    ledger.book(anna, key="o", kind="opening_balance", amount_kopecks=-100_00, memo="Остаток", now=moscow("2025-04-02"))
    change(anna)
    assert lines(anna)[-1] == ("tariff_change", 85_00)
    assert ledger.balance(anna) == 0


def test_an_empty_balance_gets_no_line() -> None:
    boris = PartnerFactory()
    change(boris)
    assert lines(boris) == []


def test_the_partner_is_under_the_other_tariffs_terms_from_that_moment_on(anna: Partner) -> None:
    change(anna)
    anna.refresh_from_db()
    assignments = TermsAssignment.objects.timelines()[anna.pk]
    names = [rules.in_force(assignments, moscow(at)).terms.name for at in ("2025-04-20 11:59:59", "2025-04-20 12:00")]
    assert (anna.tariff, names) == ("individual", ["legal-2026", "individual-2026"])


def test_the_newest_terms_that_have_started_apply(anna: Partner) -> None:
    for name, starts_on in (("new", "2025-04"), ("newer", "2025-05")):
        Terms.objects.create(
            name=name, tariff="individual", starts_on=month(starts_on), one_time_kopecks=1_00, judged_at=NOW
        )
    assert change(anna).terms.name == "new"


def test_an_open_offer_lapses(anna: Partner) -> None:
    numbers = {"tariff": "legal", "percent_bp": 1000, "window_months": 24}
    new_terms.publish(name="new", starts_on=month("2025-04"), now=moscow("2025-03-20"), **numbers)
    deliver(now=moscow("2025-04-02"))
    assert list(anna.terms_offers.values_list("state", flat=True)) == ["open"]
    change(anna)
    assert list(anna.terms_offers.values_list("state", flat=True)) == ["lapsed"]


# --- Refused ----------------------------------------------------------------------------------------------------------


def assert_unchanged(partner: Partner) -> None:
    partner.refresh_from_db()
    assert (partner.tariff, lines(partner), partner.terms_assignments.count()) == ("legal", [("accrual", 15_00)], 1)


def test_the_same_tariff_is_refused(anna: Partner) -> None:
    with pytest.raises(tariff_change.SameTariff):
        change(anna, "legal")
    assert_unchanged(anna)


@pytest.mark.parametrize("reason", ["", "  \n"])
def test_a_change_needs_a_reason(anna: Partner, reason: str) -> None:
    with pytest.raises(ReasonMissing):
        change(anna, reason=reason)
    assert_unchanged(anna)


def test_a_change_is_refused_while_a_month_is_being_closed(anna: Partner) -> None:
    close._freeze(month("2025-04"), moscow("2025-05-01 06:00"))
    with pytest.raises(tariff_change.CloseUnderWay):
        change(anna, at="2025-05-01 06:01")
    assert_unchanged(anna)


# --- What still comes, and what is settled ----------------------------------------------------------------------------


def test_charges_before_the_change_are_rewarded_at_the_next_close_under_the_terms_of_their_moment(
    anna: Partner,
) -> None:
    change(anna)
    deliver(charged("later", "c-1", "5000.00", "2025-04-21 10:00"), charged("late", "c-1", "10.00", "2025-04-19 10:00"))
    close.run(month("2025-04"), now=NOW)
    assert rewards_of(anna) == [
        ("2025-03", "c-1", 100_00, 15_00),
        ("2025-04", "c-1", 210_00, 31_50),
        ("2025-04", "c-1", 5000_00, 3000_00),
    ]
    assert lines(anna) == [("accrual", 15_00), ("tariff_change", -15_00), ("accrual", 3031_50)]


def test_a_refund_after_the_change_of_what_was_credited_before_moves_nothing(anna: Partner) -> None:
    change(anna)
    deliver(refunded("rf", "march", "100.00", "2025-04-25 10:00"))
    assert outcome("rf") == ("settled", None)
    close.run(month("2025-04"), now=NOW)
    assert ledger.balance(anna) == 30_00


def test_a_refund_that_had_come_and_was_not_yet_credited_is_settled_with_its_charge(anna: Partner) -> None:
    deliver(refunded("rf", "march", "100.00", "2025-04-15 10:00"))
    assert outcome("rf") == ("counted", "2025-04")
    change(anna)
    assert outcome("rf") == ("settled", None)
    close.run(month("2025-04"), now=NOW)
    assert ledger.balance(anna) == 30_00


@pytest.mark.parametrize("refunded_at", ["2025-04-15 10:00", "2025-04-25 10:00"])
def test_a_refund_of_what_is_not_yet_credited_counts(anna: Partner, refunded_at: str) -> None:
    if refunded_at < "2025-04-20":
        deliver(refunded("rf", "april", "50.00", refunded_at))
    change(anna)
    deliver(refunded("rf", "april", "50.00", refunded_at))
    assert outcome("rf") == ("counted", "2025-04")
    close.run(month("2025-04"), now=NOW)
    assert ledger.balance(anna) == 22_50


def test_before_anything_was_closed_nothing_is_settled() -> None:
    boris = PartnerFactory(code="boris")
    change(PartnerFactory())
    deliver(registered("c-2", ref="boris"), charged("ch", "c-2", "10.00", "2025-04-10 10:00"))
    deliver(refunded("rf", "ch", "1.00", "2025-04-11 10:00"))
    assert outcome("rf") == ("counted", "2025-04")
    assert boris.charges.count() == 2


def test_an_individuals_running_total_starts_anew_with_the_change_and_no_client_brings_two_rewards() -> None:
    boris = PartnerFactory(code="boris", tariff="individual")
    deliver(
        registered("c-2", ref="boris"),
        registered("c-3", ref="boris"),
        charged("ch-2", "c-2", "5000.00", "2025-04-10 10:00"),
        charged("ch-3", "c-3", "4999.99", "2025-04-10 10:00"),
    )
    close.run(month("2025-04"), now=moscow("2025-05-01 06:00"))
    change(boris, "legal", at="2025-05-10 00:00")
    change(boris, "individual", at="2025-05-20 00:00")
    deliver(
        charged("ch-4", "c-2", "5000.00", "2025-05-25 10:00"),
        charged("ch-5", "c-3", "4999.99", "2025-05-25 10:00"),
        charged("ch-6", "c-3", "0.01", "2025-06-25 10:00"),
    )
    close.run(month("2025-06"), now=NOW)
    assert rewards_of(boris) == [
        ("2025-04", "c-2", 5000_00, 3000_00),
        ("2025-04", "c-3", 4999_99, 0),
        ("2025-05", "c-2", 5000_00, 0),
        ("2025-05", "c-3", 4999_99, 0),
        ("2025-06", "c-3", 1, 3000_00),
    ]
    assert lines(boris) == [("accrual", 3000_00), ("tariff_change", -3000_00), ("accrual", 3000_00)]


def test_a_change_before_months_that_were_missed_settles_only_the_closed_ones(anna: Partner, staff: User) -> None:
    assignment = change(anna, at="2025-07-20 12:00")
    assert assignment.settled_through == month("2025-03")
    deliver(refunded("rf", "april", "200.00", "2025-07-25 10:00"))
    assert outcome("rf") == ("counted", "2025-07")


def test_a_charge_from_ahead_of_our_clock_is_rewarded_by_the_terms_known_when_it_came(anna: Partner) -> None:
    deliver(charged("ahead", "c-1", "5000.00", "2025-04-21 10:00"), now=moscow("2025-04-20 11:00"))
    change(anna, at="2025-04-20 12:00")
    close.run(month("2025-04"), now=NOW)
    assert rewards_of(anna)[1:] == [("2025-04", "c-1", 5200_00, 780_00)]
    assert list(audit.run()) == []
