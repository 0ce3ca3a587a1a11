"""«Регистрация партнёра» as a browser gets it: the form, its refusals, a session that ends, and the states after it."""

import hashlib
import re
from typing import Any

import pytest
from django.conf import settings as portal
from django.contrib.messages import get_messages
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.test import Client as Browser
from pytest_django import DjangoAssertNumQueries, Settings

from partners import consents, registration
from partners.models import Consent, Partner, Terms
from partners.tests.test_sign_in import text
from tests.factories import NOW, PartnerFactory, StaffFactory, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at:UserWarning")]

OFFER, DATA, SOLAR = (f"{kind}_2026-11-01" for kind in ("offer", "personal_data", "solar_staff"))
TYPED = {
    "full_name": " Анна   Юрлицова ",
    "phone": "8 (916) 123-45-67",
    "tariff": "legal",
    "website": "t.me/anna",
    "channels": ["blog", "seminars"],
    "comment": "Веду блог о продажах",
    OFFER: "on",
    DATA: "on",
}


@pytest.fixture
def guest(client: Browser) -> Browser:
    """Signed in as an account holder who is no partner."""
    about = {"email": "anna@example.ru", "full_name": "Анна Юрлицова", "phone": "+79000000001"}
    client.force_login(UserFactory(**about, password="a pass phrase", account_id="acc-1"))
    return client


def send(browser: Browser, **changes: Any) -> HttpResponse:
    typed = {name: value for name, value in (TYPED | changes).items() if value is not None}
    return browser.post("/registration/", typed, REMOTE_ADDR="192.0.2.7")


# --- The form -------------------------------------------------------------------------------------------------------


def test_form_asks_what_the_programme_asks_and_starts_from_the_account(guest: Browser) -> None:
    response = guest.get("/registration/")
    page = text(response)
    for label in (
        "Регистрация партнёра",
        "ФИО*",
        "Номер телефона*",
        "Вид выплат*",
        "На счет юрлица",
        "На карту физлица",
        "Профиль в социальных сетях / сайт",
        "Как вы будете привлекать клиентов? Рассылка Блог Сайт Семинары и тренинги Медийная реклама Контекстная",
        "Комментарий",
        "Отправить запрос",
    ):
        assert label in page
    assert 'value="Анна Юрлицова"' in response.content.decode()
    assert 'value="+7 900 000-00-01"' in response.content.decode()


def test_cards_of_the_tariffs_tell_the_terms_in_force_and_that_the_choice_is_made_once(guest: Browser) -> None:
    page = text(guest.get("/registration/"))
    assert (
        "Клиент приносит вам 15 % от абонентской платы — 24 месяца с его регистрации в сервисе. Вывод от 2 000 ₽ на"
        " расчётный счёт или на аккаунт в Скорозвоне, когда вознаграждение принесли 2 клиента и подписан договор."
    ) in page
    assert (
        "Клиент приносит вам 3 000 ₽ один раз, когда у него спишется от 5 000 ₽ в счёт абонентской платы и"
        " телефонии. Вывод любой суммы на банковскую карту через Solar Staff, с первого клиента."
    ) in page
    assert "Выбор делается один раз: при смене тарифа баланс обнуляется." in page


def test_cards_tell_new_terms_from_the_day_they_start(guest: Browser) -> None:
    Terms.objects.create(name="new", tariff="legal", starts_on="2020-01-01", percent_bp=1250, contract_needed=True)
    Terms.objects.create(name="far", tariff="individual", starts_on="2090-01-01", one_time_kopecks=1_00)
    page = text(guest.get("/registration/"))
    assert "Клиент приносит вам 12,5 % от абонентской платы. Вывод любой суммы на расчётный счёт" in page
    assert "на аккаунт в Скорозвоне, когда подписан договор." in page
    assert "3 000 ₽ один раз" in page


def test_consents_are_separate_empty_boxes_with_links_to_their_texts(guest: Browser) -> None:
    body = guest.get("/registration/").content.decode()
    boxes = re.findall(r'<input type="checkbox" name="((?:offer|personal_data|solar_staff)[^"]*)"[^>]*>', body)
    assert boxes == [OFFER, DATA, SOLAR]
    assert "checked" not in body
    for kind in ("offer", "personal_data", "solar_staff"):
        assert f'href="/consents/{kind}/2026-11-01/"' in body


