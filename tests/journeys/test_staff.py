"""Days at the desk: the accountant pays out and decides what nobody knows, the manager lets in, attaches, publishes."""

from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Page, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from partners.models import Partner, Terms, User
from payouts import decisions, withdrawals
from payouts.models import BankFile, Withdrawal
from payouts.tests.desk import at_desk
from payouts.tests.people import individual, legal
from payouts.tests.test_bank_files import OURS, executed_today, statement
from referrals.models import Event, Month
from skorozvon_partners import demo
from skorozvon_partners.admin_site import site
from tests.journeys.watching import Watch, violations

pytestmark = pytest.mark.browser

PASSWORD = "a pass phrase of mine"
SIZES = {1280: 900, 360: 740}


@pytest.fixture
def olga() -> User:
    return User.objects.create_superuser("olga@skorozvon.ru", PASSWORD, full_name="Ольга Бухгалтерова")


def asked(kopecks: int, *, code: str = "anna") -> Withdrawal:
    anna = legal(kopecks, code=code)
    now = timezone.now()
    return withdrawals.request(anna, amount_kopecks=kopecks, destination="bank", by=anna.user, now=now)


def doubtful(by: User) -> Withdrawal:
    boris, now = individual(5_000_00), timezone.now()
    withdrawal = withdrawals.request(boris, amount_kopecks=5_000_00, destination="card", by=boris.user, now=now)
    decisions.approve(withdrawal, by=by, now=now)
    withdrawal.refresh_from_db()
    withdrawal.question, withdrawal.next_try_at = "Больше суток неизвестно, ушёл ли платёж: ответа нет", None
    withdrawals.step(withdrawal, "unknown", by=None, now=now)
    return withdrawal


@pytest.mark.parametrize("width", SIZES)
def test_a_day_at_the_desk(
    width: int, page: Page, live_server: LiveServer, olga: User, settings: Settings, tmp_path: Path
) -> None:
    settings.PROGRAMME_COMPANY = OURS
    first, unknown = asked(7_500_00), doubtful(olga)
    page.set_viewport_size({"width": width, "height": SIZES[width]})

    # A wrong password keeps the e-mail; the right one leads to what waits.
    page.goto(f"{live_server.url}/admin/")
    assert violations(page) == []
    page.get_by_label("E-mail").fill("olga@skorozvon.ru")
    page.get_by_label("Пароль").fill("not the password")
    page.get_by_role("button", name="Войти").click()
    expect(page.get_by_role("alert")).to_contain_text("Неверный e-mail или пароль сотрудника.")
    expect(page.get_by_label("E-mail")).to_have_value("olga@skorozvon.ru")
    page.get_by_label("Пароль").fill(PASSWORD)
    page.get_by_role("button", name="Войти").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Дела")
    assert violations(page) == []

    # Approve.
    page.get_by_role("link", name=f"№ {first.pk}", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Заявка № {first.pk}")
    page.get_by_role("button", name="Одобрить").click()
    expect(page.get_by_role("status").filter(has_text=f"Заявка № {first.pk} одобрена.")).to_be_visible()
    assert violations(page) == []

    # Into a file for the bank, which is taken away.
    page.get_by_role("link", name="Дела").click()
    page.get_by_role("link", name="Отправить в банк: собрать файл").click()
    expect(page.get_by_role("checkbox")).to_be_checked()
    assert violations(page) == []
    page.get_by_role("button", name="Собрать файл").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Скачать для банка").click()
    file = BankFile.objects.get()
    assert download.value.path().read_bytes() == bytes(file.content)
    assert violations(page) == []

    # The bank has paid it.
    came = tmp_path / "kl_to_1c.txt"
    came.write_bytes(statement(executed_today(file.orders.get().pk, "7500.00")))
    page.get_by_role("link", name="Выписки").click()
    page.get_by_role("link", name="Загрузить выписку").click()
    page.get_by_label("Выписка").set_input_files(came)
    assert violations(page) == []
    page.get_by_role("button", name="Загрузить выписку").click()
    expect(page.get_by_text("Всё сошлось.")).to_be_visible()
    assert violations(page) == []
    first.refresh_from_db()
    assert first.state == "paid"

    # What nobody knows is decided with a reason.
    page.get_by_role("link", name="Дела").click()
    page.get_by_role("link", name=f"№ {unknown.pk}", exact=True).click()
    expect(page.get_by_text("Больше суток неизвестно, ушёл ли платёж: ответа нет")).to_be_visible()
    page.get_by_role("link", name="Вернуть на баланс").click()
    page.get_by_role("button", name="Вернуть на баланс").click()
    expect(page.get_by_role("alert")).to_contain_text("Напишите причину")
    assert violations(page) == []
    page.get_by_label("Причина").fill("В Solar Staff платежа нет, проверено по кабинету")
    page.get_by_role("button", name="Вернуть на баланс").click()
    expect(page.get_by_text("В Solar Staff платежа нет, проверено по кабинету")).to_be_visible()
    unknown.refresh_from_db()
    assert unknown.state == "returned"

    # And home.
    page.locator("summary[aria-label^=Профиль]").click()
    page.get_by_role("button", name="Выйти").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Вход для сотрудников")


def test_ticked_requests_are_approved_together_also_by_filters_that_follow(
    page: Page, live_server: LiveServer, olga: User
) -> None:
    for code in ("anna", "vera"):
        asked(3_000_00, code=code)
    enter(page.context, live_server, olga)
    page.goto(f"{live_server.url}/admin/payouts/withdrawal/")
    page.get_by_label("Состояние").select_option("на проверке")
    expect(page).to_have_url(f"{live_server.url}/admin/payouts/withdrawal/?q=&state=requested&destination=&mark=")
    page.get_by_role("link", name="Отметить все на странице").click()
    page.get_by_role("button", name="Одобрить отмеченные").click()
    expect(page.get_by_role("heading", name="2 заявки на 6 000,00 ₽")).to_be_visible()
    page.get_by_role("button", name="Одобрить отмеченные").click()
    expect(page.get_by_role("status").filter(has_text="Одобрено заявок: 2.")).to_be_visible()


def test_a_managers_day(page: Page, live_server: LiveServer, olga: User) -> None:
    """A partner is let in, a client attached, a conflict looked at, new terms looked at and then published."""
    demo.seed(now=timezone.now())
    enter(page.context, live_server, olga)
    page.goto(f"{live_server.url}/admin/")

    page.get_by_role("link", name="Павел Ждунов").click()
    page.get_by_role("button", name="Одобрить запрос").click()
    expect(page.get_by_role("status").filter(has_text="Запрос одобрен")).to_be_visible()
    assert Partner.objects.get(full_name="Павел Ждунов").status == "active"

    page.get_by_role("link", name="Дела").click()
    page.get_by_role("link", name="ООО «Зелёный свет»").click()
    page.get_by_role("link", name="Прикрепить").first.click()
    page.get_by_label("Найти клиента").fill("free-2")
    page.get_by_role("button", name="Найти").click()
    page.get_by_role("radio", name="ООО «Зелёный свет»").check()
    page.get_by_role("button", name="Прикрепить").click()
    expect(page.get_by_role("status").filter(has_text="Клиент прикреплён")).to_be_visible()
    page.get_by_role("link", name="ООО «Зелёный свет»").click()
    expect(page.get_by_text("Закреплён за партнёром")).to_be_visible()
    assert violations(page) == []

    page.get_by_role("link", name="Дела").click()
    page.get_by_role("link", name="Разобрать противоречия: все").click()
    page.get_by_role("link", name="demo-").click()
    page.get_by_role("link", name="Отметить разобранным").click()
    page.get_by_label("Причина").fill("Клиент остаётся у Анны, сервис подтвердил")
    page.get_by_role("button", name="Отметить разобранным").click()
    expect(page.get_by_text("Клиент остаётся у Анны, сервис подтвердил").first).to_be_visible()

    page.get_by_role("link", name="Условия").click()
    page.get_by_role("link", name="Новая версия").click()
    page.get_by_label("Название").fill("legal-next")
    page.get_by_label("Вознаграждение, % (юрлица)").fill("17,5")
    page.get_by_label("Причина").fill("Решение руководителя")
    page.get_by_role("button", name="Посмотреть, что изменится").click()
    expect(page.get_by_text("станет 17,5 % от учтённых списаний")).to_be_visible()
    assert violations(page) == []
    page.get_by_role("button", name="Исправить").click()
    expect(page.get_by_label("Название")).to_have_value("legal-next")
    page.get_by_role("button", name="Посмотреть, что изменится").click()
    page.get_by_role("button", name="Объявить").click()
    expect(page.get_by_role("status").filter(has_text="Версия legal-next объявлена")).to_be_visible()
    assert Terms.objects.get(name="legal-next").percent_bp == 1750


def enter(context: BrowserContext, live_server: LiveServer, user: User) -> None:
    """By staff's own door, without the form."""
    session = at_desk(user).cookies[django_settings.SESSION_COOKIE_NAME].value
    context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])


