"""The portal where scripts are off: every form is sent by its button, every list turned by its links."""

import csv
import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from pytest_django.live_server_helper import LiveServer

from tests.factories import PartnerFactory, UserFactory, charged, deliver, registered
from tests.journeys.pages import sign_in
from tests.journeys.watching import Watch, violations

pytestmark = pytest.mark.browser


@pytest.fixture
def plain_page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(java_script_enabled=False, locale="ru-RU", viewport={"width": 1280, "height": 900})
    watch = Watch(context)
    yield context.new_page()
    context.close()
    watch.assert_quiet()


@pytest.fixture
def anna(plain_page: Page, live_server: LiveServer) -> str:
    """A partner with 120 clients, signed in; every tenth has paid. Its code."""
    partner = PartnerFactory(user=UserFactory(email="anna@example.ru", full_name="Анна Юрлицова"), tariff="individual")
    code = partner.codes.get(is_main=True).value
    numbers = [f"{number:03}" for number in range(1, 121)]
    deliver(
        *(registered(each, name=f"ООО «Фирма {each}»", ref=code) for each in numbers),
        *(charged(each, each, "100.00", "2025-09-01 12:00") for each in numbers[9::10]),
    )
    sign_in(plain_page.context, live_server, "anna")
    return code


def names(page: Page) -> Locator:
    return page.locator("#list th.table__name a")


def firms(first: int, last: int, step: int = 1) -> list[str]:
    return [f"ООО «Фирма {number:03}»" for number in range(first, last + 1, step)]


def downloaded(page: Page, link: str) -> bytes:
    page.get_by_text("Скачать", exact=True).click()
    with page.expect_download() as download:
        page.get_by_role("link", name=link).click()
    return Path(download.value.path()).read_bytes()


def test_list_is_searched_by_its_button_and_turned_by_links(
    plain_page: Page, live_server: LiveServer, anna: str
) -> None:
    page = plain_page
    page.goto(f"{live_server.url}/cabinet/clients/")
    show = page.get_by_role("button", name="Показать")
    expect(show).to_be_in_viewport()
    page.get_by_label("Порядок").select_option("по названию")
    show.click()
    expect(names(page)).to_have_text(firms(1, 50))
    page.get_by_role("link", name="Дальше ›").click()
    expect(names(page)).to_have_text(firms(51, 100))
    page.get_by_role("link", name="В конец").click()
    expect(names(page)).to_have_text(firms(71, 120))
    page.get_by_role("link", name="‹ Назад").click()
    expect(names(page)).to_have_text(firms(21, 70))
    page.get_by_role("link", name="В начало").click()
    expect(names(page)).to_have_text(firms(1, 50))
    page.get_by_label("Состояние").select_option("оплатил")
    show.click()
    expect(page).to_have_url(re.compile(r"state=paid.*sort=name"))
    expect(names(page)).to_have_text(firms(10, 120, 10))
    page.get_by_label("Название").fill("фирма 07")
    page.keyboard.press("Enter")
    expect(names(page)).to_have_text(["ООО «Фирма 070»"])
    expect(page.get_by_label("Состояние")).to_have_value("paid")
    page.get_by_role("link", name="Сбросить").click()
    expect(page.get_by_text("Всего: 120 клиентов")).to_be_visible()


def test_what_is_downloaded_is_what_was_searched(plain_page: Page, live_server: LiveServer, anna: str) -> None:
    page = plain_page
    page.goto(f"{live_server.url}/cabinet/clients/?state=paid&sort=name")
    sheet = openpyxl.load_workbook(BytesIO(downloaded(page, "XLSX"))).active
    assert [row[0] for row in sheet.iter_rows(values_only=True)] == ["Клиент", *firms(10, 120, 10)]
    page.reload()  # the menu is closed again
    rows = csv.reader(downloaded(page, "CSV").decode("utf-8-sig").splitlines(), delimiter=";")
    assert [row[0] for row in rows] == ["Клиент", *firms(10, 120, 10)]


def test_calculator_answers_by_an_address_that_can_be_passed_on(
    plain_page: Page, live_server: LiveServer, page: Page
) -> None:
    with_scripts, page = page, plain_page
    page.goto(live_server.url)
    page.get_by_label("На карту физлица").check()
    page.get_by_label("Сколько клиентов").fill("3")
    page.get_by_label("Платит каждый в месяц, ₽").fill("2 500 руб.")
    page.get_by_role("button", name="Посчитать").click()
    expect(page).to_have_url(re.compile(r"tariff=individual&clients=3&payment=.*#calculator$"))
    expect(page.locator("#earned")).to_contain_text("За 3\u00a0клиентов, один раз")
    expect(page.locator("#earned")).to_contain_text("9\u202f000")
    expect(page.locator("#earned")).to_contain_text("2\u00a0месяца")
    page.get_by_label("Сколько клиентов").fill("трое")
    page.get_by_role("button", name="Посчитать").click()
    expect(page.locator("#earned")).to_contain_text("Нужно целое число от 1 до 10\u00a0000.")
    expect(page.get_by_label("Сколько клиентов")).to_have_value("трое")
    with_scripts.goto(page.url)  # axe is a script
    expect(with_scripts.locator("#earned")).to_contain_text("Посчитать не получилось")
    assert violations(with_scripts) == []


def test_campaign_is_made_and_its_link_taken_by_one_click(plain_page: Page, live_server: LiveServer, anna: str) -> None:
    page = plain_page
    page.goto(f"{live_server.url}/cabinet/campaigns/")
    page.get_by_role("link", name="Создать кампанию").click()
    page.get_by_label("utm_source").fill("vk")
    page.get_by_role("button", name="Создать кампанию").click()
    expect(page.get_by_role("alert")).to_contain_text("Назовите кампанию")
    expect(page.get_by_label("utm_source")).to_have_value("vk")
    page.get_by_label("Название").fill("Статья в блоге")
    page.get_by_role("button", name="Создать кампанию").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Статья в блоге")
    expect(page.get_by_role("button", name="Копировать")).to_have_count(0)  # it could do nothing
    page.locator("#link").click()
    chosen = page.evaluate("getSelection().toString()")
    assert re.fullmatch(r"https://skorozvon\.ru/p/[2-9a-z]{6}", chosen.strip())
    assert chosen.strip().rpartition("/")[2] == page.locator("#code").inner_text()


def test_menu_opens_and_signs_out(plain_page: Page, live_server: LiveServer, anna: str) -> None:
    page = plain_page
    page.goto(f"{live_server.url}/cabinet/")
    page.locator("summary[aria-label^=Профиль]").click()
    page.get_by_role("button", name="Выйти").click()
    expect(page).to_have_url(f"{live_server.url}/users/sign_in")
