"""The profile's pages: what they tell, what they take in, what they keep of what was typed, and who gets in."""

import datetime as dt
import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from partners import months, profile, terms_table
from partners.models import Notice, Partner, Requisites, StatusChange, Terms, TermsAssignment, TermsOffer
from partners.templatetags.words import day, day_month
from referrals import new_terms
from tests.emulators.service import PASSWORD as SERVICE_PASSWORD
from tests.emulators.service import Service
from tests.factories import NOW, PartnerFactory, UserFactory, charged, deliver, moscow, registered

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at:UserWarning")]

PASSWORD = "a pass phrase of mine"
CONTACTS = {"full_name": "Анна Ю. Юрлицова", "phone": "8 916 123-45-67", "website": "vk.ru/anna"}
REQUISITES = {
    "name": "ООО «Красные цветы»",
    "inn": "7707083893",
    "kpp": "770701001",
    "ogrn": "1027700132195",
    "address": "Москва, ул. Цветочная, 1",
    "bank_name": "ПАО Банк",
    "bik": "044525225",
    "account": "40702810300000004567",
    "corr_account": "30101810400000000225",
    "vat": "none",
}
TYPED = REQUISITES | {"password": PASSWORD}
PAGES = ["", "contacts/", "requisites/", "notices/", "terms/"]


@pytest.fixture
def anna() -> Partner:
    user = UserFactory(email="anna@example.ru", password=PASSWORD, account_id="acc-1")
    return PartnerFactory(user=user, full_name="Анна Юрлицова", phone="+79160000001")


@pytest.fixture
def boris() -> Partner:
    return PartnerFactory(tariff="individual", full_name="Борис Физлицын")


def signed_in(partner: Partner) -> Browser:
    browser = Browser()
    browser.force_login(partner.user)
    return browser


def text(response: Any) -> str:
    """What a reader sees, with every kind of space as a plain one."""
    body = re.sub(r"(?s)<head>.*?</head>|</?(?:b|small|span|a)\b[^>]*>", "", response.content.decode())
    return plain(unescape(re.sub(r"<[^>]+>", " ", body)))


def plain(words: str) -> str:
    """Every kind of space as a plain one."""
    return " ".join(words.split())


def page(partner: Partner, path: str = "") -> str:
    response = signed_in(partner).get(f"/cabinet/profile/{path}")
    assert response.status_code == 200
    return text(response)


def enter(partner: Partner, **typed: str) -> Requisites | None:
    return profile.enter_requisites(partner, by=partner.user, now=moscow("2026-11-01 12:00"), **REQUISITES | typed)


# --- Overview ---------------------------------------------------------------------------------------------------------


def test_profile_tells_who_the_partner_is_and_on_what_terms(anna: Partner) -> None:
    found = page(anna)
    assert "Анна Юрлицова Партнёр с 10 января 2025 · На счет юрлица" in found
    assert "Телефон +7 916 000-00-01" in found
    assert "E-mail anna@example.ru Номер acc-1" in found
    assert "Клиент приносит вам 15 % от абонентской платы — 24 месяца с его регистрации в сервисе." in found
    assert "Условия для юрлиц, действуют для вас с 10 января 2025" in found
    assert "Если нужно сменить, напишите на welcome@skorozvon.ru: при смене тарифа баланс обнуляется" in found


def test_legal_partner_without_requisites_is_asked_for_them(anna: Partner) -> None:
    assert "Реквизиты Не указаны." in page(anna)
    enter(anna)
    found = page(anna)
    assert "Получатель ООО «Красные цветы» ИНН, КПП 7707083893, 770701001 ОГРН 1027700132195" in found
    assert "Расчётный счёт 40702810300000004567" in found


