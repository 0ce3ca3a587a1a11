"""The service over real HTTP: passwords checked by one signed call, tokens read strictly, every kind of silence."""

import base64
import datetime as dt
import json
import time
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pytest_django import Settings

from partners import skorozvon
from partners.skorozvon import (
    Account,
    ServiceDoesNotAnswer,
    Token,
    TokenHasExpired,
    TokenIsForeign,
    TooManyAttempts,
    WrongCredentials,
)
from partners.tests.answering import answering
from tests.emulators.service import PASSWORD, Service

NOW = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)
ANNA = Account(id="acc-1", email="anna@example.ru", name="Анна Юрлицова", phone="+79000000001", inn="7707083893")


def anna_at(service: Service) -> None:
    service.create_account(ANNA.email, id=ANNA.id, name=ANNA.name, phone=ANNA.phone, inn=ANNA.inn)


# --- Passwords ------------------------------------------------------------------------------------------------------


def test_right_password_brings_the_account_by_one_call(service: Service) -> None:
    anna_at(service)
    assert skorozvon.open_session("Anna@Example.RU", PASSWORD) == ANNA
    (call,) = service.journal()["calls"]
    assert (call["method"], call["path"], call["outcome"]) == ("POST", "/partner-api/v1/sessions", "signed_in")


@pytest.mark.parametrize(("email", "password"), [(ANNA.email, "another"), ("nobody@example.ru", PASSWORD)])
def test_wrong_password_and_unknown_email_are_the_same_one_call(service: Service, email: str, password: str) -> None:
    anna_at(service)
    with pytest.raises(WrongCredentials):
        skorozvon.open_session(email, password)
    assert [call["outcome"] for call in service.journal()["calls"]] == ["wrong_credentials"]


def test_guessing_that_the_service_stops_is_told_with_its_end(service: Service) -> None:
    anna_at(service)
    for _ in range(10):
        with pytest.raises(WrongCredentials):
            skorozvon.open_session(ANNA.email, "another")
    with pytest.raises(TooManyAttempts) as stopped:
        skorozvon.open_session(ANNA.email, PASSWORD)
    assert 240 <= stopped.value.seconds <= 300


def test_password_in_any_script_arrives_as_it_was_typed(service: Service) -> None:
    password = " пароль с 'кавычками' \\ и 🐙 "
    service.create_account(ANNA.email, password=password)
    assert skorozvon.open_session(ANNA.email, password).email == ANNA.email


@pytest.mark.parametrize("fault", ["error", "wrong_json", "html", "down"])
def test_answer_that_means_nothing_is_no_answer_about_the_password(service: Service, fault: str) -> None:
    anna_at(service)
    service.fault(fault)
    with pytest.raises(ServiceDoesNotAnswer):
        skorozvon.open_session(ANNA.email, PASSWORD)
    service.fault("none")
    assert skorozvon.open_session(ANNA.email, PASSWORD) == ANNA


def test_nobody_waits_for_a_slow_service_longer_than_seconds(service: Service) -> None:
    anna_at(service)
    service.fault("hang_after", seconds=20, times=1)  # which does nothing any more when later tests run
    asked = time.monotonic()
    with pytest.raises(ServiceDoesNotAnswer):
        skorozvon.open_session(ANNA.email, PASSWORD)
    assert 4 < time.monotonic() - asked < 10


def test_service_that_is_switched_off_does_not_answer(service: Service) -> None:
    service.stop()
    try:
        with pytest.raises(ServiceDoesNotAnswer):
            skorozvon.open_session(ANNA.email, PASSWORD)
    finally:
        service.start()


def test_service_that_knows_another_secret_is_not_taken_for_a_wrong_password(
    service: Service, settings: Settings
) -> None:
    anna_at(service)
    settings.SKOROZVON_SECRET = "whsec_" + base64.b64encode(b"x" * 32).decode()
    with pytest.raises(ServiceDoesNotAnswer, match="403"):
        skorozvon.open_session(ANNA.email, PASSWORD)


def test_of_two_secrets_the_first_signs(service: Service, settings: Settings) -> None:
    anna_at(service)
    other = "whsec_" + base64.b64encode(b"x" * 32).decode()
    settings.SKOROZVON_SECRET = f"{service.secret} {other}"
    assert skorozvon.open_session(ANNA.email, PASSWORD) == ANNA
    settings.SKOROZVON_SECRET = f"{other},{service.secret}"
    with pytest.raises(ServiceDoesNotAnswer, match="403"):
        skorozvon.open_session(ANNA.email, PASSWORD)


