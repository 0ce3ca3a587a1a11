"""The service's emulator for tests: a process of its own, on a free port, with data and keys of its own."""

import json
from collections.abc import Sequence
from typing import Any, Self

from tests.emulators.process import EmulatorProcess

PASSWORD = "service-password"


class Service:
    """Runs from `with Service(portal=…) as service:` to the end of the block; `stop()` and `start()` in between keep
    address, data and keys. What the control API refuses raises urllib's HTTPError.
    """

    def __init__(self, portal: str = "http://127.0.0.1:8000", *, demo: bool = False, deliver_to: str = "") -> None:
        self.portal = portal
        self._words = ["--portal", portal, *(["--demo"] if demo else [])]
        self._words += ["--deliver-to", deliver_to] if deliver_to else []
        self._emulator = EmulatorProcess("emulators.service")
        self.port, self.url = self._emulator.port, self._emulator.url
        self.keys_file = self._emulator.keys_file
        self.secret = self._emulator.keys["SKOROZVON_SECRET"]
        self.sso_public_key = self._emulator.keys["SKOROZVON_SSO_PUBLIC_KEY"]

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._emulator.remove()

    @property
    def settings(self) -> dict[str, str]:
        """What the portal has to be told, as environment or as Django settings."""
        return {"SKOROZVON_URL": self.url, **self._emulator.keys}

    @property
    def log(self) -> str:
        return self._emulator.log

    def start(self) -> None:
        self._emulator.start(*self._words)

    def stop(self) -> int:
        """Ends the process as an operator does; returns its exit status, 0 when it was not running."""
        return self._emulator.stop()

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
        return self._emulator.read(f"/events.jsonl?after={after}")

    def journal(self) -> dict[str, Any]:
        """`calls`: each with at, method, path, body (no password), outcome, status (None: no answer) and fault;
        `credits`: each with account_id, amount, key and created_at; `deliveries`: attempts to deliver the feed, each
        with at, message_id, events, status (None: no answer) and results. Oldest first. `faults`: how many of each.
        """
        return self.control("journal", None)

    def reset(self) -> None:
        """Forgets accounts, events, journal and faults."""
        self.control("reset", {})

    def control(self, name: str, given: dict[str, Any] | None) -> dict[str, Any]:
        """One call of the control API: POST, or GET when nothing is given."""
        return self._emulator.control(name, given)
