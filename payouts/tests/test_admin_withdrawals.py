"""Withdrawals at the desk: each button is one call, its refusals are read, and every step says who, when and why."""

import datetime as dt

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from partners import ledger
from partners.models import Partner, User
from payouts import decisions, withdrawals
from payouts.models import Withdrawal
from payouts.tests.desk import answer, at_desk, boss, page, words
from payouts.tests.people import individual, legal, lines_of
from tests.factories import moscow

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at:UserWarning")]

NOW = moscow("2025-11-03 12:00")
LIST = "/admin/payouts/withdrawal/"


@pytest.fixture
def anna() -> Partner:
    return legal(90_000_00)


@pytest.fixture
def olga() -> User:
    return boss(email="olga@skorozvon.ru", full_name="Ольга")


@pytest.fixture
def desk(olga: User) -> Browser:
    return at_desk(olga)


def asked(partner: Partner, kopecks: int = 2_500_00, to: str = "bank", *, now: dt.datetime = NOW) -> Withdrawal:
    return withdrawals.request(partner, amount_kopecks=kopecks, destination=to, by=partner.user, now=now)


def doubtful(partner: Partner) -> Withdrawal:
    """Sent to a card, and nobody knows what became of it."""
    withdrawal = asked(partner, 2_500_00, "card")
    decisions.approve(withdrawal, by=boss(), now=NOW)
    withdrawal.refresh_from_db()
    withdrawal.question, withdrawal.sendings = "Больше суток неизвестно, ушёл ли платёж", 1
    withdrawals.step(withdrawal, "unknown", by=None, now=NOW, said="task not found")
    return withdrawal


def last_step(withdrawal: Withdrawal) -> tuple[str, str, str]:
    """(state, who, why)."""
    step = withdrawal.steps.order_by("pk").last()
    assert step
    return step.state, str(step.taken_by), step.note


# --- Buttons ----------------------------------------------------------------------------------------------------------


def test_approve(anna: Partner, desk: Browser) -> None:
    withdrawal = asked(anna)
    assert f"Заявка № {withdrawal.pk} одобрена." in answer(desk, page("payouts_withdrawal_approve", withdrawal.pk))
    assert last_step(withdrawal) == ("approved", "olga@skorozvon.ru", "")


def test_decline_gives_the_money_back_with_a_reason(anna: Partner, desk: Browser) -> None:
    withdrawal = asked(anna)
    address = page("payouts_withdrawal_decline", withdrawal.pk)
    assert "Причина : Напишите причину" in answer(desk, address, {"reason": "  "})
    assert "сумма снова на балансе" in answer(desk, address, {"reason": "Реквизиты чужие"})
    assert last_step(withdrawal) == ("returned", "olga@skorozvon.ru", "Реквизиты чужие")
    assert lines_of(anna) == [("withdrawal", -250000), ("withdrawal_returned", 250000)]


def test_confirm_paid(desk: Browser) -> None:
    withdrawal = doubtful(individual(9_000_00))
    address = page("payouts_withdrawal_confirm-paid", withdrawal.pk)
    assert "отмечена выплаченной" in answer(desk, address, {"reason": "Есть в кабинете Solar Staff"})
    assert last_step(withdrawal) == ("paid", "olga@skorozvon.ru", "Есть в кабинете Solar Staff")


def test_send_again(desk: Browser) -> None:
    withdrawal = doubtful(individual(9_000_00))
    address = page("payouts_withdrawal_send-again", withdrawal.pk)
    assert "будет отправлена ещё раз" in answer(desk, address, {"reason": "Solar Staff её не получал"})
    assert last_step(withdrawal) == ("approved", "olga@skorozvon.ru", "Solar Staff её не получал")


def test_take_back(desk: Browser) -> None:
    boris = individual(9_000_00)
    withdrawal = doubtful(boris)
    address = page("payouts_withdrawal_take-back", withdrawal.pk)
    assert "снова на балансе партнёра" in answer(desk, address, {"reason": "Деньги вернулись"})
    assert last_step(withdrawal) == ("returned", "olga@skorozvon.ru", "Деньги вернулись")
    assert ledger.balance(boris) == 900000


