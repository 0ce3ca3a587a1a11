"""What stops the portal from starting with half of the service's settings."""

import base64

import pytest
from pytest_django import Settings

from skorozvon_partners.checks import production_settings

SECRET = "whsec_" + base64.b64encode(b"x" * 24).decode()
KEY = base64.b64encode(b"k" * 32).decode()


def problems(settings: Settings, **given: str) -> list[str]:
    for name in ("URL", "SECRET", "SSO_PUBLIC_KEY"):
        setattr(settings, f"SKOROZVON_{name}", given.get(name.lower(), ""))
    return [problem.id or "" for problem in production_settings(None) if problem.is_serious()]


def test_portal_starts_without_a_service(settings: Settings) -> None:
    assert problems(settings) == []


@pytest.mark.parametrize("url", ["http://127.0.0.1:8100", "https://app.skorozvon.ru", "https://skorozvon.ru/api"])
def test_portal_starts_with_all_that_the_service_needs(settings: Settings, url: str) -> None:
    assert problems(settings, url=url, secret=SECRET, sso_public_key=KEY) == []


@pytest.mark.parametrize("secret", [f"{SECRET} whsec_AAAA", f"{SECRET},whsec_AAAA", f" {SECRET} "])
def test_portal_starts_while_secrets_are_exchanged(settings: Settings, secret: str) -> None:
    assert problems(settings, url="https://app.skorozvon.ru", secret=secret) == []


def test_bad_secret_is_named_also_where_only_events_are_signed_with_it(settings: Settings) -> None:
    assert problems(settings, secret=f"{SECRET} another") == ["skorozvon.E003"]


@pytest.mark.parametrize("secret", ["", "secret", "whsec_", "whsec_no base64", SECRET.removeprefix("whsec_")])
def test_service_without_a_good_secret_is_named(settings: Settings, secret: str) -> None:
    assert problems(settings, url="https://app.skorozvon.ru", secret=secret) == ["skorozvon.E003"]


@pytest.mark.parametrize("url", ["app.skorozvon.ru", "ftp://skorozvon.ru", "https://", "https://a b", "https://a?b=c"])
def test_address_of_the_service_that_is_none_is_named(settings: Settings, url: str) -> None:
    assert problems(settings, url=url, secret=SECRET) == ["skorozvon.E004"]


@pytest.mark.parametrize("key", ["key", base64.b64encode(b"k" * 31).decode(), "-----BEGIN PUBLIC KEY-----"])
def test_key_that_checks_no_token_is_named(settings: Settings, key: str) -> None:
    assert problems(settings, sso_public_key=key) == ["skorozvon.E005"]
