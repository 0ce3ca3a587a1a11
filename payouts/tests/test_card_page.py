"""Linking a card on the pages: each state and its next step, the password again (R26), to Solar Staff and back."""

import datetime as dt
import re
from collections.abc import Iterator

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from partners.models import Consent, Notice, Partner
from payouts import withdrawals
from payouts.models import Card, Withdrawal, Worker
from payouts.tests.people import individual
from referrals.tests.pages import browsing, opened, text_of
from tests.emulators.solar_staff import SolarStaff
from tests.factories import PartnerFactory, moscow

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at:UserWarning")]

NOW = moscow("2025-11-03 12:00")
EMAIL = "boris@example.ru"
PASSWORD = "boris's own"
CARD = "/cabinet/payouts/card/"
START, CHECK, LINK, BACK, REMOVE = (f"{CARD}{step}/" for step in ("start", "check", "link", "return", "remove"))
AGREED = {"solar_staff_2026-11-01": "on"}


@pytest.fixture(scope="module")
def _running() -> Iterator[SolarStaff]:
    with SolarStaff() as solar_staff:
        yield solar_staff


@pytest.fixture
def solar_staff(_running: SolarStaff, settings: Settings) -> SolarStaff:
    """Knows nobody yet."""
    _running.reset()
    settings.PORTAL_URL = "https://partners.example"
    for name, value in _running.settings.items():
        setattr(settings, name, value)
    return _running


@pytest.fixture
def boris() -> Partner:
    """An individual without a card, whose password the portal itself knows."""
    return PartnerFactory(tariff="individual", user__email=EMAIL, user__password=PASSWORD)


@pytest.fixture
def cabinet(boris: Partner) -> Iterator[Browser]:
    with browsing(boris, NOW) as browser:
        yield browser


def registered(boris: Partner, solar_staff: SolarStaff) -> int:
    worker_id = solar_staff.register(EMAIL)
    Worker.objects.create(partner=boris, worker_id=worker_id, email=EMAIL, invited_at=NOW, registered_at=NOW)
    return worker_id


def linked(boris: Partner, solar_staff: SolarStaff) -> Card:
    worker_id = registered(boris, solar_staff)
    card_id = solar_staff.link_card(worker_id)
    return Card.objects.create(worker=boris.worker, card_id=card_id, number="**** 1234", linked_at=NOW)


def post(browser: Browser, path: str, *, password: str = PASSWORD, **typed: str) -> HttpResponse:
    return browser.post(path, {"password": password} | typed)


def after(browser: Browser, answer: HttpResponse) -> str:
    """The page that an answer leads to, as it is read."""
    assert answer.status_code == 302
    return text_of(browser.get(answer["Location"], follow=True))


# --- Where one stands -------------------------------------------------------------------------------------------------


def test_each_state_has_one_next_step(boris: Partner, cabinet: Browser, solar_staff: SolarStaff) -> None:
    def step() -> list[str]:
        return re.findall(r'button--main"[^>]*>([^<]+)<', cabinet.get(CARD).content.decode())

    assert step() == ["Начать"]
    worker = Worker.objects.create(partner=boris, worker_id="w", email=EMAIL, invited_at=NOW)
    assert step() == ["Проверить регистрацию"]
    Worker.objects.update(registered_at=NOW)
    assert step() == ["Привязать карту"]
    Card.objects.create(worker=worker, card_id="1", number="**** 1234", linked_at=NOW)
    assert step() == ["К выплатам"]


def test_person_who_was_invited_reads_where_the_letter_is(boris: Partner) -> None:
    Worker.objects.create(partner=boris, worker_id="w", email=EMAIL, invited_at=NOW)
    page = opened(boris, CARD, now=NOW)
    assert "Приглашение в Solar Staff На boris@example.ru, 3 ноября 2025" in page
    assert "Откройте письмо от Solar Staff и зарегистрируйтесь по ссылке в нём." in page


def test_linked_card_is_shown_by_its_end(boris: Partner, solar_staff: SolarStaff) -> None:
    linked(boris, solar_staff)
    page = opened(boris, CARD, now=NOW)
    assert "Выплаты приходят на карту •• 1234 Привязана 3 ноября 2025." in page
    assert "Сменить карту Убрать карту" in page


