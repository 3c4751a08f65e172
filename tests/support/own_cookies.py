"""Applications whose flashes travel in own cookies."""

from __future__ import annotations

from collections.abc import Iterable
from http.cookies import Morsel
from typing import Any

from aiohttp import ClientResponse, ClientWebSocketResponse, web

import aiohttp_flashbag
from aiohttp_flashbag import CookieTransport
from aiohttp_flashbag.transports import Transport
from support.apps import FLASHBAG_ROUTES, Action, AiohttpClient, Client, Handler, cookies, does
from support.overlap import FETCH

KEY = b"sixteen and sixteen bytes: a key"
PREFIX = "AIOHTTP_FLASHBAG-"


def cookie_app(
    *routes: web.AbstractRouteDef, transport: Transport | None = None, **options: Any
) -> web.Application:
    """An application with the flashbag in cookies, and without a session."""
    app = web.Application()
    app.add_routes([web.get("/plain", does()), *routes, *FLASHBAG_ROUTES])
    aiohttp_flashbag.setup(app, transport or CookieTransport(KEY), **options)
    return app


async def cookie_client(
    aiohttp_client: AiohttpClient, *routes: web.AbstractRouteDef, **options: Any
) -> Client:
    """A client of `cookie_app`."""
    return await aiohttp_client(cookie_app(*routes, **options))


async def send(client: Client, *texts: str, category: str = "info", **headers: str) -> None:
    """Flash these messages in one request that is not a page view."""
    pairs = [(category, text) for text in texts]
    response = await client.post("/flash", params=pairs, headers={**FETCH, **headers})
    assert response.status == 200


def ours(client: Client) -> dict[str, str]:
    """The flashbag's cookies in the jar of a client."""
    return {name: token for name, token in cookies(client).items() if name.startswith(PREFIX)}


def header(came: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return the header in which a browser sends cookies."""
    return {"Cookie": "; ".join(f"{name}={value}" for name, value in came)}


async def get_with(
    client: Client, path: str, came: Iterable[tuple[str, str]], **headers: str
) -> ClientResponse:
    """Send these cookies in this order, and none of the client's own."""
    client.session.cookie_jar.clear()
    return await client.get(path, headers={**header(came), **headers})


def set_by(response: ClientResponse | ClientWebSocketResponse) -> list[Morsel[str]]:
    """Return the cookies that a response sets or deletes."""
    answer = response if isinstance(response, ClientResponse) else response._response
    return list(answer.cookies.values())


def streams(*actions: Action) -> Handler:
    """Return a handler that does the actions and then streams."""

    async def handler(request: web.Request) -> web.StreamResponse:
        await does(*actions)(request)
        response = web.StreamResponse()
        await response.prepare(request)
        return response

    return handler


def shakes_hands(*actions: Action) -> Handler:
    """Return a handler that does the actions, then opens and closes a websocket."""

    async def handler(request: web.Request) -> web.StreamResponse:
        await does(*actions)(request)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.close()
        return socket

    return handler
