"""The small browser of WebKitGTK, driven with WebDriver over HTTP, on a virtual display."""

from __future__ import annotations

import asyncio
import itertools
import os
import shutil
import time
from collections.abc import Awaitable, Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import aiohttp
from support.services import Server as Program
from support.services import refuse

from .tab import INTERVAL, PATIENCE, Browser, BrowserError, Engine, Tab, click

# Seconds for a script during `loaded()`. The driver never responds to a script that runs while a
# page comes back from the cache.
LOADING = 1
WITHOUT_BFCACHE = "--enable-page-cache=false"

# One command starts a script, and others ask for its value, because the driver processes one
# command at a time.
START = """const call = (window._calls ??= {})[NUMBER] = {};
Promise.resolve(SCRIPT).then(value => call.value = value, error => call.error = String(error));"""
ASK = "return window._calls?.[NUMBER];"

# Collects errors since the page was loaded, because the driver does not report them.
WATCH = """(() => {
  if (window._failures) return window._failures.splice(0);
  window._failures = [];
  addEventListener("error", event => window._failures.push(event.message));
  addEventListener("unhandledrejection", event => window._failures.push(String(event.reason)));
  return [];
})()"""


class WebKit(Engine):
    """A display, on which each visitor's browser has windows of its own."""

    name = "webkit"
    program = "Xvfb"
    package = "xvfb"
    announcement = r"^(\d+)\n"

    def start(self) -> None:
        found = sorted(Path("/usr/lib").glob("*/webkit*gtk-*/MiniBrowser"))
        if not found or not shutil.which(Driver.program):
            refuse(Driver.program, Driver.package)
        self._path = str(found[-1])
        super().start()

    def arguments(self) -> list[str]:
        return ["-displayfd", "1", "-screen", "0", "1280x1024x24", "-nolisten", "tcp"]

    async def connect(self) -> None:
        await super().connect()
        self._browsers = AsyncExitStack()

    async def disconnect(self) -> None:
        await self._browsers.aclose()

    async def new_browser(self, url: str) -> Browser:
        arguments = ["--automation", *([WITHOUT_BFCACHE] if self.without else [])]
        driver = Driver(f":{self.address}")
        driver.start()
        self._browsers.callback(driver.stop)
        browser = WebKitBrowser(driver, url, self.errors)
        self._browsers.push_async_callback(browser.close)
        await browser.start({"binary": self._path, "args": arguments})
        return browser


class Driver(Program):
    """Drives the browser of one visitor. It cannot drive two."""

    program = "WebKitWebDriver"
    package = "webkit2gtk-driver"
    greeting = b"GET /status HTTP/1.0\r\n"
    answer = b"HTTP/1.0 200"

    def __init__(self, display: str) -> None:
        super().__init__()
        self._display = display

    def arguments(self) -> list[str]:
        return [f"--port={self.port}"]

    def environment(self) -> Mapping[str, str]:
        return {
            **os.environ,
            "DISPLAY": self._display,
            "GDK_BACKEND": "x11",
            "NO_AT_BRIDGE": "1",  # the machine has no accessibility bus
            "WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS": "1",  # a container cannot provide it
        }