def test_card_that_money_is_on_its_way_to_is_not_offered_for_removal() -> None:
    vera = individual(9_000_00)
    withdrawals.request(vera, amount_kopecks=2_000_00, destination="card", by=vera.user, now=NOW)
    page = opened(vera, CARD, now=NOW)
    assert "На эту карту идёт вывод." in page
    assert "Убрать карту" not in page


def test_legal_partner_is_led_away_with_a_word() -> None:
    with browsing(PartnerFactory(), NOW) as browser:
        for path in (CARD, START, LINK, BACK, REMOVE):
            answer = browser.get(path)
            assert (answer.status_code, answer["Location"]) == (302, "/cabinet/payouts/")
        assert "Карта не нужна: юрлицам деньги приходят на счёт" in text_of(browser.get("/cabinet/payouts/"))


def test_blocked_partner_reads_its_card_and_changes_nothing(boris: Partner, solar_staff: SolarStaff) -> None:
    linked(boris, solar_staff)
    Partner.objects.update(status="blocked")
    boris.refresh_from_db()
    page = opened(boris, CARD, now=NOW)
    assert "•• 1234" in page
    assert "Сменить карту" not in page
    with browsing(boris, NOW) as browser:
        for path in (START, CHECK, LINK, REMOVE):
            assert post(browser, path)["Location"] == "/cabinet/"
        for path in (START, LINK, REMOVE):
            assert browser.get(path)["Location"] == CARD
    assert Card.objects.get().removed_at is None
    assert list(solar_staff.calls()) == []


# --- Invited and registered -------------------------------------------------------------------------------------------


def test_consent_and_password_bring_the_invitation(boris: Partner, cabinet: Browser, solar_staff: SolarStaff) -> None:
    answer = post(cabinet, START, **AGREED)
    assert "Solar Staff отправил приглашение на boris@example.ru." in after(cabinet, answer)
    assert [worker["email"] for worker in solar_staff.workers()] == [EMAIL]
    given = Consent.objects.get()
    assert (given.kind, given.version, given.ip) == ("solar_staff", "2026-11-01", "127.0.0.1")


def test_consent_that_stands_is_not_asked_for_again(boris: Partner, cabinet: Browser, solar_staff: SolarStaff) -> None:
    Consent.objects.create(user=boris.user, kind="solar_staff", version="2026-11-01", given_at=NOW)
    assert "Даю согласие" not in text_of(cabinet.get(START))
    assert post(cabinet, START).status_code == 302
    assert (Consent.objects.count(), Worker.objects.count()) == (1, 1)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({}, "Без этого согласия на карту не вывести."),
        (AGREED | {"password": ""}, "Введите пароль: без него карту не изменить."),
        (AGREED | {"password": "wrong"}, "Неверный пароль."),
    ],
)
def test_without_consent_and_password_nobody_is_told_of_anybody(
    cabinet: Browser, solar_staff: SolarStaff, typed: dict[str, str], said: str
) -> None:
    answer = cabinet.post(START, {"password": PASSWORD} | typed)
    assert (answer.status_code, said in text_of(answer)) == (200, True)
    assert (list(solar_staff.calls()), Consent.objects.count()) == ([], 0)


def test_who_is_registered_there_goes_on_to_the_card(cabinet: Browser, solar_staff: SolarStaff) -> None:
    solar_staff.register(EMAIL)
    page = after(cabinet, post(cabinet, START, **AGREED))
    assert "Вы уже зарегистрированы в Solar Staff: осталось привязать карту." in page


def test_second_click_finds_the_invitation_of_the_first(cabinet: Browser, solar_staff: SolarStaff) -> None:
    assert [post(cabinet, START, **AGREED)["Location"] for _ in range(2)] == [CARD, CARD]
    assert len(solar_staff.workers()) == 1


def test_silence_of_solar_staff_is_told_calmly_on_the_form(cabinet: Browser, solar_staff: SolarStaff) -> None:
    solar_staff.fault("html")
    answer = post(cabinet, START, **AGREED)
    assert answer.status_code == 503
    assert "Solar Staff сейчас не отвечает. Ничего не изменилось" in text_of(answer)
    assert Worker.objects.count() == 0


