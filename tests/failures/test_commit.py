"""The response that is sent decides: outer middlewares, time limits, clients that have gone."""

from __future__ import annotations

import asyncio
import gc
import traceback
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.typedefs import Handler
from aiohttp_session import AbstractStorage
from support.apps import (
    FLASHBAG_ROUTES,
    Action,
    AiohttpClient,
    Answer,
    Client,
    does,
    flash_messages,
    make_app,
    messages_page,
    session_app,
    set_values,
    shown,
    texts,
    whoami,
)
from support.behind import OUTERMOST, client_behind, count, each_transport, outside
from support.overlap import FETCH
from support.services import PATIENCE

from aiohttp_flashbag import (
    flash,
    flashbag_get,
    flashbag_keep,
    flashbag_middleware,
    flashbag_replace_all,
    get_flashed_messages,
)

# aiohttp_session saves a session that the handler changed, before the commit.
with_session = pytest.mark.parametrize("touch", [[], [count]], ids=["", "session changes"])


async def add_both(client: Client) -> None:
    """Let a value and a message be pending."""
    await client.post("/set?error=Wrong", headers=FETCH)
    await client.post("/flash?success=Saved", headers=FETCH)


async def expect_both(client: Client) -> None:
    page = await client.get("/values?error", headers=FETCH)
    assert await page.json() == {"error": "Wrong"}
    assert await shown(client) == ["Saved"]


def read_both(request: web.Request) -> None:
    get_flashed_messages(request)
    flashbag_get(request, "error")


# A cache in an outer middleware

PAGES: web.AppKey[dict[str, tuple[int, str]]] = web.AppKey("pages", dict)


