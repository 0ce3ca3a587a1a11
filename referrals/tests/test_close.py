"""The monthly close (R18, R19): when, what, once, without gaps, in shards; the preview shows it and writes nothing."""

import datetime as dt

import pytest
from django.db import transaction
from pytest_django import Settings

from partners.models import LedgerLine, Partner
from referrals import close, rewards
from referrals.models import Month, MonthShard, Reward
from tests.factories import (
    NOW,
    PartnerFactory,
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
    """Holds the client c-1 from 1 February 2025."""
    anna = PartnerFactory(code="anna")
    deliver(registered("c-1", ref="anna"))
    return anna


def closed() -> list[str]:
    return [str(row) for row in Month.objects.exclude(closed_at=None)]


def labels(found: list[dt.date]) -> list[str]:
    return [f"{each:%Y-%m}" for each in found]


def lines() -> list[tuple[str, int]]:
    return list(LedgerLine.objects.values_list("key", "amount_kopecks"))


# --- When -------------------------------------------------------------------------------------------------------------


def test_a_month_that_has_not_ended_is_refused_and_by_hand_closed_from_midnight_on() -> None:
    with pytest.raises(close.MonthNotEnded):
        close.run(month("2025-10"), now=moscow("2025-10-31 23:59:59"))
    assert closed() == []
    close.run(month("2025-10"), now=moscow("2025-11-01 00:00"))
    assert closed() == ["2025-10"]


@pytest.mark.parametrize(
    ("now", "due"),
    [
        ("2025-11-01 05:59:59", ["2025-09"]),
        ("2025-11-01 06:00", ["2025-09", "2025-10"]),
        ("2025-11-30 23:59", ["2025-09", "2025-10"]),
    ],
)
def test_a_month_is_due_at_six_on_the_first(now: str, due: list[str]) -> None:
    deliver(charged("ch-1", "c-1", "100.00", "2025-09-10 09:30"))
    close.run_due(now=moscow(now))
    assert closed() == due


def test_the_due_hour_is_a_setting(settings: Settings) -> None:
    settings.CLOSE_DUE_HOUR = 3
    deliver(charged("ch-1", "c-1", "100.00", "2025-10-10 09:30"))
    close.run_due(now=moscow("2025-11-01 03:00"))
    assert closed() == ["2025-10"]


def test_on_a_new_portal_nothing_is_due() -> None:
    assert close.last_due(NOW) is None
    close.run_due(now=NOW)
    assert closed() == []


def test_while_only_the_current_month_has_charges_nothing_is_due() -> None:
    deliver(charged("ch-1", "c-1", "100.00", "2025-10-10 09:30"))
    assert close.last_due(moscow("2025-10-20 12:00")) is None


def test_closes_that_were_missed_are_caught_up_oldest_first() -> None:
    deliver(charged("ch-1", "c-1", "100.00", "2025-08-10 09:30"))
    close.run_due(now=moscow("2025-11-01 06:00"))
    assert closed() == ["2025-08", "2025-09", "2025-10"]


def test_what_is_closed_is_not_due_again() -> None:
    deliver(charged("ch-1", "c-1", "100.00", "2025-10-10 09:30"))
    close.run_due(now=NOW)
    before = list(Month.objects.values())
    close.run_due(now=NOW)
    assert list(Month.objects.values()) == before


# --- Which months -----------------------------------------------------------------------------------------------------


def test_months_are_closed_without_gaps_from_the_first_in_which_anything_was_posted() -> None:
    deliver(charged("ch-1", "c-1", "100.00", "2025-03-10 09:30"), charged("ch-2", "c-1", "9.00", "2025-06-10 09:30"))
    assert labels(close.run(month("2025-06"), now=NOW)) == ["2025-03", "2025-04", "2025-05", "2025-06"]
    assert closed() == ["2025-03", "2025-04", "2025-05", "2025-06"]


def test_a_charge_that_is_not_counted_opens_no_month() -> None:
    deliver(charged("ch-1", "c-1", "100.00", "2025-03-10 09:30", kind="robot"))
    deliver(charged("ch-2", "c-1", "100.00", "2025-05-10 09:30"))
    assert labels(close.run(month("2025-05"), now=NOW)) == ["2025-05"]


def test_a_month_without_charges_is_closed_too(anna: Partner) -> None:
    assert labels(close.run(month("2025-04"), now=NOW)) == ["2025-04"]
    assert (closed(), rewards_of(anna), lines()) == (["2025-04"], [], [])


def test_closing_a_month_before_anything_was_posted_closes_it_and_all_before_it() -> None:
    deliver(charged("ch-1", "c-1", "100.00", "2025-06-10 09:30"))
    assert labels(close.run(month("2025-04"), now=NOW)) == ["2025-04"]
    deliver(charged("ch-2", "c-1", "1.00", "2025-03-10 09:30"), charged("ch-3", "c-1", "1.00", "2025-04-10 09:30"))
    assert (outcome("ch-2"), outcome("ch-3")) == (("counted", "2025-05"), ("counted", "2025-05"))
    assert labels(close.run(month("2025-06"), now=NOW)) == ["2025-05", "2025-06"]


def test_closing_twice_gives_the_same_rows_once(anna: Partner) -> None:
    deliver(charged("ch-1", "c-1", "100.00", "2025-10-10 09:30"))
    assert labels(close.run(month("2025-10"), now=NOW)) == ["2025-10"]
    rows = (list(Reward.objects.values()), list(LedgerLine.objects.values()), list(Month.objects.values()))
    assert close.run(month("2025-10"), now=moscow("2026-12-20 00:00")) == []
    assert rows == (list(Reward.objects.values()), list(LedgerLine.objects.values()), list(Month.objects.values()))


def test_closing_a_month_before_the_last_closed_one_changes_nothing() -> None:
    close.run(month("2025-10"), now=NOW)
    assert close.run(month("2025-08"), now=NOW) == []


# --- What -------------------------------------------------------------------------------------------------------------


def test_a_partner_is_credited_the_sum_of_its_clients_rewards(anna: Partner) -> None:
    deliver(
        registered("c-2", promo_code="ANNA"),
        charged("ch-1", "c-1", "100.00", "2025-10-10 09:30"),
        charged("ch-2", "c-1", "0.10", "2025-10-31 23:59:59"),
        charged("ch-3", "c-2", "0.10", "2025-10-01 00:00"),
        charged("ch-4", "c-2", "7.00", "2025-11-01 00:00"),
    )
    close.run(month("2025-10"), now=NOW)
    assert rewards_of(anna) == [("2025-10", "c-1", 10010, 1502), ("2025-10", "c-2", 10, 2)]
    assert lines() == [(f"accrual:2025-10:{anna.pk}", 1504)]


def test_a_reward_of_nothing_is_kept_and_no_line_is_booked(anna: Partner) -> None:
    deliver(charged("ch-1", "c-1", "0.03", "2025-10-10 09:30"))
    close.run(month("2025-10"), now=NOW)
    assert (rewards_of(anna), lines()) == ([("2025-10", "c-1", 3, 0)], [])


def test_refunds_may_take_reward_back(anna: Partner) -> None:
    deliver(charged("ch-1", "c-1", "100.00", "2025-10-10 09:30"))
    close.run(month("2025-10"), now=NOW)
    deliver(refunded("rf-1", "ch-1", "99.90", "2025-10-20 09:30"))
    close.run(month("2025-11"), now=NOW)
    assert rewards_of(anna) == [("2025-10", "c-1", 10000, 1500), ("2025-11", "c-1", -9990, -1499)]
    assert [amount for _, amount in lines()] == [1500, -1499]


def test_a_charge_that_comes_while_its_month_is_being_closed_goes_to_the_next(anna: Partner) -> None:
    deliver(charged("ch-1", "c-1", "100.00", "2025-10-10 09:30"))
    close._freeze(month("2025-10"), NOW)
    deliver(charged("late", "c-1", "200.00", "2025-10-11 09:30"))
    assert outcome("late") == ("counted", "2025-11")
    close.run(month("2025-11"), now=NOW)
    assert rewards_of(anna) == [("2025-10", "c-1", 10000, 1500), ("2025-11", "c-1", 20000, 3000)]


def test_a_close_that_was_cut_short_is_finished_by_the_next_one(settings: Settings, anna: Partner) -> None:
    settings.CLOSE_SHARD_PARTNERS = 1
    PartnerFactory(code="boris")
    deliver(registered("c-2", ref="boris"))
    deliver(charged("ch-1", "c-1", "100.00", "2025-10-10 09:30"), charged("ch-2", "c-2", "100.00", "2025-10-10 09:30"))
    begun = close._freeze(month("2025-10"), moscow("2025-11-01 06:00"))
    close._take_shard(begun, moscow("2025-11-01 06:00"))
    assert len(lines()) == 1
    assert labels(close.run(month("2025-10"), now=NOW)) == ["2025-10"]
    assert [amount for _, amount in lines()] == [1500, 1500]
    assert {line.booked_at for line in LedgerLine.objects.all()} == {moscow("2025-11-01 06:00")}


def test_helpers_are_called_for_the_shards_that_one_worker_leaves(settings: Settings) -> None:
    settings.CLOSE_SHARD_PARTNERS = 1
    PartnerFactory.create_batch(3)
    deliver(charged("ch-1", "c-1", "100.00", "2025-10-10 09:30"))
    called: list[int] = []
    close.run_due(now=moscow("2025-11-02 00:00"), call_helpers=called.append)
    assert called == [3]


@pytest.mark.parametrize("tariff", ["legal", "individual"])
def test_a_close_in_shards_of_one_partner_writes_the_rows_of_a_close_in_one(settings: Settings, tariff: str) -> None:
    for n in range(4):
        PartnerFactory(code=f"code-{n}", tariff=tariff)
        deliver(
            registered(f"d-{n}", ref=f"code-{n}"), charged(f"dh-{n}", f"d-{n}", f"{n + 1}999.99", "2025-10-10 09:30")
        )
    written = []
    for size in (1, 1000):
        settings.CLOSE_SHARD_PARTNERS = size
        with transaction.atomic():
            close.run(month("2025-10"), now=NOW)
            assert MonthShard.objects.count() == (5 if size == 1 else 1)
            columns = ("month", "partner", "client", "assignment", "base_kopecks", "reward_kopecks")
            written.append((list(Reward.objects.order_by("client").values_list(*columns)), sorted(lines())))
            transaction.set_rollback(True)
    assert written[0] == written[1]
    assert len(written[0][0]) == 4


# --- The preview ------------------------------------------------------------------------------------------------------


def test_the_preview_shows_what_the_close_then_credits_also_with_earlier_months_open(anna: Partner) -> None:
    boris = PartnerFactory(code="boris", tariff="individual")
    deliver(
        registered("c-2", ref="boris"),
        charged("ch-1", "c-1", "100.00", "2025-08-10 09:30"),
        charged("ch-2", "c-2", "4000.00", "2025-08-10 09:30"),
        charged("ch-3", "c-1", "200.00", "2025-10-10 09:30"),
        charged("ch-4", "c-2", "1000.00", "2025-10-10 09:30"),
    )
    shown = close.preview(month("2025-10"), now=NOW)
    assert shown == [
        (month("2025-08"), anna.pk, 1500),
        (month("2025-08"), boris.pk, 0),
        (month("2025-10"), anna.pk, 3000),
        (month("2025-10"), boris.pk, 3_000_00),
    ]
    assert (Month.objects.count(), MonthShard.objects.count(), Reward.objects.count(), lines()) == (0, 0, 0, [])
    close.run(month("2025-10"), now=NOW)
    booked = LedgerLine.objects.order_by("month", "partner").values_list("month", "partner", "amount_kopecks")
    assert list(booked) == [each for each in shown if each[2]]


def test_the_preview_of_the_current_month_shows_what_it_comes_to_so_far(anna: Partner) -> None:
    deliver(charged("ch-1", "c-1", "100.00", "2025-10-10 09:30"))
    assert close.preview(month("2025-10"), now=moscow("2025-10-15 12:00")) == [(month("2025-10"), anna.pk, 1500)]


def test_a_month_that_has_not_begun_has_no_preview() -> None:
    with pytest.raises(close.MonthNotEnded):
        close.preview(month("2025-11"), now=moscow("2025-10-31 23:59"))


def test_a_closed_month_has_nothing_left_to_preview() -> None:
    deliver(charged("ch-1", "c-1", "100.00", "2025-10-10 09:30"))
    close.run(month("2025-10"), now=NOW)
    assert close.preview(month("2025-10"), now=NOW) == []


def test_computing_a_closed_month_again_gives_what_was_written() -> None:
    deliver(charged("ch-1", "c-1", "100.00", "2025-10-10 09:30"))
    close.run(month("2025-10"), now=NOW)
    written = Reward.objects.values_list("partner", "client", "assignment", "base_kopecks", "reward_kopecks")
    assert list(rewards.rows(month("2025-10"))) == list(written)
    assert list(rewards.unlike(month("2025-10"))) == []