def test_registration_is_checked_by_a_button(boris: Partner, cabinet: Browser, solar_staff: SolarStaff) -> None:
    post(cabinet, START, **AGREED)
    assert "Solar Staff пока не видит регистрации." in after(cabinet, cabinet.post(CHECK))
    solar_staff.register(EMAIL)
    assert "Регистрация пройдена: осталось привязать карту." in after(cabinet, cabinet.post(CHECK))
    assert cabinet.get(CHECK).status_code == 405


def test_silence_about_the_registration_is_told(boris: Partner, cabinet: Browser, solar_staff: SolarStaff) -> None:
    post(cabinet, START, **AGREED)
    solar_staff.fault("error")
    assert "Solar Staff сейчас не отвечает." in after(cabinet, cabinet.post(CHECK))


# --- Linked -----------------------------------------------------------------------------------------------------------


def terminal(answer: HttpResponse) -> str:
    """The address at Solar Staff that a page leads to."""
    assert answer.status_code == 200
    found = re.search(r'href="(http[^"]+/terminal/[^"]+)"', answer.content.decode())
    assert found
    return found[1]


def test_password_opens_the_way_to_solar_staff_by_a_link(
    boris: Partner, cabinet: Browser, solar_staff: SolarStaff
) -> None:
    registered(boris, solar_staff)
    assert terminal(post(cabinet, LINK)).startswith(solar_staff.url)
    call = list(solar_staff.calls())[-1]["body"]
    assert (call["action"], call["redirect_url"]) == ("card_verify", f"https://partners.example{BACK}")


def test_without_the_password_there_is_no_way_there(boris: Partner, cabinet: Browser, solar_staff: SolarStaff) -> None:
    registered(boris, solar_staff)
    answer = post(cabinet, LINK, password="wrong")
    assert "Неверный пароль." in text_of(answer)
    assert "terminal" not in answer.content.decode()


def test_card_that_was_linked_there_is_taken_on_the_return(
    boris: Partner, cabinet: Browser, solar_staff: SolarStaff
) -> None:
    worker_id = registered(boris, solar_staff)
    post(cabinet, LINK)
    solar_staff.link_card(worker_id, number="4000000000009876")
    page = after(cabinet, cabinet.get(BACK))
    assert "Карта •• 9876 привязана. Мы написали вам об этом на почту." in page
    assert "Выплаты, как и раньше, приходят на карту •• 9876." in after(cabinet, cabinet.get(BACK))
    assert Notice.objects.get().context == {"number": "•• 9876"}


def test_return_without_a_card_says_what_to_do_and_offers_to_look_again(
    boris: Partner, cabinet: Browser, solar_staff: SolarStaff
) -> None:
    registered(boris, solar_staff)
    post(cabinet, LINK)
    page = after(cabinet, cabinet.get(BACK))
    assert "Карта не привязана: на странице Solar Staff её не ввели до конца." in page
    assert "Привязать карту Проверить карту" in page


def test_card_linked_behind_the_portals_back_is_not_taken_without_the_password(
    boris: Partner, cabinet: Browser, solar_staff: SolarStaff
) -> None:
    solar_staff.link_card(registered(boris, solar_staff))
    answer = cabinet.get(BACK)
    assert answer["Location"] == LINK
    assert "введите пароль ещё раз" in after(cabinet, answer)
    assert Card.objects.count() == 0
    answer = post(cabinet, LINK, linked="1")
    assert answer["Location"] == BACK
    assert "Карта •• 1234 привязана." in after(cabinet, answer)


def test_password_is_good_for_an_hour(boris: Partner, solar_staff: SolarStaff) -> None:
    worker_id = registered(boris, solar_staff)
    with browsing(boris, NOW) as browser:
        post(browser, LINK)
    solar_staff.link_card(worker_id)
    for minutes, location in ((60, LINK), (59, CARD)):
        with browsing(boris, NOW + dt.timedelta(minutes=minutes)):
            assert browser.get(BACK)["Location"] == location


def test_program_that_only_looks_where_the_return_leads_changes_nothing(
    boris: Partner, cabinet: Browser, solar_staff: SolarStaff
) -> None:
    worker_id = registered(boris, solar_staff)
    post(cabinet, LINK)
    solar_staff.link_card(worker_id)
    assert cabinet.head(BACK).status_code == 405
    assert Card.objects.count() == 0


