"""The digest that lists are sorted by follows what it digests."""

import pytest

from partners import codes
from partners.models import Partner
from referrals import close
from referrals.models import PartnerMonth, Progress, Referral
from skorozvon_partners import audit
from tests.factories import (
    NOW,
    PartnerFactory,
    charged,
    code_applied,
    confirmed,
    deliver,
    month,
    moscow,
    passed_on,
    refunded,
    registered,
)

pytestmark = pytest.mark.django_db


def referral(client: str, partner: Partner) -> Referral:
    return Referral.objects.select_related("progress").get(client__account_id=client, partner=partner)


def test_registered_client_is_its_partners_referral(anna: Partner) -> None:
    deliver(registered("c-1", "2025-02-01 10:00", ref="anna", name="ООО «Ёлочка»"))
    found = referral("c-1", anna)
    assert (found.search_name, found.via, found.code.value) == ("ооо елочка", "link", "anna")
    assert (found.held_since, found.held_until) == (moscow("2025-02-01 10:00"), None)
    assert (found.progress.paid_at, found.progress.reward_kopecks) == (None, 0)


def test_client_without_a_code_is_nobodys_referral_until_it_types_one(anna: Partner) -> None:
    deliver(registered("c-1", "2025-02-01 10:00"))
    assert not Referral.objects.exists()
    deliver(code_applied("c-1", "anna", "2025-04-01 10:00"))
    found = referral("c-1", anna)
    assert (found.via, found.registered_at) == ("promo_code", moscow("2025-02-01 10:00"))
    assert found.held_since == moscow("2025-04-01 10:00")


@pytest.mark.parametrize("order", [1, -1])
def test_of_two_codes_of_a_partner_the_one_with_the_earlier_effect_is_how_the_client_came(order: int) -> None:
    anna = PartnerFactory(code="one")
    codes.give(anna, value="two")
    typed = [code_applied("c-1", "one", "2025-04-01 10:00"), code_applied("c-1", "two", "2025-02-10 10:00")]
    deliver(registered("c-1", "2025-02-01 10:00"))
    for each in typed[::order]:
        deliver(each)
    found = referral("c-1", anna)
    assert (found.held_since, found.code.value) == (moscow("2025-02-01 10:00"), "two")
    assert list(audit.run()) == []


def test_client_has_paid_since_its_first_charge_that_counted_whatever_the_order(anna: Partner) -> None:
    late = charged("late", "c-1", "1.00", "2025-03-05 10:00")
    early = charged("early", "c-1", "1.00", "2025-03-01 10:00", is_confirmed=False)
    deliver(registered("c-1", ref="anna"), charged("robot", "c-1", "9.00", "2025-02-05 10:00", kind="robot"))
    assert referral("c-1", anna).progress.paid_at is None
    deliver(late)
    assert referral("c-1", anna).progress.paid_at == moscow("2025-03-05 10:00")
    deliver(early, confirmed("early", "2025-03-04 10:00"))
    assert referral("c-1", anna).progress.paid_at == moscow("2025-03-04 10:00")


def test_first_charge_may_come_in_the_delivery_of_the_registration(anna: Partner) -> None:
    deliver(charged("first", "c-1", "1.00", "2025-03-05 10:00"), registered("c-1", ref="anna"))
    assert referral("c-1", anna).progress.paid_at == moscow("2025-03-05 10:00")


def test_close_adds_rewards_to_clients_and_writes_what_the_month_came_to(anna: Partner) -> None:
    deliver(
        registered("c-1", ref="anna"),
        registered("c-2", ref="anna"),
        charged("a", "c-1", "1000.00", "2025-03-05 10:00"),
        charged("b", "c-2", "100.00", "2025-03-05 10:00"),
        charged("c", "c-1", "10.00", "2025-04-05 10:00"),
    )
    close.run(month("2025-03"), now=NOW)
    assert referral("c-1", anna).progress.reward_kopecks == 15000
    close.run(month("2025-04"), now=NOW)
    assert referral("c-1", anna).progress.reward_kopecks == 15150
    assert referral("c-2", anna).progress.reward_kopecks == 1500
    rows = PartnerMonth.objects.values_list("clients", "base_kopecks", "reward_kopecks")
    assert list(rows) == [(2, 110000, 16500), (1, 1000, 150)]


