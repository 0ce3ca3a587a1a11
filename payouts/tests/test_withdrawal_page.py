"""Asking for money on a page, what became of it, and changing one's mind."""

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.http import HttpResponse
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from partners import ledger
from partners.models import Notice, Partner, Requisites
from payouts import decisions, withdrawals
from payouts.models import Withdrawal, WithdrawalStep
from payouts.tests.people import correct, individual, legal, lines_of
from referrals.tests.pages import browsing, opened, text_of
from tests.factories import PartnerFactory, StaffFactory, moscow

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at:UserWarning")]

NOW = moscow("2025-11-03 12:00")
NEW = "/cabinet/payouts/new/"
KEY = "7a1f4e0c-58c5-4b0e-9a53-1f7be6a1c001"


@pytest.fixture(autouse=True)
def _with_the_service(settings: Settings) -> None:
    settings.SKOROZVON_URL = "https://service.example"


@pytest.fixture
def anna() -> Partner:
    """May withdraw 5 000 ₽ to an account or within the service."""
    return legal(5_000_00)


def post(browser: Browser, **typed: str) -> HttpResponse:
    return browser.post(NEW, {"amount": "2000", "destination": "bank", "key": KEY} | typed)


def sent(partner: Partner, **typed: str) -> tuple[int, str]:
    """The status of the answer to a form, and what it says."""
    with browsing(partner, NOW) as browser:
        answer = post(browser, **typed)
    return answer.status_code, text_of(answer)


def ask(partner: Partner, kopecks: int = 2_000_00, destination: str = "bank", **given: Any) -> Withdrawal:
    return withdrawals.request(
        partner, amount_kopecks=kopecks, destination=destination, **{"by": partner.user, "now": NOW} | given
    )


def put(withdrawal: Withdrawal, state: str, **changes: Any) -> Withdrawal:
    """As if it had got there, with the step that says so."""
    ended_at = NOW if state in ("paid", "returned") else None
    Withdrawal.objects.filter(pk=withdrawal.pk).update(state=state, ended_at=ended_at, **changes)
    WithdrawalStep.objects.create(withdrawal=withdrawal, state=state, taken_at=NOW)
    return withdrawal


def page_of(withdrawal: Withdrawal, *, now: dt.datetime = NOW, query: str = "") -> str:
    return opened(withdrawal.partner, f"/cabinet/payouts/{withdrawal.pk}/{query}", now=now)


# --- The form ---------------------------------------------------------------------------------------------------------


def test_form_begins_with_all_that_is_available_and_says_what_comes_of_it(anna: Partner) -> None:
    with browsing(anna, NOW) as browser:
        answer = browser.get(NEW)
    page = text_of(answer)
    assert answer.context["form"]["amount"].value() == "5\u202f000"
    assert "От 2 000 ₽ до 5 000 ₽." in page
    assert "На расчётный счёт •• 4567ООО «Красные цветы», ПАО Банк На аккаунт в Скорозвоне" in page
    assert "Сумма сразу спишется с баланса Пока деньги не отправлены, заявку можно отменить" in page
    assert "Сотрудник проверит заявку" in page
    assert "Деньги придут не позже 15 ноября" in page
    assert "Пароль" not in page


def test_same_form_after_its_request_was_cancelled_is_not_said_to_be_taken(anna: Partner) -> None:
    """The button «back», and «Вывести» once more."""
    with browsing(anna, NOW) as browser:
        page = post(browser)["Location"]
        text_of(browser.get(page))  # reads the message
        browser.post(f"{page}cancel/")
        text_of(browser.get(page))
        post(browser)
        said = text_of(browser.get(page))
    assert "Заявка принята" not in said
    assert "Эта заявка уже была, её сумма вернулась на баланс. Чтобы вывести деньги, создайте новую." in said
    assert ledger.balance(anna) == 5_000_00


