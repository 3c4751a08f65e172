"""Chromium, driven over the protocol of its developer tools."""

from __future__ import annotations

import base64
from pathlib import Path

from .tab import Browser, BrowserError, Engine, Tab
from .wire import Event, Wire

# For each key its code, its number, and the text that it enters.
KEYS = {
    "Tab": ("Tab", 9, ""),
    "Enter": ("Enter", 13, "\r"),
    "Space": ("Space", 32, " "),
    "Delete": ("Delete", 46, ""),
}
SELECT = """css => {
  const field = document.querySelector(css);
  field.focus();
  field.select();
}"""
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
"""For a browser without windows that contacts only the servers of the tests."""


class Chromium(Engine):
    """Headless, with a fresh profile."""

    name = "chromium"
    program = package = "chromium"
    announcement = r"DevTools listening on (\S+)\n"

    def arguments(self) -> list[str]:
        return [
            *ARGUMENTS,
            *(["--disable-back-forward-cache"] if "bfcache" in self.without else []),
            "--remote-debugging-port=0",
            f"--user-data-dir={self.directory}",
        ]

    async def connect(self) -> None:
        await super().connect()
        self._wire = Wire(self.address, self._note)
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
        # In its own window: a hidden tab takes no clicks and prerenders nothing.
        options = {**self._context, "url": "about:blank", "newWindow": True}
        target = await self._wire.send("Target.createTarget", options)
        session = await self._wire.send("Target.attachToTarget", {**target, "flatten": True})
        tab = ChromiumTab(self, self._wire, target, session["sessionId"])
        await tab.send("Runtime.enable")  # reports failed scripts
        await tab.send("Page.enable")
        await tab.send("Emulation.setScriptExecutionDisabled", value=not self._scripts)
        return tab

    async def cookies(self) -> dict[str, str]:
        jar = await self._wire.send("Storage.getCookies", self._context)
        return {cookie["name"]: cookie["value"] for cookie in jar["cookies"]}


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
        """Make the system `light` or `dark`, without animations."""
        preferred = {"prefers-color-scheme": scheme, "prefers-reduced-motion": "reduce"}
        features = [{"name": name, "value": value} for name, value in preferred.items()]
        await self.send("Emulation.setEmulatedMedia", features=features)

    async def description(self, css: str) -> str:
        """Return the description of an element in the accessibility tree."""
        return _value(await self._accessible(css), "description")

    async def role(self, css: str) -> tuple[str, str]:
        """Return the role and the name of an element in the accessibility tree."""
        node = await self._accessible(css)
        return _value(node, "role"), _value(node, "name")

    async def fill(self, css: str, text: str) -> None:
        """Replace the text in a field by typing."""
        await self.evaluate(SELECT, css)
        await (self.send("Input.insertText", text=text) if text else self.press("Delete"))

    async def press(self, key: str) -> None:
        """Press a key of `KEYS`."""
        code, number, text = KEYS[key]
        options: Event = {"code": code, "windowsVirtualKeyCode": number}
        options["key"] = text if text.isprintable() and text else key
        down = "keyDown" if text else "rawKeyDown"
        await self.send("Input.dispatchKeyEvent", type=down, text=text, **options)
        await self.send("Input.dispatchKeyEvent", type="keyUp", **options)

    async def screenshot(self, path: Path) -> None:
        """Write a picture of the whole page."""
        picture = await self.send("Page.captureScreenshot", captureBeyondViewport=True)
        path.write_bytes(base64.b64decode(picture["data"]))

    async def resize(self, width: int, height: int) -> None:
        """Set the size of the page in CSS pixels."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        await self.send("Emulation.setScrollbarsHidden", hidden=True)
        await self.send("Emulation.setDeviceMetricsOverride", **size)

    async def _accessible(self, css: str) -> Event:
        found = await self.send("Runtime.evaluate", expression=f"document.querySelector({css!r})")
        options: Event = {"objectId": found["result"]["objectId"], "fetchRelatives": False}
        tree = await self.send("Accessibility.getPartialAXTree", **options)
        return dict(tree["nodes"][0])

    async def _open(self, url: str) -> None:
        # Chromium waits for the server, where a test may hold the request.
        params = {"url": url, "transitionType": "typed"}
        await self._wire.post("Page.navigate", params, sessionId=self._session)

    async def _click(self, x: int, y: int) -> None:
        at: Event = {"x": x, "y": y, "button": "left", "clickCount": 1}
        for kind in ("mouseMoved", "mousePressed", "mouseReleased"):
            await self.send("Input.dispatchMouseEvent", type=kind, **at)

    async def _traverse(self, delta: int) -> None:
        history = await self.send("Page.getNavigationHistory")
        entry = history["entries"][history["currentIndex"] + delta]
        await self.send("Page.navigateToHistoryEntry", entryId=entry["id"])

    async def _reload(self) -> None:
        await self.send("Page.reload")

    async def _evaluate(self, script: str) -> str:
        options = {"awaitPromise": True, "returnByValue": True, "userGesture": True}
        result = await self.send("Runtime.evaluate", expression=script, **options)
        if "exceptionDetails" in result:
            raise BrowserError(_explain(result["exceptionDetails"]))
        value: str = result["result"]["value"]
        return value


def _explain(details: Event) -> str:
    return str(details.get("exception", {}).get("description", details["text"]))


def _value(node: Event, name: str) -> str:
    return str(node.get(name, {}).get("value", ""))
