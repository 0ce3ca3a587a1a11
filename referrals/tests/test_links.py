"""Links: where a visit leads and what it leaves behind, for every kind of code; QR codes of one's own links only."""

import io
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import OperationalError, connection
from django.test import Client as Browser
from pytest_django import DjangoAssertNumQueries, Settings

from partners.models import Partner
from referrals import campaigns, links
from referrals.models import ClickDay
from tests.factories import NOW, PartnerFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def anna() -> Partner:
    return PartnerFactory(code="62b0")


def follow(path: str, **more: Any) -> Any:
    return Browser().get(path, **more)


def clicked() -> list[tuple[str, int]]:
    return list(ClickDay.objects.order_by("code__value", "day").values_list("code__value", "clicks"))


def a_campaign(partner: Partner, **fields: str) -> Any:
    return campaigns.create(partner, name="Блог", now=NOW, **fields)


# --- Following a link -------------------------------------------------------------------------------------------------


def test_link_leads_to_the_site_with_the_code_in_query_and_cookie_and_counts_one_click(anna: Partner) -> None:
    response = follow("/p/62b0")
    assert (response.status_code, response["Location"]) == (302, "https://skorozvon.ru/?ref=62b0")
    cookie = response.cookies["ref"]
    assert (cookie.value, cookie["max-age"], cookie["path"], cookie["samesite"]) == ("62b0", 90 * 86_400, "/", "Lax")
    assert clicked() == [("62b0", 1)]


def test_link_sets_no_other_cookie_and_is_never_kept_by_a_browser(anna: Partner) -> None:
    response = follow("/p/62b0")
    assert list(response.cookies) == ["ref"]
    assert "no-store" in response["Cache-Control"]
    assert response["Referrer-Policy"] == "strict-origin-when-cross-origin"
    assert not response.has_header("Vary")


def test_cookie_is_made_for_the_domain_and_the_days_of_the_settings(anna: Partner, settings: Settings) -> None:
    settings.REFERRAL_COOKIE_DOMAIN, settings.REFERRAL_COOKIE_DAYS = ".skorozvon.ru", 30
    cookie = follow("/p/62b0").cookies["ref"]
    assert (cookie["domain"], cookie["max-age"], cookie["secure"]) == (".skorozvon.ru", 2_592_000, "")
    assert follow("/p/62b0", secure=True).cookies["ref"]["secure"] is True


def test_last_click_wins(anna: Partner) -> None:
    PartnerFactory(code="3456")
    browser = Browser()
    browser.get("/p/62b0")
    browser.get("/p/3456")
    assert browser.cookies["ref"].value == "3456"


@pytest.mark.parametrize(
    "typed", ["62B0", "%2062b0%20", "62b0/", "62b0.", "62b0,", "62b0)!", "62b0».", "62b0%E2%80%8B"]
)
def test_code_is_taken_as_people_write_it(typed: str, anna: Partner) -> None:
    assert follow(f"/p/{typed}")["Location"] == "https://skorozvon.ru/?ref=62b0"
    assert clicked() == [("62b0", 1)]


def test_unknown_code_brings_the_visitor_to_the_site_without_ref(anna: Partner) -> None:
    response = follow("/p/nobody?utm_source=vk")
    assert (response.status_code, response["Location"]) == (302, "https://skorozvon.ru/?utm_source=vk")
    assert (list(response.cookies), clicked()) == ([], [])


@pytest.mark.parametrize("status", ["blocked", "pending", "declined"])
def test_code_of_a_partner_who_gets_no_clients_counts_as_unknown(status: str, anna: Partner) -> None:
    code = a_campaign(anna, landing_path="/tarify").code.value
    Partner.objects.update(status=status)
    for path in ("/p/62b0", f"/p/{code}"):
        response = follow(path)
        assert (response["Location"], list(response.cookies)) == ("https://skorozvon.ru/", [])
    assert clicked() == []


