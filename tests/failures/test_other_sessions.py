"""Sessions that have ended, and sessions of other visitors."""

from __future__ import annotations

import asyncio
import gc
import weakref
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web
from aiohttp.typedefs import Handler
from aiohttp_session import AbstractStorage, get_session, new_session
from exchanges.outer import add_both, pending, with_session
from support.apps import (
    BESIDE,
    FLASHBAG_ROUTES,
    SESSIONS,
    Action,
    AiohttpClient,
    Start,
    cookies,
    does,
    flash_messages,
    in_sessions,
    make_app,
    on_a_server,
    session_app,
    shown,
    whoami,
)
from support.behind import each_transport
from support.overlap import FETCH, Gate

from aiohttp_flashbag import (
    SESSION_KEY,
    flash,
    flashbag_middleware,
    get_flashbag,
    get_flashed_messages,
)

if TYPE_CHECKING:
    from redis.asyncio import Redis


# Logout


async def clear(request: web.Request) -> None:
    (await get_session(request)).clear()


async def delete_keys(request: web.Request) -> None:
    session = await get_session(request)
    for key in [*session]:
        del session[key]


async def pop_flashbag(request: web.Request) -> None:
    """Empty the flashbag as with 0.0.3, and its messages. The user stays logged in."""
    session = await get_session(request)
    session.pop(SESSION_KEY, None)
    session.pop("aiohttp_flashbag_messages", None)


@in_sessions
@pytest.mark.parametrize("end", [clear, delete_keys, pop_flashbag])
@pytest.mark.parametrize("goodbye", [[], ["Goodbye"]], ids=["", "goodbye"])
async def test_48_pending_flashes_are_dropped_by_a_logout_that_deletes_keys(
    start: Start, end: Action, goodbye: list[str]
) -> None:
    flashes = [partial(flash, message=text) for text in goodbye]
    client = await start(web.post("/leave", does(end, *flashes)))
    await client.post("/login?user=alice")
    await add_both(client)
    await client.post("/leave", headers=FETCH)
    await client.post("/login?user=bob", headers=FETCH)
    assert await pending(client) == (None, goodbye)


@on_a_server
async def test_48_a_flash_of_an_overlapping_request_is_dropped_by_the_logout_too(
    start: Start,
) -> None:
    gate = Gate()

    async def slow_logout(request: web.Request) -> None:
        session = await get_session(request)
        await gate.hold(request)
        session.clear()

    client = await start(web.post("/leave", does(slow_logout)))
    await client.post("/login?user=alice")
    async with gate.holding(client, "/leave"):
        await client.post("/flash?success=Secret", headers=FETCH)
    await client.post("/login?user=bob", headers=FETCH)
    assert await shown(client) == []


async def renew_and_end(request: web.Request) -> None:
    session = await new_session(request)
    session["user"] = "mallory"
    session.invalidate()


async def renew_and_end_the_old(request: web.Request) -> None:
    old = await get_session(request)
    await new_session(request)
    old.invalidate()


async def end_and_renew(request: web.Request) -> None:
    (await get_session(request)).invalidate()
    await new_session(request)


@in_sessions
@pytest.mark.parametrize(
    ("end", "goodbye"),
    [
        *((renew_and_end, []), (renew_and_end, ["Goodbye"])),
        # aiohttp_session saves these only if the application adds something to the new session.
        *((renew_and_end_the_old, ["Goodbye"]), (end_and_renew, ["Goodbye"])),
    ],
)
async def test_61_pending_flashes_do_not_move_to_a_new_session_that_is_ended(
    start: Start, end: Action, goodbye: list[str]
) -> None:
    flashes = [partial(flash, message=text) for text in goodbye]
    client = await start(web.post("/leave", does(end, get_flashbag, *flashes)))
    await client.post("/login?user=alice")
    await add_both(client)
    await client.post("/leave", headers=FETCH)
    await client.post("/login?user=bob", headers=FETCH)
    assert await pending(client) == (None, goodbye)