def test_sent_form_makes_a_partner_and_leads_to_the_cabinet(guest: Browser) -> None:
    response = send(guest)
    assert (response.status_code, response["Location"]) == (302, "/cabinet/")
    partner = Partner.objects.get()
    assert (partner.status, partner.tariff, partner.full_name) == ("active", "legal", "Анна Юрлицова")
    assert (partner.phone, partner.website) == ("+79161234567", "t.me/anna")
    assert (partner.channels, partner.comment) == (["blog", "seminars"], "Веду блог о продажах")
    assert set(Consent.objects.values_list("kind", "version", "ip")) == {
        ("offer", "2026-11-01", "192.0.2.7"),
        ("personal_data", "2026-11-01", "192.0.2.7"),
    }
    assert [str(each) for each in get_messages(response.wsgi_request)] == [
        "Готово, партнёр! Ниже ваши ссылка и промо-код."
    ]


def test_consent_is_kept_with_the_address_that_our_proxy_saw(guest: Browser, settings: Settings) -> None:
    settings.PROXY_COUNT = 1
    guest.post("/registration/", TYPED, REMOTE_ADDR="127.0.0.1", headers={"x-forwarded-for": "1.1.1.1, 192.0.2.9"})
    assert set(Consent.objects.values_list("ip", flat=True)) == {"192.0.2.9"}


def test_only_what_is_marked_with_a_star_is_needed(guest: Browser) -> None:
    assert send(guest, website=None, channels=None, comment=None).status_code == 302
    assert Partner.objects.get().channels == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"full_name": "  "}, "Укажите фамилию, имя и отчество, если оно есть."),
        ({"full_name": "я" * 201}, "не более 200 символов"),
        ({"phone": ""}, "Укажите номер телефона."),
        ({"phone": "12345"}, "Такого номера нет."),
        ({"phone": "позвоните"}, "Оставьте один номер без слов"),
        ({"tariff": None}, "Выберите, куда выводить вознаграждение."),
        ({"tariff": "both"}, "Выберите из двух."),
        ({"website": "ftp://anna.ru"}, "Это не похоже на адрес."),
        ({"full_name": "Анна\ufffe"}, "В тексте есть невидимый знак."),
        ({"comment": "Веду блог о продажах\u202e"}, "В тексте есть невидимый знак."),
        ({"channels": ["spam"]}, "Выберите из списка."),
        ({"comment": "я" * 2001}, "не более 2000 символов"),
        ({OFFER: None}, "Без этого согласия партнёром стать нельзя."),
        ({DATA: None}, "Без этого согласия партнёром стать нельзя."),
        ({"tariff": "individual"}, "Без этого согласия на карту не вывести."),
    ],
    ids=str,
)
def test_refusal_says_what_to_do_once_on_top_and_at_the_field_and_keeps_the_rest(
    guest: Browser, changes: dict[str, Any], said: str
) -> None:
    response = send(guest, **changes)
    assert response.status_code == 200
    page = text(response)
    assert "Проверьте 1 поле. Остальное на месте." in page
    assert page.count(said) == 2
    kept = response.content.decode()
    assert 'value="t.me/anna"' in kept or "website" in changes
    assert "Веду блог о продажах" in kept or "comment" in changes
    assert (Partner.objects.count(), Consent.objects.count()) == (0, 0)


def test_problems_are_listed_in_the_order_of_the_page(guest: Browser) -> None:
    page = text(send(guest, full_name="", phone="", tariff="", website="ftp://anna.ru"))
    labels = ["ФИО", "Номер телефона", "Вид выплат", "Профиль в социальных сетях / сайт"]
    assert re.findall(rf"({'|'.join(labels)}) : ", page) == labels


@pytest.mark.parametrize(
    "website", ["@anna", "vk.ru/anna", "https://anna.ru", "anna.ru:8080", "Телеграм: @anna, анна.рф"]
)
def test_website_is_kept_as_people_write_it(guest: Browser, website: str) -> None:
    assert send(guest, website=website).status_code == 302
    assert Partner.objects.get().website == website


def test_comment_may_have_lines_and_emoji(guest: Browser) -> None:
    comment = "Веду блог\n\tи рассылку 👩\u200d💻"
    assert send(guest, comment=comment).status_code == 302
    assert Partner.objects.get().comment == comment


def test_individual_who_agrees_to_solar_staff_is_taken(guest: Browser) -> None:
    assert send(guest, tariff="individual", **{SOLAR: "on"}).status_code == 302
    assert set(Consent.objects.values_list("kind", flat=True)) == {"offer", "personal_data", "solar_staff"}


