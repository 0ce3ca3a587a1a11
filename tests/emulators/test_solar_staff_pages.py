"""The web pages of Solar Staff's emulator: a card is linked, somebody registers, a developer looks and tops up."""

import re
from typing import Any

import httpx2
import pytest

from tests.emulators.payouts import call, paid, pay
from tests.emulators.solar_staff import SolarStaff

pytestmark = pytest.mark.processes

BACK = "https://partners.example.ru/cabinet/payouts/?card=привязана"


@pytest.fixture
def worker(solar_staff: SolarStaff) -> int:
    return solar_staff.register("anna@example.ru")


def browser(solar_staff: SolarStaff) -> httpx2.Client:
    """Follows no redirects."""
    return httpx2.Client(base_url=solar_staff.url, trust_env=False)


def terminal(solar_staff: SolarStaff, worker: int) -> str:
    given = {"worker_id": worker, "currency": "RUB", "language": "ru", "redirect_url": BACK}
    return call(solar_staff, "/v1/workers", "card_verify", **given)[1]["terminal_url"]


def cards(solar_staff: SolarStaff, worker: int) -> list[dict[str, Any]]:
    return call(solar_staff, "/v1/workers", "cards_list", worker_id=worker)[1]


@pytest.mark.parametrize(("result", "status"), [("linked", 4), ("refused", 6)])
def test_entered_card_is_linked_or_refused_and_the_person_returns(
    solar_staff: SolarStaff, worker: int, result: str, status: int
) -> None:
    url = terminal(solar_staff, worker)
    with browser(solar_staff) as client:
        assert "Привязка карты" in client.get(url).text
        answer = client.post(url, data={"number": "4000 0000 0000 5678", "result": result})
    assert answer.status_code == 303
    assert answer.headers["Location"] == (
        "https://partners.example.ru/cabinet/payouts/?card=%D0%BF%D1%80%D0%B8%D0%B2%D1%8F%D0%B7%D0%B0%D0%BD%D0%B0"
    )
    assert cards(solar_staff, worker) == [{"card_id": 501, "card_number": "…5678", "verify_status_id": status}]


@pytest.mark.parametrize("number", ["", "4000 0000 0000 567", "4000 0000 0000 56789", "4000 0000 0000 567x"])
def test_card_of_other_than_16_digits_is_asked_for_again(solar_staff: SolarStaff, worker: int, number: str) -> None:
    url = terminal(solar_staff, worker)
    with browser(solar_staff) as client:
        answer = client.post(url, data={"number": number})
    assert answer.status_code == 422
    assert "Нужен номер карты: 16 цифр." in answer.text
    assert [card["verify_status_id"] for card in cards(solar_staff, worker)] == [1]


def test_address_of_the_terminal_is_good_for_one_card(solar_staff: SolarStaff, worker: int) -> None:
    url = terminal(solar_staff, worker)
    with browser(solar_staff) as client:
        client.post(url, data={"number": "4000000000005678"})
        assert client.post(url, data={"number": "4000000000001234"}).status_code == 410
        assert "Ссылка использована" in client.get(url).text
    assert [card["card_number"] for card in cards(solar_staff, worker)] == ["…5678"]


def test_whole_number_of_a_card_is_kept_nowhere(solar_staff: SolarStaff, worker: int) -> None:
    with browser(solar_staff) as client:
        client.post(terminal(solar_staff, worker), data={"number": "4000123400005678"})
        shown = client.get("/").text
    assert "400012340000" not in shown + solar_staff.log + str(list(solar_staff.calls()))


def test_terminal_lets_its_form_lead_back_to_the_portal_only(solar_staff: SolarStaff, worker: int) -> None:
    with browser(solar_staff) as client:
        answer = client.get(terminal(solar_staff, worker))
        home = client.get("/")
    assert answer.headers["Content-Security-Policy"].endswith("form-action 'self' https://partners.example.ru")
    assert home.headers["Content-Security-Policy"].endswith("form-action 'self'")
    assert re.findall(r"<script|style=", answer.text + home.text) == []


def test_invited_person_registers_on_the_page_of_the_invitation(solar_staff: SolarStaff) -> None:
    solar_staff.invite("boris@example.ru")
    with browser(solar_staff) as client:
        [page] = re.findall(r'href="(/invite/[^"]+)"', client.get("/").text)
        wrong = client.post(page, data={"first_name": "Борис", "last_name": "", "phone": "+79000000000"})
        assert (wrong.status_code, 'value="Борис"' in wrong.text) == (422, True)
        assert call(solar_staff, "/v1/status", "worker_status", email="boris@example.ru")[1]["status"] == "reg_null"
        client.post(page, data={"first_name": "Борис", "last_name": "Физлицын", "phone": "+79000000000"})
        assert "Вы зарегистрированы" in client.get(page).text
    assert call(solar_staff, "/v1/status", "worker_status", email="boris@example.ru")[1]["status"] == "reg_success"


def test_developer_sees_people_payments_and_the_balance(solar_staff: SolarStaff, worker: int) -> None:
    card = solar_staff.link_card(worker)
    pay(solar_staff, worker, "PAYOUT-1", "12500", card_id=card)
    with browser(solar_staff) as client:
        shown = client.get("/").text.replace("\u202f", " ")
    for text in ("9 987 125,00 ₽", "anna@example.ru", "…1234: привязана", "12 500,00 ₽", "выплачено", "PAYOUT-1"):
        assert text in shown


def test_developer_tops_up_and_what_waited_is_paid(solar_staff: SolarStaff, worker: int) -> None:
    solar_staff.set_balance("0")
    pay(solar_staff, worker)
    with browser(solar_staff) as client:
        assert "не хватает денег компании" in client.get("/").text
        assert client.post("/top-up", data={"amount": "ничего"}).status_code == 422
        assert client.post("/top-up", data={"amount": "10 000,00"}).headers["Location"] == "/?done=topped-up"
        assert "Баланс пополнен." in client.get("/?done=topped-up").text
    assert (solar_staff.balance, paid(solar_staff)) == ("7425.00", [("PAYOUT-1", "paid", "2500.00")])


def test_developer_settles_payouts(solar_staff: SolarStaff, worker: int) -> None:
    solar_staff.pays_later()
    for key in ("one", "two"):
        pay(solar_staff, worker, key)
    with browser(solar_staff) as client:
        client.post("/payments/7000001/paid")
        client.post("/payments/7000002/declined")
        assert client.post("/payments/7000002/paid").status_code == 422
        client.post("/payments/7000001/refunded")
    assert paid(solar_staff) == [("one", "refunded", "0.00"), ("two", "declined", "0.00")]


def test_pages_that_are_not_there_are_not_found(solar_staff: SolarStaff) -> None:
    with browser(solar_staff) as client:
        for path in ("/terminal/x", "/invite/x", "/login"):
            assert client.get(path).status_code == 404
