"""What a partner changes about itself: where it is paid, which letters it gets, which terms it is under."""

import re

import pytest
import time_machine
from django.core import mail
from django.db import transaction
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from partners import notices
from partners.models import Notice, Partner, Requisites, TermsAssignment
from referrals import announcements, books, close, new_terms
from tests.emulators.service import PASSWORD, Service
from tests.factories import NOW, PartnerFactory, UserFactory, charged, deliver, month, moscow, registered
from tests.journeys.pages import sign_in
from tests.journeys.requisites import REQUISITES, type_in
from tests.journeys.watching import violations

pytestmark = pytest.mark.browser

WRONG = {
    "ИНН": ("7707083894", "Контрольные цифры ИНН не сходятся."),
    "Расчётный счёт": ("4070 2810 3000 0000 4568", "Расчётный счёт не подходит к БИК."),
    "Корреспондентский счёт": ("30101810400000000226", "Корреспондентский счёт заканчивается как БИК, на 225."),
}


@pytest.fixture
def anna(page: Page, live_server: LiveServer, settings: Settings) -> Partner:
    """A partner, signed in."""
    settings.PORTAL_URL = live_server.url
    user = UserFactory(email="anna@example.ru", account_id="acc-1", full_name="Анна Юрлицова")
    partner = PartnerFactory(user=user, full_name="Анна Юрлицова")
    sign_in(page.context, live_server, "anna")
    return partner


def save(page: Page) -> None:
    page.get_by_role("button", name="Сохранить").click()


# --- Where it is paid -------------------------------------------------------------------------------------------------


def test_three_wrong_numbers_are_named_at_their_fields_and_nothing_else_is_asked_again(
    page: Page, live_server: LiveServer, service: Service, anna: Partner
) -> None:
    service.create_account("anna@example.ru", id="acc-1")
    page.goto(f"{live_server.url}/cabinet/profile/")
    page.get_by_role("link", name="Указать реквизиты").click()
    type_in(page, REQUISITES | {label: number for label, (number, _) in WRONG.items()})
    page.get_by_label("НДС").select_option("НДС не облагается")
    page.get_by_label("Пароль").fill(PASSWORD)
    save(page)
    summary = page.get_by_role("alert")
    expect(summary).to_be_focused()
    expect(summary).to_contain_text("Проверьте 3 поля. Остальное на месте.")
    expect(summary.get_by_role("link")).to_have_text(["ИНН", "Расчётный счёт", "Корреспондентский счёт"])
    for label, typed in REQUISITES.items():
        field = page.get_by_role("textbox", name=re.compile(f"^{label}"))
        number, sentence = WRONG.get(label, (typed, ""))
        expect(field).to_have_value(number)
        if sentence:
            expect(field).to_have_attribute("aria-invalid", "true")
            expect(field).to_have_accessible_description(re.compile(re.escape(sentence)))
        else:
            expect(field).not_to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("НДС")).to_have_value("none")
    password = page.get_by_label("Пароль")
    expect(password).to_have_value("")
    expect(password).to_have_accessible_description("Введите ещё раз: пароль никогда не возвращается на страницу.")
    assert violations(page) == []
    assert Requisites.objects.count() == 0

    # Right numbers and a wrong password are not enough; with the right one they are kept, and a letter says so.
    summary.get_by_role("link", name="Расчётный счёт").click()
    expect(page.get_by_role("textbox", name="Расчётный счёт")).to_be_focused()
    type_in(page, {label: REQUISITES[label] for label in WRONG})
    password.fill("not the password")
    save(page)
    expect(password).to_have_accessible_description(re.compile("Неверный пароль."))
    expect(page.locator("[aria-invalid=true]")).to_have_count(1)
    assert violations(page) == []
    password.fill(PASSWORD)
    save(page)
    expect(page.get_by_text("Реквизиты сохранены. Мы написали вам об этом на почту.")).to_be_visible()
    expect(page.get_by_text("40702810300000004567")).to_be_visible()
    assert violations(page) == []
    stored = Requisites.objects.get()
    assert (stored.inn, stored.account, stored.vat) == ("7707083893", "40702810300000004567", "none")
    assert list(Notice.objects.values_list("kind", flat=True)) == ["requisites_changed"]
    notices.send_due(now=timezone.now())
    assert [(letter.to, letter.subject) for letter in mail.outbox] == [
        (["anna@example.ru"], "Реквизиты для выплат изменены")
    ]


# --- Which letters it gets --------------------------------------------------------------------------------------------


def credit(label: str, at: str) -> None:
    """Closes a month, writes the letters about it and sends them."""
    now = moscow(at)
    close.run(month(label), now=now)
    announcements.write_due(now=now)
    notices.send_due(now=now)


