"""Commands and events as JSON over a WebSocket: the way to drive Chromium and Firefox."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from typing import Any

import aiohttp

from .tab import PATIENCE, BrowserError

Event = dict[str, Any]


class Wire:
    """A connection to a browser. `on_event` receives the events that the browser sends."""

    def __init__(self, url: str, on_event: Callable[[Event], None]) -> None:
        self._url = url
        self._on_event = on_event
        self._numbers = itertools.count(1)
        self._results: dict[int, asyncio.Future[Event]] = {}

    async def open(self) -> None:
        """Connect."""
        self._client = aiohttp.ClientSession()
        self._socket = await self._client.ws_connect(self._url, max_msg_size=0)
        self._listener = asyncio.create_task(self._listen())

    async def close(self) -> None:
        """Disconnect."""
        await self._socket.close()
        await self._listener
        await self._client.close()

    async def post(self, method: str, params: Event, **more: str) -> None:
        """Send a command without waiting for its result."""
        await self._write(next(self._numbers), method, params, more)

    async def send(self, method: str, params: Event, **more: str) -> Event:
        """Return the result of a command; raise BrowserError if it failed."""
        number = next(self._numbers)
        result = self._results[number] = asyncio.get_running_loop().create_future()
        await self._write(number, method, params, more)
        try:
            said = await asyncio.wait_for(result, PATIENCE)
        except asyncio.TimeoutError:
            raise BrowserError(f"no response to {method} {params} in {PATIENCE} seconds") from None
        finally:
            del self._results[number]
        if "error" in said:
            raise BrowserError(f"{method}: {said.get('message') or said['error']}")
        found: Event = said["result"]
        return found

    async def _write(self, number: int, method: str, params: Event, more: dict[str, str]) -> None:
        await self._socket.send_json({"id": number, "method": method, "params": params, **more})

    async def _listen(self) -> None:
        async for message in self._socket:
            said = message.json()
            if "id" not in said:
                self._on_event(said)
            elif result := self._results.get(said["id"]):
                result.set_result(said)
