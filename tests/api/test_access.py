"""Who may ask the API, how often, and what everybody else is told."""

import subprocess
from typing import Any

import pytest
from django.core.cache import caches
from django.core.cache.backends.redis import RedisCache
from django.test import Client as Browser
from pytest_django import Settings

from conftest import OwnRedis
from partners import tokens
from partners.models import ApiToken, Partner
from partners.partner_api import limits
from skorozvon_partners import caching
from tests.api.asking import Program
from tests.factories import NOW, PartnerFactory, StaffFactory

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at:UserWarning")]


@pytest.fixture
def anna() -> Partner:
    return PartnerFactory(code="anna")


def problem(response: Any) -> tuple[int, str]:
    """Its status and code, after a look at its form."""
    body = response.json()
    assert response["Content-Type"] == "application/problem+json"
    assert (body["type"], body["status"]) == ("about:blank", response.status_code)
    assert body["title"]
    assert body["detail"]
    return response.status_code, body["code"]


def test_token_opens_its_partners_data(anna: Partner) -> None:
    answered = Program(anna).get("profile/").json()
    assert (answered["email"], answered["status"]) == (anna.user.email, "active")
    assert answered["token"] == {"name": "program 0", "scopes": ["read"]}


@pytest.mark.parametrize(
    ("header", "code"),
    [
        (None, "no_token"),
        ("", "no_token"),
        ("Basic YTpi", "no_token"),
        ("Bearer", "unknown_token"),
        ("Bearer skp_nonsense", "unknown_token"),
        ("Bearer \xff\xfe", "unknown_token"),
        ("Bearer skp_" + "a" * 5000, "unknown_token"),
    ],
)
def test_without_a_live_token_nobody_gets_in(anna: Partner, header: str | None, code: str) -> None:
    browser = Browser(headers={} if header is None else {"Authorization": header})
    response = browser.get("/api/v1/profile/")
    assert problem(response) == (401, code)
    assert response["WWW-Authenticate"].startswith('Bearer realm="api"')


def test_session_opens_nothing(anna: Partner) -> None:
    browser = Browser()
    browser.force_login(anna.user)
    assert problem(browser.get("/api/v1/profile/")) == (401, "no_token")


def test_revoked_token_is_turned_away_at_once(anna: Partner) -> None:
    program = Program(anna)
    assert program.get("profile/").status_code == 200
    tokens.revoke(ApiToken.objects.get(), by=anna.user, now=NOW)
    assert problem(program.get("profile/")) == (401, "unknown_token")


def test_token_for_reading_changes_nothing(anna: Partner) -> None:
    response = Program(anna).post("withdrawals/", {"amount_kopecks": 1, "destination": "bank"}, key="1")
    assert problem(response) == (403, "read_only_token")
    assert response["WWW-Authenticate"] == 'Bearer realm="api", error="insufficient_scope", scope="withdraw"'


def test_blocked_partner_reads_and_changes_nothing(anna: Partner) -> None:
    """R25."""
    Partner.objects.update(status="blocked")
    program = Program(anna, scope="withdraw")
    assert program.get("balance/").json()["unmet"][0] == "blocked"
    body = {"amount_kopecks": 1, "destination": "bank"}
    assert problem(program.post("withdrawals/", body, key="1")) == (403, "blocked")


@pytest.mark.parametrize("status", ["pending", "declined"])
def test_who_is_not_admitted_is_told_so(anna: Partner, status: str) -> None:
    Partner.objects.update(status=status)
    assert problem(Program(anna).get("profile/")) == (403, "not_admitted")


def test_answers_are_kept_nowhere(anna: Partner) -> None:
    assert Program(anna).get("profile/")["Cache-Control"] == "no-store"


# --- Refusals have one form -------------------------------------------------------------------------------------------


