"""A campaign from its form to the client it brought: the link, its labels, the QR code, the archive."""

import re
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from partners.models import Partner
from referrals.models import Campaign
from tests.emulators.service import Service
from tests.factories import PartnerFactory, UserFactory
from tests.journeys.pages import sign_in
from tests.journeys.test_from_visitor_to_report import register_in_the_service, take_in
from tests.journeys.watching import Watch, violations

pytestmark = pytest.mark.browser


@pytest.fixture
def anna(page: Page, live_server: LiveServer, service: Service) -> Partner:
    """A partner without campaigns, signed in at her list of them."""
    partner = PartnerFactory(user=UserFactory(email="anna@example.ru", full_name="Анна Юрлицова"))
    sign_in(page.context, live_server, "anna")
    page.goto(f"{live_server.url}/cabinet/campaigns/")
    return partner


def type_in(page: Page, **typed: str) -> None:
    for label, text in typed.items():
        page.get_by_label(label).fill(text)


def test_client_of_a_campaign_is_found_under_it_by_all_the_labels_of_its_link(
    page: Page, browser: Browser, live_server: LiveServer, service: Service, anna: Partner, tmp_path: Path
) -> None:
    main = anna.codes.get(is_main=True).value
    page.get_by_role("link", name="Создать кампанию").click()
    type_in(page, Название="Статья в блоге", utm_source="blog", utm_medium="post", utm_campaign="осень 26")
    page.get_by_label("Канал").select_option("Блог")
    page.get_by_label("Страница сайта").fill(f"{service.url}/login")  # as it was copied from the browser
    page.get_by_label("Токен erid").fill("erid: 2SDnjc7abc")
    page.get_by_role("button", name="Создать кампанию").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Статья в блоге")
    code = Campaign.objects.get().code.value
    link = f"{live_server.url}/p/{code}?erid=2SDnjc7abc"
    expect(page.locator("#link")).to_have_text(link)
    expect(page.locator("#code")).to_have_text(code)
    assert violations(page) == []

    # The QR code is drawn, and can be taken away.
    drawn = page.get_by_role("img", name=f"QR-код ссылки {link}")
    expect(drawn).to_be_visible()
    assert drawn.evaluate("it => it.complete && it.naturalWidth > 0")
    with page.expect_download() as download:
        page.get_by_role("link", name="PNG").click()
    assert download.value.suggested_filename == f"skorozvon-{code}.png"
    assert Path(download.value.path()).read_bytes().startswith(b"\x89PNG")

    # A visitor follows the link out of a newsletter that has added labels of its own.
    context = browser.new_context()
    watch = Watch(context)
    visitor = context.new_page()
    visitor.goto(f"{link}&utm_medium=email&yclid=7")
    went_to = urlsplit(visitor.url)
    assert f"{went_to.scheme}://{went_to.netloc}{went_to.path}" == f"{service.url}/login"
    assert dict(parse_qsl(went_to.query)) == {
        "ref": code,
        "utm_source": "blog",
        "utm_medium": "email",
        "utm_campaign": "осень 26",
        "erid": "2SDnjc7abc",
        "yclid": "7",
    }
    visitor.get_by_role("link", name="Зарегистрируйтесь").click()
    register_in_the_service(visitor, "ООО «Красные цветы»", "info@flowers.example", "8 495 000-00-01")
    expect(visitor.get_by_text("Вы зарегистрированы.")).to_be_visible()
    context.close()
    watch.assert_quiet()

    # It is the campaign's client; whoever came by the main link is not.
    [client] = {each["data"]["client_id"] for each in service.events() if each["data"].get("ref") == code}
    service.charge(client, "12500.00")
    service.create_account("info@other.example", name="ООО «Сами по себе»", ref=main)
    take_in(service, tmp_path)
    page.reload()
    expect(page.get_by_text("100\u00a0%").first).to_be_visible()  # one follower, one that paid
    assert violations(page) == []
    page.get_by_role("link", name="Посмотреть клиентов").click()
    expect(page.locator("#list th.table__name")).to_have_text(
        ["ООО «Красные цветы» по ссылке, кампания «Статья в блоге»"]
    )
    expect(page.get_by_label("Кампания")).to_have_value(str(Campaign.objects.get().pk))


