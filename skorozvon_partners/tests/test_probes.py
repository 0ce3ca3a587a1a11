"""What machines ask: alive, ready, figures. Real sweeps, a real dead database, a real broker that is gone."""

import datetime as dt
import json
import re
import subprocess
import urllib.request
from functools import partial
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import pytest
import redis
import time_machine
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client as Browser
from django.utils import timezone
from pytest_django import Settings

from conftest import OwnRedis
from partners import heartbeats
from partners.models import Heartbeat
from payouts import tasks as payouts_tasks
from payouts import withdrawals
from payouts.tests.people import individual, legal
from referrals import close, conflicts
from referrals import tasks as referrals_tasks
from referrals.models import Event
from skorozvon_partners import tasks
from skorozvon_partners.models import AuditRun
from tests.compose import compose_command, free_port, health_check
from tests.databases import OwnDatabase
from tests.factories import NOW, StaffFactory, charged, deliver, moscow, registered
from tests.processes.running import running, wait_for

pytestmark = pytest.mark.django_db
TOKEN = "a-token-of-thirty-two-characters-"


def ready(browser: Browser) -> tuple[int, dict[str, Any]]:
    answer = browser.get("/readyz", HTTP_HOST="10.0.0.7:8000")  # as an orchestrator asks
    return answer.status_code, answer.json()["checks"]


def swept() -> None:
    for sweep in (referrals_tasks.sweep, payouts_tasks.sweep, tasks.sweep):
        sweep()


def test_the_living_answer_whatever_the_host_and_touch_nothing(
    client: Browser, django_assert_num_queries: Any, settings: Settings
) -> None:
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_REDIRECT_EXEMPT = [r"^(healthz|readyz|metrics)$"]
    with django_assert_num_queries(0):
        answer = client.get("/healthz", HTTP_HOST="127.0.0.1:8000")
    assert (answer.status_code, answer.content, answer["Cache-Control"]) == (200, b"ok\n", "no-store")
    assert not answer.cookies


def test_a_portal_that_does_its_work_is_ready(client: Browser, django_assert_max_num_queries: Any) -> None:
    assert ready(client)[1]["sweep"] == {"state": "failed", "name": "sweep", "age_seconds": None}  # never ended
    swept()
    deliver(registered("c-1"), now=timezone.now())
    with django_assert_max_num_queries(5):
        status, checks = ready(client)
    assert status == 200
    assert {name: check["state"] for name, check in checks.items()} == {
        "database": "ok",
        "migrations": "ok",
        "sweep": "ok",
        "feed": "ok",
    }
    assert checks["sweep"]["age_seconds"] < 60


def test_sweeps_that_do_not_end_are_a_failure(client: Browser) -> None:
    swept()
    Heartbeat.objects.filter(name="sweep-payouts").update(beat_at=timezone.now() - dt.timedelta(minutes=31))
    status, checks = ready(client)
    assert (status, checks["sweep"]["state"]) == (503, "failed")
    assert checks["sweep"]["name"] == "sweep-payouts"
    assert 1860 <= checks["sweep"]["age_seconds"] < 1900


