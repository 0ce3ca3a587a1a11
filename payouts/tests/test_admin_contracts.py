"""Contracts at the desk: copies are taken away, looked at, accepted with number and date, or declined."""

import datetime as dt

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client as Browser

from partners.models import Notice
from payouts import contracts
from payouts.models import Contract, SignedCopy
from payouts.tests.desk import answer, at_desk, boss, page, words
from tests.factories import PartnerFactory, moscow

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at:UserWarning")]

NOW = moscow("2025-11-03 12:00")
PDF = b"%PDF-1.4\nsigned\n%%EOF"


@pytest.fixture
def desk() -> Browser:
    return at_desk(boss(email="olga@skorozvon.ru"))


@pytest.fixture
def contract() -> Contract:
    """Offered."""
    return Contract.objects.create(partner=PartnerFactory(code="anna", full_name="Анна Юрлицова"), offered_at=NOW)


def upload(contract: Contract, content: bytes = PDF) -> SignedCopy:
    """By the partner."""
    return contracts.upload(contract, content=content, by=contract.partner.user, now=NOW)


def last_step(contract: Contract) -> tuple[str, str, str]:
    step = contract.steps.order_by("pk").last()
    assert step
    return step.state, str(step.taken_by), step.note


def test_accept_with_number_and_date(contract: Contract, desk: Browser) -> None:
    copy = upload(contract)
    typed = {"number": " 118 ", "signed_on": "05.11.2025", "copy": str(copy.pk)}
    said = answer(desk, page("payouts_contract_accept", contract.pk), typed)
    assert "Договор № 118 принят." in said
    assert "Договор № 118 от 5 ноября 2025" in said
    assert "Скачать последний PDF" in said
    contract.refresh_from_db()
    assert (contract.state, contract.number, contract.signed_on) == ("signed", "118", dt.date(2025, 11, 5))
    assert last_step(contract) == ("signed", "olga@skorozvon.ru", "")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"number": ""}, "Укажите номер договора."),
        ({"signed_on": ""}, "Укажите дату договора."),
        ({"signed_on": "3999-01-01"}, "до сегодняшнего дня"),
    ],
)
def test_what_is_wrong_is_said(changes: dict[str, str], said: str, contract: Contract, desk: Browser) -> None:
    upload(contract)
    typed = {"number": "118", "signed_on": "2025-11-05"} | changes
    assert said in answer(desk, page("payouts_contract_accept", contract.pk), typed)
    contract.refresh_from_db()
    assert contract.state == "uploaded"


def test_nobody_accepts_a_copy_that_it_has_not_seen(contract: Contract, desk: Browser) -> None:
    seen = upload(contract)
    assert f'value="{seen.pk}"' in desk.get(page("payouts_contract_accept", contract.pk)).content.decode()
    upload(contract, PDF.replace(b"signed", b"swapped"))
    typed = {"number": "118", "signed_on": "2025-11-05", "copy": str(seen.pk)}
    assert "загрузили другой экземпляр" in answer(desk, page("payouts_contract_accept", contract.pk), typed)
    contract.refresh_from_db()
    assert contract.state == "uploaded"


def test_wrong_number_or_date_of_an_accepted_contract_is_put_right(contract: Contract, desk: Browser) -> None:
    address, right = page("payouts_contract_correct", contract.pk), {"number": "181", "signed_on": "2025-11-06"}
    assert "Договор ещё не подписан" in answer(desk, address, right | {"reason": "Опечатка"})
    upload(contract)
    contracts.accept(contract, number="118", signed_on=dt.date(2025, 11, 5), by=boss(), now=moscow("2025-11-07 12:00"))
    assert 'value="118"' in desk.get(address).content.decode()
    assert "Напишите причину" in answer(desk, address, right)
    same = {"number": " 118", "signed_on": "2025-11-05", "reason": "Опечатка"}
    assert "Номер и дата те же" in answer(desk, address, same)
    said = answer(desk, address, right | {"reason": "Цифры переставлены"})
    assert "Договор № 181 от 6 ноября 2025" in said
    contract.refresh_from_db()
    assert (contract.state, contract.number, contract.signed_on) == ("signed", "181", dt.date(2025, 11, 6))
    state, by, note = last_step(contract)
    assert (state, by) == ("signed", "olga@skorozvon.ru")
    assert note.replace("\u00a0", " ") == "Было: № 118 от 5 ноября 2025. Цифры переставлены"
    letters = Notice.objects.filter(kind="contract_signed").order_by("pk")
    assert [letter.context["number"] for letter in letters] == ["118", "181"]


