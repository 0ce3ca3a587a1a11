"""The second thing that staff proves itself by: a code of a phone, good once, or a recovery code."""

import subprocess
import sys

import pytest
import time_machine
from django.test import Client as Browser
from django_otp.plugins.otp_static.models import StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice
from pytest_django import Settings

from partners.models import User
from payouts.tests.desk import words
from skorozvon_partners import second_factor
from skorozvon_partners.roles import Role
from skorozvon_partners.tests.desk import code_of, in_role, set_up, sign_in, told
from tests.databases import ROOT, environment

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at:UserWarning")]

CODE, NEW, QR = "/admin/second_factor/", "/admin/second_factor/new/", "/admin/second_factor/new/qr.svg"
LIST = "/admin/payouts/withdrawal/"


@pytest.fixture(autouse=True)
def clock(settings: Settings) -> object:
    settings.STAFF_NEEDS_SECOND_FACTOR = True
    with time_machine.travel("2026-12-01T09:00:00Z", tick=False) as clock:
        yield clock


@pytest.fixture
def olga() -> User:
    return in_role(Role.ACCOUNTANT, email="olga@skorozvon.ru")


def test_without_a_phone_nothing_but_setting_one_up_is_reached(olga: User) -> None:
    browser = sign_in(olga)
    for path in ("/admin/", LIST, "/admin/password_change/", "/admin/nowhere/"):
        response = browser.get(path)
        assert (response.status_code, response["Location"].partition("?")[0]) == (302, NEW)
    assert browser.get(CODE).status_code == 302


def test_a_phone_is_set_up_by_its_first_code_and_the_person_gets_to_where_it_wanted(olga: User) -> None:
    browser = sign_in(olga)
    page = browser.get(browser.get(LIST)["Location"])
    device = TOTPDevice.objects.get(user=olga)
    assert second_factor.secret(device) in words(page)
    assert page["Cache-Control"].count("no-store") == 1
    shown = browser.post(f"{NEW}?next={LIST}", {"code": code_of(olga)})
    assert "Сохраните коды восстановления" in words(shown)
    assert f'href="{LIST}"' in shown.content.decode()
    assert browser.get(LIST).status_code == 200
    assert told()[-1] == ("Подключён второй фактор", "olga@skorozvon.ru")


def test_the_picture_is_there_while_a_phone_is_being_set_up_only_and_its_address_tells_nothing(olga: User) -> None:
    browser = sign_in(olga)
    assert browser.get(QR).status_code == 404
    page = browser.get(NEW).content.decode()
    assert f'src="{QR}"' in page
    picture = browser.get(QR)
    assert (picture.status_code, picture["Content-Type"]) == (200, "image/svg+xml")
    assert "no-store" in picture["Cache-Control"]
    assert "style" not in picture.content.decode()
    browser.post(NEW, {"code": code_of(olga)})
    assert browser.get(QR).status_code == 404


def test_each_session_has_a_secret_of_its_own(olga: User) -> None:
    """Whoever got in with a stolen password and saw one can't wait for the owner to confirm it."""
    thief, owner = sign_in(olga), sign_in(olga)
    thief.get(NEW)
    seen = TOTPDevice.objects.get(user=olga).key
    owner.get(NEW)
    assert TOTPDevice.objects.get(user=olga).key != seen
    thief.post(NEW, {"code": code_of(olga)})
    assert not second_factor.is_set_up(olga)


def test_the_code_is_asked_for_at_each_sign_in(olga: User, clock: time_machine.Traveller) -> None:
    set_up(olga)
    clock.shift(30)
    browser = sign_in(olga)
    asked = browser.get(LIST)
    assert asked["Location"] == f"{CODE}?next=%2Fadmin%2Fpayouts%2Fwithdrawal%2F"
    before = browser.session.session_key
    entered = browser.post(asked["Location"], {"code": code_of(olga)[:3] + " " + code_of(olga)[3:]})
    assert (entered.status_code, entered["Location"]) == (302, LIST)
    assert browser.session.session_key != before
    assert browser.get(LIST).status_code == 200
    assert told() == [("Пароль принят, нужен код", "olga@skorozvon.ru"), ("Вход", "olga@skorozvon.ru")]


