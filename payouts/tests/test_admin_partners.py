"""A partner at the desk: its story, the change of its tariff (R3), its tokens (R26)."""

import re
from typing import Any

import pytest
from django.test import Client as Browser
from pytest_django import DjangoAssertNumQueries

from partners import consents, ledger, registration, tokens
from partners.models import Deed, Partner
from payouts import withdrawals
from payouts.tests.desk import answer, at_desk, boss, page, staff_with, words
from payouts.tests.people import individual, legal
from referrals import close
from tests.factories import PartnerFactory, UserFactory, month, moscow

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at:UserWarning")]

NOW = moscow("2025-11-03 12:00")
CHANGE = {"tariff": "individual", "reason": "Закрыл ООО"}


@pytest.fixture
def anna() -> Partner:
    return legal(9_000_00)


@pytest.fixture
def desk() -> Browser:
    return at_desk(boss(email="olga@skorozvon.ru"))


def test_the_page_tells_the_whole_story(anna: Partner, desk: Browser) -> None:
    withdrawals.request(anna, amount_kopecks=2_500_00, destination="bank", by=anna.user, now=NOW)
    told = words(desk.get(page("partners_partner_change", anna.pk))).replace("\u202f", " ")
    for fact in (
        anna.full_name,
        anna.user.email,
        "На балансе 6 500,00 ₽",
        "Доступно к выводу 6 500,00 ₽, в пути 2 500,00 ₽",
        "На счет юрлица",
        "Код anna",
        "40702810300000004567",
        "Договор № 118",
        "−2 500,00 ₽",
    ):
        assert fact in told


def test_who_is_about_to_change_a_tariff_reads_what_will_be_zeroed(anna: Partner, desk: Browser) -> None:
    told = words(desk.get(page("partners_partner_change-tariff", anna.pk))).replace("\u202f", " ")
    assert "На балансе сейчас 9 000,00 ₽" in told


def test_who_waits_for_admission_has_a_page_too(desk: Browser) -> None:
    waiting = Partner.objects.create(
        user=UserFactory(), tariff="legal", full_name="Павел", phone="+79990000000", registered_at=NOW
    )
    assert "Ещё не участвует" in words(desk.get(page("partners_partner_change", waiting.pk)))


def test_the_tariff_is_changed_and_the_balance_zeroed(anna: Partner, desk: Browser) -> None:
    assert "Вид выплат изменён" in answer(desk, page("partners_partner_change-tariff", anna.pk), CHANGE)
    anna.refresh_from_db()
    assert (anna.tariff, ledger.balance(anna)) == ("individual", 0)
    assignment = anna.terms_assignments.order_by("pk").last()
    assert assignment
    assert (str(assignment.decided_by), assignment.note) == ("olga@skorozvon.ru", "Закрыл ООО")


def test_the_same_tariff_is_no_change(anna: Partner, desk: Browser) -> None:
    same = CHANGE | {"tariff": "legal"}
    assert "Этот вид выплат у партнёра и сейчас." in answer(desk, page("partners_partner_change-tariff", anna.pk), same)


def test_who_is_not_admitted_yet_has_no_tariff_to_change(anna: Partner, desk: Browser) -> None:
    Partner.objects.filter(pk=anna.pk).update(status="pending")
    assert "Партнёр ещё не принят" in answer(desk, page("partners_partner_change-tariff", anna.pk), CHANGE)


def test_money_on_its_way_stops_a_change(anna: Partner, desk: Browser) -> None:
    withdrawals.request(anna, amount_kopecks=2_500_00, destination="bank", by=anna.user, now=NOW)
    said = answer(desk, page("partners_partner_change-tariff", anna.pk), CHANGE)
    assert "У партнёра есть незавершённая заявка на вывод." in said
    anna.refresh_from_db()
    assert anna.tariff == "legal"


def test_a_month_that_is_being_closed_stops_a_change(anna: Partner, desk: Browser) -> None:
    close._freeze(month("2025-11"), moscow("2025-12-01 06:00"))
    said = answer(desk, page("partners_partner_change-tariff", anna.pk), CHANGE)
    assert "Сейчас закрывается месяц." in said


def test_partners_are_found(anna: Partner, desk: Browser) -> None:
    boris = individual(1_000_00)
    named = PartnerFactory(full_name="Виктория Необычная")

    def found(query: str) -> list[int]:
        return [row.pk for row in desk.get(f"/admin/partners/partner/?{query}").context["rows"]]

    assert found("q=anna") == [anna.pk]
    assert found(f"q={boris.user.email}") == [boris.pk]
    assert found("q=Необычная") == [named.pk]
    assert found("tariff=individual") == [boris.pk]
    assert found("status=blocked") == []


def test_a_request_for_the_partner_starts_from_its_page(anna: Partner, desk: Browser) -> None:
    address = f"/admin/payouts/withdrawal/enter/?partner={anna.user.email.replace('@', '%40')}"
    assert address in desk.get(page("partners_partner_change", anna.pk)).content.decode()
    assert f'value="{anna.user.email}"' in desk.get(address).content.decode()


def test_the_page_alone_gives_no_button(anna: Partner) -> None:
    body = at_desk(staff_with("partners.view_partner")).get(page("partners_partner_change", anna.pk)).content.decode()
    assert "Внести заявку" not in body
    assert "Сменить вид выплат" not in body


def waiting() -> Partner:
    """It has asked to join."""
    user = UserFactory()
    given: dict[str, Any] = {"tariff": "legal", "full_name": "Павел Ждунов", "phone": "+79990000000", "ip": None}
    agreed = consents.needed("legal")
    return registration.request(user, agreed_to=agreed, now=NOW, needs_approval=True, **given)


