"""`make screenshots`: every page at 1280 and 360 px, light, in the folder that SCREENSHOTS names. Not a test: to be
looked at.

THEMES="light dark", WIDTHS="320 1920" and LETTERS=200 (percent of the usual size) ask for others.
"""

import os
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Browser
from pytest_django.live_server_helper import LiveServer

from partners.models import User
from skorozvon_partners import demo
from tests.journeys import desk
from tests.journeys.pages import Look, everything, sign_in

THEMES = os.environ.get("THEMES", "light").split()
WIDTHS = [int(width) for width in os.environ.get("WIDTHS", "1280 360").split()]
LETTERS = int(os.environ.get("LETTERS", "100"))


FOLDER = Path(os.environ.get("SCREENSHOTS", "var/screenshots"))


@pytest.mark.timeout(2400)
def test_take_them_all(live_server: LiveServer, browser: Browser) -> None:
    demo.seed(now=timezone.now())
    take(everything(), live_server, browser)
    desk.grow(now=timezone.now())
    take(desk.everything_at_the_desk(), live_server, browser)


def test_take_the_desk_with_nothing_on_it(live_server: LiveServer, browser: Browser) -> None:
    User.objects.create_superuser("staff@example.ru", "a pass phrase", full_name="Озод Юсупов")
    take([look._replace(name=f"{look.name}-empty") for look in desk.lists()], live_server, browser)


def take(looks: list[Look], live_server: LiveServer, browser: Browser) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    for theme in THEMES:
        for width in WIDTHS:
            context = browser.new_context(
                viewport={"width": width, "height": 900}, color_scheme=theme, locale="ru-RU", device_scale_factor=1
            )
            page = context.new_page()
            for look in looks:
                sign_in(context, live_server, look.who)
                page.goto(live_server.url + look.path)
                page.evaluate(f"document.documentElement.style.fontSize = '{LETTERS}%'")
                page.evaluate("document.fonts.ready")
                mark = ("" if theme == "light" else f"-{theme}") + ("" if LETTERS == 100 else f"-{LETTERS}")
                page.screenshot(path=FOLDER / f"{look.name}-{width}{mark}.png", full_page=True)
            context.close()
