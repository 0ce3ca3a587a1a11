"""Faults that tests order: how an emulated API misbehaves."""

import threading
from typing import Any, NamedTuple

from emulators import dice
from emulators.dice import Series
from emulators.fields import BadValue
from emulators.messages import Response, json_response

KINDS = {
    "slow": "waits so many seconds, then does the work and answers",
    "hang": "closes the connection after so many seconds, nothing done",
    "hang_after": "the work is done at once, the answer comes after so many seconds",
    "down": "the connection is closed without an answer, nothing done",
    "drop_after": "the work is done, then the connection is closed without an answer",
    "cut_after": "the work is done, then the connection is closed in the middle of the answer",
    "error": "500, nothing done",
    "error_after": "500, although the work is done",
    "wrong_json": "200 with JSON that means nothing, nothing done",
    "wrong_json_after": "200 with JSON that means nothing, although the work is done",
    "html": "200 with a web page, nothing done",
    "html_after": "200 with a web page, although the work is done",
}
_WEB_PAGE = b"<!doctype html><title>502 Bad Gateway</title><h1>502 Bad Gateway</h1>"


class Fault(NamedTuple):
    kind: str
    seconds: float

    @property
    def does_the_work(self) -> bool:
        return self.kind == "slow" or self.kind.endswith("_after")

    @property
    def seconds_before(self) -> float:
        return self.seconds if self.kind in ("slow", "hang") else 0

    @property
    def seconds_after(self) -> float:
        return self.seconds if self.kind == "hang_after" else 0

    def instead_of(self, response: Response) -> Response | None:
        """What is answered in place of the right response; None closes the connection without an answer."""
        match self.kind.removesuffix("_after"):
            case "down" | "drop":
                return None
            case "hang" if not self.does_the_work:
                return None
            case "error":
                return json_response(500, {"error": "internal"})
            case "wrong_json":
                return json_response(200, ["?"])
            case "html":
                return Response(200, _WEB_PAGE, "text/html; charset=utf-8")
            case "cut":
                # More is promised than comes.
                promised = ("Content-Length", str(len(response.body)))
                half = response.body[: len(response.body) // 2]
                return Response(response.status, half, response.content_type, [*response.headers, promised])
        return response


class _Order(NamedTuple):
    kinds: Series
    seconds: float


class Faults:
    """What was ordered, for so many calls or until it is taken back. A restart of the process forgets it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._orders: dict[tuple[str, ...], _Order] = {}
        self.resets = 0  # a call that began before the last one befalls nobody any more

    def order(self, given: dict[str, Any]) -> None:
        """One call of the control API: `kind` or `random` with `seed`, and `seconds`, `times`, `paths`.

        An order replaces the one before it for the same paths (beginnings of paths; all of them where none are given);
        kind "none" takes it back, or everything where no paths are given. Raises BadValue.
        """
        seconds, paths = given.get("seconds", 5), given.get("paths") or []
        if not isinstance(seconds, int | float):
            raise BadValue("seconds: нужно число.")
        if not isinstance(paths, list) or not all(isinstance(each, str) and each.startswith("/") for each in paths):
            raise BadValue("paths: нужен список путей.")
        kinds = dice.series(given, "kind", words=[*KINDS, "none"])
        with self._lock:
            if given.get("kind") != "none":
                self._orders[tuple(paths)] = _Order(kinds, seconds)
            elif paths:
                self._orders.pop(tuple(paths), None)
            else:
                self._orders.clear()

    def clear(self) -> None:
        with self._lock:
            self.resets += 1
            self._orders.clear()

    def take(self, path: str) -> Fault | None:
        """The fault that befalls the call at hand. An order for its path goes before one for all paths."""
        with self._lock:
            for paths, order in sorted(self._orders.items(), key=lambda each: not each[0]):
                if (not paths or path.startswith(paths)) and not order.kinds.is_over:
                    kind = order.kinds.take()
                    return Fault(kind, order.seconds) if kind and kind != "none" else None
        return None
