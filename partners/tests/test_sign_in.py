"""Signing in by e-mail and password: by the service or by Django, at the same cost for everybody, and the lock-out."""

import logging
import re
from html import unescape

import pytest
import time_machine
from axes.middleware import AxesMiddleware
from axes.models import AccessAttempt
from django.contrib.auth import authenticate
from django.contrib.auth.hashers import MD5PasswordHasher
from django.http import HttpResponse
from django.test import Client as Browser
from django.test import RequestFactory
from pytest_django import Settings

from partners.models import Partner, User
from tests.emulators.service import PASSWORD, Service
from tests.factories import PartnerFactory, StaffFactory, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at:UserWarning")]

ANNA = "anna@example.ru"
WRONG = "Неверный e-mail или пароль."
LOCKED = "Слишком много попыток."


def a_partner(email: str = ANNA) -> Partner:
    return PartnerFactory(user=UserFactory(email=email, password=PASSWORD, account_id="acc-1"))


def sign_in(browser: Browser, email: str = ANNA, password: str = PASSWORD, **more: str) -> HttpResponse:
    address = {"REMOTE_ADDR": more.pop("address")} if "address" in more else {}
    forwarded = {"HTTP_X_FORWARDED_FOR": more.pop("forwarded")} if "forwarded" in more else {}
    answers = {"username": email, "password": password, **more}
    return browser.post("/users/sign_in", answers, **address, **forwarded)


def text(response: HttpResponse) -> str:
    """What a reader sees, with every kind of space as a plain one."""
    body = re.sub(r"(?s)<head>.*?</head>|</?(?:b|small|span)\b[^>]*>", "", response.content.decode())
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


def is_signed_in(browser: Browser) -> bool:
    return "_auth_user_id" in browser.session


# --- The page -------------------------------------------------------------------------------------------------------


def test_sign_in_page_says_the_words_of_the_programme(client: Browser) -> None:
    page = text(client.get("/users/sign_in"))
    assert "← Перейти на сайт Скорозвон" in page
    assert "Партнерский портал Скорозвон" in page
    assert "Войти E-mail E-mail, указанный при регистрации Пароль Пароль, указанный при регистрации Войти" in page


def test_visitor_who_wants_the_cabinet_signs_in_first_and_is_brought_there(client: Browser) -> None:
    a_partner()
    asked = client.get("/cabinet/?page=2")
    assert (asked.status_code, asked["Location"]) == (302, "/users/sign_in?next=/cabinet/%3Fpage%3D2")
    assert 'name="next" value="/cabinet/?page=2"' in client.get(asked["Location"]).content.decode()
    entered = sign_in(client, next="/cabinet/?page=2")
    assert (entered.status_code, entered["Location"]) == (302, "/cabinet/?page=2")


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", "\\\\evil"])
def test_sign_in_sends_nobody_to_another_site(client: Browser, elsewhere: str) -> None:
    a_partner()
    assert sign_in(client, next=elsewhere)["Location"] == "/cabinet/"


def test_who_is_signed_in_does_not_sign_in_again(client: Browser) -> None:
    client.force_login(a_partner().user)
    assert client.get("/users/sign_in")["Location"] == "/cabinet/"


@pytest.mark.parametrize(
    ("email", "password", "said"),
    [
        ("", PASSWORD, "Введите e-mail."),
        (ANNA, "", "Введите пароль."),
        ("anna", PASSWORD, "Это не похоже на e-mail. Нужен адрес вида name@example.ru."),
        (ANNA, "x" * 1025, "Слишком длинно: это не пароль."),
        ("a" * 250 + "@x.ru", PASSWORD, "не более 254 символов"),
        ("anna\0@example.ru", PASSWORD, "Это не похоже на e-mail."),
    ],
)
def test_what_is_left_out_or_impossible_is_said_without_asking_anybody(
    client: Browser, service: Service, email: str, password: str, said: str
) -> None:
    assert said in text(sign_in(client, email, password))
    assert service.journal()["calls"] == []


def test_form_that_is_too_old_says_so_and_how_to_go_on() -> None:
    response = Browser(enforce_csrf_checks=True).post("/users/sign_in", {"username": ANNA})
    assert response.status_code == 403
    assert "Страница устарела" in text(response)


# --- Django's own passwords, without a service ----------------------------------------------------------------------


def test_email_is_taken_in_any_case(client: Browser) -> None:
    a_partner()
    assert sign_in(client, " Anna@Example.RU ")["Location"] == "/cabinet/"


def test_wrong_password_keeps_the_email_and_says_the_same_as_an_unknown_email(client: Browser) -> None:
    a_partner()
    wrong, unknown = sign_in(client, password="another"), sign_in(client, "nina@example.ru", "another")
    assert 'value="anna@example.ru"' in wrong.content.decode()
    assert "another" not in wrong.content.decode()
    assert WRONG in text(wrong)
    assert text(wrong) == text(unknown)
    assert wrong.status_code == unknown.status_code == 200


