"""Getting in and out: by password, by a link of the service's menu, by the registration; what stands in the way."""

import pytest
from django.utils import timezone
from playwright.sync_api import BrowserContext, Page, Request, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from partners import registration
from partners.models import Code, Consent, Partner
from referrals import close
from tests.emulators.service import PASSWORD, Service
from tests.factories import NOW, PartnerFactory, StaffFactory, UserFactory, charged, deliver, month, registered
from tests.journeys.watching import Watch, violations

pytestmark = pytest.mark.browser

ANNA = "anna@example.ru"


@pytest.fixture
def anna(service: Service) -> Partner:
    """A partner with an account in the service, who was credited 1 875 ₽."""
    service.create_account(ANNA, id="acc-1", name="Анна Юрлицова")
    partner = PartnerFactory(user=UserFactory(email=ANNA, account_id="acc-1", full_name="Анна Юрлицова"))
    code = partner.codes.get(is_main=True).value
    deliver(registered("flowers", ref=code), charged("1", "flowers", "12500.00", "2025-02-10 12:00"))
    close.run(month("2025-02"), now=NOW)
    return partner


@pytest.fixture
def requests(context: BrowserContext) -> list[Request]:
    """Whatever the browser asks for, in that order."""
    found: list[Request] = []
    context.on("request", lambda request: found.append(request))
    return found


def give_password(page: Page, password: str = PASSWORD) -> None:
    page.get_by_label("Пароль").fill(password)
    page.get_by_role("button", name="Войти").click()


def open_menu(page: Page) -> None:
    page.locator("summary[aria-label^=Профиль]").click()


# --- By password ------------------------------------------------------------------------------------------------------


def test_wrong_password_keeps_the_email_and_the_right_one_leads_to_where_one_wanted(
    page: Page, live_server: LiveServer, anna: Partner
) -> None:
    page.goto(f"{live_server.url}/cabinet/clients/?q=flowers")
    expect(page).to_have_title("Войти — Партнерский портал Скорозвон")
    page.get_by_label("E-mail").fill(ANNA)
    give_password(page, "not the password")
    expect(page.get_by_role("alert")).to_contain_text("Неверный e-mail или пароль.")
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.get_by_label("E-mail")).to_have_value(ANNA)
    expect(page.get_by_label("Пароль")).to_have_value("")
    assert violations(page) == []
    give_password(page)
    expect(page).to_have_url(f"{live_server.url}/cabinet/clients/?q=flowers")
    expect(page.get_by_role("link", name="ООО flowers").first).to_be_visible()


def test_service_that_does_not_answer_costs_nothing_that_was_typed(
    page: Page, live_server: LiveServer, service: Service, anna: Partner, watch: Watch
) -> None:
    watch.expected = ["503"]
    service.stop()
    page.goto(f"{live_server.url}/cabinet/")
    page.get_by_label("E-mail").fill(ANNA)
    give_password(page)
    expect(page.get_by_role("alert")).to_contain_text("Сервис сейчас не отвечает")
    expect(page.get_by_label("E-mail")).to_have_value(ANNA)
    assert violations(page) == []
    service.start()
    give_password(page)
    expect(page).to_have_url(f"{live_server.url}/cabinet/")


# --- By a link of the service's menu ----------------------------------------------------------------------------------


def test_token_of_a_sign_on_stays_neither_in_the_address_nor_in_a_referrer(
    page: Page, live_server: LiveServer, service: Service, anna: Partner, requests: list[Request]
) -> None:
    link = service.sign_on_url("acc-1")
    token = link.partition("token=")[2]
    page.goto(link)
    expect(page).to_have_url(f"{live_server.url}/cabinet/")
    assert page.evaluate("document.referrer") == ""
    page.get_by_role("link", name="Кампании").first.click()
    expect(page).to_have_url(f"{live_server.url}/cabinet/campaigns/")
    page.get_by_role("link", name="Перейти в сервис").first.click()
    expect(page).to_have_url(f"{service.url}/login")
    bearing = [each for each in requests if token in each.url]
    assert [each.url for each in bearing] == [link]  # asked for once, and led away from
    told = [each.all_headers().get("referer", "") for each in requests]
    assert [each for each in told if token in each or "/sso/" in each] == []
    [to_the_service] = [each for each in requests if each.url == f"{service.url}/app"]
    assert "referer" not in to_the_service.all_headers()
    assert token not in service.log
    page.go_back()
    expect(page).to_have_url(f"{live_server.url}/cabinet/campaigns/")
    page.go_back()
    expect(page).to_have_url(f"{live_server.url}/cabinet/")


