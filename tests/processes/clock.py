"""A celery process under a false wall clock: `python -m tests.processes.clock celery -A skorozvon_partners beat`.

It loads everything, says "ready", and goes on when told on its standard input what time to believe it is, as
`<false moment> <real moment>`. Processes that are told the same believe the same, to well below a millisecond.
"""

import datetime as dt
import importlib
import sys
import time
from collections.abc import Sequence

import django
import time_machine
from celery.__main__ import main

from tests.processes.running import Process

_LOADED_BEFORE = ["celery.bin.celery", "celery.beat", "celery.apps.worker", "kombu.transport.redis", "referrals.tasks"]


def command(argv: Sequence[str]) -> list[str]:
    """The same process, but under the false clock."""
    return [sys.executable, "-m", "tests.processes.clock", *argv]


def begin(at: str, processes: Sequence[Process]) -> None:
    """It is `at` now, for all of these."""
    now = time.time()
    for process in processes:
        assert process.stdin
        process.stdin.write(f"{at} {now}\n".encode())
        process.stdin.flush()


def _run() -> None:
    django.setup()
    for module in (
        "celery.bin.celery",
        "celery.beat",
        "celery.apps.worker",
        "kombu.transport.redis",
        "referrals.tasks",
    ):
        importlib.import_module(module)
    print("ready", flush=True)
    false, real = sys.stdin.readline().split()
    sys.argv = sys.argv[1:]
    # An offset, not a zone: time_machine would set TZ after a zone.
    begun = dt.datetime.fromisoformat(false)
    time_machine.travel(begun + dt.timedelta(seconds=time.time() - float(real)), tick=True).start()
    main()


if __name__ == "__main__":
    _run()