def test_account_that_was_closed_gets_the_same_answer_as_an_unknown_email(client: Browser) -> None:
    UserFactory(email=ANNA, password=PASSWORD, is_active=False)
    assert text(sign_in(client)) == text(sign_in(client, "nina@example.ru"))


class CountedHasher(MD5PasswordHasher):
    algorithm = "counted"
    hashed = 0

    def encode(self, password: str, salt: str) -> str:
        CountedHasher.hashed += 1
        return super().encode(password, salt)


@pytest.mark.parametrize("email", ["nobody@example.ru", ANNA, "closed@example.ru", "of-the-service@example.ru"])
def test_any_email_with_a_wrong_password_costs_one_hash(client: Browser, settings: Settings, email: str) -> None:
    settings.PASSWORD_HASHERS = [f"{__name__}.CountedHasher"]
    UserFactory(email=ANNA, password=PASSWORD)
    UserFactory(email="closed@example.ru", password=PASSWORD, is_active=False)
    UserFactory(email="of-the-service@example.ru", password=None)
    before = CountedHasher.hashed
    assert WRONG in text(sign_in(client, email, "another"))
    assert CountedHasher.hashed - before == 1


# --- The service's passwords ----------------------------------------------------------------------------------------


def calls(service: Service) -> list[str]:
    return [call["outcome"] for call in service.journal()["calls"]]


def test_account_holder_enters_with_the_services_password_and_becomes_known(client: Browser, service: Service) -> None:
    service.create_account(ANNA, id="acc-1", name="Анна Юрлицова", phone="+79000000001", inn="7707083893")
    assert sign_in(client, "Anna@example.ru")["Location"] == "/cabinet/"
    user = User.objects.get()
    assert (user.email, user.account_id, user.full_name) == (ANNA, "acc-1", "Анна Юрлицова")
    assert (user.phone, user.inn) == ("+79000000001", "7707083893")
    assert is_signed_in(client)


def test_service_password_is_kept_nowhere(client: Browser, service: Service) -> None:
    service.create_account(ANNA)
    sign_in(client)
    sign_in(Browser(), password="almost the right one")
    assert not User.objects.get().has_usable_password()
    attempt = AccessAttempt.objects.get()
    assert "almost" not in "".join(map(str, vars(attempt).values()))


def test_django_password_does_not_open_what_the_service_guards(client: Browser, service: Service) -> None:
    a_partner()
    service.create_account(ANNA, id="acc-1", password="the service's one")
    assert WRONG in text(sign_in(client))
    assert sign_in(client, password="the service's one").status_code == 302


@pytest.mark.parametrize("email", ["nobody@example.ru", ANNA, "closed@example.ru", "staff@example.ru"])
def test_any_email_with_a_wrong_password_costs_one_call_and_no_hash(
    client: Browser, service: Service, settings: Settings, email: str
) -> None:
    settings.PASSWORD_HASHERS = [f"{__name__}.CountedHasher"]
    for each in (ANNA, "closed@example.ru"):
        service.create_account(each, id=f"acc-{each}")
    UserFactory(email="closed@example.ru", account_id="acc-closed@example.ru", is_active=False)
    StaffFactory(email="staff@example.ru", password=PASSWORD)
    before = CountedHasher.hashed
    assert WRONG in text(sign_in(client, email, "another"))
    assert (calls(service), CountedHasher.hashed - before) == (["wrong_credentials"], 0)


def test_person_shut_out_of_the_portal_gets_the_answer_of_a_wrong_password(client: Browser, service: Service) -> None:
    service.create_account(ANNA, id="acc-1")
    UserFactory(email=ANNA, account_id="acc-1", is_active=False)
    assert text(sign_in(client)) == text(sign_in(Browser(), password="another"))
    assert not is_signed_in(client)


def test_account_is_known_by_its_id_when_the_email_has_changed(client: Browser, service: Service) -> None:
    partner = PartnerFactory(user=UserFactory(email="old@example.ru", account_id="acc-1", inn="7707083893"))
    service.create_account(ANNA, id="acc-1", name="Анна Новая")
    sign_in(client)
    partner.user.refresh_from_db()
    assert (partner.user.email, partner.user.full_name) == (ANNA, "Анна Новая")
    assert partner.user.inn == "7707083893"  # what the service doesn't tell stays
    assert client.session["_auth_user_id"] == str(partner.user.pk)


