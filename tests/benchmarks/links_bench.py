"""A partner's link against a bare view that returns the same 302, on one server; then every click is looked for."""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.benchmarks import links_load
from tests.benchmarks.measuring import Cost, execute, rows, template
from tests.compose import compose_command, free_port, wait_for_port
from tests.databases import OwnDatabase, environment
from tests.processes.running import running

ROUNDS = 20  # short ones: a busy minute of the machine hits both sides
_SETTINGS = "tests.benchmarks.links_settings"
_FILL = """
INSERT INTO partners_user (id, email, account_id, full_name, phone, inn, password, is_superuser, is_staff, is_active)
VALUES (1, 'p@example.ru', 'p', 'Partner', '', '', '!', false, false, true);
INSERT INTO partners_partner (id, user_id, status, tariff, full_name, phone, inn, registered_at, website, channels,
                              comment, muted_notices)
VALUES (1, 1, 'active', 'legal', 'Partner', '', '', '2025-01-01+03', '', '[]', '', '[]');
INSERT INTO partners_code (id, value, partner_id, is_main) VALUES (1, 'code1', 1, true);
"""


def run(seconds: int) -> dict[str, Cost]:
    """Print how many requests a second each answers, the ratio, and whether all clicks were counted."""
    with (
        template(lambda url: execute(url, _FILL)) as url,
        _redis() as (redis_url, redis),
        _web(url, redis_url) as served,
    ):
        port, web = served
        paths = {"bare view": "/bare/code1", "link": "/p/code1"}
        for path in paths.values():  # threads start, connections open
            links_load.put(path, port, seconds=1)
        _flush(url, redis_url)
        execute(url, "DELETE FROM referrals_clickday", "DELETE FROM referrals_dayvisitor")
        answers: dict[str, list[links_load.Answers]] = {name: [] for name in paths}
        cpu = dict.fromkeys(paths, 0.0)
        memory = 0.0  # after the first round, when all threads are there
        for turn in range(ROUNDS):
            for name, path in paths.items():
                before = _cpu_seconds(web, redis)
                answers[name].append(links_load.put(path, port, seconds=seconds / ROUNDS))
                cpu[name] += _cpu_seconds(web, redis) - before
                memory = memory or _megabytes(web)
                print(f"  round {turn + 1}: {name} {answers[name][-1].per_second:,.0f}/s", file=sys.stderr, flush=True)
        grown = _megabytes(web) - memory
        _flush(url, redis_url)
        clicks, unique = rows(url, 'SELECT SUM(clicks), SUM("unique") FROM referrals_clickday')[0]
    for name, found in answers.items():
        if other := {head for each in found for head in each.heads} - {b"HTTP/1.1 302 Found"}:
            raise SystemExit(f"{name}: {other}")
    rates = {name: statistics.median(each.per_second for each in found) for name, found in answers.items()}
    ratio = statistics.median(link.per_second / bare.per_second for bare, link in zip(*answers.values(), strict=True))
    followed = sum(each.number for each in answers["link"])
    costs = {name: 1_000_000 * cpu[name] / sum(each.number for each in found) for name, found in answers.items()}
    print(f"links: bare view {rates['bare view']:,.0f}/s, link {rates['link']:,.0f}/s, {ratio:.2f} x")
    print(
        f"links: CPU of web and Redis: {costs['bare view']:.0f} and {costs['link']:.0f} µs each,"
        f" {costs['bare view'] / costs['link']:.2f} x; web's memory grew by {grown:.1f} of {memory:.0f} MB"
    )
    print(f"links: followed {followed:,} times, {clicks:,} clicks counted, {unique:,} unique")
    visitors = min(links_load.VISITORS, max(each.number for each in answers["link"]))
    if (clicks, unique) != (followed, visitors):
        raise SystemExit("Not every click was counted as it should be.")
    return {name: Cost(1 / rate) for name, rate in rates.items()}


@contextmanager
def _web(url: str, redis_url: str) -> Iterator[tuple[int, int]]:
    port = free_port()
    env = environment(DATABASE_URL=url, REDIS_URL=redis_url, DJANGO_SETTINGS_MODULE=_SETTINGS)
    with (
        tempfile.TemporaryDirectory() as folder,
        running(compose_command("web", port=port), env, Path(folder) / "web.log") as web,
    ):
        wait_for_port(port, web)
        yield port, web.pid


@contextmanager
def _redis() -> Iterator[tuple[str, int]]:
    if not (binary := shutil.which("redis-server")):
        raise SystemExit("This benchmark needs redis-server.")
    port = free_port()
    command = [binary, *f"--bind 127.0.0.1 --port {port} --appendonly no".split(), "--save", ""]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, start_new_session=True) as process:
        try:
            wait_for_port(port, process)
            yield f"redis://127.0.0.1:{port}/0", process.pid
        finally:
            process.kill()


def _flush(url: str, redis_url: str) -> None:
    code = "from django.utils import timezone; from referrals import clicks; clicks.flush(now=timezone.now())"
    OwnDatabase(url).manage("shell", "--no-imports", "--command", code, env={"REDIS_URL": redis_url})


def _stats(*groups: int) -> Iterator[list[str]]:
    """Of each process of these groups, what the kernel says from its state on."""
    for each in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            stat = each.read_text().rpartition(")")[2].split()
            if int(stat[2]) in groups:
                yield stat


def _cpu_seconds(*groups: int) -> float:
    return sum(int(stat[11]) + int(stat[12]) for stat in _stats(*groups)) / os.sysconf("SC_CLK_TCK")


def _megabytes(*groups: int) -> float:
    return sum(int(stat[21]) for stat in _stats(*groups)) * os.sysconf("SC_PAGE_SIZE") / 1_048_576