def test_individual_is_told_about_the_card_in_place_of_requisites(boris: Partner) -> None:
    found = page(boris)
    assert "Куда выплачивать На вашу банковскую карту через Solar Staff." in found
    assert "Реквизиты" not in found
    answered = signed_in(boris).get("/cabinet/profile/requisites/", follow=True)
    assert answered.redirect_chain == [("/cabinet/profile/", 302)]
    assert "Реквизиты не нужны: вознаграждение физлицам приходит на карту через Solar Staff." in text(answered)
    signed_in(boris).post("/cabinet/profile/requisites/", TYPED)
    assert Requisites.objects.count() == 0


def test_history_of_participation_is_told_with_its_reasons(anna: Partner) -> None:
    StatusChange.objects.create(partner=anna, status="active", changed_at=moscow("2025-01-10 12:00"))
    StatusChange.objects.create(
        partner=anna, status="blocked", changed_at=moscow("2026-03-05 12:00"), reason="Реклама запрещённого."
    )
    assert "Участие приостановлено 5 марта 2026. Реклама запрещённого. Вы участвуете 10 января 2025" in page(anna)


def test_page_of_a_partner_who_wants_no_letters_says_which_come_anyway(anna: Partner) -> None:
    profile.choose_notices(anna, wanted=[])
    found = page(anna)
    assert "Вы отказались от всех писем, от которых можно отказаться. Об изменении реквизитов пишем всегда." in found


def test_individual_is_told_nothing_of_letters_about_requisites(boris: Partner) -> None:
    for path in ("", "notices/"):
        assert "реквизит" not in page(boris, path).lower()


# --- Contacts ---------------------------------------------------------------------------------------------------------


def test_contacts_are_saved(anna: Partner) -> None:
    answered = signed_in(anna).post("/cabinet/profile/contacts/", CONTACTS, follow=True)
    assert answered.redirect_chain == [("/cabinet/profile/", 302)]
    assert "Контакты сохранены." in text(answered)
    partner = Partner.objects.get()
    assert (partner.full_name, partner.phone, partner.website) == ("Анна Ю. Юрлицова", "+79161234567", "vk.ru/anna")


@pytest.mark.parametrize(
    ("wrong", "answer"),
    [
        ({"full_name": " "}, "Укажите фамилию, имя и отчество, если оно есть."),
        ({"phone": "123"}, "Такого номера нет."),
        ({"phone": ""}, "Укажите номер телефона."),
        ({"website": "x" * 301}, "не более 300 символов"),
        ({"website": "javascript:alert(1)"}, "Это не похоже на адрес."),
        ({"full_name": "Анна\u202eЮрлицова"}, "В тексте есть невидимый знак."),
    ],
)
def test_wrong_contacts_change_nothing_and_lose_nothing(wrong: dict[str, str], answer: str, anna: Partner) -> None:
    answered = signed_in(anna).post("/cabinet/profile/contacts/", CONTACTS | wrong)
    assert answer in text(answered)
    for value in (CONTACTS | wrong).values():
        assert not value.strip() or f'value="{value}"' in answered.content.decode()
    assert Partner.objects.get().full_name == "Анна Юрлицова"


# --- Requisites -------------------------------------------------------------------------------------------------------


def requisites(partner: Partner, **typed: str) -> Any:
    return signed_in(partner).post("/cabinet/profile/requisites/", TYPED | typed, follow=True)


def test_requisites_are_saved_with_the_password_and_told_by_letter(anna: Partner) -> None:
    answered = requisites(anna)
    assert answered.redirect_chain == [("/cabinet/profile/", 302)]
    assert "Реквизиты сохранены. Мы написали вам об этом на почту." in text(answered)
    assert Requisites.objects.values(*REQUISITES).get() == REQUISITES
    assert Requisites.objects.get().entered_by == anna.user
    assert list(Notice.objects.values_list("kind", flat=True)) == ["requisites_changed"]


def test_wrong_password_keeps_everything_typed_except_itself(anna: Partner) -> None:
    answered = requisites(anna, password="not this one")
    assert (answered.status_code, Requisites.objects.count()) == (200, 0)
    assert "Неверный пароль." in text(answered)
    body = unescape(answered.content.decode())
    for field, value in REQUISITES.items():
        assert f'value="{value}" selected' in body if field == "vat" else f'value="{value}"' in body
    assert "not this one" not in body