def test_two_staff_members_decide_at_once(anna: Partner, desk: Browser) -> None:
    """The second one reads that it is decided; the money moves once."""
    withdrawal = asked(anna)
    other = at_desk(boss(email="petr@skorozvon.ru"))
    address = page("payouts_withdrawal_decline", withdrawal.pk)
    assert other.get(address).status_code == 200  # both look at it
    answer(desk, page("payouts_withdrawal_approve", withdrawal.pk))
    answer(desk, address, {"reason": "Передумали"})
    refusal = answer(other, address, {"reason": "Не та сумма"})
    assert "Отклонить уже нельзя: заявка в состоянии «возвращён на баланс»." in refusal
    assert "Одобрить нельзя: заявка в состоянии «возвращён на баланс»." in answer(
        other, page("payouts_withdrawal_approve", withdrawal.pk)
    )
    assert lines_of(anna) == [("withdrawal", -250000), ("withdrawal_returned", 250000)]


def test_nothing_typed_is_lost_when_it_is_refused(anna: Partner, desk: Browser) -> None:
    withdrawal = asked(anna)
    address = page("payouts_withdrawal_take-back", withdrawal.pk)
    assert "Не та сумма" in answer(desk, address, {"reason": "Не та сумма"})


@pytest.mark.parametrize(
    ("state", "shown"),
    [
        ("requested", ["approve", "decline"]),
        ("approved", ["decline", "confirm-paid"]),
        ("sent", ["confirm-paid", "take-back"]),
        ("paid", ["take-back"]),
        ("returned", []),
    ],
)
def test_a_page_has_the_buttons_of_its_state(state: str, shown: list[str], anna: Partner, desk: Browser) -> None:
    withdrawal = asked(anna)
    withdrawal.ended_at, withdrawal.question = NOW if state in ("paid", "returned") else None, ""
    withdrawals.step(withdrawal, state, by=None, now=NOW)
    body = desk.get(page("payouts_withdrawal_change", withdrawal.pk)).content.decode()
    names = ["approve", "decline", "confirm-paid", "send-again", "take-back"]
    assert [name for name in names if f"/{withdrawal.pk}/{name}/" in body] == shown


def test_a_doubtful_one_can_be_settled_in_three_ways(desk: Browser) -> None:
    withdrawal = doubtful(individual(9_000_00))
    body = desk.get(page("payouts_withdrawal_change", withdrawal.pk)).content.decode()
    names = ["approve", "decline", "confirm-paid", "send-again", "take-back"]
    assert [name for name in names if f"/{withdrawal.pk}/{name}/" in body] == names[2:]


# --- Several at once --------------------------------------------------------------------------------------------------


def test_ticked_ones_are_looked_over_and_approved(anna: Partner, desk: Browser) -> None:
    first, second, third = asked(anna, 2_000_00), asked(anna, 3_000_00), asked(anna, 4_000_00)
    address = page("payouts_withdrawal_approve-chosen")
    assert "2 заявки на 5 000,00 ₽" in words(desk.get(f"{address}?chosen={first.pk}&chosen={second.pk}")).replace(
        "\u202f", " "
    )
    assert "Одобрено заявок: 2." in answer(desk, address, {"chosen": [first.pk, second.pk]})
    assert list(Withdrawal.objects.order_by("pk").values_list("state", flat=True)) == [
        "approved",
        "approved",
        "requested",
    ]
    assert third.pk


def test_what_another_one_has_decided_meanwhile_is_named(anna: Partner, desk: Browser) -> None:
    first, second = asked(anna, 2_000_00), asked(anna, 3_000_00)
    decisions.decline(first, by=boss(), reason="Ошибка", now=NOW)
    said = answer(desk, page("payouts_withdrawal_approve-chosen"), {"chosen": [first.pk, second.pk]})
    assert f"Одобрено заявок: 1. № {first.pk}: Одобрить нельзя: заявка в состоянии «возвращён на баланс»." in said


