"""How Solar Staff's emulator is started and ordered about."""

import datetime as dt
import json
import re
import signal
import stat
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest

from tests.databases import ROOT, environment
from tests.emulators.payouts import pay
from tests.emulators.solar_staff import SolarStaff

pytestmark = pytest.mark.processes


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("workers", {"email": "anna"}),
        ("cards", {"worker_id": 7}),
        ("cards", {"worker_id": 100001, "number": "1"}),
        ("cards", {"worker_id": 100001, "verify_status_id": 3}),
        ("card-statuses", {"card_id": 7, "verify_status_id": 4}),
        ("top-ups", {"amount": "0"}),
        ("balance", {"amount": "-1"}),
        ("settlements", {"task_id": 7}),
        ("settlements", {"merchant_transaction": "PAYOUT-1", "state": "declined"}),
        ("settlements", {"merchant_transaction": "PAYOUT-1", "state": "refunded", "state_id": 9}),
        ("outcomes", {"outcome": "lost"}),
        ("outcomes", {"random": {"waiting": 2}, "seed": 1}),
        ("outcomes", {"outcome": "waiting", "then": "waiting"}),
        ("faults", {"kind": "fire"}),
        ("modes", {"duplicates": "third"}),
        ("modes", {"weather": "good"}),
        ("clock", {"shift_seconds": "1"}),
        ("clock", {"shift_seconds": 1e20}),
    ],
)
def test_control_refuses_what_makes_no_sense(solar_staff: SolarStaff, name: str, given: dict[str, object]) -> None:
    pay(solar_staff, solar_staff.register("anna@example.ru"))
    before = solar_staff.journal(), solar_staff.balance
    with httpx2.Client(base_url=solar_staff.url, trust_env=False) as client:
        answer = client.post(f"/control/{name}", json=given)
    assert (answer.status_code, answer.json().keys()) == (400, {"error"})
    assert (solar_staff.journal(), solar_staff.balance) == before


def test_page_of_another_site_cannot_reach_the_control(solar_staff: SolarStaff) -> None:
    with httpx2.Client(base_url=solar_staff.url, trust_env=False) as client:
        assert client.post("/control/reset", json={}, headers={"Origin": "http://evil.example"}).status_code == 403


def test_settings_name_the_emulator_and_the_contract(solar_staff: SolarStaff) -> None:
    assert solar_staff.settings == {
        "SOLAR_STAFF_URL": solar_staff.url,
        "SOLAR_STAFF_CLIENT_ID": "6",
        "SOLAR_STAFF_SALT": solar_staff.salt,
        "SOLAR_STAFF_TODO_TYPE": "20",
    }


def test_clock_goes_on_by_what_it_is_shifted_until_a_reset(solar_staff: SolarStaff) -> None:
    def days_ahead() -> int:
        here = dt.datetime.now(dt.timezone(dt.timedelta(hours=3))).replace(tzinfo=None)
        return round((dt.datetime.fromisoformat(solar_staff.now) - here) / dt.timedelta(days=1))

    solar_staff.shift_clock(days=20)
    solar_staff.shift_clock(days=20)
    assert days_ahead() == 40
    solar_staff.reset()
    assert days_ahead() == 0


def keys(*words: str) -> str:
    command = [sys.executable, "-m", "emulators.solar_staff", "keys", *words]
    return subprocess.run(command, cwd=ROOT, env=environment(), stdout=subprocess.PIPE, check=True).stdout.decode()


def test_keys_are_made_once_and_readable_by_their_owner_only(tmp_path: Path) -> None:
    file = tmp_path / "var" / "keys.json"
    assert keys(str(file)) == ""
    made = json.loads(file.read_bytes())
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert keys(str(file), "--env") == (
        f"SOLAR_STAFF_CLIENT_ID=6\nSOLAR_STAFF_SALT={made['salt']}\nSOLAR_STAFF_TODO_TYPE=20\n"
    )
    assert re.fullmatch("[0-9a-f]{32}", made["salt"])


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_process_says_where_it_is_and_ends_when_asked(tmp_path: Path, how: signal.Signals) -> None:
    keys(str(tmp_path / "keys.json"))
    command = [sys.executable, "-m", "emulators.solar_staff", "--port", "0"]
    command += ["--keys", str(tmp_path / "keys.json"), "--data", str(tmp_path / "var" / "data.sqlite3")]
    with subprocess.Popen(command, cwd=ROOT, env=environment(), stdout=subprocess.PIPE, encoding="utf-8") as process:
        assert process.stdout
        said = process.stdout.readline()
        process.send_signal(how)
        assert process.wait(timeout=30) == 0
    assert re.fullmatch(r"Solar Staff's emulator: http://127\.0\.0\.1:\d+/\n", said)
