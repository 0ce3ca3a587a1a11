"""Log lines as production writes them: JSON, with the number of the request, and nobody's name in them."""

import io
import json
import logging
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection
from django.test import Client as Browser
from pytest_django import Settings

from partners.models import User
from payouts import decisions, sending, withdrawals
from payouts.tests.people import individual
from skorozvon_partners.logs import scrubbed
from tests.emulators.service import PASSWORD, Service
from tests.factories import NOW, StaffFactory, registered

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at:UserWarning")]

Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def service(settings: Settings) -> Iterator[Service]:
    with Service() as service:
        for name, value in service.settings.items():
            setattr(settings, name, value)
        yield service


@pytest.fixture
def lines() -> Iterator[Lines]:
    """What has been logged so far, read back as a collector of logs would."""
    written = io.StringIO()
    root = logging.getLogger()
    handler = logging.StreamHandler(written)
    formatters = [each.formatter for each in root.handlers]
    [handler.formatter] = [each for each in formatters if isinstance(each, structlog.stdlib.ProcessorFormatter)]
    root.addHandler(handler)
    yield lambda: [json.loads(line) for line in written.getvalue().splitlines()]
    root.removeHandler(handler)


def broken(error: Exception) -> Any:
    def execute(execute: Any, sql: str, *rest: Any) -> Any:
        if "partners_ledgerline" in sql:
            raise error
        return execute(sql, *rest)

    return connection.execute_wrapper(execute)


def signed_in(user: User) -> Browser:
    browser = Browser(raise_request_exception=False)
    browser.force_login(user)
    return browser


def test_a_request_is_one_line_with_its_number_and_who_it_was_by_number(lines: Lines) -> None:
    boris = individual(0)
    response = signed_in(boris.user).get("/cabinet/clients/?q=Цветы", headers={"X-Request-ID": "from-the-proxy-1"})
    [line] = lines()
    assert line.pop("ms") >= 0
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "request",
        "level": "info",
        "logger": "skorozvon_partners.request_log",
        "method": "GET",
        "path": "/cabinet/clients/",
        "request_id": "from-the-proxy-1",
        "status": 200,
        "user": boris.user.pk,
        "partner": boris.pk,
    }
    assert response["X-Request-ID"] == "from-the-proxy-1"


@pytest.mark.parametrize("given", ["", "short", "с пробелом", "x" * 65, 'a"b\nc' * 3])
def test_a_number_that_is_none_gets_a_new_one(given: str) -> None:
    number = Browser().get("/help/", headers={"X-Request-ID": given.encode().decode("latin-1")})["X-Request-ID"]
    assert re.fullmatch("[0-9a-f]{12}", number)


def test_a_number_given_by_a_visitor_itself_is_not_believed(settings: Settings) -> None:
    settings.PROXY_COUNT = 0
    assert Browser().get("/help/", headers={"X-Request-ID": "from-the-visitor"})["X-Request-ID"] != "from-the-visitor"


def test_the_page_of_a_failure_shows_the_number_of_its_lines_and_the_lines_nobody(lines: Lines) -> None:
    boris = individual(0)
    told = 'duplicate key "email"\nDETAIL:  Key (email)=(boris@example.ru, Борис) already exists.'
    with broken(IntegrityError(told)):
        response = signed_in(boris.user).get("/cabinet/")
    failure, request = lines()
    assert response.status_code == 500
    assert f"Назовите номер ошибки: <code>{response['X-Request-ID']}</code>" in response.content.decode()
    assert (failure["request_id"], request["request_id"]) == 2 * (response["X-Request-ID"],)
    assert (failure["level"], failure["partner"], request["status"]) == ("error", boris.pk, 500)
    assert "IntegrityError" in failure["exception"]
    assert "boris@example.ru" not in json.dumps(failure, ensure_ascii=False)
    assert "Борис" not in json.dumps(failure, ensure_ascii=False)


def test_words_of_an_address_are_not_told_because_some_are_keys(lines: Lines) -> None:
    boris, browser = individual(0), Browser()
    for path in ("/p/boris?phone=79990000001", "/help/", "/letters/anna@example.ru", "/static/css/nothing.css"):
        browser.get(path)
    signed_in(boris.user).get("/cabinet/reports/2025-10/")
    assert [line["path"] for line in lines()] == [
        "/p/…",
        "/help/",
        "(no such address)",
        "/static/css/nothing.css",
        "/cabinet/reports/2025-10/",
    ]


def test_a_day_of_the_portal_leaves_nobody_in_its_log(
    lines: Lines, settings: Settings, tmp_path: Path, service: Service
) -> None:
    """Sign-in, wrong and right; the service's menu; an import with bad rows; a withdrawal whose provider is gone."""
    account = service.create_account("olga@example.ru", name="Ольга Секретова", phone="+79005550101")
    browser = Browser(raise_request_exception=False)
    browser.post("/users/sign_in", {"username": "olga@example.ru", "password": "wrong-guess"})
    browser.post("/users/sign_in", {"username": "olga@example.ru", "password": PASSWORD})
    url = service.sign_on_url(account["id"])
    for _ in range(2):  # the second time it is refused
        browser.get(url[url.index("/sso/") :])
    bad = registered("c-1", name="Ольга Секретова", email="olga@example.ru", inn="7707083893") | {"id": ""}
    (tmp_path / "events.jsonl").write_text(json.dumps(bad))
    with pytest.raises(CommandError):
        call_command("import_events", tmp_path / "events.jsonl", stderr=io.StringIO(), stdout=io.StringIO())
    boris = individual(50_000_00)
    settings.SOLAR_STAFF_URL, settings.SOLAR_STAFF_CLIENT_ID = "http://127.0.0.1:1", "6"
    asked = withdrawals.request(boris, amount_kopecks=10_000_00, destination="card", by=boris.user, now=NOW)
    decisions.approve(asked, by=StaffFactory(), now=NOW)
    sending.run_due(now=NOW)
    said = json.dumps(lines(), ensure_ascii=False)
    assert len(lines()) >= 5
    assert "no answer" in said
    secrets = ["@example.ru", "Секретова", "9005550101", "7707083893", "wrong-guess", PASSWORD, "eyJ", "token="]
    assert [secret for secret in secrets if secret in said] == []


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("GET /sso/?token=abc.def-_1 HTTP/1.1", "GET /sso/?… HTTP/1.1"),
        ("to anna.petrova+x@mail.example.ru failed", "to …@… failed"),
        ("Key (inn)=(7707083893), +7 900 555-01-01, 8(900)5550101", "Key (inn)=(…), …, …"),
        ("account 40702810300000004567.", "account …."),
        ("Authorization: Bearer abc.def", "Authorization: Bearer …"),
        ("signed with whsec_c2VjcmV0", "signed with …"),
        ("eyJhbGciOi.eyJzdWIi.c2ln is no token", "… is no token"),
        ("withdrawal 17 of 2026-11-28T10:00:00.123456+00:00", "withdrawal 17 of 2026-11-28T10:00:00.123456+00:00"),
        ("task 1b4e28ba-2fa1-11d2-883f-001122334455 done", "task 1b4e28ba-2fa1-11d2-883f-001122334455 done"),
        ("redis 127.0.0.1:6379, error -2147483648", "redis 127.0.0.1:6379, error -2147483648"),
        ("what? nothing=here", "what? nothing=here"),
    ],
)
def test_what_betrays_somebody_is_cut_out(text: str, left: str) -> None:
    assert scrubbed(text) == left
