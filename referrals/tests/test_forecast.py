"""The forecast (R19): the numbers of the next close, for one partner, kept for a while."""

import datetime as dt
import threading
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from pytest_django import DjangoAssertNumQueries

from partners import months
from partners.models import LedgerLine, Partner
from referrals import close, forecast, rewards
from referrals.models import Forecast, ForecastReward, Month, MonthShard, Reward
from tests.factories import PartnerFactory, charged, deliver, month, moscow, refunded, registered
from tests.oracle.histories import histories
from tests.oracle.player import Product

pytestmark = pytest.mark.django_db

NOVEMBER_20 = moscow("2025-11-20 12:00")
# What was made is never fresh an hour later.
LATER = moscow("2025-11-20 13:00")

Row = tuple[int, int, int, int]


@pytest.fixture
def anna() -> Partner:
    """Holds c-1 and c-2 from 1 February 2025; October is closed."""
    anna = PartnerFactory(code="anna")
    deliver(registered("c-1", ref="anna"), registered("c-2", ref="anna"))
    deliver(charged("ch-1", "c-1", "1000.00", "2025-10-10 09:30"))
    close.run(month("2025-10"), now=moscow("2025-11-01 06:00"))
    return anna


def rows_of(partner: Partner) -> list[Row]:
    rows = ForecastReward.objects.filter(partner=partner).order_by("client", "assignment")
    return list(rows.values_list("client", "assignment", "base_kopecks", "reward_kopecks"))


def credited(partner: Partner, of: dt.date) -> list[Row]:
    rows = Reward.objects.filter(partner=partner, month=of).order_by("client", "assignment")
    return list(rows.values_list("client", "assignment", "base_kopecks", "reward_kopecks"))


# --- What it says -----------------------------------------------------------------------------------------------------


def test_forecast_is_what_the_close_then_credits(anna: Partner) -> None:
    deliver(charged("ch-2", "c-1", "12500.00", "2025-11-03 10:00"), charged("ch-3", "c-2", "0.10", "2025-11-04 10:00"))
    deliver(refunded("rf-1", "ch-2", "2500.00", "2025-11-05 10:00"))
    found = forecast.of(anna, now=NOVEMBER_20)
    assert (found.month, found.clients) == (month("2025-11"), 2)
    assert (found.base_kopecks, found.reward_kopecks) == (1_000_010, 150_002)
    before = rows_of(anna)
    close.run(month("2025-11"), now=moscow("2025-12-01 06:00"))
    assert before == credited(anna, month("2025-11"))
    assert LedgerLine.objects.get(key=f"accrual:2025-11:{anna.pk}").amount_kopecks == 150_002


def test_forecast_of_an_individual_counts_what_earlier_months_came_to() -> None:
    boris = PartnerFactory(code="boris", tariff="individual")
    deliver(registered("c-1", ref="boris"))
    deliver(charged("ch-1", "c-1", "4999.99", "2025-10-10 09:30"), charged("ch-2", "c-1", "0.01", "2025-11-03 10:00"))
    close.run(month("2025-10"), now=moscow("2025-11-01 06:00"))
    found = forecast.of(boris, now=NOVEMBER_20)
    assert (found.clients, found.base_kopecks, found.reward_kopecks) == (1, 1, 300_000)


def test_forecast_holds_nothing_of_another_partner(anna: Partner) -> None:
    nina = PartnerFactory(code="nina")
    deliver(registered("c-9", ref="nina"), charged("ch-9", "c-9", "777.00", "2025-11-03 10:00"))
    forecast.of(nina, now=NOVEMBER_20)
    found = forecast.of(anna, now=NOVEMBER_20)
    assert (found.clients, found.base_kopecks, found.reward_kopecks) == (0, 0, 0)
    assert rows_of(anna) == []
    assert [row[2:] for row in rows_of(nina)] == [(77_700, 11_655)]


def test_forecast_changes_nothing_in_the_books(anna: Partner) -> None:
    deliver(charged("ch-2", "c-1", "12500.00", "2025-11-03 10:00"))
    before = list(Reward.objects.values()), list(LedgerLine.objects.values()), list(Month.objects.values())
    forecast.of(anna, now=NOVEMBER_20)
    assert before == (list(Reward.objects.values()), list(LedgerLine.objects.values()), list(Month.objects.values()))


def test_a_month_is_credited_on_the_first_of_the_next() -> None:
    assert forecast.credited_on(month("2025-12")) == dt.date(2026, 1, 1)


# --- Which month ------------------------------------------------------------------------------------------------------


def test_where_nothing_was_posted_yet_the_current_month_comes_next() -> None:
    assert forecast.next_month(PartnerFactory(), now=moscow("2025-11-01 00:00")) == month("2025-11")


def test_the_earliest_open_month_comes_next_also_when_its_close_is_late(anna: Partner) -> None:
    assert forecast.next_month(anna, now=NOVEMBER_20) == month("2025-11")
    assert forecast.next_month(anna, now=moscow("2026-01-15 12:00")) == month("2025-11")


def test_before_the_first_close_the_first_month_with_a_charge_comes_next() -> None:
    anna = PartnerFactory(code="anna")
    deliver(registered("c-1", ref="anna"), charged("ch-1", "c-1", "100.00", "2025-08-10 09:30"))
    assert forecast.next_month(anna, now=NOVEMBER_20) == month("2025-08")