def test_wrong_numbers_are_named_at_their_fields_and_the_password_is_not_even_tried(anna: Partner) -> None:
    answered = requisites(anna, inn="7707083894", account="40702810300000004568", password="not this one")
    found = text(answered)
    assert "Контрольные цифры ИНН не сходятся." in found
    assert "Расчётный счёт не подходит к БИК." in found
    assert "Неверный пароль." not in found
    assert "Введите ещё раз: пароль никогда не возвращается на страницу." in found
    assert 'aria-invalid="true"' in answered.content.decode()
    assert Requisites.objects.count() == 0


@pytest.mark.parametrize(
    ("wrong", "answer"),
    [
        ({"name": ""}, "Укажите название компании или ФИО предпринимателя."),
        ({"vat": ""}, "Выберите режим НДС."),
        ({"vat": "vat_99"}, "Выберите корректный вариант."),
        ({"kpp": ""}, "Укажите КПП: он есть у каждой компании."),
        ({"inn": "500100732259"}, "У ИП нет КПП. Оставьте поле пустым."),
        ({"bik": ""}, "Заполните это поле"),
        ({"password": ""}, "Введите пароль: без него сохранить нельзя."),
        ({"name": "x" * 161}, "не более 160 символов"),
        ({"bank_name": "ПАО \x1bБанк"}, "В тексте есть невидимый знак."),
        ({"inn": "7707083893\0"}, "ноль-байт"),
    ],
)
def test_every_wrong_field_says_what_to_do(wrong: dict[str, str], answer: str, anna: Partner) -> None:
    assert answer in text(requisites(anna, **wrong))
    assert Requisites.objects.count() == 0


def test_guessing_the_password_is_locked_out_and_nothing_typed_is_lost(anna: Partner, settings: Settings) -> None:
    settings.AXES_FAILURE_LIMIT = 3
    browser = signed_in(anna)
    guess = TYPED | {"password": "not this one"}
    answers = [browser.post("/cabinet/profile/requisites/", guess) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 429, 429]
    right = browser.post("/cabinet/profile/requisites/", TYPED)
    assert right.status_code == 429
    assert "Слишком много попыток. Подождите 15 мин." in text(right)
    assert 'value="40702810300000004567"' in right.content.decode()
    assert Requisites.objects.count() == 0


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"name": "ООО «Цветы 🌹»"}, "Знака «🌹» (U+1F339) нет в кодировке банковского файла. Уберите его."),
        ({"bank_name": "АО КонецДокумента"}, "Здесь служебное слово банковского файла. Исправьте текст."),
    ],
)
def test_name_that_no_bank_file_can_hold_is_told_to_who_types_it(
    anna: Partner, typed: dict[str, str], said: str
) -> None:
    answered = requisites(anna, **typed)
    assert (answered.status_code, Requisites.objects.count()) == (200, 0)
    assert said in text(answered)


def test_same_requisites_again_say_that_nothing_changed(anna: Partner) -> None:
    requisites(anna)
    answered = requisites(anna, account="40702 810 3 0000 0004567")
    assert "Реквизиты остались прежними: вы ничего в них не изменили." in text(answered)
    assert Requisites.objects.count() == 1


def test_form_begins_with_what_holds_and_lists_earlier_accounts_by_their_last_digits(anna: Partner) -> None:
    enter(anna)
    enter(anna, account="40702810300000009999")
    response = signed_in(anna).get("/cabinet/profile/requisites/")
    assert 'value="40702810300000009999"' in response.content.decode()
    assert "40702810300000004567" not in response.content.decode()
    assert "Счёт •••• 9999, действует с 1 ноября 2026, 12:00 Счёт •••• 4567 с 1 ноября 2026, 12:00" in text(response)


@pytest.fixture(scope="module")
def _running() -> Iterator[Service]:
    with Service("http://testserver") as running:
        yield running


