"""Sessions of others: of an inner application, of the one who logs out, of the next visitor."""

from __future__ import annotations

import asyncio
import gc
import weakref
from collections.abc import Callable
from functools import partial
from typing import Any

import aiohttp_session
import pytest
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from aiohttp_session import AbstractStorage, SimpleCookieStorage, get_session, new_session
from support.apps import (
    FLASHBAG_ROUTES,
    Action,
    AiohttpClient,
    Answer,
    Client,
    Start,
    does,
    flash_messages,
    make_app,
    read,
    session_app,
    set_values,
    shown,
    whoami,
    whoami_page,
)
from support.behind import each_transport
from support.overlap import FETCH

from aiohttp_flashbag import (
    SESSION_KEY,
    flash,
    flashbag_middleware,
    get_flashbag,
    get_flashed_messages,
)

Install = Callable[[web.Application], None]


def plain(inner: Middleware) -> Middleware:
    return inner


def in_a_function(inner: Middleware) -> Middleware:
    @web.middleware
    async def sessions(request: web.Request, handler: Handler) -> web.StreamResponse:
        return await inner(request, handler)

    return sessions


def in_an_object(inner: Middleware) -> Middleware:
    class Sessions:
        async def __call__(self, request: web.Request, handler: Handler) -> web.StreamResponse:
            return await inner(request, handler)

    return web.middleware(Sessions())


def in_a_partial(inner: Middleware) -> Middleware:
    async def sessions(_: object, request: web.Request, handler: Handler) -> web.StreamResponse:
        return await inner(request, handler)

    return web.middleware(partial(sessions, None))


@pytest.mark.parametrize("storage", ["simple", "redis"], indirect=True)
@pytest.mark.parametrize("wrapped", [plain, in_a_function, in_an_object, in_a_partial])
@pytest.mark.parametrize("pending", [True, False])
async def test_43_an_inner_application_never_gets_the_session_of_the_outer_one(
    aiohttp_client: AiohttpClient,
    storage: AbstractStorage,
    wrapped: Callable[[Middleware], Middleware],
    pending: bool,
) -> None:
    admin = web.Application()
    own = aiohttp_session.session_middleware(SimpleCookieStorage(cookie_name="ADMIN"))
    admin.middlewares.append(wrapped(own))
    admin.add_routes([web.get("/whoami", whoami_page)])
    app = make_app(storage)
    app.add_subapp("/admin", admin)
    client = await aiohttp_client(app)
    await client.post("/login?user=root")
    if pending:
        await client.post("/flash?success=Saved", headers=FETCH)
    response = await client.get("/admin/whoami")
    assert await response.json() is None
    assert await whoami(client) == "root"


async def clear(request: web.Request) -> None:
    (await get_session(request)).clear()


async def delete_keys(request: web.Request) -> None:
    session = await get_session(request)
    for key in [*session]:
        del session[key]


async def pop_flashbag(request: web.Request) -> None:
    """As 0.0.3 was emptied, and the messages beside it; the user stays."""
    session = await get_session(request)
    session.pop(SESSION_KEY, None)
    session.pop("aiohttp_flashbag_messages", None)


@pytest.mark.parametrize(
    "storage", ["simple", "encrypted", "nacl", "redis", "memcached"], indirect=True
)
@pytest.mark.parametrize("end", [clear, delete_keys, pop_flashbag])
@pytest.mark.parametrize("bye", [True, False])
async def test_48_what_was_pending_is_gone_after_a_logout_by_deleting(
    start: Start, end: Action, bye: bool
) -> None:
    actions = (end, partial(flash, message="Bye")) if bye else (end,)
    client = await start(web.post("/leave", does(*actions)))
    await client.post("/login?user=alice")
    await client.post("/set?error=Wrong", headers=FETCH)
    await client.post("/flash?success=Secret", headers=FETCH)
    await client.post("/leave", headers=FETCH)
    assert await read(client) is None
    await client.post("/leave" if not bye else "/plain", headers=FETCH)
    await client.post("/login?user=bob", headers=FETCH)
    assert await shown(client) == ["Bye"] * bye


@pytest.mark.parametrize("storage", ["redis", "memcached"], indirect=True)
async def test_48_what_came_meanwhile_is_gone_after_a_logout_too(start: Start) -> None:
    reached, go_on = asyncio.Event(), asyncio.Event()

    async def slow_logout(request: web.Request) -> None:
        session = await get_session(request)
        reached.set()
        await asyncio.wait_for(go_on.wait(), 10)
        session.clear()

    client = await start(web.post("/leave", does(slow_logout)))
    await client.post("/login?user=alice")
    leaving = asyncio.create_task(client.post("/leave", headers=FETCH))
    await asyncio.wait_for(reached.wait(), 10)
    await client.post("/flash?success=Secret", headers=FETCH)
    go_on.set()
    await leaving
    await client.post("/login?user=bob", headers=FETCH)
    assert await shown(client) == []


def bare(app: web.Application) -> None:
    app.middlewares.append(flashbag_middleware)


