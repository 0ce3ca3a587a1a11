"""To the bank in files and back by its statements: each withdrawal in at most one live file, paid once."""

import datetime as dt

import pytest
from django.utils import timezone
from pytest_django import Settings

from partners import ledger
from partners.models import Notice, Partner, Requisites
from partners.reasons import ReasonMissing
from payouts import bank_file, bank_files, decisions, sending, withdrawals
from payouts.models import BankFile, BankOrder, BankStatement, Withdrawal
from payouts.tests.people import enter_requisites, individual, legal, staff, steps_of
from skorozvon_partners import audit
from tests.factories import moscow

pytestmark = pytest.mark.django_db

NOW = moscow("2025-11-03 12:00")
LATER = moscow("2025-11-04 12:00")
OURS = {
    "name": "ООО «Скорозвон»",
    "inn": "5001007322",
    "kpp": "500101001",
    "ogrn": "1027700132195",
    "address": "Москва",
    "bank_name": "ПАО Банк",
    "bik": "044525225",
    "account": "40702810500000001234",
    "corr_account": "30101810400000000225",
}


@pytest.fixture(autouse=True)
def ours(settings: Settings) -> None:
    settings.PROGRAMME_COMPANY = OURS


@pytest.fixture
def anna() -> Partner:
    return legal(9_000_00)


def approved(partner: Partner, kopecks: int = 2_000_00) -> Withdrawal:
    withdrawal = withdrawals.request(
        partner,
        amount_kopecks=kopecks,
        destination="bank",
        by=partner.user,
        now=NOW,
        key=str(Withdrawal.objects.count()),
    )
    decisions.approve(withdrawal, by=staff(), now=NOW)
    return withdrawal


def collect() -> BankFile:
    return bank_files.collect(by=staff(), now=NOW)


def state(withdrawal: Withdrawal) -> str:
    withdrawal.refresh_from_db()
    return withdrawal.state


def text_of(file: BankFile) -> str:
    return bytes(BankFile.objects.get(pk=file.pk).content).decode("cp1251")


def order(number: int | str, amount: str, *, to: str = "40702810300000004567", on: str = "04.11.2025") -> str:
    return "\r\n".join(
        [
            "СекцияДокумент=Платежное поручение",
            f"Номер={number}",
            "Дата=03.11.2025",
            f"Сумма={amount}",
            f"ПлательщикСчет={OURS['account']}",
            f"ДатаСписано={on}",
            f"ПолучательСчет={to}",
            "НазначениеПлатежа=Вознаграждение",
            "КонецДокумента",
        ]
    )


def executed_today(number: int | str, amount: str) -> str:
    """For those who collect by the clock."""
    return order(number, amount, on=f"{timezone.localdate():%d.%m.%Y}")


def statement(*orders: str, account: str = OURS["account"]) -> bytes:
    head = ["1CClientBankExchange", "ВерсияФормата=1.03", "Кодировка=Windows", f"РасчСчет={account}"]
    return "\r\n".join([*head, *orders, "КонецФайла", ""]).encode("cp1251")


def take_in(*orders: str) -> tuple[int, list[str]]:
    """How many withdrawals the statement marked as paid, and what didn't fit."""
    taken_in = bank_files.take_in(statement(*orders), by=staff(), now=LATER)
    return taken_in.paid, [" ".join(each.split()) for each in taken_in.differences]


# --- Out --------------------------------------------------------------------------------------------------------------


def test_approved_withdrawals_are_collected_and_sent(anna: Partner) -> None:
    first, second = approved(anna), approved(anna, 3_000_50)
    file = collect()
    assert (state(first), state(second)) == ("sent", "sent")
    text = text_of(file)
    assert text.count("СекцияДокумент=Платежное поручение") == 2
    assert "Сумма=2000.00\r\n" in text
    assert "Сумма=3000.50\r\n" in text
    assert "ПолучательСчет=40702810300000004567\r\n" in text
    assert "НазначениеПлатежа=Вознаграждение по договору № 118 от 05.03.2025, заявка на вывод №" in text
    assert text.count("НДС не облагается") == 2
    assert list(audit.run()) == []


def test_purpose_names_the_vat_that_the_sum_includes() -> None:
    anna = legal(9_000_00, requisites=False)
    enter_requisites(anna, vat=Requisites.Vat.VAT_20)
    approved(anna, 2_400_00)
    assert "В том числе НДС 20 % - 400.00\r\n" in text_of(collect())


