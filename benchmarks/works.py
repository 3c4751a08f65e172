"""Systems to compare, and work for them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from .client import Step
from .environments import HERE, environment
from .launch import Program, redis_server

STORAGES = ("encrypted", "redis")
"""The storages of aiohttp_session."""


@contextmanager
def session_storage(name: str) -> Iterator[str]:
    """Run the storage, and give the argument with which a server finds it."""
    if name == "redis":
        with redis_server() as port:
            yield str(port)
    else:
        yield name


@dataclass(frozen=True)
class System:
    """An application with one flash library, or without any."""

    label: str
    library: str
    module: str = "with_aiohttp"
    requirements: tuple[str, ...] = ()
    storages: tuple[str, ...] = STORAGES
    """The session storages that it can be measured with."""

    def program(self, storage: str) -> Program:
        """Return its program. `storage` is a value from `session_storage`."""
        where = environment(self.requirements, as_here=True) if self.requirements else HERE
        return Program(self.module, (self.library, storage), where)


_OLD = ("aiohttp-flashbag==0.0.3", "aiohttp-session", "cryptography", "redis")
_STARLETTE = ("starlette", "starlette-flash", "itsdangerous", "uvicorn", "httptools")

SYSTEMS = {
    "none": System("no library", "none"),
    "control": System("no library, again", "none"),
    "hooks": System("no library, empty hooks", "hooks"),
    "0.0.3": System("aiohttp-flashbag 0.0.3", "0.0.3", requirements=_OLD),
    "session": System("SessionTransport", "session"),
    "cookies": System("CookieTransport", "cookies"),
    "tickets": System("RedisTransport", "tickets", storages=("redis",)),
    "starlette": System("starlette_flash", "flash", "with_starlette", _STARLETTE),
    "bare-starlette": System("Starlette, no library", "none", "with_starlette", _STARLETTE),
}
BASES = ("none", "0.0.3", "starlette")
"""The systems that all others are compared with."""


@dataclass(frozen=True)
class Work:
    """Requests that visitors repeat. Members log in first; forgetful visitors have no cookies."""

    title: str
    steps: tuple[Step, ...]
    systems: tuple[str, ...]
    member: bool = True
    forgetful: bool = False


def _cycle(path: str) -> tuple[Step, ...]:
    return (Step("POST", path, 303), Step("GET", path, text="The article"))


_PAGE = (Step("GET", "/page", text="</p>"),)
_LOOK = (Step("GET", "/look", text="</p>"),)
_MINE = (Step("GET", "/mine", text="</p>ada"),)
_FILE = (Step("GET", "/static/style.css", text=".flash"),)
_FLASH, _SHOW = _cycle("/told")
_MANY = (*[_FLASH] * 5, *[Step("POST", "/moved", 303)] * 10, _SHOW)

_OURS = ("none", "control", "session", "cookies", "tickets")
_ALL = (*_OURS, "0.0.3")

WORKS = {
    "anonymous": Work("page, no cookies", _PAGE, (*_ALL, "hooks"), member=False, forgetful=True),
    "member": Work("page, session cookie unused", _PAGE, _ALL),
    "look": Work("the same, looks for a flash", _LOOK, _ALL),
    "mine": Work("page that uses the session", _MINE, _ALL),
    "static": Work("static file, session cookie", _FILE, _ALL),
    "redirect": Work("POST, 303, GET without a flash", _cycle("/moved"), (*_ALL, "bare-starlette")),
    "value": Work("the same with a value", _cycle("/note"), _ALL),
    "message": Work("the same with a message", _cycle("/told"), (*_ALL, "starlette")),
    "visitor": Work("the same, no session cookie", _cycle("/told"), _ALL, member=False),
    "many": Work("15 redirects, 5 with a message, then the page", _MANY, _OURS),
}
