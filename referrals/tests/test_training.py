"""Clients that were trained (R17): marked in the cabinet, shown, and of no consequence for money."""

import datetime as dt
from typing import Any

import pytest

from partners.models import Partner
from referrals import close, training
from referrals.models import Client, Referral
from referrals.tests.pages import browsing, opened, text_of
from tests.factories import (
    NOW,
    PartnerFactory,
    charged,
    deliver,
    month,
    passed_on,
    registered,
    rewards_of,
)

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at:UserWarning")]


@pytest.fixture
def anna() -> Partner:
    anna = PartnerFactory(code="anna")
    deliver(registered("c-1", "2026-11-01 10:00", ref="anna"))
    return anna


def client() -> Client:
    return Client.objects.get(account_id="c-1")


def referral(partner: Partner) -> Referral:
    return Referral.objects.get(partner=partner, client=client())


def posted(partner: Partner, trained_on: str) -> Any:
    with browsing(partner) as browser:
        return browser.post(f"/cabinet/clients/{client().pk}/trained/", {"trained_on": trained_on}, follow=True)


def test_partner_marks_its_client_and_takes_the_mark_back(anna: Partner) -> None:
    seen = text_of(posted(anna, "2026-12-01"))
    assert referral(anna).trained_on == dt.date(2026, 12, 1)
    assert "Отмечено: клиент обучен." in seen
    assert "Обучен 1 декабря 2026" in seen
    assert "Отметка об обучении снята." in text_of(posted(anna, ""))
    assert referral(anna).trained_on is None


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("2026-12-16", "Этот день ещё не наступил."),
        ("2026-10-31", "Клиент зарегистрировался 1 ноября 2026: укажите этот день или более поздний."),
        ("вчера", "Нужна дата: день, месяц и год, например 15.09.2026."),
    ],
)
def test_day_that_can_not_be_is_refused_and_kept_as_typed(typed: str, answer: str, anna: Partner) -> None:
    response = posted(anna, typed)
    assert response.status_code == 200
    assert answer in text_of(response)
    assert f'value="{typed}"' in response.content.decode()
    assert referral(anna).trained_on is None


@pytest.mark.parametrize("typed", ["2026-11-01", "2026-12-15", "01.12.2026"])
def test_days_from_the_registration_to_today_are_taken(typed: str, anna: Partner) -> None:
    posted(anna, typed)
    assert referral(anna).trained_on is not None


def test_mark_changes_nothing_about_money(anna: Partner) -> None:
    deliver(charged("a", "c-1", "1000.00", "2026-11-05 10:00"))
    training.mark(referral(anna), trained_on=dt.date(2026, 11, 20))
    close.run(month("2026-11"), now=NOW)
    assert rewards_of(anna) == [("2026-11", "c-1", 100000, 15000)]


def test_client_that_was_passed_on_is_marked_by_its_new_partner_only(anna: Partner) -> None:
    vera = PartnerFactory()
    passed_on("c-1", to=vera, at="2026-12-01 10:00")
    with pytest.raises(training.NotHeld):
        training.mark(referral(anna), trained_on=dt.date(2026, 12, 1))
    assert "Клиент передан другому партнёру, поэтому отметка не изменена." in text_of(posted(anna, "2026-12-01"))
    assert referral(anna).trained_on is None
    training.mark(referral(vera), trained_on=dt.date(2026, 12, 2))
    assert "Обучен 2 декабря 2026" in opened(vera, f"/cabinet/clients/{client().pk}/")
    assert "2 декабря" not in opened(anna, f"/cabinet/clients/{client().pk}/")  # whose work it was is theirs to know


def test_nobody_marks_a_strangers_client(anna: Partner) -> None:
    assert posted(PartnerFactory(), "2026-12-01").status_code == 404
    assert referral(anna).trained_on is None


def test_blocked_partner_marks_nobody(anna: Partner) -> None:
    Partner.objects.update(status="blocked")
    with browsing(anna) as browser:
        response = browser.post(f"/cabinet/clients/{client().pk}/trained/", {"trained_on": "2026-12-01"})
    assert (response.status_code, response["Location"]) == (302, "/cabinet/")
    assert referral(anna).trained_on is None


def test_who_comes_back_by_a_link_finds_the_client(anna: Partner) -> None:
    """As after signing in again: the session had ended when the button was pressed."""
    with browsing(anna) as browser:
        response = browser.get(f"/cabinet/clients/{client().pk}/trained/")
    assert (response.status_code, response["Location"]) == (302, f"/cabinet/clients/{client().pk}/")
