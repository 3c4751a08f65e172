"""The same post-redirect-get cycle in other frameworks, each with its own flash messages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from .browser import Step
from .environments import HERE, environment
from .figures import Figures
from .launch import Program
from .measure import Effort, count, measure
from .plot import plot_peers
from .progress import bar
from .table import peers_table
from .works import Work

_UVICORN = ("uvicorn", "httptools")


@dataclass(frozen=True)
class Peer:
    """A framework; without requirements it is aiohttp with this library."""

    label: str
    module: str
    arguments: tuple[str, ...] = ()
    requirements: tuple[str, ...] = ()

    def program(self) -> Program:
        """How to start it; installs it if need be."""
        where = environment(self.requirements) if self.requirements else HERE
        return Program(self.module, self.arguments, where)


PEERS = {
    "aiohttp-cookies": Peer("aiohttp, CookieTransport", "with_aiohttp", ("cookies", "no")),
    "aiohttp-session": Peer(
        "aiohttp, SessionTransport, encrypted",
        "with_aiohttp",
        ("session", "encrypted"),
    ),
    "flask": Peer("Flask, cheroot", "with_flask", (), ("flask", "cheroot")),
    "django": Peer("Django messages, cheroot", "with_django", (), ("django", "cheroot")),
    "quart": Peer("Quart, uvicorn", "with_quart", (), ("quart", *_UVICORN)),
    "litestar": Peer(
        "Litestar flash plugin, uvicorn",
        "with_litestar",
        (),
        ("litestar[jinja,cryptography]", *_UVICORN),
    ),
    "starlette": Peer(
        "Starlette, starlette_flash, uvicorn",
        "with_starlette",
        (),
        ("starlette", "starlette-flash", "itsdangerous", *_UVICORN),
    ),
}
_OURS = {"aiohttp-cookies": 0.8, "aiohttp-session": None}  # at most this of the cheapest other
_STEPS = (Step("POST", "/told", 303), Step("GET", "/told", text="The article"))


def run(console: Console, names: Sequence[str], effort: Effort, folder: Path) -> Figures:
    """Measure these, or all if there are none, and show it."""
    names = names or list(PEERS)
    with console.status("Installing the frameworks"):
        programs = {name: PEERS[name].program() for name in names}
    work = Work("cycle", "POST flashes, 303, GET shows", _STEPS, tuple(names))
    with bar(console, work.title, count(programs, [work], effort.rounds)) as advance:
        figures = Figures("peers", measure(programs, [work], effort, advance))
    labels = {name: peer.label for name, peer in PEERS.items()}
    console.print(peers_table(figures, labels, _OURS))
    for path in plot_peers(folder / "peers", figures, labels, _OURS):
        console.print(f"[dim]{path}")
    return figures
