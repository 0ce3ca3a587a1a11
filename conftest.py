"""What every test may use, wherever it lives."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import hypothesis
import pytest
from pytest_django import DjangoDbBlocker

from tests.compose import free_port, wait_for_port
from tests.databases import OwnDatabase, let_flush_pass, postgres_database, sqlite_url

# The same examples in every run, so that a red test is red for everyone; `explore` looks further (`make oracle`).
hypothesis.settings.register_profile("tests", derandomize=True, database=None, deadline=None)
hypothesis.settings.register_profile("explore", database=None, deadline=None)
hypothesis.settings.load_profile("tests")


def _server() -> str:
    return os.environ["DATABASE_URL"]


# What an engine doesn't decide: who may open what, how the code is laid out, what an answer looks like.
_ONCE = (
    *("tests/emulators/", "tests/oracle/test_naive.py", "tests/api/test_contract.py", "tests/test_architecture.py"),
    *("tests/test_security.py", "tests/test_walls.py", "payouts/tests/test_admin_walls.py"),
    "skorozvon_partners/tests/test_roles.py",
)
# What takes long: begun last, it would be waited for alone.
_LONG = ("tests/oracle/", "tests/processes/", "tests/journeys/")


@pytest.hookimpl(tryfirst=True)  # before `-m` chooses by markers
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.get_closest_marker("browser") or item.nodeid.startswith(_ONCE):
            item.add_marker(pytest.mark.once)


class LongOnesFirst:
    """Also among the shuffled, whose plugin comes after the hook above."""

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items.sort(key=lambda item: not item.nodeid.startswith(_LONG))


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(LongOnesFirst())


@pytest.fixture(autouse=True)
def _nothing_cached() -> None:
    """What a test has counted or kept in this process is no other test's."""
    from django.core.cache import caches

    for cache in caches.all(initialized_only=True):
        cache.clear()


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("postgres") and not _server().startswith("postgres"):
        pytest.skip("needs PostgreSQL")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """pytest-django's, on a database that a transactional test can be cleaned up in."""
    from django.db import connection

    with django_db_blocker.unblock():
        let_flush_pass(connection)
    yield
    if connection.vendor == "postgresql":
        # A thread of the live server may have a session of its own yet: then the database could not be dropped.
        others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
        with django_db_blocker.unblock(), connection.cursor() as cursor:
            cursor.execute(f"{others} AND pid <> pg_backend_pid()")


@pytest.fixture(autouse=True)
def _nothing_remembered() -> Iterator[None]:
    """A process remembers codes, a salt and what doesn't answer for a while; a test starts as a new one."""
    from referrals import clicks, day_visitors, known_codes, pauses

    yield
    clicks.tell_lost()
    known_codes.forget()
    day_visitors.forget()
    pauses.database.end()
    pauses.redis.end()


@pytest.fixture(scope="session")
def _template(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A migrated database that `own_database` copies: migrating takes seconds, copying almost nothing."""
    if _server().startswith("postgres"):
        with postgres_database(_server(), "template") as url:
            OwnDatabase(url).manage("migrate", "--verbosity", "0")
            yield url
    else:
        url = sqlite_url(tmp_path_factory.mktemp("template") / "db.sqlite3")
        OwnDatabase(url).manage("migrate", "--verbosity", "0")
        yield url


@pytest.fixture
def own_database(_template: str, tmp_path: Path) -> Iterator[OwnDatabase]:
    """A fresh database on the engine of this run, for a test that starts processes; see `OwnDatabase`."""
    if _server().startswith("postgres"):
        with postgres_database(_server(), "own", template=_template.rpartition("/")[2]) as url:
            yield OwnDatabase(url)
    else:
        path = tmp_path / "db.sqlite3"
        shutil.copy(_template.removeprefix("sqlite:///"), path)
        yield OwnDatabase(sqlite_url(path))


@dataclass
class OwnRedis:
    url: str
    process: subprocess.Popen[bytes]


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[OwnRedis]:
    """A Redis that this test may stop, pause or flush."""
    if not (binary := shutil.which("redis-server")):
        pytest.skip("NO redis-server HERE: what a worker does was not tested")
    port = free_port()
    options = f"--bind 127.0.0.1 --port {port} --appendonly no --dir {tmp_path}".split()
    with (tmp_path / "redis.log").open("wb") as log:
        process = subprocess.Popen([binary, *options, "--save", ""], stdout=log, stderr=log)  # noqa: S603
    try:
        wait_for_port(port, process)
        yield OwnRedis(f"redis://127.0.0.1:{port}/0", process)
    finally:
        process.kill()
        process.wait()