def test_what_is_collected_is_not_collected_again(anna: Partner) -> None:
    approved(anna)
    collect()
    with pytest.raises(bank_files.NothingToCollect):
        collect()
    assert BankFile.objects.count() == 1


def test_only_the_chosen_ones_are_collected(anna: Partner) -> None:
    first, second = approved(anna), approved(anna)
    bank_files.collect(by=staff(), now=NOW, only=[second.pk])
    assert (state(first), state(second)) == ("approved", "sent")


def test_requests_that_wait_for_staff_and_cards_are_not_collected(anna: Partner) -> None:
    withdrawals.request(anna, amount_kopecks=2_000_00, destination="bank", by=anna.user, now=NOW)
    boris = individual(3_000_00)
    card = withdrawals.request(boris, amount_kopecks=3_000_00, destination="card", by=boris.user, now=NOW)
    decisions.approve(card, by=staff(), now=NOW)
    with pytest.raises(bank_files.NothingToCollect):
        collect()


def test_name_that_adds_an_order_stops_the_file_and_changes_nothing() -> None:
    anna = legal(9_000_00, requisites=False)
    enter_requisites(anna, name="ООО\r\nКонецДокумента\r\nСекцияДокумент=Платежное поручение")
    withdrawal = approved(anna)
    with pytest.raises(bank_file.CannotBeWritten):
        collect()
    assert (state(withdrawal), BankFile.objects.count(), BankOrder.objects.count()) == ("approved", 0, 0)


def test_without_our_account_nothing_is_collected(anna: Partner, settings: Settings) -> None:
    settings.PROGRAMME_COMPANY = OURS | {"account": ""}
    approved(anna)
    with pytest.raises(bank_files.OursIsMissing):
        collect()


def test_partner_can_not_cancel_what_is_in_a_file_and_is_told_that_it_is_sent(anna: Partner) -> None:
    withdrawal = approved(anna)
    collect()
    with pytest.raises(decisions.TooLate):
        decisions.cancel(withdrawal, by=anna.user, now=LATER)
    assert Notice.objects.filter(kind="withdrawal_sent").count() == 1


# --- Discarding -------------------------------------------------------------------------------------------------------


def test_discarded_file_lets_its_withdrawals_be_collected_anew(anna: Partner) -> None:
    withdrawal = approved(anna)
    file = collect()
    bank_files.discard(file, by=staff(), reason="Не тот день", now=LATER)
    assert (state(withdrawal), withdrawal.can_be_cancelled) == ("approved", True)
    collect()
    assert state(withdrawal) == "sent"
    assert steps_of(withdrawal) == ["requested", "approved", "sent", "approved", "sent"]
    assert list(BankOrder.objects.order_by("pk").values_list("is_live", flat=True)) == [False, True]
    assert list(audit.run()) == []


def test_file_of_which_the_bank_has_paid_something_can_not_be_discarded(anna: Partner) -> None:
    approved(anna)
    approved(anna)
    file = collect()
    take_in(order(file.orders.first().pk, "2000.00"))  # type: ignore[union-attr]
    with pytest.raises(bank_files.FileHasEnded):
        bank_files.discard(file, by=staff(), reason="Не тот день", now=LATER)


def test_file_is_discarded_once_and_with_a_reason(anna: Partner) -> None:
    approved(anna)
    file = collect()
    with pytest.raises(ReasonMissing):
        bank_files.discard(file, by=staff(), reason=" ", now=LATER)
    bank_files.discard(file, by=staff(), reason="Не тот день", now=LATER)
    with pytest.raises(bank_files.FileHasEnded):
        bank_files.discard(file, by=staff(), reason="Не тот день", now=LATER)


# --- And back ---------------------------------------------------------------------------------------------------------


def number(withdrawal: Withdrawal) -> int:
    return withdrawal.orders.get(is_live=True).pk


def test_statement_marks_what_the_bank_has_paid(anna: Partner) -> None:
    first, second = approved(anna), approved(anna, 3_000_50)
    collect()
    assert take_in(order(number(first), "2000.00")) == (1, [])
    assert (state(first), state(second)) == ("paid", "sent")
    assert first.steps.last().note == f"Оплачено 4\u00a0ноября 2025, платёжное поручение № {number(first)}"  # type: ignore[union-attr]


