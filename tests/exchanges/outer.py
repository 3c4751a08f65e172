"""Outer middlewares that act on requests for one path."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TypeAlias

import pytest
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from support.apps import Client
from support.behind import count
from support.overlap import FETCH

from aiohttp_flashbag import flashbag_get, get_flashed_messages

Behind: TypeAlias = Callable[..., Awaitable[Client]]
"""Starts an application with a middleware outside. Returns Alice's client."""

# aiohttp_session saves a session that the handler changed, before the commit.
with_session = pytest.mark.parametrize("touch", [[], [count]], ids=["", "session changes"])


def at(path: str) -> Callable[[Middleware], Middleware]:
    """Let a middleware act on requests for this path only."""

    def decorate(inner: Middleware) -> Middleware:
        @web.middleware
        async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
            return await (inner(request, handler) if request.path == path else handler(request))

        return middleware

    return decorate


@at("/act")
async def replace_by_500(request: web.Request, handler: Handler) -> web.StreamResponse:
    with suppress(web.HTTPException):
        await handler(request)
    return web.Response(status=500)


@at("/act")
async def set_status_500(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        response = await handler(request)
    except web.HTTPException as error:
        response = web.Response(headers=error.headers)
    response.set_status(500)
    return response


@at("/act")
async def retry(request: web.Request, handler: Handler) -> web.StreamResponse:
    with suppress(ConnectionError, web.HTTPConflict):
        return await handler(request)
    return await handler(request)


async def add_both(client: Client) -> None:
    """Let a value and a message be pending."""
    await client.post("/set?error=Wrong", headers=FETCH)
    await client.post("/flash?success=Saved", headers=FETCH)


def read_both(request: web.Request) -> None:
    """Read them, as a handler does."""
    assert flashbag_get(request, "error") == "Wrong"
    assert get_flashed_messages(request) == ["Saved"]


async def pending(client: Client) -> tuple[str | None, list[str]]:
    """Consume the value and the messages that are pending, and return them."""
    value = (await (await client.get("/values?error", headers=FETCH)).json())["error"]
    return value, await (await client.get("/messages")).json()


BOTH = ("Wrong", ["Saved"])
"""The flashes of `add_both`, as `pending` returns them."""
