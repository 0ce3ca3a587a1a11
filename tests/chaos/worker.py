"""A worker that does nothing but send and ask, by a clock that runs faster than ours; killed, it is replaced at once.

`python -m tests.chaos.worker PIDS BEGAN SPEED`: each new worker writes its number into the file PIDS; BEGAN is when the
two clocks agreed, as a Unix time.
"""

import datetime as dt
import os
import sys
import time
from pathlib import Path


def _work(began: float, speed: float) -> None:
    from payouts import sending

    while True:
        now = began + (time.time() - began) * speed
        sending.run_due(now=dt.datetime.fromtimestamp(now, dt.UTC))
        time.sleep(0.02)


def main(pids: Path, began: float, speed: float) -> None:
    import django

    django.setup()
    import payouts.sending  # noqa: F401 - loaded once, for all workers

    while True:
        pid = os.fork()
        if pid == 0:
            _work(began, speed)
        pids.write_text(str(pid))
        status = os.waitpid(pid, 0)[1]
        if not os.WIFSIGNALED(status):
            sys.exit("a worker has ended by itself")


if __name__ == "__main__":
    main(Path(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3]))
