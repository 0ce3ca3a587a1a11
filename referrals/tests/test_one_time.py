"""The individual's reward: once per client, taken back and given again, never two for one client (R13, R14)."""

import pytest

from partners.models import LedgerLine, Partner
from referrals import attribution, close
from referrals.models import Client
from tests.factories import (
    NOW,
    PartnerFactory,
    StaffFactory,
    charged,
    deliver,
    month,
    moscow,
    passed_on,
    refunded,
    registered,
    rewards_of,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def anna() -> Partner:
    anna = PartnerFactory(code="anna", tariff="individual")
    deliver(registered("c-1", ref="anna"))
    return anna


def close_through(label: str) -> None:
    close.run(month(label), now=NOW)


def lines() -> list[tuple[str, int]]:
    return [(line.key.rpartition(":")[0], line.amount_kopecks) for line in LedgerLine.objects.order_by("month", "pk")]


# --- One holder -------------------------------------------------------------------------------------------------------


def test_the_reward_comes_in_the_month_in_which_all_months_together_reach_the_threshold(anna: Partner) -> None:
    deliver(
        charged("ch-1", "c-1", "2499.99", "2025-03-10 10:00"),
        charged("ch-2", "c-1", "2500.00", "2025-04-10 10:00", kind="telephony"),
        charged("ch-3", "c-1", "0.01", "2025-05-10 10:00"),
        charged("ch-4", "c-1", "9000.00", "2025-06-10 10:00"),
    )
    close_through("2025-06")
    assert rewards_of(anna) == [
        ("2025-03", "c-1", 249_999, 0),
        ("2025-04", "c-1", 250_000, 0),
        ("2025-05", "c-1", 1, 3_000_00),
        ("2025-06", "c-1", 900_000, 0),
    ]
    assert lines() == [("accrual:2025-05", 3_000_00)]


def test_each_client_brings_its_own(anna: Partner) -> None:
    deliver(
        registered("c-2", ref="anna"),
        charged("ch-1", "c-1", "5000.00", "2025-03-10 10:00"),
        charged("ch-2", "c-2", "5000.00", "2025-03-10 10:00"),
    )
    close_through("2025-03")
    assert lines() == [("accrual:2025-03", 6_000_00)]


def test_only_what_was_charged_since_the_attribution_counts_towards_the_threshold(anna: Partner) -> None:
    deliver(registered("c-2"), charged("early", "c-2", "9000.00", "2025-03-01 10:00"))
    attribution.attach(
        Client.objects.get(account_id="c-2"), anna, requested_at=moscow("2025-04-01"), by=StaffFactory(), reason=""
    )
    deliver(charged("ch-1", "c-2", "4999.99", "2025-04-10 10:00"))
    close_through("2025-04")
    assert rewards_of(anna) == [("2025-04", "c-2", 499_999, 0)]


def test_a_refund_below_the_threshold_takes_it_back_once_and_reaching_it_again_gives_it_again(anna: Partner) -> None:
    deliver(charged("ch-1", "c-1", "5000.00", "2025-03-10 10:00"))
    close_through("2025-03")
    deliver(refunded("rf-1", "ch-1", "0.01", "2025-04-10 10:00"), refunded("rf-2", "ch-1", "1.00", "2025-05-10 10:00"))
    close_through("2025-05")
    deliver(charged("ch-2", "c-1", "1.01", "2025-06-10 10:00"))
    close_through("2025-06")
    assert rewards_of(anna) == [
        ("2025-03", "c-1", 500_000, 3_000_00),
        ("2025-04", "c-1", -1, -3_000_00),
        ("2025-05", "c-1", -100, 0),
        ("2025-06", "c-1", 101, 3_000_00),
    ]
    assert lines() == [("accrual:2025-03", 3_000_00), ("accrual:2025-04", -3_000_00), ("accrual:2025-06", 3_000_00)]


def test_a_refund_that_leaves_the_threshold_reached_takes_nothing_back(anna: Partner) -> None:
    deliver(charged("ch-1", "c-1", "5000.01", "2025-03-10 10:00"))
    close_through("2025-03")
    deliver(refunded("rf-1", "ch-1", "0.01", "2025-04-10 10:00"))
    close_through("2025-04")
    assert rewards_of(anna) == [("2025-03", "c-1", 500_001, 3_000_00), ("2025-04", "c-1", -1, 0)]


def test_a_refund_in_the_month_of_the_charge_leaves_the_threshold_unreached(anna: Partner) -> None:
    deliver(charged("ch-1", "c-1", "5000.00", "2025-03-10 10:00"), refunded("rf-1", "ch-1", "0.01", "2025-03-11 10:00"))
    close_through("2025-03")
    assert rewards_of(anna) == [("2025-03", "c-1", 499_999, 0)]


# --- Passed on --------------------------------------------------------------------------------------------------------


def test_who_has_the_reward_keeps_it_and_the_next_holder_gets_none(anna: Partner, boris: Partner) -> None:
    deliver(charged("hers", "c-1", "5000.00", "2025-03-10 10:00"))
    close_through("2025-03")
    passed_on("c-1", to=boris, at="2025-04-01 00:00")
    deliver(charged("his", "c-1", "6000.00", "2025-04-10 10:00"))
    close_through("2025-04")
    assert rewards_of(anna) == [("2025-03", "c-1", 500_000, 3_000_00)]
    assert rewards_of(boris) == [("2025-04", "c-1", 600_000, 0)]


def test_when_the_firsts_is_taken_back_the_next_holder_that_has_reached_it_gets_it(
    anna: Partner, boris: Partner
) -> None:
    deliver(charged("hers", "c-1", "5000.00", "2025-03-10 10:00"))
    close_through("2025-03")
    passed_on("c-1", to=boris, at="2025-04-01 00:00")
    deliver(charged("his", "c-1", "6000.00", "2025-04-10 10:00"))
    close_through("2025-04")
    deliver(refunded("rf-1", "hers", "0.01", "2025-05-10 10:00"))
    close_through("2025-05")
    assert rewards_of(anna) == [("2025-03", "c-1", 500_000, 3_000_00), ("2025-05", "c-1", -1, -3_000_00)]
    assert rewards_of(boris) == [("2025-04", "c-1", 600_000, 0), ("2025-05", "c-1", 0, 3_000_00)]

    # A late charge of her time brings her over the threshold again, but he has the reward now.
    deliver(charged("late", "c-1", "0.01", "2025-03-20 10:00"))
    close_through("2025-06")
    assert rewards_of(anna)[2:] == [("2025-06", "c-1", 1, 0)]
    assert rewards_of(boris)[2:] == []


def test_each_holder_needs_the_threshold_in_its_own_time(anna: Partner, boris: Partner) -> None:
    deliver(charged("hers", "c-1", "4999.99", "2025-03-10 10:00"))
    passed_on("c-1", to=boris, at="2025-04-01 00:00")
    deliver(charged("his", "c-1", "4999.99", "2025-04-10 10:00"), charged("more", "c-1", "0.01", "2025-05-10 10:00"))
    close_through("2025-05")
    assert rewards_of(anna) == [("2025-03", "c-1", 499_999, 0)]
    assert rewards_of(boris) == [("2025-04", "c-1", 499_999, 0), ("2025-05", "c-1", 1, 3_000_00)]


def test_of_two_holders_that_reach_it_in_one_month_the_first_holder_gets_it(anna: Partner, boris: Partner) -> None:
    passed_on("c-1", to=boris, at="2025-04-15 00:00")
    deliver(charged("his", "c-1", "9000.00", "2025-04-20 10:00"), charged("hers", "c-1", "5000.00", "2025-04-10 10:00"))
    close_through("2025-04")
    assert rewards_of(anna) == [("2025-04", "c-1", 500_000, 3_000_00)]
    assert rewards_of(boris) == [("2025-04", "c-1", 900_000, 0)]


def test_a_client_that_comes_back_to_its_first_holder_brings_no_second_reward(anna: Partner, boris: Partner) -> None:
    deliver(charged("ch-1", "c-1", "5000.00", "2025-03-10 10:00"))
    passed_on("c-1", to=boris, at="2025-04-01 00:00")
    passed_on("c-1", to=anna, at="2025-05-01 00:00")
    deliver(charged("ch-2", "c-1", "5000.00", "2025-05-10 10:00"))
    close_through("2025-05")
    assert rewards_of(anna) == [("2025-03", "c-1", 500_000, 3_000_00), ("2025-05", "c-1", 500_000, 0)]


def test_a_legal_partners_percentage_of_a_client_that_was_passed_on_does_not_depend_on_it(anna: Partner) -> None:
    legal = PartnerFactory(code="legal")
    deliver(charged("ch-1", "c-1", "5000.00", "2025-03-10 10:00"))
    passed_on("c-1", to=legal, at="2025-04-01 00:00")
    deliver(charged("ch-2", "c-1", "100.00", "2025-04-10 10:00"))
    close_through("2025-04")
    assert rewards_of(anna) == [("2025-03", "c-1", 500_000, 3_000_00)]
    assert rewards_of(legal) == [("2025-04", "c-1", 10_000, 1_500)]
