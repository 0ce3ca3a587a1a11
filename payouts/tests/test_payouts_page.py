"""«Выплаты»: what can be withdrawn, why no more, what is on its way, and every movement of the balance."""

import datetime as dt
import io
import re

import pypdf
import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from partners import ledger
from partners.models import LedgerLine, Partner, Requisites
from payouts import contracts, decisions, tariff_change, withdrawals
from payouts.models import Contract, Withdrawal
from payouts.tests.people import individual, legal
from referrals import close
from referrals.tests.pages import browsing, opened
from tests.factories import PartnerFactory, StaffFactory, charged, deliver, month, moscow, registered

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at:UserWarning")]

NOVEMBER_20 = moscow("2025-11-20 12:00")
PATH = "/cabinet/payouts/"


@pytest.fixture(autouse=True)
def _with_the_service(settings: Settings) -> None:
    settings.SKOROZVON_URL = "https://service.example"


@pytest.fixture
def anna(without_contract: Partner) -> Partner:
    """The contract is signed as well."""
    contracts.record_signed(without_contract, number="118", signed_on=dt.date(2025, 11, 5))
    return without_contract


@pytest.fixture
def without_contract() -> Partner:
    """Legal; October brought 3 000.00 and 15.00."""
    anna = PartnerFactory(code="62b0")
    deliver(
        registered("c-1", "2025-09-15 12:00", ref="62b0", name="ООО «Красные цветы»"),
        registered("c-2", "2025-09-30 12:00", ref="62b0", name="ИП Сергеев А. В."),
        charged("ch-1", "c-1", "20000.00", "2025-10-10 09:30"),
        charged("ch-2", "c-2", "100.00", "2025-10-11 09:30"),
    )
    close.run(month("2025-10"), now=moscow("2025-11-01 06:00"))
    return anna


def correct(partner: Partner, kopecks: int, *, key: str = "correction:1", memo: str = "Корректировка") -> None:
    ledger.book(
        partner,
        key=key,
        kind=LedgerLine.Kind.CORRECTION,
        amount_kopecks=kopecks,
        memo=memo,
        now=moscow("2025-11-10 12:00"),
        booked_by=StaffFactory(),
    )


def button(partner: Partner) -> tuple[str, str] | None:
    """What the accented button says, and where it leads."""
    with browsing(partner, NOVEMBER_20) as browser:
        found = re.findall(r'button--main" href="([^"]+)">([^<]+)<', browser.get(PATH).content.decode())
    assert len(found) <= 1
    return (found[0][1], found[0][0]) if found else None


def ask(partner: Partner, kopecks: int, at: str = "2025-11-18 12:00", destination: str = "service") -> Withdrawal:
    return withdrawals.request(
        partner, amount_kopecks=kopecks, destination=destination, by=partner.user, now=moscow(at)
    )


# --- What can be withdrawn --------------------------------------------------------------------------------------------


def test_partner_with_everything_met_reads_what_it_may_ask_for_and_by_when_it_comes(anna: Partner) -> None:
    page = opened(anna, PATH, now=NOVEMBER_20)
    assert "Доступно к выводу 3 015,00 ₽ Попросите сегодня — деньги придут не позже 2 декабря." in page
    assert "На балансе 3 015,00 ₽ Всего вам начислено 3 015,00 ₽ · вы еще не выводили" in page
    assert "Выполнено: Вознаграждение начислено за двух клиентов" in page
    assert "Выполнено: Договор № 118 подписан 5 ноября 2025" in page
    assert "Выполнено: На балансе от 2 000 ₽" in page
    assert "Осталось: Укажите расчётный счёт Или выводите на аккаунт в Скорозвоне" in page
    assert "На расчётный счёт юрлица или на ваш аккаунт в Скорозвоне" in page
    assert "Заявку можно прислать и письмом на welcome@skorozvon.ru" in page
    assert button(anna) == ("Вывести", "/cabinet/payouts/new/")


def test_what_is_unmet_is_told_with_the_nearest_day_and_no_button_pretends(anna: Partner) -> None:
    correct(anna, -2_000_00)
    page = opened(anna, PATH, now=NOVEMBER_20)
    assert "Доступно к выводу 0,00 ₽ Сейчас вывести нельзя, самое раннее — 1 декабря: чего не хватает" in page
    assert "Осталось: На балансе от 2 000 ₽ Не хватает 985 ₽, ближайшее начисление 1 декабря" in page
    assert button(anna) is None