@pytest.fixture
def service(_running: Service, settings: Settings) -> Service:
    _running.reset()
    for name, value in _running.settings.items():
        setattr(settings, name, value)
    return _running


def test_with_the_service_its_password_is_asked_for(anna: Partner, service: Service) -> None:
    service.create_account("anna@example.ru", id="acc-1")
    assert "Неверный пароль." in text(requisites(anna))
    assert "Реквизиты сохранены." in text(requisites(anna, password=SERVICE_PASSWORD))
    assert Requisites.objects.count() == 1


def test_password_of_another_account_is_none_of_this_one(anna: Partner, service: Service) -> None:
    service.create_account("anna@example.ru", id="acc-2")
    assert "Неверный пароль." in text(requisites(anna, password=SERVICE_PASSWORD))
    assert Requisites.objects.count() == 0


def test_service_that_does_not_answer_is_named_and_nothing_typed_is_lost(anna: Partner, service: Service) -> None:
    service.fault("down")
    answered = requisites(anna, password=SERVICE_PASSWORD)
    assert answered.status_code == 503
    assert "Сервис сейчас не отвечает, поэтому проверить пароль не получилось." in text(answered)
    assert 'value="40702810300000004567"' in answered.content.decode()


# --- Letters ----------------------------------------------------------------------------------------------------------


def test_letters_are_chosen_by_boxes(anna: Partner) -> None:
    browser = signed_in(anna)
    assert browser.get("/cabinet/profile/notices/").content.decode().count("checked") == 6
    answered = browser.post("/cabinet/profile/notices/", {"wanted": ["month_credited"]}, follow=True)
    assert "Выбор писем сохранён." in text(answered)
    assert "Пишем, когда: начислено вознаграждение." in text(answered)
    assert Partner.objects.get().muted_notices == [
        "client_attached",
        "client_declined",
        "terms_offer",
        "withdrawal_sent",
        "withdrawal_paid",
    ]
    assert browser.get("/cabinet/profile/notices/").content.decode().count("checked") == 1


def test_letter_that_guards_money_is_no_box(anna: Partner) -> None:
    browser = signed_in(anna)
    assert "requisites_changed" not in browser.get("/cabinet/profile/notices/").content.decode()
    answered = browser.post("/cabinet/profile/notices/", {"wanted": ["requisites_changed"]})
    assert "Выберите из списка." in text(answered)
    assert Partner.objects.get().muted_notices == []


# --- Terms ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def offered(anna: Partner) -> Terms:
    """New terms from 1 October 2026 that Anna, who has a client, is offered."""
    deliver(
        registered("c-1", ref=anna.codes.get().value), charged("paid", "c-1", "12500.00", "2025-10-10 09:30"), now=NOW
    )
    return offer("legal-2027", month=10, percent_bp=2000)


def offer(name: str, *, month: int, percent_bp: int) -> Terms:
    terms = Terms.objects.create(
        name=name,
        tariff="legal",
        starts_on=dt.date(2026, month, 1),
        percent_bp=percent_bp,
        window_months=12,
        minimum_withdrawal_kopecks=500_000,
        clients_needed=2,
        contract_needed=True,
    )
    new_terms.judge_due(now=timezone.now())
    return terms


def next_first() -> dt.datetime:
    return months.start_of(months.following(months.month_of(timezone.now())))


def answer(partner: Partner, word: str, terms: Terms) -> Any:
    return signed_in(partner).post("/cabinet/profile/terms/", {"answer": word, "terms": terms.pk}, follow=True)


def state_of(terms: Terms) -> str:
    return TermsOffer.objects.get(terms=terms).state


