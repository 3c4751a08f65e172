"""The interface to a browser that tests use, the same for each engine.

An `Engine` is a program that runs for many tests. A `Browser` belongs to one visitor: it starts
without cookies, and its tabs share them. Scripts given to a `Tab` are JavaScript expressions.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
from abc import ABC, abstractmethod
from collections.abc import Awaitable
from typing import Any

from support.services import Server as Program

PATIENCE = 20  # seconds before a test fails
INTERVAL = 0.02  # seconds between two looks at a page

# Elements of a page can hide members of document, so they are taken from the prototype.
POINT = """css => {
  const found = Document.prototype.querySelectorAll.call(document, css);
  if (found.length !== 1) throw new Error(`${found.length} elements match ${css}`);
  found[0].scrollIntoView({block: "center", behavior: "instant"});
  const {x, y, width, height} = found[0].getClientRects()[0];
  const point = [Math.round(x + width / 2), Math.round(y + height / 2)];
  const hit = document.elementFromPoint(...point);
  if (!found[0].contains(hit)) throw new Error(`${css} is covered by ${hit?.outerHTML}`);
  return point;
}"""
TEXTS = r"""css => [...Document.prototype.querySelectorAll.call(document, css)].map(
  found => found.innerText.replace(/\s+/g, " ").trim())"""
ENCODE = "async value => { value = await value; return JSON.stringify([!!value, value]); }"
AGE = "performance.timeOrigin"
# A new tab has an empty page before the first real one, and some engines load that twice.
HAS_LOADED = f"""left => document.URL !== "about:blank" && {AGE} !== left
  && Reflect.get(Document.prototype, "readyState", document) === 'complete'"""


def click(x: int, y: int) -> list[dict[str, Any]]:
    """Describe a click at this point of the window, for WebDriver."""
    actions: list[dict[str, Any]] = [
        {"type": "pointerMove", "x": x, "y": y},
        {"type": "pointerDown", "button": 0},
        {"type": "pointerUp", "button": 0},
    ]
    return [{"type": "pointer", "id": "mouse", "actions": actions}]


class BrowserError(Exception):
    """The browser refused a command, or a script in its page failed."""


class Tab(ABC):
    """A visible tab of a visitor's browser."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self._left: float | None = None  # when the document began that the tab is leaving

    async def open(self, path: str, *, wait: bool = True) -> None:
        """Type an address and wait until its page has loaded."""
        await self._leave(self._open(self.browser.url + path), wait=wait)

    async def click(self, css: str, *, wait: bool = True) -> None:
        """Click the only element that matches, and wait until another page has loaded.

        Use `wait=False` if no page loads, or if the server holds it. While the server holds the
        page, most engines run no script in the tab, so call `loaded()` first.
        """
        x, y = await self.wait_for(POINT, css)
        await self._leave(self._click(x, y), wait=wait)

    async def run(self, script: str, *, wait: bool = True) -> None:
        """Run a script that leads to another page, and wait until that page has loaded."""
        await self._leave(self._start(f"setTimeout(() => {{ {script} }})"), wait=wait)

    async def back(self, *, wait: bool = True) -> None:
        """Go back to the previous page."""
        await self._leave(self._traverse(-1), wait=wait)

    async def forward(self, *, wait: bool = True) -> None:
        """Go forward again."""
        await self._leave(self._traverse(+1), wait=wait)

    async def reload(self, *, wait: bool = True) -> None:
        """Load the page again."""
        await self._leave(self._reload(), wait=wait)

    async def loaded(self) -> None:
        """Wait until the page has loaded that an action with `wait=False` asked for."""
        await self.wait_for(HAS_LOADED, self._left)

    async def evaluate(self, script: str, *arguments: object) -> Any:
        """Return the value of an expression, or of a function called with the arguments.

        Promises are awaited. Values and arguments must be JSON. Raises BrowserError if the script
        fails.
        """
        _, value = await self._value(script, *arguments)
        return value

    async def wait_for(self, script: str, *arguments: object) -> Any:
        """Wait until an expression is true in the page, and return its value."""
        end = time.monotonic() + PATIENCE
        last: object
        while True:
            try:
                is_true, last = await self._value(script, *arguments)
                if is_true:
                    return last
            except BrowserError as error:  # the page may be changing, or lack the element
                last = error
            if time.monotonic() > end:
                called = f" of {', '.join(map(repr, arguments))}" if arguments else ""
                raise AssertionError(f"after {PATIENCE} seconds {script}{called} was {last!r}")
            await asyncio.sleep(INTERVAL)

    async def texts(self, css: str) -> list[str]:
        """Return the visible text of each element that matches."""
        texts: list[str] = await self.evaluate(TEXTS, css)
        return texts

    async def text(self, css: str) -> str:
        """Return the visible text of the only element that matches."""
        (text,) = await self.texts(css)
        return text

    async def wait_for_texts(self, css: str, *texts: str) -> None:
        """Wait until the matching elements have exactly these texts."""
        await self.wait_for(
            f"(css, texts) => JSON.stringify(({TEXTS})(css)) === JSON.stringify(texts)",
            css,
            list(texts),
        )

    async def _value(self, script: str, *arguments: object) -> tuple[bool, Any]:
        """Return whether JavaScript counts the value as true, and the value."""
        call = f"({script})({', '.join(map(json.dumps, arguments))})" if arguments else script
        is_true, value = json.loads(await self._evaluate(f"({ENCODE})({call})"))
        return is_true, value

    async def _leave(self, act: Awaitable[None], *, wait: bool) -> None:
        try:
            self._left = await self.evaluate(AGE)
        finally:
            await act
        if wait:
            await self.loaded()

    @abstractmethod
    async def _open(self, url: str) -> None: ...

    @abstractmethod
    async def _click(self, x: int, y: int) -> None: ...

    @abstractmethod
    async def _traverse(self, delta: int) -> None: ...

    @abstractmethod
    async def _reload(self) -> None: ...

    async def _start(self, script: str) -> None:
        await self._evaluate(f"String({script})")

    @abstractmethod
    async def _evaluate(self, script: str) -> str: ...


class Browser(ABC):
    """A visitor's browser at a server: it starts without cookies, and its tabs share them."""

    def __init__(self, url: str) -> None:
        self.url = url
        """The server, to which paths belong."""

    @abstractmethod
    async def new_tab(self) -> Tab:
        """Open an empty tab."""

    @abstractmethod
    async def cookies(self) -> dict[str, str]:
        """Return the cookies, including HttpOnly cookies."""


class Engine(Program, ABC):
    """A browser program that runs for many tests.

    `without` turns features off: `scripts` (only in Chromium), or `bfcache`, the cache that keeps
    whole pages for Back (not in Firefox).
    """

    name: str
    announcement: str
    """A pattern in the program's output, which finds the address once the program is ready."""

    def __init__(self, *without: str) -> None:
        super().__init__()
        self.without = without
        self.errors: list[str] = []
        """Errors in scripts of the pages since `connect()`."""

    def answers(self) -> bool:
        found = re.search(self.announcement, self.said(), re.MULTILINE)
        self.address = found[1] if found else ""
        return bool(found)

    async def connect(self) -> None:
        """Prepare for a test."""
        self.errors.clear()

    @abstractmethod
    async def disconnect(self) -> None:
        """Close the browsers of all visitors."""

    @abstractmethod
    async def new_browser(self, url: str) -> Browser:
        """Open a browser for another visitor. It shares nothing with earlier ones."""