def test_letters_are_stopped_by_their_own_link_and_wanted_again_in_the_profile(
    page: Page, live_server: LiveServer, anna: Partner
) -> None:
    deliver(
        registered("flowers", "2025-02-01 10:00", ref=anna.codes.get(is_main=True).value),
        *(charged(each, "flowers", "12500.00", f"2025-{each}-10 12:00") for each in ("03", "04", "05")),
    )
    credit("2025-03", "2025-04-01 09:00")
    [letter] = mail.outbox
    assert "1\u202f875,00" in letter.subject
    stop = re.search(r"начислено вознаграждение»: (http\S+)", str(letter.body))
    assert stop is not None

    # Whoever reads the letter on a telephone is not signed in there.
    page.context.clear_cookies()
    page.goto(stop[1])
    expect(page.get_by_role("heading", level=1)).to_contain_text("«начислено вознаграждение»?")
    assert violations(page) == []
    page.get_by_role("button", name="Не присылать").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Больше не пришлём")
    assert violations(page) == []
    credit("2025-04", "2025-05-01 09:00")
    assert len(mail.outbox) == 1

    sign_in(page.context, live_server, "anna")
    page.get_by_role("link", name="Выбрать, какие письма получать").click()
    credited = page.get_by_role("checkbox", name="начислено вознаграждение")
    expect(credited).not_to_be_checked()
    expect(page.get_by_role("checkbox", name="предложены новые условия")).to_be_checked()
    credited.check()
    save(page)
    expect(page.get_by_text("Выбор писем сохранён.")).to_be_visible()
    credit("2025-05", "2025-06-01 09:00")
    assert len(mail.outbox) == 2


def test_profile_says_which_letters_still_come(page: Page, live_server: LiveServer, anna: Partner) -> None:
    page.goto(f"{live_server.url}/cabinet/profile/")
    page.get_by_role("link", name="Изменить выбор писем").click()
    stopped = ("клиент прикреплён", "клиент не прикреплён", "предложены новые условия")
    for name in (*stopped, "вывод отправлен", "вывод выплачен"):
        page.get_by_role("checkbox", name=name).uncheck()
    save(page)
    expect(page.get_by_text("Пишем, когда: начислено вознаграждение.")).to_be_visible()
    page.get_by_role("link", name="Изменить выбор писем").click()
    expect(page.get_by_role("checkbox", checked=True)).to_have_count(1)
    page.get_by_role("checkbox", checked=True).uncheck()
    save(page)
    expect(page.get_by_text("Вы отказались от всех писем, от которых можно отказаться.")).to_be_visible()
    expect(page.get_by_text("Об изменении реквизитов пишем всегда.")).to_be_visible()
    assert violations(page) == []


# --- Which terms it is under ------------------------------------------------------------------------------------------


def offer_better_terms(anna: Partner) -> None:
    """20 % from March 2025 on, for whoever had a client by then: an offer."""
    deliver(
        registered("flowers", "2025-02-01 10:00", ref=anna.codes.get(is_main=True).value),
        charged("1", "flowers", "12500.00", "2025-02-10 12:00"),
    )
    about = {"percent_bp": 2000, "window_months": 12, "clients_needed": 2, "contract_needed": True}
    starts_on = month("2025-03")
    new_terms.publish(name="legal-2025-3", tariff="legal", starts_on=starts_on, now=moscow("2025-02-15 12:00"), **about)
    with transaction.atomic():
        books.lock()
        new_terms.judge_due(now=moscow("2025-03-01 00:10"))


def test_offered_terms_are_compared_accepted_in_two_steps_and_shown_by_their_date(
    page: Page, live_server: LiveServer, anna: Partner
) -> None:
    offer_better_terms(anna)
    with time_machine.travel(NOW, tick=True):
        sign_in(page.context, live_server, "anna")
        page.goto(f"{live_server.url}/cabinet/")
        page.get_by_role("link", name="Сравнить условия").click()
        expect(page.get_by_role("heading", name="Вам предложены условия для юрлиц от 1 марта 2025")).to_be_visible()
        percent = page.get_by_role("row").filter(has_text=re.compile("15\u00a0%.*20\u00a0%", re.DOTALL))
        expect(percent).to_have_count(1)
        assert violations(page) == []
        page.get_by_role("link", name="Перейти с 1 января").click()
        expect(page.get_by_role("heading", name="Перейти с 1 января?")).to_be_visible()
        assert TermsAssignment.objects.filter(partner=anna).count() == 1
        assert violations(page) == []
        page.get_by_role("link", name="Ещё подумаю").click()
        page.get_by_role("link", name="Остаться на прежних").click()
        expect(page.get_by_role("heading", name="Остаться на прежних условиях?")).to_be_visible()
        assert violations(page) == []
        page.get_by_role("link", name="Ещё подумаю").click()
        page.get_by_role("link", name="Перейти с 1 января").click()
        page.get_by_role("button", name="Да, перейти").click()
        expect(page.get_by_text("Вы перешли на новые условия: они действуют с 1 января 2027.")).to_be_visible()
        versions = page.get_by_role("region", name="Что когда действует").get_by_role("listitem")
        expect(versions).to_have_count(2)
        expect(versions.nth(0)).to_contain_text("С 1 января 2027 — условия для юрлиц от 1 марта 2025")
        expect(versions.nth(0)).to_contain_text("Партнёр принял предложение.")
        expect(versions.nth(1)).to_contain_text("С 10 января 2025 — условия для юрлиц Регистрация.")
        expect(versions.nth(1)).to_contain_text("Действуют сейчас.")
        expect(page.get_by_role("heading", name="Вам предложены условия")).to_have_count(0)
        assert violations(page) == []
    accepted = TermsAssignment.objects.filter(partner=anna).latest("pk")
    assert (accepted.terms.name, accepted.starts_at) == ("legal-2025-3", moscow("2027-01-01 00:00"))
