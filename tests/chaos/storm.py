"""One storm: withdrawals, faults, kills; then calm, thirty minutes, the comparison, and both journals side by side."""

import json
import os
import random
import signal
import sys
import time
from collections import Counter
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.databases import OwnDatabase
from tests.emulators.solar_staff import SolarStaff
from tests.processes.forking import Forks
from tests.processes.running import running

_WORKERS = 2
_SPEED = 60  # a second of ours is a minute of theirs
_FAULTS = {
    "down": 0.06,
    "drop_after": 0.06,
    "cut_after": 0.03,
    "error": 0.04,
    "error_after": 0.04,
    "html": 0.02,
    "html_after": 0.02,
    "wrong_json": 0.02,
    "wrong_json_after": 0.02,
    "hang": 0.01,
    "hang_after": 0.01,
    "slow": 0.01,
}
_OUTCOMES = {"waiting": 0.1, "partly": 0.05, "declined": 0.05, "refused": 0.05, "refunded": 0.03}
_A_PERSON = 40  # withdrawals; no more of them than a card takes in a month


@dataclass
class Aftermath:
    """What a storm left behind."""

    wrong: list[str] = field(default_factory=list)  # sentences; empty: the journals agree one to one
    states: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    kills: int = 0
    sent_again: int = 0
    seconds: float = 0


def rage(
    number: int, *, duplicates: str, seed: int, on: OwnDatabase, provider: SolarStaff, server: Forks, folder: Path
) -> Aftermath:
    """So many withdrawals through a storm. The same seed asks for the same sums and orders the same faults."""
    dice = random.Random(seed)
    began, aftermath = time.time(), Aftermath()
    provider.reset()
    provider.duplicates(duplicates)
    _ask(number, dice, on, provider, server)
    provider.random_faults(seed, _FAULTS, seconds=0.5)
    provider.random_outcomes(seed, _OUTCOMES, seconds=20)
    env = on.env | provider.settings
    clock = time.time()
    with ExitStack() as stack:
        workers = []
        for each in range(_WORKERS):
            pids = folder / f"worker-{each}.pid"
            command = [sys.executable, "-m", "tests.chaos.worker", str(pids), str(clock), str(_SPEED)]
            workers.append((stack.enter_context(running(command, env, folder / f"worker-{each}.log")), pids))
        # Until each has been sent once, and then for another half an hour of theirs.
        unsent = "SELECT COUNT(*) FROM payouts_withdrawal WHERE state = 'approved' AND sendings = 0"
        until = None
        while until is None or time.time() < until:
            time.sleep(dice.uniform(0.1, 0.8))
            if until is None and on.query(unsent) == [(0,)]:
                until = time.time() + 30 * 60 / _SPEED
            process, pids = dice.choice(workers)
            assert process.poll() is None, (folder / pids.name).with_suffix(".log").read_text()[-3_000:]
            if pids.exists() and (pid := pids.read_text()):
                with suppress(ProcessLookupError):
                    os.kill(int(pid), signal.SIGKILL)
                    aftermath.kills += 1
    aftermath.faults = Counter(provider.faults_by_kind())
    _calm(server, on, provider, minutes=(time.time() - clock) * _SPEED / 60)
    _compare(aftermath, on, provider)
    [(status, printed, problem)] = server.run(on, ["audit"]).commands
    if status:
        aftermath.wrong.append(f"audit: {printed}{problem}")
    aftermath.seconds = time.time() - began
    return aftermath


def _ask(number: int, dice: random.Random, on: OwnDatabase, provider: SolarStaff, server: Forks) -> None:
    people = []
    for each in range(-(-number // _A_PERSON)):
        worker = provider.register(f"person-{each}@example.ru")
        card = provider.link_card(worker)
        people.append({"code": f"person{each}", "kopecks": 300_000_00, "worker": worker, "card": card})
    asked = [
        (f"person{each // _A_PERSON}", dice.choice([1_00, 999_99, 1_000_00, 1_000_01, 4_321_09]))
        for each in range(number)
    ]
    server.run(on, ["do", "individuals", json.dumps(people)], ["do", "ask_and_approve_all", json.dumps(asked)])
    assert on.query("SELECT COUNT(*) FROM payouts_withdrawal WHERE state = 'approved'") == [(number,)]


def _calm(server: Forks, on: OwnDatabase, provider: SolarStaff, *, minutes: float) -> None:
    """The faults end; thirty minutes pass; the night's comparison runs."""
    provider.end_faults()
    provider.pays_at_once()
    provider.settle()
    sweeps = [["do", "send_due", str(minutes + minute)] for minute in range(0, 31, 2)]
    ended = server.run(on, *sweeps, ["do", "compare", str(minutes + 31)])
    assert all(status == 0 for status, *_ in ended.commands), ended


def _compare(aftermath: Aftermath, on: OwnDatabase, provider: SolarStaff) -> None:
    rows = on.query("SELECT payment_key, state, amount_kopecks, question, sendings FROM payouts_withdrawal")
    paid: dict[str, list[str]] = {}
    for line in provider.journal():
        if line["state"] in ("paid", "partly", "waiting"):
            paid.setdefault(line["merchant_transaction"], []).append(line["amount"])
    for key, state, kopecks, question, sendings in rows:
        key = str(key) if "-" in str(key) else f"{key[:8]}-{key[8:12]}-{key[12:16]}-{key[16:20]}-{key[20:]}"
        found = paid.pop(key, [])
        expected = [f"{kopecks // 100}.{kopecks % 100:02}"] if state == "paid" else []
        # Refunded ones are for a person, who finds that the money has come back.
        is_decided = state in ("paid", "returned") or (state == "unknown" and question)
        if found != expected or not is_decided:
            aftermath.wrong.append(f"{key}: {state} {question!r} for us, {found} for the provider")
        aftermath.states["for a person" if state == "unknown" else state] += 1
        aftermath.sent_again += sendings > 1
    aftermath.wrong += [f"{key}: unknown to us, {found} for the provider" for key, found in paid.items()]
