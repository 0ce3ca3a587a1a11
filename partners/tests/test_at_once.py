"""Two clicks at the same moment, on a real server with workers of its own: getting in happens once."""

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest

from tests.compose import compose_command, free_port, wait_for_port
from tests.databases import OwnDatabase
from tests.emulators.service import PASSWORD, Service
from tests.processes.running import count, running

pytestmark = pytest.mark.processes

ANNA = "anna@example.ru"


@dataclass
class Portal:
    url: str
    service: Service
    database: OwnDatabase

    def browser(self) -> httpx2.Client:
        headers = {"Connection": "close"}  # the server would keep it open for longer than the test lasts
        return httpx2.Client(base_url=self.url, timeout=60, trust_env=False, headers=headers)


@pytest.fixture
def portal(own_database: OwnDatabase, tmp_path: Path) -> Iterator[Portal]:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with Service(url) as service:
        service.create_account(ANNA, id="acc-1")
        env = own_database.env | service.settings
        with running(compose_command("web", port=port), env, tmp_path / "web.log") as web:
            wait_for_port(port, web)
            yield Portal(url, service, own_database)


def at_once(ask: Callable[[], httpx2.Response]) -> list[httpx2.Response]:
    with ThreadPoolExecutor(6) as pool:
        return [each.result() for each in [pool.submit(ask) for _ in range(6)]]


def token_of(page: httpx2.Response) -> str:
    return re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', page.text)[0]


@pytest.mark.parametrize("again", range(3))
def test_of_many_who_come_by_one_token_one_gets_in(portal: Portal, again: int) -> None:
    url = portal.service.sign_on_url("acc-1")
    portal.browser().get("/users/sign_in")
    answers = at_once(lambda: httpx2.get(url, timeout=60, trust_env=False))
    assert sorted(answer.status_code for answer in answers) == [302, 403, 403, 403, 403, 403]
    assert ["sessionid" in answer.cookies for answer in answers if answer.status_code == 302] == [True]
    assert count(portal.database, "partners_signon") == 1
    assert count(portal.database, "partners_user") == 1


def test_first_sign_ins_of_one_account_make_one_person(portal: Portal) -> None:
    browser = portal.browser()
    token = token_of(browser.get("/users/sign_in"))
    given = {"username": ANNA, "password": PASSWORD, "csrfmiddlewaretoken": token}
    cookies = dict(browser.cookies)

    def sign_in() -> httpx2.Response:
        return httpx2.post(
            f"{portal.url}/users/sign_in",
            data=given,
            headers={"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())},
            timeout=60,
            trust_env=False,
        )

    assert [answer.status_code for answer in at_once(sign_in)] == [302] * 6
    assert count(portal.database, "partners_user") == 1


def test_many_clicks_on_send_make_one_partner_and_no_error(portal: Portal) -> None:
    browser = portal.browser()
    assert browser.get(portal.service.sign_on_url("acc-1")).headers["Location"] == "/registration/"
    given = {
        "csrfmiddlewaretoken": token_of(browser.get("/registration/")),
        "full_name": "Анна Юрлицова",
        "phone": "89161234567",
        "tariff": "legal",
        "offer_2026-11-01": "on",
        "personal_data_2026-11-01": "on",
    }
    answers = at_once(lambda: browser.post("/registration/", data=given))
    assert {(answer.status_code, answer.headers.get("Location")) for answer in answers} == {(302, "/cabinet/")}
    rows = ("partners_partner", "partners_code", "partners_termsassignment", "partners_consent", "partners_notice")
    assert [count(portal.database, table) for table in rows] == [1, 1, 1, 2, 1]
