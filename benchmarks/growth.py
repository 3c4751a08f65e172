"""Memory over many requests, and CPU time of many flashes in one: `python -m benchmarks.growth`.

The memory must not grow. The CPU time may grow with the number of flashes, but not with its square,
because a visitor can make up a form of 16,000 fields.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from contextlib import closing
from statistics import median

from .client import Crowd, Step
from .launch import Program, Server, use_one_cpu
from .measure import VISITORS
from .table import progress, show
from .works import WORKS, session_storage

_STEPS = WORKS["member"].steps + WORKS["value"].steps + WORKS["message"].steps
_COUNTS = (1000, 4000, 16_000)
_ROUNDS = 5


def main() -> None:
    """Print two tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.growth", description=__doc__)
    parser.add_argument("--requests", type=int, default=100_000, help="in the first table (100000)")
    options = parser.parse_args()
    use_one_cpu()
    memory, many = [], []
    for name, library, storage in (
        ("session in Redis", "session", "redis"),
        ("encrypted session", "session", "encrypted"),
        ("own cookies", "cookies", "encrypted"),
    ):
        progress(name)
        with session_storage(storage) as argument:
            memory += [(name, *row) for row in _memory(library, argument, options.requests)]
            many += [(f"{name}, {what}", *row) for what, *row in _many(library, argument)]
    progress("")
    show("memory", ("requests", "resident KiB", "traced KiB", "gc objects"), memory)
    show("ms of one request", [*(f"{n:,}" for n in _COUNTS), "16,000 / 4,000"], many)


def _memory(library: str, storage: str, requests: int) -> Iterator[tuple[str, ...]]:
    """Give the memory of the server at the start and after each quarter of the requests."""
    times = -(-requests // (4 * len(_STEPS) * VISITORS))
    program = Program("with_extras", (library, storage, "traced"))
    with closing(Server(program)) as server, closing(Crowd(server.port, VISITORS)) as crowd:
        crowd.log_in()
        crowd.walk(_STEPS, 250)
        for quarter in range(5):
            crowd.walk(_STEPS, times if quarter else 0)
            now = json.loads(crowd.browsers[0].go(Step("GET", "/memory")))
            numbers = (now["resident"] // 1024, now["traced"] // 1024, now["objects"])
            done = quarter * times * len(_STEPS) * VISITORS
            yield f"{done:,}", *(f"{number:,}" for number in numbers)


def _many(library: str, storage: str) -> Iterator[tuple[str, ...]]:
    """Give the milliseconds of a request that adds many values, or many messages."""
    program = Program("with_extras", (library, storage, "untraced"))
    with closing(Server(program)) as server, closing(Crowd(server.port, 1)) as crowd:
        for what in ("values", "messages"):
            times = []
            for count in _COUNTS:
                samples = []
                for _ in range(_ROUNDS):
                    before = server.cpu()
                    crowd.walk([Step("POST", f"/{what}?count={count}", 303)], forgetful=True)
                    samples.append((server.cpu() - before) / 1e6)
                times.append(median(samples))
            yield what, *(f"{time:.1f}" for time in times), f"{times[-1] / times[-2]:.1f}"


if __name__ == "__main__":
    main()
