"""A real browser on the real portal, with the service's emulator beside it."""

import os
import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from tests.emulators.service import Service
from tests.emulators.solar_staff import SolarStaff
from tests.journeys.watching import Watch

# Playwright keeps an event loop in this thread, which makes Django suspect that we are asynchronous. We are not.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
NO_BROWSER = "NO CHROMIUM HERE: what people see was not tested (apt-get install chromium)"


def pytest_itemcollected(item: pytest.Item) -> None:
    # A connection that the browser holds open can end when the live server's database in memory is no longer shared
    # between threads. For the tests of this folder alone; what goes wrong earlier is an answer that the browser hears.
    late = "ignore:Exception in thread .*process_request_thread:pytest.PytestUnhandledThreadExceptionWarning"
    item.add_marker(pytest.mark.filterwarnings(late))


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    if not CHROMIUM:
        if os.environ.get("CI"):
            pytest.fail(NO_BROWSER)
        pytest.skip(NO_BROWSER)
    options = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking"]
    return {"executable_path": CHROMIUM, "args": options, "headless": True}


@pytest.fixture
def service(live_server: LiveServer, settings: Settings) -> Iterator[Service]:
    """The service's emulator; the portal checks passwords and sign-ons with it, and links lead to it."""
    with Service(portal=live_server.url) as service:
        for name, value in service.settings.items():
            setattr(settings, name, value)
        settings.REFERRAL_BASE_URL = live_server.url
        settings.REFERRAL_SITE_URL = service.url
        settings.SERVICE_URL = f"{service.url}/app"
        settings.PORTAL_URL = live_server.url
        yield service


@pytest.fixture
def solar_staff(settings: Settings, live_server: LiveServer) -> Iterator[SolarStaff]:
    """Solar Staff's emulator, which pays to cards."""
    with SolarStaff() as solar_staff:
        for name, value in solar_staff.settings.items():
            setattr(settings, name, value)
        settings.PORTAL_URL = live_server.url
        settings.SESSION_COOKIE_AGE = 365 * 24 * 3600  # a journey may go on for months
        yield solar_staff


@pytest.fixture
def watch(context: BrowserContext) -> Iterator[Watch]:
    """Hears everything that goes wrong in the browser, and fails the test at its end if anything did."""
    watch = Watch(context)
    yield watch
    watch.assert_quiet()


@pytest.fixture
def page(context: BrowserContext, watch: Watch) -> Page:
    return context.new_page()


@pytest.fixture
def dark_page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(color_scheme="dark", locale="ru-RU", timezone_id="Europe/Moscow")
    yield context.new_page()
    context.close()


@pytest.fixture(scope="session")
def browser_context_args() -> dict[str, Any]:
    return {"locale": "ru-RU", "timezone_id": "Europe/Moscow", "viewport": {"width": 1280, "height": 900}}
