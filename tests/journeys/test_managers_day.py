"""The manager's day: partners are let in or not, clients find their partners, a contract and new terms are settled."""

import datetime as dt
import re

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from partners import consents, registration
from partners.models import Partner, Terms, User
from payouts.models import Withdrawal
from referrals import attach_requests
from referrals.models import AttachRequest, Client
from skorozvon_partners import audit, demo
from tests.factories import UserFactory
from tests.journeys.desk import enter, find, said, waiting_for_whoever_asks
from tests.journeys.watching import Watch, violations

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


def test_a_managers_day(page: Page, watch: Watch, live_server: LiveServer) -> None:
    demo.seed(now=timezone.now())
    somebody_asks_in_vain()
    enter(page.context, live_server, User.objects.get(email="manager@example.ru"))
    page.goto(f"{live_server.url}/admin/")
    assert waiting_for_whoever_asks(page) == [
        *("Одобрить партнёров 2", "Прикрепить клиентов 2", "Подозрительные клиенты 1", "Проверить договоры 1"),
        *("Скоро новые условия 1", "Разобрать противоречия 1", "Ждут другого события 1", "Здесь ничего не ждёт"),
    ]
    assert violations(page) == []
    one_is_let_in_and_one_is_not(page)
    one_client_is_attached_and_one_is_not(page)
    a_client_changes_hands(page)
    a_suspicion_is_settled(page)
    a_contract_is_accepted(page)
    a_partner_is_stopped_and_goes_on(page)
    a_request_by_letter_is_entered(page)
    events_are_looked_at(page)
    new_terms_are_published(page)
    assert waiting_for_whoever_asks(page)[:2] == ["Скоро новые условия 2", "Ждут другого события 1"]
    watch.expected = ["403"]
    for path in ("payouts/bankfile/", "payouts/sendingswitch/off/", "skorozvon_partners/staffmember/"):
        page.goto(f"{live_server.url}/admin/{path}")
        expect(page.get_by_role("heading", level=1)).to_have_text("Сюда нельзя")
    assert list(audit.run()) == []


def somebody_asks_in_vain() -> None:
    """A second one who wants to join, and a client who came by itself."""
    now = timezone.now()
    who = {"tariff": "individual", "full_name": "Роман Рекламов", "phone": "+7 900 000-00-55"}
    registration.request(
        UserFactory(full_name="Роман Рекламов"),
        agreed_to=consents.needed("individual"),
        ip=None,
        now=now,
        needs_approval=True,
        **who,
    )
    anna = Partner.objects.get(user__email="anna@example.ru")
    attach_requests.request(anna, company="ООО «Чужой клиент»", comment="", now=now)


def give_reason(page: Page, reason: str, button: str) -> None:
    page.get_by_label("Причина").fill(reason)
    assert violations(page) == []
    page.get_by_role("button", name=button).click()


def from_first_page(page: Page, link: str) -> None:
    page.get_by_role("link", name="Дела", exact=True).click()
    page.get_by_role("link", name=link).first.click()


def one_is_let_in_and_one_is_not(page: Page) -> None:
    from_first_page(page, "Павел Ждунов")
    assert violations(page) == []
    page.get_by_role("button", name="Одобрить запрос").click()
    expect(said(page, "Запрос одобрен")).to_be_visible()
    from_first_page(page, "Роман Рекламов")
    page.get_by_role("link", name="Отклонить запрос").click()
    give_reason(page, "Укажите в анкете свой сайт", "Отклонить запрос")
    expect(said(page, "партнёру ушло письмо с причиной")).to_be_visible()
    status = dict(Partner.objects.values_list("full_name", "status"))
    assert (status["Павел Ждунов"], status["Роман Рекламов"]) == ("active", "declined")


def one_client_is_attached_and_one_is_not(page: Page) -> None:
    from_first_page(page, "ООО «Зелёный свет»")
    assert violations(page) == []
    page.get_by_role("link", name="Прикрепить", exact=True).click()
    page.get_by_label("Найти клиента").fill("free-2")
    page.get_by_role("button", name="Найти").click()
    page.get_by_role("radio", name="ООО «Зелёный свет»").check()
    assert violations(page) == []
    page.get_by_role("button", name="Прикрепить").click()
    expect(said(page, "Клиент прикреплён")).to_be_visible()
    page.get_by_role("link", name="ООО «Зелёный свет»").click()
    expect(page.get_by_text("Закреплён за партнёром Анна Юрлицова")).to_be_visible()
    assert violations(page) == []
    from_first_page(page, "ООО «Чужой клиент»")
    page.get_by_role("link", name="Отклонить").click()
    give_reason(page, "Такой компании в сервисе нет: проверьте название", "Отклонить")
    expect(said(page, "партнёру ушло письмо с причиной")).to_be_visible()
    assert AttachRequest.objects.get(company="ООО «Чужой клиент»").state == "declined"


def a_client_changes_hands(page: Page) -> None:
    page.get_by_role("link", name="Клиенты", exact=True).click()
    find(page, "62b0-1")
    assert violations(page) == []
    page.get_by_role("link", name="ООО «Красные цветы»").click()
    expect(page.get_by_text("Закреплён за партнёром Анна Юрлицова")).to_be_visible()
    page.get_by_role("link", name="Передать другому партнёру").click()
    page.get_by_label("Новый партнёр").fill("boris@example.ru")
    give_reason(page, "Анна попросила передать клиента Борису", "Передать другому партнёру")
    expect(said(page, "Клиент передан")).to_be_visible()
    expect(page.get_by_text("Закреплён за партнёром Борис Физлицын")).to_be_visible()
    page.get_by_role("link", name="Отметить обучение").click()
    page.get_by_label("Когда обучили").fill(f"{timezone.localdate()}")
    page.get_by_role("button", name="Отметить обучение").click()
    expect(said(page, "Отметка об обучении сохранена.")).to_be_visible()
    assert violations(page) == []


