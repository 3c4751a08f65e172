"""Count the calls into the package for each request: `python -m benchmarks.calls`.

Comprehensions, generator expressions and lambdas are not counted.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import pairwise
from pathlib import Path
from types import FrameType
from typing import Any

from aiohttp.test_utils import TestServer

import aiohttp_flashbag

from .client import BROWSER, Browser, Step
from .servers.with_aiohttp import application
from .table import show

_PACKAGE = f"{Path(aiohttp_flashbag.__file__).parent}/"
_TRANSPORTS = {"encrypted session": "session", "own cookies": "cookies"}
_STEPS = {
    "page, no cookies": Step("GET", "/page"),
    "login": Step("POST", "/login?name=ada"),
    "page, session cookie": Step("GET", "/page"),
    "redirect with a message": Step("POST", "/told", 303),
    "page that shows it": Step("GET", "/told", text="The article"),
}


def main() -> None:
    """Print a table with calls, and changes of file between them."""
    counts = [asyncio.run(_count(library)) for library in _TRANSPORTS.values()]
    rows = [(name, *(count[name] for count in counts)) for name in _STEPS]
    show("calls into the package, changes of file", _TRANSPORTS, rows)


async def _count(library: str) -> dict[str, str]:
    """Serve the application in this thread, and send each step from another."""
    counts = {}
    async with TestServer(application(library, "encrypted")) as server:
        for _ in range(2):  # the first visitor warms the application up
            with closing(Browser(server.port or 0, BROWSER)) as browser:
                for name, step in _STEPS.items():
                    with _counted() as files:
                        await asyncio.to_thread(browser.go, step)
                    changes = sum(one != other for one, other in pairwise(files))
                    counts[name] = f"{len(files)}, {changes:2}"
    return counts


@contextmanager
def _counted() -> Iterator[list[str]]:
    """Note the file of each call into the package by this thread."""
    files: list[str] = []

    def note(frame: FrameType, event: str, _: Any) -> None:
        code = frame.f_code
        if event == "call" and code.co_filename.startswith(_PACKAGE) and code.co_name[0] != "<":
            files.append(code.co_filename)

    sys.setprofile(note)
    try:
        yield files
    finally:
        sys.setprofile(None)


if __name__ == "__main__":
    main()
