"""An application on a real socket, and a record of its requests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler, Middleware
from multidict import CIMultiDictProxy
from yarl import URL

PATIENCE = 30  # seconds before a missing request fails the test


@dataclass
class Seen:
    """A request, and the status of its response once there is one."""

    method: str
    path: str
    headers: CIMultiDictProxy[str]
    status: int | None = None

    @property
    def purpose(self) -> str:
        """`prefetch` or `prefetch;prerender` if the browser loads the page in advance."""
        return self.headers.get("Sec-Purpose", "")

    @property
    def referer(self) -> str:
        """The path and query of the Referer, or "" without a Referer."""
        return URL(self.headers.get(hdrs.REFERER, "")).path_qs


class Server:
    """Serves an application at `url`, which is a secure context for browsers."""

    def __init__(self, app: web.Application) -> None:
        self.seen: list[Seen] = []
        self._change = asyncio.Condition()
        app.middlewares.insert(0, self._note())
        # As in production, a handler continues after its client has disconnected.
        self._runner = web.AppRunner(app, shutdown_timeout=1)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Server]:
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, "127.0.0.1", 0).start()
            yield self
        finally:
            await self._runner.cleanup()

    @property
    def url(self) -> str:
        """The address as a name, because browsers send Sec-Fetch headers only to such hosts."""
        return f"http://localhost:{self._runner.addresses[0][1]}"

    async def arrival(self, path: str) -> Seen:
        """Wait for the first request for this path, and return it."""
        return await self._first(lambda seen: seen.path == path)

    async def response(self, path: str, *, preload: bool = False) -> Seen:
        """Wait for the response to the first request for this path, or to the first preload."""
        return await self._first(
            lambda seen: seen.path == path and bool(seen.purpose) is preload and bool(seen.status)
        )

    def requests(self, path: str) -> list[Seen]:
        """Return all requests for this path so far."""
        return [seen for seen in self.seen if seen.path == path]

    async def _first(self, matches: Callable[[Seen], bool]) -> Seen:
        def found() -> list[Seen]:
            return [seen for seen in self.seen if matches(seen)]

        async with self._change:
            return (await asyncio.wait_for(self._change.wait_for(found), PATIENCE))[0]

    def _note(self) -> Middleware:
        @web.middleware
        async def note(request: web.Request, handler: Handler) -> web.StreamResponse:
            seen = Seen(request.method, request.path, request.headers)
            self.seen.append(seen)
            await self._notify()
            try:
                response = await handler(request)
            except web.HTTPException as error:
                seen.status = error.status
                raise
            else:
                seen.status = response.status
                return response
            finally:
                await self._notify()

        return note

    async def _notify(self) -> None:
        async with self._change:
            self._change.notify_all()
