"""Coming in from the service's menu: a token opens once, within its minute, for the account that it names."""

import datetime as dt

import pytest
from django.http import HttpResponse
from django.test import Client as Browser
from django.utils import timezone

from partners import sign_on
from partners.models import SignOn, User
from partners.tests.test_sign_in import text
from tests.emulators.service import Service
from tests.factories import PartnerFactory, StaffFactory, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at:UserWarning")]

ANNA = "anna@example.ru"


@pytest.fixture
def anna(service: Service) -> str:
    """The id of an account in the service."""
    service.create_account(ANNA, id="acc-1", name="Анна Юрлицова", phone="+79000000001", inn="7707083893")
    return "acc-1"


def follow(browser: Browser, url: str) -> HttpResponse:
    return browser.get(url.removeprefix("http://testserver"))


def test_account_holder_who_is_no_partner_comes_to_the_registration(
    client: Browser, service: Service, anna: str
) -> None:
    response = follow(client, service.sign_on_url(anna))
    assert (response.status_code, response["Location"]) == (302, "/registration/")
    user = User.objects.get()
    assert (user.account_id, user.email, user.full_name) == ("acc-1", ANNA, "Анна Юрлицова")
    assert (user.phone, user.inn, user.has_usable_password()) == ("+79000000001", "7707083893", False)
    assert client.session["_auth_user_id"] == str(user.pk)


def test_partner_comes_to_its_cabinet_whatever_its_email_was(client: Browser, service: Service, anna: str) -> None:
    partner = PartnerFactory(user=UserFactory(email="old@example.ru", account_id=anna))
    assert follow(client, service.sign_on_url(anna))["Location"] == "/cabinet/"
    assert User.objects.get(pk=partner.user.pk).email == ANNA


def test_answer_leads_away_from_the_token_and_tells_it_to_nobody(client: Browser, service: Service, anna: str) -> None:
    url = service.sign_on_url(anna)
    for response in (follow(client, url), follow(client, url)):
        assert response["Referrer-Policy"] == "no-referrer"
        assert "no-store" in response["Cache-Control"]
        assert url.partition("?token=")[2].encode() not in response.content


def test_asking_where_a_link_leads_does_not_use_it_up(client: Browser, service: Service, anna: str) -> None:
    url = service.sign_on_url(anna)
    assert client.head(url.removeprefix("http://testserver")).status_code == 405
    assert follow(client, url).status_code == 302


def test_token_opens_once(client: Browser, service: Service, anna: str) -> None:
    url = service.sign_on_url(anna)
    follow(client, url)
    stranger = Browser()
    response = follow(stranger, url)
    assert response.status_code == 403
    page = text(response)
    assert "Ссылка для входа уже использована" in page
    assert "откройте меню профиля ещё раз" in page
    assert "Войти по паролю" in page
    assert "_auth_user_id" not in stranger.session
    assert "Открыть кабинет" in text(follow(client, url))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"expires_in": -30}, "Ссылка для входа просрочена Такая ссылка действует минуту."),
        ({"key": "other"}, "Ссылка для входа не от сервиса"),
        ({"issuer": "somebody"}, "Ссылка для входа не от сервиса"),
        ({"audience": "admin"}, "Ссылка для входа не от сервиса"),
        ({"expires_in": 3600}, "Ссылка для входа не от сервиса"),
    ],
    ids=str,
)
def test_token_that_is_late_or_not_the_services_opens_nothing(
    client: Browser, service: Service, anna: str, changes: dict[str, object], said: str
) -> None:
    response = follow(client, service.sign_on_url(anna, **changes))
    assert response.status_code == 403
    assert said in text(response)
    assert "откройте меню профиля ещё раз" in text(response)
    assert (User.objects.count(), SignOn.objects.count(), dict(client.session)) == (0, 0, {})


@pytest.mark.parametrize("query", ["", "?token=", "?token=nonsense", "?token=a.b.c", "?token=%00"])
def test_link_without_a_token_is_refused_helpfully(client: Browser, service: Service, query: str) -> None:
    response = client.get(f"/sso/{query}")
    assert response.status_code == 403
    assert "Ссылка для входа не от сервиса" in text(response)


def test_whoever_was_signed_in_before_is_out_with_all_that_its_session_held(
    client: Browser, service: Service, anna: str
) -> None:
    client.force_login(PartnerFactory().user)
    session = client.session
    session["secret"] = "of somebody else"
    session.save()
    before = client.cookies["sessionid"].value
    follow(client, service.sign_on_url(anna))
    assert client.cookies["sessionid"].value != before
    assert client.session["_auth_user_id"] == str(User.objects.get(account_id=anna).pk)
    assert "secret" not in client.session


def test_account_with_the_email_of_staff_does_not_come_in(client: Browser, service: Service, anna: str) -> None:
    staff = StaffFactory(email=ANNA)
    response = follow(client, service.sign_on_url(anna))
    assert response.status_code == 403
    assert "на портале работает сотрудник. Напишите на welcome@skorozvon.ru" in text(response)
    staff.refresh_from_db()
    assert (staff.email, staff.account_id, "_auth_user_id" in client.session) == (ANNA, None, False)


def test_person_who_is_shut_out_does_not_come_in(client: Browser, service: Service, anna: str) -> None:
    UserFactory(account_id=anna, is_active=False)
    response = follow(client, service.sign_on_url(anna))
    assert response.status_code == 403
    assert "Вход на портал для вашего аккаунта закрыт" in text(response)
    assert "_auth_user_id" not in client.session


def test_marks_of_used_tokens_are_kept_for_a_day(service: Service) -> None:
    now = timezone.now()
    for name, age in {"new": dt.timedelta(hours=23), "old": dt.timedelta(hours=25)}.items():
        SignOn.objects.create(jti=name, used_at=now - age)
    assert sign_on.forget_old(now=now) == 1
    assert sign_on.forget_old(now=now) == 0
    assert list(SignOn.objects.values_list("jti", flat=True)) == ["new"]
