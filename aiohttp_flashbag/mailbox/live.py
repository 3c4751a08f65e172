"""The stream that tells an open page when mail may be pending.

These of the numbered rules are implemented here:

U6  The stream of server-sent events never says what is pending. The page asks the endpoint.
U8  The stream identifies the user again every 15 seconds, and ends with the login.
U11 The stream is same-origin, is not held back by nginx, and ends within a second of `on_shutdown`.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Coroutine
from contextlib import suppress

import aiohttp_session
from aiohttp import hdrs, web

from ..hosts import is_same_origin
from ..log import log_failure
from ..time_limit import within
from .beside import Mail
from .subscription import Subscription

_TYPE = "text/event-stream"
_HEADERS = {
    hdrs.CONTENT_TYPE: _TYPE,
    hdrs.CACHE_CONTROL: "no-store",
    "X-Accel-Buffering": "no",
    "X-Content-Type-Options": "nosniff",
}
_RETRY = b"retry: 3000\n\n"  # milliseconds, for scripts that leave it to the browser
_MAIL = b"event: mail\ndata:\n\n"
_END = b"event: end\ndata:\n\n"
_COMMENT = b":\n\n"


class Live:
    """The open streams of an application.

    A stream sends a comment and identifies its user again every `interval` seconds. It closes after
    at most `lifetime` seconds. The browser then opens another one, with the cookies that it has by
    now. The event `end` says that it should not.
    """

    interval = 15.0
    lifetime = 300.0

    def __init__(self, mail: Mail) -> None:
        self._mail = mail
        self._open: set[asyncio.Task[None]] = set()
        self._is_closing = False
        self._has_logged = False

    async def check(self, app: web.Application) -> None:
        """Raise the error of a mailbox that cannot subscribe, when the application starts."""
        async with self._mail.mailbox.subscribe("nobody"):
            pass

    async def close(self, app: web.Application) -> None:
        """Close all streams, because the application shuts down (U11)."""
        self._is_closing = True
        for stream in self._open:
            stream.cancel()

    async def stream(self, request: web.Request) -> web.StreamResponse:
        """Tell a page of this origin when mail may be pending, until its user changes."""
        headers = {hdrs.CACHE_CONTROL: "no-store", "X-Content-Type-Options": "nosniff"}
        # Without HTTPS, EventSource names its origin only if that is another one.
        if not is_same_origin(request, default=request.headers.get(hdrs.ACCEPT) == _TYPE):
            raise web.HTTPForbidden(text="Only pages of this site may listen.", headers=headers)
        try:
            user = await self._identify(request)
        except Exception:
            raise web.HTTPServiceUnavailable(headers=headers) from None  # the script asks again
        response = web.StreamResponse(headers=_HEADERS)
        with suppress(ConnectionError):  # the page is gone
            await response.prepare(request)
            if user is None:
                await response.write(_END)
            elif not self._is_closing:
                await self._keep_open(self._follow(request, response, user))
        return response

    async def _keep_open(self, stream: Coroutine[None, None, None]) -> None:
        """Run a stream until it ends, has lived long enough, or is closed."""
        task = asyncio.create_task(stream)
        self._open.add(task)
        try:
            # Not the same time for all, so that browsers do not come back all at once.
            lifetime = random.uniform(0.8, 1) * self.lifetime  # noqa: S311
            await asyncio.wait({task}, timeout=lifetime)
        finally:
            self._open.discard(task)
            task.cancel()
        await asyncio.wait({task})

    async def _follow(self, request: web.Request, response: web.StreamResponse, user: str) -> None:
        with suppress(ConnectionError):  # the page is gone
            await response.write(_RETRY)
            async with self._mail.mailbox.subscribe(user) as subscription:
                while True:
                    await self._announce(subscription, response)
                    if not await self._is_still(user, request):
                        return await response.write(_END)
                    await response.write(_COMMENT)  # proxies close a silent connection

    async def _announce(self, subscription: Subscription, response: web.StreamResponse) -> None:
        """Send an event whenever mail may be pending, for `interval` seconds."""
        loop = asyncio.get_running_loop()
        end = loop.time() + self.interval
        with suppress(TimeoutError):
            while (left := end - loop.time()) > 0:  # pragma: no branch  # seldom ends here
                await within(left, subscription.wait())
                await response.write(_MAIL)

    async def _is_still(self, user: str, request: web.Request) -> bool:
        """Return whether the user is the same as before, or cannot be identified now (U8)."""
        request.pop(aiohttp_session.SESSION_KEY, None)  # the session as it is by now
        try:
            return await self._identify(request) == user
        except Exception:
            return True

    async def _identify(self, request: web.Request) -> str | None:
        """Identify the user. A failure of the application's function is logged once."""
        try:
            user = await self._mail.identify(request)
        except Exception as error:
            if not self._has_logged:
                log_failure("identify() failed, so open pages may hear of no mail", error)
            self._has_logged = True
            raise
        self._has_logged = False
        return user
