"""Real input with expected results: each folder of `scenarios/` is played through the commands."""

import json
import random
import re
import shlex
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.management import call_command

from tests.databases import ROOT
from tests.delivering import SECRET, batches, deliver_over_http
from tests.factories import NOW

SCENARIOS = ROOT / "tests" / "scenarios"
FOLDERS = sorted(folder for folder in SCENARIOS.iterdir() if folder.is_dir())

each_scenario = pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)


@pytest.fixture(autouse=True)
def _after_all_of_it(db: None) -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


def run(*arguments: str) -> str:
    """What the command prints; any status but 0 is a CommandError."""
    printed = StringIO()
    call_command(*arguments, stdout=printed, stderr=StringIO())
    return printed.getvalue()


def steps(folder: Path) -> list[list[str]]:
    return [shlex.split(line) for line in (folder / "steps.txt").read_text().splitlines()]


def books() -> dict[str, Any]:
    accounts = [json.loads(line) for line in run("statement", "--all", "--format", "json").splitlines()]
    return {
        account["partner"]: {
            "balance_kopecks": account["balance_kopecks"],
            "accrued_kopecks": account["accrued_kopecks"],
            "rewards": [
                {name: value for name, value in reward.items() if name != "terms"} for reward in account["rewards"]
            ],
        }
        for account in accounts
    }


def expected(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "expected.json").read_text())


def test_the_readme_describes_every_scenario() -> None:
    described = re.findall(r"^\| (`.+`) \|", (SCENARIOS / "README.md").read_text(), re.MULTILINE)
    assert sorted(re.findall(r"`([\w-]+)`", " ".join(described))) == [folder.name for folder in FOLDERS]


@each_scenario
def test_a_scenario_ends_in_the_expected_books(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    for step in steps(folder):
        run(*step)
    assert books() == expected(folder)


@each_scenario
def test_a_scenario_with_every_step_run_twice_ends_in_the_same_books(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    for step in steps(folder):
        run(*step)
        run(*step)
    assert books() == expected(folder)


@each_scenario
def test_a_scenario_with_every_file_backwards_ends_in_the_same_books(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for file in folder.glob("*.jsonl"):
        backwards = reversed(file.read_text().splitlines(keepends=True))
        (tmp_path / file.name).write_text("".join(backwards))
    monkeypatch.chdir(tmp_path)
    for step in steps(folder):
        run(*step)
    assert books() == expected(folder)


@each_scenario
@pytest.mark.parametrize("seed", [1, 2])
def test_a_scenario_delivered_over_http_in_random_batches_ends_in_the_same_books(
    folder: Path, seed: int, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    chance = random.Random(seed)
    settings.SKOROZVON_SECRET = SECRET
    monkeypatch.chdir(folder)
    for step in steps(folder):
        if step[0] != "import_events":
            run(*step)
            continue
        events = [json.loads(line) for line in Path(step[1]).read_text().splitlines()]
        results = [result for batch in batches(events, chance) for result in deliver_over_http(batch)]
        assert set(results) <= {"accepted", "duplicate", "waiting"}
    assert books() == expected(folder)


@each_scenario
def test_the_audit_finds_nothing_after_any_step(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    for step in steps(folder):
        run(*step)
        assert run("audit") == ""
