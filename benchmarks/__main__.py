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
from .table import table, targets_table
from .works import STORAGES, SYSTEMS, WORKS, System, Work


def main() -> None:
    """Measure what was asked for, and show it."""
    options = _arguments()
    console = Console()
    prepare(needs_redis=options.peers is None and "redis" in options.storage)
    effort = Effort(options.rounds, options.times, options.visitors)
    groups = [] if options.peers is not None else _run(console, options, effort)
    if options.peers is not None or options.all:
        groups.append(peers.run(console, options.peers or [], effort, options.plot))
    console.print(targets_table(groups))
    if options.json:
        write_json(options.json, groups, effort)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="CPU time of the server process, without a flash library and with each. "
        "On Linux, with redis-server; what is compared is installed at first.",
    )
    for name, default, text in (
        ("rounds", 25, "rounds, each with servers started anew"),
        ("times", 400, "times that each work is done in a round"),
        ("visitors", VISITORS, "visitors, who take turns"),
    ):
        help_text = f"{text} ({default})"
        parser.add_argument(f"--{name}", type=_number, default=default, metavar="N", help=help_text)
    _add_choice(parser, "work", [work.name for work in WORKS])
    _add_choice(parser, "system", [system.name for system in SYSTEMS])
    _add_choice(parser, "storage", list(STORAGES))
    _add_choice(parser, "peers", list(peers.PEERS))
    parser.add_argument("--all", action="store_true", help="the other frameworks, too")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all samples")
    folder = Path("build/benchmarks")
    parser.add_argument(
        "--plot", type=Path, metavar="FOLDER", default=folder, help=f"for plots ({folder})"
    )
    return parser.parse_args()


def _add_choice(parser: argparse.ArgumentParser, name: str, names: list[str]) -> None:
    is_other = name == "peers"
    parser.add_argument(
        f"--{name}",
        nargs="*" if is_other else "+",
        default=None if is_other else names,
        choices=names,
        metavar="NAME",
        help=f"{'other frameworks instead, all or' if is_other else 'only'} {', '.join(names)}",
    )


def _number(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text} is no number from 1 on")
    return int(text)


def _run(console: Console, options: argparse.Namespace, effort: Effort) -> list[Figures]:
    works = [work for work in WORKS if work.name in options.work]
    systems = [system for system in SYSTEMS if system.name in options.system]
    with console.status("Installing what is compared"):
        for system in systems:
            system.program("no")
    groups = []
    for storage in options.storage:
        groups.append(_measure(console, storage, works, systems, effort))
        console.print(table(groups[-1], works))
    for path in plot(options.plot / "systems", groups, works):
        console.print(f"[dim]{path}")
    return groups


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
    return Figures(storage, samples, dict.fromkeys(programs, "none"))


@contextmanager
def _argument(storage: str) -> Iterator[str]:
    """What a server is to be told of its storage."""
    with redis_server() if storage == "redis" else nullcontext(storage) as argument:
        yield str(argument)


if __name__ == "__main__":
    main()