def test_nobody_gets_into_anothers_cabinet_by_its_old_email(client: Browser, service: Service) -> None:
    former = PartnerFactory(user=UserFactory(email=ANNA, account_id="ACC-1"))
    service.create_account(ANNA, id="acc-2")
    sign_in(client)
    former.user.refresh_from_db()
    assert former.user.email == f"{former.user.pk}@released.invalid"
    newcomer = User.objects.get(email=ANNA)
    assert newcomer.account_id == "acc-2"
    assert client.session["_auth_user_id"] == str(newcomer.pk)


@pytest.mark.parametrize("account_id", [None, "acc-9"])
def test_account_with_the_email_of_staff_is_refused_and_told_what_to_do(
    client: Browser, service: Service, account_id: str | None
) -> None:
    staff = StaffFactory(email=ANNA, account_id=account_id)
    service.create_account(ANNA, id="acc-1")
    page = text(sign_in(client))
    assert "С этим e-mail на портале работает сотрудник. Напишите на welcome@skorozvon.ru" in page
    staff.refresh_from_db()
    assert (staff.email, User.objects.count(), is_signed_in(client)) == (ANNA, 1, False)


@pytest.mark.parametrize("fault", ["error", "wrong_json", "html", "down"])
def test_service_that_does_not_answer_is_said_and_the_email_stays(
    client: Browser, service: Service, fault: str
) -> None:
    service.create_account(ANNA)
    service.fault(fault)
    response = sign_in(client)
    assert response.status_code == 503
    assert "Сервис сейчас не отвечает" in text(response)
    assert f'value="{ANNA}"' in response.content.decode()
    assert (AccessAttempt.objects.count(), is_signed_in(client)) == (0, False)
    service.fault("none")
    assert sign_in(client)["Location"] == "/cabinet/"


def test_service_that_is_slow_or_gone_is_said(client: Browser, service: Service) -> None:
    service.create_account(ANNA)
    service.fault("slow", seconds=20, times=1)
    assert sign_in(client).status_code == 503
    service.stop()
    try:
        assert sign_in(client).status_code == 503
    finally:
        service.start()


def test_lock_out_by_the_service_is_said_with_its_end(client: Browser, service: Service, settings: Settings) -> None:
    settings.AXES_FAILURE_LIMIT = 100
    service.create_account(ANNA)
    for _ in range(10):
        sign_in(client, password="another")
    response = sign_in(client)
    assert response.status_code == 429
    assert "Слишком много попыток. Подождите 5 минут" in text(response)
    assert f'value="{ANNA}"' in response.content.decode()


# --- The session ----------------------------------------------------------------------------------------------------


def test_session_gets_another_key_when_somebody_signs_in(client: Browser) -> None:
    a_partner()
    session = client.session
    session["seen"] = "something"
    session.save()
    before = client.cookies["sessionid"].value
    sign_in(client)
    assert client.cookies["sessionid"].value != before
    assert client.session["seen"] == "something"


def test_sign_out_takes_a_post_only_and_leaves_nothing(client: Browser) -> None:
    a_partner()
    sign_in(client)
    key = client.cookies["sessionid"].value
    assert client.get("/users/sign_out").status_code == 405
    assert is_signed_in(client)
    assert client.post("/users/sign_out")["Location"] == "/users/sign_in"
    client.cookies["sessionid"] = key
    assert client.get("/cabinet/").status_code == 302


def test_session_of_a_person_who_is_shut_out_ends_at_once(client: Browser) -> None:
    partner = a_partner()
    sign_in(client)
    User.objects.filter(pk=partner.user.pk).update(is_active=False)
    assert client.get("/cabinet/")["Location"].startswith("/users/sign_in")


# --- The lock-out ---------------------------------------------------------------------------------------------------


def fail(times: int, email: str = ANNA, **how: str) -> HttpResponse:
    for _ in range(times):
        response = sign_in(Browser(), email, "another", **how)
    return response


def test_tenth_wrong_password_locks_the_email_at_this_address_also_for_the_right_one(client: Browser) -> None:
    a_partner()
    assert fail(9).status_code == 200
    last = fail(1)
    assert last.status_code == 429
    assert "Слишком много попыток. Подождите 15 минут или войдите без пароля" in text(last)
    locked = sign_in(client)
    assert (locked.status_code, is_signed_in(client)) == (429, False)
    assert f'value="{ANNA}"' in locked.content.decode()


def test_unknown_email_is_locked_like_any_other() -> None:
    a_partner()
    assert text(fail(10)) == text(fail(10, "nina@example.ru"))


def test_who_is_locked_out_costs_neither_a_call_nor_a_hash(
    client: Browser, service: Service, settings: Settings
) -> None:
    settings.PASSWORD_HASHERS = [f"{__name__}.CountedHasher"]
    settings.AXES_FAILURE_LIMIT = 3
    service.create_account(ANNA)
    fail(3)
    before = CountedHasher.hashed
    assert sign_in(client).status_code == 429
    assert (len(calls(service)), CountedHasher.hashed - before) == (3, 0)


