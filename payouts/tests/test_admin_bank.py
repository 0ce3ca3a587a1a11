"""The bank at the desk: files out, statements in."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client as Browser
from pytest_django import Settings

from partners.models import Partner
from payouts import decisions, withdrawals
from payouts.models import BankFile, BankOrder, BankStatement, Withdrawal
from payouts.tests.desk import answer, at_desk, boss, page, words
from payouts.tests.people import legal
from payouts.tests.test_bank_files import OURS, executed_today, statement
from tests.factories import moscow

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at:UserWarning")]

NOW = moscow("2025-11-03 12:00")


@pytest.fixture(autouse=True)
def ours(settings: Settings) -> None:
    settings.PROGRAMME_COMPANY = OURS


@pytest.fixture
def anna() -> Partner:
    return legal(90_000_00)


@pytest.fixture
def desk() -> Browser:
    return at_desk(boss(email="olga@skorozvon.ru"))


def approved(partner: Partner, kopecks: int = 2_000_00) -> Withdrawal:
    withdrawal = withdrawals.request(partner, amount_kopecks=kopecks, destination="bank", by=partner.user, now=NOW)
    decisions.approve(withdrawal, by=boss(), now=NOW)
    return withdrawal


def state(withdrawal: Withdrawal) -> str:
    withdrawal.refresh_from_db()
    return withdrawal.state


def taken_in(desk: Browser, content: bytes) -> str:
    return answer(desk, page("payouts_bankstatement_take-in"), {"content": SimpleUploadedFile("kl.txt", content)})


# --- Out --------------------------------------------------------------------------------------------------------------


def test_all_that_waits_is_ticked_and_collected(anna: Partner, desk: Browser) -> None:
    first, second = approved(anna), approved(anna, 3_000_00)
    shown = desk.get(page("payouts_bankfile_collect"))
    assert shown.content.decode().count("checked") == 2
    assert "2 заявки на 5 000,00 ₽" in words(shown).replace("\u202f", " ")
    said = answer(desk, page("payouts_bankfile_collect"), {"only": [first.pk, second.pk]})
    assert f"Файл № {BankFile.objects.get().pk} собран." in said
    assert (state(first), state(second)) == ("sent", "sent")
    assert [str(step.taken_by) for step in first.steps.filter(state="sent")] == ["olga@skorozvon.ru"]


def test_only_the_ticked_ones_are_collected(anna: Partner, desk: Browser) -> None:
    first, second = approved(anna), approved(anna, 3_000_00)
    answer(desk, page("payouts_bankfile_collect"), {"only": [second.pk]})
    assert (state(first), state(second)) == ("approved", "sent")


def test_a_second_click_collects_nothing(anna: Partner, desk: Browser) -> None:
    withdrawal = approved(anna)
    answer(desk, page("payouts_bankfile_collect"), {"only": [withdrawal.pk]})
    said = answer(desk, page("payouts_bankfile_collect"), {"only": [withdrawal.pk]})
    assert "Собирать нечего" in said
    assert BankFile.objects.count() == 1


def test_what_was_cancelled_meanwhile_stops_the_file(anna: Partner, desk: Browser) -> None:
    first, second = approved(anna), approved(anna, 3_000_00)
    decisions.cancel(first, by=anna.user, now=NOW)
    said = answer(desk, page("payouts_bankfile_collect"), {"only": [first.pk, second.pk]})
    assert "Пока вы смотрели, заявки изменились." in said
    assert not BankFile.objects.exists()


def test_without_our_own_account_nothing_is_collected(anna: Partner, desk: Browser, settings: Settings) -> None:
    settings.PROGRAMME_COMPANY = OURS | {"account": ""}
    withdrawal = approved(anna)
    said = answer(desk, page("payouts_bankfile_collect"), {"only": [withdrawal.pk]})
    assert "COMPANY_ACCOUNT" in said
    assert state(withdrawal) == "approved"


def test_a_file_is_downloaded_byte_for_byte(anna: Partner, desk: Browser) -> None:
    answer(desk, page("payouts_bankfile_collect"), {"only": [approved(anna).pk]})
    file = BankFile.objects.get()
    response = desk.get(page("payouts_bankfile_download", file.pk))
    assert response.content == bytes(file.content)
    assert "Вознаграждение" in response.content.decode("cp1251")
    assert response["Content-Type"] == "text/plain; charset=windows-1251"
    assert response["Content-Disposition"] == f'attachment; filename="to_bank_{file.pk}.txt"'
    assert response["X-Content-Type-Options"] == "nosniff"


def test_discard(anna: Partner, desk: Browser) -> None:
    withdrawal = approved(anna)
    answer(desk, page("payouts_bankfile_collect"), {"only": [withdrawal.pk]})
    file = BankFile.objects.get()
    address = page("payouts_bankfile_discard", file.pk)
    assert "Напишите причину" in answer(desk, address)
    assert "отозван, его заявки ждут нового файла" in answer(desk, address, {"reason": "Банк не принял"})
    file.refresh_from_db()
    assert (str(file.discarded_by), file.discard_reason) == ("olga@skorozvon.ru", "Банк не принял")
    assert state(withdrawal) == "approved"
    assert "Отозвать нельзя" in answer(desk, address, {"reason": "Ещё раз"})


def test_a_discarded_file_is_not_offered_to_the_bank_again(anna: Partner, desk: Browser) -> None:
    answer(desk, page("payouts_bankfile_collect"), {"only": [approved(anna).pk]})
    file = BankFile.objects.get()
    assert "Скачать для банка" in words(desk.get(page("payouts_bankfile_change", file.pk)))
    answer(desk, page("payouts_bankfile_discard", file.pk), {"reason": "Банк не принял"})
    assert "Скачать для банка" not in words(desk.get(page("payouts_bankfile_change", file.pk)))


def test_the_list_tells_how_far_the_bank_is(anna: Partner, desk: Browser) -> None:
    answer(desk, page("payouts_bankfile_collect"), {"only": [approved(anna).pk, approved(anna, 3_000_00).pk]})
    assert "ждёт выписки" in words(desk.get(page("payouts_bankfile_changelist")))
    first, second = BankOrder.objects.order_by("withdrawal__amount_kopecks")
    taken_in(desk, statement(executed_today(first.pk, "2000.00")))
    assert "исполнено 1" in words(desk.get(page("payouts_bankfile_changelist")))
    taken_in(desk, statement(executed_today(second.pk, "3000.00")))
    assert "исполнен 2" in words(desk.get(page("payouts_bankfile_changelist")))


# --- And back ---------------------------------------------------------------------------------------------------------


def test_a_statement_marks_as_paid_and_tells_what_does_not_fit(anna: Partner, desk: Browser) -> None:
    paid, other = approved(anna), approved(anna, 3_000_00)
    answer(desk, page("payouts_bankfile_collect"), {"only": [paid.pk, other.pk]})
    said = taken_in(
        desk,
        statement(executed_today(paid.orders.get().pk, "2000.00"), executed_today(other.orders.get().pk, "2999.00")),
    ).replace("\u202f", " ")
    assert "принята, отмечено выплаченными: 1" in said
    assert f"вывод № {other.pk}: банк перевёл 2 999 ₽, а в заявке 3 000 ₽" in said
    assert (state(paid), state(other)) == ("paid", "sent")
    assert str(BankStatement.objects.get().taken_in_by) == "olga@skorozvon.ru"


def test_the_same_statement_again_is_the_one_that_stands(anna: Partner, desk: Browser) -> None:
    withdrawal = approved(anna)
    answer(desk, page("payouts_bankfile_collect"), {"only": [withdrawal.pk]})
    content = statement(executed_today(withdrawal.orders.get().pk, "2000.00"))
    taken_in(desk, content)
    taken_in(desk, content)
    assert BankStatement.objects.count() == 1
    assert withdrawal.steps.filter(state="paid").count() == 1


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "Файл пустой."),
        (b"%PDF-1.4", "Это не файл обмена с банком"),
        (statement(account="40702810000000000000"), "Это выписка не того счёта"),
        (b"1CClientBankExchange\r\n" + b" " * 10 * 1024 * 1024, "Файл больше 10 МБ."),
    ],
    ids=["empty", "a PDF", "of another account", "too large"],
)
def test_a_file_that_is_no_statement_of_ours(content: bytes, said: str, desk: Browser) -> None:
    assert said in taken_in(desk, content)
    assert not BankStatement.objects.exists()
