"""The pages that everybody may read: the programme with its calculator, and the rules."""

import datetime as dt
import re
from html import unescape
from typing import Any

import pytest
from django.test import Client as Browser
from pytest_django import DjangoAssertNumQueries

from partners.models import Terms
from skorozvon_partners.calculator import Earnings, earnings
from skorozvon_partners.programme import CHAPTERS
from tests.factories import PartnerFactory, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at:UserWarning")]


def page(path: str, browser: Browser | None = None) -> str:
    response = (browser or Browser()).get(path)
    assert response.status_code == 200
    return response.content.decode()


def words(html: str) -> str:
    """What a reader sees, with every kind of space as a plain one."""
    text = unescape(re.sub(r"<[^>]+>", " ", html)).replace("\u202f", " ").replace("\u00a0", " ")
    return re.sub(r" ([,.:;»])", r"\1", " ".join(text.split()))


def earned(**asked: str) -> str:
    """What the calculator answers."""
    response = Browser().get("/", asked)
    assert response.status_code == 200
    found = re.search(r'<div id="earned">(.*?)</section>', response.content.decode(), re.DOTALL)
    assert found
    return words(found[1])


def signed_in(user: Any) -> Browser:
    browser = Browser()
    browser.force_login(user)
    return browser


# --- The calculator ---------------------------------------------------------------------------------------------------


def test_legal_earns_its_percent_every_month_of_the_window() -> None:
    terms = Terms.objects.get(name="legal-2026")
    assert earnings(terms, clients=5, payment_kopecks=12_500_00) == Earnings(1_875_00, 9_375_00, 225_000_00, 24)


def test_each_clients_reward_is_rounded_by_itself_like_at_the_close() -> None:
    terms = Terms.objects.get(name="legal-2026")
    # 15 % of 0,10 ₽ is a kopeck and a half.
    assert earnings(terms, clients=3, payment_kopecks=10) == Earnings(2, 6, 144, 24)


@pytest.mark.parametrize(
    ("payment_kopecks", "months"), [(10_000_00, 1), (5_000_00, 1), (4_999_99, 2), (2_500_00, 2), (1_00, 5_000)]
)
def test_individual_earns_once_per_client_when_the_threshold_is_reached(payment_kopecks: int, months: int) -> None:
    terms = Terms.objects.get(name="individual-2026")
    assert earnings(terms, clients=4, payment_kopecks=payment_kopecks) == Earnings(3_000_00, None, 12_000_00, months)


def test_a_reward_without_end_is_shown_for_a_year() -> None:
    terms = Terms(tariff="legal", percent_bp=1000, window_months=None)
    assert earnings(terms, clients=1, payment_kopecks=1_000_00) == Earnings(100_00, 100_00, 1_200_00, 12)


def test_the_page_begins_with_an_example() -> None:
    assert earned() == (
        "В месяц 9 375,00 ₽ С каждого клиента — 1 875,00 ₽: 15 % от 12 500,00 ₽ За весь срок, 24 месяца 225 000,00 ₽"
        " Если 5 клиентов платят столько каждый месяц."
    )


@pytest.mark.parametrize("payment", ["4990,50", "4 990.50", " 4\u00a0990,5 ₽", "4\u202f990,50 руб.", "4990,50 р"])
def test_sums_are_typed_with_comma_or_point_and_spaces(payment: str) -> None:
    assert earned(tariff="legal", clients="1 000", payment=payment).startswith(
        "В месяц 748 580,00 ₽ С каждого клиента — 748,58 ₽: 15 % от 4 990,50 ₽"
    )


def test_individual_reads_how_much_and_when() -> None:
    assert earned(tariff="individual", clients="21", payment="2 499,99") == (
        "За 21 клиента, один раз 63 000,00 ₽ С каждого клиента — 3 000,00 ₽ Когда В начале месяца после того, как"
        " с клиента спишется 5 000 ₽: при такой оплате на это уйдёт 3 месяца."
    )
    assert "при такой оплате хватит первого месяца." in earned(tariff="individual", clients="1", payment="5000")


@pytest.mark.parametrize("clients", ["0", "-3", "2.5", "много", "10001", "1e3", "99999999999999999999", "٣"])
def test_an_absurd_number_of_clients_is_told_apart_and_kept(clients: str) -> None:
    assert earned(clients=clients) == "Посчитать не получилось Сколько клиентов: Нужно целое число от 1 до 10 000."
    html = page(f"/?clients={clients}&payment=777")
    assert f'value="{clients}"' in html
    assert 'value="777"' in html
    assert 'aria-invalid="true"' in html


@pytest.mark.parametrize(
    ("payment", "refusal"),
    [
        ("0", "Нужна сумма от 1 ₽ до 10 000 000 ₽."),
        ("0,99", "Нужна сумма от 1 ₽ до 10 000 000 ₽."),
        ("10000000,01", "Нужна сумма от 1 ₽ до 10 000 000 ₽."),
        ("-100", "Нужна сумма от 1 ₽ до 10 000 000 ₽."),
        ("12.500", "Нужна сумма в рублях, например 12 500 или 4 990,50."),
        ("двести", "Нужна сумма в рублях, например 12 500 или 4 990,50."),
        ("", "Введите сумму, например 12 500."),
        ("<script>", "Нужна сумма в рублях, например 12 500 или 4 990,50."),
    ],
)
def test_an_absurd_payment_is_told_apart(payment: str, refusal: str) -> None:
    assert earned(payment=payment) == f"Посчитать не получилось Платит каждый в месяц, ₽: {refusal}"


def test_everything_wrong_at_once_is_told_at_once() -> None:
    assert earned(tariff="nobody", clients="", payment="x") == (
        "Посчитать не получилось Вид выплат: Выберите один из двух видов выплат. Сколько клиентов: Введите число"
        " клиентов, например 5. Платит каждый в месяц, ₽: Нужна сумма в рублях, например 12 500 или 4 990,50."
    )


