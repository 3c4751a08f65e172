"""Chromium, driven by the protocol of its developer tools."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from urllib.request import urlopen

from .tab import Browser, BrowserError, Cookies, Engine, Tab
from .wire import Event, Wire

# The code of each key, its number, and the text that it enters.
KEYS = {
    "Tab": ("Tab", 9, ""),
    "Enter": ("Enter", 13, "\r"),
    "Space": ("Space", 32, " "),
    "Delete": ("Delete", 46, ""),
}


ARGUMENTS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
"""For a browser that shows no window and asks nobody but the tests' servers."""


class Chromium(Engine):
    """Headless, with a fresh profile."""

    name = "chromium"
    program = package = "chromium"

    def arguments(self) -> list[str]:
        return [
            *ARGUMENTS,
            *(["--disable-back-forward-cache"] if "bfcache" in self.without else []),
            f"--remote-debugging-port={self.port}",
            f"--user-data-dir={self.directory}",
        ]

    def answers(self) -> bool:
        try:
            with urlopen(f"http://{self.host}:{self.port}/json/version") as response:
                self._url = json.load(response)["webSocketDebuggerUrl"]
        except OSError:
            return False
        return True

    async def connect(self) -> None:
        await super().connect()
        self._wire = Wire(self._url, self._note)
        await self._wire.open()

    async def disconnect(self) -> None:
        await self._wire.close()

    async def new_browser(self, url: str) -> Browser:
        options = {"disposeOnDetach": True}
        context = await self._wire.send("Target.createBrowserContext", options)
        scripts = "scripts" not in self.without
        return ChromiumBrowser(self._wire, context["browserContextId"], url, scripts=scripts)

    def _note(self, event: Event) -> None:
        if event["method"] == "Runtime.exceptionThrown":
            self.errors.append(_explain(event["params"]["exceptionDetails"]))


class ChromiumBrowser(Browser):
    def __init__(self, wire: Wire, context: str, url: str, *, scripts: bool) -> None:
        super().__init__(url)
        self._wire = wire
        self._context = {"browserContextId": context}
        self._scripts = scripts

    async def new_tab(self) -> Tab:
        # In a window of its own: a tab behind another one takes no clicks and prerenders nothing.
        options = {**self._context, "url": "about:blank", "newWindow": True}
        target = await self._wire.send("Target.createTarget", options)
        session = await self._wire.send("Target.attachToTarget", {**target, "flatten": True})
        tab = ChromiumTab(self, self._wire, target, session["sessionId"])
        await tab.send("Runtime.enable")  # tells of failed scripts
        await tab.send("Page.enable")
        await tab.send("Emulation.setScriptExecutionDisabled", value=not self._scripts)
        return tab

    async def cookies(self) -> dict[str, str]:
        jar = await self._wire.send("Storage.getCookies", self._context)
        return {cookie["name"]: cookie["value"] for cookie in jar["cookies"]}

    async def add_cookies(self, cookies: Cookies) -> None:
        options = {**self._context, "cookies": list(map(dict, cookies))}
        await self._wire.send("Storage.setCookies", options)


class ChromiumTab(Tab):
    def __init__(self, browser: Browser, wire: Wire, target: Event, session: str) -> None:
        super().__init__(browser)
        self._wire = wire
        self._target = target
        self._session = session

    async def send(self, method: str, **params: object) -> Event:
        """Send a command of the developer tools."""
        return await self._wire.send(method, params, sessionId=self._session)

    async def color_scheme(self, scheme: str) -> None:
        """Let the system be `light` or `dark`, and without animations, for pictures."""
        preferred = {"prefers-color-scheme": scheme, "prefers-reduced-motion": "reduce"}
        features = [{"name": name, "value": value} for name, value in preferred.items()]
        await self.send("Emulation.setEmulatedMedia", features=features)

    async def description(self, css: str) -> str:
        """Return the description of an element in the accessibility tree."""
        return _value(await self._accessible(css), "description")

    async def close(self) -> None:
        await self._wire.send("Target.closeTarget", self._target)

    async def has_role(self, css: str, role: str, name: str | None = None) -> bool:
        node = await self._accessible(css)
        return _value(node, "role") == role and name in (None, _value(node, "name"))

    async def screenshot(self, path: Path) -> None:
        picture = await self.send("Page.captureScreenshot", captureBeyondViewport=True)
        path.write_bytes(base64.b64decode(picture["data"]))

    async def resize(self, width: int, height: int) -> None:
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        await self.send("Emulation.setScrollbarsHidden", hidden=True)  # they take room in pictures
        await self.send("Emulation.setDeviceMetricsOverride", **size)

    async def _accessible(self, css: str) -> Event:
        found = await self.send("Runtime.evaluate", expression=f"document.querySelector({css!r})")
        options: Event = {"objectId": found["result"]["objectId"], "fetchRelatives": False}
        tree = await self.send("Accessibility.getPartialAXTree", **options)
        node: Event = tree["nodes"][0]
        return node

    async def _open(self, url: str) -> None:
        # Chromium answers when the server has, which a test may hold.
        params = {"url": url, "transitionType": "typed"}
        await self._wire.post("Page.navigate", params, sessionId=self._session)

    async def _click(self, x: int, y: int) -> None:
        at: Event = {"x": x, "y": y, "button": "left", "clickCount": 1}
        for kind in ("mouseMoved", "mousePressed", "mouseReleased"):
            await self.send("Input.dispatchMouseEvent", type=kind, **at)

    async def _type(self, text: str) -> None:
        await self.send("Input.insertText", text=text)

    async def _press(self, key: str) -> None:
        code, number, text = KEYS[key]
        options: Event = {"code": code, "windowsVirtualKeyCode": number}
        options["key"] = text if text.isprintable() and text else key
        down = "keyDown" if text else "rawKeyDown"
        await self.send("Input.dispatchKeyEvent", type=down, text=text, **options)
        await self.send("Input.dispatchKeyEvent", type="keyUp", **options)

    async def _traverse(self, delta: int) -> None:
        history = await self.send("Page.getNavigationHistory")
        entry = history["entries"][history["currentIndex"] + delta]
        await self.send("Page.navigateToHistoryEntry", entryId=entry["id"])

    async def _reload(self) -> None:
        await self.send("Page.reload")

    async def _evaluate(self, script: str) -> str:
        options = {"awaitPromise": True, "returnByValue": True, "userGesture": True}
        answer = await self.send("Runtime.evaluate", expression=script, **options)
        if "exceptionDetails" in answer:
            raise BrowserError(_explain(answer["exceptionDetails"]))
        value: str = answer["result"]["value"]
        return value


def _explain(details: Event) -> str:
    description: str = details.get("exception", {}).get("description", details["text"])
    return description


def _value(node: Event, name: str) -> str:
    value: str = node.get(name, {}).get("value", "")
    return value
