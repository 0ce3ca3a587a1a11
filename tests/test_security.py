"""What every answer carries and what no request gets past: headers, cookies, hosts, forgeries, sizes, guesses."""

from typing import Any

import pytest
from django.test import Client as Browser
from pytest_django import Settings

from partners.models import Partner
from payouts.tests.desk import at_desk, boss
from tests.factories import PartnerFactory, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at:UserWarning")]

PASSWORD = "a pass phrase of mine"
HEADERS = {
    "Content-Security-Policy",
    "Cross-Origin-Opener-Policy",
    "Cross-Origin-Resource-Policy",
    "Permissions-Policy",
    "Referrer-Policy",
    "Strict-Transport-Security",
    "X-Content-Type-Options",
    "X-Request-ID",
}


@pytest.fixture(autouse=True)
def production(settings: Settings) -> None:
    """As behind a proxy that ends TLS."""
    settings.ALLOWED_HOSTS = ["partners.example.ru"]
    settings.SECURE_SSL_REDIRECT = settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    settings.SECURE_HSTS_SECONDS = 31_536_000
    settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = settings.SECURE_HSTS_PRELOAD = True


def https(browser: Browser, path: str, *, host: str = "partners.example.ru", data: Any = None, **more: Any) -> Any:
    ask = browser.get if data is None else browser.post
    return ask(path, data, headers={"Host": host, "X-Forwarded-Proto": "https"}, **more)


@pytest.fixture
def anna() -> Partner:
    return PartnerFactory(user=UserFactory(email="anna@example.ru", password=PASSWORD))


@pytest.mark.parametrize(
    "path", ["/", "/users/sign_in", "/cabinet/", "/nowhere/", "/admin/", "/admin/nowhere/", "/p/none", "/healthz"]
)
def test_headers_are_complete_on_every_answer(path: str, anna: Partner) -> None:
    for browser in (Browser(), at_desk(boss())):
        response = https(browser, path)
        assert set(response.headers) >= HEADERS
        assert response["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains; preload"
        assert response["X-Content-Type-Options"] == "nosniff"
        assert response["Cross-Origin-Opener-Policy"] == "same-origin"
        assert "frame-ancestors 'none'" in response["Content-Security-Policy"]
        assert {"camera=()", "geolocation=()", "microphone=()"} <= set(response["Permissions-Policy"].split(", "))


def test_plain_http_is_led_to_https(client: Browser) -> None:
    response = client.get("/cabinet/", headers={"Host": "partners.example.ru"})
    assert (response.status_code, response["Location"]) == (301, "https://partners.example.ru/cabinet/")


def test_cookies_are_for_this_site_over_tls_and_of_the_session_for_no_script(anna: Partner) -> None:
    browser = Browser()
    https(browser, "/users/sign_in")
    answer = https(browser, "/users/sign_in", data={"username": "anna@example.ru", "password": PASSWORD})
    assert (answer.status_code, answer["Location"]) == (302, "/cabinet/")
    assert {"sessionid", "csrftoken"} <= set(browser.cookies)
    for cookie in browser.cookies.values():
        assert (cookie.key, cookie["secure"], cookie["samesite"], cookie["domain"]) == (cookie.key, True, "Lax", "")
    assert browser.cookies["sessionid"]["httponly"]


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "partners.example.ru.evil.example",
        "partners.example.ru@evil.example",
        "partners.example.ru:80:80",
    ],
)
def test_an_answer_is_made_for_our_own_hosts_only(host: str) -> None:
    response = https(Browser(raise_request_exception=False), "/users/sign_in", host=host)
    assert response.status_code == 400
    assert "Запрос не разобрать" in response.content.decode()
    assert "evil" not in response.content.decode()


def test_what_a_proxy_is_told_by_the_visitor_makes_no_host(client: Browser) -> None:
    response = https(client, "/cabinet/", HTTP_X_FORWARDED_HOST="evil.example", HTTP_FORWARDED="host=evil.example")
    assert response["Location"] == "/users/sign_in?next=/cabinet/"


@pytest.mark.parametrize("to", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)"])
def test_signing_in_leads_nowhere_else(to: str, anna: Partner) -> None:
    data = {"username": "anna@example.ru", "password": PASSWORD, "next": to}
    assert https(Browser(), "/users/sign_in", data=data)["Location"] == "/cabinet/"


@pytest.mark.parametrize("referrer", ["https://evil.example/", "https://partners.example.ru/users/sign_in", ""])
def test_a_form_without_its_token_changes_nothing_and_says_what_to_do(referrer: str, anna: Partner) -> None:
    browser = Browser(enforce_csrf_checks=True)
    browser.force_login(anna.user)
    response = https(browser, "/cabinet/profile/contacts/", data={"full_name": "Чужая"}, HTTP_REFERER=referrer)
    assert response.status_code == 403
    assert "Страница устарела" in response.content.decode()
    assert Partner.objects.get().full_name == anna.full_name


def test_a_body_above_the_limit_is_refused_before_it_is_read(anna: Partner, settings: Settings) -> None:
    class Untouched:
        def read(self, *args: int) -> bytes:
            raise AssertionError("it was read")

        readline = read

    browser = Browser()
    browser.force_login(anna.user)
    for path in ("/cabinet/payouts/contract/upload/", "/users/sign_in", "/nowhere/"):
        response = browser.generic(
            "POST",
            path,
            headers={"Host": "partners.example.ru", "X-Forwarded-Proto": "https"},
            CONTENT_TYPE="multipart/form-data; boundary=x",
            CONTENT_LENGTH=str(settings.MOST_BODY_BYTES + 1),
            **{"wsgi.input": Untouched()},
        )
        assert response.status_code == 413
        assert "Слишком большой файл" in response.content.decode()
        assert set(response.headers) >= HEADERS


def test_forms_of_a_thousand_fields_are_no_forms(client: Browser) -> None:
    data = {f"field-{n}": "x" for n in range(1_001)}
    assert https(Browser(raise_request_exception=False), "/users/sign_in", data=data).status_code == 400


@pytest.mark.parametrize("path", ["/users/sign_in", "/admin/login/"])
def test_guessing_at_either_door_is_stopped(path: str, settings: Settings) -> None:
    settings.AXES_FAILURE_LIMIT = 3
    statuses = [
        https(Browser(), path, data={"username": "anna@example.ru", "password": f"guess-{n}"}).status_code
        for n in range(5)
    ]
    assert statuses[:2] == [200, 200]
    assert statuses[3:] == [429, 429]
