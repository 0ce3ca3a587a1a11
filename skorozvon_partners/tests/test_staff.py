"""Who works at the desk: invited by a letter, in one role, switched off at once; each with a reason."""

import datetime as dt
import re

import pytest
import time_machine
from django.contrib.auth import get_user
from django.core import mail
from django.test import Client as Browser
from django.utils import timezone
from pytest_django import Settings

from partners.models import Deed, User
from payouts.tests.desk import answer, at_desk, boss, page, words
from skorozvon_partners import second_factor, staff_letters
from skorozvon_partners.models import StaffLetter, StaffMember
from skorozvon_partners.roles import Role
from skorozvon_partners.tests.desk import administrator, in_role, set_up, sign_in, told
from tests.factories import UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at:UserWarning")]

INVITE = "/admin/skorozvon_partners/staffmember/invite/"
NEWCOMER = {"email": "Olga@Skorozvon.ru ", "full_name": "Ольга  Новая", "role": "accountant", "reason": "Принята"}
NEW_PASSWORD = {"new_password1": "a quite new pass phrase", "new_password2": "a quite new pass phrase"}


@pytest.fixture
def anton() -> User:
    return administrator(email="anton@skorozvon.ru")


@pytest.fixture
def desk(anton: User) -> Browser:
    return at_desk(anton)


def act(desk: Browser, member: User, action: str, **typed: str) -> str:
    return answer(desk, page(f"skorozvon_partners_staffmember_{action}", member.pk), {"reason": "Так надо", **typed})


def link() -> str:
    """Of the last letter."""
    found = re.search(r"http\S+(/admin/invitation/\S+)", mail.outbox[-1].body)
    assert found
    return found.group(1)


@pytest.fixture
def invited(desk: Browser, django_capture_on_commit_callbacks: object) -> User:
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        desk.post(INVITE, NEWCOMER)
    return User.objects.get(email="olga@skorozvon.ru")


def test_the_invited_sets_a_password_by_the_letter_and_is_in(invited: User) -> None:
    assert (mail.outbox[-1].to, invited.full_name, invited.is_staff) == (["olga@skorozvon.ru"], "Ольга Новая", True)
    assert list(invited.groups.values_list("name", flat=True)) == ["accountant"]
    browser = Browser()
    assert "Задайте пароль" in words(browser.get(link(), follow=True))
    response = browser.post(browser.get(link())["Location"], NEW_PASSWORD)
    assert (response.status_code, response["Location"]) == (302, "/admin/")
    assert browser.get("/admin/payouts/withdrawal/").status_code == 200
    assert told() == [("Пригласить сотрудника", "anton@skorozvon.ru"), ("Принято приглашение", "olga@skorozvon.ru")]
    deed = Deed.objects.order_by("pk")[0]
    assert (deed.subject_id, deed.reason, deed.asked) == (str(invited.pk), "Принята", {"role": "accountant"})


def test_the_link_is_good_once_and_for_three_days(invited: User) -> None:
    first = link()
    with time_machine.travel("2030-01-01"):
        assert "Ссылка не действует" in words(Browser().get(first, follow=True))
    browser = Browser()
    browser.post(browser.get(first)["Location"], NEW_PASSWORD)
    assert "Ссылка не действует" in words(Browser().get(first, follow=True))


def test_a_weak_password_is_refused(invited: User) -> None:
    browser = Browser()
    address = browser.get(link())["Location"]
    assert browser.post(address, {"new_password1": "12345678", "new_password2": "12345678"}).status_code == 200
    invited.refresh_from_db()
    assert not invited.has_usable_password()


def test_an_email_that_somebody_has_is_refused(desk: Browser) -> None:
    UserFactory(email="olga@skorozvon.ru")
    assert "Этот e-mail уже занят" in answer(desk, INVITE, NEWCOMER)
    assert not Deed.objects.exists()


def test_another_password_ends_what_the_old_one_opened(
    desk: Browser, django_capture_on_commit_callbacks: object
) -> None:
    olga = in_role(Role.ACCOUNTANT)
    browser = sign_in(olga)
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        act(desk, olga, "reset-password")
    assert get_user(browser).is_anonymous
    assert get_user(sign_in(olga)).is_anonymous
    fresh = Browser()
    fresh.post(fresh.get(link())["Location"], NEW_PASSWORD)
    assert get_user(fresh) == olga


@pytest.mark.django_db(transaction=True)
def test_who_invites_reads_whether_the_letter_went(desk: Browser, settings: object) -> None:
    assert "Письмо со ссылкой ушло на olga@skorozvon.ru." in answer(desk, INVITE, NEWCOMER)
    settings.EMAIL_BACKEND, settings.EMAIL_HOST, settings.EMAIL_PORT = (  # type: ignore[attr-defined]
        "django.core.mail.backends.smtp.EmailBackend",
        "127.0.0.1",
        9,
    )
    olga = User.objects.get(email="olga@skorozvon.ru")
    assert "Почтовый сервер не отвечает." in act(desk, olga, "reset-password")


