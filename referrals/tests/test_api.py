"""The feed over HTTP: who is believed, what is answered, and that a refusal changes nothing."""

import base64
import datetime as dt
import hashlib
import hmac
import json
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client as Browser
from django.utils import timezone

from partners.models import Partner
from referrals import books, event_delivery
from referrals.models import Charge, Client, Event, FeedBatch
from tests.delivering import PATH, SECRET, deliver_over_http, post, signed
from tests.factories import charged, registered

pytestmark = pytest.mark.django_db

NEW_SECRET = "whsec_" + base64.b64encode(b"another one").decode()
BATCH = json.dumps([registered("c-1")]).encode()
Settings = Any


@pytest.fixture(autouse=True)
def _shared_secret(settings: Settings) -> None:
    settings.SKOROZVON_SECRET = SECRET


def nothing_stands() -> bool:
    return not (Client.objects.exists() or Event.objects.exists() or FeedBatch.objects.exists())


# --- Per item ---------------------------------------------------------------------------------------------------------


def test_each_event_is_answered_in_order_and_one_bad_event_spoils_no_other(anna: Partner) -> None:
    charge = charged("ch-1", "c-1", "100.00", "2025-02-10 09:30")
    body = [
        charged("ch-0", "c-1", "1.00", "2025-02-10 09:30"),
        registered("c-1", ref="anna"),
        charge,
        charge,
        {**charge, "occurred_at": "2025-02-11T09:30:00+03:00"},
        charged("ch-2", "c-1", "-1.00", "2025-02-10 09:30", kind="gift"),
        7,
    ]
    answer = post(json.dumps(body).encode())
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")
    assert answer.json() == [
        {"id": "charged ch-0", "result": "waiting", "errors": {}},
        {"id": "registered c-1", "result": "accepted", "errors": {}},
        {"id": "charged ch-1", "result": "accepted", "errors": {}},
        {"id": "charged ch-1", "result": "duplicate", "errors": {}},
        {
            "id": "charged ch-1",
            "result": "conflict",
            "errors": {"id": ["под этим номером уже принято событие с другим содержанием"]},
        },
        {
            "id": "charged ch-2",
            "result": "rejected",
            "errors": {
                "kind": ["неизвестный вид списания, бывают subscription, telephony, robot, other"],
                "amount": ["сумма должна быть больше нуля"],
            },
        },
        {"id": None, "result": "rejected", "errors": {"event": ["нужен объект JSON"]}},
    ]
    batch = FeedBatch.objects.get()
    assert (batch.source, batch.received, batch.accepted, batch.waiting) == ("http", 7, 2, 1)
    assert Charge.objects.filter(partner=anna, outcome="counted").count() == 2


def test_thousand_events_are_taken_and_one_more_is_too_many() -> None:
    some = [registered(f"c-{n}") for n in range(1_001)]
    assert post(json.dumps(some).encode()).status_code == 400
    assert nothing_stands()
    assert deliver_over_http(some[:1_000]) == ["accepted"] * 1_000


UNFIT = {
    "a repeated key": ('{"id": "bad", "id": "bad"}', "ключ повторяется"),
    "a repeated key far inside": ('{"id": "bad", "data": {"x": [{"y": 1, "y": 1}]}}', "ключ повторяется"),
    "ten thousand digits": ('{"id": "bad", "data": {"x": ' + "9" * 10_000 + "}}", "слишком длинное число"),
    "a deep object": ('{"a":' * 50_000 + "1" + "}" * 50_000, "длиннее 65536 байт"),
    "a deep array": ('{"data": {"x": ' + "[" * 20_000 + '"]"' + "]" * 20_000 + "}}", "слишком глубокая вложенность"),
    "as long as no line may be": ('{"id": "' + "я" * 40_000 + '"}', "длиннее 65536 байт"),
}


@pytest.mark.parametrize(("unfit", "reason"), UNFIT.values(), ids=UNFIT)
def test_event_that_can_be_understood_in_two_ways_is_rejected_alone(unfit: str, reason: str) -> None:
    good = json.dumps(registered("c-1"))
    answer = post(f" [ {good} ,\n{unfit},{json.dumps(registered('c-2'))}]\r\n".encode())
    assert [each["result"] for each in answer.json()] == ["accepted", "rejected", "accepted"]
    assert answer.json()[1] == {"id": None, "result": "rejected", "errors": {"event": [reason]}}


@pytest.mark.parametrize(
    ("field", "written"),
    [
        ("name", '"\\u0000"'),
        ("name", '"\\ud800"'),
        ("name", "1e999"),
        ("name", "-0.0"),
        ("client_id", "12345678901234567890"),
        ("email", "[]"),
        ("ref", "{}"),
    ],
)
def test_value_that_no_field_holds_is_rejected_with_the_fields_name(field: str, written: str) -> None:
    about = registered("c-1")
    about["data"][field] = "HERE"
    raw = json.dumps(about).replace('"HERE"', written)
    answer = post(f"[{raw}]".encode())
    assert answer.status_code == 200
    assert answer.json()[0]["result"] == "rejected"
    assert list(answer.json()[0]["errors"]) == [field]
    assert not Client.objects.exists()