def test_card_is_changed_the_same_way(boris: Partner, cabinet: Browser, solar_staff: SolarStaff) -> None:
    first = linked(boris, solar_staff)
    assert "Сменить карту" in text_of(cabinet.get(LINK))
    post(cabinet, LINK)
    solar_staff.link_card(int(boris.worker.worker_id), number="4000000000002222")
    assert "Карта •• 2222 привязана." in after(cabinet, cabinet.get(BACK))
    first.refresh_from_db()
    assert first.removed_at == NOW


def test_silence_on_the_way_there_and_back_changes_nothing(
    boris: Partner, cabinet: Browser, solar_staff: SolarStaff
) -> None:
    registered(boris, solar_staff)
    solar_staff.fault("down")
    answer = post(cabinet, LINK)
    assert (answer.status_code, "Solar Staff сейчас не отвечает." in text_of(answer)) == (503, True)
    solar_staff.end_faults()
    post(cabinet, LINK)
    solar_staff.fault("down")
    assert "Solar Staff сейчас не отвечает." in after(cabinet, cabinet.get(BACK))
    assert Card.objects.count() == 0


def test_steps_that_are_not_due_lead_to_where_one_stands(
    boris: Partner, cabinet: Browser, solar_staff: SolarStaff
) -> None:
    assert [cabinet.get(path)["Location"] for path in (LINK, REMOVE)] == [CARD, CARD]
    registered(boris, solar_staff)
    assert cabinet.get(START)["Location"] == CARD


# --- Removed ----------------------------------------------------------------------------------------------------------


def test_card_is_removed_by_the_password(boris: Partner, cabinet: Browser, solar_staff: SolarStaff) -> None:
    linked(boris, solar_staff)
    assert "Убрать карту •• 1234?" in text_of(cabinet.get(REMOVE))
    assert "Неверный пароль." in text_of(post(cabinet, REMOVE, password="wrong"))
    assert Card.objects.get().removed_at is None
    assert "Карта •• 1234 убрана. Чтобы вывести деньги, привяжите другую." in after(cabinet, post(cabinet, REMOVE))
    assert Card.objects.get().removed_at == NOW


def test_removed_card_does_not_come_back_by_an_old_return(
    boris: Partner, cabinet: Browser, solar_staff: SolarStaff
) -> None:
    linked(boris, solar_staff)
    post(cabinet, LINK)
    solar_staff.fault("down")
    assert "убрана с портала. Solar Staff не ответил" in after(cabinet, post(cabinet, REMOVE))
    solar_staff.end_faults()
    assert cabinet.get(BACK)["Location"] == LINK


def test_card_in_use_is_not_removed(solar_staff: SolarStaff) -> None:
    vera = individual(9_000_00)
    vera.user.set_password(PASSWORD)
    vera.user.save()
    withdrawals.request(vera, amount_kopecks=2_000_00, destination="card", by=vera.user, now=NOW)
    with browsing(vera, NOW) as browser:
        page = text_of(post(browser, REMOVE))
    assert "На эту карту идёт вывод. Дождитесь его или отмените заявку" in page
    assert Card.objects.get().removed_at is None


# --- What it costs ----------------------------------------------------------------------------------------------------


def test_pages_cost_the_same_after_one_card_and_after_a_thousand(
    boris: Partner, cabinet: Browser, solar_staff: SolarStaff
) -> None:
    card = linked(boris, solar_staff)
    costs = []
    for rows in (0, 1_000):
        old = [
            Card(worker=boris.worker, card_id=n, number="**** 1", linked_at=NOW, removed_at=NOW) for n in range(rows)
        ]
        Card.objects.bulk_create(old)
        Withdrawal.objects.bulk_create(
            Withdrawal(
                partner=boris,
                amount_kopecks=100,
                destination="card",
                card=card,
                requested_at=NOW,
                requested_by=boris.user,
                due_on=NOW.date(),
            )
            for _ in range(rows)
        )
        for path in (CARD, LINK, REMOVE):
            with CaptureQueriesContext(connection) as queries:
                assert cabinet.get(path).status_code == 200
            costs.append(len(queries))
    assert costs[:3] == costs[3:]
    assert max(costs) <= 12
