"""The pages as a browser gets them: who sees what, in which words, at what cost."""

import datetime as dt
import re
from html import unescape
from typing import Any

import pytest
from django.conf import settings
from django.db import OperationalError, connection
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.test import Client as Browser
from pytest_django import DjangoAssertNumQueries

from partners.models import LedgerLine, Partner, User
from partners.months import MOSCOW
from partners.registration import admit
from referrals.models import Client, Month, Reward

pytestmark = [
    pytest.mark.django_db,
    # The files of a deployment are collected when it is built, and a test run has no need of them.
    pytest.mark.filterwarnings("ignore:No directory at:UserWarning"),
]

PASSWORD = "a pass phrase of mine"
OCTOBER, NOVEMBER = dt.date(2026, 10, 1), dt.date(2026, 11, 1)


def a_partner(email: str = "anna@example.ru", tariff: str = "legal", *, code: str | None = None) -> Partner:
    user = User.objects.create_user(email, PASSWORD, full_name="Анна Юрлицова")
    since = dt.datetime(2026, 9, 1, tzinfo=MOSCOW)
    return admit(user, tariff=tariff, full_name="Анна", phone="+79000000001", registered_at=since, code=code)


def a_client(name: str) -> Client:
    return Client.objects.create(
        account_id=f"account of {name}",
        name=name,
        registered_at=dt.datetime(2026, 9, 15, tzinfo=MOSCOW),
        email="buyer@hidden.example",
        phone="+79161234567",
        inn="7707083893",
    )


def reward(partner: Partner, client: Client, kopecks: int, *, base: int, month: dt.date = OCTOBER) -> None:
    Month.objects.get_or_create(starts_on=month, defaults={"frozen_at": dt.datetime(2026, 12, 1, tzinfo=MOSCOW)})
    assignment = partner.terms_assignments.get()
    Reward.objects.create(
        month=month,
        partner=partner,
        client=client,
        assignment=assignment,
        base_kopecks=base,
        reward_kopecks=kopecks,
    )


def ledger_line(partner: Partner, kopecks: int, *, kind: str = "accrual", memo: str = "Вознаграждение") -> None:
    LedgerLine.objects.create(
        key=f"{kind}:{partner.pk}:{LedgerLine.objects.count()}",
        partner=partner,
        kind=kind,
        amount_kopecks=kopecks,
        month=OCTOBER if kind == "accrual" else None,
        booked_at=dt.datetime(2026, 11, 1, 6, tzinfo=MOSCOW),
        memo=memo,
    )


def signed_in(user: User) -> Browser:
    browser = Browser()
    browser.force_login(user)
    return browser


def text(response: HttpResponse) -> str:
    """What a reader sees, with every kind of space as a plain one; a sum stays in one piece."""
    body = re.sub(r"(?s)<head>.*?</head>|</?(?:b|small|span)\b[^>]*>", "", response.content.decode())
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


def home(partner: Partner, page: str = "") -> str:
    response = signed_in(partner.user).get(f"/cabinet/{page}")
    assert response.status_code == 200
    return text(response)


# --- Who gets in ----------------------------------------------------------------------------------------------------


def test_visitor_who_wants_the_cabinet_signs_in_first_and_is_brought_there(client: Browser) -> None:
    a_partner()
    asked = client.get("/cabinet/?page=2")
    assert (asked.status_code, asked["Location"]) == (302, "/users/sign_in?next=/cabinet/%3Fpage%3D2")
    assert 'name="next" value="/cabinet/?page=2"' in client.get(asked["Location"]).content.decode()
    answers = {"username": "anna@example.ru", "password": PASSWORD, "next": "/cabinet/?page=2"}
    entered = client.post("/users/sign_in", answers)
    assert (entered.status_code, entered["Location"]) == (302, "/cabinet/?page=2")


def test_sign_in_sends_nobody_to_another_site(client: Browser) -> None:
    a_partner()
    answers = {"username": "anna@example.ru", "password": PASSWORD, "next": "https://evil.example/"}
    assert client.post("/users/sign_in", answers)["Location"] == "/cabinet/"


