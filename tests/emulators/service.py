"""The service's emulator for tests: a process of its own, on a free port, with data and keys of its own."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self
from urllib.request import ProxyHandler, Request, build_opener

from tests.compose import free_port, wait_for_port
from tests.databases import ROOT, environment

PASSWORD = "service-password"
# Without proxies, whatever the developer's shell names.
_OPENER = build_opener(ProxyHandler({}))


class Service:
    """Runs from `with Service(portal=…) as service:` to the end of the block; `stop()` and `start()` in between keep
    address, data and keys. What the control API refuses raises urllib's HTTPError.
    """

    def __init__(self, portal: str = "http://127.0.0.1:8000", *, demo: bool = False) -> None:
        self.portal = portal
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._demo = demo
        self._folder = tempfile.TemporaryDirectory()
        self._process: subprocess.Popen[bytes] | None = None
        self.keys_file = Path(self._folder.name) / "keys.json"
        made = self._run("keys", str(self.keys_file), "--env")
        self.secret, self.sso_public_key = (line.partition("=")[2] for line in made.splitlines())

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self._folder.cleanup()

    @property
    def settings(self) -> dict[str, str]:
        """What the portal has to be told, as environment or as Django settings."""
        return {
            "SKOROZVON_URL": self.url,
            "SKOROZVON_SECRET": self.secret,
            "SKOROZVON_SSO_PUBLIC_KEY": self.sso_public_key,
        }

    @property
    def log(self) -> str:
        return (Path(self._folder.name) / "service.log").read_text(encoding="utf-8")

    def start(self) -> None:
        folder = Path(self._folder.name)
        words = ["--port", str(self.port), "--data", str(folder / "data.sqlite3"), "--portal", self.portal]
        words += ["--keys", str(self.keys_file), *(["--demo"] if self._demo else [])]
        with (folder / "service.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "emulators.service", *words], cwd=ROOT, env=environment(), stdout=log, stderr=log
            )
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

    def create_account(
        self, email: str, *, name: str = "Иван Иванов", password: str = PASSWORD, **given: str | None
    ) -> dict[str, str]:
        """Registers an account, which the feed tells of. Also: id, phone, inn, ref, promo_code, registered_at.

        Returns id, email, name, phone and inn.
        """
        about = {"email": email, "name": name, "password": password, "phone": "+7 900 000-00-00"}
        return self.control("accounts", about | given)["account"]

    def charge(
        self,
        account_id: str,
        amount: str,
        *,
        kind: str = "subscription",
        payment_confirmed: bool = True,
        occurred_at: str | None = None,
    ) -> str:
        """Debits an account and returns the charge's id."""
        about = {"account_id": account_id, "amount": amount, "kind": kind, "payment_confirmed": payment_confirmed}
        return self.control("charges", about | {"occurred_at": occurred_at})["charge"]["id"]

    def confirm(self, charge_id: str, *, occurred_at: str | None = None) -> None:
        self.control("confirmations", {"charge_id": charge_id, "occurred_at": occurred_at})

    def refund(self, charge_id: str, amount: str, *, occurred_at: str | None = None) -> str:
        """Gives money back and returns the refund's id."""
        given = {"charge_id": charge_id, "amount": amount, "occurred_at": occurred_at}
        return self.control("refunds", given)["refund"]["id"]

    def apply_promo_code(self, account_id: str, promo_code: str, *, occurred_at: str | None = None) -> None:
        given = {"account_id": account_id, "promo_code": promo_code, "occurred_at": occurred_at}
        self.control("promo-codes", given)

    def sign_on_url(self, account_id: str, **changes: Any) -> str:
        """A one-time link into the portal. Changes: expires_in (seconds, below zero for one that has run out), jti,
        audience, issuer, key="other" for a foreign signature.
        """
        return self.control("sign-on", {"account_id": account_id, **changes})["url"]

    def fault(self, kind: str, *, seconds: float = 5, times: int | None = None, paths: Sequence[str] = ()) -> None:
        """From now on, or `times` times, the API misbehaves: one of `emulators.faults.KINDS`; none ends it.

        With `paths` only where a path begins so.
        """
        self.control("faults", {"kind": kind, "seconds": seconds, "times": times, "paths": list(paths)})

    def random_faults(
        self, seed: int, chances: dict[str, float], *, seconds: float = 1, paths: Sequence[str] = ()
    ) -> None:
        """From now on each call draws its fault; the same seed draws the same ones in the same order of calls."""
        self.control("faults", {"random": chances, "seed": seed, "seconds": seconds, "paths": list(paths)})

    def events(self, *, after: int = 0) -> list[dict[str, Any]]:
        """The feed so far, oldest first."""
        return [json.loads(line) for line in self.events_file(after=after).splitlines()]

    def events_file(self, *, after: int = 0) -> bytes:
        """The same as JSON Lines, as `import_events` reads them."""
        with _OPENER.open(f"{self.url}/events.jsonl?after={after}", timeout=30) as answer:
            return answer.read()

    def journal(self) -> dict[str, Any]:
        """`calls`: each with at, method, path, body (no password), outcome, status (None: no answer) and fault;
        `credits`: each with account_id, amount, key and created_at. Oldest first. `faults`: how many of each kind.
        """
        return self.control("journal", None)

    def reset(self) -> None:
        """Forgets accounts, events, journal and faults."""
        self.control("reset", {})

    def control(self, name: str, given: dict[str, Any] | None) -> dict[str, Any]:
        """One call of the control API: POST, or GET when nothing is given."""
        body = None if given is None else json.dumps(given).encode()
        request = Request(f"{self.url}/control/{name}", data=body, headers={"Content-Type": "application/json"})
        with _OPENER.open(request, timeout=30) as answer:
            return json.load(answer)

    def _run(self, *words: str) -> str:
        return subprocess.run(
            [sys.executable, "-m", "emulators.service", *words],
            cwd=ROOT,
            env=environment(),
            stdout=subprocess.PIPE,
            encoding="utf-8",
            check=True,
        ).stdout
