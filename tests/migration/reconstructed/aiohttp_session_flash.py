"""The interface of aiohttp_session_flash 0.0.4, written anew for this library's tests.

The real one needs `asyncio.coroutine`, which Python 3.11 removed. Where Python is older, the tests
run the same application with the real one too, and so show that this one behaves the same.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler
from aiohttp_session import get_session

KEY = "flash"


def flash(request: web.Request, message: Any) -> None:
    """Add anything that JSON can hold to the queue."""
    request[KEY] += [message]


def pop_flash(request: web.Request) -> Any:
    """Empty the queue and return what was in it."""
    queue, request[KEY] = request[KEY], []
    return queue


@web.middleware
async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Take the queue out of the session, and put what is left of it back, also after a failure."""
    session = await get_session(request)
    came = tuple(session.get(KEY, ()))
    request[KEY] = [*came]
    try:
        return await handler(request)
    finally:
        left = request[KEY]
        if not left:
            session.pop(KEY, None)
        elif tuple(left) != came:
            session[KEY] = left


async def context_processor(request: web.Request) -> dict[str, Any]:
    """Give templates the function that empties the queue."""
    return {"get_flashed_messages": partial(pop_flash, request)}