def test_box_of_a_text_that_has_changed_meanwhile_has_to_be_ticked_again(guest: Browser) -> None:
    old = {OFFER: None, "offer_2026-01-01": "on"}
    assert "Без этого согласия партнёром стать нельзя." in text(send(guest, **old))


def test_second_click_makes_no_second_partner_and_no_error(guest: Browser) -> None:
    assert send(guest)["Location"] == "/cabinet/"
    assert send(guest, tariff="individual")["Location"] == "/cabinet/"
    assert guest.get("/registration/")["Location"] == "/cabinet/"
    assert [partner.tariff for partner in Partner.objects.all()] == ["legal"]


def test_form_costs_the_same_few_queries_always(
    guest: Browser, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(5):  # session, user, partner, terms of each tariff
        guest.get("/registration/")
    for _ in range(20):
        PartnerFactory()
    with django_assert_num_queries(5):
        guest.get("/registration/")


def test_staff_without_an_account_reads_that_the_form_is_not_for_it(client: Browser) -> None:
    client.force_login(StaffFactory(email="staff@example.ru"))
    response = client.get("/registration/")
    assert response.status_code == 403
    assert "Вы вошли как сотрудник, staff@example.ru" in text(response)


def test_name_that_looks_like_markup_is_text(guest: Browser) -> None:
    page = send(guest, full_name="<b>Анна</b>", phone="").content.decode()
    assert "&lt;b&gt;Анна&lt;/b&gt;" in page


# --- A session that ends while somebody types -----------------------------------------------------------------------


def holder_of(page: HttpResponse) -> str:
    return re.findall(r'name="holder" value="([^"]+)"', page.content.decode())[0]


def sign_in(browser: Browser, email: str = "anna@example.ru") -> HttpResponse:
    answers = {"username": email, "password": "a pass phrase", "next": "/registration/"}
    return browser.post("/users/sign_in", answers)


def test_visitor_who_is_signed_out_signs_in_first(client: Browser) -> None:
    assert client.get("/registration/")["Location"] == "/users/sign_in?next=/registration/"


def test_form_sent_after_the_session_ended_is_there_again_after_signing_in(guest: Browser) -> None:
    holder = holder_of(guest.get("/registration/"))
    guest.logout()
    sent = send(guest, holder=holder, tariff="individual", **{SOLAR: "on"})
    assert sent["Location"] == "/users/sign_in?next=/registration/"
    assert "Войдите: всё, что вы ввели, на месте." in text(guest.get(sent["Location"]))
    assert sign_in(guest)["Location"] == "/registration/"
    for _ in range(2):  # also when the page is loaded anew
        page = guest.get("/registration/").content.decode()
        assert 'value="8 (916) 123-45-67"' in page
        assert "Веду блог о продажах" in page
        checked = re.findall(r'name="([^"]+)" value="([^"]+)"[^>]* checked', page)
        assert checked == [("tariff", "individual"), ("channels", "blog"), ("channels", "seminars")]
        assert len(re.findall(r'type="checkbox" name="\w+_2026-11-01"[^>]* checked', page)) == 3
        assert 'role="alert"' not in page
    assert Partner.objects.count() == 0
    send(guest)
    assert "registration" not in guest.session


def test_what_somebody_typed_is_not_shown_to_who_signs_in_after(guest: Browser) -> None:
    holder = holder_of(guest.get("/registration/"))
    UserFactory(email="nina@example.ru", password="a pass phrase", full_name="Нина")
    guest.logout()
    send(guest, holder=holder)
    sign_in(guest, "nina@example.ru")
    page = guest.get("/registration/").content.decode()
    assert 'value="Нина"' in page
    assert "Веду блог" not in page
    assert "registration" not in guest.session


@pytest.mark.parametrize("holder", [None, "", "nonsense", "1:made:up"])
def test_what_nobody_can_be_held_to_is_not_shown(guest: Browser, holder: str | None) -> None:
    guest.logout()
    send(guest, holder=holder)
    sign_in(guest)
    assert "Веду блог" not in guest.get("/registration/").content.decode()


def test_flood_is_not_kept(guest: Browser) -> None:
    guest.logout()
    send(guest, comment="я" * 100_000)
    assert "registration" not in guest.session


# --- After it -------------------------------------------------------------------------------------------------------


@pytest.fixture
def held(guest: Browser, settings: Settings) -> Partner:
    settings.REGISTRATION_NEEDS_APPROVAL = True
    send(guest)
    return Partner.objects.select_related("user").get()


def state(partner: Partner) -> str:
    context = {"partner": partner, "status_change": partner.status_changes.last()}
    return " ".join(re.sub(r"<[^>]+>", " ", render_to_string("partners/_state.html", context)).split())


def test_held_request_is_said_to_wait(guest: Browser, held: Partner) -> None:
    assert held.status == "pending"
    said = state(held)
    assert "Ваш запрос на рассмотрении" in said
    assert "Ответ придёт на anna@example.ru" in said
    assert guest.get("/registration/")["Location"] == "/cabinet/"


def test_declined_person_reads_why_and_sends_the_filled_form_again(guest: Browser, held: Partner) -> None:
    declined = registration.decline(held, reason="Нет сайта <>", by=StaffFactory(), now=NOW)
    said = state(declined)
    assert "Причина: Нет сайта &lt;&gt;" in said
    assert "Ваш запрос отклонён 15 декабря 2026" in said.replace("\u00a0", " ")
    assert "Отправить запрос ещё раз" in said
    response = guest.get("/registration/")
    assert "Прошлый запрос отклонён. Причина: Нет сайта <>" in text(response)
    assert "Форма заполнена тем, что вы написали в прошлом запросе" in text(response)
    assert "из вашего аккаунта" not in text(response)
    page = response.content.decode()
    assert 'value="+7 916 123-45-67"' in page
    assert "Веду блог о продажах" in page
    assert re.findall(r'name="tariff" value="(\w+)"[^>]* checked', page) == ["legal"]
    assert not re.search(r'name="offer_2026-11-01"[^>]* checked', page)
    assert send(guest, tariff="individual", **{SOLAR: "on"})["Location"] == "/cabinet/"
    held.refresh_from_db()
    assert (held.status, held.tariff) == ("pending", "individual")


def test_blocked_partner_reads_why_and_what_goes_on() -> None:
    partner = registration.block(PartnerFactory(), reason="Рассылка без согласия", by=StaffFactory(), now=NOW)
    said = state(partner)
    assert "Участие приостановлено 15 декабря 2026" in said.replace("\u00a0", " ")
    assert "Причина: Рассылка без согласия" in said
    assert "Прежние клиенты приносят вознаграждение, как и раньше" in said


def test_working_partner_is_told_nothing_and_states_do_without_a_history() -> None:
    partner = PartnerFactory()
    assert render_to_string("partners/_state.html", {"partner": partner, "status_change": None}).strip() == ""
    for status in ("pending", "declined", "blocked"):
        partner.status = status
        assert "Причина" not in render_to_string("partners/_state.html", {"partner": partner, "status_change": None})


# --- The texts ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("offer", "Условия партнёрской программы"),
        ("personal_data", "№ 152-ФЗ"),
        ("solar_staff", "передавал мои персональные данные сервису выплат Solar Staff"),
    ],
)
def test_text_can_be_read_by_anybody(client: Browser, kind: str, said: str) -> None:
    page = text(client.get(f"/consents/{kind}/2026-11-01/"))
    assert said in page
    assert "Версия от 1 ноября 2026" in page
    assert "Это прежняя версия" not in page


