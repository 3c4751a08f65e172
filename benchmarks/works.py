"""What is measured: systems, what each of them has to do, and how well it should."""

from __future__ import annotations

from dataclasses import dataclass

from .browser import Step
from .environments import environment
from .launch import Program


@dataclass(frozen=True)
class System:
    """The application with one flash library or with none; `sessions`: with aiohttp_session."""

    name: str
    label: str
    library: str
    sessions: bool = True

    def program(self, storage: str) -> Program:
        """How to start it with a storage for its sessions."""
        arguments = (self.library, storage if self.sessions else "no")
        if self.library != "0.0.3":
            return Program("with_aiohttp", arguments)
        return Program("with_aiohttp", arguments, environment(_PREDECESSOR, as_here=True))


STORAGES = ("encrypted", "redis")
_PREDECESSOR = ("aiohttp-flashbag==0.0.3", "aiohttp-session", "cryptography", "redis")

SYSTEMS = (
    System("none", "no library", "none"),
    System("0.0.3", "0.0.3", "0.0.3"),
    System("session", "SessionTransport", "session"),
    System("cookies", "CookieTransport", "cookies"),
    System("control", "no library, again", "none"),
    System("bare", "no library, no session", "none", sessions=False),
    System("alone", "CookieTransport alone", "cookies", sessions=False),
    System("hooks", "no library, empty hooks", "hooks"),
    System("sealed", "cookie by hand", "sealed"),
)


@dataclass(frozen=True)
class Work:
    """What visitors do, over and over. Members log in first; who is forgetful has no cookies."""

    name: str
    title: str
    steps: tuple[Step, ...]
    systems: tuple[str, ...]
    member: bool = True
    forgetful: bool = False

    def base(self, system: str) -> str:
        """The system without a library that this one is to be compared with."""
        return "bare" if system == "alone" and "bare" in self.systems else "none"


@dataclass(frozen=True)
class Target:
    """At most `limit` times what another system takes for a work, in these groups of figures.

    `adds`: what counts is what the flash adds, the time less that of the same redirect without one.
    """

    work: str
    system: str
    base: str
    limit: float
    groups: tuple[str, ...] = STORAGES
    adds: bool = False


def _cycle(path: str) -> tuple[Step, ...]:
    return (Step("POST", path, 303), Step("GET", path, text="The article"))


REDIRECT = "redirect"
"""The work that every cycle has to do without a flash, too."""

_PAGE = (Step("GET", "/page", text="</p>"),)
_LOOK = (Step("GET", "/look", text="</p>"),)
_MINE = (Step("GET", "/mine", text="</p>ada"),)
_FILE = (Step("GET", "/static/style.css", text=".flash"),)

_ALL = ("none", "0.0.3", "session", "cookies", "control")
_EACH_ITS_OWN = (*_ALL, "bare", "alone")

WORKS = (
    Work(
        "anonymous",
        "page, no cookies",
        _PAGE,
        (*_EACH_ITS_OWN, "hooks"),
        member=False,
        forgetful=True,
    ),
    Work("member", "page, session cookie unused", _PAGE, _ALL),
    Work("look", "the same, looks for a flash", _LOOK, _ALL),
    Work("mine", "page that uses the session", _MINE, _ALL),
    Work("static", "static file, session cookie", _FILE, _ALL),
    Work(REDIRECT, "POST, 303, GET without a flash", _cycle("/moved"), _ALL),
    Work("value", "the same with a value", _cycle("/note"), _ALL),
    Work("message", "the same with a message", _cycle("/told"), (*_ALL, "sealed")),
    Work(
        "visitor",
        "with a message, no session cookie",
        _cycle("/told"),
        ("none", "0.0.3", "session", "control", "alone", "sealed"),
        member=False,
    ),
)
PEERS = ("peers",)
TARGETS = (
    Target("anonymous", "session", "none", 1.06),
    Target("anonymous", "cookies", "none", 1.06),
    Target("member", "cookies", "none", 1.06),
    Target("member", "session", "0.0.3", 0.68),
    Target("mine", "session", "none", 1.08),
    Target("mine", "cookies", "none", 1.08),
    Target("static", "session", "none", 1.04),
    Target("static", "cookies", "none", 1.04),
    Target("message", "cookies", "0.0.3", 0.65),
    Target("message", "session", "0.0.3", 1.10, ("encrypted",)),
    Target("value", "session", "0.0.3", 1.05, ("encrypted",)),
    Target("message", "session", "0.0.3", 1.35, ("redis",)),
    Target("message", "aiohttp-cookies", "starlette", 1.00, PEERS),
    Target("message", "aiohttp-cookies", "starlette", 0.90, PEERS, adds=True),
)
"""What it may cost; 0.0.3 keeps a value, as it has no messages."""
