"""Signatures as Solar Staff describes them, by the emulator's own code."""

from emulators.solar_staff import signatures

PAYOUT = {
    "action": "payout",
    "amount": "3000",
    "client_id": "1",
    "currency": "RUB",
    "merchant_transaction": "PAYOUT-1",
    "task_description": "Привлечение клиента",
    "task_title": "Размещение рекламы",
    "todo_attributes": "https://skorozvon.ru",
    "todo_type": "20",
    "worker_id": "100",
}


def test_signature_of_a_short_request_is_the_published_one() -> None:
    parameters = {"client_id": "6", "action": "workers_list"}
    assert signatures.sign(parameters, "salt") == "19861f409729a42c2a8c0c636cfa0a4fb845e8fb"


def test_signature_of_a_payout_in_russian_is_the_published_one() -> None:
    assert signatures.sign(PAYOUT, "salt") == "1b188f6126e3b93a2a0d7bddd60b738c56a35dfa"


def test_signature_leaves_out_itself_and_what_is_empty() -> None:
    parameters = {**PAYOUT, "card_id": "", "signature": "1b188f6126e3b93a2a0d7bddd60b738c56a35dfa"}
    assert signatures.sign(parameters, "salt") == "1b188f6126e3b93a2a0d7bddd60b738c56a35dfa"
    assert signatures.is_good(parameters, "salt")


def test_signature_of_another_sum_is_not_good() -> None:
    parameters = {**PAYOUT, "amount": "3000.0", "signature": "1b188f6126e3b93a2a0d7bddd60b738c56a35dfa"}
    assert not signatures.is_good(parameters, "salt")