@pytest.mark.parametrize(
    "path", ["/p/ab", f"/p/{'x' * 33}", "/p/код", "/p/a%00b", "/p/a/b/c", "/p/%2e%2e", "/p/62b0'--"]
)
def test_malformed_code_leads_to_the_site_without_touching_the_database(
    path: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        assert follow(path)["Location"] == "https://skorozvon.ru/"


def test_code_that_was_just_followed_is_not_asked_about_again(
    anna: Partner, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    follow("/p/62b0")
    with django_assert_max_num_queries(0, info="only what HEAD doesn't count"):
        assert Browser().head("/p/62b0")["Location"] == "https://skorozvon.ru/?ref=62b0"


def test_head_is_answered_alike_and_not_counted(anna: Partner) -> None:
    response = Browser().head("/p/62b0")
    assert (response.status_code, response["Location"]) == (302, "https://skorozvon.ru/?ref=62b0")
    assert clicked() == []


def test_link_is_followed_by_get_only(anna: Partner) -> None:
    assert Browser().post("/p/62b0").status_code == 405


def test_code_that_can_not_be_looked_up_just_now_is_passed_on(anna: Partner) -> None:
    def fails(*_: Any) -> None:
        raise OperationalError("the connection was lost")

    with connection.execute_wrapper(fails):
        response = follow("/p/62b0?utm_source=vk")
    assert response["Location"] == "https://skorozvon.ru/?ref=62b0&utm_source=vk"
    assert response.cookies["ref"].value == "62b0"


def test_click_that_can_not_be_counted_keeps_nobody_from_the_site(anna: Partner) -> None:
    def fails_to_write(execute: Any, sql: str, *more: Any) -> Any:
        if "clickday" in sql:
            raise OperationalError("database is locked")
        return execute(sql, *more)

    with connection.execute_wrapper(fails_to_write):
        assert follow("/p/62b0")["Location"] == "https://skorozvon.ru/?ref=62b0"
    assert clicked() == []


# --- Where it leads ---------------------------------------------------------------------------------------------------


def test_visitors_own_query_is_kept_as_it_came(anna: Partner) -> None:
    response = follow("/p/62b0?utm_source=vk&erid=2VtzqX&q=%D1%86%D0%B2%D0%B5%D1%82%D1%8B+%26&empty=&flag&a=1&a=2")
    assert response["Location"] == (
        "https://skorozvon.ru/?ref=62b0"
        "&utm_source=vk&erid=2VtzqX&q=%D1%86%D0%B2%D0%B5%D1%82%D1%8B+%26&empty=&flag&a=1&a=2"
    )


def test_query_that_nobody_has_encoded_keeps_its_letters(anna: Partner) -> None:
    response = follow("/p/62b0?q=цветы&utm_source=вк")
    assert response["Location"] == (
        "https://skorozvon.ru/?ref=62b0&q=%D1%86%D0%B2%D0%B5%D1%82%D1%8B&utm_source=%D0%B2%D0%BA"
    )


@pytest.mark.parametrize(
    "query", ["ref=3456", "%72ef=3456", "ref", "ref=&ref=3456", "ref[]=3456", "ref%5Bx%5D=3456", "a=1;ref=3456", ";ref"]
)
def test_visitors_own_ref_is_never_passed_on(query: str, anna: Partner) -> None:
    assert follow(f"/p/62b0?{query}&x=1")["Location"] == "https://skorozvon.ru/?ref=62b0&x=1"
    assert follow(f"/p/nobody?{query}&x=1")["Location"] == "https://skorozvon.ru/?x=1"


def test_campaigns_link_leads_to_its_page_with_its_labels(anna: Partner) -> None:
    campaign = a_campaign(
        anna, landing_path="/tarify", utm_source="vk", utm_medium="post", utm_campaign="осень 26", erid="2VtzqX"
    )
    code = campaign.code.value
    assert follow(f"/p/{code}")["Location"] == (
        f"https://skorozvon.ru/tarify?ref={code}"
        "&utm_source=vk&utm_medium=post&utm_campaign=%D0%BE%D1%81%D0%B5%D0%BD%D1%8C+26&erid=2VtzqX"
    )
    assert clicked() == [(code, 1)]


def test_label_of_the_visitor_comes_before_the_campaigns(anna: Partner) -> None:
    code = a_campaign(anna, utm_source="vk", utm_medium="post").code.value
    assert follow(f"/p/{code}?utm_source=ok")["Location"] == (
        f"https://skorozvon.ru/?ref={code}&utm_medium=post&utm_source=ok"
    )


def test_link_of_an_archived_campaign_goes_on_working(anna: Partner) -> None:
    campaign = a_campaign(anna, landing_path="/tarify")
    campaigns.archive(campaign, now=NOW)
    code = campaign.code.value
    assert follow(f"/p/{code}")["Location"] == f"https://skorozvon.ru/tarify?ref={code}"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("", ""),
        ("  ", ""),
        ("/", ""),
        ("https://skorozvon.ru", ""),
        ("https://skorozvon.ru/", ""),
        ("/tarify", "/tarify"),
        (" /tarify/ ", "/tarify/"),
        ("https://skorozvon.ru/tarify", "/tarify"),
        ("skorozvon.ru/tarify", "/tarify"),
        ("/тарифы", "/тарифы"),
        ("/%D1%82", "/%D1%82"),
    ],
)
def test_landing_page_is_a_path_of_the_site(typed: str, kept: str) -> None:
    assert links.page_of_site(typed) == kept


