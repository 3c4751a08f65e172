"""Middlewares around the flashbag: they retry, flash for errors, and replace responses (B2, B6)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from http.cookies import SimpleCookie

import pytest
from aiohttp import hdrs, web
from aiohttp.typedefs import Handler, Middleware
from aiohttp_session import AbstractStorage, get_session
from support.apps import (
    ERROR,
    FLASHBAG_ROUTES,
    AiohttpClient,
    Answer,
    Client,
    answer_of,
    does,
    flash_messages,
    json_page,
    messages_page,
    read,
    session_app,
    set_values,
    shown,
    texts,
    whoami,
)
from support.behind import OUTERMOST, OUTSIDE, client_behind, count, each_transport, outside
from support.overlap import FETCH
from support.own_cookies import KEY, cookie_app

from aiohttp_flashbag import (
    CookieTransport,
    flash,
    flashbag_clear,
    flashbag_get,
    flashbag_middleware,
    get_flashed_messages,
)

INSIDE = 2
everywhere = pytest.mark.parametrize("place", [OUTERMOST, OUTSIDE, INSIDE])
in_sessions = pytest.mark.parametrize("storage", ["encrypted", "redis"], indirect=True)


# An outer middleware calls the handler again.


@pytest.mark.parametrize(
    ("storage", "error"),
    [
        *(("encrypted", ConnectionError), ("encrypted", web.HTTPConflict)),
        *(("redis", ConnectionError), ("redis", web.HTTPConflict), ("cookies", web.HTTPConflict)),
    ],
    indirect=["storage"],
)
@pytest.mark.parametrize("place", [OUTERMOST, OUTSIDE])
async def test_b2_a_retried_handler_keeps_the_flashes_of_its_last_attempt(
    aiohttp_client: AiohttpClient, storage: AbstractStorage, place: int, error: type[Exception]
) -> None:
    seen: list[list[str]] = []

    @web.middleware
    async def retry(request: web.Request, handler: Handler) -> web.StreamResponse:
        with suppress(error):
            return await handler(request)
        return await handler(request)

    async def pay(request: web.Request) -> None:
        seen.append([flashbag_get(request, "error"), *get_flashed_messages(request)])
        await count(request)
        flash(request, f"Paid {len(seen)}")
        if len(seen) == 1:
            raise error

    client = await client_behind(
        aiohttp_client, storage, retry, web.get("/pay", does(pay)), place=place
    )
    await client.post("/set?error=Wrong", headers=FETCH)
    await client.post("/flash?info=Saved", headers=FETCH)
    assert (await client.get("/pay", headers=FETCH)).status == 200
    assert seen == [["Wrong", "Saved"]] * 2
    assert await shown(client) == ["Paid 2"]


@in_sessions
async def test_b2_a_handler_is_retried_in_the_bare_style_too(
    aiohttp_client: AiohttpClient, storage: AbstractStorage
) -> None:
    attempts = ["first", "second"]

    def attempt(request: web.Request) -> None:
        flash(request, attempts.pop(0))
        if attempts:
            raise ConnectionError

    @web.middleware
    async def retry(request: web.Request, handler: Handler) -> web.StreamResponse:
        with suppress(ConnectionError):
            return await handler(request)
        return await handler(request)

    app = session_app(storage, *FLASHBAG_ROUTES, web.post("/", does(attempt)))
    app.middlewares.extend([retry, flashbag_middleware])
    client = await aiohttp_client(app)
    assert (await client.post("/")).status == 200
    assert await shown(client) == ["second"]


# An outer middleware flashes for an error, and passes on a clone of the request.


def fail(request: web.Request) -> None:
    raise ConnectionError


def apologize(*, clones: bool = False) -> Middleware:
    """Flash for an error, with the request that this middleware got."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request.clone(scheme="https") if clones else request)
        except ConnectionError:
            flash(request, "Sorry")
            raise web.HTTPSeeOther("/messages") from None

    return middleware


@web.middleware
async def clone(request: web.Request, handler: Handler) -> web.StreamResponse:
    return await handler(request.clone(scheme="https"))


@web.middleware
async def in_a_task(request: web.Request, handler: Handler) -> web.StreamResponse:
    return await asyncio.ensure_future(handler(request))


@pytest.mark.parametrize(
    "outer",
    [
        pytest.param([apologize()], id="same request"),
        pytest.param([apologize(clones=True)], id="around a clone"),
        pytest.param([clone, apologize()], id="inside a clone"),
        pytest.param([in_a_task, apologize(clones=True)], id="around a clone in another task"),
    ],
)
async def test_b6_an_outer_middleware_flashes_for_an_error(
    outer: list[Middleware], aiohttp_client: AiohttpClient
) -> None:
    transport = CookieTransport(KEY, secure=False)  # the clones are HTTPS requests
    app = cookie_app(web.get("/", does(fail)), transport=transport)
    app.middlewares[:0] = outer
    client = await aiohttp_client(app)
    assert (await client.get("/", allow_redirects=False)).status == 303
    assert await shown(client) == ["Sorry"]


