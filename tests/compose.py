"""The portal's processes as production starts them: tests take the very commands out of docker-compose.yml."""

import socket
import subprocess
import time
from pathlib import Path
from typing import Any

import yaml

COMPOSE_FILE = Path(__file__).resolve().parent.parent / "docker-compose.yml"


def services() -> dict[str, Any]:
    return yaml.safe_load(COMPOSE_FILE.read_text(encoding="utf-8"))["services"]


def compose_command(service: str, *, port: int | None = None) -> list[str]:
    """The command line of `web`, `worker`, `beat` or `migrate`; with `port`, `web` listens there, and locally."""
    command = services()[service]["command"]
    return [f"127.0.0.1:{port}" if port and word == "0.0.0.0:8000" else word for word in command]


def health_check(port: int) -> list[str]:
    """The command by which compose looks whether `web` is well, asking at that port."""
    check = services()["web"]["healthcheck"]["test"][1:]
    return [word.replace("127.0.0.1:8000", f"127.0.0.1:{port}") for word in check]


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def wait_for_port(port: int, process: subprocess.Popen[Any], seconds: float = 30) -> None:
    """Returns once something answers at `port`; raises where `process` has ended or time is up."""
    until = time.monotonic() + seconds
    while time.monotonic() < until and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise AssertionError(f"nothing answers at port {port}; exit status: {process.poll()}")