@pytest.mark.parametrize("path", ["offer/2020-01-01", "offer/..", "nothing/2026-11-01", "offer/2026-11-02"])
def test_text_that_never_was_is_not_found(client: Browser, path: str) -> None:
    assert client.get(f"/consents/{path}/").status_code == 404


def test_older_version_stays_readable_and_leads_to_the_one_in_force(
    client: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    newer = consents.Text(Consent.Kind.OFFER, "2027-01-01", "Новые условия")
    monkeypatch.setattr(consents, "TEXTS", [*consents.TEXTS, newer])
    body = client.get("/consents/offer/2026-11-01/").content.decode()
    assert "Это прежняя версия." in body
    assert 'href="/consents/offer/2027-01-01/"' in body


def test_text_that_people_agreed_to_never_changes() -> None:
    found = {}
    for each in consents.TEXTS:
        path = portal.BASE_DIR / "templates" / each.template
        found[f"{each.kind} {each.version}"] = hashlib.sha256(path.read_bytes()).hexdigest()[:16]
    assert found == {
        "offer 2026-11-01": "c57a0a34a323bdb3",
        "personal_data 2026-11-01": "431f0b78978cc9ae",
        "solar_staff 2026-11-01": "e2a10710bddb20dc",
    }


def test_no_text_calls_an_individual_an_agent() -> None:
    files = sorted((portal.BASE_DIR / "templates" / "partners").rglob("*.html"))
    assert [file.name for file in files if re.search(r"\bагент", file.read_text(), re.IGNORECASE)] == []