def test_link_that_was_used_says_so_and_lets_in_who_came_in_by_it(
    page: Page, live_server: LiveServer, service: Service, anna: Partner, watch: Watch
) -> None:
    watch.expected = ["403"]
    link = service.sign_on_url("acc-1")
    page.goto(link)
    expect(page).to_have_url(f"{live_server.url}/cabinet/")
    page.goto(link)
    expect(page.get_by_role("heading", level=1)).to_have_text("Ссылка для входа уже использована")
    assert violations(page) == []
    page.get_by_role("link", name="Открыть кабинет").click()
    expect(page).to_have_url(f"{live_server.url}/cabinet/")
    # Somebody else who got hold of it is let in by nothing but a password.
    page.context.clear_cookies()
    page.goto(link)
    expect(page.get_by_role("link", name="Открыть кабинет")).to_have_count(0)
    page.get_by_role("link", name="Войти по паролю").click()
    expect(page).to_have_url(f"{live_server.url}/users/sign_in")


def test_link_that_ran_out_leads_to_the_service_and_its_menu_to_the_cabinet(
    page: Page, live_server: LiveServer, service: Service, anna: Partner, watch: Watch, requests: list[Request]
) -> None:
    watch.expected = ["403"]
    page.goto(service.sign_on_url("acc-1", expires_in=-30))
    expect(page.get_by_role("heading", level=1)).to_have_text("Ссылка для входа просрочена")
    expect(page.get_by_text("Такая ссылка действует минуту.")).to_be_visible()
    assert violations(page) == []
    del requests[:]
    page.get_by_role("link", name="Перейти в сервис").click()
    expect(page).to_have_url(f"{service.url}/login")
    assert requests[0].all_headers().get("referer") is None
    page.get_by_label("E-mail").fill(ANNA)
    give_password(page)
    page.get_by_text("Анна Юрлицова").click()
    page.get_by_role("link", name="Стать партнером").click()
    expect(page).to_have_url(f"{live_server.url}/cabinet/")


# --- Out --------------------------------------------------------------------------------------------------------------


def test_after_signing_out_the_back_button_shows_no_sums(
    page: Page, live_server: LiveServer, service: Service, anna: Partner
) -> None:
    page.goto(service.sign_on_url("acc-1"))
    expect(page.get_by_text("1\u202f875").first).to_be_visible()
    page.get_by_role("link", name="Подключенные клиенты").first.click()
    expect(page.get_by_text("1\u202f875").first).to_be_visible()
    open_menu(page)
    page.get_by_role("button", name="Выйти").click()
    expect(page).to_have_url(f"{live_server.url}/users/sign_in")
    for wanted in ("/cabinet/clients/", "/cabinet/"):
        page.go_back()
        expect(page).to_have_url(f"{live_server.url}/users/sign_in?next={wanted}")
        assert "875" not in page.inner_text("body")


# --- Becoming a partner -----------------------------------------------------------------------------------------------


