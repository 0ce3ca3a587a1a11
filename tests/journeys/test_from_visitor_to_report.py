"""The whole way, as people go it: become a partner, pass the link on, a client pays, the month is credited, and the
sum is explained down to the charge.
"""

import datetime as dt
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest
import time_machine
from django.core.management import call_command
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from partners import months
from partners.models import Consent, Partner
from tests.emulators.service import Service
from tests.journeys.pages import check_all_boxes
from tests.journeys.requisites import REQUISITES, type_in
from tests.journeys.watching import violations

pytestmark = pytest.mark.browser

PASSWORD = "a pass phrase of Anna's"


def take_in(service: Service, folder: Path) -> None:
    """Hands over the service's events as a file."""
    feed = folder / "events.jsonl"
    feed.write_bytes(service.events_file())
    call_command("import_events", str(feed), verbosity=0)


def register_in_the_service(page: Page, name: str, email: str, phone: str) -> None:
    page.get_by_label("Компания или имя").fill(name)
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Телефон").fill(phone)
    page.get_by_label("Пароль").fill(PASSWORD)
    page.get_by_role("button", name="Зарегистрироваться").click()


def open_the_portal_from_the_menu(page: Page, item: str) -> None:
    page.locator("summary").first.click()
    page.get_by_role("link", name=item).click()


@pytest.mark.timeout(240)
def pasted(page: Page, service: Service) -> str:
    """What was copied, as another site's page gets it: the portal's own may not read it."""
    elsewhere = page.context.new_page()
    elsewhere.goto(service.url)
    text: str = elsewhere.evaluate("navigator.clipboard.readText()")
    elsewhere.close()
    return text


def test_from_become_a_partner_to_a_report_read_back(
    page: Page,
    browser: Browser,
    live_server: LiveServer,
    service: Service,
    settings: Settings,
    tmp_path: Path,
) -> None:
    settings.SESSION_COOKIE_AGE = 90 * 24 * 3600  # the journey goes on in the next month
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])

    # A visitor reads what the programme is, and becomes an account holder of the service.
    page.goto(live_server.url)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert violations(page) == []
    page.goto(service.url)
    register_in_the_service(page, "Анна Юрлицова", "anna@example.ru", "+7 912 345-67-89")

    # «Стать партнером» in the profile menu leads to the form.
    open_the_portal_from_the_menu(page, "Стать партнером")
    expect(page).to_have_url(f"{live_server.url}/registration/")
    expect(page.get_by_label("ФИО")).to_have_value("Анна Юрлицова")
    assert violations(page) == []
    page.get_by_role("button", name="Отправить запрос").click()
    expect(page.locator("[aria-invalid=true]").first).to_be_visible()  # nothing was chosen, nothing is lost
    expect(page.get_by_label("ФИО")).to_have_value("Анна Юрлицова")
    page.get_by_label("На счет юрлица").check()
    check_all_boxes(page)
    page.get_by_role("button", name="Отправить запрос").click()

    # The cabinet: the link is there to be copied.
    expect(page).to_have_url(f"{live_server.url}/cabinet/")
    partner = Partner.objects.get()
    assert (partner.status, partner.tariff) == ("active", "legal")
    assert set(Consent.objects.values_list("kind", flat=True)) >= {"offer", "personal_data"}
    code = partner.codes.get(is_main=True).value
    page.get_by_role("button", name="Копировать").first.click()
    expect(page.get_by_text("Скопировано").first).to_be_visible()
    assert pasted(page, service) == f"{live_server.url}/p/{code}"

    # Where to pay, which the report on paper needs.
    page.goto(f"{live_server.url}/cabinet/profile/requisites/")
    type_in(page, REQUISITES)
    page.get_by_label("НДС").select_option("НДС не облагается")
    page.get_by_label("Пароль").fill(PASSWORD)
    page.get_by_role("button", name="Сохранить").click()
    expect(page.get_by_text("Реквизиты сохранены.")).to_be_visible()
    page.goto(f"{live_server.url}/cabinet/")

    # A client follows it and registers; the service charges it.
    visitor = browser.new_context().new_page()
    visitor.goto(f"{live_server.url}/p/{code}")
    assert visitor.url.startswith(service.url)
    register_in_the_service(visitor, "ООО «Красные цветы»", "info@flowers.example", "8 495 000-00-01")
    [client] = {
        event["data"]["client_id"]
        for event in service.events()
        if event["type"] == "client.registered" and event["data"]["ref"] == code
    }
    service.charge(client, "12500.00")
    service.charge(client, "990.00", kind="robot")
    visitor.context.close()
    take_in(service, tmp_path)

    # It is on the first page, as a forecast, after ten minutes at the latest (R19).
    with time_machine.travel(timezone.now() + dt.timedelta(minutes=10), tick=True):
        page.reload()
        expect(page.get_by_text("ООО «Красные цветы»").first).to_be_visible()
        expect(page.get_by_text("1\u202f875").first).to_be_visible()

    # On the 1st the scheduled job credits it.
    month = months.month_of(timezone.now())
    label = months.label(month)
    the_first = months.start_of(months.following(month)).replace(hour=9)
    with time_machine.travel(the_first.astimezone(dt.UTC), tick=True):
        call_command("close_due_months")
        page.goto(f"{live_server.url}/cabinet/reports/{label}/")
        assert violations(page) == []
        page.get_by_role("link", name="ООО «Красные цветы»").click()
        expect(page).to_have_url(f"{live_server.url}/cabinet/clients/{partner.referrals.get().client_id}/{label}/")
        page.wait_for_load_state()
        said = page.inner_text("main")
        assert "12\u202f500,00" in said
        assert "15\u00a0%" in said
        assert "1\u202f875,00" in said
        assert "990" not in said  # the reward is made of what was counted only
        assert violations(page) == []

        # The client's page says why the robot's charge earned nothing.
        page.goto(f"{live_server.url}/cabinet/clients/{partner.referrals.get().client_id}/")
        expect(page.get_by_text("990,00").first).to_be_visible()
        expect(page.get_by_text("обзвон роботом").first).to_be_visible()

        # The report is downloaded and read back.
        page.goto(f"{live_server.url}/cabinet/reports/{label}/")
        with page.expect_download() as download:
            page.get_by_role("link", name="XLSX").click()
        sheet = openpyxl.load_workbook(BytesIO(Path(download.value.path()).read_bytes())).active
        values = [value for row in sheet.iter_rows(values_only=True) for value in row]
        assert "ООО «Красные цветы»" in values
        assert 1875 in values
        with page.expect_download() as download:
            page.get_by_role("link", name="PDF").click()
        assert Path(download.value.path()).read_bytes().startswith(b"%PDF")
