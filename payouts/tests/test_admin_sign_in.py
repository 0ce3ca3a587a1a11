"""Staff's own door: by the portal's passwords, behind the same lock-out, for a working day."""

import pytest
import time_machine
from django.contrib.auth import get_user
from django.test import Client as Browser
from pytest_django import Settings

from partners.models import User
from payouts.tests.desk import words
from tests.factories import PartnerFactory, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at:UserWarning")]

PASSWORD = "a pass phrase of mine"
WRONG = "Неверный e-mail или пароль сотрудника."


@pytest.fixture
def olga() -> User:
    return User.objects.create_superuser("olga@skorozvon.ru", PASSWORD, full_name="Ольга Бухгалтерова")


def sign_in(browser: Browser, email: str, password: str = PASSWORD, next: str = "") -> object:
    return browser.post("/admin/login/", {"username": email, "password": password, "next": next or "/admin/"})


def test_staff_signs_in_and_gets_to_where_it_wanted(olga: User) -> None:
    response = sign_in(Browser(), "olga@skorozvon.ru", next="/admin/payouts/withdrawal/")
    assert (response.status_code, response["Location"]) == (302, "/admin/payouts/withdrawal/")


def test_an_email_is_an_email_in_any_case(olga: User) -> None:
    assert sign_in(Browser(), " Olga@Skorozvon.RU ").status_code == 302


def test_the_session_lasts_a_working_day(olga: User) -> None:
    browser = Browser()
    sign_in(browser, "olga@skorozvon.ru")
    assert browser.session.get_expiry_age() == 12 * 3600
    assert browser.get("/admin/").status_code == 200


@pytest.mark.parametrize(("passed", "status"), [("11:59:00", 200), ("12:00:00", 302)])
def test_after_a_working_day_everybody_is_out_however_busy(passed: str, status: int, olga: User) -> None:
    with time_machine.travel("2026-12-01T00:00:00Z", tick=False) as clock:
        browser = Browser()
        sign_in(browser, "olga@skorozvon.ru")
        for minutes in range(50, 12 * 60, 50):
            clock.move_to(f"2026-12-01T{minutes // 60:02}:{minutes % 60:02}:00Z")
            assert browser.get("/admin/").status_code == 200
        clock.move_to(f"2026-12-01T{passed}Z")
        assert browser.get("/admin/").status_code == status


@pytest.mark.parametrize(("passed", "status"), [("00:59:59", 200), ("01:00:00", 302)])
def test_who_does_nothing_for_an_hour_is_out(passed: str, status: int, olga: User) -> None:
    with time_machine.travel("2026-12-01T00:00:00Z", tick=False) as clock:
        browser = Browser()
        sign_in(browser, "olga@skorozvon.ru")
        clock.move_to(f"2026-12-01T{passed}Z")
        response = browser.get("/admin/")
        assert response.status_code == status
        if status == 302:
            assert get_user(browser).is_anonymous
            assert "Сеанс закончился. Войдите ещё раз." in words(browser.get(response["Location"]))


def test_a_wrong_password_an_unknown_email_and_a_partner_read_the_same(olga: User) -> None:
    PartnerFactory(user=UserFactory(email="anna@example.ru", password=PASSWORD))
    assert WRONG in words(sign_in(Browser(), "olga@skorozvon.ru", "not the password"))
    assert WRONG in words(sign_in(Browser(), "nobody@example.ru"))
    assert WRONG in words(sign_in(Browser(), "anna@example.ru"))


def test_the_service_is_not_asked_about_staff(olga: User, settings: Settings) -> None:
    """Where it is configured and down: nothing listens there."""
    settings.SKOROZVON_URL = "http://127.0.0.1:9"
    assert sign_in(Browser(), "olga@skorozvon.ru").status_code == 302


def test_guessing_is_stopped(olga: User, settings: Settings) -> None:
    settings.AXES_FAILURE_LIMIT = 3
    browser = Browser()
    for _ in range(3):
        sign_in(browser, "olga@skorozvon.ru", "guess")
    response = sign_in(browser, "olga@skorozvon.ru")
    assert response.status_code == 429
    assert "Слишком много попыток" in words(response)
    assert get_user(browser).is_anonymous


def test_signing_out_leads_back_to_the_door(olga: User) -> None:
    browser = Browser()
    sign_in(browser, "olga@skorozvon.ru")
    response = browser.post("/admin/logout/")
    assert (response.status_code, response["Location"]) == (302, "/admin/login/")
    assert browser.get("/admin/").status_code == 302


def test_an_own_password_is_changed_and_the_day_goes_on(olga: User) -> None:
    browser = Browser()
    sign_in(browser, "olga@skorozvon.ru")
    new = "another pass phrase"
    typed = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
    assert "Пароль изменён" in words(browser.post("/admin/password_change/", typed, follow=True))
    assert browser.get("/admin/").status_code == 200
    assert sign_in(Browser(), "olga@skorozvon.ru", new).status_code == 302


def test_the_sign_in_says_who_is_already_in(olga: User) -> None:
    browser = Browser()
    browser.force_login(PartnerFactory(user=UserFactory(email="anna@example.ru")).user)
    assert "Вы вошли в портал как anna@example.ru, а эта часть — для сотрудников." in words(
        browser.get("/admin/login/")
    )
