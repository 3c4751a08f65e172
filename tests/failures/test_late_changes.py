"""Middlewares that change sessions and responses when the handler is done, and those that retry."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from aiohttp_session import AbstractStorage, get_session, new_session
from support.apps import (
    Action,
    AiohttpClient,
    Answer,
    cookies,
    does,
    flash_messages,
    make_app,
    read,
    shown,
    whoami,
)
from support.behind import OUTERMOST, OUTSIDE, client_behind, count, each_transport, outside
from support.overlap import FETCH
from support.services import PATIENCE

from aiohttp_flashbag import flash, flashbag_get, get_flashed_messages

if TYPE_CHECKING:
    from redis.asyncio import Redis

in_sessions = pytest.mark.parametrize(
    "storage", ["simple", "encrypted", "redis", "memcached"], indirect=True
)


async def leave(request: web.Request) -> None:
    """End the session."""
    (await get_session(request)).invalidate()


def afterwards(path: str, *actions: Action, answer: Answer | None = None) -> Middleware:
    """A middleware that does something when the handler of this path is done."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path != path:
            return await handler(request)
        try:
            response = await handler(request)
        except web.HTTPException as error:
            response = web.Response(status=error.status, headers=error.headers)
        for action in actions:
            result = action(request)
            if asyncio.iscoroutine(result):
                await result
        return answer() if answer else response

    return middleware


def late(request: web.Request) -> None:
    flash(request, "Late")


