"""Faults that tests order: how the API for the portal misbehaves."""

import threading
from typing import NamedTuple

KINDS = {
    "slow": "answers after so many seconds",
    "error": "500, nothing done",
    "wrong_json": "200 with JSON that means nothing, nothing done",
    "html": "200 with a web page, nothing done",
    "down": "the connection is closed without an answer, nothing done",
    "drop_after": "the work is done, then the connection is closed without an answer",
}


class Fault(NamedTuple):
    kind: str
    seconds: float


class Faults:
    """At most one fault at a time, for so many calls or, without a number, until it is taken back."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._fault: Fault | None = None
        self._times: int | None = None

    def order(self, fault: Fault | None, *, times: int | None = None) -> None:
        with self._lock:
            self._fault, self._times = fault, times

    def take(self) -> Fault | None:
        """The fault that befalls the call at hand."""
        with self._lock:
            found = self._fault
            if found and self._times is not None:
                self._times -= 1
                if self._times <= 0:
                    self._fault = None
            return found