def test_root_leads_to_the_cabinet_or_to_sign_in(client: Browser) -> None:
    assert client.get("/")["Location"] == "/users/sign_in"
    assert signed_in(a_partner().user).get("/")["Location"] == "/cabinet/"


def test_sign_in_page_says_the_words_of_the_programme(client: Browser) -> None:
    page = text(client.get("/users/sign_in"))
    assert "Партнерский портал Скорозвон" in page
    assert "← Перейти на сайт Скорозвон" in page
    assert "Войти E-mail E-mail, указанный при регистрации Пароль Пароль, указанный при регистрации Войти" in page


def test_email_is_taken_in_any_case(client: Browser) -> None:
    a_partner()
    entered = client.post("/users/sign_in", {"username": " Anna@Example.RU ", "password": PASSWORD})
    assert entered["Location"] == "/cabinet/"


def test_wrong_password_keeps_the_email_and_says_the_same_as_an_unknown_email(client: Browser) -> None:
    a_partner()
    wrong, unknown = (
        client.post("/users/sign_in", {"username": email, "password": "not this one"})
        for email in ("anna@example.ru", "nina@example.ru")
    )
    assert 'value="anna@example.ru"' in wrong.content.decode()
    assert "Неверный e-mail или пароль." in text(wrong)
    assert text(wrong) == text(unknown)


def test_account_that_was_closed_gets_the_same_answer_as_an_unknown_email(client: Browser) -> None:
    User.objects.create_user("anna@example.ru", PASSWORD, is_active=False)
    closed = client.post("/users/sign_in", {"username": "anna@example.ru", "password": PASSWORD})
    assert "Неверный e-mail или пароль." in text(closed)


def test_sign_out_takes_a_post_only() -> None:
    browser = signed_in(a_partner().user)
    assert browser.get("/users/sign_out").status_code == 405
    assert browser.get("/cabinet/").status_code == 200
    assert browser.post("/users/sign_out")["Location"] == "/users/sign_in"
    assert browser.get("/cabinet/").status_code == 302


def test_who_is_no_partner_reads_how_to_become_one() -> None:
    page = text(signed_in(User.objects.create_user("olga@example.ru", PASSWORD)).get("/cabinet/"))
    assert "Вы ещё не партнёр" in page
    assert "выберите в меню профиля «Стать партнером»" in page


def test_staff_reads_that_the_cabinet_is_for_partners() -> None:
    page = text(signed_in(User.objects.create_superuser("staff@example.ru", PASSWORD)).get("/cabinet/"))
    assert "Вы вошли как сотрудник, staff@example.ru" in page


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        ("pending", "Ваш запрос на рассмотрении."),
        ("declined", "Ваш запрос отклонён"),
        ("blocked", "Участие приостановлено"),
    ],
)
def test_partner_who_gets_no_clients_is_told_so_on_top(status: str, sentence: str) -> None:
    partner = a_partner()
    assert sentence not in home(partner)
    Partner.objects.update(status=status)
    page = home(partner)
    assert page.index(sentence) < page.index("На балансе")


# --- What a partner sees --------------------------------------------------------------------------------------------


def test_partner_sees_its_own_sums_and_nothing_of_another_partner() -> None:
    anna, nina = a_partner(code="62b0"), a_partner("nina@example.ru")
    reward(anna, a_client("ООО «Красные цветы»"), 7_200_00, base=48_000_00)
    reward(nina, a_client("АО «Чужой»"), 111_11, base=740_73)
    ledger_line(anna, 7_200_00, memo="Вознаграждение за октябрь 2026")
    ledger_line(anna, -2_000_50, kind="withdrawal", memo="Вывод на счёт")
    ledger_line(nina, 111_11)
    response = signed_in(anna.user).get("/cabinet/")
    page = text(response)
    assert "На балансе 5 199,50 ₽" in page
    assert "Всего вам начислено 7 200,00 ₽" in page
    assert "https://skorozvon.ru/p/62b0" in page
    assert "ООО «Красные цветы» 15 % от суммы 48 000,00 ₽ 7 200,00 ₽" in page
    assert "1 ноября 2026 Вывод на счёт −2 000,50 ₽" in page
    assert "1 ноября 2026 Вознаграждение за октябрь 2026 7 200,00 ₽" in page
    assert "Чужой".encode() not in response.content
    assert b"111" not in response.content


