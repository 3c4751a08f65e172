"""Middlewares around the flashbag: they try again, and mend errors, with a clone or without."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from http.cookies import SimpleCookie

import pytest
from aiohttp import hdrs, web
from aiohttp.typedefs import Handler, Middleware
from aiohttp_session import AbstractStorage
from support.apps import (
    FLASHBAG_ROUTES,
    AiohttpClient,
    cookie_and_server,
    does,
    session_app,
    shown,
)
from support.own_cookies import KEY, cookie_app

import aiohttp_flashbag
from aiohttp_flashbag import CookieTransport, flash, flashbag_middleware

Install = Callable[[web.Application], None]
each_way = pytest.mark.parametrize(
    "install",
    [
        pytest.param(aiohttp_flashbag.setup, id="setup"),
        pytest.param(lambda app: app.middlewares.append(flashbag_middleware), id="bare"),
    ],
)


@web.middleware
async def again(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Try once more where it failed."""
    try:
        return await handler(request)
    except ConnectionError:
        return await handler(request)


@cookie_and_server
@each_way
async def test_what_is_flashed_when_it_is_tried_again_arrives_and_nothing_else(
    storage: AbstractStorage, install: Install, aiohttp_client: AiohttpClient
) -> None:
    attempts: list[str] = ["first", "second"]

    def attempt(request: web.Request) -> None:
        flash(request, attempts.pop(0))
        if attempts:
            raise ConnectionError

    app = session_app(storage, *FLASHBAG_ROUTES, web.post("/", does(attempt)))
    app.middlewares.append(again)
    install(app)
    client = await aiohttp_client(app)
    assert (await client.post("/")).status == 200
    assert await shown(client) == ["second"]
    assert await shown(client) == []


def fail(request: web.Request) -> None:
    raise ConnectionError


def says_sorry(*, clones: bool = False) -> Middleware:
    """An outer middleware that flashes for an error, by the request that came to it."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request.clone(scheme="https") if clones else request)
        except ConnectionError:
            flash(request, "Sorry")
            raise web.HTTPSeeOther("/messages") from None

    return middleware


@web.middleware
async def cloned(request: web.Request, handler: Handler) -> web.StreamResponse:
    return await handler(request.clone(scheme="https"))


@cookie_and_server
@pytest.mark.parametrize(
    "outer",
    [
        pytest.param([says_sorry()], id="same"),
        pytest.param([says_sorry(clones=True)], id="around a clone"),
        pytest.param([cloned, says_sorry()], id="inside a clone"),
    ],
)
async def test_b6_an_outer_middleware_flashes_for_an_error(
    outer: list[Middleware], storage: AbstractStorage, aiohttp_client: AiohttpClient
) -> None:
    app = session_app(storage, *FLASHBAG_ROUTES, web.get("/", does(fail)))
    app.middlewares[:0] = outer
    aiohttp_flashbag.setup(app)
    client = await aiohttp_client(app)
    assert (await client.get("/", allow_redirects=False)).status == 303
    assert await shown(client) == ["Sorry"]


@web.middleware
async def in_a_task(request: web.Request, handler: Handler) -> web.StreamResponse:
    return await asyncio.ensure_future(handler(request))


async def test_b6_it_does_so_around_a_clone_and_inside_another_task(
    aiohttp_client: AiohttpClient,
) -> None:
    transport = CookieTransport(KEY, secure=False)  # the clone says https
    app = cookie_app(web.get("/", does(fail)), transport=transport)
    app.middlewares[:0] = [in_a_task, says_sorry(clones=True)]
    client = await aiohttp_client(app)
    assert (await client.get("/", allow_redirects=False)).status == 303
    assert await shown(client) == ["Sorry"]


@pytest.mark.parametrize("answer", [None, partial(web.FileResponse, __file__)])
async def test_a_cookie_is_as_secure_as_the_request_that_the_flashbag_saw(
    answer: Callable[[], web.StreamResponse] | None, aiohttp_client: AiohttpClient
) -> None:
    @web.middleware
    async def flashes(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            response = await handler(request)
        except ConnectionError:
            response = web.Response()
        flash(request, "Sorry")
        return response

    handler = does(fail) if answer is None else does(answer=answer)
    app = cookie_app(web.get("/", handler), transport=CookieTransport(KEY))
    app.middlewares[:0] = [cloned, flashes]
    response = await (await aiohttp_client(app)).get("/")
    (cookie,) = SimpleCookie(response.headers[hdrs.SET_COOKIE]).values()
    assert cookie["secure"]