def test_a_sweep_that_breaks_gives_no_sign_of_life(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(close, "last_due", lambda now: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        referrals_tasks.sweep()
    assert heartbeats.latest()["sweep"] is None


def test_a_silent_feed_is_a_warning_only(client: Browser) -> None:
    swept()
    deliver(registered("c-1"), now=timezone.now() - dt.timedelta(hours=13))
    status, checks = ready(client)
    assert (status, checks["feed"]["state"]) == (200, "warning")


def test_a_migration_that_is_missing_is_a_failure(client: Browser) -> None:
    swept()
    MigrationRecorder(connection).record_unapplied("partners", "0011_heartbeats")
    status, checks = ready(client)
    assert (status, checks["migrations"]) == (503, {"state": "failed", "unapplied": 1})


def test_a_dead_database_is_said_at_once_and_says_nothing_else(client: Browser) -> None:
    def gone(*args: Any) -> Any:
        raise OperationalError("connection to server at db.internal, user partners failed")

    with connection.execute_wrapper(gone):
        answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (503, {"ready": False, "checks": {"database": {"state": "failed"}}})


def test_a_broker_is_looked_at_where_there_is_one(client: Browser, settings: Settings, own_redis: OwnRedis) -> None:
    swept()
    settings.REDIS_URL = own_redis.url
    assert ready(client)[1]["broker"] == {"state": "ok"}
    own_redis.process.kill()
    own_redis.process.wait()
    with pytest.raises(redis.ConnectionError):
        redis.Redis.from_url(own_redis.url).ping()
    status, checks = ready(client)
    assert (status, checks["broker"]) == (503, {"state": "failed"})


# --- Figures ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def figures(client: Browser, settings: Settings) -> Any:
    settings.METRICS_TOKEN = TOKEN

    def read() -> dict[str, float]:
        answer = client.get("/metrics", HTTP_HOST="web:8000", headers={"Authorization": f"Bearer {TOKEN}"})
        assert answer.status_code == 200
        lines = [line for line in answer.content.decode().splitlines() if not line.startswith("#")]
        return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}

    return read


@pytest.mark.parametrize("bearer", ["", "Bearer ", "Bearer wrong", TOKEN, f"Basic {TOKEN}", f"Bearer {TOKEN}x"])
def test_figures_are_for_bearers_of_the_token(bearer: str, client: Browser, settings: Settings) -> None:
    settings.METRICS_TOKEN = TOKEN
    assert client.get("/metrics", headers={"Authorization": bearer}).status_code == 401


@pytest.mark.filterwarnings("ignore:No directory at:UserWarning")
def test_without_a_token_there_are_no_figures(client: Browser) -> None:
    assert client.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404


def test_conflicts_are_those_that_nobody_has_looked_at(figures: Any) -> None:
    deliver(registered("c-9"), registered("c-9", name="ООО Иначе"))
    assert figures()["partners_feed_conflicts"] == 1
    conflicts.review(Event.objects.unreviewed().get(), reason="Описка", by=StaffFactory(), now=NOW)
    assert figures()["partners_feed_conflicts"] == 0


@time_machine.travel(NOW + dt.timedelta(days=1), tick=False)
def test_figures_tell_what_stands(figures: Any) -> None:
    now = timezone.now()
    boris = individual(50_000_00)
    deliver(
        registered("c-9"),
        registered("c-9"),
        charged("waits", "nobody", "1.00", "2025-10-10 09:30"),
        {"id": "bad", "type": "nothing"},
        now=now - dt.timedelta(minutes=10),
    )
    for days, kopecks in ((11, 10_000_00), (1, 20_000_00)):
        asked_at = now - dt.timedelta(days=days)
        withdrawals.request(boris, amount_kopecks=kopecks, destination="card", by=boris.user, now=asked_at)
    AuditRun.objects.create(night=now.date(), started_at=now, finished_at=now, number=3, breaches=["a", "b", "c"])
    found = figures()
    assert {name: value for name, value in found.items() if "feed_events" in name} == {
        'partners_feed_events_last_hour{result="accepted"}': 1,
        'partners_feed_events_last_hour{result="duplicate"}': 1,
        'partners_feed_events_last_hour{result="waiting"}': 1,
        'partners_feed_events_last_hour{result="conflict"}': 0,
        'partners_feed_events_last_hour{result="rejected"}': 1,
    }
    assert found["partners_feed_last_event_age_seconds"] == 600
    assert found["partners_feed_oldest_waiting_age_seconds"] == 600
    assert found["partners_feed_waiting_events"] == 1
    assert found["partners_month_last_closed_timestamp_seconds"] == moscow("2025-10-01 00:00").timestamp()
    assert found["partners_month_late_seconds"] > 86_400
    assert found['partners_withdrawals{state="requested"}'] == 2
    assert found['partners_withdrawals_kopecks{state="requested"}'] == 30_000_00
    assert found['partners_withdrawals_oldest_age_seconds{state="requested"}'] // 86_400 == 11
    assert found['partners_withdrawals{state="unknown"}'] == 0
    assert (found["partners_withdrawals_late"], found["partners_withdrawals_questions"]) == (1, 2)
    assert (found["partners_sending_is_on"], found["partners_audit_breaches"]) == (1, 3)
    assert found["partners_letters_waiting"] > 0


def test_figures_cost_the_same_with_more_rows_and_name_nobody(
    figures: Any, django_assert_num_queries: Any, client: Browser
) -> None:
    deliver(charged("waits", "nobody", "1.00", "2025-10-10 09:30"))
    legal(90_000_00)
    with django_assert_num_queries(21):
        figures()
    individual(50_000_00)
    deliver(*(registered(f"c-{n}") for n in range(50)))
    with django_assert_num_queries(21):
        found = figures()
    labels = {word for name in found for word in re.findall(r'"(.*?)"', name)}
    assert {label for label in labels if re.search(r"@|\d|anna|boris", label)} == set()


# --- As production starts it ------------------------------------------------------------------------------------------


@pytest.mark.processes
def test_web_is_healthy_for_compose_and_its_log_is_json_to_the_end(own_database: OwnDatabase, tmp_path: Path) -> None:
    port = free_port()
    log = tmp_path / "web.log"
    own_database.env |= {
        "DJANGO_SETTINGS_MODULE": "skorozvon_partners.settings",
        "ALLOWED_HOSTS": "partners.example.ru",
        "METRICS_TOKEN": TOKEN,
    }
    with running(compose_command("web", port=port), own_database.env, log) as web:
        healthy = partial(subprocess.run, health_check(port), env=own_database.env, stderr=subprocess.DEVNULL)
        wait_for(lambda: healthy().returncode == 0, web, logs=tmp_path)
        ask = urllib.request.Request(f"http://127.0.0.1:{port}/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
        with urllib.request.urlopen(ask, timeout=20) as figures:
            assert b"partners_sending_is_on 1.0" in figures.read()
        with pytest.raises(HTTPError) as answer:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=20)
        assert json.load(answer.value)["checks"]["database"] == {"state": "ok"}
        forwarded = {"X-Forwarded-Proto": "https", "X-Request-ID": "by-the-proxy"}
        page = urllib.request.Request(f"http://127.0.0.1:{port}/help/?q=anna@example.ru", headers=forwarded)
        with pytest.raises(HTTPError, match="400"):  # past the probes the host counts
            urllib.request.urlopen(page, timeout=20)
        web.terminate()
        web.wait(20)
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert {"gunicorn.error", "skorozvon_partners.request_log"} <= {line["logger"] for line in lines}
    assert [(line["request_id"], line["status"]) for line in lines if line["event"] == "request"] == [
        ("by-the-proxy", 400)
    ]
    assert "anna@example.ru" not in log.read_text()