@pytest.mark.parametrize("chosen", [[], ["0"], ["nonsense"], ["9" * 30]])
def test_nothing_ticked_or_nonsense_approves_nothing(chosen: list[str], anna: Partner, desk: Browser) -> None:
    asked(anna)
    address = page("payouts_withdrawal_approve-chosen")
    assert desk.get(address, {"chosen": chosen}).status_code == 200
    assert desk.post(address, {"chosen": chosen}).status_code == 200
    assert Withdrawal.objects.get().state == "requested"


def test_all_of_a_page_are_ticked_by_a_link(anna: Partner, desk: Browser) -> None:
    asked(anna)
    assert "checked" not in desk.get(f"{LIST}?state=requested").content.decode()
    assert "checked" in desk.get(f"{LIST}?state=requested&all=1").content.decode()


# --- Entered for a partner (R21) --------------------------------------------------------------------------------------


def by_letter(**changes: str) -> dict[str, str]:
    letter = {"partner": "ANNA", "amount_kopecks": "2 500,50", "destination": "bank", "asked_on": "2025-11-03"}
    return letter | {"note": "По письму от 3 ноября", "key": "staff:1"} | changes


def test_a_request_by_letter_counts_from_the_day_of_the_letter(anna: Partner, desk: Browser, olga: User) -> None:
    assert "внесена, партнёру ушло письмо" in answer(desk, page("payouts_withdrawal_enter"), by_letter())
    withdrawal = Withdrawal.objects.get()
    assert (withdrawal.amount_kopecks, withdrawal.destination, withdrawal.due_on) == (
        250050,
        "bank",
        dt.date(2025, 11, 15),
    )
    assert withdrawal.requested_by == olga
    assert last_step(withdrawal) == ("requested", "olga@skorozvon.ru", "По письму от 3 ноября")


def test_a_second_click_enters_nothing(anna: Partner, desk: Browser) -> None:
    answer(desk, page("payouts_withdrawal_enter"), by_letter())
    answer(desk, page("payouts_withdrawal_enter"), by_letter())
    assert Withdrawal.objects.count() == 1


def test_the_same_form_after_its_request_was_declined_enters_nothing_and_says_so(anna: Partner, desk: Browser) -> None:
    answer(desk, page("payouts_withdrawal_enter"), by_letter())
    decisions.decline(Withdrawal.objects.get(), by=boss(), reason="Не та сумма", now=NOW)
    assert "Эта заявка уже была" in answer(desk, page("payouts_withdrawal_enter"), by_letter())


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"partner": "nobody"}, "Такого партнёра нет."),
        ({"partner": "anna@nowhere.ru"}, "Такого партнёра нет."),
        ({"amount_kopecks": "много"}, "Это не сумма"),
        ({"amount_kopecks": "1"}, "Наименьшая сумма вывода — 2 000 ₽."),
        ({"amount_kopecks": "90000,01"}, "Сейчас доступно 90 000 ₽."),
        ({"destination": "card"}, "На этот способ выплаты ваш тариф не рассчитан."),
        ({"asked_on": "3999-01-01"}, "Этот день ещё не наступил."),
        ({"asked_on": "вчера"}, "Это не дата"),
    ],
)
def test_what_is_wrong_is_said(changes: dict[str, str], said: str, anna: Partner, desk: Browser) -> None:
    assert said in answer(desk, page("payouts_withdrawal_enter"), by_letter(**changes)).replace("\u202f", " ")
    assert not Withdrawal.objects.exists()


@pytest.mark.parametrize("name", ["anna", "Anna ", "e-mail", "number"])
def test_a_partner_is_named_as_people_name_it(name: str, anna: Partner, desk: Browser) -> None:
    named = {"e-mail": anna.user.email, "number": str(anna.pk)}.get(name, name)
    answer(desk, page("payouts_withdrawal_enter"), by_letter(partner=named))
    assert Withdrawal.objects.get().partner == anna


# --- Finding them -----------------------------------------------------------------------------------------------------


def found(desk: Browser, query: str) -> list[int]:
    """Their numbers, in the order of the list."""
    return [row.pk for row in desk.get(f"{LIST}?{query}").context["rows"]]


