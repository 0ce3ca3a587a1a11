"""Bursts of clicks are shown to staff with their reasons; nothing is refused for them."""

import datetime as dt

import pytest
from pytest_django import DjangoAssertNumQueries

from partners.models import Code, Partner
from referrals import bursts, clicks
from referrals.day_visitors import Follower
from referrals.models import ClickDay
from tests.factories import PartnerFactory, moscow

pytestmark = pytest.mark.django_db

DAY = dt.date(2026, 11, 20)
NOON = moscow("2026-11-20 12:00")
CHROME = "Mozilla/5.0 Chrome/140.0"
Found = list[tuple[str, dt.date, int, int | None, list[str]]]


@pytest.fixture(autouse=True)
def anna() -> Partner:
    return PartnerFactory(code="62b0")


def clicked(day: dt.date, number: int, *, bots: int = 0, most_from_one: int = 1) -> None:
    code = Code.objects.get(value="62b0")
    ClickDay.objects.create(
        code=code, day=day, clicks=number + bots, unique=number, bots=bots, most_from_one=most_from_one
    )


def found(since: dt.date = DAY) -> Found:
    return [
        (each.of.code.value, each.of.day, each.people, each.usual, [str(reason) for reason in each.reasons])
        for each in bursts.found(since=since)
    ]


def before(days: int) -> dt.date:
    return DAY - dt.timedelta(days=days)


def test_day_with_more_than_ten_times_the_usual_clicks_is_a_burst() -> None:
    clicked(before(3), 9)
    clicked(before(28), 11)
    clicked(DAY, 101)
    assert found() == [("62b0", DAY, 101, 10, ["far_above_usual"])]


@pytest.mark.parametrize("number", [100, 99])
def test_day_with_ten_times_the_usual_or_few_clicks_is_none(number: int) -> None:
    clicked(before(3), 10)
    clicked(DAY, number)
    assert found() == []


def test_what_was_more_than_four_weeks_ago_is_not_usual_and_a_new_code_has_no_usual_day() -> None:
    clicked(before(29), 1)
    clicked(DAY, 5_000)
    assert found() == []


def test_bots_make_no_burst() -> None:
    clicked(before(1), 10, bots=1_000)
    clicked(DAY, 100, bots=10_000)
    assert found() == []


def test_clicks_mostly_from_one_network_are_a_burst_of_a_new_code_too() -> None:
    clicked(DAY, 100, bots=500, most_from_one=51)
    assert found() == [("62b0", DAY, 100, None, ["one_network"])]


def test_half_from_one_network_or_a_few_from_one_are_none() -> None:
    clicked(DAY, 100, most_from_one=50)
    clicked(before(1), 99, most_from_one=99)
    assert found(since=before(1)) == []


def test_sweep_notes_how_much_came_from_one_network_whatever_browsers_it_names() -> None:
    code = Code.objects.get(value="62b0")
    for number in range(60):
        clicks.count("62b0", code=code.pk, by=Follower("203.0.113.7", f"{CHROME} {number}"), now=NOON)
    for number in range(50):
        clicks.count("62b0", code=code.pk, by=Follower(f"198.51.100.{number}", CHROME), now=NOON)
    for _ in range(3):
        bursts.measure(now=moscow("2026-11-21 00:05"))
    assert found() == [("62b0", DAY, 110, None, ["one_network"])]
    assert ClickDay.objects.get().most_from_one == 60
    bursts.measure(now=moscow("2026-11-23 00:05"))  # the visitors are swept away, the mark stays
    clicks.forget_old(now=moscow("2026-11-23 00:05"))
    assert found() == [("62b0", DAY, 110, None, ["one_network"])]


def test_bursts_are_listed_from_a_day_on_the_latest_first_by_one_query_and_one_statement_measures(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for days in (3, 1, 0):
        clicked(before(days), 200, most_from_one=200)
    with django_assert_num_queries(1):
        assert [burst.of.day for burst in bursts.found(since=before(1))] == [DAY, before(1)]
    with django_assert_num_queries(1):
        bursts.measure(now=NOON)
