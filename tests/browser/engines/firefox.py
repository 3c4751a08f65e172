"""Firefox, driven by WebDriver BiDi, which it speaks by itself."""

from __future__ import annotations

import base64
from pathlib import Path

from .actions import KEYS, Actions, click, strokes
from .tab import Browser, BrowserError, Cookies, Engine, Tab
from .wire import Event, Wire

PREFERENCES = {"scripts": ("javascript.enabled",), "bfcache": ("fission.bfcacheInParent",)}


class Firefox(Engine):
    """Headless, with a fresh profile."""

    name = "firefox"
    program = package = "firefox-esr"

    def prepare(self) -> None:
        names = [name for what in self.without for name in PREFERENCES[what]]
        lines = [f'user_pref("{name}", false);\n' for name in names]
        (self.directory / "user.js").write_text("".join(lines), encoding="utf-8")

    def arguments(self) -> list[str]:
        port = f"--remote-debugging-port={self.port}"
        return ["--headless", port, "--profile", str(self.directory)]

    def answers(self) -> bool:
        return "WebDriver BiDi listening" in self.said()

    async def connect(self) -> None:
        await super().connect()
        self._contexts: list[Event] = []
        self._wire = Wire(f"ws://{self.host}:{self.port}/session", self._note)
        await self._wire.open()
        await self._wire.send("session.new", {"capabilities": {}})
        await self._wire.send("session.subscribe", {"events": ["log.entryAdded"]})

    async def disconnect(self) -> None:
        try:
            for context in self._contexts:
                await self._wire.send("browser.removeUserContext", context)
        finally:  # Firefox has one session at a time: without an end no other test would get one
            await self._wire.send("session.end", {})
            await self._wire.close()

    async def new_browser(self, url: str) -> Browser:
        context = await self._wire.send("browser.createUserContext", {})
        self._contexts.append(context)
        return FirefoxBrowser(self._wire, context, url)

    def _note(self, event: Event) -> None:
        if event["method"] == "log.entryAdded" and event["params"]["type"] == "javascript":
            self.errors.append(event["params"]["text"])


class FirefoxBrowser(Browser):
    def __init__(self, wire: Wire, context: Event, url: str) -> None:
        super().__init__(url)
        self._wire = wire
        self._context = context

    async def new_tab(self) -> Tab:
        options = {"type": "window", **self._context}
        tab = await self._wire.send("browsingContext.create", options)
        return FirefoxTab(self, self._wire, tab)

    async def cookies(self) -> dict[str, str]:
        partition = {"type": "storageKey", **self._context}
        jar = await self._wire.send("storage.getCookies", {"partition": partition})
        return {cookie["name"]: cookie["value"]["value"] for cookie in jar["cookies"]}

    async def add_cookies(self, cookies: Cookies) -> None:
        partition = {"type": "storageKey", **self._context}
        for cookie in cookies:
            value = {"type": "string", "value": cookie["value"]}
            given = {**cookie, "value": value}
            if "sameSite" in cookie:
                given["sameSite"] = cookie["sameSite"].lower()
            options = {"cookie": given, "partition": partition}
            await self._wire.send("storage.setCookie", options)


class FirefoxTab(Tab):
    def __init__(self, browser: Browser, wire: Wire, target: Event) -> None:
        super().__init__(browser)
        self._wire = wire
        self._target = target

    async def send(self, method: str, **params: object) -> Event:
        """Send a command of WebDriver BiDi."""
        return await self._wire.send(method, {"context": self._target["context"], **params})

    async def close(self) -> None:
        await self.send("browsingContext.close")

    async def has_role(self, css: str, role: str, name: str | None = None) -> bool:
        value = {"role": role} if name is None else {"role": role, "name": name}
        wanted = await self._locate(type="css", value=css)
        return wanted[0] in await self._locate(type="accessibility", value=value)

    async def screenshot(self, path: Path) -> None:
        picture = await self.send("browsingContext.captureScreenshot", origin="document")
        path.write_bytes(base64.b64decode(picture["data"]))

    async def resize(self, width: int, height: int) -> None:
        size = {"width": width, "height": height}
        await self.send("browsingContext.setViewport", viewport=size)

    async def _locate(self, **locator: object) -> list[str]:
        found = await self.send("browsingContext.locateNodes", locator=locator)
        return [node["sharedId"] for node in found["nodes"]]

    async def _open(self, url: str) -> None:
        # Firefox answers when the server has, which a test may hold.
        params = {"context": self._target["context"], "url": url}
        await self._wire.post("browsingContext.navigate", params)

    async def _click(self, x: int, y: int) -> None:
        await self._act(click(x, y))

    async def _type(self, text: str) -> None:
        await self._act(strokes(text))

    async def _press(self, key: str) -> None:
        await self._act(strokes(KEYS[key]))

    async def _act(self, actions: Actions) -> None:
        await self.send("input.performActions", actions=actions)

    async def _traverse(self, delta: int) -> None:
        await self.send("browsingContext.traverseHistory", delta=delta)

    async def _reload(self) -> None:
        await self.send("browsingContext.reload", wait="none")

    async def _evaluate(self, script: str) -> str:
        params = {"expression": script, "target": self._target, "awaitPromise": True}
        answer = await self._wire.send("script.evaluate", {**params, "userActivation": True})
        if "exceptionDetails" in answer:
            raise BrowserError(answer["exceptionDetails"]["text"])
        value: str = answer["result"]["value"]
        return value