ELSEWHERE = [
    *("tarify", "https://evil.example/", "https://skorozvon.ru.evil.example/", "https://skorozvon.ru@evil.example/"),
    *("//evil.example", "/\\evil.example", "\\\\evil.example", "javascript:alert(1)", ".evil.example", "@evil.example"),
    *("/%2Fevil.example", "/%5Cevil.example", "/a//b", "/../x", "/%2e%2e/x", "/a\nb", "/a\tb", "/a b", "/%0d%0aX: y"),
    *(
        "/a\u200bb",
        "/a\0b",
        "/?ref=3456",
        "/a?b=c",
        "/#ref",
        "/p/62b0",
        "/%70/62b0",
        "https://skorozvon.ru//evil.example",
    ),
]


@pytest.mark.parametrize("typed", ELSEWHERE)
def test_landing_page_is_never_elsewhere(typed: str) -> None:
    with pytest.raises(links.NotAPage) as refused:
        links.page_of_site(typed)
    assert str(refused.value).endswith(".")


@pytest.mark.parametrize("stored", [*ELSEWHERE, "", "x" * 300])
def test_whatever_a_campaign_holds_its_link_leads_to_the_services_site(stored: str, anna: Partner) -> None:
    campaign = a_campaign(anna, utm_source="vk")
    campaign.landing_path = stored
    target = links.target("x=1", ref="62b0", campaign=campaign)
    assert urlsplit(target)[:2] == ("https", "skorozvon.ru")
    assert target.startswith("https://skorozvon.ru/")
    assert target.isascii()
    assert target.isprintable()


@pytest.mark.parametrize("query", ["\r\nSet-Cookie: x=1", "//evil.example", "a=\u2028", "x=#@evil.example", "&&&=&"])
def test_query_of_any_kind_stays_a_query(query: str) -> None:
    target = links.target(query, ref="62b0")
    assert target.startswith("https://skorozvon.ru/?ref=62b0")
    assert (urlsplit(target).fragment, target.isascii(), target.isprintable()) == ("", True, True)


