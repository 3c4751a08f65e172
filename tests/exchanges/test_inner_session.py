"""B8: a sub-application with sessions of its own, inside an application with the flashbag."""

from __future__ import annotations

from functools import partial

import aiohttp_session
import pytest
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from aiohttp_session import AbstractStorage, SimpleCookieStorage
from support.apps import (
    FLASHBAG_ROUTES,
    AiohttpClient,
    Client,
    answer_of,
    cookies,
    does,
    flash_messages,
    in_sessions,
    make_app,
    set_values,
    shown,
    whoami,
    whoami_page,
)
from support.behind import count, each_transport
from support.overlap import FETCH

import aiohttp_flashbag

from .outer import add_both, pending

SESSIONS = aiohttp_session.session_middleware(SimpleCookieStorage(cookie_name="INNER"))


@web.middleware
async def in_a_function(request: web.Request, handler: Handler) -> web.StreamResponse:
    return await SESSIONS(request, handler)


async def with_argument(_: object, request: web.Request, handler: Handler) -> web.StreamResponse:
    return await SESSIONS(request, handler)


in_a_partial: Middleware = web.middleware(partial(with_argument, None))
each_middleware = pytest.mark.parametrize("middleware", [SESSIONS, in_a_function, in_a_partial])


async def client_of(
    aiohttp_client: AiohttpClient,
    storage: AbstractStorage,
    middleware: Middleware = SESSIONS,
    *,
    is_twice: bool = False,
) -> Client:
    """Return the client of Alice, who is logged in to the outer application only."""
    file = partial(web.FileResponse, __file__)
    add = partial(does, set_values, flash_messages)
    app, sub = make_app(storage), web.Application()
    sub.middlewares.append(middleware)
    if is_twice:
        aiohttp_flashbag.setup(sub)
    sub.add_routes(
        [
            *FLASHBAG_ROUTES,
            web.get("/whoami", whoami_page),
            web.post("/count", does(count)),
            web.post("/page", add()),
            web.post("/file", add(count, answer=file)),
            web.post("/stream", add(count, answer=web.StreamResponse)),
        ]
    )
    app.add_subapp("/sub", sub)
    client = await aiohttp_client(app)
    await client.post("/login?user=alice")
    return client


@in_sessions
@each_middleware
@pytest.mark.parametrize("is_twice", [False, True])
async def test_b8_43_an_inner_application_never_gets_the_outer_session(
    aiohttp_client: AiohttpClient, storage: AbstractStorage, middleware: Middleware, is_twice: bool
) -> None:
    client = await client_of(aiohttp_client, storage, middleware, is_twice=is_twice)
    await client.post("/flash?success=Saved", headers=FETCH)
    for messages in (["Saved"], []):
        assert await answer_of(await client.get("/sub/whoami", headers=FETCH)) is None
        assert await answer_of(await client.get("/sub/messages")) == messages
        assert await whoami(client) == "alice"
    assert await shown(client) == []


@each_transport
@pytest.mark.parametrize("user", ["alice", None])
@pytest.mark.parametrize("path", ["/sub/page", "/sub/file", "/sub/stream"])
async def test_b8_74_flashes_of_the_inner_application_are_stored_in_the_outer_session(
    aiohttp_client: AiohttpClient, storage: AbstractStorage, path: str, user: str | None
) -> None:
    client = await client_of(aiohttp_client, storage)
    if user is None:
        client.session.cookie_jar.clear()
    response = await client.post(f"{path}?error=Wrong", headers=FETCH)
    assert response.headers["Cache-Control"] == "no-store"
    assert await pending(client) == ("Wrong", ["Wrong"])
    assert await pending(client) == (None, [])
    assert await whoami(client) == user
    assert "INNER" not in cookies(client)


@in_sessions
async def test_b8_the_inner_application_saves_its_own_session(
    aiohttp_client: AiohttpClient, storage: AbstractStorage
) -> None:
    client = await client_of(aiohttp_client, storage)
    await add_both(client)
    await client.post("/sub/count", headers=FETCH)
    assert "INNER" in cookies(client)
    # aiohttp_session now has replaced the outer session as well, with or without a flashbag.
    assert await answer_of(await client.get("/sub/whoami", headers=FETCH)) is None


@in_sessions
async def test_b7_flashes_of_the_inner_application_keep_the_outer_cookie_small(
    aiohttp_client: AiohttpClient, storage: AbstractStorage
) -> None:
    client = await client_of(aiohttp_client, storage)
    texts = {letter: letter * 1200 for letter in "abc"}
    await client.post("/sub/flash", params=texts, headers=FETCH)
    assert (await shown(client))[-2:] == ["b" * 1200, "c" * 1200]
    assert await whoami(client) == "alice"
