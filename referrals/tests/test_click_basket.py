"""Clicks by way of Redis: there at once, in the database once, and what a Redis in trouble costs."""

import logging
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import redis
from django.conf import settings
from django.db import OperationalError, connection
from pytest_django import DjangoAssertNumQueries, Settings

from conftest import OwnRedis
from partners.models import Code
from referrals import click_basket, clicks, day_visitors, links, pauses
from referrals.click_basket import Basket, Taken
from referrals.day_visitors import Follower
from referrals.models import ClickBasket, ClickDay, DaySalt
from tests.factories import NOW, PartnerFactory

pytestmark = [pytest.mark.django_db, pytest.mark.processes]

CHROME = "Mozilla/5.0 Chrome/140.0"
DAY = NOW.date()


@pytest.fixture(autouse=True)
def server(own_redis: OwnRedis, settings: Settings) -> Iterator[redis.Redis]:
    """The portal's Redis, as the test looks into it."""
    settings.REDIS_URL = own_redis.url
    PartnerFactory(code="62b0")
    with redis.Redis.from_url(own_redis.url, decode_responses=True) as client:
        yield client


def follow(number: int = 1, *, code: str = "62b0", is_bot: bool = False) -> str:
    """A visitor follows a link; returns the code that it arrives with."""
    visit = links.visit(code, by=Follower(f"203.0.113.{number}", CHROME, is_bot), now=NOW)
    visit.end()
    return visit.ref


def counted() -> list[tuple[int, int, int]]:
    """All, unique and bots."""
    return list(ClickDay.objects.values_list("clicks", "unique", "bots"))


def take() -> Taken:
    """What a flush does first."""
    taken = Basket(settings.REDIS_URL).take()
    assert taken
    return taken


def lost(caplog: pytest.LogCaptureFixture) -> list[int]:
    return [record.args[0] for record in caplog.records if "were lost" in record.msg]  # type: ignore[index, misc]


# --- There and into the database --------------------------------------------------------------------------------------


def test_click_waits_in_redis_without_the_database_and_is_counted_by_the_flush(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    follow()
    with django_assert_num_queries(0):
        follow()
        follow(2)
        follow(is_bot=True)
    assert counted() == []
    assert clicks.flush(now=NOW) == 4
    assert counted() == [(4, 2, 1)]
    assert clicks.flush(now=NOW) == 0
    assert counted() == [(4, 2, 1)]


def test_visitor_is_unique_once_over_several_flushes() -> None:
    for _ in range(3):
        follow()
        clicks.flush(now=NOW)
    assert counted() == [(3, 1, 0)]


def test_flush_killed_before_it_dropped_the_basket_counts_nothing_twice() -> None:
    follow()
    taken = take()
    assert clicks.empty(taken, now=NOW) == 1
    follow(2)  # while nobody has dropped the first basket
    assert clicks.flush(now=NOW) == 1
    assert counted() == [(2, 2, 0)]


def test_flush_killed_before_it_wrote_the_basket_is_made_up_for() -> None:
    follow()
    take()
    follow(2)
    assert clicks.flush(now=NOW) == 2
    assert counted() == [(2, 2, 0)]


def test_flush_waits_while_the_database_is_down() -> None:
    follow()

    def down(*_: Any) -> None:
        raise OperationalError("the connection was lost")

    with connection.execute_wrapper(down), pytest.raises(OperationalError):
        clicks.flush(now=NOW)
    assert clicks.flush(now=NOW) == 1
    assert counted() == [(1, 1, 0)]


def test_click_on_a_code_that_could_not_be_looked_up_is_counted_when_it_can() -> None:
    def down(*_: Any) -> None:
        raise OperationalError("the connection was lost")

    with connection.execute_wrapper(down):
        assert follow() == "62b0"
        assert follow(code="nobodys") == "nobodys"
    assert clicks.flush(now=NOW) == 1
    assert counted() == [(1, 1, 0)]


def test_all_processes_tell_visitors_by_one_salt(server: redis.Redis, own_redis: OwnRedis) -> None:
    by = Follower("203.0.113.1", CHROME)
    for _ in range(3):  # each as a process of its own
        day_visitors.forget()
        Basket(own_redis.url).put("62b0", DAY, by)
    assert clicks.flush(now=NOW) == 3
    assert (counted(), DaySalt.objects.count()) == ([(3, 1, 0)], 0)


def test_salt_ends_with_its_day_and_no_address_is_in_redis(server: redis.Redis) -> None:
    follow()
    assert 0 < server.expiretime(f"clicks:salt:{DAY}") - NOW.timestamp() <= 12 * 3_600
    kept = str([server.hgetall("clicks:basket"), server.get(f"clicks:salt:{DAY}")])
    assert "203.0.113" not in kept
    assert "Chrome" not in kept


def test_full_basket_counts_clicks_without_their_visitors_and_then_says_what_was_lost(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(click_basket, "ROOM", 3)  # a key and two visitors
    for code in ("3456", "78ab", "9cde"):
        PartnerFactory(code=code)
    for number in range(5):
        for code in ("62b0", "3456", "78ab", "9cde"):
            follow(number, code=code)
    assert clicks.flush(now=NOW) == 16
    days = ClickDay.objects.order_by("code__value").values_list("code__value", "clicks", "unique")
    assert list(days) == [("3456", 1, 1), ("62b0", 5, 1), ("78ab", 5, 0), ("9cde", 5, 0)]
    assert lost(caplog) == [4]


def test_of_clicks_at_the_same_moment_none_is_lost(own_redis: OwnRedis) -> None:
    basket = Basket(own_redis.url)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: basket.put("62b0", DAY, Follower(f"{number % 7}", CHROME)), range(400)))
    assert clicks.flush(now=NOW) == 400
    assert counted() == [(400, 7, 0)]


