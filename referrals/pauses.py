"""Leaving alone what doesn't answer: a visitor waits for it once, not each time."""

import time


class Pause:
    """Begins with a failure and ends by itself. One of each process: nobody else need know."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._until = 0.0

    @property
    def is_on(self) -> bool:
        return time.monotonic() < self._until

    def begin(self) -> None:
        self._until = time.monotonic() + self._seconds

    def end(self) -> None:
        self._until = 0.0


# Short: whoever comes back is asked again at once, as people see it.
database = Pause(2)
redis = Pause(2)