def test_partner_never_sees_email_phone_or_inn_of_a_client() -> None:
    partner = a_partner()
    reward(partner, a_client("ООО «Красные цветы»"), 150_00, base=1_000_00)
    body = signed_in(partner.user).get("/cabinet/").content
    assert "Красные цветы".encode() in body
    assert not [secret for secret in (b"hidden.example", b"9161234567", b"7707083893") if secret in body]


def test_months_come_newest_first_with_their_state_and_total() -> None:
    partner = a_partner()
    flowers, wind = a_client("ООО «Красные цветы»"), a_client("ООО «Северный ветер»")
    reward(partner, flowers, 150_00, base=1_000_00)
    reward(partner, wind, 15_00, base=100_00)
    Month.objects.update(closed_at=dt.datetime(2026, 11, 1, 6, tzinfo=MOSCOW))
    reward(partner, flowers, 300_00, base=2_000_00, month=NOVEMBER)
    page = home(partner)
    assert "Ноябрь 2026 закрывается 300,00 ₽" in page
    assert "Октябрь 2026 закрыт 1 ноября 2026 165,00 ₽" in page
    assert page.index("Ноябрь 2026") < page.index("Октябрь 2026")


def test_refunds_above_charges_take_reward_back_and_it_is_said() -> None:
    partner = a_partner()
    reward(partner, a_client("ООО «Красные цветы»"), -150_00, base=-1_000_00)
    ledger_line(partner, -150_00)
    page = home(partner)
    assert "15 % от суммы: возвраты больше списаний −1 000,00 ₽ −150,00 ₽" in page
    assert "На балансе −150,00 ₽ Меньше нуля из-за возвратов" in page


def test_individual_reads_why_a_month_brought_nothing_the_reward_or_took_it_back() -> None:
    partner, cafe = a_partner(tariff="individual"), a_client("Кофейня")
    story = [(4_000_50, 0), (1_000_00, 3_000_00), (500_00, 0), (-1_000_00, -3_000_00)]
    for number, (base, kopecks) in enumerate(story, start=6):
        reward(partner, cafe, kopecks, base=base, month=dt.date(2026, number, 1))
    page = home(partner)
    assert "Кофейня всего 4 000,50 ₽ — меньше 5 000 ₽ 4 000,50 ₽ 0,00 ₽" in page
    assert "Кофейня 3 000 ₽ за клиента 1 000,00 ₽ 3 000,00 ₽" in page
    assert "Кофейня 3 000 ₽ за клиента уже начислены 500,00 ₽ 0,00 ₽" in page
    assert "Кофейня из-за возврата стало меньше 5 000 ₽ −1 000,00 ₽ −3 000,00 ₽" in page


@pytest.mark.parametrize(
    ("tariff", "promise"),
    [
        ("legal", "Клиент приносит вам 15 % от абонентской платы — 24 месяца с его регистрации в сервисе."),
        (
            "individual",
            "Клиент приносит вам 3 000 ₽ один раз, когда у него спишется от 5 000 ₽ в счёт абонентской платы и"
            " телефонии.",
        ),
    ],
)
def test_newcomer_reads_how_the_first_reward_comes_about(tariff: str, promise: str) -> None:
    page = home(a_partner(tariff=tariff))
    assert f"Пока пусто. {promise} Первое вознаграждение появится так:" in page
    assert "Движений ещё не было" in page