@web.middleware
async def as_response(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer with a response that has the headers of the exception, as some error pages do."""
    try:
        return await handler(request)
    except web.HTTPException as error:
        response = web.Response(status=error.status, headers=error.headers)
        for morsel in error.cookies.values():
            response.set_cookie(morsel.key, morsel.value)
        return response


@each_transport
@pytest.mark.parametrize("touch", [True, False])
@pytest.mark.parametrize("style", ["bare", "setup"])
async def test_50_an_exception_of_a_module_carries_no_header_of_one_visitor_to_the_next(
    aiohttp_client: AiohttpClient, storage: AbstractStorage, style: str, touch: bool
) -> None:
    gone = web.HTTPGone()
    before = gone.headers.copy()

    async def raises(request: web.Request) -> web.Response:
        if request.query:
            flash_messages(request)
            if touch:
                (await get_session(request))["count"] = 1
        raise gone

    if style == "setup":
        app = make_app(storage, web.get("/gone", raises))
    elif getattr(storage, "own_cookies", False):
        pytest.skip("the bare style is for sessions")
    else:
        app = session_app(storage, *FLASHBAG_ROUTES, web.get("/gone", raises))
        bare(app)
    app.middlewares.insert(0, as_response)
    alice, bob = await aiohttp_client(app), await aiohttp_client(app)
    await alice.post("/login?user=alice")
    response = await alice.get("/gone?success=for+alice")
    assert response.headers["Cache-Control"] == "no-store"
    response = await bob.get("/gone")
    assert not {"Set-Cookie", "Cache-Control", "Clear-Site-Data"} & {*response.headers}
    assert gone.headers == before
    assert not gone.cookies
    assert await whoami(bob) is None
    assert await whoami(alice) == "alice"
    assert await shown(alice) == ["for alice"]


@each_transport
async def test_50_the_cookies_of_an_exception_are_kept_and_get_no_company(
    aiohttp_client: AiohttpClient, storage: AbstractStorage
) -> None:
    gone = web.HTTPGone()
    gone.set_cookie("theme", "dark")

    async def raises(request: web.Request) -> web.Response:
        flash_messages(request)
        (await get_session(request))["count"] = 1
        raise gone

    client = await aiohttp_client(make_app(storage, web.get("/gone", raises)))
    response = await client.get("/gone?info=Saved")
    assert response.cookies["theme"].value == "dark"
    assert [*gone.cookies] == ["theme"]
    assert await shown(client) == ["Saved"]


async def anew_and_invalidate(request: web.Request) -> None:
    await new_session(request)
    (await get_session(request)).invalidate()


async def anew_filled_and_invalidate(request: web.Request) -> None:
    session = await new_session(request)
    session["user"] = "mallory"
    session.invalidate()


async def anew_and_invalidate_the_old(request: web.Request) -> None:
    old = await get_session(request)
    await new_session(request)
    old.invalidate()


async def invalidate_and_anew(request: web.Request) -> None:
    (await get_session(request)).invalidate()
    await new_session(request)


@pytest.mark.parametrize(
    "storage", ["simple", "encrypted", "nacl", "redis", "memcached"], indirect=True
)
@pytest.mark.parametrize(
    ("end", "act"),
    [
        (anew_and_invalidate, get_flashbag),
        (anew_and_invalidate, flash_messages),
        (anew_filled_and_invalidate, get_flashbag),
        (anew_filled_and_invalidate, flash_messages),
        # aiohttp_session saves neither of these, unless something is put into the new session.
        (anew_and_invalidate_the_old, flash_messages),
        (invalidate_and_anew, flash_messages),
    ],
)
async def test_61_nothing_moves_along_to_a_new_session_that_is_ended(
    start: Start, end: Action, act: Action
) -> None:
    client = await start(web.post("/leave", does(end, act)))
    await client.post("/login?user=alice")
    await client.post("/set?error=Secret", headers=FETCH)
    await client.post("/flash?success=Secret", headers=FETCH)
    await client.post("/leave?info=Bye", headers=FETCH)
    await client.post("/login?user=bob", headers=FETCH)
    assert await shown(client) == (["Bye"] if act is flash_messages else [])
    assert await read(client) is None


@each_transport
@pytest.mark.parametrize(
    "answer",
    [web.StreamResponse, partial(web.FileResponse, __file__)],
    ids=["stream", "file"],
)
@pytest.mark.parametrize("user", ["alice", None])
async def test_74_a_stream_in_an_application_with_sessions_of_its_own_loses_no_flash(
    aiohttp_client: AiohttpClient, storage: AbstractStorage, answer: Answer, user: str | None
) -> None:
    async def count(request: web.Request) -> None:
        (await get_session(request))["count"] = 1

    inner = web.Application()
    aiohttp_session.setup(inner, SimpleCookieStorage(cookie_name="INNER"))
    inner.add_routes([web.post("/", does(count, flash_messages, set_values, answer=answer))])
    app = make_app(storage)
    app.add_subapp("/inner", inner)
    client = await aiohttp_client(app)
    if user:
        await client.post("/login", params={"user": user})
    response = await client.post("/inner/?success=Saved", headers=FETCH)
    assert response.headers["Cache-Control"] == "no-store"
    page = await client.get("/values?success", headers=FETCH)
    assert await page.json() == {"success": "Saved"}
    assert await shown(client) == ["Saved"]
    assert await whoami(client) == user


@each_transport
async def test_55_tasks_that_live_long_hold_no_request_and_no_bag(
    aiohttp_client: AiohttpClient, storage: AbstractStorage
) -> None:
    held: list[weakref.ref[Any]] = []
    ended = asyncio.Event()
    tasks: set[asyncio.Task[object]] = set()

    async def start_job(request: web.Request) -> None:
        tasks.add(asyncio.create_task(ended.wait()))
        get_flashed_messages(request)
        flash_messages(request)
        held.extend([weakref.ref(request), weakref.ref(get_flashbag(request))])

    client: Client = await aiohttp_client(make_app(storage, web.post("/", does(start_job))))
    await client.post("/login?user=alice")
    for _ in range(20):
        response = await client.post("/?info=Saved", headers={**FETCH, "Connection": "close"})
        await response.read()
    for _ in range(3):
        await asyncio.sleep(0)  # the connections are closed
        gc.collect()
    assert len(tasks) == 20
    assert [ref() for ref in held] == [None] * 40
    ended.set()
    await asyncio.gather(*tasks)