def test_same_statement_twice_is_one(anna: Partner) -> None:
    withdrawal = approved(anna)
    collect()
    assert take_in(order(number(withdrawal), "2000.00")) == (1, [])
    assert take_in(order(number(withdrawal), "2000.00")) == (1, [])
    assert (BankStatement.objects.count(), len(steps_of(withdrawal))) == (1, 4)


def test_longer_statement_that_repeats_a_payment_pays_nothing_twice(anna: Partner) -> None:
    first, second = approved(anna), approved(anna)
    collect()
    take_in(order(number(first), "2000.00"))
    assert take_in(order(number(first), "2000.00"), order(number(second), "2000.00")) == (1, [])


@pytest.mark.parametrize(
    ("amount", "to", "on", "said"),
    [
        ("2000.01", "40702810300000004567", "04.11.2025", "банк перевёл 2 000,01 ₽, а в заявке 2 000 ₽"),
        ("2000.00", "40702810300000004567", "", "банк ещё не списал деньги"),
    ],
)
def test_what_does_not_fit_is_for_staff(anna: Partner, amount: str, to: str, on: str, said: str) -> None:
    withdrawal = approved(anna)
    collect()
    paid, [difference] = take_in(order(number(withdrawal), amount, to=to, on=on))
    assert (paid, state(withdrawal)) == (0, "sent")
    assert difference == f"Поручение № {number(withdrawal)}, вывод № {withdrawal.pk}: {said}"


def test_other_payments_of_the_account_are_passed_over(anna: Partner) -> None:
    withdrawal = approved(anna)
    collect()
    other = order(number(withdrawal), "2000.00", to="40702810900000009999")
    assert take_in(other, order(777_777, "15.00"), order("БО-1", "9.00")) == (0, [])
    assert state(withdrawal) == "sent"


def test_order_of_a_discarded_file_that_the_bank_paid_all_the_same_is_paid_and_said(anna: Partner) -> None:
    withdrawal = approved(anna)
    file = collect()
    dead = number(withdrawal)
    bank_files.discard(file, by=staff(), reason="Не тот день", now=LATER)
    paid, [difference] = take_in(order(dead, "2000.00"))
    assert (paid, state(withdrawal)) == (1, "paid")
    assert difference.endswith("файл был отозван, а банк его исполнил")
    assert list(audit.run()) == []


@pytest.fixture
def twice(anna: Partner) -> tuple[Withdrawal, int, BankFile]:
    """A withdrawal of a discarded file, of which the bank has paid its order all the same; and the new file."""
    withdrawal = approved(anna)
    file = collect()
    dead = number(withdrawal)
    bank_files.discard(file, by=staff(), reason="Не тот день", now=LATER)
    return withdrawal, dead, collect()


def test_order_of_a_discarded_file_that_stands_in_a_new_one_is_paid_and_the_new_one_must_be_recalled(
    twice: tuple[Withdrawal, int, BankFile],
) -> None:
    withdrawal, dead, _ = twice
    paid, [difference] = take_in(order(dead, "2000.00"))
    assert (paid, state(withdrawal)) == (1, "paid")
    new = number(withdrawal)
    assert difference.endswith(f"файл был отозван, а банк его исполнил: отзовите в банке новое поручение № {new}")


def test_what_the_bank_paid_by_a_discarded_file_is_never_collected_again(
    twice: tuple[Withdrawal, int, BankFile],
) -> None:
    withdrawal, dead, new = twice
    take_in(order(dead, "2000.00"))
    bank_files.discard(new, by=staff(), reason="Отозвано в банке", now=LATER)
    assert state(withdrawal) == "paid"
    with pytest.raises(bank_files.NothingToCollect):
        collect()
    assert list(audit.run()) == []


def test_discarding_gives_back_the_others_of_a_file(twice: tuple[Withdrawal, int, BankFile]) -> None:
    withdrawal, dead, new = twice
    take_in(order(dead, "2000.00"))
    other = approved(withdrawal.partner)
    collect()
    bank_files.discard(new, by=staff(), reason="Отозвано в банке", now=LATER)
    assert (state(withdrawal), state(other)) == ("paid", "sent")