def test_a_request_to_join_is_approved_by_one_click(desk: Browser) -> None:
    pavel = waiting()
    assert "Одобрить партнёров 1 Все Ждут больше трёх дней: 1" in words(desk.get("/admin/"))
    assert "Запрос одобрен" in answer(desk, page("partners_partner_approve", pavel.pk))
    pavel.refresh_from_db()
    change = pavel.status_changes.last()
    assert change
    assert (pavel.status, str(change.changed_by)) == ("active", "olga@skorozvon.ru")
    assert "Состояние партнёра уже изменилось." in answer(desk, page("partners_partner_approve", pavel.pk))


def test_a_request_to_join_is_declined_with_a_reason(desk: Browser) -> None:
    pavel = waiting()
    address = page("partners_partner_decline", pavel.pk)
    assert "Напишите причину" in answer(desk, address)
    assert "Нет сайта" in answer(desk, address, {"reason": "Нет сайта"})
    pavel.refresh_from_db()
    assert pavel.status == "declined"


def test_a_partner_is_blocked_and_goes_on(anna: Partner, desk: Browser) -> None:
    told = answer(desk, page("partners_partner_block", anna.pk), {"reason": "Чужая рассылка"})
    assert "Участие приостановлено." in told
    assert "Чужая рассылка" in told
    assert "снова участвует" in answer(desk, page("partners_partner_unblock", anna.pk), {"reason": "Разобрались"})
    assert list(anna.status_changes.values_list("status", "reason")) == [
        ("blocked", "Чужая рассылка"),
        ("active", "Разобрались"),
    ]


def test_a_token_is_revoked_with_a_reason_that_the_journal_keeps(anna: Partner, desk: Browser) -> None:
    crm, _ = tokens.make(anna, name="CRM", scope="withdraw", by=anna.user, now=NOW)
    other, secret = tokens.make(anna, name="1С", scope="read", by=anna.user, now=NOW)
    told = words(desk.get(page("partners_partner_change", anna.pk)))
    assert f"CRM {crm.shown} чтение и вывод денег 3 ноября 2025 ещё не было Отозвать" in told
    address = page("partners_partner_revoke-token", anna.pk)
    assert "Выберите токен." in answer(desk, address, {"reason": "Утёк"})
    assert "Напишите причину" in answer(desk, address, {"token": str(crm.pk)})
    assert f"Токен {crm.shown} отозван" in answer(desk, address, {"token": str(crm.pk), "reason": "Утёк"})
    assert "Этот токен уже отозван." in answer(desk, address, {"token": str(crm.pk), "reason": "Утёк"})
    deed = Deed.objects.get(action="partners.partner.revoke-token")
    assert (str(deed.by), deed.reason, deed.subject_id) == ("olga@skorozvon.ru", "Утёк", str(anna.pk))
    assert deed.asked == {"token": crm.pk}
    assert list(anna.api_tokens.live()) == [other]
    told = words(desk.get(page("partners_partner_change", anna.pk)))
    assert "Отозван токен API «CRM»" in told
    assert secret not in told


def test_the_token_that_was_pressed_is_chosen_and_a_strangers_is_not_there(anna: Partner, desk: Browser) -> None:
    crm, _ = tokens.make(anna, name="CRM", scope="read", by=anna.user, now=NOW)
    tokens.make(anna, name="1С", scope="read", by=anna.user, now=NOW)
    boris = individual(1_000_00)
    strangers, secret = tokens.make(boris, name="Чужой", scope="read", by=boris.user, now=NOW)
    address = page("partners_partner_revoke-token", anna.pk)
    form = desk.get(f"{address}?token={crm.pk}").content.decode()
    assert re.search(rf'value="{crm.pk}"[^>]*checked', form)
    assert "Чужой" not in form
    assert "Этот токен уже отозван." in answer(desk, address, {"token": str(strangers.pk), "reason": "Утёк"})
    assert tokens.find(secret, now=NOW) == strangers


def test_the_token_of_a_blocked_partner_is_revoked_too(anna: Partner, desk: Browser) -> None:
    _, secret = tokens.make(anna, name="CRM", scope="read", by=anna.user, now=NOW)
    Partner.objects.filter(pk=anna.pk).update(status="blocked")
    answer(desk, page("partners_partner_revoke-token", anna.pk), {"token": anna.api_tokens.get().pk, "reason": "Утёк"})
    assert tokens.find(secret, now=NOW) is None


def test_who_may_only_look_sees_tokens_and_revokes_none(anna: Partner) -> None:
    tokens.make(anna, name="CRM", scope="read", by=anna.user, now=NOW)
    browser = at_desk(staff_with("partners.view_partner"))
    told = words(browser.get(page("partners_partner_change", anna.pk)))
    assert "CRM" in told
    assert "Отозвать" not in told
    assert browser.get(page("partners_partner_revoke-token", anna.pk)).status_code == 403


def test_the_story_costs_the_same_with_little_and_with_much(
    anna: Partner, desk: Browser, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(3):
        withdrawals.request(anna, amount_kopecks=2_000_00, destination="bank", by=anna.user, now=NOW)
    desk.get(page("partners_partner_change", anna.pk))  # the forecast is made
    with django_assert_max_num_queries(16):
        told = words(desk.get(page("partners_partner_change", anna.pk)))
    assert "Вывод № " in told
    assert "Корректировка на " in told