def test_filters(anna: Partner, desk: Browser) -> None:
    boris = individual(9_000_00)
    old = asked(anna, now=moscow("2024-01-10 12:00"))
    paid = asked(anna)
    withdrawals.pay(paid, by=None, now=NOW)
    unknown = doubtful(boris)
    held = asked(boris, 1_500_00, "card")
    decisions.approve(held, by=boss(), now=NOW)
    Withdrawal.objects.filter(pk=held.pk).update(held_until=dt.date(2025, 12, 1))
    assert found(desk, "") == [held.pk, unknown.pk, paid.pk, old.pk]
    assert found(desk, "state=open") == [old.pk, unknown.pk, held.pk]
    assert found(desk, "state=paid") == [paid.pk]
    assert found(desk, "destination=card") == [held.pk, unknown.pk]
    assert found(desk, "mark=question") == [unknown.pk]
    assert found(desk, "mark=held") == [held.pk]
    assert found(desk, "mark=changed") == [old.pk]
    assert found(desk, "state=nonsense&mark=nonsense") == [held.pk, unknown.pk, paid.pk, old.pk]


def test_search(anna: Partner, desk: Browser) -> None:
    boris = individual(9_000_00)
    hers, his = asked(anna), asked(boris, 1_500_00, "card")
    assert found(desk, f"q={hers.pk}") == [hers.pk]
    assert found(desk, "q=ANNA") == [hers.pk]
    assert found(desk, f"q={boris.user.email.upper()}") == [his.pk]
    assert found(desk, f"q={boris.user.email.removesuffix('.ru')}") == [his.pk]
    assert found(desk, "q=nobody") == []
    assert found(desk, "q=%25") == []
    assert found(desk, "q=" + "9" * 40) == []


def test_late_ones_are_marked_from_the_tenth_day_on(anna: Partner, desk: Browser) -> None:
    today = dt.datetime.now(dt.UTC)
    early, late = asked(anna, now=today - dt.timedelta(days=9)), asked(anna, now=today - dt.timedelta(days=10))
    assert found(desk, "mark=late") == [late.pk]
    assert words(desk.get(page("payouts_withdrawal_change", late.pk))).count("срочно") == 1
    assert words(desk.get(page("payouts_withdrawal_change", early.pk))).count("срочно") == 0
    assert "Срочных: 1" in words(desk.get("/admin/"))


def test_a_list_costs_the_same_with_one_row_and_with_many(anna: Partner, desk: Browser) -> None:
    asked(anna)
    with CaptureQueriesContext(connection) as one:
        desk.get(LIST)
    for _ in range(20):
        asked(anna, 2_000_00)
    with CaptureQueriesContext(connection) as many:
        desk.get(LIST)
    assert len(many) == len(one)
    assert [query["sql"] for query in many if "COUNT(*)" in query["sql"] and "LIMIT 1001" not in query["sql"]] == []


# --- The story --------------------------------------------------------------------------------------------------------


def test_the_page_tells_the_whole_story(desk: Browser) -> None:
    boris = individual(9_000_00)
    withdrawal = doubtful(boris)
    withdrawal.provider_id, withdrawal.commission_kopecks = "5567812", 7500
    withdrawals.pay(withdrawal, by=None, now=NOW, said="2: success")
    told = words(desk.get(page("payouts_withdrawal_change", withdrawal.pk))).replace("\u202f", " ")
    for fact in (
        "2 500,00 ₽",
        "220070******1234",
        str(withdrawal.payment_key),
        "5567812",
        "75,00 ₽ за счёт программы",
        "Ответ получателя: task not found",
        "Ответ получателя: 2: success",
        "−2 500,00 ₽",
        "сейчас 6 500,00 ₽",
        boris.user.email,
    ):
        assert fact in told


def test_requisites_are_those_of_the_day_of_the_request(anna: Partner, desk: Browser) -> None:
    withdrawal = asked(anna)
    told = words(desk.get(page("payouts_withdrawal_change", withdrawal.pk)))
    assert "40702810300000004567" in told
    assert "ООО «Красные цветы»" in told


def test_a_withdrawal_that_is_not_there(desk: Browser) -> None:
    assert desk.get(page("payouts_withdrawal_change", 10**17)).status_code == 404
    assert desk.post(page("payouts_withdrawal_approve", 10**17)).status_code == 404
