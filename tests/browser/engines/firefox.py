"""Firefox, driven over its built-in WebDriver BiDi."""

from __future__ import annotations

from .tab import Browser, BrowserError, Engine, Tab, click
from .wire import Event, Wire


class Firefox(Engine):
    """Headless, with a fresh profile."""

    name = "firefox"
    program = package = "firefox-esr"
    announcement = r"WebDriver BiDi listening on (\S+)\n"

    def arguments(self) -> list[str]:
        return ["--headless", "--remote-debugging-port=0", "--profile", str(self.directory)]

    async def connect(self) -> None:
        await super().connect()
        self._contexts: list[Event] = []
        self._wire = Wire(f"{self.address}/session", self._note)
        await self._wire.open()
        await self._wire.send("session.new", {"capabilities": {}})
        await self._wire.send("session.subscribe", {"events": ["log.entryAdded"]})

    async def disconnect(self) -> None:
        try:
            for context in self._contexts:
                await self._wire.send("browser.removeUserContext", context)
        finally:  # Firefox allows one session at a time
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


class FirefoxTab(Tab):
    def __init__(self, browser: Browser, wire: Wire, target: Event) -> None:
        super().__init__(browser)
        self._wire = wire
        self._target = target

    async def send(self, method: str, **params: object) -> Event:
        """Send a command of WebDriver BiDi."""
        return await self._wire.send(method, {"context": self._target["context"], **params})

    async def _open(self, url: str) -> None:
        # Firefox waits for the server, where a test may hold the request.
        params = {"context": self._target["context"], "url": url}
        await self._wire.post("browsingContext.navigate", params)

    async def _click(self, x: int, y: int) -> None:
        await self.send("input.performActions", actions=click(x, y))

    async def _traverse(self, delta: int) -> None:
        await self.send("browsingContext.traverseHistory", delta=delta)

    async def _reload(self) -> None:
        await self.send("browsingContext.reload", wait="none")

    async def _evaluate(self, script: str) -> str:
        params = {"expression": script, "target": self._target, "awaitPromise": True}
        result = await self._wire.send("script.evaluate", {**params, "userActivation": True})
        if "exceptionDetails" in result:
            raise BrowserError(result["exceptionDetails"]["text"])
        value: str = result["result"]["value"]
        return value