def test_individual_reads_where_small_and_large_sums_go() -> None:
    page = opened(individual(3_000_00), NEW, now=NOW)
    assert "На карту •• 1234До 1 000 ₽ — на ваш баланс в Solar Staff, больше — на карту, до 400 000 ₽ в месяц" in page
    assert "От 1 ₽ до 3 000 ₽." in page
    assert "Комиссию и налоги берём на себя: вы получите всю сумму" in page


def test_more_than_a_card_takes_at_once_is_not_filled_in() -> None:
    with browsing(individual(500_000_00), NOW) as browser:
        assert browser.get(NEW).context["form"]["amount"].value() == "400\u202f000"


def test_whoever_gave_no_requisites_is_paid_within_the_service_or_led_to_give_them() -> None:
    with browsing(legal(5_000_00, requisites=False), NOW) as browser:
        page = browser.get(NEW)
    assert [value for value, _ in page.context["destinations"]] == ["service"]
    assert 'href="/cabinet/profile/requisites/">укажите реквизиты' in page.content.decode()


def test_where_the_service_is_not_configured_its_accounts_are_not_offered(anna: Partner, settings: Settings) -> None:
    settings.SKOROZVON_URL = ""
    with browsing(anna, NOW) as browser:
        page = browser.get(NEW)
        assert [value for value, _ in page.context["destinations"]] == ["bank"]
        assert "Выберите из предложенного." in text_of(post(browser, destination="service"))
    vera = legal(5_000_00, code="vera", requisites=False)
    assert "Куда перевести, ещё не указано" in opened(vera, NEW, now=NOW)
    assert "Укажите расчётный счёт Без него деньги перевести некуда" in opened(vera, "/cabinet/payouts/", now=NOW)


def test_whoever_can_be_paid_nowhere_is_led_to_give_requisites() -> None:
    zina = legal(5_000_00, requisites=False)
    zina.user.account_id = None
    zina.user.save()
    assert "Куда перевести, ещё не указано" in opened(zina, NEW, now=NOW)


def test_form_is_not_offered_while_something_is_missing() -> None:
    page = opened(PartnerFactory(), NEW, now=NOW)
    assert "Сейчас вывести нельзя Осталось: Вознаграждение начислено за двух клиентов" in page
    assert "Сумма, ₽" not in page


@pytest.mark.parametrize(
    "typed", ["2500,5", "2 500.50", "2\u202f500,50\u00a0₽", " 2500,50 руб.", "2 500,50 р"], ids=str.strip
)
def test_sum_is_typed_as_people_write_it(anna: Partner, typed: str) -> None:
    assert sent(anna, amount=typed)[0] == 302
    assert lines_of(anna) == [("withdrawal", -2_500_50)]


def test_request_is_booked_and_its_page_says_that_it_is_taken(anna: Partner) -> None:
    with browsing(anna, NOW) as browser:
        answer = post(browser)
        page = text_of(browser.get(answer["Location"]))
    asked = Withdrawal.objects.get()
    assert answer["Location"] == f"/cabinet/payouts/{asked.pk}/"
    assert (asked.amount_kopecks, asked.destination, asked.request_key) == (2_000_00, "bank", KEY)
    assert (asked.requested_by, ledger.balance(anna)) == (anna.user, 3_000_00)
    assert "Заявка принята." in page


def test_form_sent_twice_asks_once_and_both_answers_lead_to_the_same_page() -> None:
    zina = legal(2_000_00)  # the first takes all there is
    with browsing(zina, NOW) as browser:
        first, second = post(browser), post(browser)
    assert first["Location"] == second["Location"]
    assert lines_of(zina) == [("withdrawal", -2_000_00)]


def test_every_form_has_a_key_of_its_own(anna: Partner) -> None:
    with browsing(anna, NOW) as browser:
        keys = {browser.get(NEW).context["form"]["key"].value() for _ in range(2)}
    assert len(keys) == 2