def come_from_the_menu(page: Page, service: Service) -> None:
    service.create_account("nina@example.ru", id="acc-9", name="Нина Новичкова", phone="+7 912 345-67-89")
    page.goto(service.sign_on_url("acc-9"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Регистрация партнёра")


def agree_to(page: Page, *names: str) -> None:
    for name in names:
        page.get_by_role("checkbox", name=name).check()


def send(page: Page) -> None:
    page.get_by_role("button", name="Отправить запрос").click()


def test_registration_of_whom_the_session_left_while_filling_loses_nothing(
    page: Page, live_server: LiveServer, service: Service
) -> None:
    service.create_account("nina@example.ru", id="acc-9", name="Нина Новичкова", phone="+7 912 345-67-89")
    page.goto(f"{live_server.url}/cabinet/payouts/")
    page.get_by_label("E-mail").fill("nina@example.ru")
    give_password(page)
    expect(page).to_have_url(f"{live_server.url}/registration/")
    expect(page.get_by_label("ФИО")).to_have_value("Нина Новичкова")
    expect(page.get_by_label("Номер телефона")).to_have_value("+7 912 345-67-89")
    page.get_by_label("ФИО").fill("Нина Петровна Новичкова")
    page.get_by_label("На счет юрлица").check()
    page.get_by_label("Профиль в социальных сетях / сайт").fill("vk.ru/nina")
    agree_to(page, "Блог", "Рассылка", "Принимаю условия", "Даю согласие на обработку")
    page.get_by_label("Комментарий").fill("Веду блог\nо продажах")
    page.context.clear_cookies(name="sessionid")
    send(page)
    expect(page.get_by_text("Сеанс закончился, пока вы заполняли форму.")).to_be_visible()
    assert violations(page) == []
    page.get_by_label("E-mail").fill("nina@example.ru")
    give_password(page)
    expect(page).to_have_url(f"{live_server.url}/registration/")
    expect(page.get_by_label("ФИО")).to_have_value("Нина Петровна Новичкова")
    expect(page.get_by_label("На счет юрлица")).to_be_checked()
    expect(page.get_by_label("Профиль в социальных сетях / сайт")).to_have_value("vk.ru/nina")
    for name in ("Блог", "Рассылка", "Принимаю условия", "Даю согласие на обработку"):
        expect(page.get_by_role("checkbox", name=name)).to_be_checked()
    expect(page.get_by_role("checkbox", name="Сайт")).not_to_be_checked()
    expect(page.get_by_label("Комментарий")).to_have_value("Веду блог\nо продажах")
    send(page)
    expect(page).to_have_url(f"{live_server.url}/cabinet/")
    partner = Partner.objects.get()
    assert (partner.full_name, partner.tariff, partner.channels) == (
        "Нина Петровна Новичкова",
        "legal",
        ["mailing", "blog"],
    )


def test_individual_agrees_to_solar_staff_and_sees_what_a_withdrawal_to_a_card_needs(
    page: Page, service: Service
) -> None:
    come_from_the_menu(page, service)
    page.get_by_label("На карту физлица").check()
    agree_to(page, "Принимаю условия", "Даю согласие на обработку")
    send(page)
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.get_by_role("alert")).to_contain_text("Без этого согласия на карту не вывести.")
    expect(page.get_by_label("На карту физлица")).to_be_checked()
    assert Partner.objects.count() == 0
    assert violations(page) == []
    # The summary leads to the box.
    page.get_by_role("alert").get_by_role("link").click()
    expect(page.get_by_role("checkbox", name="Даю согласие на передачу данных в Solar Staff")).to_be_focused()
    page.keyboard.press("Space")
    send(page)
    expect(page.get_by_text("Готово, партнёр! Ниже ваши ссылка и промо-код.")).to_be_visible()
    expect(page.get_by_text("Карта привязана в Solar Staff")).to_be_visible()
    assert violations(page) == []
    assert set(Consent.objects.values_list("kind", flat=True)) == {"offer", "personal_data", "solar_staff"}


def test_partner_who_has_to_be_approved_gets_the_code_with_the_approval(
    page: Page, live_server: LiveServer, service: Service, settings: Settings
) -> None:
    settings.REGISTRATION_NEEDS_APPROVAL = True
    come_from_the_menu(page, service)
    page.get_by_label("На счет юрлица").check()
    agree_to(page, "Принимаю условия", "Даю согласие на обработку")
    send(page)
    expect(page.get_by_role("heading", name="Ваш запрос на рассмотрении")).to_be_visible()
    assert "/p/" not in page.inner_text("main")
    assert Code.objects.count() == 0
    assert violations(page) == []
    expect(page.get_by_role("link", name="Кампании")).to_have_count(0)
    page.goto(f"{live_server.url}/cabinet/campaigns/")
    expect(page).to_have_url(f"{live_server.url}/cabinet/")
    registration.approve(Partner.objects.get(), by=StaffFactory(), now=timezone.now())
    page.reload()
    expect(page.locator("#link")).to_have_text(f"{live_server.url}/p/{Code.objects.get().value}")
    expect(page.get_by_text("Ваш запрос на рассмотрении")).to_have_count(0)


def test_partner_who_was_declined_reads_why_and_asks_again(
    page: Page, live_server: LiveServer, service: Service, settings: Settings
) -> None:
    settings.REGISTRATION_NEEDS_APPROVAL = True
    come_from_the_menu(page, service)
    page.get_by_label("На счет юрлица").check()
    page.get_by_label("Комментарий").fill("Рассылка по базе")
    agree_to(page, "Принимаю условия", "Даю согласие на обработку")
    send(page)
    expect(page.get_by_role("heading", name="Ваш запрос на рассмотрении")).to_be_visible()
    registration.decline(Partner.objects.get(), reason="Рассылаете без согласия", by=StaffFactory(), now=timezone.now())
    page.reload()
    expect(page.get_by_text("Причина: Рассылаете без согласия")).to_be_visible()
    page.get_by_role("link", name="Отправить запрос ещё раз").click()
    expect(page.get_by_label("ФИО")).to_have_value("Нина Новичкова")
    expect(page.get_by_label("На счет юрлица")).to_be_checked()
    expect(page.get_by_label("Комментарий")).to_have_value("Рассылка по базе")
    expect(page.get_by_role("checkbox", name="Принимаю условия")).not_to_be_checked()  # agreed to anew
    page.get_by_label("Комментарий").fill("Пишу только подписчикам")
    agree_to(page, "Принимаю условия", "Даю согласие на обработку")
    send(page)
    expect(page.get_by_role("heading", name="Ваш запрос на рассмотрении")).to_be_visible()
    assert Partner.objects.get().comment == "Пишу только подписчикам"