def test_day_that_has_passed_is_not_promised(anna: Partner) -> None:
    correct(anna, -2_000_00)
    page = opened(anna, PATH, now=moscow("2025-12-02 12:00"))
    assert "Сейчас вывести нельзя: чего не хватает" in page


def test_balance_below_zero_is_explained(anna: Partner) -> None:
    correct(anna, -4_000_50)
    page = opened(anna, PATH, now=NOVEMBER_20)
    assert "Доступно к выводу 0,00 ₽ Баланс меньше нуля из-за возвратов или корректировки" in page
    assert "На балансе −985,50 ₽" in page
    assert button(anna) is None


def test_individual_who_lacks_nothing_but_a_card_is_led_to_it() -> None:
    boris = individual(3_000_00, card="")
    page = opened(boris, PATH, now=NOVEMBER_20)
    assert "Доступно к выводу 0,00 ₽ Осталось привязать карту" in page
    assert "На балансе 3 000,00 ₽" in page
    assert "Осталось: Карта привязана в Solar Staff" in page
    assert "В течение 10–12 дней деньги приходят на карту через Solar Staff" in page
    assert "Комиссию сервиса и налоги берём на себя" in page
    assert button(boris) == ("Привязать карту", "/cabinet/payouts/card/")


def test_partner_who_lacks_nothing_but_the_contract_is_led_to_it(without_contract: Partner) -> None:
    anna = without_contract
    Contract.objects.create(partner=anna, offered_at=NOVEMBER_20)
    page = opened(anna, PATH, now=NOVEMBER_20)
    assert "Доступно к выводу 0,00 ₽ Осталось подписать договор: это нужно один раз." in page
    assert button(anna) == ("Подписать договор", "/cabinet/payouts/contract/")
    Contract.objects.update(state="uploaded")
    assert "Проверяем подписанный экземпляр" in opened(anna, PATH, now=NOVEMBER_20)
    assert button(anna) is None


def test_blocked_partner_reads_everything_and_can_withdraw_nothing(anna: Partner) -> None:
    Partner.objects.update(status=Partner.Status.BLOCKED)
    page = opened(Partner.objects.get(), PATH, now=NOVEMBER_20)
    assert "Доступно к выводу 0,00 ₽" in page
    assert "Реквизиты Осталось: Участие приостановлено, вывод закрыт" in page  # before all the others
    assert button(anna) is None


def test_blocked_partner_reads_where_the_reason_stands_and_how_to_come_back_and_is_not_told_to_sign_or_link() -> None:
    for tariff in ("legal", "individual"):
        zoya = PartnerFactory(tariff=tariff)
        Partner.objects.update(status=Partner.Status.BLOCKED)
        page = opened(zoya, PATH, now=NOVEMBER_20)
        assert (
            "Осталось: Участие приостановлено, вывод закрыт Причина — вверху главной страницы кабинета."
            " Чтобы вернуться к работе, напишите на welcome@skorozvon.ru"
        ) in page
        assert "Вернёмся к не" in page
        assert "Предложим" not in page
        assert "Осталось привязать" not in page


# --- What is on its way -----------------------------------------------------------------------------------------------


def test_sums_on_their_way_stand_beside_the_balance_and_add_up_on_the_home_page(anna: Partner) -> None:
    ask(anna, 2_000_00)
    page = opened(anna, PATH, now=NOVEMBER_20)
    assert "На балансе 1 015,00 ₽ В пути ещё 2 000,00 ₽ — где деньги" in page
    said = "Всего вам начислено 3 015,00 ₽ · в пути 2 000,00 ₽ · вы еще не выводили"
    assert said in opened(anna, "/cabinet/", now=NOVEMBER_20)


def test_history_tells_where_to_how_far_by_when_and_how_much() -> None:
    zina = legal(10_000_00)
    ended = ask(zina, 2_000_00, "2025-11-05 12:00", "bank")
    decisions.decline(ended, by=StaffFactory(), reason="Счёт закрыт", now=moscow("2025-11-06 12:00"))
    ask(zina, 2_500_50, "2025-11-18 12:00")
    page = opened(zina, PATH, now=NOVEMBER_20)
    assert (
        "На аккаунт в Скорозвоне заявка от 18 ноября 2025 на проверке до 30 ноября 2025 2 500,50 ₽"
        " На расчётный счёт •• 4567 заявка от 5 ноября 2025 вернулся на баланс 6 ноября 2025 2 000,00 ₽"
    ) in page


