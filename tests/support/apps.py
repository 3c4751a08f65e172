"""The applications of the tests: pages that read and fill the flashbag, and what a test adds."""

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
    flash,
    flashbag_get,
    flashbag_set,
    get_flashed_messages,
)
from aiohttp_flashbag.transports import Transport

Client: TypeAlias = "TestClient[web.Request, web.Application]"
Action = Callable[[web.Request], Any]
"""Something a handler does; if it returns a coroutine, that is awaited."""
Answer = Callable[[], web.StreamResponse]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Start = Callable[..., Awaitable[Client]]
AiohttpClient = Callable[..., Awaitable[Client]]  # pytest_aiohttp names it from 1.1 on only

SESSIONS = ["encrypted", "redis"]  # stored in a cookie, and on a server
in_sessions = pytest.mark.parametrize("storage", SESSIONS, indirect=True)
"""For tests of flashes that a session carries."""
cookie_and_server = in_sessions
on_a_server = pytest.mark.parametrize("storage", ["redis"], indirect=True)
ERROR = "Name is required"
# Text goes out as it is, so that what UTF-8 cannot hold fails here as it does in a template.
json_page = partial(web.json_response, dumps=partial(json.dumps, ensure_ascii=False))


def page() -> web.Response:
    """A page that a browser displays."""
    return web.Response(text="page")


def does(*actions: Action, answer: Answer = page) -> Handler:
    """A handler that does the actions and gives the answer; an HTTP exception it raises."""

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
    """Send on the values in the query string."""
    for key, value in request.query.items():
        flashbag_set(request, key, value)


async def values_page(request: web.Request) -> web.Response:
    """Read, and so use up, the values named in the query string."""
    return json_page({key: flashbag_get(request, key) for key in request.query})


def flash_messages(request: web.Request) -> None:
    """Flash the messages in the query string, each under its category."""
    for category, text in request.query.items():
        flash(request, text, category)


async def messages_page(request: web.Request) -> web.Response:
    """Show the messages that wait, all or those of the categories in `?only=`."""
    only = request.query.getall("only", ())
    return json_page([m.message for m in get_flashed_messages(request, category_filter=only)])


async def login(request: web.Request) -> None:
    """As the user in the query string, in a session with a new id."""
    (await new_session(request))["user"] = request.query["user"]


async def logout(request: web.Request) -> None:
    """End the session."""
    (await get_session(request)).invalidate()


async def whoami_page(request: web.Request) -> web.Response:
    """Name who is logged in, or null."""
    return json_page((await get_session(request)).get("user"))


def session_app(storage: AbstractStorage, *routes: web.AbstractRouteDef) -> web.Application:
    """An application that has a session, and no flashbag yet."""
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


def transport_beside(storage: AbstractStorage) -> Transport | None:
    """Cookies of their own beside a session that is marked so, else the session itself."""
    return CookieTransport(b"k" * 32) if getattr(storage, "own_cookies", False) else None


def make_app(
    storage: AbstractStorage, *routes: web.AbstractRouteDef, **setup_options: Any
) -> web.Application:
    """An application with a session and the flashbag."""
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
    """The JSON of a page that is in order."""
    assert response.status == 200
    return await response.json()


async def read(client: Client, key: str = "error") -> Any:
    """What the next page view reads under `key`, and so uses up."""
    return (await answer_of(await client.get("/values", params={key: ""})))[key]


async def texts(response: ClientResponse) -> list[str]:
    """The messages on the page where the client ended up."""
    shown: list[str] = await answer_of(response)
    return shown


async def shown(client: Client) -> list[str]:
    """The messages that the next page view shows, and so uses up."""
    return await texts(await client.get("/messages"))


async def whoami(client: Client) -> str | None:
    """Who the server takes the client for; asked by a fetch, which is no page view."""
    response = await client.get("/whoami", headers={"Sec-Fetch-Dest": "empty"})
    user: str | None = await answer_of(response)
    return user


def cookies(client: Client) -> dict[str, str]:
    """What the client would send to the server."""
    return {morsel.key: morsel.value for morsel in client.session.cookie_jar}