def test_decline_tells_the_partner_why(contract: Contract, desk: Browser) -> None:
    upload(contract)
    said = answer(desk, page("payouts_contract_decline", contract.pk), {"reason": "Нет последней страницы"})
    assert "партнёру ушло письмо с причиной" in said
    assert last_step(contract) == ("offered", "olga@skorozvon.ru", "Нет последней страницы")
    assert Notice.objects.filter(partner=contract.partner, kind="contract_declined").count() == 1


def test_two_staff_members_decide_at_once(contract: Contract, desk: Browser) -> None:
    upload(contract)
    answer(desk, page("payouts_contract_decline", contract.pk), {"reason": "Нет последней страницы"})
    other = at_desk(boss(email="petr@skorozvon.ru"))
    typed = {"number": "118", "signed_on": "2025-11-05"}
    assert "Обновите страницу и дождитесь нового" in answer(other, page("payouts_contract_accept", contract.pk), typed)


def test_staff_uploads_what_came_by_post(contract: Contract, desk: Browser) -> None:
    file = SimpleUploadedFile("scan.pdf", PDF, content_type="application/pdf")
    said = answer(desk, page("payouts_contract_upload", contract.pk), {"content": file})
    assert "Экземпляр загружен. Теперь его можно принять." in said
    assert str(contract.copies.get().uploaded_by) == "olga@skorozvon.ru"


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"", "Файл пустой."), (b"<html>", "Это не PDF, JPEG или PNG."), (b"%PDF-1.4" + b" " * 10_500_000, "Файл больше")],
    ids=["empty", "a page", "too large"],
)
def test_what_is_no_copy_is_not_kept(content: bytes, said: str, contract: Contract, desk: Browser) -> None:
    file = SimpleUploadedFile("scan.pdf", content)
    assert said in answer(desk, page("payouts_contract_upload", contract.pk), {"content": file})
    assert not SignedCopy.objects.exists()


def test_a_copy_is_only_ever_taken_away(contract: Contract, desk: Browser) -> None:
    copy = upload(contract)
    response = desk.get(page("payouts_contract_copy", contract.pk, copy.pk))
    assert response.content == PDF
    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Disposition"] == f'attachment; filename="contract-{contract.pk}-{copy.pk}.pdf"'


def test_a_copy_is_found_by_its_own_contract_only(contract: Contract, desk: Browser) -> None:
    other = Contract.objects.create(partner=PartnerFactory(), offered_at=NOW)
    copy = upload(contract)
    assert desk.get(page("payouts_contract_copy", other.pk, copy.pk)).status_code == 404


def test_the_list_is_narrowed_by_state_and_found_by_number_or_partner(contract: Contract, desk: Browser) -> None:
    signed = contracts.record_signed(PartnerFactory(), number="77-А", signed_on=dt.date(2025, 3, 5))

    def found(query: str) -> list[int]:
        return [row.pk for row in desk.get(f"/admin/payouts/contract/?{query}").context["rows"]]

    assert found("") == [signed.pk, contract.pk]
    assert found("state=signed") == [signed.pk]
    assert found("q=77-А") == [signed.pk]
    assert found("q=anna") == [contract.pk]


def test_the_first_page_counts_what_is_to_be_looked_at(contract: Contract, desk: Browser) -> None:
    assert "Проверить договоры 1" not in words(desk.get("/admin/"))
    upload(contract)
    assert "Проверить договоры 1" in words(desk.get("/admin/"))
