"""Middlewares that change the session or the response after the handler has returned."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from aiohttp_session import AbstractStorage, get_session, new_session
from exchanges.outer import (
    Behind,
    add_both,
    at,
    pending,
    replace_by_500,
    set_status_500,
    with_session,
)
from support.apps import (
    Action,
    AiohttpClient,
    cookies,
    does,
    flash_messages,
    in_sessions,
    logout,
    make_app,
    on_a_server,
    shown,
    whoami,
)
from support.behind import OUTERMOST, OUTSIDE, count, outside
from support.overlap import FETCH, Gate

from aiohttp_flashbag import flash, get_flashed_messages

if TYPE_CHECKING:
    from redis.asyncio import Redis


def afterwards(path: str, *actions: Action) -> Middleware:
    """Return a middleware that acts after the handler of this path."""

    @at(path)
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        response = await handler(request)
        await does(*actions)(request)
        return response

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

    app, inner = make_app(storage), web.Application()
    inner.add_routes([web.get("/login", does(login_as_bob))])
    app.add_subapp("/inner", inner)
    client = await aiohttp_client(app)
    await client.post("/login?user=alice")
    await add_both(client)
    await client.get("/inner/login", headers=FETCH)
    assert await whoami(client) == "bob"
    assert await pending(client) == (None, [])
    assert "pending flashes were dropped" in caplog.text


@on_a_server
@pytest.mark.parametrize("path", ["/logout", "/flash?info=Second"])
async def test_b4_a_late_flash_undoes_no_logout_and_loses_no_flash_of_another_request(
    behind: Behind, path: str
) -> None:
    gate = Gate()
    client = await behind(
        afterwards("/slow", gate.hold, flash_late), web.post("/slow", does(count))
    )
    old = cookies(client)
    async with gate.holding(client, "/slow"):
        await client.post(path, headers=FETCH)
    if path == "/logout":
        client.session.cookie_jar.update_cookies(old, client.make_url("/"))
        assert await whoami(client) is None
    else:
        assert await shown(client) == ["Second", "Late"]


@in_sessions
async def test_b4_a_late_flash_does_not_undo_a_logout_that_deletes_the_cookie(
    behind: Behind,
) -> None:
    @at("/act")
    async def delete_cookie(request: web.Request, handler: Handler) -> web.StreamResponse:
        response = await handler(request)
        response.del_cookie("AIOHTTP_SESSION")
        flash(request, "Goodbye")
        return response

    client = await behind(delete_cookie, web.get("/act", does(count)))
    await client.get("/act", headers=FETCH)
    assert await whoami(client) is None


@in_sessions
@outside
async def test_b4_a_late_flash_after_a_logout_is_shown(behind: Behind, place: int) -> None:
    middleware = afterwards("/leave", flash_late)
    client = await behind(middleware, web.post("/leave", does(logout)), place=place)
    await add_both(client)
    await client.post("/leave", headers=FETCH)
    assert await whoami(client) is None
    assert await pending(client) == (None, ["Late"])


async def renew(request: web.Request) -> None:
    """Give the session a new id, and copy the application's data."""
    session = await get_session(request)
    data = {key: session[key] for key in session if not key.startswith("aiohttp_flashbag")}
    (await new_session(request)).update(data)


@in_sessions
@with_session
@pytest.mark.parametrize("also", [[], [flash_late]], ids=["", "late flash"])
async def test_b4_pending_flashes_move_to_a_session_that_an_outer_middleware_creates(
    behind: Behind, touch: list[Action], also: list[Action]
) -> None:
    middleware = afterwards("/act", renew, *also)
    client = await behind(middleware, web.get("/act", does(*touch)), place=OUTSIDE)
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
    [
        *(("encrypted", [], ["a", "b", "c"]), ("redis", [], ["a", "b", "c"])),
        # aiohttp_session ends a session on a server before the response fails.
        *(("encrypted", [logout], ["a", "b", "c"]), ("redis", [logout], [])),
    ],
    indirect=["storage"],
)
async def test_b2_a_500_restores_the_flashes_that_the_limit_would_have_dropped(
    behind: Behind, end: list[Action], left: list[str]
) -> None:
    route = web.get("/act", does(count, *end, flash_messages))
    client = await behind(replace_by_500, route, max_messages=3)
    await client.post("/flash?info=a&error=b&success=c", headers=FETCH)
    assert (await client.get("/act?info=Paid", headers=FETCH)).status == 500
    assert await shown(client) == left


@in_sessions
async def test_b2_a_500_takes_a_flash_out_of_a_session_that_is_otherwise_unchanged(
    behind: Behind,
) -> None:
    async def login_again(request: web.Request) -> None:
        (await new_session(request))["user"] = "alice"
        flash(request, "Paid")

    route = web.get("/act", does(login_again))
    client = await behind(set_status_500, route)
    assert (await client.get("/act")).status == 500
    assert await shown(client) == []
    assert await whoami(client) == "alice"


@on_a_server
async def test_b2_a_handler_that_continues_after_the_response_undoes_nothing(
    behind: Behind,
) -> None:
    gate = Gate()
    jobs: list[asyncio.Task[Any]] = []

    @at("/job")
    async def accept(request: web.Request, handler: Handler) -> web.StreamResponse:
        jobs.append(asyncio.ensure_future(handler(request)))
        await gate.reached.wait()
        return web.Response(status=202)

    def start_job(request: web.Request) -> None:
        assert get_flashed_messages(request) == ["Saved"]
        flash(request, "Started")

    client = await behind(accept, web.post("/job", does(start_job, gate.hold, count)))
    await client.post("/flash?info=Saved", headers=FETCH)
    assert (await client.post("/job", headers=FETCH)).status == 202
    gate.opened.set()
    await jobs[0]
    assert await shown(client) == ["Started"]
    assert await whoami(client) == "alice"
