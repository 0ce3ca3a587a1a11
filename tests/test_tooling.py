"""The files around the code agree with each other and with what is fixed; the test fixtures keep their word."""

import re
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import redis
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.test import override_settings

from conftest import OwnRedis
from partners.models import Terms
from referrals.models import Month
from skorozvon_partners import checks
from tests.compose import compose_command, services
from tests.databases import ROOT, OwnDatabase, environment


def test_compose_starts_web_worker_and_beat() -> None:
    assert compose_command("web")[:4] == ["gunicorn", "skorozvon_partners.wsgi", "--bind", "0.0.0.0:8000"]
    assert compose_command("web", port=8123)[3] == "127.0.0.1:8123"
    worker = ["celery", "-A", "skorozvon_partners", "worker", "--queues"]
    assert compose_command("worker") == [*worker, "celery,clicks", "--loglevel", "INFO"]
    assert compose_command("clicks") == [*worker, "clicks", "--pool", "solo", "--loglevel", "INFO"]
    assert compose_command("beat") == ["celery", "-A", "skorozvon_partners", "beat", "--loglevel", "INFO"]
    assert compose_command("migrate") == ["python", "manage.py", "migrate", "--noinput"]


def test_compose_commands_are_lists_of_words_without_variables() -> None:
    commands = [service["command"] for service in services().values() if "command" in service]
    assert all(isinstance(word, str) and "$" not in word for command in commands for word in command)


def test_compose_gives_no_secret_a_default() -> None:
    environment = services()["web"]["environment"] | services()["postgres"]["environment"]
    secrets = {name: value for name, value in environment.items() if re.search("SECRET|PASSWORD|KEY|TOKEN", name)}
    assert {"SECRET_KEY", "POSTGRES_PASSWORD"} <= set(secrets)
    # Asked for, or empty, which switches off what it is for.
    assert all(re.fullmatch(r"\$\{\w+:(\?.+|-)\}", value) for value in secrets.values())


def test_compose_gives_containers_what_the_settings_know_and_the_file_of_the_operator() -> None:
    read = set(re.findall(r'env\.\w+\(\s*"(\w+)"', (ROOT / "skorozvon_partners/settings.py").read_text()))
    for name in ("web", "worker", "clicks", "beat", "migrate"):
        service = services()[name]
        assert service["environment"].keys() - read == set()
        assert service["environment"]["DEBUG"] == "0"  # whatever a developer's file says
        assert service["env_file"] == [{"path": ".env", "required": False}]


def test_everything_that_runs_on_has_a_health_check() -> None:
    assert {name for name, service in services().items() if "healthcheck" not in service} == {"migrate"}


def test_image_starts_the_web_process_of_compose() -> None:
    words = re.search(r"^CMD \[(.+)\]$", (ROOT / "Dockerfile").read_text(), re.MULTILINE | re.DOTALL)
    assert words
    assert re.findall(r'"(.*?)"', words[1]) == compose_command("web")


@pytest.mark.parametrize(
    ("file", "fixed"),
    [
        ("requirements.txt", "django djangorestframework celery redis psycopg2-binary django-environ"),
        ("requirements-dev.txt", "pytest-django factory-boy"),
    ],
)
def test_requirements_pin_with_hashes_what_the_customer_fixed(file: str, fixed: str) -> None:
    pins = dict(re.findall(r"^([\w.-]+)==(\S+) \\\n    --hash=sha256:", (ROOT / file).read_text(), re.MULTILINE))
    assert set(fixed.split()) <= set(pins)
    assert pins.get("django", "5.2").startswith("5.2")


def test_make_help_lists_every_target_with_a_sentence() -> None:
    makefile = (ROOT / "Makefile").read_text()
    targets = " ".join(re.findall(r"^\.PHONY: (.+)$", makefile, re.MULTILINE)).split()
    shown = subprocess.run(["make"], cwd=ROOT, env=environment(), capture_output=True, encoding="utf-8", check=True)
    assert re.findall(r"^  ([\w-]+) +\S+ ", shown.stdout, re.MULTILINE) == targets


