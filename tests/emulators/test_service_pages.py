"""The emulator's web pages: registration by a partner's link, the profile menu, the desk that charges."""

import datetime as dt
import re
from collections.abc import Iterator
from contextlib import contextmanager
from http.cookies import SimpleCookie

import httpx2
import pytest

from referrals.feed import check
from tests.emulators.calls import ANNA, anna, browser, claims_of, credit, data_of
from tests.emulators.service import Service

pytestmark = pytest.mark.processes

TYPED = {
    "name": "ООО <Ромашка>",
    "email": "Info@Romashka.example",
    "phone": "8 (900) 000-00-05",
    "inn": "",
    "password": "long enough",
    "promo_code": " 3456 ",
}
MENU = ["Доступен", "Не беспокоить", "Перерыв", "Настройки", "Команда", "Баланс"]


def menu(page: str) -> list[str]:
    listed = page.partition('<ul class="menu">')[2].partition("</ul>")[0]
    return [word.strip() for word in re.sub(r"<[^>]+>", "\n", listed).splitlines() if word.strip()]


@contextmanager
def signed_in(service: Service) -> Iterator[httpx2.Client]:
    anna(service)
    with browser(service) as client:
        assert client.post("/login", data=ANNA).headers["Location"] == "/app"
        yield client


def test_registration_by_a_partners_link_carries_its_code_and_the_promo_code(service: Service) -> None:
    with browser(service) as client:
        client.get("/?ref=first")
        came = client.get("/tarify?utm_source=blog&ref=62b0")
        assert came.status_code == 200
        assert SimpleCookie(came.headers["Set-Cookie"])["ref"]["max-age"] == str(90 * 24 * 3600)
        client.get("/")
        assert client.post("/register", data=TYPED).headers["Location"] == "/app?done=registered"
        assert "ООО &lt;Ромашка&gt;" in client.get("/app").text
    [(kind, data)] = data_of(service)
    assert kind == "client.registered"
    assert re.fullmatch("acc-[0-9a-f]{10}", data.pop("client_id"))
    about = {"name": "ООО <Ромашка>", "email": "info@romashka.example", "phone": "8 (900) 000-00-05"}
    assert data == {**about, "inn": None, "ref": "62b0", "promo_code": "3456"}
    assert check(service.events()[0], now=dt.datetime.now(dt.UTC)).data["ref"] == "62b0"


def test_registration_without_a_link_carries_no_code(service: Service) -> None:
    with browser(service) as client:
        client.post("/register", data={**TYPED, "promo_code": ""})
    assert [(data["ref"], data["promo_code"]) for _, data in data_of(service)] == [(None, None)]


def test_form_with_a_mistake_loses_nothing_but_the_password(service: Service) -> None:
    with browser(service) as client:
        answer = client.post("/register", data={**TYPED, "inn": "123"})
    assert answer.status_code == 422
    assert "ИНН — это 10 цифр у компании или 12 у человека." in answer.text
    assert 'value="ООО &lt;Ромашка&gt;"' in answer.text
    assert "long enough" not in answer.text
    assert service.events() == []


def test_wrong_password_on_the_page_is_refused_in_words(service: Service) -> None:
    anna(service)
    with browser(service) as client:
        answer = client.post("/login", data={**ANNA, "password": "wrong"})
        assert client.get("/app").headers["Location"] == "/login"
    assert answer.status_code == 422
    assert "Неверный e-mail или пароль." in answer.text


def test_menu_reads_as_in_the_service_and_remembers_who_went_to_the_portal(service: Service) -> None:
    with signed_in(service) as client:
        assert menu(client.get("/app").text) == [*MENU, "Стать партнером", "Гостевой доступ", "Выход"]
        answer = client.get("/app/partners")
        assert (answer.status_code, answer.headers["Referrer-Policy"]) == (302, "no-referrer")
        assert claims_of(service, answer.headers["Location"])["sub"] == "acc-1"
        assert menu(client.get("/app").text) == [*MENU, "Партнёрам", "Гостевой доступ", "Выход"]
        client.post("/logout")
        assert client.get("/app/partners").headers["Location"] == "/login"
    assert "token" not in service.log


def test_desk_charges_confirms_refunds_and_takes_a_promo_code(service: Service) -> None:
    with signed_in(service) as client:
        client.post("/app/charges", data={"kind": "telephony", "amount": "12 500,5"})
        [_, (_, charged)] = data_of(service)
        charge = charged["charge_id"]
        assert "оплата не подтверждена" in client.get("/app").text
        for _ in range(2):  # the second click changes nothing
            client.post(f"/app/charges/{charge}/confirm")
        assert client.post(f"/app/charges/{charge}/refund", data={"amount": "12500,51"}).status_code == 422
        client.post(f"/app/charges/{charge}/refund", data={"amount": "2500.5"})
        client.post("/app/promo-code", data={"promo_code": "62b0"})
        client.post("/app/charges", data={"kind": "robot", "amount": "1", "confirmed": "yes"})
        shown = client.get("/app").text.replace("\u202f", " ")
    assert "оплата подтверждена, возвращено 2 500,50 ₽" in shown
    [(_, refund), (_, code), (_, robot)] = data_of(service)[3:]
    assert [kind for kind, _ in data_of(service)] == [
        *("client.registered", "charge.created", "charge.confirmed", "charge.refunded"),
        *("client.promo_code_applied", "charge.created"),
    ]
    assert charged == {
        "charge_id": charge,
        "client_id": "acc-1",
        "kind": "telephony",
        "amount": "12500.50",
        "payment_confirmed": False,
    }
    assert (refund["charge_id"], refund["amount"]) == (charge, "2500.50")
    assert code == {"client_id": "acc-1", "promo_code": "62b0"}
    assert (robot["kind"], robot["amount"], robot["payment_confirmed"]) == ("robot", "1.00", True)


def test_desk_touches_nobody_elses_charges(service: Service) -> None:
    service.create_account("boris@example.ru", id="acc-2")
    charge = service.charge("acc-2", "100.00", payment_confirmed=False)
    with signed_in(service) as client:
        assert client.post(f"/app/charges/{charge}/confirm").status_code == 404
    assert [kind for kind, _ in data_of(service)].count("charge.confirmed") == 0


def test_desk_shows_what_the_portal_credited(service: Service) -> None:
    with signed_in(service) as client:
        credit(service, "2500.00")
        shown = client.get("/app").text.replace("\u202f", " ")
    assert "2 500,00 ₽" in shown
    assert "withdrawal:7" in shown


def test_pages_load_nothing_from_elsewhere_and_run_no_scripts(service: Service) -> None:
    with browser(service) as client:
        answer = client.get("/")
        assert client.get("/site.css").status_code == 200
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'self'")
    assert re.findall(r"<script|style=|https?://", answer.text) == []
