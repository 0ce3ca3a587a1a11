"""Everything at once: the production command of each process, a month of the programme through HTTP and browser, and a
clean end.
"""

import datetime as dt
import json
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from conftest import OwnRedis
from partners import months
from tests.compose import compose_command, free_port, services, wait_for_port
from tests.databases import OwnDatabase
from tests.emulators.service import PASSWORD, Service
from tests.emulators.solar_staff import SolarStaff
from tests.journeys.pages import check_all_boxes
from tests.processes.running import Process, count, running, wait_for

pytestmark = [pytest.mark.browser, pytest.mark.processes, pytest.mark.postgres, pytest.mark.timeout(300)]

STAFF_PASSWORD = "a pass phrase of mine"
NARROW = "\u202f"


@dataclass
class Stack:
    """The portal as production has it, the service and Solar Staff."""

    url: str
    database: OwnDatabase
    service: Service
    solar_staff: SolarStaff
    logs: Path
    processes: dict[str, Process] = field(default_factory=dict)

    def wait_for_rows(self, rows: str) -> None:
        wait_for(lambda: count(self.database, rows), *self.processes.values(), logs=self.logs)


@pytest.fixture
def stack(own_database: OwnDatabase, own_redis: OwnRedis, tmp_path: Path) -> Iterator[Stack]:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with ExitStack() as opened:
        service = opened.enter_context(Service(portal=url, deliver_to=f"{url}/api/v1/events/"))
        solar_staff = opened.enter_context(SolarStaff())
        stack = Stack(url, own_database, service, solar_staff, tmp_path)
        own_database.env |= {
            **service.settings,
            **solar_staff.settings,
            "REDIS_URL": own_redis.url,
            "EMAIL_URL": f"filemail:///{tmp_path}/mail",
            "PORTAL_URL": url,
            "REFERRAL_BASE_URL": url,
            "REFERRAL_SITE_URL": service.url,
            "SERVICE_URL": f"{service.url}/app",
            "SWEEP_SECONDS": "1",
            "CLICK_FLUSH_SECONDS": "1",
            "CLOSE_DUE_HOUR": "0",
            "STAFF_NEEDS_SECOND_FACTOR": "0",  # test_new_colleague.py
        }
        own_database.manage(*compose_command("migrate")[2:])
        for name in (each for each in services() if each in ("web", "worker", "clicks", "beat")):
            command = compose_command(name, port=port)
            process = opened.enter_context(running(command, own_database.env, tmp_path / f"{name}.log"))
            stack.processes[name] = process
        wait_for_port(port, stack.processes["web"])
        yield stack


def test_a_month_from_the_click_to_the_money(stack: Stack, page: Page, tmp_path: Path) -> None:
    # A partner since long ago, with an account in the service.
    last_month = months.start_of(months.preceding(months.month_of(dt.datetime.now(dt.UTC))))
    account = stack.service.create_account("boris@example.ru", name="Борис Физлицын")
    boris = {
        "email": "boris@example.ru",
        "account_id": account["id"],
        "full_name": "Борис Физлицын",
        "phone": "+79123456789",
        "tariff": "individual",
        "registered_at": (last_month - dt.timedelta(days=40)).isoformat(),
        "code": "boris1",
    }
    (tmp_path / "partners.jsonl").write_text(json.dumps(boris))
    stack.database.manage("import_partners", str(tmp_path / "partners.jsonl"))

    # A visitor follows the link, and is counted.
    page.goto(f"{stack.url}/p/boris1")
    assert page.url == f"{stack.service.url}/?ref=boris1"
    stack.wait_for_rows("referrals_clickday WHERE clicks = 1")

    # Last month it registered and was charged; the service tells of it now, and the month is closed.
    at = [(last_month + dt.timedelta(days=day)).isoformat() for day in (2, 5)]
    client = stack.service.create_account(
        "info@flowers.example", name="ООО «Красные цветы»", ref="boris1", registered_at=at[0]
    )
    stack.service.charge(client["id"], "5000.00", occurred_at=at[1])
    stack.wait_for_rows("partners_ledgerline WHERE kind = 'accrual' AND amount_kopecks = 300000")

    # The partner comes by the service's menu, links a card and asks for the money.
    page.goto(stack.service.sign_on_url(account["id"]))
    expect(page.get_by_text(f"3{NARROW}000").first).to_be_visible()
    page.goto(f"{stack.url}/cabinet/payouts/card/start/")
    check_all_boxes(page)
    page.get_by_label("Пароль").fill(PASSWORD)
    page.get_by_role("button", name="Получить приглашение").click()
    expect(page.get_by_text("Solar Staff отправил приглашение на boris@example.ru.")).to_be_visible()
    stack.solar_staff.register("boris@example.ru")
    page.get_by_role("button", name="Проверить регистрацию").click()
    page.get_by_role("link", name="Привязать карту").click()
    page.get_by_label("Пароль").fill(PASSWORD)
    page.get_by_role("button", name="Продолжить").click()
    page.get_by_role("link", name="Перейти в Solar Staff").click()
    page.get_by_role("textbox").first.fill("4000 0000 0000 1234")
    page.get_by_role("button", name="Привязать карту").click()
    expect(page.get_by_text("•• 1234").first).to_be_visible()
    page.goto(f"{stack.url}/cabinet/payouts/new/")
    page.get_by_role("button", name="Вывести").click()
    expect(page.get_by_text("на карту •• 1234").first).to_be_visible()
    payout = page.url

    # Staff approves at the desk, and it is paid.
    stack.database.manage(
        "createsuperuser",
        "--noinput",
        "--email",
        "olga@skorozvon.ru",
        env={"DJANGO_SUPERUSER_PASSWORD": STAFF_PASSWORD},
    )
    page.context.clear_cookies()
    page.goto(f"{stack.url}/admin/")
    page.get_by_label("E-mail").fill("olga@skorozvon.ru")
    page.get_by_label("Пароль").fill(STAFF_PASSWORD)
    page.get_by_role("button", name="Войти").click()
    page.get_by_role("link", name="№ 1", exact=True).click()
    page.get_by_role("button", name="Одобрить").click()
    expect(page.get_by_role("status").filter(has_text="Заявка № 1 одобрена.")).to_be_visible()
    stack.wait_for_rows("payouts_withdrawal WHERE state = 'paid'")
    [payment] = stack.solar_staff.journal()
    assert (payment["amount"], payment["state"]) == ("3000.00", "paid")
    page.context.clear_cookies()
    page.goto(stack.service.sign_on_url(account["id"]))
    page.goto(payout)
    expect(page.get_by_text("Выплачен").first).to_be_visible()

    # Everything ends as it is asked to, and has nothing to complain of.
    for name in ("beat", "worker", "clicks", "web"):
        stack.processes[name].send_signal(signal.SIGTERM)
    assert {name: process.wait(timeout=60) for name, process in stack.processes.items()} == dict.fromkeys(
        stack.processes, 0
    )
    complaints = [
        line
        for log in tmp_path.glob("*.log")
        for line in log.read_text().splitlines()
        if '"level": "error"' in line or "Traceback" in line
    ]
    assert complaints == []
    assert stack.database.manage("audit").returncode == 0
    assert list((tmp_path / "mail").iterdir())
