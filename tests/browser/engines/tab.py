"""The interface to a browser that tests use, whichever engine is behind it.

An `Engine` is a program that runs for many tests. A `Browser` is one visitor's: it starts without
cookies, and its tabs share them. Scripts given to a `Tab` are JavaScript expressions.
"""

from __future__ import annotations

import asyncio
import json
import time
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

from support.services import Server as Program

PATIENCE = 10  # seconds until what does not happen fails the test
INTERVAL = 0.02  # seconds between two looks at a page

Cookies: TypeAlias = Iterable[Mapping[str, Any]]

POINT = """css => {
  const found = document.querySelectorAll(css);
  if (found.length !== 1) throw new Error(`${found.length} elements match ${css}`);
  found[0].scrollIntoView({block: "center", behavior: "instant"});
  const {x, y, width, height} = found[0].getClientRects()[0];
  const point = [Math.round(x + width / 2), Math.round(y + height / 2)];
  const hit = document.elementFromPoint(...point);
  if (!found[0].contains(hit)) throw new Error(`${css} is covered by ${hit?.outerHTML}`);
  return point;
}"""
SELECT = """css => {
  const field = document.querySelector(css);
  field.focus();
  field.select();
}"""
TEXTS = r"""css => [...document.querySelectorAll(css)].map(
  found => found.innerText.replace(/\s+/g, " ").trim())"""
# Without a promise where there is none: where pages run no scripts, Firefox settles none.
ENCODE = """value => {
  const encode = value => JSON.stringify([!!value, value]);
  return value?.then ? value.then(encode) : encode(value);
}"""
AGE = "performance.timeOrigin"
# A new tab has an empty page before the first real one, and some engines load that twice.
HAS_LOADED = f"""left => document.URL !== "about:blank" && document.readyState === "complete"
  && {AGE} !== left"""


class BrowserError(Exception):
    """The browser refused a command, or a script in its page failed."""


class Tab(ABC):
    """A tab of a visitor's browser, in a window that is in sight."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self._left: float | None = None  # when the document began that is left now

    async def open(self, path: str, *, wait: bool = True) -> None:
        """Type an address, and wait until its page has loaded."""
        url = self.browser.url + path if path.startswith("/") else path
        await self._leave(self._open(url), wait=wait)

    async def click(self, css: str, *, wait: bool = True) -> None:
        """Click on the only element that matches, and wait until another page has loaded.

        With `wait=False`, for what loads no page or is held at the server, return at once. A tab
        whose page is held answers nothing until `loaded()` (Chromium does not).
        """
        x, y = await self.wait_for(POINT, css)
        await self._leave(self._click(x, y), wait=wait)

    async def fill(self, css: str, text: str) -> None:
        """Type a text into a field, in place of what is there."""
        await self.wait_for(POINT, css)
        await self.evaluate(SELECT, css)
        await (self._type(text) if text else self._press("Delete"))

    async def press(self, key: str, *, wait: bool = False) -> None:
        """Press a key of `KEYS`, and wait for the page which that loads only if told to."""
        await self._leave(self._press(key), wait=wait)

    async def run(self, script: str, *, wait: bool = True) -> None:
        """Run a script of the page that leads to another one, and wait until that has loaded."""
        await self._leave(self._start(f"setTimeout(() => {{ {script} }})"), wait=wait)

    async def back(self, *, wait: bool = True) -> None:
        """Go back to the page before this one."""
        await self._leave(self._traverse(-1), wait=wait)

    async def forward(self, *, wait: bool = True) -> None:
        """Go forward again."""
        await self._leave(self._traverse(+1), wait=wait)

    async def reload(self, *, wait: bool = True) -> None:
        """Load the page again."""
        await self._leave(self._reload(), wait=wait)

    async def loaded(self) -> None:
        """Wait until the page has loaded for which an action with `wait=False` has asked."""
        await self.wait_for(HAS_LOADED, self._left)

    async def evaluate(self, script: str, *arguments: object) -> Any:
        """Return the value of an expression, awaited; with arguments, call the function that it is.

        All must be such that JSON can hold them. Raises BrowserError if the script fails.
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
            except (
                BrowserError
            ) as error:  # the page may change right now, or miss what is asked for
                last = error
            if time.monotonic() > end:
                called = f" of {', '.join(map(repr, arguments))}" if arguments else ""
                raise AssertionError(f"after {PATIENCE} seconds {script}{called} was {last!r}")
            await asyncio.sleep(INTERVAL)

    async def texts(self, css: str) -> list[str]:
        """Return what can be read in each element that matches."""
        texts: list[str] = await self.evaluate(TEXTS, css)
        return texts

    async def text(self, css: str) -> str:
        """Return what can be read in the only element that matches."""
        (text,) = await self.texts(css)
        return text

    async def wait_for_texts(self, css: str, *texts: str) -> None:
        """Wait until exactly these can be read in the elements that match."""
        await self.wait_for(
            f"(css, texts) => JSON.stringify(({TEXTS})(css)) === JSON.stringify(texts)",
            css,
            list(texts),
        )

    async def _value(self, script: str, *arguments: object) -> tuple[bool, Any]:
        """Whether a script's value is true, in JavaScript's view, and the value."""
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
    async def close(self) -> None:
        """Close the tab, also while it waits for a page."""

    @abstractmethod
    async def has_role(self, css: str, role: str, name: str | None = None) -> bool:
        """Tell whether the element has this role and name in the accessibility tree."""

    @abstractmethod
    async def screenshot(self, path: Path) -> None:
        """Write a picture of the page."""

    @abstractmethod
    async def resize(self, width: int, height: int) -> None:
        """Let the page have so many CSS pixels."""

    @abstractmethod
    async def _open(self, url: str) -> None: ...

    @abstractmethod
    async def _click(self, x: int, y: int) -> None: ...

    @abstractmethod
    async def _type(self, text: str) -> None: ...

    @abstractmethod
    async def _press(self, key: str) -> None: ...

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
        """Return the cookies, also those that scripts do not see."""

    @abstractmethod
    async def add_cookies(self, cookies: Cookies) -> None:
        """Set cookies of the server, each a dict as Playwright and WebDriver know it.

        A tab must be at a page of the server, for WebDriver sets cookies nowhere else.
        """


class Engine(Program, ABC):
    """A browser program, which runs for many tests; `without` names what it shall not have.

    That may be `scripts` or `bfcache`, the cache of whole pages for Back.
    """

    name: str

    def __init__(self, *without: str) -> None:
        super().__init__()
        self.without = without
        self.errors: list[str] = []
        """What failed in scripts of the pages, since `connect()`."""

    async def connect(self) -> None:
        """Prepare for a test."""
        self.errors.clear()

    @abstractmethod
    async def disconnect(self) -> None:
        """Close every visitor's browser."""

    @abstractmethod
    async def new_browser(self, url: str) -> Browser:
        """Open the browser of another visitor, who shares nothing with those before."""
