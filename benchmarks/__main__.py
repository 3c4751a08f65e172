"""The command line of the benchmark."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path

from rich.console import Console

from . import peers
from .figures import Figures, write_json
from .launch import prepare, redis_server
from .measure import VISITORS, Effort, count, measure
from .plot import plot
from .progress import bar
from .table import table
from .works import SYSTEMS, WORKS, System, Work

_STORAGES = ("encrypted", "redis")


def main() -> None:
    """Measure what was asked for, and show it."""
    options = _arguments()
    console = Console()
    if options.peers:
        peers.run(console, options)
        return
    works, systems, storages = _chosen(options.only)
    with console.status("Installing aiohttp-flashbag 0.0.3"):
        for system in systems:
            system.program("no")
    prepare()
    effort = Effort(options.rounds, options.requests, options.visitors)
    groups = [_measure(console, storage, works, systems, effort) for storage in storages]
    for figures in groups:
        console.print(table(figures, works))
    for path in plot(options.plot / "systems", groups, works):
        console.print(f"[dim]{path}")
    if options.json:
        write_json(options.json, groups, effort)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--peers", action="store_true", help="measure other frameworks")
    parser.add_argument("--rounds", type=int, default=25, help="how often all is done (25)")
    parser.add_argument("--requests", type=int, default=400, help="at a time in a round (400)")
    parser.add_argument("--visitors", type=int, default=VISITORS, help="at once (8)")
    parser.add_argument(
        "--only",
        nargs="+",
        default=[],
        choices=[*_names(), *peers.PEERS],
        metavar="NAME",
        help=f"of works, systems and storages only these: {', '.join(_names())}; "
        f"with --peers of {', '.join(peers.PEERS)}",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all samples")
    parser.add_argument(
        "--plot",
        type=Path,
        default=Path("build/benchmarks"),
        metavar="FOLDER",
        help="where the plots go (build/benchmarks)",
    )
    return parser.parse_args()


def _names() -> list[str]:
    return [*(work.name for work in WORKS), *(system.name for system in SYSTEMS), *_STORAGES]


def _chosen(only: Sequence[str]) -> tuple[list[Work], list[System], list[str]]:
    """Of each kind those named, or all if none is named; what systems are compared with stays."""
    works = [work for work in WORKS if work.name in only] or list(WORKS)
    needed = {name for work in works for name in work.systems}
    systems = [system for system in SYSTEMS if system.name in needed]
    if named := needed.intersection(only):
        named |= {work.base(name) for work in works for name in named & {*work.systems}}
        systems = [system for system in systems if system.name in named]
    return works, systems, [name for name in _STORAGES if name in only] or list(_STORAGES)


def _measure(
    console: Console,
    storage: str,
    works: Sequence[Work],
    systems: Sequence[System],
    effort: Effort,
) -> Figures:
    with _argument(storage) as argument:
        programs = {system.name: system.program(argument) for system in systems}
        total = count(programs, works, effort.rounds)
        with bar(console, f"Sessions: {storage}", total) as advance:
            samples = measure(programs, works, effort, advance)
    return Figures(storage, samples)


@contextmanager
def _argument(storage: str) -> Iterator[str]:
    """What a server is to be told of its storage."""
    with redis_server() if storage == "redis" else nullcontext(storage) as argument:
        yield str(argument)


if __name__ == "__main__":
    main()
