"""`make bench`: all of them at full size; `python -m tests.benchmarks close 100000` one, at a size of choice."""

import os
import sys

os.environ.setdefault("SECRET_KEY", "only-for-benchmarks-" + 50 * "x")

from tests.benchmarks import (
    close_bench,
    desk_bench,
    feed_bench,
    import_bench,
    links_bench,
    pages_bench,
    sqlite_bench,
)

BENCHMARKS = {
    "close": (close_bench.run, (100_000, 1_000_000)),
    "desk": (desk_bench.run, (1_000_000,)),
    "feed": (feed_bench.run, (100_000,)),
    "import": (import_bench.run, (100_000, 1_000_000)),
    "links": (links_bench.run, (30,)),  # seconds of load on each side
    "pages": (pages_bench.run, (100_000,)),
    "sqlite": (sqlite_bench.run, (10_000,)),
}

if __name__ == "__main__":
    chosen = sys.argv[1:2] or list(BENCHMARKS)
    for name in chosen:
        run, sizes = BENCHMARKS[name]
        for size in [int(text) for text in sys.argv[2:]] or sizes:
            run(size)