def test_same_form_with_another_sum_is_told_and_asks_for_nothing(anna: Partner) -> None:
    with browsing(anna, NOW) as browser:
        post(browser)
        page = text_of(post(browser, amount="2500"))
    assert "Эта заявка уже отправлена с другой суммой. Откройте «Выплаты» и проверьте её." in page
    assert lines_of(anna) == [("withdrawal", -2_000_00)]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"amount": "5000,01"}, "Сумма, ₽ : Сейчас доступно 5 000 ₽. Укажите эту сумму или меньше."),
        ({"amount": "1999,99"}, "Сумма, ₽ : Наименьшая сумма вывода — 2 000 ₽."),
        ({"amount": "-2000"}, "Сумма, ₽ : Наименьшая сумма вывода — 2 000 ₽."),
        ({"amount": "1,234.5"}, "Сумма, ₽ : Нужна сумма в рублях, например 12 500 или 4 990,50."),
        ({"amount": "много"}, "Сумма, ₽ : Нужна сумма в рублях"),
        ({"amount": ""}, "Сумма, ₽ : Укажите сумму."),
        ({"destination": ""}, "Куда : Выберите, куда вывести."),
        ({"destination": "card"}, "Куда : Выберите из предложенного."),
        ({"key": ""}, "Форма устарела."),
        ({"key": "nonsense"}, "Форма устарела."),
    ],
)
def test_refusal_stands_at_its_field_and_nothing_is_booked(anna: Partner, typed: dict[str, str], said: str) -> None:
    status, page = sent(anna, **typed)
    assert (status, said in page) == (200, True)
    assert lines_of(anna) == []


def test_nothing_that_was_typed_is_lost(anna: Partner) -> None:
    with browsing(anna, NOW) as browser:
        form = post(browser, amount="5 000,01", destination="service").context["form"]
    assert (form["amount"].value(), form["destination"].value(), form["key"].value()) == ("5 000,01", "service", KEY)


def test_money_that_went_meanwhile_is_told_on_the_form_as_it_was_typed(anna: Partner) -> None:
    correct(anna, -4_000_00)
    status, page = sent(anna)
    assert status == 200
    assert "Пока вывести нельзя. На балансе от 2 000 ₽: не выполнено." in page
    assert "Сумма, ₽" in page


@contextmanager
def locked_database() -> Iterator[None]:
    """As SQLite answers when others write for longer than anybody waits."""

    def refuse(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        if sql.startswith(("INSERT", "UPDATE")):
            raise OperationalError("database is locked")
        return execute(sql, *rest)

    with connection.execute_wrapper(refuse):
        yield


def test_busy_database_is_told_the_form_is_kept_and_nothing_is_booked(anna: Partner) -> None:
    with browsing(anna, NOW) as browser, locked_database():
        answer = post(browser, amount="2 345")
    assert answer.status_code == 503
    assert "Сейчас много запросов, попробуйте ещё раз. Ничего не изменилось." in text_of(answer)
    assert answer.context["form"]["amount"].value() == "2 345"
    assert lines_of(anna) == []


def test_blocked_partner_asks_for_nothing(anna: Partner) -> None:
    Partner.objects.update(status="blocked")
    status, _ = sent(anna)
    assert (status, lines_of(anna)) == (302, [])


# --- One withdrawal ---------------------------------------------------------------------------------------------------


def test_page_tells_sum_state_place_and_day(anna: Partner) -> None:
    page = page_of(ask(anna))
    assert "Вывод на расчётный счёт •• 4567 Заявка от 3 ноября 2025 Сумма 2 000,00 ₽ на проверке" in page
    assert "Деньги придут не позже 15 ноября Проверяем заявку." in page
    assert "Получатель ООО «Красные цветы» Расчётный счёт 40702810300000004567 Банк ПАО Банк, БИК 044525225" in page


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("approved", "Деньги придут не позже 15 ноября Заявка одобрена, скоро отправим деньги."),
        ("sent", "Деньги придут не позже 15 ноября Деньги отправлены. Напишем, когда платёж пройдёт."),
        (
            "unknown",
            "Уточняем, дошёл ли платёж. Деньги не потеряются: либо придут, либо вернутся на баланс.",
        ),
        ("paid", "Выплачено 3 ноября Банку может понадобиться ещё немного времени"),
    ],
)
def test_state_is_told_in_words_that_a_partner_understands(anna: Partner, state: str, said: str) -> None:
    assert said in page_of(put(ask(anna), state))