def test_the_way_on_never_leads_to_another_site(olga: User, clock: time_machine.Traveller) -> None:
    set_up(olga)
    clock.shift(30)
    entered = sign_in(olga).post(f"{CODE}?next=https://evil.example/", {"code": code_of(olga)})
    assert entered["Location"] == "/admin/"


def test_a_code_is_good_once(olga: User, clock: time_machine.Traveller) -> None:
    set_up(olga)
    clock.shift(30)
    code = code_of(olga)
    assert sign_in(olga).post(CODE, {"code": code}).status_code == 302
    again = sign_in(olga)
    assert "каждый действует один раз" in words(again.post(CODE, {"code": code}))
    assert again.get(LIST).status_code == 302


def test_after_wrong_codes_even_the_right_one_has_to_wait(olga: User, clock: time_machine.Traveller) -> None:
    """A second after the first, then two, four, eight."""
    set_up(olga)
    clock.shift(30)
    browser = sign_in(olga)
    for pause in (1, 2, 4):
        assert browser.post(CODE, {"code": "000000"}).status_code == 200
        refused = browser.post(CODE, {"code": code_of(olga)})
        assert refused.status_code == 429
        assert f"Следующий можно ввести через {pause} с." in words(refused)
        clock.shift(pause)
    assert browser.post(CODE, {"code": code_of(olga)}).status_code == 302
    assert told().count(("Неверный код", "")) == 3


def test_a_recovery_code_takes_the_place_of_the_phone_once(olga: User) -> None:
    codes = set_up(olga)
    assert len(codes) == 10
    browser = sign_in(olga)
    entered = words(browser.post(CODE, {"code": codes[0]}, follow=True))
    assert "Вы вошли по коду восстановления. Осталось: 9." in entered
    again = sign_in(olga)
    again.post(CODE, {"code": codes[0]})
    assert again.get(LIST).status_code == 302


def test_recovery_codes_stand_nowhere_as_they_are(olga: User) -> None:
    codes = [code.replace("-", "") for code in set_up(olga)]
    assert set(StaticToken.objects.values_list("token", flat=True)).isdisjoint(codes)


def test_nobody_gets_in_by_the_code_of_another(olga: User, clock: time_machine.Traveller) -> None:
    other = in_role(Role.MANAGER)
    codes = set_up(other)
    set_up(olga)
    clock.shift(30)
    browser = sign_in(olga)
    for code in (code_of(other), codes[0]):
        browser.post(CODE, {"code": code})
        clock.shift(30)
        assert browser.get(LIST).status_code == 302


def test_new_recovery_codes_are_had_for_a_code_of_the_phone(olga: User, clock: time_machine.Traveller) -> None:
    old = set_up(olga)
    clock.shift(30)
    browser = sign_in(olga)
    browser.post(CODE, {"code": code_of(olga)})
    own = "/admin/second_factor/codes/"
    assert "Кодов восстановления осталось: 10." in words(browser.get(own))
    clock.shift(30)
    assert "Сохраните коды восстановления" in words(browser.post(own, {"code": code_of(olga)}))
    assert StaticToken.objects.count() == 10
    again = sign_in(olga)
    again.post(CODE, {"code": old[1]})
    assert again.get(LIST).status_code == 302


def test_where_the_setting_is_off_only_who_has_a_phone_is_asked(olga: User, settings: Settings) -> None:
    settings.STAFF_NEEDS_SECOND_FACTOR = False
    assert sign_in(olga).get(LIST).status_code == 200
    set_up(olga)
    assert sign_in(olga).get(LIST)["Location"].startswith(CODE)


def test_half_way_one_can_sign_out(olga: User) -> None:
    browser: Browser = sign_in(olga)
    assert browser.post("/admin/logout/")["Location"] == "/admin/login/"
    assert browser.get(NEW)["Location"].startswith("/admin/login/")


def test_production_asks_for_it_by_itself() -> None:
    code = "from skorozvon_partners import settings; print(settings.STAFF_NEEDS_SECOND_FACTOR)"
    for debug, wanted in (("0", "True"), ("1", "False")):
        env = environment(DEBUG=debug)
        done = subprocess.run([sys.executable, "-c", code], env=env, cwd=ROOT, capture_output=True, encoding="utf-8")
        assert done.stdout.strip() == wanted, done.stderr
