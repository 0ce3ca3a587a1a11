"""A list of 120 clients with the keyboard alone: nobody's place in it is lost, whatever is searched, chosen, turned."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect
from pytest_django.live_server_helper import LiveServer

from partners.models import Partner
from tests.factories import PartnerFactory, UserFactory, charged, deliver, registered
from tests.journeys.pages import sign_in
from tests.journeys.watching import Watch, violations

pytestmark = pytest.mark.browser

# What a screen reader would call what has the focus, near enough.
FOCUSED = """
(() => {
  const it = document.activeElement;
  const words = it.getAttribute("aria-label") || it.labels?.[0]?.textContent || it.textContent;
  return it === document.body ? "" : words.replace(/\\s+/g, " ").trim();
})()
"""


@pytest.fixture
def clients(page: Page, watch: Watch, live_server: LiveServer) -> Page:
    """The list of 120 clients, the newest first; every tenth has paid."""
    # An answer that nobody waits for any more is not read to its end, which htmx notes as an error.
    watch.expected = ["htmx:sendAbort", "htmx:afterRequest"]
    user = UserFactory(email="boris@example.ru", full_name="Борис Физлицын")
    boris: Partner = PartnerFactory(user=user, tariff="individual")
    code = boris.codes.get(is_main=True).value
    numbers = [f"{number:03}" for number in range(1, 121)]
    # By name they come in another order than by date.
    deliver(
        *(
            registered(each, f"2025-{2 + index % 6:02}-{1 + index // 6:02} 10:00", name=f"ООО «Фирма {each}»", ref=code)
            for index, each in enumerate(numbers)
        ),
        *(charged(each, each, "100.00", "2025-09-01 12:00") for each in numbers[9::10]),
    )
    sign_in(page.context, live_server, "boris")
    page.goto(f"{live_server.url}/cabinet/clients/")
    return page


def names(page: Page) -> Locator:
    return page.locator("#list th.table__name a")


def tab_to(page: Page, wanted: Locator) -> None:
    """Tab until it has the focus; a page of 50 clients is passed through, as by a reader."""
    target = wanted.element_handle()
    for _ in range(80):
        page.keyboard.press("Tab")
        if target.evaluate("it => it === document.activeElement"):
            return
    raise AssertionError(f"the keyboard doesn't reach {wanted}")


def test_tab_goes_from_the_skip_link_through_the_page_in_the_order_it_is_read(clients: Page) -> None:
    page, seen = clients, []
    for _ in range(18):
        page.keyboard.press("Tab")
        seen.append(page.evaluate(FOCUSED))
    assert seen == [
        "К содержанию",
        "Скорозвонпартнёрам",
        *("Кабинет партнера", "Подключенные клиенты", "Кампании", "Отчеты", "Выплаты"),
        *("Справка", "Перейти в сервис ↗", "Профиль: Борис Физлицын"),
        "Прикрепить клиента",
        *("Название", "Состояние", "Как пришёл", "Порядок", "Показать"),
        "Скачать",
        "ООО «Фирма 120»",
    ]
    expect(page.get_by_role("link", name="ООО «Фирма 120»")).to_be_in_viewport()


def test_skip_link_shows_itself_and_leads_past_the_sections(clients: Page) -> None:
    page = clients
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="К содержанию")).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    page.keyboard.press("Tab")
    assert page.evaluate(FOCUSED) == "Прикрепить клиента"


def test_search_renews_the_list_under_the_hands_of_who_types(clients: Page, live_server: LiveServer) -> None:
    page = clients
    search = page.get_by_role("searchbox", name="Название")
    tab_to(page, search)
    page.keyboard.type("фирма 07")
    expect(page.get_by_text("Найдено: 10 клиентов").first).to_be_visible()
    expect(page).to_have_url(re.compile(r"/cabinet/clients/\?q=[^&]*07&"))
    expect(search).to_be_focused()
    expect(page.locator("#say")).to_have_text("Найдено: 10 клиентов")  # as a screen reader says it
    page.keyboard.type("7")
    expect(page.get_by_text("Найдено: 1 клиент").first).to_be_visible()
    expect(names(page)).to_have_text(["ООО «Фирма 077»"])
    expect(search).to_have_value("фирма 077")
    expect(search).to_be_focused()
    assert violations(page) == []
    page.keyboard.type("7")
    expect(page.get_by_text("Таких клиентов нет").first).to_be_visible()
    expect(search).to_be_focused()
    assert violations(page) == []
    # The link that takes the search back comes with the list, next in order.
    tab_to(page, page.get_by_role("link", name="Сбросить"))
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{live_server.url}/cabinet/clients/")
    expect(page.get_by_text("Всего: 120 клиентов")).to_be_visible()


def test_filter_by_state_and_order_by_name_keep_the_focus_and_each_other(clients: Page) -> None:
    page = clients
    state = page.get_by_label("Состояние")
    tab_to(page, state)
    page.keyboard.press("ArrowDown")
    expect(page.get_by_text("Найдено: 108 клиентов").first).to_be_visible()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_text("Найдено: 12 клиентов").first).to_be_visible()
    expect(state).to_have_value("paid")
    expect(state).to_be_focused()
    order = page.get_by_label("Порядок")
    tab_to(page, order)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(page).to_have_url(re.compile(r"state=paid.*sort=name"))
    expect(names(page).first).to_have_text("ООО «Фирма 010»")
    expect(order).to_be_focused()
    expect(names(page)).to_have_text([f"ООО «Фирма {number:03}»" for number in range(10, 121, 10)])
    # The letters that were typed and the choices that were made survive the reader's own reload.
    page.reload()
    expect(page.get_by_label("Состояние")).to_have_value("paid")
    expect(page.get_by_label("Порядок")).to_have_value("name")


def test_pages_turn_by_enter_and_the_browsers_back_turns_them_again(clients: Page) -> None:
    page = clients
    first = names(page).first
    tab_to(page, page.get_by_label("Порядок"))
    page.keyboard.press("ArrowDown")
    expect(page).to_have_url(re.compile("sort=registered"))
    page.keyboard.press("ArrowDown")
    expect(page).to_have_url(re.compile("sort=name"))
    expect(first).to_have_text("ООО «Фирма 001»")
    onward, last = page.get_by_role("link", name="Дальше ›"), page.get_by_role("link", name="В конец")
    tab_to(page, onward)
    page.keyboard.press("Enter")
    expect(first).to_have_text("ООО «Фирма 051»")
    expect(onward).to_be_focused()
    assert violations(page) == []
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(last).to_be_focused()
    page.keyboard.press("Enter")
    expect(names(page).last).to_have_text("ООО «Фирма 120»")
    # There is nothing behind the end: the list itself has the focus, and Tab goes on from it.
    expect(onward).to_have_count(0)
    expect(page.locator("#list")).to_be_focused()
    at_the_end = page.url
    tab_to(page, page.get_by_role("link", name="‹ Назад"))
    page.keyboard.press("Enter")
    expect(names(page).last).not_to_have_text("ООО «Фирма 120»")
    expect(page.get_by_role("link", name="‹ Назад")).to_be_focused()
    page.go_back()
    expect(page).to_have_url(at_the_end)
    expect(names(page).last).to_have_text("ООО «Фирма 120»")
    expect(page.get_by_label("Порядок")).to_have_value("name")
    page.go_back()
    expect(first).to_have_text("ООО «Фирма 051»")
    expect(names(page)).to_have_text([f"ООО «Фирма {number:03}»" for number in range(51, 101)])


def test_client_opens_by_enter_and_back_returns_to_what_was_searched(clients: Page) -> None:
    page = clients
    tab_to(page, page.get_by_role("searchbox", name="Название"))
    page.keyboard.type("033")
    expect(page.get_by_text("Найдено: 1 клиент").first).to_be_visible()
    tab_to(page, page.get_by_role("link", name="ООО «Фирма 033»"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="ООО «Фирма 033»")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("searchbox", name="Название")).to_have_value("033")
    expect(names(page)).to_have_text(["ООО «Фирма 033»"])


def test_profile_menu_opens_and_closes_by_keyboard(clients: Page, live_server: LiveServer) -> None:
    page = clients
    menu, profile = page.locator("summary[aria-label^=Профиль]"), page.get_by_role("link", name="Профиль", exact=True)
    tab_to(page, menu)
    expect(profile).to_be_hidden()
    page.keyboard.press("Enter")
    expect(profile).to_be_visible()
    assert violations(page) == []
    page.keyboard.press("Tab")
    expect(profile).to_be_focused()
    page.keyboard.press("Escape")
    expect(profile).to_be_hidden()
    expect(menu).to_be_focused()
    page.keyboard.press("Space")
    for _ in range(3):  # Профиль, Выйти, and out of it
        page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Прикрепить клиента")).to_be_focused()
    expect(profile).to_be_hidden()
    page.keyboard.press("Shift+Tab")
    expect(menu).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{live_server.url}/cabinet/profile/")