def test_late_withdrawal_is_not_shamed_in_the_list(anna: Partner) -> None:
    ask(anna, 2_000_00, "2025-11-06 12:00")
    page = opened(anna, PATH, now=NOVEMBER_20)
    assert "на проверке до 18 ноября 2025 2 000,00 ₽" in page
    assert "поздн" not in page.partition("Выводы")[2]


def test_history_that_is_empty_shows_what_it_will_look_like() -> None:
    assert "Вы ещё не выводили. Здесь будет видно, где деньги" in opened(PartnerFactory(), PATH, now=NOVEMBER_20)


def test_history_and_ledger_turn_their_pages_apart() -> None:
    zina = legal(60_000_00)
    for hour in range(12):
        ask(zina, 2_000_00, f"2025-11-18 {hour:02}:00")
    for number in range(60):
        correct(zina, 1_00, key=f"more:{number}")
    with browsing(zina, NOVEMBER_20) as browser:
        first = browser.get(PATH)
        older = browser.get(PATH + first.context["withdrawals_pager"]["next"])
        both = browser.get(PATH + older.context["pager"]["next"])
    assert [len(page.context["withdrawals"]) for page in (first, older, both)] == [10, 2, 2]
    assert first.context["lines"] == older.context["lines"] != both.context["lines"]
    assert older.context["withdrawals_pager"]["first"] == "?"


def test_what_was_credited_and_what_is_left_add_up_before_the_reader(anna: Partner) -> None:
    tariff_change.change(anna, "individual", by=StaffFactory(), reason="Просьба", now=moscow("2025-11-08 12:00"))
    correct(anna, 40_00)
    said = (
        "Всего вам начислено 3 015,00 ₽ · обнулено при смене тарифа 3 015,00 ₽ · корректировки 40,00 ₽ ·"
        " вы еще не выводили"
    )
    for path in (PATH, "/cabinet/"):
        assert said in opened(Partner.objects.get(pk=anna.pk), path, now=NOVEMBER_20)


def test_individual_reads_why_clients_who_pay_bring_nothing_this_time() -> None:
    boris = PartnerFactory(code="3456", tariff="individual", registered_at=moscow("2025-09-01 12:00"))
    deliver(
        registered("c-1", "2025-09-15 12:00", ref="3456"),
        registered("c-2", "2025-09-15 12:00", ref="3456"),
        charged("ch-1", "c-1", "5000.00", "2025-10-10 09:30"),
    )
    close.run(month("2025-10"), now=moscow("2025-11-01 06:00"))
    said = []
    for at, client in (("2025-11-10 09:30", "c-1"), ("2025-11-11 09:30", "c-2")):
        deliver(charged(f"ch-{at}", client, "700.00", at))
        for path in ("/cabinet/", "/cabinet/reports/2025-11/", PATH):
            said.append(opened(boris, path, now=moscow(at) + dt.timedelta(days=1)))
    assert all("За этого клиента вознаграждение уже начислено" in page for page in said[:3])
    assert all("За одних вознаграждение уже начислено, у других ещё не набралось 5 000 ₽" in page for page in said[3:])
    assert "Из списаний 2 клиентов в ноябре 2025. За одних" in said[3]
    with browsing(boris, moscow("2025-11-12 12:00")) as browser:
        for path in ("/cabinet/", "/cabinet/reports/2025-11/", PATH):
            browser.get(path)
            with CaptureQueriesContext(connection) as queries:
                browser.get(path)
            assert len(queries) <= 12


def test_on_the_home_page_the_button_promises_a_withdrawal_only_where_there_is_something_to_take(anna: Partner) -> None:
    with browsing(anna, NOVEMBER_20) as browser:
        assert '<a class="button button--main" href="/cabinet/payouts/new/">Вывести</a>' in (
            browser.get("/cabinet/").content.decode()
        )
        correct(anna, -2_000_00)
        assert '<a class="button" href="/cabinet/payouts/">Выплаты</a>' in browser.get("/cabinet/").content.decode()


def test_whoever_waits_or_was_declined_is_shown_no_sections_that_lead_nowhere() -> None:
    for status, sections in (("pending", False), ("declined", False), ("active", True)):
        partner = PartnerFactory()
        Partner.objects.update(status=status)
        with browsing(partner, NOVEMBER_20) as browser:
            assert ('href="/cabinet/reports/"' in browser.get("/cabinet/").content.decode()) is sections


