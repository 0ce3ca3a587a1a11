"""The emulator's API for the portal keeps the contract (feed.md, section 2), seen from outside over real HTTP."""

import base64
import json
import time
from contextlib import suppress

import httpx2
import pytest

from emulators.service import signatures
from tests.emulators.calls import ANNA, CREDITS, SESSIONS, anna, browser, call, credit
from tests.emulators.service import PASSWORD, Service

pytestmark = pytest.mark.processes


# --- Signatures -------------------------------------------------------------------------------------------------------


def test_signature_is_that_of_the_published_example() -> None:
    secret, message_id = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek"
    signed = signatures.sign(secret, message_id=message_id, timestamp=1614265330, body=b'{"test": 2432232314}')
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize("age", [-290, 290])
def test_signature_of_the_last_five_minutes_is_good(service: Service, age: int) -> None:
    assert call(service, "GET", f"{CREDITS}/x", age=age).status_code == 404


@pytest.mark.parametrize("age", [-310, 310])
def test_signature_of_another_time_is_refused(service: Service, age: int) -> None:
    answer = call(service, "POST", SESSIONS, ANNA, age=age)
    assert (answer.status_code, answer.json()) == (403, {"error": "bad_signature", "reason": "stale"})


def test_signature_by_another_secret_is_refused(service: Service) -> None:
    anna(service)
    answer = call(service, "POST", SESSIONS, ANNA, secret="whsec_" + base64.b64encode(b"x" * 32).decode())
    assert (answer.status_code, answer.json()) == (403, {"error": "bad_signature", "reason": "wrong"})


@pytest.mark.parametrize(("method", "path"), [("POST", SESSIONS), ("POST", CREDITS), ("GET", f"{CREDITS}/x")])
def test_request_without_a_signature_is_refused(service: Service, method: str, path: str) -> None:
    with browser(service) as client:
        answer = client.request(method, path)
    assert (answer.status_code, answer.json()) == (403, {"error": "bad_signature", "reason": "missing"})


def test_one_good_signature_among_several_is_enough(service: Service) -> None:
    stamp = int(time.time())
    good = signatures.sign(service.secret, message_id="m", timestamp=stamp, body=b"")
    headers = {"webhook-id": "m", "webhook-timestamp": str(stamp), "webhook-signature": f"v1,AAAA v1a,BBBB {good}"}
    with browser(service) as client:
        assert client.get(f"{CREDITS}/x", headers=headers).status_code == 404


# --- Passwords --------------------------------------------------------------------------------------------------------


def test_right_password_answers_with_the_account(service: Service) -> None:
    anna(service)
    answer = call(service, "POST", SESSIONS, {"email": " ANNA@example.ru", "password": PASSWORD})
    account = {"id": "acc-1", "email": "anna@example.ru", "name": "Анна", "phone": "+7 900 000-00-00"}
    assert (answer.status_code, answer.json()) == (200, {"account": {**account, "inn": "7707083893"}})


@pytest.mark.parametrize("given", [{**ANNA, "password": "wrong"}, {**ANNA, "email": "nobody@example.ru"}])
def test_wrong_password_and_unknown_e_mail_are_answered_alike(service: Service, given: dict[str, str]) -> None:
    anna(service)
    answer = call(service, "POST", SESSIONS, given)
    assert (answer.status_code, answer.json()) == (401, {"error": "wrong_credentials"})


def test_guessing_ends_with_too_many_attempts(service: Service) -> None:
    anna(service)
    wrong = [call(service, "POST", SESSIONS, {**ANNA, "password": f"guess-{n}"}).status_code for n in range(10)]
    assert wrong == [401] * 10
    answer = call(service, "POST", SESSIONS, ANNA)
    assert (answer.status_code, answer.json()) == (429, {"error": "too_many_attempts"})
    assert 290 <= int(answer.headers["Retry-After"]) <= 300


@pytest.mark.parametrize("given", [{}, {"email": "anna@example.ru"}, {**ANNA, "email": "\ud800@example.ru"}, ["?"]])
def test_request_without_its_fields_is_a_bad_one(service: Service, given: object) -> None:
    assert call(service, "POST", SESSIONS, given).status_code == 400


def test_journal_tells_of_calls_and_knows_no_passwords(service: Service) -> None:
    anna(service)
    call(service, "POST", SESSIONS, ANNA)
    call(service, "GET", f"{CREDITS}/withdrawal%3A7")
    told = [(each["method"], each["path"], each["outcome"], each["status"]) for each in service.journal()["calls"]]
    assert told == [
        ("POST", SESSIONS, "signed_in", 200),
        ("GET", f"{CREDITS}/withdrawal%3A7", "not_found", 404),
    ]
    assert service.journal()["calls"][0]["body"] == {"email": "anna@example.ru"}
    assert PASSWORD not in json.dumps(service.journal())


# --- Credits ----------------------------------------------------------------------------------------------------------


def test_credit_is_given_once_for_its_key(service: Service) -> None:
    anna(service)
    assert [credit(service), credit(service), credit(service, "2500"), credit(service, "2500.01")] == [
        *(201, 200, 200, 409)
    ]
    assert credit(service, key="withdrawal:8") == 201
    credited = [(each["account_id"], each["amount"], each["key"]) for each in service.journal()["credits"]]
    assert credited == [("acc-1", "2500.00", "withdrawal:7"), ("acc-1", "2500.00", "withdrawal:8")]


