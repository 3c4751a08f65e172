"""The response that is really sent decides: outer middlewares, time limits, clients that left."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial

import aiohttp
import pytest
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from aiohttp_session import AbstractStorage
from support.apps import (
    FLASHBAG_ROUTES,
    Action,
    AiohttpClient,
    Answer,
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
    get_flashbag,
    get_flashed_messages,
)


def leave_alone(request: web.Request) -> None:
    """Leave the session as it is."""


with_session = pytest.mark.parametrize("touch", [count, leave_alone])


@web.middleware
async def page_cache(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Keep each page for everybody, unless its `Cache-Control` says no (RFC 9111)."""
    kept = request.app[PAGES].get(request.path)
    if kept is not None:
        return web.Response(text=kept[1], status=kept[0], content_type="application/json")
    try:
        response = await handler(request)
    except web.HTTPException as error:
        keep(request, error)
        raise
    keep(request, response)
    return response


def keep(request: web.Request, response: web.StreamResponse) -> None:
    said = response.headers.get("Cache-Control", "")
    if request.method == "GET" and "no-store" not in said and "private" not in said:
        assert isinstance(response, web.Response)
        request.app[PAGES][request.path] = response.status, str(response.text)


PAGES: web.AppKey[dict[str, tuple[int, str]]] = web.AppKey("pages", dict)


async def missing_page(request: web.Request) -> web.Response:
    page = await messages_page(request)
    raise web.HTTPNotFound(text=page.text, content_type="application/json")


@each_transport
@pytest.mark.parametrize("page", [messages_page, missing_page])
@with_session
async def test_45_a_page_cache_outside_never_shows_the_message_of_one_person_to_another(
    aiohttp_client: AiohttpClient, storage: AbstractStorage, page: Handler, touch: Action
) -> None:
    async def touched(request: web.Request) -> web.StreamResponse:
        await does(touch)(request)
        return await page(request)

    app = make_app(storage, web.get("/page", touched))
    app[PAGES] = {}
    app.middlewares.insert(OUTERMOST, page_cache)
    alice, bob = await aiohttp_client(app), await aiohttp_client(app)
    await alice.post("/login?user=alice")
    await alice.post("/flash?success=for+alice", headers=FETCH)
    assert await (await alice.get("/page")).json(content_type=None) == ["for alice"]
    assert await (await bob.get("/page")).json(content_type=None) == []


