"""All clients, by the names that they have in `headers.json`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import partial

from browser.engines import Engine

from . import Requests
from .browsers import AT_LOCALHOST, ENGINES, PLAIN, SURROUNDINGS, record_browser
from .libraries import SCRIPTS, record_library
from .programs import record_aiohttp, record_curl

Programs = dict[str, Engine]
"""The running browsers. The keys are their names."""

PROGRAMS: dict[str, Callable[[], Awaitable[Requests]]] = {
    "curl": record_curl,
    "aiohttp's client": record_aiohttp,
}
BROWSERS: dict[str, tuple[str, Callable[[Engine], Awaitable[Requests]]]] = {
    **{
        f"{name} {surroundings}": (name, partial(record_browser, surroundings=surroundings))
        for name in ENGINES
        for surroundings in SURROUNDINGS
    },
    **{
        f"{library} {surroundings}": (
            "chromium",
            partial(record_library, library=library, surroundings=surroundings),
        )
        for library in SCRIPTS
        for surroundings in (AT_LOCALHOST, PLAIN)
    },
}
CLIENTS = [*BROWSERS, *PROGRAMS]


async def record_client(client: str, programs: Programs) -> Requests:
    """Record the requests of a client. A browser that does not run yet is started."""
    if client in PROGRAMS:
        return await PROGRAMS[client]()
    name, record = BROWSERS[client]
    if name not in programs:
        engine = ENGINES[name]()
        engine.start()
        programs[name] = engine
    return await record(programs[name])


@contextmanager
def running_programs() -> Iterator[Programs]:
    """Give an empty dict of programs, and stop all programs in it afterwards."""
    programs: Programs = {}
    try:
        yield programs
    finally:
        for program in programs.values():
            program.stop()