@pytest.mark.parametrize(
    "account",
    [
        None,
        {},
        [],
        "acc-1",
        {"id": 1, "email": "anna@example.ru"},
        {"id": "", "email": "anna@example.ru"},
        {"id": "acc-1"},
        {"id": "acc-1", "email": ""},
        {"id": "acc-1", "email": "anna"},
        {"id": "acc-1", "email": "a" * 250 + "@x.ru"},
        {"id": "acc-1", "email": "anna@example.ru", "name": 7},
        {"id": "acc-1", "email": "anna@example.ru", "inn": "7" * 13},
        {"id": "acc-1", "email": "anna@example.ru", "phone": "\0"},
    ],
    ids=str,
)
def test_account_that_the_portal_could_not_keep_is_no_answer(settings: Settings, account: object) -> None:
    settings.SKOROZVON_SECRET = "whsec_" + base64.b64encode(b"x" * 32).decode()
    with (
        answering(json.dumps({"account": account}).encode()) as settings.SKOROZVON_URL,
        pytest.raises(ServiceDoesNotAnswer),
    ):
        skorozvon.open_session(ANNA.email, PASSWORD)


def test_what_the_service_does_not_tell_of_an_account_is_empty(settings: Settings) -> None:
    settings.SKOROZVON_SECRET = "whsec_" + base64.b64encode(b"x" * 32).decode()
    body = json.dumps({"account": {"id": "acc-1", "email": "anna@example.ru", "inn": None, "new": 1}, "new": 2})
    with answering(body.encode()) as settings.SKOROZVON_URL:
        assert skorozvon.open_session(ANNA.email, PASSWORD) == Account("acc-1", "anna@example.ru")


@pytest.mark.parametrize("status", [201, 204, 302, 307, 400, 404, 502])
def test_no_other_status_lets_anybody_in_and_none_is_followed_elsewhere(settings: Settings, status: int) -> None:
    settings.SKOROZVON_SECRET = "whsec_" + base64.b64encode(b"x" * 32).decode()
    body = json.dumps({"account": {"id": "acc-1", "email": "anna@example.ru"}}).encode()
    with (
        answering(b"" if status == 204 else body, status=status) as settings.SKOROZVON_URL,
        pytest.raises(ServiceDoesNotAnswer, match=str(status)),
    ):
        skorozvon.open_session(ANNA.email, PASSWORD)


# --- Tokens of the profile menu -------------------------------------------------------------------------------------


@pytest.fixture
def key(settings: Settings) -> Ed25519PrivateKey:
    """The service's key, known to the portal."""
    found = Ed25519PrivateKey.generate()
    settings.SKOROZVON_SSO_PUBLIC_KEY = base64.b64encode(found.public_key().public_bytes_raw()).decode()
    return found


def claims(**changes: Any) -> dict[str, Any]:
    now = int(NOW.timestamp())
    found = {
        "iss": "skorozvon",
        "aud": "partners",
        "sub": ANNA.id,
        "email": ANNA.email,
        "name": ANNA.name,
        "phone": ANNA.phone,
        "inn": ANNA.inn,
        "iat": now,
        "exp": now + 60,
        "jti": "j-1",
    }
    return {name: value for name, value in (found | changes).items() if value is not None}


def read(token: str, *, after: int = 0) -> Token:
    return skorozvon.read_token(token, now=NOW + dt.timedelta(seconds=after))


def test_good_token_names_the_account_and_itself(key: Ed25519PrivateKey) -> None:
    assert read(jwt.encode(claims(), key, "EdDSA")) == Token(jti="j-1", account=ANNA)


def test_inn_may_be_left_out_of_a_token(key: Ed25519PrivateKey) -> None:
    assert read(jwt.encode(claims(inn=None), key, "EdDSA")).account.inn == ""


def test_token_of_the_real_service_is_read(service: Service) -> None:
    anna_at(service)
    token = service.sign_on_url(ANNA.id, jti="j-2").partition("?token=")[2]
    assert skorozvon.read_token(token, now=dt.datetime.now(dt.UTC)) == Token(jti="j-2", account=ANNA)