def test_terms_are_told_by_date_and_in_numbers(anna: Partner, boris: Partner) -> None:
    found = page(anna, "terms/")
    assert "Вы получаете 15 % Клиент приносит вам 15 % от абонентской платы" in found
    assert "С 10 января 2025 — условия для юрлиц" in found
    assert "Вознаграждение 15 % от учтённых списаний Какие списания учитываются абонентская плата" in found
    assert "Как долго 24 месяца с регистрации клиента" in found
    assert "Наименьшая сумма вывода 2 000 ₽ Клиентов до первого вывода 2 Договор нужен" in found
    found = page(boris, "terms/")
    assert "Вы получаете 3 000,00 ₽" in found
    assert "Когда начисляется когда у клиента списалось от 5 000 ₽ Как долго один раз за клиента" in found


def test_partner_without_an_offer_is_asked_nothing(anna: Partner) -> None:
    found = signed_in(anna).get("/cabinet/profile/terms/?answer=accept").content.decode()
    assert '<button class="button button--main"' not in found
    assert "Остаться на прежних" not in found


def test_offer_stands_on_the_profile_and_side_by_side_with_what_holds(anna: Partner, offered: Terms) -> None:
    found = page(anna)
    assert "Для вас есть новые условия Клиент приносит вам 20 %" in found
    assert "Наименьшая сумма вывода: сейчас 2 000 ₽, станет 5 000 ₽. Сравнить и выбрать" in found
    found = page(anna, "terms/")
    assert plain(f"Что Для юрлиц сейчас Для юрлиц от 1 октября 2026 с {day_month(next_first())}") in found
    assert "Вам предложены условия для юрлиц от 1 октября 2026" in found
    assert "Остаться на прежних" in found
    assert "Вознаграждение изменится 15 % от учтённых списаний 20 % от учтённых списаний" in found
    assert "Наименьшая сумма вывода изменится 2 000 ₽ 5 000 ₽" in found
    assert "Договор нужен нужен" in found


def test_choice_is_confirmed_before_it_is_made(anna: Partner, offered: Terms) -> None:
    assert "Да, перейти" in page(anna, "terms/?answer=accept")
    assert "Остаться на прежних условиях?" in page(anna, "terms/?answer=decline")
    assert "Да, " not in page(anna, "terms/?answer=perhaps")
    assert state_of(offered) == "open"


def test_partner_moves_from_the_first_of_the_next_month_and_a_second_click_is_harmless(
    anna: Partner, offered: Terms
) -> None:
    assert "Вы перешли на новые условия" in text(answer(anna, "accept", offered))
    stands = f"Ответ уже принят: вы перешли на новые условия, они действуют с {day(next_first())}."
    assert plain(stands) in text(answer(anna, "accept", offered))
    assert plain(stands) in text(answer(anna, "decline", offered))
    assert state_of(offered) == "accepted"
    moves = TermsAssignment.objects.filter(partner=anna, terms=offered)
    assert list(moves.values_list("starts_at", "reason")) == [(next_first(), "offer_accepted")]
    assert moves.get().decided_by == anna.user


def test_partner_stays_under_its_terms(anna: Partner, offered: Terms) -> None:
    assert "Вы остались на прежних условиях." in text(answer(anna, "decline", offered))
    stands = f"Ответ уже принят {day(timezone.now())}: вы остались на прежних условиях."
    assert plain(stands) in text(answer(anna, "decline", offered))
    assert plain(stands) in text(answer(anna, "accept", offered))
    assert state_of(offered) == "declined"
    assert anna.terms_assignments.count() == 1


def test_answer_to_an_offer_that_has_lapsed_says_so(anna: Partner, offered: Terms) -> None:
    TermsOffer.objects.update(state="lapsed")
    assert "Это предложение больше не действует" in text(answer(anna, "accept", offered))
    assert anna.terms_assignments.count() == 1


def test_accepted_terms_are_told_of_before_they_begin(anna: Partner, offered: Terms) -> None:
    answer(anna, "accept", offered)
    coming = plain(f"С {day(next_first())} — новые условия, для юрлиц от 1 октября 2026")
    assert f"{coming}. Клиент приносит вам 20 %" in page(anna)
    found = page(anna, "terms/")
    assert coming in found
    assert plain(f"Что Для юрлиц сейчас Для юрлиц от 1 октября 2026 с {day_month(next_first())}") in found


