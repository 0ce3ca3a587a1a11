"""What comes out of the emulator: sign-on tokens and the feed; how it is started, ordered about and ended."""

import base64
import datetime as dt
import json
import re
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import jwt
import pytest

from referrals.feed import check
from tests.databases import ROOT, environment
from tests.emulators.calls import ANNA, PORTAL, SESSIONS, anna, browser, call, claims_of
from tests.emulators.service import Service

pytestmark = pytest.mark.processes


# --- Sign-on ----------------------------------------------------------------------------------------------------------


def test_token_says_who_comes_and_is_good_for_a_minute(service: Service) -> None:
    anna(service)
    claims = claims_of(service, service.sign_on_url("acc-1"))
    assert claims.pop("exp") - claims["iat"] == 60
    assert abs(claims.pop("iat") - time.time()) < 60
    assert re.fullmatch("[0-9a-f]{32}", claims.pop("jti"))
    who = {"sub": "acc-1", "email": "anna@example.ru", "name": "Анна", "phone": "+7 900 000-00-00"}
    assert claims == {"iss": "skorozvon", "aud": "partners", **who, "inn": "7707083893"}


def test_account_without_an_inn_says_nothing_of_it(service: Service) -> None:
    service.create_account("boris@example.ru", id="acc-2")
    assert "inn" not in claims_of(service, service.sign_on_url("acc-2"))


def test_each_token_is_another_one_unless_its_name_is_given(service: Service) -> None:
    anna(service)
    names = [claims_of(service, service.sign_on_url("acc-1", **given))["jti"] for given in ({}, {}, {"jti": "one"})]
    assert len(set(names)) == 3
    assert names[2] == "one"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"expires_in": -1}, jwt.ExpiredSignatureError),
        ({"audience": "others"}, jwt.InvalidAudienceError),
        ({"issuer": "somebody"}, jwt.InvalidIssuerError),
        ({"key": "other"}, jwt.InvalidSignatureError),
    ],
)
def test_foreign_and_expired_tokens_can_be_ordered(service: Service, changes: dict, error: type[Exception]) -> None:
    anna(service)
    with pytest.raises(error):
        claims_of(service, service.sign_on_url("acc-1", **changes))


# --- The feed ---------------------------------------------------------------------------------------------------------


def test_every_kind_of_event_is_one_that_the_portal_takes(service: Service) -> None:
    service.create_account(
        "info@flowers.example",
        id="c-1",
        name="ООО Красные цветы",
        inn="7707083893",
        ref="62b0",
        promo_code="3456",
        registered_at="2025-09-15T12:00:00+03:00",
    )
    service.apply_promo_code("c-1", "62b0", occurred_at="2025-09-16T12:00:00+03:00")
    charge = service.charge("c-1", "12500", payment_confirmed=False, occurred_at="2025-10-10T09:30:00+03:00")
    service.confirm(charge, occurred_at="2025-10-11T09:30:00+03:00")
    refund = service.refund(charge, "2500,5", occurred_at="2025-10-12T09:30:00Z")

    found = [check(event, now=dt.datetime.now(dt.UTC)) for event in service.events()]
    assert [(event.type, event.occurred_at.isoformat()) for event in found] == [
        ("client.registered", "2025-09-15T09:00:00+00:00"),
        ("client.promo_code_applied", "2025-09-16T09:00:00+00:00"),
        ("charge.created", "2025-10-10T06:30:00+00:00"),
        ("charge.confirmed", "2025-10-11T06:30:00+00:00"),
        ("charge.refunded", "2025-10-12T09:30:00+00:00"),
    ]
    about = {"name": "ООО Красные цветы", "email": "info@flowers.example", "phone": "+7 900 000-00-00"}
    assert [event.data for event in found] == [
        {"client_id": "c-1", **about, "inn": "7707083893", "ref": "62b0", "promo_code": "3456"},
        {"client_id": "c-1", "promo_code": "62b0"},
        {
            "charge_id": charge,
            "client_id": "c-1",
            "kind": "subscription",
            "amount": 1_250_000,
            "payment_confirmed": False,
        },
        {"charge_id": charge},
        {"refund_id": refund, "charge_id": charge, "amount": 250_050},
    ]
    assert len({event.id for event in found}) == 5


