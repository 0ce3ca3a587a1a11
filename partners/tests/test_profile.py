"""What a partner says about itself: contacts, requisites as rows that are only added, letters it wants (R26)."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from partners import notices, phones, profile
from partners.models import Notice, Partner, Requisites
from partners.requisites import BadRequisites
from tests.factories import PartnerFactory, moscow

pytestmark = pytest.mark.django_db

NOW = moscow("2026-11-22 12:00")
COMPANY = {
    "name": "ООО «Красные цветы»",
    "inn": "7707083893",
    "kpp": "770701001",
    "ogrn": "1027700132195",
    "address": "Москва, ул. Цветочная, 1",
    "bank_name": "ПАО Банк",
    "bik": "044525225",
    "account": "40702810300000004567",
    "corr_account": "30101810400000000225",
    "vat": "none",
}
ENTREPRENEUR = COMPANY | {
    "name": "ИП Сергеев Андрей Викторович",
    "inn": "500100732259",
    "kpp": "",
    "ogrn": "304500116000157",
    "account": "40802810200000004567",
    "vat": "vat_5",
}


def enter(partner: Partner, **typed: str) -> Requisites | None:
    return profile.enter_requisites(partner, by=partner.user, now=NOW, **COMPANY | typed)


def letters() -> list[tuple[str, str]]:
    return list(Notice.objects.order_by("pk").values_list("kind", "key"))


def standing(partner: Partner) -> dict[str, Any]:
    row = partner.requisites.latest()
    return {field: getattr(row, field) for field in COMPANY}


def test_contacts_are_kept_with_the_phone_in_one_spelling() -> None:
    partner = PartnerFactory()
    profile.change_contacts(partner, full_name="Анна Ю.", phone="8 (916) 123 45 67", website="vk.ru/anna")
    partner = Partner.objects.get()
    assert (partner.full_name, partner.phone, partner.website) == ("Анна Ю.", "+79161234567", "vk.ru/anna")


def test_contacts_with_a_bad_phone_change_nothing() -> None:
    partner = PartnerFactory(phone="+79990000001")
    with pytest.raises(phones.NotAPhone):
        profile.change_contacts(partner, full_name="Анна Ю.", phone="завтра", website="")
    partner = Partner.objects.get()
    assert (partner.full_name, partner.phone) == ("Анна Партнёрова", "+79990000001")


def test_requisites_are_a_new_row_that_says_who_entered_it_and_when() -> None:
    partner = PartnerFactory()
    row = enter(partner)
    assert row == Requisites.objects.get()
    assert standing(partner) == COMPANY
    assert (row.entered_at, row.entered_by) == (NOW, partner.user)
    assert Partner.objects.get().inn == "7707083893"
    assert letters() == [("requisites_changed", f"requisites_changed:{row.pk}")]


def test_requisites_are_taken_as_people_write_them() -> None:
    partner = PartnerFactory()
    enter(partner, inn=" 7707-083-893 ", account="40702 810 3 0000 0004567", name="  ООО  «Красные   цветы» ")
    assert standing(partner) == COMPANY


def test_entrepreneur_has_no_kpp_and_an_ogrnip() -> None:
    partner = PartnerFactory()
    profile.enter_requisites(partner, by=partner.user, now=NOW, **ENTREPRENEUR)
    assert standing(partner) == ENTREPRENEUR
    assert Partner.objects.get().inn == "500100732259"


def test_same_requisites_again_add_neither_row_nor_letter() -> None:
    partner = PartnerFactory()
    enter(partner)
    assert enter(partner, account="4070 2810 3000 0000 4567") is None
    assert (partner.requisites.count(), len(letters())) == (1, 1)


def test_going_back_to_earlier_requisites_is_a_change() -> None:
    partner = PartnerFactory()
    enter(partner)
    enter(partner, vat="vat_22")
    enter(partner)
    assert list(partner.requisites.values_list("vat", flat=True)) == ["none", "vat_22", "none"]
    assert len(letters()) == 3


def test_wrong_requisites_are_named_all_at_once_and_nothing_is_kept() -> None:
    partner = PartnerFactory(inn="500100732259")
    with pytest.raises(BadRequisites) as bad:
        enter(partner, inn="7707083894", bik="14525225")
    assert sorted(bad.value.errors) == ["bik", "inn"]
    assert (partner.requisites.count(), letters(), Partner.objects.get().inn) == (0, [], "500100732259")


def test_individual_has_no_requisites() -> None:
    partner = PartnerFactory(tariff="individual")
    with pytest.raises(profile.NotPaidToAnAccount):
        enter(partner)
    assert Requisites.objects.count() == 0


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_the_same_moment_add_one_row() -> None:
    partner = PartnerFactory()

    def click(_: int) -> None:
        try:
            enter(Partner.objects.select_related("user").get(pk=partner.pk))
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(click, range(4)))
    assert (Requisites.objects.count(), Notice.objects.count()) == (1, 1)


def test_letters_that_are_not_wanted_are_kept_as_muted() -> None:
    partner = PartnerFactory()
    profile.choose_notices(partner, wanted=["month_credited", "terms_offer", "withdrawal_sent", "withdrawal_paid"])
    assert Partner.objects.get().muted_notices == ["client_attached", "client_declined"]
    profile.choose_notices(partner, wanted=list(notices.CAN_BE_STOPPED))
    assert Partner.objects.get().muted_notices == []


def test_letters_that_guard_money_can_not_be_muted() -> None:
    partner = PartnerFactory()
    profile.choose_notices(partner, wanted=[])
    muted = Partner.objects.get().muted_notices
    assert sorted(muted) == [
        "client_attached",
        "client_declined",
        "month_credited",
        "terms_offer",
        "withdrawal_paid",
        "withdrawal_sent",
    ]