def test_paid_one_says_where_the_money_is_to_be_seen(anna: Partner) -> None:
    in_service = page_of(put(ask(anna, destination="service"), "paid"))
    assert "Выплачено 3 ноября Деньги на балансе вашего аккаунта в Скорозвоне." in in_service
    small = page_of(put(ask(individual(3_000_00), 900_00, "card"), "paid"))
    assert "Выплачено 3 ноября Деньги на вашем балансе в Solar Staff." in small
    assert "Через Solar Staff Куда именно на ваш баланс: с него деньги выводят в Solar Staff" in small


def test_returned_one_says_why(anna: Partner) -> None:
    asked = ask(anna)
    decisions.decline(asked, by=StaffFactory(), reason="Счёт закрыт.", now=moscow("2025-11-05 12:00"))
    assert "Вернулись на баланс 5 ноября Вся сумма снова на балансе. Счёт закрыт. К выплатам" in page_of(asked)


def test_held_one_says_until_when_and_why() -> None:
    asked = put(ask(individual(3_000_00), 2_000_00, "card"), "approved", held_until=dt.date(2025, 12, 1))
    page = page_of(asked)
    assert "ждёт нового месяца" in page
    assert "Отправим 1 декабря Лимит карты на этот месяц выбран" in page
    assert "не больше 400 000 ₽" in page
    assert "отправим 1 декабря 2025" in opened(asked.partner, "/cabinet/payouts/", now=NOW)


def test_overdue_one_is_told_calmly(anna: Partner) -> None:
    asked = ask(anna)
    assert "Срок прошёл" not in page_of(asked, now=moscow("2025-11-15 12:00"))
    page = page_of(asked, now=moscow("2025-11-16 12:00"))
    assert "Обещали не позже 15 ноября" in page
    assert "Срок прошёл: сотрудник уже занимается этой заявкой." in page


def test_every_step_is_told_with_its_moment_who_and_why_and_never_what_is_for_staff(anna: Partner) -> None:
    asked = ask(anna, by=StaffFactory(), note="По письму от 1 ноября")
    decisions.approve(asked, by=StaffFactory(), now=moscow("2025-11-04 09:05"))
    WithdrawalStep.objects.create(withdrawal=asked, state="sent", taken_at=moscow("2025-11-05 10:00"), said="secret 1")
    WithdrawalStep.objects.create(
        withdrawal=asked, state="sent", taken_at=moscow("2025-11-05 10:10"), note="Платёж принят", said="secret 2"
    )
    WithdrawalStep.objects.create(
        withdrawal=asked, state="unknown", taken_at=moscow("2025-11-05 11:00"), note="Уточняем, ушёл ли платёж"
    )
    page = page_of(asked)
    assert (
        "Заявка создана 3 ноября 2025, 12:00, сотрудник. По письму от 1 ноября"
        " Одобрена 4 ноября 2025, 09:05, сотрудник"
        " Деньги отправлены 5 ноября 2025, 10:00, портал"
        " Платёж принят 5 ноября 2025, 10:10, портал"
        " Уточняем, ушёл ли платёж 5 ноября 2025, 11:00, портал"
    ) in page
    assert "secret" not in page


def test_own_steps_are_told_as_ones_own(anna: Partner) -> None:
    assert "Заявка создана 3 ноября 2025, 12:00, вы" in page_of(ask(anna))


def test_withdrawal_of_another_is_not_found(anna: Partner) -> None:
    asked = ask(anna)
    with browsing(PartnerFactory(), NOW) as browser:
        assert browser.get(f"/cabinet/payouts/{asked.pk}/").status_code == 404
        assert browser.post(f"/cabinet/payouts/{asked.pk}/cancel/").status_code == 404
        assert browser.get("/cabinet/payouts/99999999999999999999/").status_code == 404
    assert ledger.balance(anna) == 3_000_00