# --- The body ---------------------------------------------------------------------------------------------------------

NO_BATCH = {
    "nothing": b"",
    "an empty array": b"[]",
    "one event": BATCH[1:-1],
    "lines": BATCH[1:-1] + b"\n" + BATCH[1:-1],
    "null": b"null",
    "cut off": BATCH[:-1],
    "cut off in a text": BATCH[:30],
    "something behind": BATCH + b"]",
    "a comma too many": BATCH[:-1] + b",]",
    "no comma": BATCH[:-1] + BATCH[1:],
    "NaN": BATCH.replace(b"null", b"NaN"),
    "Infinity": BATCH.replace(b"null", b"-Infinity"),
    "single quotes": BATCH.replace(b'"', b"'"),
    "a form": b"events=1&more=2",
    "a line break in a text": BATCH.replace(b"c-1", b"c\n1"),
    "a byte that is zero": BATCH.replace(b"c-1", b"c\x001"),
    "brackets that never close": b"[" * 200_000,
    "deep and torn": b'{"a":' * 200_000,
    "a mark of the byte order": b"\xef\xbb\xbf" + BATCH,
}


@pytest.mark.parametrize("body", NO_BATCH.values(), ids=NO_BATCH)
def test_body_that_is_no_such_array_is_refused_with_a_reason_and_changes_nothing(body: bytes) -> None:
    answer = post(body)
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    assert answer.json()["code"] == "no_batch"
    assert answer.json()["detail"]
    assert nothing_stands()


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "cp1251", "koi8-r"])
def test_body_in_another_encoding_is_refused(encoding: str) -> None:
    body = json.dumps([registered("c-1", name="ООО Ёж")], ensure_ascii=False).encode(encoding)
    # The package signs texts only; one byte a character is what it would have to sign.
    headers = signed(b"") | {"webhook-signature": _signature(body)}
    assert post(body, headers).status_code == 400
    assert nothing_stands()


def _signature(body: bytes) -> str:
    key = base64.b64decode(SECRET.removeprefix("whsec_"))
    signed_text = f"msg_1.{int(timezone.now().timestamp())}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(key, signed_text, hashlib.sha256)).decode()


def test_body_above_the_limit_is_refused_before_it_is_looked_at() -> None:
    body = b" " * (event_delivery.MAX_BODY_BYTES + 1)
    answer = post(body, {})
    assert (answer.status_code, answer["Content-Type"]) == (413, "application/problem+json")
    assert post(b" " * event_delivery.MAX_BODY_BYTES).status_code == 400


# --- The signature ----------------------------------------------------------------------------------------------------

MINUTE = dt.timedelta(minutes=1)
Headers = dict[str, str]
FORGED: dict[str, Callable[[], Headers]] = {
    "no headers": dict,
    "no id": lambda: signed(BATCH) | {"webhook-id": ""},
    "no timestamp": lambda: signed(BATCH) | {"webhook-timestamp": ""},
    "no signature": lambda: signed(BATCH) | {"webhook-signature": ""},
    "another id": lambda: signed(BATCH) | {"webhook-id": "msg_2"},
    "another body": lambda: signed(BATCH + b" "),
    "another secret": lambda: signed(BATCH, secret=NEW_SECRET),
    "an old one": lambda: signed(BATCH, at=timezone.now() - 5 * MINUTE - dt.timedelta(seconds=2)),
    "one from the future": lambda: signed(BATCH, at=timezone.now() + 5 * MINUTE + dt.timedelta(seconds=2)),
    "an old one made new": lambda: (
        signed(BATCH, at=timezone.now() - 6 * MINUTE) | {"webhook-timestamp": str(int(timezone.now().timestamp()))}
    ),
    "a timestamp in words": lambda: signed(BATCH) | {"webhook-timestamp": "now"},
    "a timestamp with a fraction": lambda: signed(BATCH) | {"webhook-timestamp": "1764331200.5"},
    "a timestamp below zero": lambda: signed(BATCH) | {"webhook-timestamp": "-1"},
    "a timestamp of a thousand digits": lambda: signed(BATCH) | {"webhook-timestamp": "1" * 1000},
    "digits of another script": lambda: signed(BATCH) | {"webhook-timestamp": "١٧٦٤٣٣١٢٠٠"},
    "no version": lambda: signed(BATCH) | {"webhook-signature": signed(BATCH)["webhook-signature"][3:]},
    "another version": lambda: signed(BATCH) | {"webhook-signature": "v2" + signed(BATCH)["webhook-signature"][2:]},
    "half of it": lambda: signed(BATCH) | {"webhook-signature": signed(BATCH)["webhook-signature"][:20]},
    "letters that no signature has": lambda: signed(BATCH) | {"webhook-signature": "v1,подпись"},
}


