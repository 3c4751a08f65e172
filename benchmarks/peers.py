"""The same post-redirect-get cycle in other frameworks, each with its own flash messages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rich.console import Console

from .environments import HERE, environment
from .figures import Figures
from .launch import Program
from .measure import Effort, count, measure
from .plot import plot_peers
from .progress import bar
from .table import peers_table
from .works import REDIRECT, WORKS

[_MESSAGE] = [work for work in WORKS if work.name == "message"]
[_PLAIN] = [work for work in WORKS if work.name == REDIRECT]
_UVICORN = ("uvicorn", "httptools")


@dataclass(frozen=True)
class Peer:
    """A framework; without requirements it is aiohttp with this library."""

    label: str
    module: str
    arguments: tuple[str, ...] = ()
    requirements: tuple[str, ...] = ()
    plain: tuple[str, ...] = ("plain",)
    """The arguments for the framework alone."""

    def programs(self) -> tuple[Program, Program]:
        """How to start it, and the framework alone; installs it if need be."""
        where = environment(self.requirements) if self.requirements else HERE
        return Program(self.module, self.arguments, where), Program(self.module, self.plain, where)


_ALONE = ("none", "encrypted")


PEERS = {
    "aiohttp-cookies": Peer(
        "aiohttp, CookieTransport", "with_aiohttp", ("cookies", "encrypted"), (), _ALONE
    ),
    "aiohttp-session": Peer(
        "aiohttp, SessionTransport, encrypted",
        "with_aiohttp",
        ("session", "encrypted"),
        (),
        _ALONE,
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
_OURS = ("aiohttp-cookies", "aiohttp-session")


def run(console: Console, names: Sequence[str], effort: Effort, folder: Path) -> Figures:
    """Measure these, or all if there are none, and show it."""
    names = names or list(PEERS)
    plain = {name: f"{name}, plain" for name in names}
    programs = {}
    with console.status("Installing the frameworks"):
        for name in names:
            programs[name], programs[plain[name]] = PEERS[name].programs()
    measured = [
        replace(_MESSAGE, systems=(*names,)),
        replace(_PLAIN, systems=(*plain.values(),), member=False),
    ]
    with bar(console, "Other frameworks", count(programs, measured, effort.rounds)) as advance:
        figures = Figures("peers", measure(programs, measured, effort, advance), plain)
    labels = {name: peer.label for name, peer in PEERS.items()}
    console.print(peers_table(figures, labels))
    for path in plot_peers(folder / "peers", figures, labels, _OURS):
        console.print(f"[dim]{path}")
    return figures
