"""Requests that overlap inside one process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import ClientResponse, web

from support.apps import Client
from support.services import PATIENCE

FETCH = {"Sec-Fetch-Dest": "empty"}  # not a page view


class Gate:
    """Holds requests in their handler until `count` have arrived or the test opens it."""

    def __init__(self, count: int = 0) -> None:
        self.reached = asyncio.Event()
        self.opened = asyncio.Event()
        self.missing = count

    async def hold(self, request: web.Request) -> None:
        """Wait, in the handler."""
        self.reached.set()
        self.missing -= 1
        if self.missing == 0:
            self.opened.set()
        await asyncio.wait_for(self.opened.wait(), PATIENCE)

    @asynccontextmanager
    async def holding(self, client: Client, path: str) -> AsyncIterator[None]:
        """Hold a fetch of `path` while the block runs, then wait for its response."""
        fetch = asyncio.create_task(client.post(path, headers=FETCH))
        await asyncio.wait_for(self.reached.wait(), PATIENCE)
        yield
        self.opened.set()
        assert (await asyncio.wait_for(fetch, PATIENCE)).status == 200


async def at_once(client: Client, *paths: str) -> list[ClientResponse]:
    """Send requests without waiting for one another, and return their responses."""
    return list(await asyncio.gather(*(client.post(path, headers=FETCH) for path in paths)))
