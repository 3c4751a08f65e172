"""Applications with a middleware outside the flashbag, over each transport."""

from __future__ import annotations

from typing import Any

import pytest
from aiohttp import web
from aiohttp.typedefs import Middleware
from aiohttp_session import AbstractStorage, get_session

from support.apps import BESIDE, SESSIONS, AiohttpClient, Client, make_app

OUTERMOST, OUTSIDE = 0, 1  # places around the session, and between session and flashbag
each_transport = pytest.mark.parametrize("storage", [*SESSIONS, *BESIDE], indirect=True)
outside = pytest.mark.parametrize("place", [OUTERMOST, OUTSIDE])


async def count(request: web.Request) -> None:
    """Change the session, so that aiohttp_session saves it."""
    (await get_session(request))["count"] = 1


async def client_behind(
    aiohttp_client: AiohttpClient,
    storage: AbstractStorage,
    middleware: Middleware,
    *routes: web.AbstractRouteDef,
    place: int = OUTERMOST,
    **setup_options: Any,
) -> Client:
    """Return Alice's client of an application that has this middleware outside."""
    app = make_app(storage, *routes, **setup_options)
    app.middlewares.insert(place, middleware)
    client = await aiohttp_client(app)
    await client.post("/login?user=alice")
    return client
