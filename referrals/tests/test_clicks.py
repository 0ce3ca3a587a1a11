"""Clicks: every one is counted, people and bots apart, each visitor once a day, and nobody is kept from the site."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client as Browser
from pytest_django import DjangoAssertNumQueries

from partners.models import Code, Partner
from referrals import campaigns, clicks, known_codes, links
from referrals.bots import is_bot
from referrals.day_visitors import Follower
from referrals.models import ClickBasket, ClickDay, DaySalt, DayVisitor
from tests.factories import NOW, PartnerFactory, moscow

pytestmark = pytest.mark.django_db

CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 Version/18.5 Mobile Safari/604.1"
SECOND = dt.timedelta(seconds=1)


@pytest.fixture(autouse=True)
def anna() -> Partner:
    return PartnerFactory(code="62b0")


def follow(code: str = "62b0", *, address: str = "203.0.113.7", browser: str = CHROME, **headers: str) -> Any:
    headers = {"User-Agent": browser, "X-Forwarded-For": address} | headers
    return Browser().get(f"/p/{code}", headers=headers)


def counted(code: str = "62b0") -> list[tuple[int, int, int]]:
    """All, unique and bots, by day."""
    days = ClickDay.objects.filter(code__value=code).order_by("day")
    return list(days.values_list("clicks", "unique", "bots"))


def click(address: str, at: str, browser: str = CHROME) -> None:
    clicks.count("62b0", code=Code.objects.get().pk, by=Follower(address, browser, is_bot(browser)), now=moscow(at))


# --- Who is who -------------------------------------------------------------------------------------------------------


def test_repeated_click_of_a_visitor_is_a_click_and_not_unique() -> None:
    for _ in range(3):
        follow()
    assert counted() == [(3, 1, 0)]


def test_visitor_is_a_network_and_a_browser() -> None:
    follow()
    follow(browser=IPHONE)
    follow(address="203.0.113.8")
    follow(address="2001:db8::1")
    follow(address="2001:db8::2")  # the same /64: one household
    assert counted() == [(5, 4, 0)]


def test_visitor_of_two_codes_is_unique_for_each(anna: Partner) -> None:
    blog = campaigns.create(anna, name="Блог", now=NOW).code.value
    follow()
    follow(blog)
    assert (counted(), counted(blog)) == ([(1, 1, 0)], [(1, 1, 0)])


def test_visitor_of_yesterday_is_unique_today_and_the_day_is_moscows() -> None:
    for moment in ("2026-10-31 23:59", "2026-11-01 00:00", "2026-11-01 02:59", "2026-11-01 23:59"):
        click("203.0.113.7", moment)
    assert counted() == [(1, 1, 0), (3, 1, 0)]


@pytest.mark.parametrize(
    "name",
    [
        *(
            "",
            "curl/8.5.0",
            "python-requests/2.32",
            "Go-http-client/2.0",
            "WhatsApp/2.24.1 A",
            "TelegramBot (like TwitterBot)",
        ),
        "Mozilla/5.0 (compatible; YandexBot/3.0; +http://yandex.com/bots)",
        "Mozilla/5.0 (compatible; vkShare; +http://vk.com/dev/Share)",
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 HeadlessChrome/140.0.0.0 Safari/537.36",
        "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
    ],
)
def test_bot_is_brought_to_the_site_like_anybody_and_counted_apart(name: str) -> None:
    response = follow(browser=name)
    assert (response.status_code, response["Location"]) == (302, "https://skorozvon.ru/?ref=62b0")
    assert counted() == [(1, 0, 1)]


@pytest.mark.parametrize(
    "name",
    [
        CHROME,
        IPHONE,
        "Mozilla/5.0 (Linux; Android 13; CUBOT X70) AppleWebKit/537.36 Chrome/140.0.0.0 Mobile Safari/537.36",
        "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/138.0 YaBrowser/25.8.0 Yowser/2.5 Safari/537.36",
        "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36 Telegram-Android",
        "Opera/9.80 (J2ME/MIDP; Opera Mini/7.1) Presto/2.12 Version/12.16",
    ],
)
def test_browser_is_no_bot(name: str) -> None:
    follow(browser=name)
    assert counted() == [(1, 1, 0)]


@pytest.mark.parametrize("header", ["Sec-Purpose", "Purpose"])
def test_page_that_a_browser_fetches_ahead_is_nobodys_click(header: str) -> None:
    follow(**{header: "prefetch"})
    assert counted() == [(1, 0, 1)]


# --- Privacy ----------------------------------------------------------------------------------------------------------


def test_what_tells_visitors_apart_says_nothing_about_them_and_differs_every_day() -> None:
    click("203.0.113.7", "2026-11-01 12:00")
    click("203.0.113.7", "2026-11-02 12:00")
    marks = [mark for row in DayVisitor.objects.values_list("visitor", "network") for mark in row]
    assert len(set(marks)) == 4
    assert all(len(mark) == 16 and int(mark, 16) for mark in marks)


def test_salt_is_forgotten_with_its_day_and_visitors_a_day_later() -> None:
    click("203.0.113.7", "2026-11-01 12:00")
    salt = DaySalt.objects.get()
    clicks.forget_old(now=moscow("2026-11-01 23:59"))
    assert DaySalt.objects.get() == salt
    clicks.forget_old(now=moscow("2026-11-02 00:00"))
    assert (DaySalt.objects.count(), DayVisitor.objects.count()) == (0, 1)
    clicks.forget_old(now=moscow("2026-11-03 00:00"))
    clicks.forget_old(now=moscow("2026-11-03 00:00"))
    assert (DayVisitor.objects.count(), counted()) == (0, [(1, 1, 0)])


def test_key_of_an_emptied_basket_is_kept_for_a_week() -> None:
    ClickBasket.objects.create(key="a", emptied_at=moscow("2026-11-01 12:00"))
    clicks.forget_old(now=moscow("2026-11-08 12:00"))
    assert ClickBasket.objects.count() == 1
    clicks.forget_old(now=moscow("2026-11-08 12:01"))
    assert ClickBasket.objects.count() == 0


@pytest.mark.parametrize(
    "name", ["\x00\ud800", "Mozilla/5.0 \xe4\xf6 " + 9_000 * "x", "Mozilla/5.0 \r\nSet-Cookie: a=b"]
)
@pytest.mark.parametrize("address", ["", "no address", "203.0.113.7, ::ffff:203.0.113.8", "::1%eth0", "999.1.1.1"])
def test_visitor_who_says_strange_things_is_brought_and_counted(name: str, address: str) -> None:
    assert follow(browser=name, address=address).status_code == 302
    assert counted()[0][0] == 1


# --- Codes are known for a while --------------------------------------------------------------------------------------


def test_code_is_asked_about_once_in_a_few_seconds(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(1):
        for seconds in (0, 1, 2):
            assert known_codes.find("62b0", now=NOW + seconds * SECOND)
    with django_assert_num_queries(1):
        known_codes.find("62b0", now=NOW + 3 * SECOND)


def test_code_of_a_blocked_partner_stops_within_seconds() -> None:
    assert links.visit("62b0", by=None, now=NOW).ref == "62b0"
    Partner.objects.update(status="blocked")
    assert links.visit("62b0", by=None, now=NOW + 3 * SECOND).ref == ""


def test_new_code_works_within_seconds_though_it_was_tried_before() -> None:
    assert links.visit("3456", by=None, now=NOW).ref == ""
    PartnerFactory(code="3456")
    assert links.visit("3456", by=None, now=NOW + 3 * SECOND).ref == "3456"


def test_flood_of_unknown_codes_neither_grows_nor_pushes_out_known_ones(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    known_codes.find("62b0", now=NOW)
    for number in range(1_002):
        known_codes.find(f"no-{number}", now=NOW)
    with django_assert_num_queries(1):  # the first is forgotten, the last is not
        for value in ("62b0", "no-1001", "no-0"):
            known_codes.find(value, now=NOW)


# --- The database is down ---------------------------------------------------------------------------------------------


def down(*_: Any) -> None:
    raise OperationalError("the connection was lost")


def test_known_code_works_on_while_the_database_is_down() -> None:
    page = campaigns.create(Partner.objects.get(), name="Блог", landing_path="/tarify", now=NOW).code.value
    links.visit(page, by=None, now=NOW)
    with connection.execute_wrapper(down):
        found = links.visit(page, by=None, now=NOW + dt.timedelta(hours=5))
    assert links.target(ref=found.ref, campaign=found.campaign) == f"https://skorozvon.ru/tarify?ref={page}"


def test_clicks_that_nobody_takes_are_lost_and_the_log_says_how_many(caplog: pytest.LogCaptureFixture) -> None:
    with connection.execute_wrapper(down):
        for _ in range(5):
            assert follow()["Location"] == "https://skorozvon.ru/?ref=62b0"
    clicks.tell_lost()
    said = [record.args[0] for record in caplog.records if "clicks were lost" in record.msg]  # type: ignore[index]
    assert (sum(said), counted()) == (5, [])


def test_database_that_is_down_is_not_asked_by_every_visitor(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    asked = []

    def down_and_noted(*_: Any) -> None:
        asked.append(1)
        raise OperationalError("the connection was lost")

    with connection.execute_wrapper(down_and_noted):
        for _ in range(20):
            follow()
    assert len(asked) == 1


# --- At the same moment -----------------------------------------------------------------------------------------------


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_of_clicks_at_the_same_moment_none_is_lost_and_a_visitor_is_unique_once() -> None:
    code = Code.objects.get().pk

    def click(number: int) -> None:
        try:
            clicks.count("62b0", code=code, by=Follower(f"203.0.113.{number % 4}", CHROME), now=NOW)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(click, range(40)))
    assert counted() == [(40, 4, 0)]
