"""Handing events over to a command, for whom HTTP is no way."""

import subprocess
import sys
from pathlib import Path

from tests.databases import ROOT, environment
from tests.emulators.service import Service
from tests.processes.running import wait_for

# Appends what it reads to a file, and fails the first time.
_READER = """
import pathlib, sys
seen, failed = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[1] + ".failed")
if not failed.exists():
    failed.touch()
    sys.exit(3)
seen.open("ab").write(sys.stdin.buffer.read())
"""


def test_every_event_reaches_the_command_once_although_it_failed_at_first(tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    with Service() as service:
        account = service.create_account("anna@example.ru")
        command = [sys.executable, "-m", "emulators.service", "feed", "--service", service.url]
        follower = subprocess.Popen(
            [*command, "--", sys.executable, "-c", _READER, str(seen)], cwd=ROOT, env=environment()
        )
        try:
            wait_for(seen.exists, follower, logs=tmp_path)
            service.charge(account["id"], "100.00")
            wait_for(lambda: seen.read_bytes().count(b"\n") == 2, follower, logs=tmp_path)
            assert seen.read_bytes() == service.events_file()
        finally:
            follower.terminate()
            follower.wait()
