"""What becomes of payouts: tests order it, as they order faults."""

import threading
from typing import Any, NamedTuple

from emulators import dice
from emulators.dice import Series
from emulators.fields import BadValue
from emulators.solar_staff.tasks import FINAL

WORDS = {
    "paid": "paid at once, which is usual",
    "waiting": "accepted, and paid later",
    "partly": "a half is paid at once, the other one later",
    "declined": "a task that is declined at once",
    "refunded": "paid, and the money is back at once",
    "refused": "an error without a task",
}


class Outcome(NamedTuple):
    """What a waiting or partly paid one becomes (`then`) after so many seconds; None: when it is told to."""

    word: str
    seconds: float | None = None
    then: str = "paid"


class Outcomes:
    """At most one order at a time, for so many payouts or until the next order. A restart forgets it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._words: Series | None = None
        self._seconds: float | None = None
        self._then = "paid"

    def order(self, given: dict[str, Any]) -> None:
        """One call of the control API: `outcome` or `random` with `seed`, and `times`, `seconds`, `then`.

        Raises BadValue.
        """
        words = dice.series(given, "outcome", words=list(WORDS))
        seconds, then = given.get("seconds"), given.get("then", "paid")
        if not (seconds is None or isinstance(seconds, int | float)):
            raise BadValue("seconds: нужно число.")
        if then not in FINAL:
            raise BadValue(f"then: бывают {', '.join(FINAL)}.")
        with self._lock:
            self._words, self._seconds, self._then = words, seconds, then

    def clear(self) -> None:
        with self._lock:
            self._words = None

    def take(self) -> Outcome:
        """What becomes of the payout at hand."""
        with self._lock:
            word = self._words.take() if self._words else None
            return Outcome(word or "paid", self._seconds, self._then)
