"""The command line of `python -m benchmarks`."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence

from . import calls
from .launch import use_one_cpu
from .measure import Samples, measure, ratios, spread
from .table import progress, show
from .works import BASES, STORAGES, SYSTEMS, WORKS, Work, session_storage


def main() -> None:
    """Count calls, then measure CPU time and print a table for each session storage."""
    options = _arguments()
    use_one_cpu()
    calls.main()
    works = [WORKS[name] for name in options.work]
    for storage in options.storage:
        progress("installing the other libraries")
        with session_storage(storage) as argument:
            systems = {n: SYSTEMS[n] for n in options.system if storage in SYSTEMS[n].storages}
            programs = {name: system.program(argument) for name, system in systems.items()}
            results = measure(programs, works, options.rounds, options.requests)
        headings = ("µs", *(f"/ {SYSTEMS[base].label}" for base in BASES))
        show(f"CPU time with sessions: {storage}", headings, _rows(works, results))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Count the calls of a request, and compare the CPU time of servers with and "
        "without flash libraries. The first run installs the libraries to compare.",
    )
    rounds, requests = "rounds, each with new servers (25)", "requests of a work in a round (800)"
    parser.add_argument("--rounds", type=int, default=25, metavar="N", help=rounds)
    parser.add_argument("--requests", type=int, default=800, metavar="N", help=requests)
    for name, choices in (("work", WORKS), ("system", SYSTEMS), ("storage", STORAGES)):
        names = list(choices)
        text = f"only {', '.join(names)}"
        parser.add_argument(
            f"--{name}", nargs="+", default=names, choices=names, metavar="NAME", help=text
        )
    return parser.parse_args()


def _rows(works: Sequence[Work], results: Sequence[Samples]) -> Iterator[list[str]]:
    """Give a title for each work, then a line for each system."""
    for work, samples in zip(works, results, strict=True):
        yield [work.title, "", *("" for _ in BASES)]
        for system, numbers in samples.items():
            cells = (spread(ratios(samples, system, base)) for base in BASES)
            yield [f"  {SYSTEMS[system].label}", spread(numbers, 0), *cells]


if __name__ == "__main__":
    main()