# --- Redis in trouble -------------------------------------------------------------------------------------------------


def test_clicks_are_written_directly_while_redis_is_away(own_redis: OwnRedis) -> None:
    follow()
    own_redis.process.kill()
    own_redis.process.wait()
    time.sleep(0.05)  # what is sent in the very moment is as lost as what waited
    for number in (1, 2, 2):
        assert follow(number) == "62b0"
    assert counted() == [(3, 2, 0)]


def test_redis_that_hangs_is_waited_for_once_for_a_moment_and_counts_that_click_once(own_redis: OwnRedis) -> None:
    follow()
    own_redis.process.send_signal(signal.SIGSTOP)
    began = time.monotonic()
    for _ in range(5):
        assert follow() == "62b0"
    assert time.monotonic() - began < 5 * click_basket.PATIENCE
    own_redis.process.send_signal(signal.SIGCONT)
    clicks.flush(now=NOW)
    assert counted() == [(6, 1, 0)]


def test_redis_that_has_lost_its_memory_costs_what_was_not_flushed_and_the_log_says_how_many(
    server: redis.Redis, caplog: pytest.LogCaptureFixture
) -> None:
    for number in range(3):
        follow(number)
    clicks.flush(now=NOW)
    for number in range(5):
        follow(number)
    server.flushall()
    follow(9)
    clicks.flush(now=NOW)
    assert counted() == [(4, 4, 0)]
    assert lost(caplog) == [5]


def test_visitors_are_told_apart_on_as_before_when_redis_has_lost_its_memory(server: redis.Redis) -> None:
    follow()
    clicks.flush(now=NOW)
    server.flushall()
    follow()
    clicks.flush(now=NOW)
    assert counted() == [(2, 1, 0)]


def test_nothing_is_said_to_be_lost_that_was_flushed_before(
    server: redis.Redis, caplog: pytest.LogCaptureFixture
) -> None:
    follow()
    clicks.flush(now=NOW)
    server.flushall()
    follow()
    assert lost(caplog) == []


@pytest.mark.parametrize("trouble", ["OOM", "MISCONF", "WRONGTYPE"])
def test_redis_that_refuses_is_done_without(trouble: str, server: redis.Redis, own_redis: OwnRedis) -> None:
    if trouble == "OOM":
        server.config_set("maxmemory", "1")
        server.config_set("maxmemory-policy", "noeviction")
    elif trouble == "MISCONF":
        server.config_set("min-replicas-to-write", "1")
    else:
        server.set(click_basket.BASKET, "no hash")
    assert follow() == "62b0"
    assert counted() == [(1, 1, 0)]


def test_redis_is_asked_again_after_a_pause(own_redis: OwnRedis, server: redis.Redis) -> None:
    pauses.redis.begin()
    follow()
    assert (counted(), server.exists(click_basket.BASKET)) == ([(1, 1, 0)], 0)
    pauses.redis.end()
    follow()
    assert server.hlen(click_basket.BASKET) == 2


def test_neither_redis_nor_the_database_keeps_a_visitor_from_the_site(
    own_redis: OwnRedis, caplog: pytest.LogCaptureFixture
) -> None:
    own_redis.process.kill()
    own_redis.process.wait()

    def down(*_: Any) -> None:
        raise OperationalError("the connection was lost")

    with connection.execute_wrapper(down):
        assert [follow() for _ in range(4)] == ["62b0"] * 4
    clicks.tell_lost()
    assert (sum(lost(caplog)), Code.objects.count(), ClickBasket.objects.count()) == (4, 1, 0)
    assert caplog.records[0].levelno >= logging.WARNING
