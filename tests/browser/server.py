"""An application on a real socket, and a record of what was asked of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler, Middleware
from multidict import CIMultiDictProxy
from yarl import URL

PATIENCE = 10  # seconds until a request that does not come fails the test


@dataclass
class Seen:
    """A request, and once it is answered the status."""

    method: str
    path: str
    headers: CIMultiDictProxy[str]
    status: int | None = None

    @property
    def purpose(self) -> str:
        """Why the browser asks, if that is not because somebody wants to see it."""
        return self.headers.get("Sec-Purpose", "")

    @property
    def dest(self) -> str:
        """What the browser wants to do with the answer."""
        return self.headers.get("Sec-Fetch-Dest", "")

    @property
    def site(self) -> str:
        """Whether the request was made by a page of this server, or by nobody's: `none`."""
        return self.headers.get("Sec-Fetch-Site", "")

    @property
    def referer(self) -> str:
        """The path of the page from which the browser asks; empty if it does not say."""
        return URL(self.headers.get(hdrs.REFERER, "")).path_qs

    @property
    def is_preload(self) -> bool:
        """The browser said that nobody may ever look at the answer."""
        return "prefetch" in self.purpose


class Server:
    """Serves an application at `url`, which browsers take for a secure context."""

    def __init__(self, app: web.Application) -> None:
        self.seen: list[Seen] = []
        self._change = asyncio.Condition()
        app.middlewares.insert(0, self._note())
        self._runner = web.AppRunner(app, shutdown_timeout=1)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Server]:
        """As in production: a handler goes on though the browser has left."""
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, "127.0.0.1", 0).start()
            yield self
        finally:
            await self._runner.cleanup()

    @property
    def url(self) -> str:
        """By name: browsers send their Sec-Fetch headers to https and to localhost only."""
        return f"http://localhost:{self._runner.addresses[0][1]}"

    async def arrival(self, path: str) -> Seen:
        """The first request for this path, when it has come."""
        return await self._first(lambda seen: seen.path == path)

    async def answer(self, path: str, *, preload: bool = False) -> Seen:
        """The first request for this path, when it is answered; or the first such preload."""
        return await self._first(
            lambda seen: seen.path == path and seen.is_preload is preload and bool(seen.status)
        )

    def requests(self, path: str) -> list[Seen]:
        """All requests for this path so far."""
        return [seen for seen in self.seen if seen.path == path]

    async def _first(self, matches: Callable[[Seen], bool]) -> Seen:
        def first() -> Seen | None:
            return next(filter(matches, self.seen), None)

        async with self._change:
            found = await asyncio.wait_for(self._change.wait_for(first), PATIENCE)
        assert found is not None
        return found

    def _note(self) -> Middleware:
        @web.middleware
        async def note(request: web.Request, handler: Handler) -> web.StreamResponse:
            seen = Seen(request.method, request.path, request.headers)
            self.seen.append(seen)
            await self._tell()
            try:
                response = await handler(request)
            except web.HTTPException as error:
                seen.status = error.status
                raise
            else:
                seen.status = response.status
                return response
            finally:
                await self._tell()

        return note

    async def _tell(self) -> None:
        async with self._change:
            self._change.notify_all()