def test_only_version_needs_no_word_of_when_it_holds(anna: Partner) -> None:
    assert "Что Для юрлиц Вознаграждение" in page(anna, "terms/")


@pytest.mark.parametrize("word", ["accept", "decline"])
def test_answer_to_an_offer_that_is_not_the_one_read_changes_nothing(word: str, anna: Partner, offered: Terms) -> None:
    newer = offer("legal-2028", month=11, percent_bp=500)
    assert (state_of(offered), state_of(newer)) == ("lapsed", "open")
    assert "условия обновились, поэтому ничего не изменено" in text(answer(anna, word, offered))
    assert state_of(newer) == "open"
    assert anna.terms_assignments.count() == 1


def test_newer_offer_that_comes_with_the_very_answer_is_not_accepted_unread(anna: Partner, offered: Terms) -> None:
    newer = Terms.objects.create(name="legal-2028", tariff="legal", starts_on=dt.date(2026, 11, 1), percent_bp=500)
    assert "условия обновились, поэтому ничего не изменено" in text(answer(anna, "accept", offered))
    assert anna.terms_assignments.count() == 1
    assert (state_of(offered), state_of(newer)) == ("lapsed", "open")


@pytest.mark.parametrize(
    "typed", [{}, {"answer": "accept"}, {"answer": "x", "terms": "1"}, {"answer": "accept", "terms": "x"}]
)
def test_answer_without_its_words_changes_nothing(typed: dict[str, str], anna: Partner, offered: Terms) -> None:
    signed_in(anna).post("/cabinet/profile/terms/", typed)
    assert state_of(offered) == "open"


def test_lines_of_terms_differ_where_their_words_do() -> None:
    legal, individual = Terms.objects.get(name="legal-2026"), Terms.objects.get(name="individual-2026")
    differing = {line.label: line.differs for line in terms_table.lines([legal, individual])}
    assert set(differing.values()) == {True}
    assert {line.differs for line in terms_table.lines([legal, legal])} == {False}


# --- Who gets in, and at what cost ------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", PAGES)
def test_signed_out_signs_in_first(path: str) -> None:
    address = f"/cabinet/profile/{path}"
    assert Browser().get(address)["Location"] == f"/users/sign_in?next={address}"


@pytest.mark.parametrize("path", PAGES)
def test_page_shows_the_partners_own_only(path: str, anna: Partner) -> None:
    enter(anna)
    nina = PartnerFactory(full_name="Нина", user=UserFactory(email="nina@example.ru"))
    found = page(nina, path)
    assert [secret for secret in ("Анна", "anna@", "7707083893", "40702810", "0000001") if secret in found] == []


def test_blocked_partner_reads_its_profile_and_changes_nothing(anna: Partner, offered: Terms) -> None:
    Partner.objects.update(status="blocked")
    assert "Участие приостановлено" in page(anna)
    for path in PAGES:
        assert page(anna, path)
    for path, typed in {
        "contacts/": CONTACTS,
        "requisites/": TYPED,
        "notices/": {},
        "terms/": {"answer": "accept", "terms": offered.pk},
    }.items():
        assert signed_in(anna).post(f"/cabinet/profile/{path}", typed)["Location"] == "/cabinet/"
    partner = Partner.objects.get()
    assert (partner.full_name, partner.muted_notices, Requisites.objects.count()) == ("Анна Юрлицова", [], 0)
    assert state_of(offered) == "open"


@pytest.mark.parametrize("path", PAGES)
def test_page_costs_the_same_however_long_the_history(path: str, anna: Partner) -> None:
    browser = signed_in(anna)

    def queries() -> int:
        with CaptureQueriesContext(connection) as counted:
            browser.get(f"/cabinet/profile/{path}")
        return len(counted)

    enter(anna)
    few = queries()
    for number in range(30):
        enter(anna, name=f"ООО «Цветы {number}»")
        StatusChange.objects.create(partner=anna, status="active", changed_at=NOW)
    assert queries() == few <= 12