@pytest.mark.parametrize("storage", ["simple", "encrypted", "redis"], indirect=True)
@pytest.mark.parametrize("end", ["invalidate", "clear"])
async def test_b4_a_login_in_a_sub_application_hands_nothing_to_the_next_user(
    aiohttp_client: AiohttpClient,
    storage: AbstractStorage,
    end: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def as_bob(request: web.Request) -> None:
        getattr(await get_session(request), end)()
        (await new_session(request))["user"] = "bob"

    inner = web.Application()
    inner.add_routes([web.get("/relog", does(as_bob))])
    app = make_app(storage)
    app.add_subapp("/inner", inner)
    client = await aiohttp_client(app)
    await client.post("/login?user=alice")
    await client.post("/flash?info=for+alice", headers=FETCH)
    await client.post("/set?error=of+alice", headers=FETCH)
    await client.get("/inner/relog", headers=FETCH)
    assert await whoami(client) == "bob"
    assert await read(client) is None
    assert await shown(client) == []
    assert "a sub-application began a new session: pending flashes are dropped" in caplog.text


@pytest.mark.parametrize("storage", ["redis"], indirect=True)
@pytest.mark.parametrize("log_out", [True, False])
async def test_b4_a_late_flash_undoes_no_logout_and_loses_no_flash_of_others(
    aiohttp_client: AiohttpClient, storage: AbstractStorage, redis: Redis, log_out: bool
) -> None:
    saved, go_on = asyncio.Event(), asyncio.Event()

    async def wait(request: web.Request) -> None:
        saved.set()
        await asyncio.wait_for(go_on.wait(), PATIENCE)

    middleware = afterwards("/slow", wait, late)
    client = await client_behind(
        aiohttp_client, storage, middleware, web.post("/slow", does(count))
    )
    old = cookies(client)
    slow = asyncio.create_task(client.post("/slow", headers=FETCH))
    await asyncio.wait_for(saved.wait(), PATIENCE)
    if log_out:
        await client.post("/logout", headers=FETCH)
    else:
        await client.post("/flash?info=second", headers=FETCH)
    go_on.set()
    assert (await slow).status == 200
    if log_out:
        client.session.cookie_jar.update_cookies(old, client.make_url("/"))
        assert await whoami(client) is None
    else:
        assert await shown(client) == ["second", "Late"]


@in_sessions
@pytest.mark.parametrize("end", [leave, lambda request: None])
async def test_b2_a_500_leaves_all_that_was_pending(
    aiohttp_client: AiohttpClient, storage: AbstractStorage, end: Action
) -> None:
    def fails() -> web.Response:
        return web.Response(status=500)

    route = web.get("/act", does(end, flash_messages, answer=lambda: web.HTTPSeeOther("/")))
    middleware = afterwards("/act", answer=fails)
    client = await client_behind(aiohttp_client, storage, middleware, route, max_messages=3)
    for text in "abc":
        await client.post("/flash", params={"info": text}, headers=FETCH)
    await client.get("/act?info=Bye", headers=FETCH)
    kept_by_browser = "cookie" in type(storage).__module__ or type(storage).__name__[:6] == "Simple"
    expected = ["a", "b", "c"] if end is not leave or kept_by_browser else []
    assert await shown(client) == expected


class Refused(web.HTTPBadRequest):
    """An exception whose constructor is its own affair."""

    def __new__(cls, code: int) -> Any:
        return super().__new__(cls)

    def __init__(self, code: int) -> None:
        super().__init__(text=f"refused: {code}")


@each_transport
async def test_b7_an_exception_of_any_making_is_raised_on(
    aiohttp_client: AiohttpClient, storage: AbstractStorage
) -> None:
    async def refuse(request: web.Request) -> web.Response:
        flash_messages(request)
        raise Refused(5)

    client = await aiohttp_client(make_app(storage, web.get("/refuse", refuse)))
    response = await client.get("/refuse?info=No")
    assert (response.status, await response.text()) == (400, "refused: 5")
    assert await shown(client) == ["No"]


@pytest.mark.parametrize("storage", ["simple", "encrypted", "redis"], indirect=True)
async def test_b4_a_late_flash_does_not_undo_a_logout_by_hand(
    aiohttp_client: AiohttpClient, storage: AbstractStorage, caplog: pytest.LogCaptureFixture
) -> None:
    @web.middleware
    async def logs_out(request: web.Request, handler: Handler) -> web.StreamResponse:
        response = await handler(request)
        if request.path == "/act":
            response.del_cookie("AIOHTTP_SESSION")
            flash(request, "Bye")
        return response

    route = web.get("/act", does(count))
    client = await client_behind(aiohttp_client, storage, logs_out, route)
    await client.get("/act", headers=FETCH)
    assert await whoami(client) is None


@pytest.mark.parametrize("storage", ["encrypted", "redis", "memcached"], indirect=True)
@outside
async def test_b4_a_late_flash_after_a_logout_is_shown(
    aiohttp_client: AiohttpClient, storage: AbstractStorage, place: int
) -> None:
    middleware = afterwards("/leave", late)
    route = web.post("/leave", does(leave))
    client = await client_behind(aiohttp_client, storage, middleware, route, place=place)
    await client.post("/flash?info=of+alice", headers=FETCH)
    await client.post("/leave", headers=FETCH)
    assert await whoami(client) is None
    assert await shown(client) == ["Late"]


@each_transport
@outside
async def test_b2_a_response_that_is_tried_again_changes_nothing(
    aiohttp_client: AiohttpClient, storage: AbstractStorage, place: int
) -> None:
    seen: list[list[str]] = []

    @web.middleware
    async def retries(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except web.HTTPConflict:
            return await handler(request)

    async def pay(request: web.Request) -> web.Response:
        seen.append([str(flashbag_get(request, "error")), *get_flashed_messages(request)])
        await count(request)
        flash(request, "Paid")
        if len(seen) == 1:
            raise web.HTTPConflict
        return web.Response()

    route = web.get("/pay", pay)
    client = await client_behind(aiohttp_client, storage, retries, route, place=place)
    await client.post("/set?error=Wrong", headers=FETCH)
    await client.post("/flash?info=Saved", headers=FETCH)
    await client.get("/pay", headers=FETCH)
    assert seen == [["Wrong", "Saved"]] * 2
    assert await shown(client) == ["Paid"]


@pytest.mark.parametrize("storage", ["redis", "memcached"], indirect=True)
async def test_b2_a_handler_that_goes_on_after_the_response_undoes_nothing(
    aiohttp_client: AiohttpClient, storage: AbstractStorage
) -> None:
    flashed, go_on = asyncio.Event(), asyncio.Event()
    jobs: list[asyncio.Task[Any]] = []

    @web.middleware
    async def accepts(request: web.Request, handler: Handler) -> web.StreamResponse:
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

    client = await client_behind(aiohttp_client, storage, accepts, web.post("/job", does(job)))
    await client.post("/flash?info=Saved", headers=FETCH)
    assert (await client.post("/job", headers=FETCH)).status == 202
    go_on.set()
    await jobs[0]
    assert await shown(client) == ["Started"]
    assert await whoami(client) == "alice"


async def rotate(request: web.Request) -> None:
    """Give the session a new id."""
    old = dict(await get_session(request))
    old.pop("aiohttp_flashbag", None)
    old.pop("aiohttp_flashbag_messages", None)
    (await new_session(request)).update(old)


@in_sessions
@pytest.mark.parametrize("touch", [count, lambda request: None])
@pytest.mark.parametrize("also", [[], [late]])
async def test_b4_what_is_pending_moves_to_a_session_that_a_middleware_began(
    aiohttp_client: AiohttpClient, storage: AbstractStorage, touch: Action, also: list[Action]
) -> None:
    middleware = afterwards("/act", rotate, *also)
    route = web.get("/act", does(touch))
    client = await client_behind(aiohttp_client, storage, middleware, route, place=OUTSIDE)
    await client.post("/flash?info=Saved", headers=FETCH)
    await client.get("/act", headers=FETCH)
    assert await whoami(client) == "alice"
    assert await shown(client) == ["Saved", *["Late"] * len(also)]


@in_sessions
async def test_b2_a_correction_is_sent_though_the_session_is_what_it_was(
    aiohttp_client: AiohttpClient, storage: AbstractStorage
) -> None:
    async def again(request: web.Request) -> None:
        (await new_session(request))["user"] = "alice"
        flash(request, "Paid")

    @web.middleware
    async def fails(request: web.Request, handler: Handler) -> web.StreamResponse:
        response = await handler(request)
        if request.path == "/act":
            response.set_status(500)
        return response

    client = await client_behind(aiohttp_client, storage, fails, web.get("/act", does(again)))
    await client.get("/act")
    assert await shown(client) == []
    assert await whoami(client) == "alice"


@pytest.mark.parametrize("storage", ["redis"], indirect=True)
async def test_a_late_flash_of_a_first_session_leaves_one_record(
    aiohttp_client: AiohttpClient, storage: AbstractStorage, redis: Redis
) -> None:
    app = make_app(storage)
    app.middlewares.insert(OUTERMOST, afterwards("/login", late))
    client = await aiohttp_client(app)
    await client.post("/login?user=alice", headers=FETCH)
    assert await redis.dbsize() == 1
    assert await whoami(client) == "alice"
    assert await shown(client) == ["Late"]