# --- Changing one's mind ----------------------------------------------------------------------------------------------


def cancel(asked: Withdrawal) -> str:
    with browsing(asked.partner, NOW) as browser:
        return text_of(browser.post(f"/cabinet/payouts/{asked.pk}/cancel/", follow=True))


def test_cancelling_asks_first_and_changes_nothing_by_a_link(anna: Partner) -> None:
    asked = ask(anna)
    assert "Отменить заявку? 2 000,00 ₽ сразу вернутся на баланс." in page_of(asked, query="?cancel")
    with browsing(anna, NOW) as browser:
        assert browser.get(f"/cabinet/payouts/{asked.pk}/cancel/").status_code == 405
    assert ledger.balance(anna) == 3_000_00


def test_cancelled_one_gives_the_sum_back_once_however_often_it_is_clicked(anna: Partner) -> None:
    asked = ask(anna)
    assert "Заявка отменена, 2 000 ₽ снова на балансе." in cancel(asked)
    page = cancel(asked)
    assert "Заявка уже отменена, деньги на балансе." in page
    assert "Вы отменили заявку 3 ноября 2025" in page
    assert "Отменено партнёром" not in page
    assert Notice.objects.get(kind="withdrawal_returned").context["reason"] == "вы отменили заявку"
    assert lines_of(anna) == [("withdrawal", -2_000_00), ("withdrawal_returned", 2_000_00)]


@pytest.mark.parametrize("state", ["sent", "unknown", "paid"])
def test_what_was_sent_can_not_be_cancelled(anna: Partner, state: str) -> None:
    asked = put(ask(anna), state)
    assert "Отменить" not in page_of(asked, query="?cancel")
    assert "Отменить уже нельзя" in cancel(asked)
    assert ledger.balance(anna) == 3_000_00


def test_what_waits_to_be_sent_again_can_not_be_cancelled(anna: Partner) -> None:
    asked = put(ask(anna), "approved", missing_since=NOW)
    assert "Отменить" not in page_of(asked)


def test_blocked_partner_reads_its_withdrawal_and_can_not_cancel_it(anna: Partner) -> None:
    asked = ask(anna)
    Partner.objects.update(status="blocked")
    assert "Отменить" not in page_of(asked, query="?cancel")
    assert "ничего не изменено" in cancel(asked)
    assert ledger.balance(anna) == 3_000_00


def test_busy_database_cancels_nothing_and_says_so(anna: Partner) -> None:
    asked = ask(anna)
    with browsing(anna, NOW) as browser, locked_database():
        browser.post(f"/cabinet/payouts/{asked.pk}/cancel/")
        assert "Сейчас много запросов" in text_of(browser.get(f"/cabinet/payouts/{asked.pk}/"))
    assert ledger.balance(anna) == 3_000_00


# --- What it costs ----------------------------------------------------------------------------------------------------


def test_pages_cost_the_same_with_one_row_and_with_a_thousand(anna: Partner) -> None:
    asked = ask(anna)
    costs = []
    for rows in (0, 1_000):
        WithdrawalStep.objects.bulk_create(
            WithdrawalStep(withdrawal=asked, state="sent", taken_at=NOW, taken_by=anna.user) for _ in range(rows)
        )
        standing = anna.requisites.values().last()
        Requisites.objects.bulk_create(Requisites(**standing | {"id": None}) for _ in range(rows))
        Withdrawal.objects.bulk_create(
            Withdrawal(
                partner=anna,
                amount_kopecks=100,
                destination="service",
                account_id="acc-1",
                requested_at=NOW,
                requested_by=anna.user,
                due_on=NOW.date(),
            )
            for _ in range(rows)
        )
        for path in (NEW, f"/cabinet/payouts/{asked.pk}/"):
            with browsing(anna, NOW) as browser, CaptureQueriesContext(connection) as queries:
                assert browser.get(path).status_code == 200
            costs.append(len(queries))
    assert costs[:2] == costs[2:]
    assert max(costs) <= 12
