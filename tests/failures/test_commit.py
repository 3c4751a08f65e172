"""Responses that are cached, cancelled, never received, or sent in another task."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest
from aiohttp import web
from aiohttp.typedefs import Handler
from aiohttp_session import AbstractStorage
from exchanges.outer import BOTH, Behind, add_both, at, pending, read_both, with_session
from support.apps import (
    FLASHBAG_ROUTES,
    Action,
    AiohttpClient,
    does,
    in_sessions,
    make_app,
    messages_page,
    session_app,
    shown,
)
from support.behind import OUTERMOST, each_transport, outside
from support.overlap import FETCH
from support.services import PATIENCE

from aiohttp_flashbag import flash, flashbag_middleware, get_flashed_messages


async def missing_page(request: web.Request) -> web.Response:
    page = await messages_page(request)
    raise web.HTTPNotFound(text=page.text, content_type="application/json")


@each_transport
@with_session
@pytest.mark.parametrize("page", [messages_page, missing_page])
async def test_45_a_page_cache_outside_never_shows_one_visitors_message_to_another(
    aiohttp_client: AiohttpClient, storage: AbstractStorage, page: Handler, touch: list[Action]
) -> None:
    cache: dict[str, str | None] = {}

    @at("/page")
    async def page_cache(request: web.Request, handler: Handler) -> web.StreamResponse:
        """Store pages for everyone, unless `Cache-Control` forbids it (RFC 9111)."""
        if request.path in cache:
            return web.Response(text=cache[request.path])
        try:
            response = await handler(request)
        except web.HTTPException as error:
            response = error
        if not {"no-store", "private"} & {response.headers.get("Cache-Control", "")}:
            cache[request.path] = getattr(response, "text", "")
        if isinstance(response, web.HTTPException):
            raise response
        return response

    async def touched(request: web.Request) -> web.StreamResponse:
        await does(*touch)(request)
        return await page(request)

    app = make_app(storage, web.get("/page", touched))
    app.middlewares.insert(OUTERMOST, page_cache)
    alice, bob = await aiohttp_client(app), await aiohttp_client(app)
    await alice.post("/login?user=alice")
    await alice.post("/flash?success=for+alice", headers=FETCH)
    texts = [await (await client.get("/page")).text() for client in (alice, bob, bob)]
    assert texts == ['["for alice"]', "[]", "[]"]
    assert cache == {"/page": "[]"}


@each_transport
@with_session
@outside
async def test_47_a_cancelled_handler_changes_nothing_whatever_the_response(
    behind: Behind, touch: list[Action], place: int
) -> None:
    reached = asyncio.Event()

    async def pay(request: web.Request) -> None:
        flash(request, "Paid")
        reached.set()
        await asyncio.Event().wait()

    @at("/pay")
    async def cancel(request: web.Request, handler: Handler) -> web.StreamResponse:
        task = asyncio.ensure_future(handler(request))
        await asyncio.wait_for(reached.wait(), PATIENCE)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return web.Response()

    client = await behind(cancel, web.get("/pay", does(*touch, read_both, pay)), place=place)
    await add_both(client)
    await client.get("/pay")
    assert await pending(client) == BOTH


@asynccontextmanager
async def served(app: web.Application) -> AsyncIterator[str]:
    """Serve the application as in production: a handler continues when its client leaves."""
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


@each_transport
@with_session
async def test_49_flashes_stay_pending_if_the_client_has_gone(
    storage: AbstractStorage, touch: list[Action]
) -> None:
    reached, done = asyncio.Event(), asyncio.Event()

    async def wait_until_the_client_leaves(request: web.Request) -> None:
        flash(request, "Paid")
        reached.set()
        while request.transport is not None:  # noqa: ASYNC110  # there is no event for it
            await asyncio.sleep(0.01)
        task = asyncio.current_task()
        assert task is not None
        task.add_done_callback(lambda _: done.set())

    slow_page = does(*touch, read_both, wait_until_the_client_leaves)
    jar = aiohttp.CookieJar(unsafe=True)
    async with (
        served(make_app(storage, web.get("/page", slow_page))) as url,
        aiohttp.ClientSession(url, cookie_jar=jar) as browser,
    ):
        await browser.post("/login?user=alice")
        await browser.post("/set?error=Wrong", headers=FETCH)
        await browser.post("/flash?success=Saved", headers=FETCH)
        _, writer = await asyncio.open_connection("127.0.0.1", int(url.rpartition(":")[2]))
        header = "; ".join(f"{morsel.key}={morsel.value}" for morsel in jar)
        writer.write(f"GET /page HTTP/1.1\r\nHost: a\r\nCookie: {header}\r\n\r\n".encode())
        await asyncio.wait_for(reached.wait(), PATIENCE)
        writer.close()
        await asyncio.wait_for(done.wait(), PATIENCE)
        values = await browser.get("/values?error", headers=FETCH)
        assert await values.json() == {"error": "Wrong"}
        messages = await (await browser.get("/messages")).json()
        is_on_a_server = type(storage).__name__ == "RedisStorage"
        assert messages == ["Saved", *["Paid"] * is_on_a_server]


@in_sessions
@with_session
async def test_53_in_the_bare_style_an_outer_error_page_finds_a_closed_bag_and_loses_nothing(
    aiohttp_client: AiohttpClient, storage: AbstractStorage, touch: list[Action]
) -> None:
    found: list[list[str]] = []

    @at("/crash")
    async def error_page(request: web.Request, handler: Handler) -> web.StreamResponse:
        with pytest.raises(ZeroDivisionError):
            await handler(request)
        found.append([*get_flashed_messages(request)])
        with pytest.raises(RuntimeError, match="after the response has begun"):
            flash(request, "Sorry")
        return web.Response()

    def crash(request: web.Request) -> None:
        flash(request, "Paid")
        raise ZeroDivisionError

    app = session_app(storage, *FLASHBAG_ROUTES, web.get("/crash", does(*touch, crash)))
    app.middlewares.extend([error_page, flashbag_middleware])
    client = await aiohttp_client(app)
    await client.post("/flash?success=Saved", headers=FETCH)
    await client.get("/crash")
    assert found == [[]]
    assert await shown(client) == ["Saved"]
    assert await shown(client) == []