@on_a_server
@pytest.mark.parametrize("user", ["alice", None])
async def test_b4_only_a_session_that_held_nothing_but_flashes_is_replaced_when_it_is_gone(
    start: Start, redis: Redis, user: str | None
) -> None:
    async def expire(request: web.Request) -> None:
        await redis.flushall()

    client = await start(web.post("/slow", does(expire, flash_messages)))
    if user:
        await client.post("/login", params={"user": user})
    await client.post("/flash?info=Saved", headers=FETCH)
    before = cookies(client)
    await client.post("/slow?info=Sent", headers=FETCH)
    assert await whoami(client) is None
    assert await shown(client) == ([] if user else ["Sent"])
    assert (cookies(client) == before) is bool(user)


# One raised object for all visitors


@web.middleware
async def as_response(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Respond with the headers and cookies of a raised response, as some error pages do."""
    try:
        return await handler(request)
    except web.HTTPException as error:
        response = web.Response(status=error.status, headers=error.headers)
        for morsel in error.cookies.values():
            response.set_cookie(morsel.key, morsel.value)
        return response


@pytest.mark.parametrize(
    ("storage", "style"),
    [
        *((kind, "setup") for kind in (*SESSIONS, *BESIDE)),
        *((kind, "bare") for kind in ("encrypted", "redis")),
    ],
    indirect=["storage"],
)
@with_session
async def test_50_an_exception_of_a_module_carries_no_header_of_one_visitor_to_the_next(
    aiohttp_client: AiohttpClient, storage: AbstractStorage, style: str, touch: list[Action]
) -> None:
    gone = web.HTTPGone()
    gone.set_cookie("theme", "dark")
    before = gone.headers.copy()

    async def raise_gone(request: web.Request) -> web.Response:
        if request.query:
            await does(flash_messages, *touch)(request)
        raise gone

    route = web.get("/gone", raise_gone)
    if style == "setup":
        app = make_app(storage, route)
    else:
        app = session_app(storage, *FLASHBAG_ROUTES, route)
        app.middlewares.append(flashbag_middleware)
    app.middlewares.insert(0, as_response)
    alice, bob = await aiohttp_client(app), await aiohttp_client(app)
    await alice.post("/login?user=alice")
    response = await alice.get("/gone?success=for+alice")
    assert response.headers["Cache-Control"] == "no-store"
    assert response.cookies["theme"].value == "dark"
    response = await bob.get("/gone")
    assert [*response.cookies] == ["theme"]
    assert not {"Cache-Control", "Clear-Site-Data"} & {*response.headers}
    assert (gone.headers, [*gone.cookies]) == (before, ["theme"])
    assert await whoami(bob) is None
    assert await whoami(alice) == "alice"
    assert await shown(alice) == ["for alice"]


# Memory


@each_transport
async def test_55_long_lived_tasks_keep_no_request_and_no_bag_alive(
    aiohttp_client: AiohttpClient, storage: AbstractStorage
) -> None:
    references: list[weakref.ref[Any]] = []
    ended = asyncio.Event()
    tasks: set[asyncio.Task[object]] = set()

    def start_job(request: web.Request) -> None:
        tasks.add(asyncio.create_task(ended.wait()))
        get_flashed_messages(request)
        flash_messages(request)
        references.extend([weakref.ref(request), weakref.ref(get_flashbag(request))])

    client = await aiohttp_client(make_app(storage, web.post("/", does(start_job))))
    await client.post("/login?user=alice")
    for _ in range(5):
        response = await client.post("/?info=Saved", headers={**FETCH, "Connection": "close"})
        await response.read()
    for _ in range(3):
        await asyncio.sleep(0)  # lets the server close its connections
        gc.collect()
    assert len(tasks) == 5
    assert [reference() for reference in references] == [None] * 10
    ended.set()
    await asyncio.gather(*tasks)


@each_transport
async def test_b9_a_writer_that_is_kept_does_not_keep_its_request_alive(
    aiohttp_client: AiohttpClient, storage: AbstractStorage
) -> None:
    """The flashbag of a request is found through its writer."""
    references: list[weakref.ref[web.Request]] = []
    writers: list[object] = []

    def keep_writer(request: web.Request) -> None:
        writers.append(request.writer)
        references.append(weakref.ref(request))

    client = await aiohttp_client(
        make_app(storage, web.post("/", does(keep_writer, flash_messages)))
    )
    for _ in range(2):
        await client.post("/?info=Saved", headers=FETCH)
    gc.collect()
    assert references[0]() is None