def test_no_file_names_a_folder_of_somebodys_machine() -> None:
    files = [path for pattern in ("*.py", "*.html") for path in ROOT.rglob(pattern) if _ours(path)]
    private = re.compile(r"(?<![\w.:/-])/(?:home|root|Users|work|opt)/\w")
    assert [str(path.relative_to(ROOT)) for path in files if private.search(path.read_text(encoding="utf-8"))] == []


def _ours(path: Path) -> bool:
    return not any(part.startswith(".") or part in {"var", "staticfiles"} for part in path.relative_to(ROOT).parts)


@override_settings(SECRET_KEY="", ALLOWED_HOSTS=[], DEBUG=False)
def test_operator_reads_how_to_set_what_is_missing() -> None:
    assert [error.id for error in checks.production_settings(None)] == ["skorozvon.E001", "skorozvon.E002"]
    with pytest.raises(ImproperlyConfigured, match=r"Не задан SECRET_KEY.*Не задан ALLOWED_HOSTS"):
        checks.refuse_to_start()


def test_nothing_is_missing_from_a_complete_configuration() -> None:
    assert checks.production_settings(None) == []


@pytest.mark.processes
def test_check_of_an_empty_environment_says_what_to_set_until_nothing_is_left(tmp_path: Path) -> None:
    given: dict[str, str] = {}
    for name, value in [
        ("SECRET_KEY", "x1y2z3" * 10),
        ("ALLOWED_HOSTS", "partners.example.ru"),
        ("DATABASE_URL", f"sqlite:///{tmp_path / 'db.sqlite3'}"),
        ("EMAIL_URL", "smtp://mail.example.ru"),
        ("STAFF_ALERT_EMAILS", "staff@example.ru"),
    ]:
        status, said = deployment_check(given)
        assert status == 1
        assert f"Не задан {name}" in said
        given[name] = value
    assert deployment_check(given) == (0, "System check identified no issues (0 silenced).")


def deployment_check(given: dict[str, str]) -> tuple[int, str]:
    env = environment(**{"DJANGO_SETTINGS_MODULE": "skorozvon_partners.settings", "SECRET_KEY": "", **given})
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    ended = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, encoding="utf-8", timeout=60)
    return ended.returncode, (ended.stdout + ended.stderr).strip()


def test_folder_of_the_database_that_is_not_there_is_named(tmp_path: Path) -> None:
    for folder, problems in ((tmp_path, []), (tmp_path / "none", ["skorozvon.E009"])):
        database = {"ENGINE": "django.db.backends.sqlite3", "NAME": str(folder / "db.sqlite3")}
        assert [problem.id for problem in checks.of_the_database(database)] == problems


@override_settings(SOLAR_STAFF_URL="https://api.example.com", SOLAR_STAFF_CLIENT_ID="6")
def test_payouts_to_cards_need_every_key_of_the_provider() -> None:
    (error,) = checks.production_settings(None)
    assert error.id == "skorozvon.E007"
    assert "не SOLAR_STAFF_SALT, SOLAR_STAFF_TODO_TYPE:" in error.msg


@override_settings(SOLAR_STAFF_CLIENT_ID="6", SOLAR_STAFF_SALT="salt", SOLAR_STAFF_TODO_TYPE="20")
@pytest.mark.parametrize(
    ("url", "problems"),
    [
        ("", []),
        ("https://api.example.com", []),
        ("http://127.0.0.1:8200", []),
        ("http://api.example.com", ["skorozvon.E006"]),
        ("api.example.com", ["skorozvon.E006"]),
        ("https://[api.example.com", ["skorozvon.E006"]),
    ],
)
def test_payments_go_only_to_an_address_that_is_safe(url: str, problems: list[str]) -> None:
    with override_settings(SOLAR_STAFF_URL=url):
        assert [problem.id for problem in checks.production_settings(None)] == problems