@pytest.mark.parametrize(
    "rest",
    [
        *("", "/evil.example", "https://evil.example", "%2F%2Fevil.example", "\\evil.example", "@evil.example"),
        *("62b0%0d%0aSet-Cookie:%20x=1", "62b0%0d%0aLocation:%20https://evil.example", "62b0%00", "62b0%85"),
        *("62b0/../../x", "62b0%2f%2e%2e%2f", "62b0?ref=3456%0d%0aX:%20y", "62b0?//evil.example", "%ff%fe", "６２ｂ０"),
        *("62b0?url=https://evil.example&next=//evil.example", "62b0#@evil.example", "62b0;evil", "%E2%80%AE62b0"),
        *("62b0?" + "a=%F0%9F%98%80&" * 500, 5_000 * "6"),
    ],
)
def test_whatever_the_address_holds_the_visitor_gets_to_the_services_site_and_headers_stay_whole(
    rest: str, anna: Partner
) -> None:
    response = follow(f"/p/{rest}", headers={"X-Forwarded-Host": "evil.example", "Referer": "//evil.example"})
    assert response.status_code == 302
    assert response["Location"].startswith("https://skorozvon.ru/")
    assert urlsplit(response["Location"]).netloc == "skorozvon.ru"
    assert set(response.cookies) <= {"ref"}
    assert all(text.isprintable() for header in response.items() for text in header)


def test_visible_link_has_the_labels_that_are_filled() -> None:
    assert links.visible("62b0") == "https://skorozvon.ru/p/62b0"
    assert (
        links.visible("62b0", utm_source="вк", utm_medium="") == "https://skorozvon.ru/p/62b0?utm_source=%D0%B2%D0%BA"
    )


def test_campaigns_visible_link_shows_the_erid_and_keeps_the_rest_for_the_way(anna: Partner) -> None:
    campaign = a_campaign(anna, utm_source="vk", erid="2VtzqX")
    assert links.of_campaign(campaign) == f"https://skorozvon.ru/p/{campaign.code.value}?erid=2VtzqX"


# --- QR ---------------------------------------------------------------------------------------------------------------


def signed_in(partner: Partner) -> Browser:
    browser = Browser()
    browser.force_login(partner.user)
    return browser


def test_qr_of_the_main_link_is_drawn_as_svg(anna: Partner) -> None:
    response = signed_in(anna).get("/cabinet/qr/62b0.svg")
    assert response["Content-Type"] == "image/svg+xml"
    assert response["Content-Disposition"] == 'inline; filename="skorozvon-62b0.svg"'
    assert "private" in response["Cache-Control"]
    assert b"<script" not in response.content
    assert b"style=" not in response.content
    assert response.content.startswith(b"<?xml")


def test_qr_can_be_kept_as_a_file(anna: Partner) -> None:
    response = signed_in(anna).get("/cabinet/qr/62b0.png?download")
    assert response["Content-Type"] == "image/png"
    assert response["Content-Disposition"] == 'attachment; filename="skorozvon-62b0.png"'
    assert response.content.startswith(b"\x89PNG")
    assert len(io.BytesIO(response.content).getvalue()) > 500


def test_qr_of_a_campaign_holds_its_visible_link(anna: Partner) -> None:
    browser = signed_in(anna)
    campaign = a_campaign(anna)
    path = f"/cabinet/qr/{campaign.code.value}.svg"
    plain = browser.get(path).content
    campaign.erid = "2VtzqX"
    campaign.save()
    assert browser.get(path).content != plain


@pytest.mark.parametrize("path", ["3456.svg", "nobody.svg", "62b0.gif", "62b0.html", "a%00b.svg", "62B0.svg"])
def test_qr_of_what_is_not_ones_own_is_not_there(path: str, anna: Partner) -> None:
    PartnerFactory(code="3456")
    assert signed_in(anna).get(f"/cabinet/qr/{path}").status_code == 404


def test_qr_is_for_who_is_signed_in(anna: Partner) -> None:
    assert Browser().get("/cabinet/qr/62b0.svg")["Location"] == "/users/sign_in?next=/cabinet/qr/62b0.svg"


def test_blocked_partner_still_sees_its_qr(anna: Partner) -> None:
    Partner.objects.update(status="blocked")
    assert signed_in(anna).get("/cabinet/qr/62b0.svg").status_code == 200