@web.middleware
async def time_limit(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Handle a clone in a task of its own, as aiohttp_remotes inside a time limit does."""
    response = await asyncio.wait_for(handler(request.clone()), PATIENCE)
    gc.collect()
    return response


@pytest.mark.slow
@each_transport
async def test_46_what_a_file_response_flashes_behind_a_clone_in_another_task_is_not_collected(
    aiohttp_client: AiohttpClient, storage: AbstractStorage
) -> None:
    answer = partial(web.FileResponse, __file__)
    route = web.post("/file", does(flash_messages, answer=answer))
    client = await client_behind(aiohttp_client, storage, time_limit, route)
    for number in range(8):
        response = await client.post("/file", params={"success": f"{number}"}, headers=FETCH)
        assert response.headers["Cache-Control"] == "no-store"
    assert await shown(client) == [str(number) for number in range(8)]


@each_transport
@with_session
@outside
@pytest.mark.parametrize("answer", [web.Response, partial(web.Response, status=408)])
async def test_47_a_handler_that_is_cancelled_changes_nothing_whatever_is_answered(
    aiohttp_client: AiohttpClient,
    storage: AbstractStorage,
    touch: Action,
    place: int,
    answer: Answer,
) -> None:
    reached = asyncio.Event()

    async def pay(request: web.Request) -> None:
        get_flashed_messages(request)
        flashbag_get(request, "error")
        flash(request, "Paid")
        reached.set()
        await asyncio.Event().wait()

    @web.middleware
    async def cancels(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path != "/pay":
            return await handler(request)
        task = asyncio.ensure_future(handler(request))
        await asyncio.wait_for(reached.wait(), PATIENCE)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return answer()

    route = web.get("/pay", does(touch, pay))
    client = await client_behind(aiohttp_client, storage, cancels, route, place=place)
    await client.post("/set?error=Wrong", headers=FETCH)
    await client.post("/flash?success=Saved", headers=FETCH)
    await client.get("/pay")
    page = await client.get("/values?error", headers=FETCH)
    assert await page.json() == {"error": "Wrong"}
    assert await shown(client) == ["Saved"]


@asynccontextmanager
async def served(app: web.Application) -> AsyncIterator[str]:
    """The URL of a server that lets handlers go on when their client leaves, as in production."""
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


@pytest.mark.parametrize("storage", ["encrypted", "redis", "memcached", "cookies"], indirect=True)
@with_session
async def test_49_what_is_shown_to_a_client_that_has_gone_stays_pending(
    storage: AbstractStorage, touch: Action
) -> None:
    reached, done = asyncio.Event(), asyncio.Event()

    async def page(request: web.Request) -> None:
        assert flashbag_get(request, "error") == "Wrong"
        assert get_flashed_messages(request) == ["Saved"]
        flash(request, "Paid")
        reached.set()
        while request.transport is not None:  # noqa: ASYNC110  # there is no event for it
            await asyncio.sleep(0.01)
        task = asyncio.current_task()
        assert task is not None
        task.add_done_callback(lambda _: done.set())

    app = make_app(storage, web.get("/page", does(touch, page)))
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
        page_now = await browser.get("/values?error", headers=FETCH)
        assert await page_now.json() == {"error": "Wrong"}
        messages = await (await browser.get("/messages")).json()
        on_a_server = type(storage).__name__ in ("RedisStorage", "MemcachedStorage")
        assert messages == ["Saved", *["Paid"] * on_a_server]


@pytest.mark.parametrize("storage", ["encrypted", "redis"], indirect=True)
@with_session
async def test_53_in_the_bare_style_an_error_page_outside_finds_a_closed_bag_and_loses_nothing(
    aiohttp_client: AiohttpClient, storage: AbstractStorage, touch: Action
) -> None:
    found: list[list[str]] = []

    @web.middleware
    async def error_page(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except ZeroDivisionError:
            found.append(list(map(str, get_flashed_messages(request))))
            with pytest.raises(RuntimeError, match="nothing can be added"):
                flash(request, "Sorry")
            return web.Response()

    def crash(request: web.Request) -> None:
        flash(request, "Paid")
        raise ZeroDivisionError

    app = session_app(storage, *FLASHBAG_ROUTES, web.get("/crash", does(touch, crash)))
    app.middlewares.append(error_page)
    app.middlewares.append(flashbag_middleware)
    client = await aiohttp_client(app)
    await client.post("/login?user=alice")
    await client.post("/flash?success=Saved", headers=FETCH)
    await client.get("/crash")
    assert found == [[]]
    assert await shown(client) == ["Saved"]
    assert await shown(client) == []


def turned_into(answer: Answer) -> Middleware:
    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path != "/act":
            return await handler(request)
        with suppress(web.HTTPException):
            await handler(request)
        return answer()

    return middleware


@each_transport
@with_session
@outside
@pytest.mark.parametrize(
    "handled", [web.Response, partial(web.HTTPSeeOther, "/messages")], ids=["page", "redirect"]
)
async def test_56_a_response_that_becomes_a_500_outside_changes_nothing(
    aiohttp_client: AiohttpClient,
    storage: AbstractStorage,
    touch: Action,
    place: int,
    handled: Answer,
) -> None:
    actions = touch, get_flashed_messages, partial(flashbag_get, key="error")
    adds = flash_messages, set_values
    fails = turned_into(partial(web.Response, status=500))
    route = web.get("/act", does(*actions, *adds, answer=handled))
    client = await client_behind(aiohttp_client, storage, fails, route, place=place)
    await client.post("/set?error=Wrong", headers=FETCH)
    await client.post("/flash?success=Saved", headers=FETCH)
    assert (await client.get("/act?success=Paid", allow_redirects=False)).status == 500
    page = await client.get("/values?error&success", headers=FETCH)
    assert await page.json() == {"error": "Wrong", "success": None}
    assert await shown(client) == ["Saved"]
    assert await whoami(client) == "alice"


@each_transport
@with_session
async def test_56_a_status_that_is_changed_outside_counts_too(
    aiohttp_client: AiohttpClient, storage: AbstractStorage, touch: Action
) -> None:
    @web.middleware
    async def fails(request: web.Request, handler: Handler) -> web.StreamResponse:
        response = await handler(request)
        if request.path == "/act":
            response.set_status(500)
        return response

    route = web.get("/act", does(touch, get_flashed_messages, flash_messages))
    client = await client_behind(aiohttp_client, storage, fails, route)
    await client.post("/flash?success=Saved", headers=FETCH)
    assert (await client.get("/act?success=Paid")).status == 500
    assert await shown(client) == ["Saved"]
    assert await whoami(client) == "alice"


@each_transport
@outside
@pytest.mark.parametrize("failure", [web.HTTPNotFound, partial(web.HTTPForbidden, text="no")])
async def test_57_an_error_page_outside_the_session_may_flash_and_read(
    aiohttp_client: AiohttpClient,
    storage: AbstractStorage,
    place: int,
    failure: Callable[[], web.HTTPException],
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

    route = web.get("/missing", does(answer=failure))
    client = await client_behind(aiohttp_client, storage, error_page, route, place=place)
    await client.post("/flash?success=Saved", headers=FETCH)
    response = await client.get("/missing")
    assert response.status == failure().status
    assert await response.json() == ["Saved", "Sorry"]
    assert await texts(await client.get("/messages")) == []
    assert await whoami(client) == "alice"


@each_transport
@with_session
@outside
async def test_b6_what_a_middleware_outside_reads_besides_is_consumed_too(
    aiohttp_client: AiohttpClient, storage: AbstractStorage, touch: Action, place: int
) -> None:
    @web.middleware
    async def reads_the_rest(request: web.Request, handler: Handler) -> web.StreamResponse:
        response = await handler(request)
        if request.path == "/some":
            assert sorted(get_flashed_messages(request)) == ["one", "two"]
        return response

    some = partial(get_flashed_messages, category_filter="a")
    route = web.get("/some", does(touch, some))
    client = await client_behind(aiohttp_client, storage, reads_the_rest, route, place=place)
    await client.post("/flash?a=one&b=two", headers=FETCH)
    await client.get("/some")
    assert await shown(client) == []


@each_transport
@with_session
@outside
async def test_b6_what_a_middleware_outside_keeps_stays(
    aiohttp_client: AiohttpClient, storage: AbstractStorage, touch: Action, place: int
) -> None:
    @web.middleware
    async def keeps(request: web.Request, handler: Handler) -> web.StreamResponse:
        response = await handler(request)
        if request.path == "/replace":
            flashbag_keep(request, "error")
        return response

    route = web.get("/replace", does(touch, partial(flashbag_replace_all, value={"name": "Ann"})))
    client = await client_behind(aiohttp_client, storage, keeps, route, place=place)
    await client.post("/set?error=Wrong&other=x", headers=FETCH)
    await client.get("/replace", headers=FETCH)
    page = await client.get("/values?error&other&name", headers=FETCH)
    assert await page.json() == {"error": "Wrong", "other": None, "name": "Ann"}


@each_transport
async def test_b6_an_exception_that_is_raised_on_tells_what_it_told(
    aiohttp_client: AiohttpClient, storage: AbstractStorage
) -> None:
    found: list[web.HTTPException] = []

    @web.middleware
    async def logs(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except web.HTTPException as error:
            found.append(error)
            raise

    async def refuse(request: web.Request) -> web.Response:
        flash(request, "Refused")
        try:
            raise KeyError("user")
        except KeyError as error:
            raise web.HTTPForbidden(reason="No such user") from error

    client = await client_behind(aiohttp_client, storage, logs, web.get("/refuse", refuse))
    assert (await client.get("/refuse")).status == 403
    assert (str(found[0]), found[0].args) == ("No such user", ("No such user",))
    assert isinstance(found[0].__cause__, KeyError)


@each_transport
async def test_b5_a_page_that_asks_whether_there_is_a_value_is_not_for_others(
    aiohttp_client: AiohttpClient, storage: AbstractStorage
) -> None:
    async def page(request: web.Request) -> web.Response:
        return web.json_response(
            ["error" in get_flashbag(request), "other" in get_flashbag(request)]
        )

    client = await aiohttp_client(make_app(storage, web.get("/page", page)))
    await client.post("/set?error=Wrong", headers=FETCH)
    response = await client.get("/page", headers=FETCH)
    assert await response.json() == [True, False]
    assert response.headers["Cache-Control"] == "no-store"