@web.middleware
async def page_cache(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Store each page for everyone, unless its `Cache-Control` forbids it (RFC 9111)."""
    stored = request.app[PAGES].get(request.path)
    if stored is not None:
        return web.Response(text=stored[1], status=stored[0], content_type="application/json")
    try:
        response = await handler(request)
    except web.HTTPException as error:
        store(request, error)
        raise
    store(request, response)
    return response


def store(request: web.Request, response: web.StreamResponse) -> None:
    cache_control = response.headers.get("Cache-Control", "")
    is_allowed = "no-store" not in cache_control and "private" not in cache_control
    if request.method == "GET" and is_allowed:
        assert isinstance(response, web.Response)
        request.app[PAGES][request.path] = response.status, str(response.text)


async def missing_page(request: web.Request) -> web.Response:
    page = await messages_page(request)
    raise web.HTTPNotFound(text=page.text, content_type="application/json")


@each_transport
@with_session
@pytest.mark.parametrize("page", [messages_page, missing_page])
async def test_45_a_page_cache_outside_never_shows_one_visitors_message_to_another(
    aiohttp_client: AiohttpClient, storage: AbstractStorage, page: Handler, touch: list[Action]
) -> None:
    async def touched(request: web.Request) -> web.StreamResponse:
        await does(*touch)(request)
        return await page(request)

    app = make_app(storage, web.get("/page", touched))
    app[PAGES] = {}
    app.middlewares.insert(OUTERMOST, page_cache)
    alice, bob = await aiohttp_client(app), await aiohttp_client(app)
    await alice.post("/login?user=alice")
    await alice.post("/flash?success=for+alice", headers=FETCH)
    assert await (await alice.get("/page")).json(content_type=None) == ["for alice"]
    assert await (await bob.get("/page")).json(content_type=None) == []


# Another task, and a task that is cancelled


@each_transport
async def test_46_flashes_of_a_file_response_behind_a_clone_in_another_task_are_kept(
    aiohttp_client: AiohttpClient, storage: AbstractStorage
) -> None:
    @web.middleware
    async def time_limit(request: web.Request, handler: Handler) -> web.StreamResponse:
        response = await asyncio.wait_for(handler(request.clone()), PATIENCE)
        gc.collect()
        return response

    answer = partial(web.FileResponse, __file__)
    route = web.post("/file", does(flash_messages, answer=answer))
    client = await client_behind(aiohttp_client, storage, time_limit, route)
    for number in range(3):
        response = await client.post("/file", params={"success": f"{number}"}, headers=FETCH)
        assert response.headers["Cache-Control"] == "no-store"
    assert await shown(client) == ["0", "1", "2"]


@each_transport
@with_session
@outside
async def test_47_a_cancelled_handler_changes_nothing_whatever_the_response(
    aiohttp_client: AiohttpClient, storage: AbstractStorage, touch: list[Action], place: int
) -> None:
    reached = asyncio.Event()

    async def pay(request: web.Request) -> None:
        read_both(request)
        flash(request, "Paid")
        reached.set()
        await asyncio.Event().wait()

    @web.middleware
    async def cancel(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path != "/pay":
            return await handler(request)
        task = asyncio.ensure_future(handler(request))
        await asyncio.wait_for(reached.wait(), PATIENCE)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return web.Response()

    route = web.get("/pay", does(*touch, pay))
    client = await client_behind(aiohttp_client, storage, cancel, route, place=place)
    await add_both(client)
    await client.get("/pay")
    await expect_both(client)


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

    async def page(request: web.Request) -> None:
        read_both(request)
        flash(request, "Paid")
        reached.set()
        while request.transport is not None:  # noqa: ASYNC110  # there is no event for it
            await asyncio.sleep(0.01)
        task = asyncio.current_task()
        assert task is not None
        task.add_done_callback(lambda _: done.set())

    app = make_app(storage, web.get("/page", does(*touch, page)))
    jar = aiohttp.CookieJar(unsafe=True)
    async with served(app) as url, aiohttp.ClientSession(url, cookie_jar=jar) as browser:
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
        is_on_a_server = type(storage).__name__ == "RedisStorage"
        messages = await (await browser.get("/messages")).json()
        assert messages == ["Saved", *["Paid"] * is_on_a_server]


# An outer middleware turns the response into an error, or shows a page for an error.


@pytest.mark.parametrize("storage", ["encrypted", "redis"], indirect=True)
@with_session
async def test_53_in_the_bare_style_an_outer_error_page_finds_a_closed_bag_and_loses_nothing(
    aiohttp_client: AiohttpClient, storage: AbstractStorage, touch: list[Action]
) -> None:
    found: list[list[str]] = []

    @web.middleware
    async def error_page(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except ZeroDivisionError:
            found.append([*get_flashed_messages(request)])
            with pytest.raises(RuntimeError, match="after the response has begun"):
                flash(request, "Sorry")
            return web.Response()

    def crash(request: web.Request) -> None:
        flash(request, "Paid")
        raise ZeroDivisionError

    app = session_app(storage, *FLASHBAG_ROUTES, web.get("/crash", does(*touch, crash)))
    app.middlewares.append(error_page)
    app.middlewares.append(flashbag_middleware)
    client = await aiohttp_client(app)
    await client.post("/login?user=alice")
    await client.post("/flash?success=Saved", headers=FETCH)
    await client.get("/crash")
    assert found == [[]]
    assert await shown(client) == ["Saved"]
    assert await shown(client) == []


@web.middleware
async def replace_by_500(request: web.Request, handler: Handler) -> web.StreamResponse:
    with suppress(web.HTTPException):
        response = await handler(request)
    return web.Response(status=500) if request.path == "/act" else response


@web.middleware
async def change_status(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        response = await handler(request)
    except web.HTTPException as error:
        response = web.Response(status=error.status, headers=error.headers)
    if request.path == "/act":
        response.set_status(500)
    return response


@each_transport
@with_session
@outside
@pytest.mark.parametrize(
    "answer", [web.Response, partial(web.HTTPSeeOther, "/messages")], ids=["page", "redirect"]
)
@pytest.mark.parametrize("middleware", [replace_by_500, change_status])
async def test_56_a_response_that_becomes_a_500_outside_changes_nothing(
    aiohttp_client: AiohttpClient,
    storage: AbstractStorage,
    touch: list[Action],
    place: int,
    answer: Answer,
    middleware: Any,
) -> None:
    route = web.get("/act", does(*touch, read_both, flash_messages, set_values, answer=answer))
    client = await client_behind(aiohttp_client, storage, middleware, route, place=place)
    await add_both(client)
    response = await client.get("/act?success=Paid", allow_redirects=False)
    assert response.status == 500
    page = await client.get("/values?success", headers=FETCH)
    assert await page.json() == {"success": None}
    await expect_both(client)
    assert await whoami(client) == "alice"


@each_transport
@outside
async def test_57_an_error_page_outside_the_session_may_flash_and_read(
    aiohttp_client: AiohttpClient, storage: AbstractStorage, place: int
) -> None:
    @web.middleware
    async def error_page(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except web.HTTPException as error:
            flash(request, "Sorry", "error")
            page = await messages_page(request)
            page.set_status(error.status)
            return page

    client = await client_behind(aiohttp_client, storage, error_page, place=place)
    await client.post("/flash?success=Saved", headers=FETCH)
    response = await client.get("/missing")
    assert response.status == 404
    assert await response.json() == ["Saved", "Sorry"]
    assert await texts(await client.get("/messages")) == []
    assert await whoami(client) == "alice"


# An outer middleware reads and keeps more than the handler.


@each_transport
@with_session
@outside
async def test_b6_an_outer_middleware_can_read_and_keep_more_than_the_handler(
    aiohttp_client: AiohttpClient, storage: AbstractStorage, touch: list[Action], place: int
) -> None:
    @web.middleware
    async def read_and_keep(request: web.Request, handler: Handler) -> web.StreamResponse:
        response = await handler(request)
        if request.path == "/act":
            assert sorted(get_flashed_messages(request)) == ["one", "two"]
            flashbag_keep(request, "error")
        return response

    replace_values = partial(flashbag_replace_all, value={"name": "Ann"})
    some_messages = partial(get_flashed_messages, category_filter="a")
    route = web.get("/act", does(*touch, some_messages, replace_values))
    client = await client_behind(aiohttp_client, storage, read_and_keep, route, place=place)
    await client.post("/set?error=Wrong&other=x", headers=FETCH)
    await client.post("/flash?a=one&b=two", headers=FETCH)
    await client.get("/act", headers=FETCH)
    page = await client.get("/values?error&other&name", headers=FETCH)
    assert await page.json() == {"error": "Wrong", "other": None, "name": "Ann"}
    assert await shown(client) == []


# A raised response is copied, and stays the same exception.


def refuse_because(style: str) -> Callable[[web.Request], None]:
    def refuse(request: web.Request) -> None:
        flash(request, "Refused")
        try:
            raise KeyError("ann")
        except KeyError as error:
            refusal = web.HTTPForbidden(reason="Unknown user")
            if style == "raise":
                raise refusal  # noqa: B904
            raise refusal from (error if style == "raise from error" else None)

    return refuse


@each_transport
@pytest.mark.parametrize(
    ("style", "words"),
    [
        ("raise", "During handling of the above exception"),
        ("raise from error", "was the direct cause of the following exception"),
        ("raise from None", None),
    ],
)
async def test_b6_an_outer_middleware_can_log_the_cause_of_a_raised_response(
    aiohttp_client: AiohttpClient, storage: AbstractStorage, style: str, words: str | None
) -> None:
    found: list[web.HTTPException] = []

    @web.middleware
    async def log(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except web.HTTPException as error:
            found.append(error)
            raise

    route = web.get("/refuse", does(refuse_because(style)))
    client = await client_behind(aiohttp_client, storage, log, route)
    assert (await client.get("/refuse")).status == 403
    [error] = found
    assert (str(error), error.args) == ("Unknown user", ("Unknown user",))
    logged = "".join(traceback.format_exception(error))
    assert "in refuse" in logged
    assert ("KeyError" in logged) is (words is not None)
    assert words is None or words in logged
    assert await shown(client) == ["Refused"]


class Refused(web.HTTPBadRequest):
    """An exception whose constructor has a signature of its own."""

    def __new__(cls, code: int) -> Any:
        return super().__new__(cls)

    def __init__(self, code: int) -> None:
        super().__init__(text=f"refused: {code}")


@each_transport
async def test_b7_an_exception_with_any_constructor_is_raised_again(
    aiohttp_client: AiohttpClient, storage: AbstractStorage
) -> None:
    async def refuse(request: web.Request) -> web.Response:
        flash_messages(request)
        raise Refused(5)

    client = await aiohttp_client(make_app(storage, web.get("/refuse", refuse)))
    response = await client.get("/refuse?info=No")
    assert (response.status, await response.text()) == (400, "refused: 5")
    assert await shown(client) == ["No"]