@pytest.mark.parametrize("first", ["dead", "new"])
def test_both_orders_of_a_withdrawal_paid_is_said_whichever_comes_first(
    twice: tuple[Withdrawal, int, BankFile], first: str
) -> None:
    withdrawal, dead, _ = twice
    new = number(withdrawal)
    numbers = (dead, new) if first == "dead" else (new, dead)
    take_in(order(numbers[0], "2000.00"))
    paid, [difference] = take_in(order(numbers[1], "2000.00", on="05.11.2025"))
    assert (paid, state(withdrawal)) == (0, "paid")
    assert difference.endswith(f"оплачено дважды, ещё и поручением № {numbers[0]}")


def test_order_that_the_bank_carries_out_twice_is_said(anna: Partner) -> None:
    withdrawal = approved(anna)
    collect()
    once = order(number(withdrawal), "2000.00")
    paid, [difference] = take_in(once, once)
    assert (paid, state(withdrawal)) == (1, "paid")
    assert difference.endswith("в выписке оно дважды: проверьте, не списаны ли деньги два раза")
    _, [later] = take_in(order(number(withdrawal), "2000.00", on="06.11.2025"))
    assert later.endswith("исполнено дважды: 4 ноября 2025 и 6 ноября 2025")


def test_order_carried_out_before_it_was_made_is_another_one(anna: Partner) -> None:
    """After a backup was restored, numbers come a second time: an old statement knows the first ones."""
    withdrawal = approved(anna)
    collect()
    paid, [difference] = take_in(order(number(withdrawal), "2000.00", on="02.11.2025"))
    assert (paid, state(withdrawal)) == (0, "sent")
    assert difference.endswith("исполнено 2 ноября 2025, раньше чем выпущено: это другое поручение с тем же номером")


def test_order_of_ours_that_is_not_in_the_books_is_said(anna: Partner) -> None:
    """Its file was made after the backup that was restored: the withdrawal would be collected once more."""
    withdrawal = approved(anna)
    sent = order(77, "2000.00").replace(
        "НазначениеПлатежа=Вознаграждение", f"НазначениеПлатежа=Вознаграждение, заявка на вывод № {withdrawal.pk}. НДС"
    )
    paid, [difference] = take_in(sent)
    assert (paid, state(withdrawal)) == (0, "approved")
    assert difference == (
        f"Поручение № 77, вывод № {withdrawal.pk}: банк перевёл 2 000 ₽ по поручению, которого у нас нет:"
        " не отправляйте заявку ещё раз"
    )
    decisions.confirm_paid(withdrawal, by=staff(), reason="По выписке", now=LATER)
    with pytest.raises(bank_files.NothingToCollect):
        collect()
    assert list(audit.run()) == []


def test_what_came_back_after_it_was_paid_is_no_news_in_a_longer_statement(anna: Partner) -> None:
    withdrawal = approved(anna)
    collect()
    take_in(order(number(withdrawal), "2000.00"))
    decisions.take_back(withdrawal, by=staff(), reason="Счёт закрыт", now=LATER)
    assert take_in(order(number(withdrawal), "2000.00"), order(9_999, "1.00")) == (0, [])


def test_switched_off_nothing_is_collected_either(anna: Partner) -> None:
    withdrawal = approved(anna)
    sending.switch(False, reason="Восстановлена копия", by=staff(), now=NOW)
    with pytest.raises(bank_files.SendingIsOff):
        collect()
    assert state(withdrawal) == "approved"


def test_paid_by_the_bank_although_returned_is_for_staff(anna: Partner) -> None:
    withdrawal = approved(anna)
    collect()
    decisions.take_back(withdrawal, by=staff(), reason="Счёт закрыт", now=LATER)
    paid, [difference] = take_in(order(number(withdrawal), "2000.00"))
    assert (paid, state(withdrawal), ledger.balance(anna)) == (0, "returned", 9_000_00)
    assert difference.endswith("банк перевёл деньги, а сумма уже возвращена на баланс")


def test_statement_of_another_account_is_refused(anna: Partner) -> None:
    with pytest.raises(bank_files.StatementOfAnotherAccount):
        bank_files.take_in(statement(account="40702810900000009999"), by=staff(), now=LATER)
    assert BankStatement.objects.count() == 0


def test_date_of_an_order_is_that_of_its_file(anna: Partner) -> None:
    approved(anna)
    assert "Дата=03.11.2025\r\n" in text_of(collect())
    assert dt.date(2025, 11, 3) == NOW.date()
