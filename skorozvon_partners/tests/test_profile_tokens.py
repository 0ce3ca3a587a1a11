"""The pages of tokens: made with the password, shown once, revoked after a question."""

import re
from html import unescape
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.test import Client as Browser

from partners import tokens
from partners.models import ApiToken, Notice, Partner
from tests.factories import NOW, PartnerFactory, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at:UserWarning")]

PASSWORD = "a pass phrase of mine"
PATH = "/cabinet/profile/tokens/"
TYPED = {"name": "CRM", "scope": "withdraw", "password": PASSWORD}


@pytest.fixture
def anna() -> Partner:
    return PartnerFactory(user=UserFactory(email="anna@example.ru", password=PASSWORD))


@pytest.fixture
def browser(anna: Partner) -> Browser:
    browser = Browser()
    browser.force_login(anna.user)
    return browser


def text(response: Any) -> str:
    body = re.sub(r"(?s)<head>.*?</head>|</?(?:b|small|span|a)\b[^>]*>", "", response.content.decode())
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


def test_token_is_shown_once_and_opens_the_api(anna: Partner, browser: Browser) -> None:
    response = browser.post(f"{PATH}new/", TYPED)
    (secret,) = re.findall(r"skp_[A-Za-z0-9_-]{43}", text(response))
    assert response["Cache-Control"] == "max-age=0, no-cache, no-store, must-revalidate, private"
    program = Browser(headers={"Authorization": f"Bearer {secret}"})
    assert program.get("/api/v1/profile/").json()["token"] == {"name": "CRM", "scopes": ["read", "withdraw"]}
    assert secret not in text(browser.get(PATH))
    assert all(secret not in str(session.get_decoded()) for session in Session.objects.all())
    assert Notice.objects.get(kind="api_token_made").context == {"name": "CRM", "can_withdraw": True}


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"password": "wrong"}, "Неверный пароль."),
        ({"password": ""}, "Введите пароль: без него токен не выпустить."),
        ({"name": " "}, "Назовите токен: так вы узнаете его в списке."),
        ({"name": "a\u202eb"}, "В тексте есть невидимый знак."),
        ({"name": "a" * 101}, "не более 100 символов"),
        ({"scope": "admin"}, "Выберите"),
    ],
)
@pytest.mark.parametrize("scope", ["read", "withdraw"])
def test_without_the_password_and_a_name_there_is_no_token(
    browser: Browser, scope: str, wrong: dict[str, str], said: str
) -> None:
    response = browser.post(f"{PATH}new/", TYPED | {"scope": scope} | wrong)
    assert said in text(response)
    assert not ApiToken.objects.exists()


def test_taken_name_and_too_many_are_told(anna: Partner, browser: Browser) -> None:
    browser.post(f"{PATH}new/", TYPED)
    assert "Токен с таким названием у вас уже есть." in text(browser.post(f"{PATH}new/", TYPED))  # also a reload
    for number in range(9):
        tokens.make(anna, name=f"{number}", scope="read", by=anna.user, now=NOW)
    assert "У вас уже 10 токенов, больше не бывает." in text(browser.post(f"{PATH}new/", TYPED | {"name": "ещё"}))
    page = text(browser.get(PATH))
    assert "Выпустить токен" not in page
    assert "Токенов уже 10, больше не бывает." in page


def test_revoking_asks_first_and_leaves_the_history(anna: Partner, browser: Browser) -> None:
    token, _ = tokens.make(anna, name="CRM", scope="read", by=anna.user, now=NOW)
    assert "Отозвать токен «CRM»? " in text(browser.get(f"{PATH}{token.pk}/revoke/"))
    assert ApiToken.objects.live().count() == 1
    page = text(browser.post(f"{PATH}{token.pk}/revoke/", follow=True))
    assert "Токен «CRM» отозван: по нему больше не войти." in page
    assert "Токенов пока нет" in page
    assert f"Отозваны CRM {token.shown}, только чтение. Выпущен 15 декабря 2026, 12:00, отозван" in page
    token.refresh_from_db()
    assert token.revoked_by == anna.user
    assert browser.get(f"{PATH}{token.pk}/revoke/").status_code == 302


def test_nobody_revokes_a_strangers_token(browser: Browser) -> None:
    nina = PartnerFactory()
    token, _ = tokens.make(nina, name="CRM", scope="read", by=nina.user, now=NOW)
    assert browser.post(f"{PATH}{token.pk}/revoke/").status_code == 404
    assert ApiToken.objects.live().count() == 1


def test_blocked_partner_reads_that_its_tokens_can_not_be_changed(anna: Partner, browser: Browser) -> None:
    token, _ = tokens.make(anna, name="CRM", scope="read", by=anna.user, now=NOW)
    Partner.objects.update(status="blocked")
    for path in (PATH, f"{PATH}{token.pk}/revoke/"):
        assert "Участие приостановлено" in text(browser.get(path))
    for path in (f"{PATH}new/", f"{PATH}{token.pk}/revoke/"):
        browser.post(path, TYPED)
    assert ApiToken.objects.live().get() == token


def test_profile_leads_to_tokens_and_to_the_description(anna: Partner, browser: Browser) -> None:
    tokens.make(anna, name="CRM", scope="read", by=anna.user, now=NOW)
    page = browser.get("/cabinet/profile/")
    assert "Для ваших программ выпущен 1 токен." in text(page)
    assert all(f'href="{address}"' in page.content.decode() for address in (PATH, "/api/docs/"))