# --- The ledger -------------------------------------------------------------------------------------------------------


def test_ledger_comes_newest_first_and_an_accrual_leads_to_its_month(anna: Partner) -> None:
    correct(anna, -15_00, memo="Корректировка: двойное начисление")
    page = opened(anna, PATH, now=NOVEMBER_20)
    assert (
        "Корректировка: двойное начисление корректировка 10 ноября 2025 −15,00 ₽"
        " Вознаграждение за октябрь 2025 1 ноября 2025 3 015,00 ₽ На балансе 3 000,00 ₽"
    ) in page
    with browsing(anna, NOVEMBER_20) as browser:
        assert 'href="/cabinet/reports/2025-10/"' in browser.get(PATH).content.decode()


def test_empty_ledger_says_what_will_come_first() -> None:
    page = opened(PartnerFactory(), PATH, now=NOVEMBER_20)
    assert "Движений ещё не было. Первым станет начисление" in page
    assert "1 декабря 2025 1 875,00 ₽" in page
    assert "1 декабря 2025 3 000,00 ₽" in opened(PartnerFactory(tariff="individual"), PATH, now=NOVEMBER_20)


def test_ledger_comes_fifty_lines_to_a_page(anna: Partner) -> None:
    for number in range(60):
        correct(anna, 1_00, key=f"correction:{number}", memo=f"Строка {number:02}")
    with browsing(anna, NOVEMBER_20) as browser:
        first = browser.get(PATH)
        second = browser.get(PATH + first.context["pager"]["next"])
    assert (len(first.context["lines"]), len(second.context["lines"])) == (50, 11)
    assert second.context["lines"][-1][0].kind == "accrual"


def test_line_of_a_withdrawal_leads_to_it(anna: Partner) -> None:
    asked = ask(anna, 2_000_00)
    decisions.cancel(asked, by=anna.user, now=moscow("2025-11-19 12:00"))
    with browsing(anna, NOVEMBER_20) as browser:
        page = browser.get(PATH).content.decode()
    link = f'<a href="/cabinet/payouts/{asked.pk}/">'
    assert f"{link}Вывод на аккаунт в Скорозвоне</a>" in page
    assert f"{link}Возврат вывода на баланс</a>" in page


# --- The report on paper ----------------------------------------------------------------------------------------------


def paper(partner: Partner, label: str = "2025-10") -> str:
    with browsing(partner, NOVEMBER_20) as browser:
        response = browser.get(f"/cabinet/reports/{label}.pdf")
    assert (response.status_code, response["Content-Type"]) == (200, "application/pdf")
    reader = pypdf.PdfReader(io.BytesIO(response.content))
    return " ".join(" ".join(page.extract_text() for page in reader.pages).split())


def give_requisites(partner: Partner) -> None:
    Requisites.objects.create(
        partner=partner,
        name="ООО «Реклама»",
        inn="7707083893",
        kpp="770701001",
        ogrn="1027700132195",
        address="Москва",
        bank_name="ПАО Сбербанк",
        bik="044525225",
        account="40702810938000000001",
        corr_account="30101810400000000225",
        vat=Requisites.Vat.VAT_20,
        entered_at=NOVEMBER_20,
        entered_by=partner.user,
    )


def test_monthly_report_holds_both_sides_the_contract_and_the_clients(anna: Partner, settings: Settings) -> None:
    settings.PROGRAMME_COMPANY = settings.PROGRAMME_COMPANY | {"name": "ООО «Скорозвон»", "inn": "7707083893"}
    give_requisites(anna)
    text = paper(anna)
    assert "Отчёт за октябрь 2025" in text
    assert "к договору № 118 от 05.11.2025" in text
    assert "ООО «Реклама»" in text
    assert "ООО «Скорозвон»" in text
    assert "ООО «Красные цветы» для юрлиц 20 000,00 ₽ 15 % 3 000,00 ₽" in text
    assert "Вознаграждение: 3 015,00 ₽" in text
    assert "В том числе НДС 20 %: 502,50 ₽" in text