def test_company_name_of_90_letters_is_shown_whole() -> None:
    partner, name = a_partner(), "Общество с ограниченной ответственностью «" + "Ж" * 47 + "»"
    reward(partner, a_client(name), 150_00, base=1_000_00)
    assert len(name) == 90
    assert name in home(partner)


def test_name_of_a_client_is_text_and_never_markup() -> None:
    partner = a_partner()
    reward(partner, a_client("<b>ООО</b> & Ко"), 150_00, base=1_000_00)
    assert "&lt;b&gt;ООО&lt;/b&gt; &amp; Ко" in signed_in(partner.user).get("/cabinet/").content.decode()


def test_page_holds_50_rewards_and_the_total_of_a_month_is_of_all_of_them() -> None:
    partner = a_partner()
    for number in range(51):
        reward(partner, a_client(f"Клиент {number}"), 150_00, base=1_000_00)
    first, second = home(partner), home(partner, "?page=2")
    assert "1–50 из 51" in first
    assert "51–51 из 51" in second
    assert "Октябрь 2026 закрывается 7 650,00 ₽" in first
    assert "Октябрь 2026 закрывается 7 650,00 ₽" in second
    assert home(partner, "?page=nonsense") == first


def test_number_of_queries_is_the_same_for_1_and_200_rewards(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    partner = a_partner()
    browser = signed_in(partner.user)
    reward(partner, a_client("Клиент"), 150_00, base=1_000_00)
    ledger_line(partner, 150_00)
    with django_assert_num_queries(11):
        browser.get("/cabinet/")
    for number in range(199):
        reward(partner, a_client(f"Клиент {number}"), 150_00, base=1_000_00, month=(OCTOBER, NOVEMBER)[number % 2])
        ledger_line(partner, 150_00)
    with django_assert_num_queries(11):
        browser.get("/cabinet/")


# --- How pages are made ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/users/sign_in", "/cabinet/", "/nowhere/"])
def test_every_answer_forbids_inline_code_and_other_hosts(path: str) -> None:
    policy = signed_in(a_partner().user).get(path)["Content-Security-Policy"]
    assert {"default-src 'none'", "script-src 'self'", "style-src 'self'"} <= set(policy.split("; "))
    assert "unsafe" not in policy


def test_no_template_holds_inline_style_or_script() -> None:
    inline = re.compile(r"<style|<script(?![^>]*\ssrc=)|\sstyle\s*=|\son\w+\s*=|javascript:", re.IGNORECASE)
    files = sorted((settings.BASE_DIR / "templates").rglob("*.html"))
    assert files
    assert [file.name for file in files if inline.search(file.read_text(encoding="utf-8"))] == []


def test_balance_does_not_stay_in_the_browser_after_signing_out() -> None:
    assert "no-store" in signed_in(a_partner().user).get("/cabinet/")["Cache-Control"]


def test_unknown_address_leads_back_to_the_cabinet(client: Browser) -> None:
    response = client.get("/nowhere/")
    assert response.status_code == 404
    assert "Такой страницы нет" in text(response)
    assert 'href="/cabinet/"' in response.content.decode()


def test_form_that_is_too_old_says_so_and_how_to_go_on() -> None:
    response = Browser(enforce_csrf_checks=True).post("/users/sign_in", {"username": "anna@example.ru"})
    assert response.status_code == 403
    assert "Страница устарела" in text(response)


def test_failure_shows_a_page_that_needs_nothing_of_what_failed() -> None:
    def no_ledger(execute: Any, sql: str, *rest: Any) -> Any:
        if "partners_ledgerline" in sql:
            raise OperationalError("the database is gone")
        return execute(sql, *rest)

    browser = signed_in(a_partner().user)
    browser.raise_request_exception = False
    with connection.execute_wrapper(no_ledger):
        response = browser.get("/cabinet/")
    assert response.status_code == 500
    assert "Что-то сломалось" in text(response)
    assert "the database is gone" not in text(response)


def test_page_of_a_refusal_is_helpful() -> None:
    assert "напишите нам" in render_to_string("403.html")