def test_wrong_fields_are_named_in_russian(anna: Partner) -> None:
    response = Program(anna).get("charges/", month="2026-13", client="x", colour="red")
    assert problem(response) == (400, "invalid")
    assert response.json()["errors"] == {"colour": ["Такого параметра здесь нет."]}
    response = Program(anna).get("charges/", month="2026-13", client="x")
    assert response.json()["errors"] == {
        "client": ["Введите правильное число."],
        "month": ["Нужен месяц вида 2026-10."],
    }


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("campaigns/", {"archived": "maybe"}),
        ("charges/", {"since": "yesterday", "until": "", "kind": "gift", "outcome": "\0"}),
        ("clients/", {"limit": "many", "sort": "size", "state": "", "campaign": "9" * 30, "q": "\0"}),
        ("clients/", {"limit": "0", "q": "x" * 201, "cursor": "x" * 4001}),
        ("ledger/", {"since": "2026-13-01", "until": "9999-99-99T99:99:99Z"}),
        ("rewards/", {"month": "2026-00", "client": "-1", "limit": "1e3"}),
    ],
)
def test_nothing_english_is_said_of_a_wrong_filter(anna: Partner, path: str, query: dict[str, str]) -> None:
    errors = Program(anna).get(path, **query).json()["errors"]
    assert errors.keys() == query.keys()
    for said in errors.values():
        for english in ("valid", "must", "format", "datetime", "field", "required"):
            assert english not in " ".join(said).lower()


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"[1]", "Тело запроса — не объект JSON."),
        (b'{"amount_kopecks": 1, "amount_kopecks": 2}', "Тело запроса — ключ повторяется."),
        (b'{"amount_kopecks": ' + b"9" * 5000 + b"}", "Тело запроса — слишком длинное число."),
    ],
    ids=range(3),
)
def test_what_is_wrong_with_a_body_is_said_without_words_of_our_machinery(anna: Partner, raw: bytes, said: str) -> None:
    assert Program(anna, scope="withdraw").post("withdrawals/", raw=raw, key="1").json()["detail"] == said


@pytest.mark.parametrize(
    ("path", "code"),
    [("nowhere/", "not_found"), ("clients/9/", "not_found"), ("clients/" + "9" * 40 + "/", "not_found")],
)
def test_what_is_not_there_is_a_problem_too(anna: Partner, path: str, code: str) -> None:
    assert problem(Program(anna).get(path)) == (404, code)


@pytest.mark.parametrize("path", ["withdrawals", "withdrawals/7/cancel", "events"])
def test_program_that_forgets_the_last_slash_is_told_and_not_led_on_without_its_body(anna: Partner, path: str) -> None:
    response = Program(anna, scope="withdraw").post(path, {})
    assert problem(response) == (404, "not_found")
    assert "кончаются косой чертой" in response.json()["detail"]


def test_page_that_is_not_there_is_still_a_page() -> None:
    assert Browser().get("/api/nowhere/")["Content-Type"].startswith("text/html")


def test_method_that_is_not_there_says_which_are(anna: Partner) -> None:
    response = Program(anna, scope="withdraw").post("balance/", {})
    assert problem(response) == (405, "method_not_allowed")
    assert response["Allow"] == "GET, HEAD"


def test_only_json_is_answered(anna: Partner) -> None:
    response = Program(anna).browser.get("/api/v1/profile/", headers={"Accept": "text/html"})
    assert problem(response) == (406, "not_acceptable")
    assert response["RateLimit-Remaining"] == "299"


def test_failure_of_ours_is_a_problem_too(anna: Partner, monkeypatch: pytest.MonkeyPatch) -> None:
    program = Program(anna)
    program.browser.raise_request_exception = False
    ApiToken.objects.update(last_used_at=NOW)
    monkeypatch.setattr("partners.partner_api.profile.in_force", None)
    assert problem(program.get("profile/")) == (500, "server_error")


