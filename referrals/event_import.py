"""The feed from a file: the same events, by the same function, as over HTTP."""

import datetime as dt
import json
from collections import Counter
from collections.abc import Callable
from itertools import islice
from typing import IO, NamedTuple

from partners import json_lines
from referrals import events
from referrals.feed import FeedEvent, Rejected, check

BATCH = 5_000  # events a transaction: what a crash costs, and what is in memory at a time


class Problem(NamedTuple):
    """A line that was not taken in, and why."""

    line: int
    result: events.Result
    text: str

    def as_json(self) -> str:
        about = {"line": self.line, "id": self.result.id, "result": self.result.result, "errors": self.result.errors}
        return json.dumps(about | {"text": self.text}, ensure_ascii=False)


def run(
    stream: IO[bytes],
    *,
    now: dt.datetime,
    on_problem: Callable[[Problem], None],
    on_progress: Callable[[int], None] = lambda done: None,
    batch: int = BATCH,
) -> Counter[str]:
    """Take in every line and count the results. Repeatable after a crash at any point: what was committed is then
    `duplicate`.

    `on_problem` gets each line that was rejected or contradicts what stands, also when it is met again in a second run;
    `on_progress` the number of bytes done. Memory does not depend on the file's size.
    """
    counts: Counter[str] = Counter()
    numbered = json_lines.lines(stream)
    while share := list(islice(numbered, batch)):
        results = events.receive([_read(line, now) for _, line in share], source="file", now=now)
        for (number, line), result in zip(share, results, strict=True):
            counts[result.result] += 1
            if result.errors:
                on_problem(Problem(number, result, line[: json_lines.MAX_LINE_BYTES].decode(errors="replace")))
        on_progress(sum(len(line) + 1 for _, line in share))
    return counts


def _read(line: bytes, now: dt.datetime) -> FeedEvent | Rejected:
    try:
        return check(json_lines.parse(line), now=now)
    except json_lines.BadLine as bad:
        return Rejected({"line": [str(bad)]})
    except Rejected as rejected:
        return rejected