def test_campaign_form_keeps_what_was_typed_and_says_what_is_wrong_where_it_is(
    page: Page, anna: Partner, live_server: LiveServer
) -> None:
    page.get_by_role("link", name="Создать кампанию").click()
    type_in(page, Название="Баннер", utm_source="vk")
    page.get_by_label("Страница сайта").fill("https://evil.example/tarify")
    page.get_by_label("Токен erid").fill("2SD njc7")
    page.get_by_role("button", name="Создать кампанию").click()
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.get_by_role("alert")).to_contain_text("Проверьте 2 поля.")
    where, token = page.get_by_label("Страница сайта"), page.get_by_label("Токен erid")
    expect(where).to_have_accessible_description(re.compile("Страница должна быть на сайте Скорозвона"))
    expect(token).to_have_accessible_description(re.compile("В токене только латинские буквы и цифры"))
    expect(where).to_have_value("https://evil.example/tarify")
    expect(token).to_have_value("2SD njc7")
    expect(page.get_by_label("utm_source")).to_have_value("vk")
    assert violations(page) == []
    page.get_by_role("alert").get_by_role("link", name="Страница сайта").click()
    expect(where).to_be_focused()
    where.fill("/tarify")
    token.fill("")
    page.get_by_role("button", name="Создать кампанию").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Баннер")
    # A second one could not be told from it.
    page.goto(f"{live_server.url}/cabinet/campaigns/new/")
    page.get_by_label("Название").fill("Баннер")
    page.get_by_role("button", name="Создать кампанию").click()
    expect(page.get_by_role("alert")).to_contain_text("Кампания с таким названием у вас уже есть.")
    assert Campaign.objects.count() == 1


def test_archived_campaign_is_put_away_with_a_link_that_works_and_comes_back(
    page: Page, browser: Browser, anna: Partner, service: Service, live_server: LiveServer
) -> None:
    page.get_by_role("link", name="Создать кампанию").click()
    page.get_by_label("Название").fill("Осенняя рассылка")
    page.get_by_role("button", name="Создать кампанию").click()
    page.get_by_role("button", name="Убрать в архив").click()
    expect(page.get_by_text("Кампания «Осенняя рассылка» в архиве.")).to_be_visible()
    assert violations(page) == []
    page.get_by_role("link", name="Все кампании").click()
    expect(page.get_by_role("link", name="В архиве")).to_have_attribute("aria-current", "page")
    expect(page.get_by_role("link", name="Осенняя рассылка")).to_be_visible()
    assert violations(page) == []
    page.get_by_role("link", name="Действующие").click()
    expect(page.get_by_role("link", name="Действующие")).to_have_attribute("aria-current", "page")
    expect(page.get_by_role("link", name="Осенняя рассылка")).to_have_count(0)
    assert violations(page) == []

    code = Campaign.objects.get().code.value
    context = browser.new_context()
    visitor = context.new_page()
    visitor.goto(f"{live_server.url}/p/{code}")
    assert visitor.url == f"{service.url}/?ref={code}"
    context.close()

    page.get_by_role("link", name="В архиве").click()
    page.get_by_role("link", name="Осенняя рассылка").click()
    expect(page.get_by_text("1 переход, 0 регистраций")).to_be_visible()
    page.get_by_role("button", name="Вернуть из архива").click()
    expect(page.get_by_text("Кампания «Осенняя рассылка» снова среди действующих.")).to_be_visible()
    page.get_by_role("link", name="Все кампании").click()
    expect(page.get_by_role("row", name="Осенняя рассылка").get_by_role("cell").first).to_have_text(
        "1 0 уникальных, 1 бот"  # a browser without a window says so in its name
    )
