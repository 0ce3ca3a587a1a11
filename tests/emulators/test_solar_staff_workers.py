"""Workers and their cards at Solar Staff's emulator."""

from typing import Any

import pytest

from tests.emulators.payouts import call, pay
from tests.emulators.solar_staff import SolarStaff

pytestmark = pytest.mark.processes

ANNA = "anna@example.ru"
ABOUT = {"email": ANNA, "password": "S0MePa$W0rd", "first_name": "Анна", "last_name": "Иванова"}
ABOUT |= {"phone": "+79000000000", "specialization": "1", "country": "RU", "send_message": "0"}
BACK = "https://partners.example.ru/cabinet/"


def workers(solar_staff: SolarStaff, action: str, **given: Any) -> tuple[int, Any]:
    return call(solar_staff, "/v1/workers", action, **given)


def status(solar_staff: SolarStaff, email: str = ANNA) -> tuple[int, Any]:
    return call(solar_staff, "/v1/status", "worker_status", email=email)


def test_invited_worker_has_not_registered_until_they_come(solar_staff: SolarStaff) -> None:
    code, invited = workers(solar_staff, "worker_invite", email=ANNA, language="ru")
    assert (code, invited) == (200, {"worker_id": 100001})
    assert status(solar_staff) == (200, {"status": "reg_null"})
    assert solar_staff.register(ANNA) == 100001
    assert status(solar_staff) == (200, {"status": "reg_success"})


def test_invited_worker_who_has_not_come_cannot_be_paid(solar_staff: SolarStaff) -> None:
    worker = solar_staff.invite(ANNA)
    assert pay(solar_staff, worker) == (406, {"error_text": "Worker has not finished registration"})
    assert solar_staff.journal() == []


def test_created_worker_is_registered_at_once(solar_staff: SolarStaff) -> None:
    assert workers(solar_staff, "worker_create", **ABOUT) == (200, {"id": 100001})
    assert status(solar_staff) == (200, {"status": "reg_success"})
    assert pay(solar_staff, 100001)[0] == 200


@pytest.mark.parametrize("missing", ["email", "password", "first_name", "last_name", "phone", "specialization"])
def test_worker_is_not_created_without_what_is_needed(solar_staff: SolarStaff, missing: str) -> None:
    assert workers(solar_staff, "worker_create", **{**ABOUT, missing: ""}) == (
        400,
        {"error_text": f"Parameter {missing} is required"},
    )


def test_worker_is_created_once(solar_staff: SolarStaff) -> None:
    assert [workers(solar_staff, "worker_create", **ABOUT)[0] for _ in range(2)] == [200, 409]


def test_worker_is_found_by_e_mail_in_any_case(solar_staff: SolarStaff) -> None:
    worker = solar_staff.register(ANNA)
    assert workers(solar_staff, "worker_find", email="Anna@Example.ru") == (200, {"id": worker})


def test_unknown_worker_is_not_found(solar_staff: SolarStaff) -> None:
    assert workers(solar_staff, "worker_find", email=ANNA)[0] == 404
    assert status(solar_staff)[0] == 404
    assert workers(solar_staff, "cards_list", worker_id=100001)[0] == 404


def test_second_invitation_can_bring_the_same_worker_or_an_error(solar_staff: SolarStaff) -> None:
    solar_staff.invite(ANNA)
    assert workers(solar_staff, "worker_invite", email=ANNA) == (200, {"worker_id": 100001})
    solar_staff.modes(invites="error")
    assert workers(solar_staff, "worker_invite", email=ANNA)[0] == 409


@pytest.mark.parametrize("email", ["anna", "anna@", "an na@example.ru"])
def test_invitation_to_no_address_is_refused(solar_staff: SolarStaff, email: str) -> None:
    assert workers(solar_staff, "worker_invite", email=email) == (400, {"error_text": "Invalid email"})


# --- Cards ------------------------------------------------------------------------------------------------------------


def test_card_that_is_being_linked_is_listed_as_started(solar_staff: SolarStaff) -> None:
    worker = solar_staff.register(ANNA)
    code, content = workers(
        solar_staff, "card_verify", worker_id=worker, currency="RUB", language="ru", redirect_url=BACK
    )
    assert code == 200
    assert content["terminal_url"].startswith(f"{solar_staff.url}/terminal/")
    assert workers(solar_staff, "cards_list", worker_id=worker) == (
        200,
        [{"card_id": 501, "card_number": "", "verify_status_id": 1}],
    )


def test_cards_are_listed_with_the_ends_of_their_numbers(solar_staff: SolarStaff) -> None:
    worker = solar_staff.register(ANNA)
    solar_staff.link_card(worker, number="4000 0000 0000 5678")
    solar_staff.link_card(worker, verify_status_id=6)
    assert workers(solar_staff, "cards_list", worker_id=worker)[1] == [
        {"card_id": 501, "card_number": "…5678", "verify_status_id": 4},
        {"card_id": 502, "card_number": "…1234", "verify_status_id": 6},
    ]


def test_removed_card_is_gone_and_cannot_be_paid(solar_staff: SolarStaff) -> None:
    worker = solar_staff.register(ANNA)
    card = solar_staff.link_card(worker)
    assert workers(solar_staff, "card_remove", worker_id=worker, card_id=card) == (200, {})
    assert workers(solar_staff, "cards_list", worker_id=worker) == (200, [])
    assert pay(solar_staff, worker, card_id=card) == (404, {"error_text": "Card not found"})
    assert solar_staff.link_card(worker) == card + 1


def test_card_of_another_worker_can_be_neither_removed_nor_paid(solar_staff: SolarStaff) -> None:
    anna, boris = solar_staff.register(ANNA), solar_staff.register("boris@example.ru")
    card = solar_staff.link_card(boris)
    assert workers(solar_staff, "card_remove", worker_id=anna, card_id=card)[0] == 404
    assert pay(solar_staff, anna, card_id=card)[0] == 404
    assert solar_staff.journal() == []


@pytest.mark.parametrize("address", ["", "partners.example.ru", "javascript:alert(1)", "https://", "http://a b/"])
def test_card_is_not_linked_without_a_way_back(solar_staff: SolarStaff, address: str) -> None:
    worker = solar_staff.register(ANNA)
    assert workers(solar_staff, "card_verify", worker_id=worker, currency="RUB", redirect_url=address)[0] == 400


def test_invited_worker_has_no_cards_to_list_or_link(solar_staff: SolarStaff) -> None:
    worker = solar_staff.invite(ANNA)
    assert workers(solar_staff, "cards_list", worker_id=worker)[0] == 406
    assert workers(solar_staff, "card_verify", worker_id=worker, currency="RUB", redirect_url=BACK)[0] == 406