def test_event_without_a_given_moment_happened_now(service: Service) -> None:
    anna(service)
    [event] = service.events()
    moment = dt.datetime.fromisoformat(event["occurred_at"])
    assert moment.utcoffset() == dt.timedelta(hours=3)
    assert abs(dt.datetime.now(dt.UTC) - moment) < dt.timedelta(minutes=1)


def test_feed_can_be_followed_by_number(service: Service) -> None:
    anna(service)
    with browser(service) as client:
        last = int(client.get("/events.jsonl").headers["X-Last-Event"])
    assert service.events(after=last) == []
    service.charge("acc-1", "1.00")
    assert [event["type"] for event in service.events(after=last)] == ["charge.created"]


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("accounts", {**ANNA, "name": "Анна", "phone": "+7 900 000-00-00"}),
        ("accounts", {"email": "new@example.ru"}),
        ("charges", {"account_id": "acc-none", "kind": "other", "amount": "1"}),
        ("charges", {"account_id": "acc-1", "kind": "others", "amount": "1"}),
        ("charges", {"account_id": "acc-1", "kind": "other", "amount": "1", "occurred_at": "2025-10-10T09:30:00"}),
        ("confirmations", {"charge_id": "ch-none"}),
        ("faults", {"kind": "fire"}),
    ],
)
def test_control_refuses_what_makes_no_sense_and_nothing_happens(service: Service, name: str, given: dict) -> None:
    anna(service)
    with browser(service) as client:
        assert client.post(f"/control/{name}", json=given).status_code == 400
    assert len(service.events()) == 1


def test_page_of_another_site_cannot_reach_the_control(service: Service) -> None:
    with browser(service) as client:
        assert client.post("/control/reset", headers={"Origin": "http://evil.example"}).status_code == 403
        assert client.post("/control/reset", headers={"Host": "evil.example"}).status_code == 403


# --- The process ------------------------------------------------------------------------------------------------------


def test_demo_people_are_there_before_the_feed_and_survive_a_restart() -> None:
    with Service(PORTAL, demo=True) as service:
        service.charge("acc-olga", "1.00")
        assert service.stop() == 0
        service.start()
        assert [event["type"] for event in service.events()] == ["charge.created"]
        answer = call(service, "POST", SESSIONS, {"email": "olga@example.ru", "password": "demo-partner"})
    olga = {"id": "acc-olga", "email": "olga@example.ru", "name": "Ольга Отклонова", "phone": "+7 900 000-00-10"}
    assert answer.json() == {"account": {**olga, "inn": ""}}


def keys(*words: str) -> str:
    command = [sys.executable, "-m", "emulators.service", "keys", *words]
    return subprocess.run(command, cwd=ROOT, env=environment(), stdout=subprocess.PIPE, check=True).stdout.decode()


def test_keys_are_made_once_and_readable_by_their_owner_only(tmp_path: Path) -> None:
    file = tmp_path / "var" / "keys.json"
    assert keys(str(file)) == ""
    made = file.read_bytes()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    lines = dict(line.split("=", 1) for line in keys(str(file), "--env").splitlines())
    assert file.read_bytes() == made
    assert lines["SKOROZVON_SECRET"] == json.loads(made)["secret"]
    assert len(base64.b64decode(lines["SKOROZVON_SECRET"].removeprefix("whsec_"), validate=True)) == 32
    assert len(base64.b64decode(lines["SKOROZVON_SSO_PUBLIC_KEY"], validate=True)) == 32


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_process_says_where_it_is_and_ends_when_asked(tmp_path: Path, how: signal.Signals) -> None:
    keys(str(tmp_path / "keys.json"))
    command = [sys.executable, "-m", "emulators.service", "--port", "0", "--portal", PORTAL]
    command += ["--keys", str(tmp_path / "keys.json"), "--data", str(tmp_path / "var" / "data.sqlite3")]
    with subprocess.Popen(command, cwd=ROOT, env=environment(), stdout=subprocess.PIPE, encoding="utf-8") as process:
        assert process.stdout
        said = process.stdout.readline()
        process.send_signal(how)
        assert process.wait(timeout=30) == 0
    assert re.fullmatch(r"The service's emulator: http://127\.0\.0\.1:\d+/\n", said)