def test_credit_of_a_key_for_another_account_is_a_conflict(service: Service) -> None:
    anna(service)
    service.create_account("boris@example.ru", id="acc-2")
    assert [credit(service), credit(service, account="acc-2")] == [201, 409]


def test_credit_can_be_asked_for_by_its_key(service: Service) -> None:
    anna(service)
    assert call(service, "GET", f"{CREDITS}/withdrawal%3A7").status_code == 404
    credit(service)
    answer = call(service, "GET", f"{CREDITS}/withdrawal%3A7")
    assert answer.status_code == 200
    assert answer.json()["credit"].items() >= {"account_id": "acc-1", "amount": "2500.00"}.items()


@pytest.mark.parametrize("amount", ["0", "-1", "1.001", "1e3", "", "1000000000.01", "12 500"])
def test_credit_of_no_proper_sum_is_refused(service: Service, amount: str) -> None:
    anna(service)
    assert credit(service, amount) == 400
    assert service.journal()["credits"] == []


def test_credit_to_an_unknown_account_is_refused(service: Service) -> None:
    assert credit(service, account="acc-none") == 422


# --- Faults -----------------------------------------------------------------------------------------------------------


def test_service_that_is_down_closes_the_connection_and_does_nothing(service: Service) -> None:
    anna(service)
    service.fault("down", times=2)
    for _ in range(2):
        with pytest.raises(httpx2.RemoteProtocolError):
            credit(service)
    assert credit(service) == 201
    assert [(each["outcome"], each["status"]) for each in service.journal()["calls"]] == [
        *(("not_done", None), ("not_done", None), ("created", 201))
    ]


def test_dropped_answer_leaves_the_credit_given(service: Service) -> None:
    anna(service)
    service.fault("drop_after", times=1)
    with pytest.raises(httpx2.RemoteProtocolError):
        credit(service)
    assert len(service.journal()["credits"]) == 1
    assert credit(service) == 200


@pytest.mark.parametrize(
    ("kind", "status", "content_type"),
    [("error", 500, "application/json"), ("wrong_json", 200, "application/json"), ("html", 200, "text/html")],
)
def test_broken_answers_do_nothing(service: Service, kind: str, status: int, content_type: str) -> None:
    anna(service)
    service.fault(kind)
    answer = call(service, "POST", CREDITS, {"account_id": "acc-1", "amount": "1.00", "key": "k"})
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, f"{content_type}; charset=utf-8")
    service.fault("none")
    assert service.journal()["credits"] == []
    assert credit(service) == 201


def test_slow_service_does_what_was_asked_although_nobody_waited(service: Service) -> None:
    anna(service)
    service.fault("slow", seconds=0.5, times=1)
    with pytest.raises(httpx2.ReadTimeout):
        call(service, "POST", CREDITS, {"account_id": "acc-1", "amount": "1.00", "key": "k"}, timeout=0.1)
    until = time.monotonic() + 30
    while not service.journal()["credits"] and time.monotonic() < until:
        time.sleep(0.05)
    assert [each["key"] for each in service.journal()["credits"]] == ["k"]


def test_faults_befall_the_api_only(service: Service) -> None:
    service.fault("down")
    with browser(service) as client:
        assert client.get("/").status_code == 200


@pytest.mark.parametrize("kind", ["error_after", "html_after", "wrong_json_after", "cut_after"])
def test_broken_answer_can_hide_that_the_credit_was_given(service: Service, kind: str) -> None:
    anna(service)
    service.fault(kind, times=1)
    with suppress(httpx2.RemoteProtocolError):
        credit(service)
    assert [each["key"] for each in service.journal()["credits"]] == ["withdrawal:7"]
    assert credit(service) == 200


def test_fault_of_one_path_leaves_the_others_alone(service: Service) -> None:
    anna(service)
    service.fault("error", paths=[CREDITS])
    assert credit(service) == 500
    assert call(service, "POST", SESSIONS, ANNA).status_code == 200


def test_random_faults_are_the_same_for_the_same_seed(service: Service) -> None:
    def statuses(seed: int) -> list[int]:
        service.random_faults(seed, {"error": 0.3, "html_after": 0.2})
        return [call(service, "GET", f"{CREDITS}/k").status_code for _ in range(20)]

    first = statuses(1)
    assert (first.count(500), first.count(200), first.count(404)) == (7, 4, 9)
    assert statuses(1) == first
    assert statuses(2) != first
    assert service.journal()["faults"].keys() == {"error", "html_after"}


@pytest.mark.parametrize(
    "given",
    [
        {"random": {"error": 0.5}},
        {"random": {"fire": 0.5}, "seed": 1},
        {"random": {"error": 0.6, "html": 0.6}, "seed": 1},
        {"kind": "error", "times": 0},
        {"kind": "error", "paths": ["credits"]},
    ],
)
def test_fault_that_makes_no_sense_is_not_ordered(service: Service, given: dict[str, object]) -> None:
    with browser(service) as client:
        assert client.post("/control/faults", json=given).status_code == 400