def a_suspicion_is_settled(page: Page) -> None:
    from_first_page(page, "ООО «Ремонт-24»")
    page.get_by_role("link", name="Подозрение разобрано").click()
    expect(page.get_by_text("Тот же телефон, что у клиента")).to_be_visible()
    give_reason(page, "Один бухгалтер на две компании", "Подозрение разобрано")
    expect(page.get_by_text("Один бухгалтер на две компании").first).to_be_visible()
    assert violations(page) == []
    assert not Client.objects.get(account_id="62b0-9").suspicions.open().exists()


def a_contract_is_accepted(page: Page) -> None:
    from_first_page(page, "Проверить договоры: все")
    page.get_by_role("link", name="Егор Переходов").click()
    assert violations(page) == []
    with page.expect_download() as download:
        page.get_by_role("link", name="Скачать последний").click()
    assert download.value.path().read_bytes().startswith(b"%PDF-1.4")
    page.get_by_role("link", name="Принять").click()
    page.get_by_label("Номер договора").fill("119")
    page.get_by_label("Дата договора").fill(f"{timezone.localdate() - dt.timedelta(days=1)}")
    assert violations(page) == []
    page.get_by_role("button", name="Принять").click()
    expect(said(page, "Договор № 119 принят.")).to_be_visible()
    assert violations(page) == []


def a_partner_is_stopped_and_goes_on(page: Page) -> None:
    page.get_by_role("link", name="Партнёры", exact=True).click()
    page.get_by_role("link", name="Глеб Первоклиентов").click()
    page.get_by_role("link", name="Приостановить участие").click()
    give_reason(page, "Ссылка стоит в рассылке по чужой базе", "Приостановить участие")
    expect(said(page, "Участие приостановлено.")).to_be_visible()
    assert violations(page) == []
    page.get_by_role("link", name="Возобновить участие").click()
    give_reason(page, "Рассылку остановили, база удалена", "Возобновить участие")
    expect(said(page, "Партнёр снова участвует")).to_be_visible()
    expect(page.get_by_role("region", name="Что было")).to_contain_text("Ссылка стоит в рассылке по чужой базе")


def a_request_by_letter_is_entered(page: Page) -> None:
    """It is entered here, and approved by somebody else."""
    page.get_by_role("link", name="Выводы", exact=True).click()
    expect(page.get_by_role("checkbox")).to_have_count(0)
    page.get_by_role("link", name="Внести заявку").click()
    page.get_by_label("Партнёр").fill("anna@example.ru")
    page.get_by_label("Сумма, ₽").fill("2 000,00")
    page.get_by_label("Куда").select_option("на расчётный счёт")
    page.get_by_label("День письма").fill(f"{timezone.localdate()}")
    page.get_by_label("Примечание").fill("По письму")
    assert violations(page) == []
    page.get_by_role("button", name="Внести заявку").click()
    expect(said(page, "внесена, партнёру ушло письмо")).to_be_visible()
    expect(page.get_by_role("button", name="Одобрить")).to_have_count(0)
    assert violations(page) == []
    latest = Withdrawal.objects.latest("pk")
    assert (latest.amount_kopecks, latest.state, latest.destination) == (2_000_00, "requested", "bank")


def events_are_looked_at(page: Page) -> None:
    from_first_page(page, "Ждут другого события: все")
    page.get_by_role("link", name=re.compile("demo-")).click()
    expect(page.get_by_text("Событие учтётся само, как только придёт регистрация клиента")).to_be_visible()
    assert violations(page) == []
    from_first_page(page, "Разобрать противоречия: все")
    page.get_by_role("link", name=re.compile("demo-")).click()
    expect(page.get_by_text("Клиент остаётся за прежним партнёром.")).to_be_visible()
    assert violations(page) == []
    page.get_by_role("link", name="Отметить разобранным").click()
    give_reason(page, "Клиент остаётся у Бориса, сервис подтвердил", "Отметить разобранным")
    expect(page.get_by_text("Клиент остаётся у Бориса, сервис подтвердил").first).to_be_visible()


def new_terms_are_published(page: Page) -> None:
    """Only after it was seen whom they would move, and what they would change."""
    page.get_by_role("link", name="Условия", exact=True).click()
    assert violations(page) == []
    page.get_by_role("link", name="Новая версия").click()
    page.get_by_label("Название").fill("legal-next")
    page.get_by_label("Вознаграждение, % (юрлица)").fill("17,5")
    page.get_by_label("Причина").fill("Решение руководителя")
    page.get_by_role("button", name="Посмотреть, что изменится").click()
    expect(page.get_by_text("станет 17,5 % от учтённых списаний")).to_be_visible()
    effect = page.get_by_role("region", name="Если бы она началась сейчас")
    expect(effect).to_contain_text("Перейдут сразу 1 партнёр")
    expect(effect).to_contain_text("Получат выбор 4 партнёра")
    assert violations(page) == []
    page.get_by_role("button", name="Исправить").click()
    expect(page.get_by_label("Название")).to_have_value("legal-next")
    page.get_by_role("button", name="Посмотреть, что изменится").click()
    page.get_by_role("button", name="Объявить").click()
    expect(said(page, "Версия legal-next объявлена")).to_be_visible()
    assert violations(page) == []
    assert Terms.objects.get(name="legal-next").percent_bp == 1750