@pytest.mark.parametrize("after", [-5, 0, 59, 64])
def test_token_holds_for_its_minute_and_for_the_difference_of_clocks(key: Ed25519PrivateKey, after: int) -> None:
    assert read(jwt.encode(claims(), key, "EdDSA"), after=after).jti == "j-1"


@pytest.mark.parametrize("after", [65, 66, 3600])
def test_token_of_the_past_has_expired(key: Ed25519PrivateKey, after: int) -> None:
    with pytest.raises(TokenHasExpired):
        read(jwt.encode(claims(), key, "EdDSA"), after=after)


def test_token_of_the_future_is_not_taken(key: Ed25519PrivateKey) -> None:
    with pytest.raises(TokenIsForeign):
        read(jwt.encode(claims(), key, "EdDSA"), after=-6)


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "somebody"},
        {"iss": None},
        {"aud": "admin"},
        {"aud": ["partners", "admin"]},
        {"aud": None},
        {"sub": None},
        {"sub": ""},
        {"sub": "x" * 201},
        {"sub": 7},
        {"email": None},
        {"email": "anna"},
        {"name": None},
        {"name": ["Анна"]},
        {"phone": None},
        {"jti": None},
        {"jti": ""},
        {"jti": "x" * 201},
        {"iat": None},
        {"exp": None},
        {"iat": "now"},
        {"iat": True},
        {"exp": float(NOW.timestamp() + 60)},
        {"exp": int(NOW.timestamp()) + 61},
        {"exp": int(NOW.timestamp())},
        {"nbf": 4_000_000_000},
    ],
    ids=str,
)
def test_token_with_one_claim_not_as_agreed_is_foreign(key: Ed25519PrivateKey, changes: dict[str, Any]) -> None:
    with pytest.raises(TokenIsForeign):
        read(_encode(claims(**changes), key))


def _encode(content: dict[str, Any], key: Ed25519PrivateKey, **header: str) -> str:
    """Past the library's checks of what it encodes."""
    parts = [{"alg": "EdDSA", "typ": "JWT"} | header, content]
    signed = ".".join(_base64url(json.dumps(part).encode()) for part in parts)
    return f"{signed}.{_base64url(key.sign(signed.encode()))}"


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def test_token_signed_by_another_key_is_foreign(key: Ed25519PrivateKey) -> None:
    with pytest.raises(TokenIsForeign):
        read(_encode(claims(), Ed25519PrivateKey.generate()))


@pytest.mark.parametrize("algorithm", ["none", "HS256", "RS256", "ES256", ""])
def test_token_cannot_choose_another_algorithm(key: Ed25519PrivateKey, algorithm: str) -> None:
    with pytest.raises(TokenIsForeign):
        read(_encode(claims(), key, alg=algorithm))


def test_public_key_is_no_secret_that_a_token_could_be_made_with(key: Ed25519PrivateKey, settings: Settings) -> None:
    for secret in (key.public_key().public_bytes_raw(), settings.SKOROZVON_SSO_PUBLIC_KEY.encode()):
        with pytest.raises(TokenIsForeign):
            read(jwt.encode(claims(), secret, "HS256"))


@pytest.mark.parametrize("text", ["", "token", "a.b.c", "....", "é.é.é", "x" * 100_000, "\0"])
def test_what_is_no_token_is_foreign(key: Ed25519PrivateKey, text: str) -> None:
    with pytest.raises(TokenIsForeign):
        read(text)


def test_content_of_a_token_cannot_be_changed(key: Ed25519PrivateKey) -> None:
    head, _, tail = jwt.encode(claims(), key, "EdDSA").split(".")
    changed = _base64url(json.dumps(claims(sub="acc-2")).encode())
    with pytest.raises(TokenIsForeign):
        read(f"{head}.{changed}.{tail}")


@pytest.mark.parametrize("value", ["", "no base64!", "c2hvcnQ="])
def test_without_a_public_key_no_token_is_taken(key: Ed25519PrivateKey, settings: Settings, value: str) -> None:
    settings.SKOROZVON_SSO_PUBLIC_KEY = value
    with pytest.raises(TokenIsForeign):
        read(jwt.encode(claims(), key, "EdDSA"))