@pytest.mark.parametrize(
    ("raw", "status", "code"),
    [
        (b"", 400, "invalid"),
        (b"{", 400, "not_json"),
        (b"\xff\xfe", 400, "not_json"),
        (b"[" * 60_000, 400, "not_json"),
        (b'{"amount_kopecks": NaN, "destination": "bank"}', 400, "not_json"),
        (b'{"amount_kopecks": 1, "amount_kopecks": 2, "destination": "bank"}', 400, "not_json"),
        (b'{"amount_kopecks": ' + b"9" * 5000 + b', "destination": "bank"}', 400, "not_json"),
        (b'{"amount_kopecks": 1e400, "destination": "bank"}', 400, "invalid"),
        (b'{"amount_kopecks": 1.5, "destination": "bank"}', 400, "invalid"),
        (b'{"amount_kopecks": true, "destination": "bank"}', 400, "invalid"),
        (b'{"amount_kopecks": "100", "destination": "bank"}', 400, "invalid"),
        (b'{"amount_kopecks": 1, "destination": "serv\\u0000ice"}', 400, "invalid"),
        (b"[1]", 400, "not_json"),
        (b"null", 400, "not_json"),
        (b" " * 10_000_000, 413, "too_large"),
    ],
    ids=range(15),
)
def test_body_that_can_not_be_understood_changes_nothing(anna: Partner, raw: bytes, status: int, code: str) -> None:
    program = Program(anna, scope="withdraw")
    assert problem(program.post("withdrawals/", raw=raw, key="1")) == (status, code)
    form = program.browser.post("/api/v1/withdrawals/", {"amount_kopecks": 1}, headers={"Idempotency-Key": "1"})
    assert problem(form) == (415, "unsupported_media_type")


# --- How often --------------------------------------------------------------------------------------------------------


def test_every_answer_says_how_many_requests_are_left(anna: Partner, settings: Settings) -> None:
    settings.API_REQUESTS_A_MINUTE = 3
    program = Program(anna)
    for left in ("2", "1", "0"):
        response = program.get("profile/")
        assert (response["RateLimit-Limit"], response["RateLimit-Remaining"]) == ("3", left)
        assert 1 <= int(response["RateLimit-Reset"]) <= 60
    response = program.get("profile/")
    assert problem(response) == (429, "too_many_requests")
    assert response["Retry-After"] == response["RateLimit-Reset"]
    assert Program(anna).get("profile/").status_code == 200  # another token has its own


def test_who_tries_tokens_is_counted_by_address(settings: Settings) -> None:
    settings.API_REQUESTS_A_MINUTE = 2
    statuses = [Program(secret="skp_nonsense").get("profile/").status_code for _ in range(2)]
    statuses.append(Browser().get("/api/v1/profile/").status_code)
    assert statuses == [401, 401, 429]


def with_redis(url: str, settings: Settings) -> None:
    settings.CACHES = caching.caches(url)


def test_processes_count_together_in_redis(settings: Settings, own_redis: OwnRedis) -> None:
    with_redis(own_redis.url, settings)
    settings.API_REQUESTS_A_MINUTE = 3
    assert [limits.spend("anna", now=NOW).remaining for _ in range(2)] == [2, 1]
    assert isinstance(caches["default"], RedisCache)
    caches["process"].clear()  # another process has nothing of this one
    assert [limits.spend("anna", now=NOW).is_over for _ in range(2)] == [False, True]


def test_redis_that_is_gone_or_hangs_fails_nobody(
    anna: Partner, settings: Settings, own_redis: OwnRedis, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_redis(own_redis.url, settings)
    settings.API_REQUESTS_A_MINUTE = 3
    program = Program(anna)
    assert program.get("profile/")["RateLimit-Remaining"] == "2"
    subprocess.run(["kill", "-STOP", str(own_redis.process.pid)], check=True)
    monkeypatch.setattr(limits, "_resting_until", 0.0)
    assert program.get("profile/")["RateLimit-Remaining"] == "2"  # counted by this process alone
    own_redis.process.kill()
    monkeypatch.setattr(limits, "_resting_until", 0.0)
    assert [program.get("profile/").status_code for _ in range(3)] == [200, 200, 429]


def test_staff_has_no_token_and_no_partner() -> None:
    browser = Browser()
    browser.force_login(StaffFactory())
    assert problem(browser.get("/api/v1/profile/")) == (401, "no_token")
