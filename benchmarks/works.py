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
    System("sealed", "cookie by hand", "sealed", sessions=False),
)


@dataclass(frozen=True)
class Target:
    """At most `limit` times what another system takes."""

    system: str
    base: str
    limit: float


@dataclass(frozen=True)
class Work:
    """What visitors do, over and over. Members log in first; who is forgetful has no cookies."""

    name: str
    title: str
    steps: tuple[Step, ...]
    systems: tuple[str, ...]
    targets: tuple[Target, ...] = ()
    member: bool = False
    forgetful: bool = False

    def base(self, system: str) -> str:
        """The system without a library that this one is to be compared with."""
        return "bare" if system == "alone" and "bare" in self.systems else "none"


LOGIN = Step("POST", "/login")
_PAGE = (Step("GET", "/page", text="</p>"),)
_LOOK = (Step("GET", "/look", text="</p>"),)
_MINE = (Step("GET", "/mine", text="</p>ada"),)
_FILE = (Step("GET", "/static/style.css", text=".flash"),)
_CYCLE = (Step("POST", "/note", 303), Step("GET", "/note", text="The article"))

_WITH_SESSION = ("none", "0.0.3", "session", "cookies", "control")
_EACH_ITS_OWN = ("none", "0.0.3", "session", "cookies", "control", "bare", "alone")
_BOTH = (Target("session", "none", 1.05), Target("cookies", "none", 1.05))


WORKS = (
    Work(
        "anonymous",
        "page, no cookies",
        _PAGE,
        (*_EACH_ITS_OWN, "hooks"),
        (*_BOTH, Target("alone", "bare", 1.05)),
        forgetful=True,
    ),
    Work(
        "anonymous-look",
        "the same, looks for a flash",
        _LOOK,
        _EACH_ITS_OWN,
        forgetful=True,
    ),
    Work(
        "member",
        "page, session cookie unused",
        _PAGE,
        _WITH_SESSION,
        (
            Target("session", "0.0.3", 0.75),
            Target("cookies", "none", 1.05),
            Target("cookies", "0.0.3", 0.35),
        ),
        member=True,
    ),
    Work(
        "member-look",
        "the same, looks for a flash",
        _LOOK,
        _WITH_SESSION,
        member=True,
    ),
    Work(
        "member-session",
        "page that uses the session",
        _MINE,
        _WITH_SESSION,
        _BOTH,
        member=True,
    ),
    Work(
        "static",
        "static file, session cookie",
        _FILE,
        _WITH_SESSION,
        _BOTH,
        member=True,
    ),
    Work(
        "cycle",
        "POST, 303, GET",
        _CYCLE,
        ("none", "0.0.3", "session", "control", "alone", "sealed"),
        (Target("session", "0.0.3", 1.05), Target("alone", "0.0.3", 0.55)),
    ),
    Work(
        "member-cycle",
        "the same, session cookie",
        _CYCLE,
        _WITH_SESSION,
        (Target("session", "0.0.3", 1.05),),
        member=True,
    ),
)
