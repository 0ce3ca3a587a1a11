"""The switch that stops all sending, and the comparisons with Solar Staff."""

import pytest
from django.test import Client as Browser
from django.utils import timezone
from pytest_django import Settings

from payouts import decisions, sending, withdrawals
from payouts.models import Comparison, SendingSwitch
from payouts.tests.desk import answer, at_desk, boss, page, words
from payouts.tests.people import individual, link_card
from tests.emulators.solar_staff import SolarStaff
from tests.factories import moscow

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at:UserWarning")]

NOW = moscow("2025-11-03 12:00")


@pytest.fixture
def desk() -> Browser:
    return at_desk(boss(email="olga@skorozvon.ru"))


def test_sending_is_switched_off_and_on_with_a_reason(desk: Browser) -> None:
    assert sending.is_on()
    assert "Напишите причину" in answer(desk, page("payouts_sendingswitch_off"))
    assert "Отправка выключена" in answer(desk, page("payouts_sendingswitch_off"), {"reason": "Разбираемся"})
    assert not sending.is_on()
    assert "Отправка включена" in answer(desk, page("payouts_sendingswitch_on"), {"reason": "Разобрались"})
    assert sending.is_on()
    assert [(row.is_on, str(row.switched_by), row.reason) for row in SendingSwitch.objects.all()] == [
        (False, "olga@skorozvon.ru", "Разбираемся"),
        (True, "olga@skorozvon.ru", "Разобрались"),
    ]


def test_the_page_offers_the_other_state(desk: Browser) -> None:
    address = page("payouts_sendingswitch_changelist")
    assert "Выключить отправку" in words(desk.get(address))
    answer(desk, page("payouts_sendingswitch_off"), {"reason": "Разбираемся"})
    told = words(desk.get(address))
    assert "Включить отправку" in told
    assert "Выключить отправку" not in told
    assert "Разбираемся" in told


def test_the_first_page_warns_while_it_is_off(desk: Browser) -> None:
    assert "Отправка выключена" not in words(desk.get("/admin/"))
    answer(desk, page("payouts_sendingswitch_off"), {"reason": "Разбираемся"})
    desk.get("/admin/")  # reads the message of what was done
    assert "Выплаты не уходят. Причина: Разбираемся" in words(desk.get("/admin/"))


def compared(*differences: str) -> Comparison:
    return Comparison.objects.create(
        night=NOW.date(), since=NOW, until=NOW, finished_at=NOW, payments=2, differences=list(differences)
    )


def test_differences_of_the_latest_comparison_are_on_the_first_page(desk: Browser) -> None:
    compared("Вывод № 7: прежнее")
    compared("Вывод № 8: выплачен 2 раза", "Платёж 9f3c сделан не порталом")
    told = words(desk.get("/admin/"))
    assert "Расхождения с Solar Staff 2" in told
    assert "Вывод № 8: выплачен 2 раза" in told
    assert "прежнее" not in told


def test_differences_are_told_on_the_comparisons_page(desk: Browser) -> None:
    comparison = compared("Вывод № 8: выплачен 2 раза")
    assert "Вывод № 8: выплачен 2 раза" in words(desk.get(page("payouts_comparison_change", comparison.pk)))


def test_differences_that_were_looked_into_leave_the_first_page_and_stay_on_their_own(desk: Browser) -> None:
    row = compared("Вывод № 8: выплачен дважды, всего 6\u202f000,00\u00a0₽", "Вывод № 9: прежнее")
    address = page("payouts_comparison_review", row.pk)
    assert "Отметить разобранным" in words(desk.get(page("payouts_comparison_change", row.pk)))
    told = answer(desk, address, {"reason": "Вернули"})
    assert "Отметьте расхождения, о которых пишете." in told
    told = answer(desk, address, {"differences": ["0"], "reason": "Вернули переводом"})
    assert "Отмечено разобранным: портал об этом больше не напомнит." in told
    assert "olga@skorozvon.ru. Вернули переводом" in told
    first = words(desk.get("/admin/"))
    assert "Расхождения с Solar Staff 1" in first
    assert "Вывод № 9: прежнее" in first
    assert "Вывод № 8" not in first
    assert "Вывод № 8" not in words(desk.get(address))
    answer(desk, address, {"differences": ["1"], "reason": "Давнее"})
    assert "Вывод № 9" not in words(desk.get("/admin/"))
    assert address not in desk.get(page("payouts_comparison_change", row.pk)).content.decode()
    assert "2 разобрано" in words(desk.get(page("payouts_comparison_changelist")))


def test_without_solar_staff_there_is_nobody_to_compare_with(desk: Browser) -> None:
    assert "Выплаты на карты не настроены" in answer(desk, page("payouts_comparison_run"))
    assert not Comparison.objects.exists()


def test_solar_staff_that_does_not_answer_changes_nothing(desk: Browser, settings: Settings) -> None:
    """Nothing listens there."""
    settings.SOLAR_STAFF_URL = "http://127.0.0.1:9"
    settings.SOLAR_STAFF_CLIENT_ID, settings.SOLAR_STAFF_SALT = "1", "salt"
    assert "Solar Staff не отвечает. Ничего не изменено" in answer(desk, page("payouts_comparison_run"))
    assert not Comparison.objects.exists()


def test_compared_now_what_solar_staff_has_paid_is_paid_here_too(desk: Browser, settings: Settings) -> None:
    with SolarStaff() as provider:
        for name, value in provider.settings.items():
            setattr(settings, name, value)
        boris, now = individual(50_000_00, card=""), timezone.now()
        worker = provider.register(boris.user.email)
        link_card(boris, str(provider.link_card(worker)), worker=str(worker))
        withdrawal = withdrawals.request(boris, amount_kopecks=3_000_00, destination="card", by=boris.user, now=now)
        decisions.approve(withdrawal, by=boss(), now=now)
        provider.fault("drop_after", times=1)
        sending.run_due(now=now)
        assert "Сверено операций: 2. Расхождений нет." in answer(desk, page("payouts_comparison_run"))
    withdrawal.refresh_from_db()
    assert withdrawal.state == "paid"