@pytest.mark.parametrize("response", [None, partial(web.FileResponse, __file__)])
async def test_a_cookie_is_as_secure_as_the_request_that_the_flashbag_saw(
    response: Answer | None, aiohttp_client: AiohttpClient
) -> None:
    @web.middleware
    async def flash_always(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            found = await handler(request)
        except ConnectionError:
            found = web.Response()
        flash(request, "Sorry")
        return found

    handler = does(fail) if response is None else does(answer=response)
    app = cookie_app(web.get("/", handler), transport=CookieTransport(KEY))
    app.middlewares[:0] = [clone, flash_always]
    page = await (await aiohttp_client(app)).get("/")
    [cookie] = SimpleCookie(page.headers[hdrs.SET_COOKIE]).values()
    assert cookie["secure"]


# An outer middleware shows a page instead of an error.


@web.middleware
async def error_page(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except (web.HTTPNotFound, ZeroDivisionError):
        return await messages_page(request)


async def crash(request: web.Request) -> web.StreamResponse:
    await count(request)
    raise ZeroDivisionError


async def session_page(request: web.Request) -> web.Response:
    return json_page(dict(await get_session(request)))


async def client_with(
    aiohttp_client: AiohttpClient, storage: AbstractStorage, middleware: Middleware, place: int
) -> Client:
    """Return Alice's client, with a message pending."""
    routes = (
        web.get("/crash", crash),
        web.get("/session", session_page),
        web.post("/crash", does(flash_messages, crash)),
        web.post("/both", does(set_values, flash_messages)),
        web.post("/count", does(set_values, flash_messages, count)),
    )
    client = await client_behind(aiohttp_client, storage, middleware, *routes, place=place)
    await client.post("/flash?success=Saved", headers=FETCH)
    return client


@everywhere
@each_transport
@pytest.mark.parametrize("path", ["/crash", "/missing"])
async def test_b6_an_error_page_shows_a_pending_message_once(
    aiohttp_client: AiohttpClient,
    storage: AbstractStorage,
    place: int,
    path: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    client = await client_with(aiohttp_client, storage, error_page, place)
    assert await texts(await client.get(path)) == ["Saved"]
    assert await shown(client) == []
    assert await whoami(client) == "alice"
    assert caplog.messages == []


@outside
@each_transport
async def test_b2_an_error_page_does_not_show_the_message_of_the_crashed_action(
    aiohttp_client: AiohttpClient, storage: AbstractStorage, place: int
) -> None:
    client = await client_with(aiohttp_client, storage, error_page, place)
    assert await texts(await client.post("/crash?success=Paid")) == ["Saved"]
    assert await shown(client) == []


@in_sessions
async def test_b2_the_outermost_error_page_does_not_save_a_change_of_the_crashed_action(
    aiohttp_client: AiohttpClient, storage: AbstractStorage
) -> None:
    client = await client_with(aiohttp_client, storage, error_page, OUTERMOST)
    await client.get("/crash")
    assert await answer_of(await client.get("/session")) == {"user": "alice"}


@everywhere
@in_sessions
async def test_b4_an_error_page_that_clears_keeps_the_session(
    aiohttp_client: AiohttpClient, storage: AbstractStorage, place: int
) -> None:
    @web.middleware
    async def clear(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except ZeroDivisionError:
            flashbag_clear(request)
            return web.Response()

    client = await client_with(aiohttp_client, storage, clear, place)
    for _ in range(2):  # the second time, there is nothing to clear
        response = await client.get("/crash")
        assert len(response.headers.getall("Set-Cookie", [])) <= 1
        assert await whoami(client) == "alice"
    assert await shown(client) == []


@everywhere
@each_transport
@pytest.mark.parametrize("path", ["/both", "/count"])
@pytest.mark.parametrize(
    "response",
    [web.Response, web.StreamResponse, partial(web.FileResponse, __file__)],
    ids=["response", "stream", "file"],
)
async def test_b6_a_replaced_response_carries_the_flashes_of_the_handler(
    aiohttp_client: AiohttpClient,
    storage: AbstractStorage,
    place: int,
    path: str,
    response: Callable[[], web.StreamResponse],
) -> None:
    @web.middleware
    async def replace(request: web.Request, handler: Handler) -> web.StreamResponse:
        found = await handler(request)
        return response() if request.path == path else found

    client = await client_with(aiohttp_client, storage, replace, place)
    replaced = await client.post(path, params={"error": ERROR}, headers=FETCH)
    assert replaced.headers["Cache-Control"] == "no-store"
    assert await read(client) == ERROR
    assert await shown(client) == ["Saved", ERROR]
    assert await whoami(client) == "alice"
