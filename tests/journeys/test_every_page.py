"""Every page of the demo in a real browser: nothing for axe to find, a quiet console, no other host, no overflow."""

import re

import pytest
from django.urls import resolve
from django.utils import timezone
from playwright.sync_api import Browser
from pytest_django.live_server_helper import LiveServer

from payouts.tests.test_admin_walls import PATTERNS
from skorozvon_partners import demo
from tests.journeys import desk
from tests.journeys.pages import Look, everything, sign_in
from tests.journeys.watching import Watch, violations

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]

IDS_HELD_TWICE = """
[...document.querySelectorAll('[id]')].map(each => each.id).filter((id, n, all) => all.indexOf(id) !== n)
"""


@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 1280), ("light", 360)])
def test_page_is_accessible_quiet_and_fits(theme: str, width: int, live_server: LiveServer, browser: Browser) -> None:
    demo.seed(now=timezone.now())
    assert amiss(everything(), theme, width, live_server, browser) == []


@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 360)])
def test_page_of_the_desk_is_accessible_quiet_and_fits(
    theme: str, width: int, live_server: LiveServer, browser: Browser
) -> None:
    demo.seed(now=timezone.now())
    desk.grow(now=timezone.now())
    assert amiss(desk.everything_at_the_desk(), theme, width, live_server, browser) == []


@pytest.mark.django_db
def test_every_page_of_the_desk_is_among_those_that_are_looked_at() -> None:
    demo.seed(now=timezone.now())
    desk.grow(now=timezone.now())
    seen = {resolve(look.path.partition("?")[0]).url_name for look in desk.everything_at_the_desk()}
    files = {name for name in PATTERNS if re.search("_(export|download|copy|qr)$", name) and name not in seen}
    assert PATTERNS.keys() - seen - files == {"logout", "second_factor"}  # no page; test_new_colleague looks at it


def amiss(looks: list[Look], theme: str, width: int, live_server: LiveServer, browser: Browser) -> list[str]:
    """What is wrong with these pages, in these colours and at this width."""
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=theme, locale="ru-RU")
    watch = Watch(context)
    watch.expected = ["404", "403", "400", "Failed to load resource"]  # the pages of refusals
    page = context.new_page()
    found: list[str] = []
    for look in looks:
        sign_in(context, live_server, look.who)
        response = page.goto(live_server.url + look.path)
        assert response is not None
        if response.status >= 500:
            found.append(f"{look.path}: {response.status}")
        found += violations(page)
        if twice := page.evaluate(IDS_HELD_TWICE):
            found.append(f"{look.name}: ids held twice: {twice}")
        if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
            found.append(f"{look.name}: wider than {width} px")
    watch.assert_quiet()
    context.close()
    return found