@pytest.mark.parametrize("headers", FORGED.values(), ids=FORGED)
def test_what_the_service_did_not_sign_just_now_is_refused(headers: Callable[[], Headers]) -> None:
    answer = post(BATCH, headers())
    assert (answer.status_code, answer["Content-Type"]) == (401, "application/problem+json")
    assert answer["WWW-Authenticate"]
    assert nothing_stands()


@pytest.mark.parametrize("secret", ["", " , "])
def test_portal_without_a_secret_believes_nobody(secret: str, settings: Settings) -> None:
    settings.SKOROZVON_SECRET = secret
    assert post(BATCH).status_code == 401
    assert post(BATCH, signed(BATCH) | {"webhook-signature": ""}).status_code == 401


@pytest.mark.parametrize("age", [-5 * MINUTE + dt.timedelta(seconds=2), 5 * MINUTE - dt.timedelta(seconds=2)])
def test_clocks_may_differ_by_five_minutes(age: dt.timedelta) -> None:
    assert post(BATCH, signed(BATCH, at=timezone.now() - age)).status_code == 200


@pytest.mark.parametrize("secrets", [f"{SECRET} {NEW_SECRET}", f"{NEW_SECRET},{SECRET}", f"{NEW_SECRET}, {SECRET}\n"])
def test_while_secrets_are_exchanged_both_are_taken(secrets: str, settings: Settings) -> None:
    settings.SKOROZVON_SECRET = secrets
    assert post(BATCH, signed(BATCH)).status_code == 200
    assert post(BATCH, signed(BATCH, secret=NEW_SECRET)).status_code == 200
    assert post(BATCH, signed(BATCH, secret="whsec_AAAA")).status_code == 401


def test_one_good_signature_among_several_is_enough() -> None:
    headers = signed(BATCH)
    headers["webhook-signature"] = f"v1,bm8= v1a,xx {headers['webhook-signature']}"
    assert post(BATCH, headers).status_code == 200


def test_the_same_delivery_again_changes_nothing() -> None:
    headers = signed(BATCH)
    assert [post(BATCH, headers).json()[0]["result"] for _ in range(2)] == ["accepted", "duplicate"]
    assert Client.objects.count() == 1


# --- The request ------------------------------------------------------------------------------------------------------


def test_nobody_is_signed_in_by_it_and_no_cookie_is_needed_or_set(anna: Partner) -> None:
    browser = Browser(enforce_csrf_checks=True)
    browser.force_login(anna.user)
    assert browser.post(PATH, BATCH, content_type="application/json").status_code == 401
    answer = browser.post(PATH, BATCH, content_type="text/plain", headers=signed(BATCH))
    assert answer.status_code == 200
    assert not answer.cookies


@pytest.mark.parametrize("method", ["get", "put", "patch", "delete", "options"])
def test_events_are_posted_and_nothing_else(method: str) -> None:
    assert getattr(Browser(), method)(PATH).status_code == 405


def test_body_of_unknown_length_is_asked_for_with_its_length() -> None:
    answer = Browser().generic("POST", PATH, b"", headers={"Transfer-Encoding": "chunked"} | signed(b""))
    assert answer.status_code == 411


# --- When the portal can't --------------------------------------------------------------------------------------------


@pytest.fixture
def two_deliveries_under_way() -> Iterator[None]:
    assert event_delivery._AT_ONCE.acquire(blocking=False)
    assert event_delivery._AT_ONCE.acquire(blocking=False)
    yield
    event_delivery._AT_ONCE.release(2)


@pytest.mark.usefixtures("two_deliveries_under_way")
def test_third_delivery_at_once_is_asked_to_come_again_and_leaves_threads_to_visitors() -> None:
    answer = post(BATCH)
    assert (answer.status_code, answer["Retry-After"]) == (429, "5")
    assert answer["Content-Type"] == "application/problem+json"
    assert post(BATCH, {}).status_code == 401
    assert nothing_stands()


def test_what_a_delivery_ended_by_makes_room_for_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(3):
        assert post(b"[]").status_code == 400
    assert post(BATCH).status_code == 200


@pytest.mark.django_db(transaction=True)
@pytest.mark.postgres
def test_books_that_others_hold_for_seconds_are_waited_for_no_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_delivery, "_PATIENCE", dt.timedelta(seconds=0.2))
    held, let_go = threading.Event(), threading.Event()

    def hold() -> None:
        with books.opened():
            held.set()
            let_go.wait(30)
        connection.close()

    holder = threading.Thread(target=hold)
    holder.start()
    try:
        assert held.wait(30)
        answer = post(BATCH)
        assert (answer.status_code, answer["Retry-After"]) == (429, "5")
        assert nothing_stands()
    finally:
        let_go.set()
        holder.join()
    assert post(BATCH).status_code == 200


def test_database_that_does_not_answer_is_no_fault_of_the_delivery() -> None:
    def down(*_: Any) -> Any:
        raise OperationalError("server closed the connection unexpectedly")

    with connection.execute_wrapper(down):
        answer = post(BATCH)
    assert (answer.status_code, answer["Retry-After"]) == (503, "10")
    assert nothing_stands()
