"""An emulator for tests: a process of its own, on a free port, with data and keys of its own."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any
from urllib.request import ProxyHandler, Request, build_opener

from tests.compose import free_port, wait_for_port
from tests.databases import ROOT, environment

# Without proxies, whatever the developer's shell names.
_OPENER = build_opener(ProxyHandler({}))


class EmulatorProcess:
    """`python -m <module>` with its files in a folder that ends with `remove()`."""

    def __init__(self, module: str) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._module = module
        self._folder = tempfile.TemporaryDirectory()
        self._log = Path(self._folder.name) / "process.log"
        self._process: subprocess.Popen[bytes] | None = None
        self.keys_file = Path(self._folder.name) / "keys.json"
        made = subprocess.run(
            [sys.executable, "-m", module, "keys", str(self.keys_file), "--env"],
            cwd=ROOT,
            env=environment(),
            stdout=subprocess.PIPE,
            encoding="utf-8",
            check=True,
        ).stdout
        self.keys = dict(line.split("=", 1) for line in made.splitlines())

    @property
    def log(self) -> str:
        return self._log.read_text(encoding="utf-8")

    @property
    def pid(self) -> int:
        assert self._process, "not running"
        return self._process.pid

    def start(self, *words: str) -> None:
        command = [sys.executable, "-m", self._module, "--port", str(self.port), "--keys", str(self.keys_file)]
        command += ["--data", str(Path(self._folder.name) / "data.sqlite3"), *words]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(command, cwd=ROOT, env=environment(), stdout=log, stderr=log)
        wait_for_port(self.port, self._process)

    def stop(self) -> int:
        """Ends the process as an operator does; returns its exit status, 0 when it was not running."""
        if self._process is None:
            return 0
        self._process.terminate()
        try:
            return self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            raise
        finally:
            self._process = None

    def kill(self) -> None:
        """Ends the process as a crash does."""
        assert self._process, "not running"
        self._process.kill()
        self._process.wait()
        self._process = None

    def remove(self) -> None:
        self.stop()
        self._folder.cleanup()

    def control(self, name: str, given: dict[str, Any] | None) -> dict[str, Any]:
        """One call of the control API: POST, or GET when nothing is given. Raises HTTPError where it is refused."""
        body = None if given is None else json.dumps(given).encode()
        request = Request(f"{self.url}/control/{name}", data=body, headers={"Content-Type": "application/json"})
        with _OPENER.open(request, timeout=60) as answer:
            return json.load(answer)

    def read(self, path: str) -> bytes:
        """What a page of the emulator holds."""
        with _OPENER.open(self.url + path, timeout=60) as answer:
            return answer.read()
