"""The applications of the tests: pages that read and fill the flashbag, and further routes."""

from __future__ import annotations

import inspect
import json
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, TypeAlias

import aiohttp_session
import pytest
from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient
from aiohttp_session import AbstractStorage, get_session, new_session

import aiohttp_flashbag
from aiohttp_flashbag import (
    CookieTransport,
    RedisTransport,
    flash,
    flashbag_get,
    flashbag_set,
    get_flashed_messages,
)
from aiohttp_flashbag.transports import Transport

Client: TypeAlias = "TestClient[web.Request, web.Application]"
Action = Callable[[web.Request], Any]
"""One step of a handler. If it returns a coroutine, the handler awaits it."""
Answer = Callable[[], web.StreamResponse]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Start = Callable[..., Awaitable[Client]]
AiohttpClient = Callable[..., Awaitable[Client]]  # pytest_aiohttp names it from 1.1 on only

SESSIONS = ["encrypted", "redis"]  # stored in a cookie, and on a server
BESIDE = ["cookies", "tickets"]  # transports that need no session
in_sessions = pytest.mark.parametrize("storage", SESSIONS, indirect=True)
"""For tests of flashes that a session carries."""
cookie_and_server = in_sessions
beside_sessions = pytest.mark.parametrize("storage", BESIDE, indirect=True)
on_a_server = pytest.mark.parametrize("storage", ["redis"], indirect=True)
ERROR = "Name is required"
# Text is not escaped, so that lone surrogates fail here like in a template.
json_page = partial(web.json_response, dumps=partial(json.dumps, ensure_ascii=False))


def page() -> web.Response:
    """A page that a browser displays."""
    return web.Response(text="page")


def does(*actions: Action, answer: Answer = page) -> Handler:
    """Return a handler that does the actions and then returns the response, or raises it."""

    async def handler(request: web.Request) -> web.StreamResponse:
        for action in actions:
            result = action(request)
            if inspect.isawaitable(result):
                await result
        response = answer()
        if isinstance(response, web.HTTPException):
            raise response
        return response

    return handler


def set_values(request: web.Request) -> None:
    """Set the values in the query string."""
    for key, value in request.query.items():
        flashbag_set(request, key, value)


async def values_page(request: web.Request) -> web.Response:
    """Read and consume the values that the query string names."""
    return json_page({key: flashbag_get(request, key) for key in request.query})


def flash_messages(request: web.Request) -> None:
    """Flash the messages in the query string, each with its category."""
    for category, text in request.query.items():
        flash(request, text, category)


async def messages_page(request: web.Request) -> web.Response:
    """Show the pending messages, all or only the categories in `?only=`."""
    only = request.query.getall("only", ())
    return json_page([m.message for m in get_flashed_messages(request, category_filter=only)])


async def login(request: web.Request) -> None:
    """Log in the user in the query string, in a new session."""
    (await new_session(request))["user"] = request.query["user"]


async def logout(request: web.Request) -> None:
    """End the session."""
    (await get_session(request)).invalidate()


async def whoami_page(request: web.Request) -> web.Response:
    """Name the user who is logged in, or null."""
    return json_page((await get_session(request)).get("user"))


def session_app(storage: AbstractStorage, *routes: web.AbstractRouteDef) -> web.Application:
    """Return an application that has a session, but no flashbag yet."""
    app = web.Application()
    aiohttp_session.setup(app, storage)
    app.add_routes(
        [
            web.get("/plain", does()),
            web.get("/whoami", whoami_page),
            web.post("/login", does(login)),
            web.post("/logout", does(logout)),
            *routes,
        ]
    )
    return app


def transport_beside(storage: AbstractStorage, **options: Any) -> Transport | None:
    """Return a transport for own cookies or tickets if the storage is marked so, or None."""
    if redis := getattr(storage, "tickets_in", None):
        return RedisTransport(redis, **options)
    if hasattr(storage, "own_cookies"):
        return CookieTransport(b"k" * 32, **options)
    return None


def make_app(
    storage: AbstractStorage, *routes: web.AbstractRouteDef, **setup_options: Any
) -> web.Application:
    """Return an application with a session and the flashbag."""
    app = session_app(storage, *routes, *FLASHBAG_ROUTES)
    aiohttp_flashbag.setup(app, **{"transport": transport_beside(storage), **setup_options})
    return app


FLASHBAG_ROUTES = (
    web.post("/set", does(set_values)),
    web.get("/values", values_page),
    web.post("/flash", does(flash_messages)),
    web.get("/messages", messages_page),
)


async def answer_of(response: ClientResponse) -> Any:
    """Return the JSON of a page, which must have status 200."""
    assert response.status == 200
    return await response.json()


async def read(client: Client, key: str = "error") -> Any:
    """Return the value that the next page view reads and consumes."""
    return (await answer_of(await client.get("/values", params={key: ""})))[key]


async def texts(response: ClientResponse) -> list[str]:
    """Return the messages on a page, after redirects."""
    shown: list[str] = await answer_of(response)
    return shown


async def shown(client: Client) -> list[str]:
    """Return the messages that the next page view shows and consumes."""
    return await texts(await client.get("/messages"))


async def whoami(client: Client) -> str | None:
    """Return the user who is logged in, with a request that is not a page view."""
    response = await client.get("/whoami", headers={"Sec-Fetch-Dest": "empty"})
    user: str | None = await answer_of(response)
    return user


def cookies(client: Client) -> dict[str, str]:
    """Return the cookies that the client would send."""
    return {morsel.key: morsel.value for morsel in client.session.cookie_jar}