def test_a_charge_from_ahead_of_our_clock_does_not_bring_the_next_month_forward() -> None:
    anna = PartnerFactory(code="anna")
    deliver(registered("c-1", ref="anna"))
    deliver(charged("ch-1", "c-1", "100.00", "2025-12-01 03:00"), now=moscow("2025-11-30 23:00"))
    assert forecast.next_month(anna, now=moscow("2025-11-30 23:00")) == month("2025-11")


def test_while_a_month_is_being_closed_it_comes_next_for_whom_it_has_not_come_to(anna: Partner) -> None:
    now = moscow("2025-12-01 06:00")
    begun = Month.objects.create(starts_on=month("2025-11"), frozen_at=now)
    shard = MonthShard.objects.create(month=begun, first_partner=anna.pk, last_partner=anna.pk)
    assert forecast.next_month(anna, now=now) == month("2025-11")
    shard.done_at = now
    shard.save()
    assert forecast.next_month(anna, now=now) == month("2025-12")


# --- How long it is kept ----------------------------------------------------------------------------------------------


def test_forecast_is_kept_while_it_is_fresh_and_then_made_anew(
    anna: Partner, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    forecast.of(anna, now=NOVEMBER_20)
    deliver(charged("ch-2", "c-1", "100.00", "2025-11-03 10:00"))
    with django_assert_num_queries(1):
        assert forecast.of(anna, now=NOVEMBER_20).reward_kopecks == 0
    found = forecast.of(anna, now=LATER)
    assert (found.reward_kopecks, found.made_at) == (1_500, LATER)
    assert Forecast.objects.get() == found


def test_forecast_is_kept_a_hundred_times_as_long_as_it_took(anna: Partner, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([10.0, 10.02, 20.0, 27.0])
    monkeypatch.setattr(forecast, "perf_counter", lambda: next(clock))
    assert forecast.of(anna, now=NOVEMBER_20).fresh_until == moscow("2025-11-20 12:00:03")
    assert forecast.of(anna, now=LATER).fresh_until == moscow("2025-11-20 13:10")  # ten minutes at most


def test_forecast_of_a_month_that_was_credited_is_made_anew_at_once(anna: Partner) -> None:
    deliver(charged("ch-2", "c-1", "100.00", "2025-11-03 10:00"))
    now = moscow("2025-12-01 06:00")
    assert forecast.of(anna, now=now).month == month("2025-11")
    close.run(month("2025-11"), now=now)
    found = forecast.of(anna, now=now)
    assert (found.month, found.reward_kopecks) == (month("2025-12"), 0)
    assert rows_of(anna) == []


# --- At once ----------------------------------------------------------------------------------------------------------


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_who_comes_while_another_reader_makes_it_is_given_what_stands(anna: Partner) -> None:
    standing = forecast.of(anna, now=NOVEMBER_20)
    deliver(charged("ch-2", "c-1", "100.00", "2025-11-03 10:00"))
    with transaction.atomic():
        Partner.objects.select_for_update(no_key=True).get(pk=anna.pk)
        answers: list[Forecast] = []
        reader = threading.Thread(target=_read, args=(anna, answers))
        reader.start()
        reader.join(timeout=10)
    assert [(answer.made_at, answer.reward_kopecks) for answer in answers] == [(standing.made_at, 0)]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_first_readers_make_one_forecast(anna: Partner) -> None:
    deliver(charged("ch-2", "c-1", "100.00", "2025-11-03 10:00"))
    answers: list[Forecast] = []
    readers = [threading.Thread(target=_read, args=(anna, answers)) for _ in range(4)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join(timeout=30)
    assert [answer.reward_kopecks for answer in answers] == [1_500] * 4
    assert [row[2:] for row in rows_of(anna)] == [(10_000, 1_500)]


def _read(partner: Partner, answers: list[Forecast]) -> None:
    try:
        answers.append(forecast.of(partner, now=LATER))
    finally:
        connection.close()


# --- Against the close, on random histories ---------------------------------------------------------------------------


def _forecasts_come_true(product: Product) -> None:
    """After each step: what is foretold of every partner is what closing that month right now would credit."""
    partners = list(Partner.objects.order_by("pk"))
    with transaction.atomic():
        foretold = {partner.pk: (forecast.of(partner, now=product.now).month, rows_of(partner)) for partner in partners}
        ended = {months.start_of(months.following(of)) for of, _ in foretold.values()}
        for of in sorted({of for of, _ in foretold.values()}):
            assert sorted(
                (row.client_id, row.assignment_id, row.base_kopecks, row.reward_kopecks) for row in rewards.rows(of)
            ) == sorted(row for _, rows in foretold.values() for row in rows)
            close.run(of, now=max(product.now, *ended))
        for partner in partners:
            of, rows = foretold[partner.pk]
            assert rows == credited(partner, of)
        transaction.set_rollback(True)


@settings(max_examples=12, suppress_health_check=list(HealthCheck))
@given(history=histories(contradictions=True, staff=True))
def test_forecasts_come_true_after_every_step_of_random_histories(history: dict[str, Any]) -> None:
    with transaction.atomic():
        Product(history, after_step=_forecasts_come_true)
        transaction.set_rollback(True)
