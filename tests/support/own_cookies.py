"""Applications whose flashes travel in own cookies, and the content of these cookies."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import partial
from http.cookies import Morsel
from typing import Any

import pytest
from aiohttp import ClientResponse, ClientWebSocketResponse, hdrs, web
from aiohttp.test_utils import make_mocked_request

import aiohttp_flashbag
from aiohttp_flashbag import CookieTransport
from aiohttp_flashbag.flash import Delta
from aiohttp_flashbag.transports import Transport
from aiohttp_flashbag.transports.encryption import Encryption
from support.apps import FLASHBAG_ROUTES, Action, AiohttpClient, Client, Handler, cookies, does
from support.overlap import FETCH

KEY = b"sixteen and sixteen bytes: a key"
PREFIX = "AIOHTTP_FLASHBAG-"

_request = make_mocked_request("GET", "/")


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


# TODO(core): the functions from here to `lines_of` read the format and internals of the transport.
def contents(name: str, value: str, key: bytes = KEY) -> bytes:
    """Return the decrypted content of a cookie."""
    content = Encryption(key).decrypt(value, name)
    assert content is not None
    return content


def opened(name: str, value: str) -> Any:
    """Return the time, the values and the messages in a cookie."""
    return json.loads(contents(name, value))


def sealed(name: str, content: Any, key: bytes = KEY) -> str:
    """Encrypt any content, as an owner of the key can."""
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    return Encryption(key).encrypt(raw, name)


def stored(text: str, category: str = "info", *, made: int = 0) -> dict[str, Any]:
    """Return a message as it is stored. `made` is its time in microseconds since 1970."""
    return {"id": f"{made:013x}fffff", "m": text, "c": category}


def asks(came: Mapping[str, str] | None = None) -> web.Request:
    """Return a request with these cookies, for a transport without a server."""
    return _request.clone(headers=header(came.items()) if came else {})


async def lines_of(transport: CookieTransport, request: web.Request, delta: Delta) -> list[str]:
    """Return the `Set-Cookie` lines with which a transport commits this delta."""
    response, store = web.Response(), transport.open(request)
    await store.load(request)
    await store.commit(request, response, delta)
    return response.headers.getall(hdrs.SET_COOKIE, [])


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


def each_answer(*actions: Action) -> list[Any]:
    """Return parameters: a kind of response, and a handler that does the actions and sends it."""
    handlers = {
        "Response": does(*actions),
        "json_response": does(*actions, answer=partial(web.json_response, {})),
        "FileResponse": does(*actions, answer=partial(web.FileResponse, __file__)),
        "StreamResponse": streams(*actions),
        "WebSocketResponse": shakes_hands(*actions),
        "404": does(*actions, answer=web.HTTPNotFound),
        "redirect": does(*actions, answer=partial(web.HTTPSeeOther, "/plain")),
    }
    return [pytest.param(name, handler, id=name) for name, handler in handlers.items()]
