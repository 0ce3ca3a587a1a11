"""Clients and requests to attach them at the desk (R7, R9, R17)."""

from io import BytesIO
from typing import Any

import openpyxl
import pytest
from django.test import Client as Browser
from pytest_django import DjangoAssertNumQueries

from partners.models import Partner
from payouts.tests.desk import answer, at_desk, boss, page, words
from referrals import attach_requests, attribution
from referrals.models import AttachRequest, Client, Referral
from tests.factories import NOW, PartnerFactory, StaffFactory, charged, deliver, moscow, outcome, registered

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at:UserWarning")]


@pytest.fixture
def anna() -> Partner:
    return PartnerFactory(code="anna", full_name="Анна Юрлицова")


@pytest.fixture
def desk() -> Browser:
    return at_desk(boss(email="olga@skorozvon.ru"))


@pytest.fixture
def flowers() -> Client:
    """Nobody's, charged once."""
    given = {"name": "ООО «Красные цветы»", "inn": "7707083893", "email": "Info@Flowers.example"}
    deliver(registered("c-1", "2025-10-01 10:00", **given))
    deliver(charged("ch-1", "c-1", "100.00", "2025-10-10 09:30"))
    return Client.objects.get()


def found(desk: Browser, query: str) -> list[str]:
    return [row.account_id for row in desk.get(f"/admin/referrals/client/?{query}").context["rows"]]


def test_clients_are_found(flowers: Client, anna: Partner, desk: Browser) -> None:
    deliver(registered("c-2", "2025-11-01 10:00", ref="anna", name="ИП Сергеев"))
    for query in ("q=c-1", "q=7707083893", "q=info@flowers.example", "q=красные+ооо", "until=2025-10-01"):
        assert (query, found(desk, query)) == (query, ["c-1"])
    assert found(desk, "partner=anna") == ["c-2"]
    assert found(desk, "since=2025-10-02") == ["c-2"]
    assert found(desk, "") == ["c-2", "c-1"]
    assert found(desk, "q=ничего") == found(desk, "q=c-1&since=9999-12-31&q=нет") == []


def test_a_client_of_nobody_is_attached_and_its_charges_count(flowers: Client, anna: Partner, desk: Browser) -> None:
    told = words(desk.get(page("referrals_client_change", flowers.pk)))
    assert "Ни за кем не закреплён" in told
    assert "клиент ни за кем не закреплён" in told
    typed = {"partner": "anna", "starts_at": "2025-10-05T12:00", "reason": "Письмо"}
    said = answer(desk, page("referrals_client_attach", flowers.pk), typed)
    assert "Клиент прикреплён." in said
    assert "Письмо" in said
    held = flowers.attributions.get()
    assert (held.partner, held.starts_at, str(held.decided_by)) == (
        anna,
        moscow("2025-10-05 12:00"),
        "olga@skorozvon.ru",
    )
    assert outcome("ch-1") == ("counted", "2025-10")


def test_a_moment_to_come_is_no_moment(flowers: Client, anna: Partner, desk: Browser) -> None:
    typed = {"partner": "anna", "starts_at": "2999-10-05T12:00", "reason": "Письмо"}
    assert "Этот момент ещё не наступил." in answer(desk, page("referrals_client_attach", flowers.pk), typed)
    assert not flowers.attributions.exists()


def test_a_client_is_passed_on_with_a_reason(flowers: Client, anna: Partner, desk: Browser) -> None:
    boris = PartnerFactory(code="boris", tariff="individual")
    attribution.attach(flowers, anna, requested_at=NOW, by=StaffFactory(), reason="")
    address = page("referrals_client_transfer", flowers.pk)
    assert "Напишите причину" in answer(desk, address, {"partner": "boris"})
    assert "Клиент передан" in answer(desk, address, {"partner": "boris", "reason": "Анна ушла"})
    assert [row.partner for row in flowers.attributions.all()] == [anna, boris]
    assert "Клиент уже закреплён" in answer(desk, address, {"partner": "boris", "reason": "ещё раз"})


def test_training_is_marked_and_unmarked(flowers: Client, anna: Partner, desk: Browser) -> None:
    attribution.attach(flowers, anna, requested_at=NOW, by=StaffFactory(), reason="")
    address = page("referrals_client_train", flowers.pk)
    assert "укажите этот день или более поздний" in answer(desk, address, {"trained_on": "2025-09-30"})
    assert "Обучен 2 октября 2025" in answer(desk, address, {"trained_on": "2025-10-02"})
    assert "Обучение не отмечено" in answer(desk, address, {"trained_on": ""})
    assert Referral.objects.get().trained_on is None


