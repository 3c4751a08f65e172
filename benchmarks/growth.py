"""How cost grows: `python -m benchmarks.growth`, with messages that wait, sizes, and time.

CPU time of the server; the median of several rounds of one process.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median

from rich.console import Console
from rich.progress import Progress
from rich.table import Column, Table

from .browser import Crowd, Step, WrongAnswerError
from .launch import Program, Server, prepare, redis_server
from .measure import VISITORS

_WAITING = (0, 1, 10, 50)
_SIZES = (10, 100, 500, 1000, 1500)
_ROUNDS = 9
_TIMES = 25
_STEPS = (
    Step("GET", "/page"),
    Step("POST", "/messages?number=1", 303),
    Step("GET", "/messages", text="Message"),
    Step("POST", "/value?size=500", 303),
    Step("GET", "/value", text="500"),
)
_MEMORY = Step("GET", "/memory")


@dataclass(frozen=True)
class Kind:
    """A way to travel: the arguments of the server."""

    library: str
    storage: str

    def program(self, mode: str) -> Program:
        """The server, `mode` traced or plain."""
        return Program("with_growth", (self.library, self.storage, mode))


@contextmanager
def started(kind: Kind, mode: str = "plain") -> Iterator[Server]:
    """The server, for a while."""
    server = Server(kind.program(mode))
    try:
        yield server
    finally:
        server.stop()


def _cost(server: Server, crowd: Crowd, steps: Sequence[Step]) -> float:
    """Microseconds of CPU time to take all steps once."""
    crowd.walk(steps, _TIMES)
    server.collect()
    samples = []
    for _ in range(_ROUNDS):
        before = server.cpu()
        crowd.walk(steps, _TIMES)
        samples.append((server.cpu() - before) / _TIMES / VISITORS / 1000)
    return median(samples)


def messages(kinds: Mapping[str, Kind]) -> Iterator[tuple[str, ...]]:
    """What a page costs while messages wait, each flashed in a request of its own."""
    for name, kind in kinds.items():
        for number in _WAITING:
            with started(kind) as server, Crowd(server.port, VISITORS) as crowd:
                crowd.walk([Step("POST", f"/messages?number={n}", 303) for n in range(number)])
                waiting = crowd.browsers[0].go(Step("GET", "/waiting")).decode()
                page = _cost(server, crowd, [Step("GET", "/page", text="</p>")])
                peek = _cost(server, crowd, [Step("GET", "/peek", text="</p>")])
                yield name, str(number), waiting, f"{page:.0f}", f"{peek:.0f}"


def values(kinds: Mapping[str, Kind]) -> Iterator[tuple[str, ...]]:
    """What a post-redirect-get cycle costs by the size of the value."""
    for name, kind in kinds.items():
        for size in _SIZES:
            cycle = [
                Step("POST", f"/value?size={size}", 303),
                Step("GET", "/value", text=str(size)),
            ]
            with started(kind) as server, Crowd(server.port, VISITORS) as crowd:
                fits = _fits(crowd, cycle)
                yield name, str(size), f"{_cost(server, crowd, cycle):.0f}" if fits else "too large"


def _fits(crowd: Crowd, cycle: Sequence[Step]) -> bool:
    """Whether the value arrives; it may be refused, or dropped from a cookie too large."""
    try:
        crowd.walk(cycle)
    except WrongAnswerError as error:
        if error.status == 400 or error.body == b"0":
            return False
        raise
    return True


def memory(kinds: Mapping[str, Kind]) -> Iterator[tuple[str, ...]]:
    """What a request needs at its peak, from the first middleware until its headers go out."""
    for name, kind in {"no library": Kind("none", "no"), **kinds}.items():
        steps = _STEPS[:1] if kind.library == "none" else _STEPS
        with started(kind, "traced") as server, Crowd(server.port, 2) as crowd:
            crowd.walk(steps, 200)
            visitor, observer = crowd.browsers
            for step in steps:
                visitor.go(step)
                peak = json.loads(observer.go(_MEMORY))["peak"]
                yield name, f"{step.method} {step.path}", f"{peak:,}"


def endurance(kinds: Mapping[str, Kind], requests: int) -> Iterator[tuple[str, ...]]:
    """What the process needs over many requests."""
    times = requests // (4 * len(_STEPS) * VISITORS)
    for name, kind in kinds.items():
        with started(kind, "traced") as server, Crowd(server.port, VISITORS) as crowd:
            crowd.walk(_STEPS, 250)
            for quarter in range(5):
                crowd.walk(_STEPS, times if quarter else 0)
                now = json.loads(crowd.browsers[0].go(_MEMORY))
                done = quarter * times * len(_STEPS) * VISITORS
                numbers = (now["resident"] // 1024, now["traced"] // 1024, now["objects"])
                yield name, f"{done:,}", *(f"{number:,}" for number in numbers)


def main() -> None:
    """Measure, and print four tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.growth", description=__doc__)
    parser.add_argument("--requests", type=int, default=100_000, help="in the last table (100000)")
    options = parser.parse_args()
    console = Console()
    prepare()
    with redis_server() as port:
        kinds = {
            "SessionTransport, Redis": Kind("session", str(port)),
            "SessionTransport, encrypted": Kind("session", "encrypted"),
            "CookieTransport": Kind("cookies", "no"),
        }
        _print(
            console, messages(kinds), "Waiting messages, µs", "flashed", "waiting", "page", "peek"
        )
        _print(console, values(kinds), "Post-redirect-get, µs", "characters", "cycle")
        _print(
            console,
            memory(kinds),
            "Peak memory of a request",
            "request",
            "bytes",
        )
        many = endurance(kinds, options.requests)
        headings = ("requests", "resident KiB", "traced KiB", "gc objects")
        _print(console, many, "Memory of the process", *headings)


def _print(console: Console, rows: Iterator[tuple[str, ...]], title: str, *headings: str) -> None:
    table = Table(Column(no_wrap=True), title=title, title_justify="left")
    for heading in headings:
        table.add_column(heading, justify="right")
    with Progress(console=console, auto_refresh=False, transient=True) as progress:
        task = progress.add_task(title, total=None)
        for row in rows:
            progress.update(task, description=f"{title}: {row[0]}, {row[1]}", refresh=True)
            table.add_row(*row)
    console.print(table)


if __name__ == "__main__":
    main()
