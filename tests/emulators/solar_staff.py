"""Solar Staff's emulator for tests: a process of its own, on a free port, with data and keys of its own."""

from collections.abc import Iterator, Sequence
from typing import Any, Self

from tests.emulators.process import EmulatorProcess


class SolarStaff:
    """Runs from `with SolarStaff() as solar_staff:` to the end of the block; `stop()` and `start()` in between keep
    address, data and keys, and forget faults and outcomes. What the control API refuses raises urllib's HTTPError.
    """

    def __init__(self) -> None:
        self._emulator = EmulatorProcess("emulators.solar_staff")
        self.url = self._emulator.url
        self.client_id = self._emulator.keys["SOLAR_STAFF_CLIENT_ID"]
        self.salt = self._emulator.keys["SOLAR_STAFF_SALT"]

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._emulator.remove()

    @property
    def settings(self) -> dict[str, str]:
        """What the portal has to be told, as environment or as Django settings."""
        return {"SOLAR_STAFF_URL": self.url, **self._emulator.keys}

    @property
    def log(self) -> str:
        return self._emulator.log

    @property
    def pid(self) -> int:
        return self._emulator.pid

    def start(self) -> None:
        self._emulator.start()

    def stop(self) -> int:
        """Ends the process as an operator does; returns its exit status, 0 when it was not running."""
        return self._emulator.stop()

    def kill(self) -> None:
        """Ends the process as a crash does; what it paid it has paid."""
        self._emulator.kill()

    def reset(self) -> None:
        """As with a new data file: nobody, nothing, a balance of ten million; no faults, outcomes, modes, shift."""
        self._emulator.control("reset", {})

    # --- People -------------------------------------------------------------------------------------------------------

    def invite(self, email: str) -> int:
        """Somebody who has not registered yet; returns the worker's id."""
        return self._emulator.control("workers", {"email": email, "registered": False})["worker"]["worker_id"]

    def register(self, email: str) -> int:
        """Somebody who has registered, invited or not; returns the worker's id."""
        return self._emulator.control("workers", {"email": email})["worker"]["worker_id"]

    def link_card(self, worker_id: int, *, number: str = "4000000000001234", verify_status_id: int = 4) -> int:
        """A card without the page behind `terminal_url`; returns its id."""
        given = {"worker_id": worker_id, "number": number, "verify_status_id": verify_status_id}
        return self._emulator.control("cards", given)["card"]["card_id"]

    def set_card_status(self, card_id: int, verify_status_id: int) -> None:
        """1 started, 2 to be confirmed, 4 linked, 5 blocked, 6 can't be linked."""
        self._emulator.control("card-statuses", {"card_id": card_id, "verify_status_id": verify_status_id})

    def workers(self) -> list[dict[str, Any]]:
        """Newest first: worker_id, email, status, balance (their own, "0.00") and cards as in `cards_list`."""
        return self._emulator.control("workers", None)["workers"]

    # --- What happens to calls and payouts ----------------------------------------------------------------------------

    def fault(self, kind: str, *, seconds: float = 5, times: int | None = None, paths: Sequence[str] = ()) -> None:
        """From now on, or `times` times, the API misbehaves: one of `emulators.faults.KINDS`; none ends it.

        With `paths`, as ["/v1/payment"], only where a path begins so.
        """
        self._emulator.control("faults", {"kind": kind, "seconds": seconds, "times": times, "paths": list(paths)})

    def random_faults(
        self, seed: int, chances: dict[str, float], *, seconds: float = 1, paths: Sequence[str] = ()
    ) -> None:
        """From now on each call draws its fault; the same seed draws the same ones in the same order of calls."""
        given = {"random": chances, "seed": seed, "seconds": seconds, "paths": list(paths)}
        self._emulator.control("faults", given)

    def end_faults(self) -> None:
        self.fault("none")

    def outcome(
        self, outcome: str, *, seconds: float | None = None, then: str = "paid", times: int | None = None
    ) -> None:
        """What becomes of payouts from now on: paid, waiting, partly, declined, refunded, refused.

        Waiting and partly paid ones become `then` (paid, declined, refunded) after so many seconds, or by `settle`.
        """
        given = {"outcome": outcome, "seconds": seconds, "then": then, "times": times}
        self._emulator.control("outcomes", given)

    def random_outcomes(self, seed: int, chances: dict[str, float], *, seconds: float | None = None) -> None:
        """From now on each payout draws what becomes of it, paid where it draws nothing."""
        self._emulator.control("outcomes", {"random": chances, "seed": seed, "seconds": seconds})

    def pays_later(self, *, seconds: float | None = None, times: int | None = None) -> None:
        """Payouts wait: so many seconds of the emulator's clock, or until `settle`."""
        self.outcome("waiting", seconds=seconds, times=times)

    def declines(self, *, times: int | None = None) -> None:
        self.outcome("declined", times=times)

    def refunds(self, *, times: int | None = None) -> None:
        self.outcome("refunded", times=times)

    def pays_partly(self, *, seconds: float | None = None, times: int | None = None) -> None:
        self.outcome("partly", seconds=seconds, times=times)

    def pays_at_once(self) -> None:
        """As usual; what waits goes on waiting."""
        self.outcome("paid")

    def settle(
        self,
        *,
        task_id: int | None = None,
        merchant_transaction: str | None = None,
        state: str = "paid",
        state_id: int | None = None,
    ) -> list[dict[str, Any]]:
        """Brings a payout, or all open ones, into a state: paid, partly, declined, refunded (also out of paid).

        `state_id` is its task's where it isn't the usual one (5, 4, 8, 10). Returns their lines of the journal.
        """
        given = {"task_id": task_id, "merchant_transaction": merchant_transaction, "state_id": state_id}
        chosen = {name: value for name, value in given.items() if value is not None}
        return self._emulator.control("settlements", {"state": state, **chosen})["payments"]

    def duplicates(self, mode: str) -> None:
        """What a repeated merchant_transaction brings: error, error_with_task, first (its answer), second (payment)."""
        self.modes(duplicates=mode)

    def modes(self, **chosen: str) -> dict[str, str]:
        """Changes what nobody knows of the real one, as `emulators.solar_staff.modes.CHOICES` lists it; returns all."""
        return self._emulator.control("modes", chosen)

    # --- Money and time -----------------------------------------------------------------------------------------------

    def top_up(self, amount: str) -> None:
        """The company pays in, and what waits for money is paid as far as it goes."""
        self._emulator.control("top-ups", {"amount": amount})

    def set_balance(self, amount: str) -> None:
        """The company has just so much; no transaction tells of it, and nothing that waits is paid."""
        self._emulator.control("balance", {"amount": amount})

    @property
    def balance(self) -> str:
        """The company's: "10000000.00"."""
        return self._emulator.control("company", None)["balance"]

    @property
    def now(self) -> str:
        """By its clock, in Moscow: "2026-10-31 09:30:00"."""
        return self._emulator.control("company", None)["now"]

    def shift_clock(self, *, seconds: float = 0, minutes: float = 0, days: float = 0) -> None:
        """Time passes there, on top of what has passed; what is due by then happens."""
        self._emulator.control("clock", {"shift_seconds": seconds + 60 * minutes + 86400 * days})

    # --- What happened ------------------------------------------------------------------------------------------------

    def journal(self) -> list[dict[str, Any]]:
        """Every payment, oldest first: task_id, merchant_transaction, worker_id, card_id (None: to their balance),
        amount, commission, paid (what the worker has), state (waiting, partly, paid, declined, refunded), created_at,
        paid_at.
        """
        return self._emulator.control("journal", None)["payments"]

    def faults_by_kind(self) -> dict[str, int]:
        """How many calls each kind of fault has befallen."""
        return self._emulator.control("journal", None)["faults"]

    def calls(self) -> Iterator[dict[str, Any]]:
        """Every call, oldest first: at, method, path, body (no password or signature), outcome (its code, or not_done),
        status (of HTTP; None: no answer) and fault.
        """
        last = 0
        while True:
            found = self._emulator.control(f"calls?after={last}", None)
            yield from found["calls"]
            if found["last"] == last:
                return
            last = found["last"]