@pytest.mark.processes
@pytest.mark.parametrize("service", ["web", "worker", "beat"])
def test_process_without_a_secret_key_ends_at_once_and_says_why(service: str) -> None:
    env = environment(DJANGO_SETTINGS_MODULE="skorozvon_partners.settings", SECRET_KEY="", ALLOWED_HOSTS="localhost")
    ended = subprocess.run(
        compose_command(service, port=0), cwd=ROOT, env=env, capture_output=True, encoding="utf-8", timeout=60
    )
    assert ended.returncode != 0
    assert "Не задан SECRET_KEY" in ended.stderr


@pytest.mark.processes
@pytest.mark.parametrize(
    "command",
    [
        *(
            "import_partners -",
            "import_events -",
            "close_month 2026-10",
            "close_due_months",
            "statement --all",
            "audit",
        ),
        *("verify_month 2026-10", "sending"),
    ],
)
def test_command_without_a_secret_key_does_nothing_and_says_why(command: str, tmp_path: Path) -> None:
    database = tmp_path / "db.sqlite3"
    env = environment(
        DJANGO_SETTINGS_MODULE="skorozvon_partners.settings",
        SECRET_KEY="",
        ALLOWED_HOSTS="localhost",
        DATABASE_URL=f"sqlite:///{database}",
    )
    ended = subprocess.run(
        [sys.executable, "manage.py", *command.split()], cwd=ROOT, env=env, input="", capture_output=True, text=True
    )
    assert ended.returncode != 0
    assert "Не задан SECRET_KEY" in ended.stderr
    assert not database.exists()


@pytest.mark.django_db(transaction=True)
def test_flush_after_a_transactional_test_empties_guarded_tables_and_leaves_what_migrations_made() -> None:
    terms = list(Terms.objects.values())
    Month.objects.create(starts_on=date(2026, 1, 1), frozen_at=datetime(2026, 2, 1, tzinfo=UTC))
    call_command("flush", interactive=False, verbosity=0)
    assert not Month.objects.exists()
    assert list(Terms.objects.values()) == terms
    assert len(terms) == 2


@pytest.mark.django_db
def test_guards_hold_while_a_test_runs() -> None:
    Month.objects.create(starts_on=date(2026, 1, 1), frozen_at=datetime(2026, 2, 1, tzinfo=UTC))
    sql = {"postgresql": "TRUNCATE referrals_month CASCADE", "sqlite": "DELETE FROM referrals_month"}[connection.vendor]
    with pytest.raises(DatabaseError, match=r"never changes|only added"), transaction.atomic():
        connection.cursor().execute(sql)


@pytest.mark.processes
def test_own_database_is_migrated_and_survives_a_process(own_database: OwnDatabase) -> None:
    code = "from partners.models import User; User.objects.create(email='a@example.com')"
    own_database.manage("shell", "--no-imports", "--command", code)
    assert own_database.query("SELECT email FROM partners_user WHERE email = %s", ("a@example.com",)) == [
        ("a@example.com",)
    ]
    assert own_database.query("SELECT COUNT(*) FROM partners_terms") == [(2,)]
    assert own_database.manage("no_such_command", check=False).returncode == 1


@pytest.mark.processes
def test_own_database_is_new_for_each_test(own_database: OwnDatabase) -> None:
    assert own_database.query("SELECT COUNT(*) FROM partners_user") == [(0,)]


@pytest.mark.processes
def test_own_redis_answers_and_may_be_killed(own_redis: OwnRedis) -> None:
    assert redis.Redis.from_url(own_redis.url).ping()
    own_redis.process.kill()
    own_redis.process.wait()
    with pytest.raises(redis.ConnectionError):
        redis.Redis.from_url(own_redis.url).ping()
