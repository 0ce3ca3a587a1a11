"""Corrections at the desk: one asks, above a sum another says yes (R20)."""

import pytest
from django.test import Client as Browser
from pytest_django import Settings

from partners import ledger
from partners.models import Correction, Partner
from payouts.tests.desk import answer, at_desk, boss, page, words
from payouts.tests.people import individual

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at:UserWarning")]

ENTER = "/admin/partners/correction/enter/"
TYPED = {
    "partner": "boris",
    "direction": "take",
    "amount_kopecks": "1 500,50",
    "memo": "август учтён дважды",
    "reason": "Письмо от 9 ноября",
    "key": "k",
}


@pytest.fixture(autouse=True)
def boris(settings: Settings) -> Partner:
    settings.CORRECTION_NEEDS_SECOND_ABOVE = 10_000_00
    return individual(3_000_00)


@pytest.fixture
def desk() -> Browser:
    return at_desk(boss(email="olga@skorozvon.ru"))


def test_a_small_one_is_booked_and_read_by_the_partner(boris: Partner, desk: Browser) -> None:
    assert "Корректировка проведена" in answer(desk, ENTER, TYPED)
    assert ledger.balance(boris) == 1_499_50
    assert "Корректировка: август учтён дважды" in words(desk.get(page("partners_partner_change", boris.pk)))
    answer(desk, ENTER, TYPED)
    assert ledger.balance(boris) == 1_499_50


def test_a_large_one_waits_for_another_person(boris: Partner, desk: Browser) -> None:
    assert "ждёт второго сотрудника" in answer(desk, ENTER, TYPED | {"direction": "add", "amount_kopecks": "20000"})
    asked = Correction.objects.get(state="requested")
    address = page("partners_correction_confirm", asked.pk)
    assert "подтвердить её должен другой сотрудник" in answer(desk, address)
    assert ledger.balance(boris) == 3_000_00
    other = at_desk(boss())
    assert "Подтвердить корректировки 1" in words(other.get("/admin/"))
    assert "проведена" in answer(other, address)
    assert ledger.balance(boris) == 23_000_00
    assert "уже провели или отклонили" in answer(other, address)


def test_a_large_one_is_declined_with_a_reason(boris: Partner, desk: Browser) -> None:
    answer(desk, ENTER, TYPED | {"direction": "add", "amount_kopecks": "20000"})
    asked = Correction.objects.get(state="requested")
    address = page("partners_correction_decline", asked.pk)
    assert "Напишите причину" in answer(desk, address)
    assert "Не та сумма" in answer(desk, address, {"reason": "Не та сумма"})
    assert ledger.balance(boris) == 3_000_00


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"partner": "никто"}, "Такого партнёра нет."),
        ({"direction": ""}, "Выберите, начислить или списать."),
        ({"amount_kopecks": "-5"}, "Укажите сумму больше нуля"),
        ({"amount_kopecks": "0"}, "Укажите сумму больше нуля"),
        ({"memo": ""}, "Напишите, что прочитает партнёр."),
        ({"reason": ""}, "Напишите причину"),
    ],
)
def test_what_is_wrong_is_said(changes: dict[str, str], said: str, boris: Partner, desk: Browser) -> None:
    assert said in answer(desk, ENTER, TYPED | changes)
    assert ledger.balance(boris) == 3_000_00