def every_page() -> list[str]:
    """Each list, the page of a row of each, and each action's page, as the demo has them."""
    paths = ["/admin/", "/admin/login/", "/admin/password_change/", "/admin/second_factor/new/", "/admin/nowhere/"]
    closed = Month.objects.latest("starts_on").starts_on
    paths += [f"/admin/referrals/month/{page}/" for page in ("dry-run", f"{closed:%Y-%m}/verify")]
    paths.append("/admin/referrals/event/?state=waiting")
    shown: dict[Any, Any] = {Event: Event.objects.filter(state="conflict"), Terms: Terms.objects.order_by("-pk")}
    for model, desk in site._registry.items():
        paths.append(desk.address("changelist"))
        paths += [desk.address(action.name) for action in desk.list_actions]
        if row := shown.get(model, model.objects).first():
            paths.append(desk.address("change", row.pk))
            paths += [desk.address(action.name, row.pk) for action in desk.row_actions]
    return paths


@pytest.mark.timeout(900)
@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 1280), ("light", 360), ("dark", 360)])
def test_every_page_of_the_desk_is_accessible_quiet_and_fits(
    theme: str, width: int, live_server: LiveServer, browser: Browser
) -> None:
    demo.seed(now=timezone.now())
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=theme, locale="ru-RU")
    enter(context, live_server, User.objects.get(email="staff@example.ru"))
    watch = Watch(context)
    watch.expected = ["404", "Failed to load resource"]  # the page that isn't there
    page = context.new_page()
    amiss = []
    for path in every_page():
        response = page.goto(live_server.url + path)
        assert response is not None
        if response.status >= 500:
            amiss.append(f"{path}: {response.status}")
        amiss += violations(page)
        if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
            amiss.append(f"{path}: wider than {width} px")
    assert amiss == []
    watch.assert_quiet()
    context.close()