def test_the_pages_cost_the_same_with_one_row_and_with_many(
    flowers: Client, anna: Partner, desk: Browser, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(30):
        deliver(
            registered(f"c-{number + 10}", "2025-10-01 10:00", ref="anna"),
            charged(f"ch-{number + 10}", "c-10", "100.00", "2025-10-10 09:30"),
        )
    many = Client.objects.get(account_id="c-10")
    for path in ("/admin/referrals/client/", page("referrals_client_change", many.pk)):
        with django_assert_max_num_queries(11):
            desk.get(path)


def test_the_list_is_taken_away_as_it_is_filtered(flowers: Client, anna: Partner, desk: Browser) -> None:
    deliver(registered("c-2", "2025-11-01 10:00", ref="anna", name="=1+1"))
    response: Any = desk.get("/admin/referrals/client/export.xlsx?partner=anna")
    sheet = openpyxl.load_workbook(BytesIO(response.getvalue())).active
    response.close()
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert rows[0][:2] == ["Аккаунт", "Название"]
    assert [row[:2] + row[6:7] for row in rows[1:]] == [["c-2", "=1+1", "Анна Юрлицова"]]
    assert sheet.cell(2, 2).data_type == "s"


# --- Requests ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def asked(anna: Partner) -> AttachRequest:
    return attach_requests.request(anna, company="красные цветы", now=moscow("2025-10-20 12:00"))


def test_a_request_is_accepted_by_choosing_the_client(asked: AttachRequest, flowers: Client, desk: Browser) -> None:
    address = page("referrals_attachrequest_accept", asked.pk)
    assert "ООО «Красные цветы»" in words(desk.get(address))
    assert "Клиент прикреплён" in answer(desk, address, {"client": str(flowers.pk)})
    asked.refresh_from_db()
    assert (asked.state, asked.client, str(asked.decided_by)) == ("accepted", flowers, "olga@skorozvon.ru")
    assert flowers.attributions.get().starts_at == flowers.registered_at
    assert "уже решили" in answer(desk, address, {"client": str(flowers.pk)})


def test_another_client_is_looked_for(asked: AttachRequest, flowers: Client, desk: Browser) -> None:
    deliver(registered("c-2", "2025-10-02 10:00", name="ООО Тюльпан"))
    tulip, address = Client.objects.get(account_id="c-2"), page("referrals_attachrequest_accept", asked.pk)
    assert "нет среди найденных" in answer(desk, address, {"client": str(tulip.pk)})
    assert "По этим словам клиента нет" in words(desk.get(f"{address}?q=нет такого"))
    typed = {"client": str(tulip.pk), "starts_at": "2025-10-15T10:00"}
    assert "Для другого момента напишите причину." in answer(desk, f"{address}?q=тюльпан", typed)
    assert "Клиент прикреплён" in answer(desk, f"{address}?q=тюльпан", typed | {"reason": "Договор от 15-го"})
    assert tulip.attributions.get().starts_at == moscow("2025-10-15 10:00")


def test_a_request_is_declined_with_a_reason(asked: AttachRequest, desk: Browser) -> None:
    address = page("referrals_attachrequest_decline", asked.pk)
    assert "Напишите причину" in answer(desk, address)
    assert "Такой компании нет" in answer(desk, address, {"reason": "Такой компании нет"})
    asked.refresh_from_db()
    assert asked.state == "declined"


def test_requests_wait_on_the_first_page_the_oldest_first(anna: Partner, desk: Browser) -> None:
    for company, at in (("Вторая", "2025-10-21 12:00"), ("Первая", "2025-10-20 12:00")):
        attach_requests.request(anna, company=company, now=moscow(at))
    told = words(desk.get("/admin/"))
    assert "Прикрепить клиентов 2 Все Ждут больше трёх дней: 2" in told
    assert told.index("Первая") < told.index("Вторая")
    listed = desk.get("/admin/referrals/attachrequest/?q=первая").context["rows"]
    assert [row.company for row in listed] == ["Первая"]
    assert len(desk.get("/admin/referrals/attachrequest/?q=анна&state=open").context["rows"]) == 2