def test_spelling_of_an_email_and_another_browser_do_not_start_anew() -> None:
    a_partner()
    fail(5)
    fail(4, " ANNA@example.ru ")
    browser = Browser(headers={"user-agent": "another"})
    assert sign_in(browser, password="another").status_code == 429


def test_others_at_the_same_address_and_the_owner_elsewhere_are_not_locked_out() -> None:
    a_partner()
    PartnerFactory(user=UserFactory(email="boris@example.ru", password=PASSWORD))
    fail(10)
    assert sign_in(Browser(), "boris@example.ru").status_code == 302
    assert sign_in(Browser(), address="192.0.2.7").status_code == 302


def test_lock_out_ends_after_a_quarter_of_an_hour_and_trying_on_does_not_prolong_it(client: Browser) -> None:
    a_partner()
    with time_machine.travel("2026-11-22T12:00:00Z", tick=False):
        fail(10)
    with time_machine.travel("2026-11-22T12:14:59Z", tick=False):
        assert sign_in(client).status_code == 429
    with time_machine.travel("2026-11-22T12:15:01Z", tick=False):
        assert sign_in(client).status_code == 302


def test_getting_in_starts_the_count_anew(client: Browser) -> None:
    a_partner()
    fail(9)
    assert sign_in(client).status_code == 302
    assert fail(9).status_code == 200


def test_guesser_with_an_account_of_its_own_does_not_start_anew_with_anothers() -> None:
    a_partner()
    PartnerFactory(user=UserFactory(email="guesser@example.ru", password=PASSWORD))
    fail(9)
    assert sign_in(Browser(), "guesser@example.ru").status_code == 302
    assert fail(1).status_code == 429


def test_address_that_guesses_at_many_emails_is_locked_out_for_all() -> None:
    a_partner()
    for number in range(49):
        assert fail(1, f"nobody-{number}@example.ru").status_code == 200
    assert fail(1, "nobody-49@example.ru").status_code == 429
    assert sign_in(Browser()).status_code == 429
    assert sign_in(Browser(), address="192.0.2.7").status_code == 302


def test_many_addresses_that_guess_at_one_email_lock_it() -> None:
    a_partner()
    for number in range(99):
        assert fail(1, address=f"192.0.2.{number}").status_code == 200
    assert fail(1, address="192.0.2.99").status_code == 429
    assert sign_in(Browser(), address="192.0.2.200").status_code == 429


def test_made_up_forwarding_gives_no_new_address(settings: Settings) -> None:
    settings.PROXY_COUNT = 1
    a_partner()
    for number in range(9):
        fail(1, forwarded=f"10.0.0.{number}, 192.0.2.7", address="127.0.0.1")
    assert fail(1, forwarded="10.9.9.9, 192.0.2.7", address="127.0.0.1").status_code == 429
    assert sign_in(Browser(), forwarded="192.0.2.8", address="127.0.0.1").status_code == 302


def test_addresses_of_one_network_of_ipv6_are_one() -> None:
    a_partner()
    for number in range(9):
        fail(1, address=f"2001:db8:1:2::{number}")
    assert fail(1, address="2001:db8:1:2:ffff::1").status_code == 429
    assert sign_in(Browser(), address="2001:db8:1:3::1").status_code == 302


def test_staff_enters_by_the_portals_own_password_and_the_service_is_not_asked(
    service: Service, rf: RequestFactory
) -> None:
    staff = StaffFactory(email=ANNA, password=PASSWORD)
    assert authenticate(rf.post("/admin/login/"), username="Anna@example.ru", password=PASSWORD) == staff
    assert authenticate(rf.post("/admin/login/"), username=ANNA, password="another") is None
    assert calls(service) == []


def test_staffs_sign_in_is_locked_with_the_portals_and_says_so_on_a_page_of_its_own(rf: RequestFactory) -> None:
    StaffFactory(email=ANNA, password=PASSWORD)
    fail(9)
    request = rf.post("/admin/login/")
    assert authenticate(request, username=" ANNA@example.ru", password="another") is None
    assert authenticate(rf.post("/admin/login/"), username=ANNA, password=PASSWORD) is None
    page = AxesMiddleware(lambda _: HttpResponse("Введите правильный пароль"))(request)
    assert page.status_code == 429
    assert "вход закрыт на 15 минут" in text(page)


def test_logs_name_neither_email_nor_address_nor_password(
    client: Browser, service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    service.create_account(ANNA)
    with caplog.at_level(logging.INFO):
        fail(11, address="192.0.2.7")
        sign_in(client)
        service.fault("error", times=1)
        sign_in(client)
    said = caplog.text
    assert not [secret for secret in (ANNA, "192.0.2.7", PASSWORD, "another") if secret in said]