def test_whoever_gave_no_requisites_is_asked_for_them_and_gets_no_report_that_states_what_is_not_known(
    anna: Partner,
) -> None:
    asked = "Укажите реквизиты, чтобы скачать отчёт в PDF"
    with browsing(anna, NOVEMBER_20) as browser:
        page = browser.get("/cabinet/reports/2025-10/").content.decode()
        assert f'<a href="/cabinet/profile/requisites/">{asked}</a>' in page
        answer = browser.get("/cabinet/reports/2025-10.pdf")
        assert (answer.status_code, answer["Location"]) == (302, "/cabinet/profile/requisites/")
        assert asked in browser.get(answer["Location"]).content.decode()
        give_requisites(anna)
        page = browser.get("/cabinet/reports/2025-10/").content.decode()
    assert 'href="/cabinet/reports/2025-10.pdf"' in page
    assert asked not in page


def test_report_on_paper_depends_on_how_the_month_was_earned_and_not_on_the_tariff_of_today(anna: Partner) -> None:
    give_requisites(anna)
    tariff_change.change(anna, "individual", by=StaffFactory(), reason="Просьба", now=moscow("2025-11-12 12:00"))
    deliver(charged("ch-3", "c-1", "9000.00", "2025-11-13 09:30"))
    close.run(month("2025-11"), now=moscow("2025-12-01 06:00"))
    with browsing(Partner.objects.get(pk=anna.pk), moscow("2025-12-02 12:00")) as browser:
        assert browser.get("/cabinet/reports/2025-10.pdf").status_code == 200
        assert browser.get("/cabinet/reports/2025-11.pdf").status_code == 404
        assert "PDF" not in browser.get("/cabinet/reports/2025-11/").content.decode()


def test_individual_is_never_asked_for_requisites(anna: Partner) -> None:
    tariff_change.change(anna, "individual", by=StaffFactory(), reason="Просьба", now=moscow("2025-11-12 12:00"))
    with browsing(Partner.objects.get(pk=anna.pk), NOVEMBER_20) as browser:
        assert browser.get("/cabinet/reports/2025-10.pdf").status_code == 404
        assert "Укажите реквизиты" not in browser.get("/cabinet/reports/2025-10/").content.decode()


def test_there_is_no_report_on_paper_for_an_open_month_an_individual_or_a_stranger(anna: Partner) -> None:
    with browsing(anna, NOVEMBER_20) as browser:
        assert browser.get("/cabinet/reports/2025-11.pdf").status_code == 404
    with browsing(PartnerFactory(tariff="individual"), NOVEMBER_20) as browser:
        assert browser.get("/cabinet/reports/2025-10.pdf").status_code == 404
    with browsing(PartnerFactory(), NOVEMBER_20) as browser:
        assert browser.get("/cabinet/reports/2025-10.pdf").status_code == 404
    asked = Browser().get("/cabinet/reports/2025-10.pdf")
    assert (asked.status_code, asked["Location"]) == (302, "/users/sign_in?next=/cabinet/reports/2025-10.pdf")


# --- Who sees what, at what cost --------------------------------------------------------------------------------------


def test_another_partner_sees_nothing_of_it_and_the_signed_out_sign_in_first(anna: Partner) -> None:
    assert "3 015,00" not in opened(PartnerFactory(), PATH, now=NOVEMBER_20)
    asked = Browser().get(PATH)
    assert (asked.status_code, asked["Location"]) == (302, f"/users/sign_in?next={PATH}")


def test_page_costs_the_same_with_one_row_and_with_a_thousand(anna: Partner) -> None:
    ask(anna, 2_000_00)
    costs = []
    for rows in (0, 1_000):
        LedgerLine.objects.bulk_create(
            LedgerLine(
                key=f"correction:{number}",
                partner=anna,
                kind="correction",
                amount_kopecks=100,
                booked_at=NOVEMBER_20,
                booked_by=anna.user,
                memo="",
            )
            for number in range(rows)
        )
        Withdrawal.objects.bulk_create(
            Withdrawal(
                partner=anna,
                amount_kopecks=100,
                destination="service",
                account_id="acc-1",
                requested_at=NOVEMBER_20,
                requested_by=anna.user,
                due_on=NOVEMBER_20.date(),
            )
            for _ in range(rows)
        )
        with browsing(anna, NOVEMBER_20) as browser:
            browser.get(PATH)  # makes the forecast
            with CaptureQueriesContext(connection) as queries:
                browser.get(PATH)
        costs.append(len(queries))
    assert costs[0] == costs[1] <= 12