class WebKitBrowser(Browser):
    def __init__(self, driver: Driver, url: str, errors: list[str]) -> None:
        super().__init__(url)
        timeout = aiohttp.ClientTimeout(PATIENCE)
        self._client = aiohttp.ClientSession(f"http://{driver.host}:{driver.port}", timeout=timeout)
        self._errors = errors
        self._tabs: list[WebKitTab] = []
        self._lock = asyncio.Lock()
        self._session = ""
        self._current = ""

    async def start(self, options: Mapping[str, object]) -> None:
        """Open the browser, with one empty tab."""
        capabilities = {"webkitgtk:browserOptions": options, "pageLoadStrategy": "none"}
        wanted = {"capabilities": {"alwaysMatch": capabilities}}
        session = await self._ask("POST", "/session", wanted)
        self._session = f"/session/{session['sessionId']}"
        self._unused = [await self._ask("GET", f"{self._session}/window")]

    async def close(self) -> None:
        """Close the browser, and note the errors in scripts of its pages."""
        try:
            for tab in self._tabs:
                self._errors += await tab.failures()
            if self._session:
                await self._ask("DELETE", self._session)
        finally:
            await self._client.close()

    async def new_tab(self) -> Tab:
        # In its own window: a hidden tab takes no clicks.
        if not self._unused:
            window = await self.send("POST", "/window/new", {"type": "window"})
            self._unused.append(window["handle"])
        tab = WebKitTab(self, self._unused.pop())
        self._tabs.append(tab)
        return tab

    async def cookies(self) -> dict[str, str]:
        jar = await self.send("GET", "/cookie", window=self._tabs[-1].window)
        return {cookie["name"]: cookie["value"] for cookie in jar}

    async def send(self, method: str, path: str, body: object = None, *, window: str = "") -> Any:
        """Send a command of WebDriver, to a window if one is given."""
        async with self._lock:
            if window and window != self._current:
                await self._ask("POST", f"{self._session}/window", {"handle": window})
                self._current = window
            return await self._ask(method, self._session + path, body)

    async def _ask(self, method: str, path: str, body: object = None) -> Any:
        try:
            async with self._client.request(method, path, json=body) as response:
                value = (await response.json())["value"]
        except asyncio.TimeoutError:
            raise BrowserError(f"no response to {method} {path} in {PATIENCE} seconds") from None
        if response.status >= 400:
            raise BrowserError(f"{method} {path}: {value['error']}: {value['message']}")
        return value


class WebKitTab(Tab):
    def __init__(self, browser: WebKitBrowser, window: str) -> None:
        super().__init__(browser)
        self._browser = browser
        self.window = window
        self._numbers = itertools.count()
        self._patience = PATIENCE
        self._errors: list[str] = []

    async def failures(self) -> list[str]:
        """Return the errors in scripts since their page had loaded."""
        await self._watch()
        return self._errors

    async def loaded(self) -> None:
        self._patience = LOADING
        try:
            await super().loaded()
        finally:
            self._patience = PATIENCE
        await self._watch()

    async def _leave(self, act: Awaitable[None], *, wait: bool) -> None:
        await self._watch()
        await super()._leave(act, wait=wait)

    async def _watch(self) -> None:
        self._errors += await self.evaluate(WATCH)

    async def _send(self, method: str, path: str, body: object = None) -> Any:
        return await self._browser.send(method, path, body, window=self.window)

    async def _open(self, url: str) -> None:
        await self._send("POST", "/url", {"url": url})

    async def _click(self, x: int, y: int) -> None:
        await self._send("POST", "/actions", {"actions": click(x, y)})

    async def _traverse(self, delta: int) -> None:
        await self._send("POST", "/back" if delta < 0 else "/forward", {})

    async def _reload(self) -> None:
        await self._send("POST", "/refresh", {})

    async def _evaluate(self, script: str) -> str:
        number = str(next(self._numbers))
        end = time.monotonic() + PATIENCE
        await self._execute(START.replace("NUMBER", number).replace("SCRIPT", script))
        while (call := await self._execute(ASK.replace("NUMBER", number))) == {}:
            if time.monotonic() > end:
                raise BrowserError(f"no value of {script} in {PATIENCE} seconds")
            await asyncio.sleep(INTERVAL)
        if call is None or "error" in call:
            raise BrowserError(call["error"] if call else f"the page was left during {script}")
        value: str = call["value"]
        return value

    async def _start(self, script: str) -> None:
        await self._execute(script)

    async def _execute(self, script: str) -> Any:
        command = self._send("POST", "/execute/sync", {"script": script, "args": []})
        try:
            return await asyncio.wait_for(command, self._patience)
        except asyncio.TimeoutError:
            raise BrowserError(f"no value of {script} in {self._patience} seconds") from None