@pytest.fixture
def waiting(desk: Browser, settings: Settings, django_capture_on_commit_callbacks: object) -> StaffMember:
    """Olga was invited while the mail server was down; it is up again."""
    backend = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND, settings.EMAIL_HOST = "django.core.mail.backends.smtp.EmailBackend", "127.0.0.1"
    settings.EMAIL_PORT = 9
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        desk.post(INVITE, NEWCOMER)
    settings.EMAIL_BACKEND = backend
    assert mail.outbox == []
    return StaffMember.objects.get(email="olga@skorozvon.ru")


def later(**pause: int) -> dt.datetime:
    return timezone.now() + dt.timedelta(**pause)


def test_an_invitation_outlives_a_dead_mail_server_and_goes_out_once(waiting: StaffMember) -> None:
    [letter] = StaffLetter.objects.values()
    assert (letter["text"], letter["subject"]) == ("", "")  # no link lies in the database
    for pause in (4, 6, 60):
        staff_letters.send_due(now=later(minutes=pause))
    assert [message.to for message in mail.outbox] == [["olga@skorozvon.ru"]]
    browser = Browser()
    assert browser.post(browser.get(link())["Location"], NEW_PASSWORD)["Location"] == "/admin/"


def test_an_invitation_of_who_has_been_switched_off_is_not_sent(desk: Browser, waiting: StaffMember) -> None:
    act(desk, waiting, "switch-off")
    staff_letters.send_due(now=later(minutes=6))
    assert (mail.outbox, StaffLetter.objects.exclude(next_try_at=None).count()) == ([], 0)


def test_a_role_is_changed_and_holds_at_once(desk: Browser) -> None:
    olga = in_role(Role.ACCOUNTANT)
    browser = at_desk(olga)
    assert "Роль изменена." in act(desk, olga, "change-role", role="manager")
    assert list(olga.groups.values_list("name", flat=True)) == ["manager"]
    assert browser.get("/admin/payouts/bankfile/").status_code == 403
    assert "Эта роль у сотрудника и сейчас." in act(desk, olga, "change-role", role="manager")


def test_who_is_switched_off_is_out_at_once_and_for_good(desk: Browser) -> None:
    olga = in_role(Role.ACCOUNTANT)
    set_up(olga)
    browser = sign_in(olga)
    assert "Доступ выключен" in act(desk, olga, "switch-off")
    assert get_user(browser).is_anonymous
    assert get_user(sign_in(olga)).is_anonymous
    assert not second_factor.is_set_up(olga)
    act(desk, olga, "switch-on")
    olga.refresh_from_db()
    assert olga.is_active
    assert get_user(browser).is_anonymous
    assert get_user(sign_in(olga)).is_anonymous
    assert [what for what, who in told() if who == "anton@skorozvon.ru"] == ["Выключить доступ", "Вернуть доступ"]


def test_a_lost_phone_is_forgotten_and_sessions_go_back_to_setting_one_up(desk: Browser) -> None:
    olga = in_role(Role.ACCOUNTANT)
    set_up(olga)
    assert "Второй фактор сброшен" in act(desk, olga, "reset-second-factor")
    assert not second_factor.is_set_up(olga)
    assert "сбрасывать нечего" in act(desk, olga, "reset-second-factor")


@pytest.mark.parametrize("action", ["change-role", "switch-off", "reset-password", "reset-second-factor"])
def test_nobody_does_that_to_oneself_nor_to_who_has_full_access(action: str, anton: User, desk: Browser) -> None:
    chief = boss()
    assert "Себе ничего не меняют" in act(desk, anton, action, role="manager")
    assert "полный доступ" in act(desk, chief, action, role="manager")
    for user in (anton, chief):
        user.refresh_from_db()
        assert user.is_active
    assert not Deed.objects.exists()


def test_without_a_reason_nothing_is_done(desk: Browser) -> None:
    olga = in_role(Role.ACCOUNTANT)
    assert "Напишите причину" in act(desk, olga, "switch-off", reason=" ")
    olga.refresh_from_db()
    assert olga.is_active


def test_an_own_change_of_password_ends_the_other_sessions(anton: User) -> None:
    here, elsewhere = sign_in(anton), sign_in(anton)
    typed = {"old_password": "a pass phrase of mine", **NEW_PASSWORD}
    here.post("/admin/password_change/", typed)
    assert here.get("/admin/").status_code == 200
    assert get_user(elsewhere).is_anonymous
    assert told()[-1] == ("Смена своего пароля", "anton@skorozvon.ru")


def test_staff_is_found(desk: Browser, anton: User, django_assert_max_num_queries: object) -> None:
    olga = in_role(Role.ACCOUNTANT, full_name="Ольга Бухгалтерова")
    User.objects.filter(pk=olga.pk).update(is_active=False)

    def found(query: str) -> list[int]:
        with django_assert_max_num_queries(12):  # type: ignore[operator]
            return [row.pk for row in desk.get(f"/admin/skorozvon_partners/staffmember/?{query}").context["rows"]]

    assert found("") == [anton.pk, olga.pk]
    assert found("q=Ольга") == found("role=accountant") == found("is_active=off") == [olga.pk]
    assert found("q=ANTON") == [anton.pk]
