"""The administrator lets an accountant in, who sets a password and a phone up, and signs in by both."""

import datetime as dt
import re

import pytest
import time_machine
from django.core import mail
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from partners.models import User
from skorozvon_partners.tests.desk import PASSWORD, administrator, code_of, set_up
from tests.journeys.desk import give_password
from tests.journeys.watching import Watch, violations

pytestmark = pytest.mark.browser

NEW_PASSWORD = "a quite new pass phrase"


def fill(page: Page, **fields: str) -> None:
    for label, text in fields.items():
        page.get_by_label(label).fill(text)


def test_a_new_colleague_comes_in(page: Page, browser: Browser, live_server: LiveServer, settings: Settings) -> None:
    settings.STAFF_NEEDS_SECOND_FACTOR = True
    settings.PORTAL_URL = live_server.url
    anton = administrator(email="anton@skorozvon.ru", full_name="Антон Админов")
    with time_machine.travel(timezone.now() - dt.timedelta(minutes=5)):
        set_up(anton)

    # The administrator comes in by password and phone, and invites.
    give_password(page, live_server, "anton@skorozvon.ru", PASSWORD)
    expect(page.get_by_role("heading", level=1)).to_have_text("Введите код")
    assert violations(page) == []
    page.get_by_label("Код").fill(code_of(anton))
    page.get_by_role("button", name="Войти").click()
    page.get_by_role("link", name="Сотрудники").click()
    page.get_by_role("link", name="Пригласить сотрудника").click()
    fill(page, **{"E-mail": "olga@skorozvon.ru", "Имя и фамилия": "Ольга Бухгалтерова", "Причина": "Принята с декабря"})
    page.get_by_role("radio", name="Бухгалтер").check()
    page.get_by_role("button", name="Пригласить сотрудника").click()
    expect(page.get_by_role("status").filter(has_text="Письмо со ссылкой ушло на olga@skorozvon.ru.")).to_be_visible()
    expect(page.get_by_text("приглашён")).to_be_visible()

    # The accountant sets a password by the letter, then a phone.
    link = re.search(r"http\S+/admin/invitation/\S+", mail.outbox[-1].body)
    assert link
    context = browser.new_context(viewport={"width": 360, "height": 740}, locale="ru-RU")
    watch = Watch(context)
    hers = context.new_page()
    hers.goto(link[0])
    assert violations(hers) == []
    fill(hers, **{"Новый пароль": NEW_PASSWORD, "Подтверждение нового пароля": NEW_PASSWORD})
    hers.get_by_role("button", name="Задать и войти").click()
    expect(hers.get_by_role("heading", level=1)).to_have_text("Подключите второй фактор")
    drawn = hers.get_by_role("img", name="QR-код")
    assert drawn.evaluate("each => each.decode().then(() => each.naturalWidth)") > 100
    assert violations(hers) == []
    olga = User.objects.get(email="olga@skorozvon.ru")
    used = code_of(olga)
    hers.get_by_label("Код").fill(used)
    hers.get_by_role("button", name="Подключить").click()
    expect(hers.get_by_role("heading", level=1)).to_have_text("Сохраните коды восстановления")
    assert violations(hers) == []
    recovery = hers.locator("ol code").first.inner_text()
    hers.get_by_role("link", name="Я сохранил коды").click()
    expect(hers.get_by_role("heading", level=1)).to_have_text("Дела")
    expect(hers.get_by_role("link", name="Файлы в банк", exact=True)).to_be_visible()
    expect(hers.get_by_role("link", name="Сотрудники")).to_have_count(0)

    # Out and in again: the code of before is of no use, a recovery code is.
    hers.locator("summary[aria-label^=Профиль]").click()
    hers.get_by_role("button", name="Выйти").click()
    give_password(hers, live_server, "olga@skorozvon.ru", NEW_PASSWORD)
    hers.get_by_label("Код").fill(used)
    hers.get_by_label("Код").press("Enter")
    expect(hers.get_by_text("Код не подошёл.")).to_be_visible()
    assert violations(hers) == []
    hers.get_by_label("Код").fill(recovery)
    hers.get_by_label("Код").press("Enter")
    expect(hers.get_by_text("Вы вошли по коду восстановления. Осталось: 9.")).to_be_visible()
    watch.assert_quiet()

    # The journal tells the administrator all of it; switched off, she is out with the next click.
    page.get_by_role("link", name="Журнал", exact=True).click()
    for deed in ("Пригласить сотрудника", "Принято приглашение", "Подключён второй фактор", "Неверный код"):
        expect(page.get_by_role("link", name=deed).first).to_be_visible()
    page.goto(f"{live_server.url}/admin/skorozvon_partners/staffmember/{olga.pk}/")
    page.get_by_role("link", name="Выключить доступ").click()
    page.get_by_label("Причина").fill("Уволилась")
    page.get_by_role("button", name="Выключить доступ").click()
    expect(page.get_by_text("доступ выключен", exact=True)).to_be_visible()
    hers.get_by_role("link", name="Выводы", exact=True).click()
    expect(hers.get_by_role("heading", level=1)).to_have_text("Вход для сотрудников")
    context.close()
