"""Middlewares that change the session or the response after the handler has returned."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from aiohttp_session import AbstractStorage, get_session, new_session
from support.apps import (
    SESSIONS,
    Action,
    AiohttpClient,
    Answer,
    cookies,
    does,
    flash_messages,
    in_sessions,
    logout,
    make_app,
    on_a_server,
    read,
    shown,
    whoami,
)
from support.behind import OUTERMOST, OUTSIDE, client_behind, count, outside
from support.overlap import FETCH
from support.services import PATIENCE

from aiohttp_flashbag import flash, get_flashed_messages

if TYPE_CHECKING:
    from redis.asyncio import Redis


def afterwards(path: str, *actions: Action, answer: Answer | None = None) -> Middleware:
    """Return a middleware that acts after the handler of this path has returned."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path != path:
            return await handler(request)
        try:
            response = await handler(request)
        except web.HTTPException as error:
            response = web.Response(status=error.status, headers=error.headers)
        await does(*actions)(request)
        return answer() if answer else response

    return middleware


def flash_late(request: web.Request) -> None:
    flash(request, "Late")


# Logout and login


@in_sessions
@pytest.mark.parametrize("end", ["invalidate", "clear"])
async def test_b4_a_login_in_a_sub_application_leaves_nothing_for_the_next_user(
    aiohttp_client: AiohttpClient,
    storage: AbstractStorage,
    end: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def login_as_bob(request: web.Request) -> None:
        getattr(await get_session(request), end)()
        (await new_session(request))["user"] = "bob"

    inner = web.Application()
    inner.add_routes([web.get("/login", does(login_as_bob))])
    app = make_app(storage)
    app.add_subapp("/inner", inner)
    client = await aiohttp_client(app)
    await client.post("/login?user=alice")
    await client.post("/flash?info=for+alice", headers=FETCH)
    await client.post("/set?error=of+alice", headers=FETCH)
    await client.get("/inner/login", headers=FETCH)
    assert await whoami(client) == "bob"
    assert await read(client) is None
    assert await shown(client) == []
    assert "pending flashes were dropped" in caplog.text


@on_a_server
@pytest.mark.parametrize("path", ["/logout", "/flash?info=Second"])
async def test_b4_a_late_flash_undoes_no_logout_and_loses_no_flash_of_another_request(
    aiohttp_client: AiohttpClient, storage: AbstractStorage, path: str
) -> None:
    saved, go_on = asyncio.Event(), asyncio.Event()

    async def wait(request: web.Request) -> None:
        saved.set()
        await asyncio.wait_for(go_on.wait(), PATIENCE)

    middleware = afterwards("/slow", wait, flash_late)
    client = await client_behind(
        aiohttp_client, storage, middleware, web.post("/slow", does(count))
    )
    old = cookies(client)
    slow = asyncio.create_task(client.post("/slow", headers=FETCH))
    await asyncio.wait_for(saved.wait(), PATIENCE)
    await client.post(path, headers=FETCH)
    go_on.set()
    assert (await slow).status == 200
    if path == "/logout":
        client.session.cookie_jar.update_cookies(old, client.make_url("/"))
        assert await whoami(client) is None
    else:
        assert await shown(client) == ["Second", "Late"]


@in_sessions
async def test_b4_a_late_flash_does_not_undo_a_logout_that_deletes_the_cookie(
    aiohttp_client: AiohttpClient, storage: AbstractStorage
) -> None:
    @web.middleware
    async def delete_cookie(request: web.Request, handler: Handler) -> web.StreamResponse:
        response = await handler(request)
        if request.path == "/act":
            response.del_cookie("AIOHTTP_SESSION")
            flash(request, "Goodbye")
        return response

    route = web.get("/act", does(count))
    client = await client_behind(aiohttp_client, storage, delete_cookie, route)
    await client.get("/act", headers=FETCH)
    assert await whoami(client) is None


@in_sessions
@outside
async def test_b4_a_late_flash_after_a_logout_is_shown(
    aiohttp_client: AiohttpClient, storage: AbstractStorage, place: int
) -> None:
    middleware = afterwards("/leave", flash_late)
    route = web.post("/leave", does(logout))
    client = await client_behind(aiohttp_client, storage, middleware, route, place=place)
    await client.post("/flash?info=of+alice", headers=FETCH)
    await client.post("/leave", headers=FETCH)
    assert await whoami(client) is None
    assert await shown(client) == ["Late"]


async def renew(request: web.Request) -> None:
    """Give the session a new id, and copy the application's data."""
    session = await get_session(request)
    data = {key: session[key] for key in session if not key.startswith("aiohttp_flashbag")}
    (await new_session(request)).update(data)


@in_sessions
@pytest.mark.parametrize("touch", [[], [count]], ids=["", "session changes"])
@pytest.mark.parametrize("also", [[], [flash_late]], ids=["", "late flash"])
async def test_b4_pending_flashes_move_to_a_session_that_an_outer_middleware_creates(
    aiohttp_client: AiohttpClient,
    storage: AbstractStorage,
    touch: list[Action],
    also: list[Action],
) -> None:
    middleware = afterwards("/act", renew, *also)
    route = web.get("/act", does(*touch))
    client = await client_behind(aiohttp_client, storage, middleware, route, place=OUTSIDE)
    await client.post("/flash?info=Saved", headers=FETCH)
    await client.get("/act", headers=FETCH)
    assert await whoami(client) == "alice"
    assert await shown(client) == ["Saved", *["Late"] * len(also)]


@on_a_server
async def test_a_late_flash_of_a_first_session_leaves_one_record(
    aiohttp_client: AiohttpClient, storage: AbstractStorage, redis: Redis
) -> None:
    app = make_app(storage)
    app.middlewares.insert(OUTERMOST, afterwards("/login", flash_late))
    client = await aiohttp_client(app)
    await client.post("/login?user=alice", headers=FETCH)
    assert await redis.dbsize() == 1
    assert await whoami(client) == "alice"
    assert await shown(client) == ["Late"]


# Failures


@pytest.mark.parametrize(
    ("storage", "end", "left"),
    [(storage, [], ["a", "b", "c"]) for storage in SESSIONS]
    # aiohttp_session ends a session on a server before the response fails.
    + [("encrypted", [logout], ["a", "b", "c"]), ("redis", [logout], [])],
    indirect=["storage"],
)
async def test_b2_a_500_restores_the_flashes_that_the_limit_would_have_dropped(
    aiohttp_client: AiohttpClient, storage: AbstractStorage, end: list[Action], left: list[str]
) -> None:
    def fail() -> web.Response:
        return web.Response(status=500)

    route = web.get("/act", does(count, *end, flash_messages))
    middleware = afterwards("/act", answer=fail)
    client = await client_behind(aiohttp_client, storage, middleware, route, max_messages=3)
    for text in "abc":
        await client.post("/flash", params={"info": text}, headers=FETCH)
    await client.get("/act?info=Paid", headers=FETCH)
    assert await shown(client) == left


@in_sessions
async def test_b2_a_500_takes_a_flash_out_of_a_session_that_is_otherwise_unchanged(
    aiohttp_client: AiohttpClient, storage: AbstractStorage
) -> None:
    async def login_again(request: web.Request) -> None:
        (await new_session(request))["user"] = "alice"
        flash(request, "Paid")

    @web.middleware
    async def fail(request: web.Request, handler: Handler) -> web.StreamResponse:
        response = await handler(request)
        if request.path == "/act":
            response.set_status(500)
        return response

    route = web.get("/act", does(login_again))
    client = await client_behind(aiohttp_client, storage, fail, route)
    await client.get("/act")
    assert await shown(client) == []
    assert await whoami(client) == "alice"


@on_a_server
async def test_b2_a_handler_that_continues_after_the_response_undoes_nothing(
    aiohttp_client: AiohttpClient, storage: AbstractStorage
) -> None:
    flashed, go_on = asyncio.Event(), asyncio.Event()
    jobs: list[asyncio.Task[Any]] = []

    @web.middleware
    async def accept(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path != "/job":
            return await handler(request)
        jobs.append(asyncio.ensure_future(handler(request)))
        await asyncio.wait_for(flashed.wait(), PATIENCE)
        return web.Response(status=202)

    async def job(request: web.Request) -> None:
        assert get_flashed_messages(request) == ["Saved"]
        flash(request, "Started")
        flashed.set()
        await asyncio.wait_for(go_on.wait(), PATIENCE)
        await count(request)

    client = await client_behind(aiohttp_client, storage, accept, web.post("/job", does(job)))
    await client.post("/flash?info=Saved", headers=FETCH)
    assert (await client.post("/job", headers=FETCH)).status == 202
    go_on.set()
    await jobs[0]
    assert await shown(client) == ["Started"]
    assert await whoami(client) == "alice"