def test_month_of_nothing_but_zero_rewards_has_its_row_and_no_accrual() -> None:
    boris = PartnerFactory(tariff="individual", code="boris")
    deliver(registered("c-1", ref="boris"), charged("a", "c-1", "4999.99", "2025-03-05 10:00"))
    close.run(month("2025-03"), now=NOW)
    assert list(PartnerMonth.objects.values_list("clients", "base_kopecks", "reward_kopecks")) == [(1, 499999, 0)]
    assert not boris.ledger_lines.exists()


def test_refund_takes_from_the_clients_sum_and_leaves_that_it_has_paid(anna: Partner) -> None:
    deliver(registered("c-1", ref="anna"), charged("a", "c-1", "1000.00", "2025-03-05 10:00"))
    close.run(month("2025-03"), now=NOW)
    deliver(refunded("r", "a", "1000.00", "2025-04-05 10:00"))
    close.run(month("2025-04"), now=NOW)
    found = referral("c-1", anna).progress
    assert (found.paid_at, found.reward_kopecks) == (moscow("2025-03-05 10:00"), 0)


def test_client_that_is_passed_on_and_back_stays_in_both_lists(anna: Partner) -> None:
    boris = PartnerFactory(code="boris")
    deliver(registered("c-1", ref="anna"))
    passed_on("c-1", to=boris, at="2025-05-01 10:00")
    assert referral("c-1", anna).held_until == moscow("2025-05-01 10:00")
    assert (referral("c-1", boris).held_until, referral("c-1", boris).via) == (None, "transfer")
    passed_on("c-1", to=anna, at="2025-06-01 10:00")
    assert referral("c-1", anna).held_until is None
    assert referral("c-1", boris).held_until == moscow("2025-06-01 10:00")
    assert list(audit.run()) == []


def test_client_that_is_passed_on_and_back_brings_its_partner_what_it_paid_in_both_times(anna: Partner) -> None:
    deliver(registered("c-1", ref="anna"), charged("a", "c-1", "1000.00", "2025-03-05 10:00"))
    boris = PartnerFactory(code="boris")
    passed_on("c-1", to=boris, at="2025-04-01 10:00")
    deliver(charged("b", "c-1", "200.00", "2025-04-05 10:00"))
    passed_on("c-1", to=anna, at="2025-05-01 10:00")
    deliver(charged("c", "c-1", "40.00", "2025-05-05 10:00"))
    close.run(month("2025-05"), now=NOW)
    assert [referral("c-1", partner).progress.reward_kopecks for partner in (anna, boris)] == [156_00, 30_00]
    assert referral("c-1", anna).progress.paid_at == moscow("2025-03-05 10:00")
    assert list(audit.run()) == []


@pytest.mark.parametrize(
    "change",
    [
        lambda: Progress.objects.update(reward_kopecks=1),
        lambda: Progress.objects.update(paid_at=None),
        lambda: (Progress.objects.all().delete(), Referral.objects.all().delete()),
        lambda: Referral.objects.update(held_until=NOW),
    ],
)
def test_audit_names_a_digest_that_was_changed_by_hand(change: object, anna: Partner) -> None:
    deliver(registered("c-1", ref="anna"), charged("a", "c-1", "1000.00", "2025-03-05 10:00"))
    close.run(month("2025-03"), now=NOW)
    assert list(audit.run()) == []
    change()  # type: ignore[operator]
    assert [breach.invariant for breach in audit.run()] == ["M3"]