# --- The programme ----------------------------------------------------------------------------------------------------


def test_programme_shows_both_tariffs_by_the_numbers_of_their_terms() -> None:
    seen = words(page("/"))
    assert "Для юрлиц 15 % от учтённых оплат каждого клиента, 24 месяца с его регистрации в сервисе." in seen
    assert "Для физлиц 3 000,00 ₽ за каждого клиента один раз, когда с него спишется от 5 000 ₽." in seen
    assert "Наименьшая сумма вывода 2 000 ₽ любая Клиентов до первого вывода 2 1 Договор нужен не нужен" in seen
    assert "«Успешные партнеры получают от 100 до 580 тысяч рублей в год»" in seen


def test_new_terms_change_both_pages_and_the_calculator_from_their_first_day_on() -> None:
    begun = dt.date(2020, 1, 1)
    Terms.objects.create(name="new", tariff="legal", starts_on=begun, percent_bp=1250, window_months=12)
    Terms.objects.create(name="next", tariff="legal", starts_on=dt.date(2099, 1, 1), percent_bp=9900)
    Terms.objects.create(
        name="ones", tariff="individual", starts_on=begun, one_time_kopecks=400_000, threshold_kopecks=600_000
    )
    for seen in (words(page("/")), words(page("/help/"))):
        assert "12,5 % от" in seen
        assert "15 %" not in seen
        assert "4 000 ₽" in seen
        assert "6 000 ₽" in seen
        assert "99 %" not in seen
    assert earned(clients="1", payment="1000").startswith("В месяц 125,00 ₽")
    assert "За весь срок, 12 месяцев 1 500,00 ₽" in earned(clients="1", payment="1000")


def test_six_steps_and_the_manager_are_there() -> None:
    html = page("/")
    steps = re.search(r'<ol class="stepper">(.*?)</ol>', html, re.DOTALL)
    assert steps
    assert steps[1].count("<li>") == 6
    assert "Озод Юсупов 8 800 333 97 02 · oyusupov@skorozvon.ru" in words(html)


def actions(browser: Browser) -> list[str]:
    """The buttons at the top of the programme page."""
    found = re.search(r'<p class="actions">(.*?)</p>', page("/", browser), re.DOTALL)
    assert found
    return re.findall(r'href="([^"]+)">([^<]+)<', found[1])


def test_visitor_can_become_a_partner_or_sign_in() -> None:
    assert actions(Browser()) == [
        ("https://skorozvon.ru", "Стать партнером"),
        ("/users/sign_in", "Войти в кабинет"),
    ]


def test_header_leads_who_is_signed_in_to_the_cabinet_and_a_visitor_to_the_sign_in() -> None:
    header = re.compile(r'<div class="top__side">.*?</div>', re.DOTALL)
    inside, outside = signed_in(PartnerFactory().user).get("/"), Browser().get("/")
    assert [words(header.findall(each.content.decode())[0]) for each in (inside, outside)] == [
        "Справка Кабинет партнера",
        "Справка Войти",
    ]


def test_partner_finds_the_way_to_the_cabinet_and_account_holder_to_the_registration() -> None:
    assert actions(signed_in(PartnerFactory().user)) == [("/cabinet/", "В кабинет партнера")]
    assert actions(signed_in(UserFactory())) == [("/registration/", "Стать партнером")]


@pytest.mark.parametrize("path", ["/", "/help/"])
def test_pages_cost_a_handful_of_queries(path: str, django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    browser = signed_in(PartnerFactory().user)
    with django_assert_max_num_queries(5):
        page(path, browser)
    with django_assert_max_num_queries(2):
        page(path)


# --- Help -------------------------------------------------------------------------------------------------------------


def test_every_rule_for_partners_has_its_anchor_once_and_stands_in_the_contents() -> None:
    html = page("/help/")
    anchors = [anchor for *_, rules in CHAPTERS for anchor in rules]
    assert [f"r{number}" for number in range(1, 27)] == [anchor for anchor in anchors if "example" not in anchor]
    ids = re.findall(r'\bid="([^"]+)"', html)
    assert len(ids) == len(set(ids))
    assert re.findall(r'<h3 id="([^"]+)">', html) == anchors
    linked = re.findall(r'href="#([^"]+)"', html)
    assert set(anchors) <= set(linked)
    assert set(linked) <= {*ids}


def test_help_tells_both_examples_in_the_programmes_own_words() -> None:
    seen = words(page("/help/"))
    assert (
        "«Вы привели первого Клиента 15 сентября, а второго – 30 сентября. Первый оплатил сервис 10 октября, а второй –"
        " 3 ноября. Деньги за первого начислим 1 ноября, а за второго – 1 декабря. Вывести вознаграждение за обоих"
        " Клиентов сможете, начиная с 1 декабря, когда подпишем Договор."
    ) in seen
    assert "3000 рублей начислим 1 ноября. Эти деньги вы сможете вывести в течение 10 – 12 дней" in seen


def test_help_takes_its_numbers_from_rules_terms_and_settings() -> None:
    seen = words(page("/help/"))
    assert "15 % от суммы учтённых списаний клиента за месяц, до копейки: половина копейки округляется вверх." in seen
    assert "Например, списано 12 500 ₽ — вознаграждение 1 875 ₽." in seen
    assert "3 000 ₽ за клиента один раз — в первом месяце, когда с него всего" in seen
    assert "Если попросить в первые 30 дней после его регистрации" in seen
    assert "1-го числа, после 06:00 по Москве" in seen
    assert "Переход по ссылке помнится 90 дней" in seen
    assert "она не меньше 2 000 ₽" in seen
