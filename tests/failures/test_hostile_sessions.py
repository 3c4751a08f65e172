"""Sessions that end, are emptied or cannot be saved while a flash is on its way."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from aiohttp import web
from aiohttp.typedefs import Handler
from aiohttp_session import AbstractStorage, get_session, new_session
from support.apps import (
    Action,
    AiohttpClient,
    cookies,
    does,
    flash_messages,
    make_app,
    read,
    set_values,
    shown,
    whoami,
)
from support.behind import OUTSIDE, client_behind, count
from support.overlap import FETCH, Gate
from support.own_cookies import cookie_client
from support.services import PATIENCE

from aiohttp_flashbag import CookieTransport, flash, flash_form, get_flashed_messages

on_redis = pytest.mark.parametrize("storage", ["redis"], indirect=True)
in_sessions = pytest.mark.parametrize("storage", ["encrypted", "redis"], indirect=True)


async def leave_but_keep_the_language(request: web.Request) -> None:
    session = await get_session(request)
    session.clear()
    session["lang"] = "en"


@on_redis
@pytest.mark.parametrize("is_inner", [False, True], ids=["", "sub-application"])
async def test_b4_a_flash_that_overlaps_a_logout_is_not_shown_to_the_next_person(
    aiohttp_client: AiohttpClient, storage: AbstractStorage, is_inner: bool
) -> None:
    gate = Gate()
    leave = web.post("/leave", does(leave_but_keep_the_language, gate.hold))
    app = make_app(storage, *([] if is_inner else [leave]))
    if is_inner:
        inner = web.Application()
        inner.add_routes([leave])
        app.add_subapp("/inner", inner)
    client = await aiohttp_client(app)
    await client.post("/login?user=alice")
    async with gate.holding(client, "/inner/leave" if is_inner else "/leave"):
        await client.post("/flash?info=IBAN", headers=FETCH)
        await client.post("/set?form=Alice", headers=FETCH)
    assert await whoami(client) is None
    assert await read(client, "form") is None
    assert await shown(client) == []


@in_sessions
@pytest.mark.parametrize("touch", [[], [count]], ids=["", "session changes"])
@pytest.mark.parametrize("end", ["invalidate", "clear"])
async def test_b4_a_flash_arrives_though_a_middleware_empties_the_session_afterwards(
    aiohttp_client: AiohttpClient, storage: AbstractStorage, touch: list[Action], end: str
) -> None:
    @web.middleware
    async def signs_out(request: web.Request, handler: Handler) -> web.StreamResponse:
        response = await handler(request)
        if request.path == "/act":
            getattr(await get_session(request), end)()
        return response

    route = web.get("/act", does(*touch, flash_messages, set_values))
    client = await client_behind(aiohttp_client, storage, signs_out, route, place=OUTSIDE)
    await client.post("/flash?info=Earlier", headers=FETCH)
    await client.get("/act?bye=Bye", headers=FETCH)
    assert await whoami(client) is None
    assert await read(client, "bye") == "Bye"
    assert await shown(client) == ["Bye"]


@on_redis
async def test_b2_a_time_limit_that_ends_during_the_merge_changes_nothing(
    aiohttp_client: AiohttpClient, storage: AbstractStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    load, slow = storage.load_session, asyncio.Event()

    async def load_slowly(request: web.Request) -> Any:
        if slow.is_set():
            slow.clear()
            await asyncio.sleep(PATIENCE)
        return await load(request)

    @web.middleware
    async def gives_up(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path != "/act":
            return await handler(request)
        try:
            return await asyncio.wait_for(handler(request), 0.2)
        except asyncio.TimeoutError:
            return web.Response(status=408)

    async def act(request: web.Request) -> web.Response:
        assert get_flashed_messages(request) == ["Earlier"]
        flash(request, "Paid")
        await count(request)
        slow.set()
        return web.Response()

    client = await client_behind(aiohttp_client, storage, gives_up, web.post("/act", act))
    await client.post("/flash?info=Earlier", headers=FETCH)
    monkeypatch.setattr(storage, "load_session", load_slowly)
    assert (await client.post("/act", headers=FETCH)).status == 408
    assert await shown(client) == ["Earlier"]


@in_sessions
async def test_b4_a_flash_of_an_outer_middleware_arrives_after_an_empty_new_session(
    aiohttp_client: AiohttpClient, storage: AbstractStorage
) -> None:
    @web.middleware
    async def welcomes(request: web.Request, handler: Handler) -> web.StreamResponse:
        response = await handler(request)
        if request.path == "/act":
            flash(request, "Welcome")
        return response

    async def begin_and_end(request: web.Request) -> None:
        (await new_session(request)).invalidate()

    route = web.get("/act", does(begin_and_end))
    client = await client_behind(aiohttp_client, storage, welcomes, route)
    await client.get("/act", headers=FETCH)
    assert await shown(client) == ["Welcome"]


def dumps_like_orjson(data: Any) -> str:
    """Refuse what is not plain JSON data, as other encoders do."""

    def check(item: Any) -> None:
        assert type(item) in (dict, list, str, int, float, bool, type(None)), type(item)
        for part in item.values() if type(item) is dict else item if type(item) is list else ():
            check(part)

    check(data)
    return json.dumps(data)


async def test_60_own_cookies_give_an_encoder_nothing_but_plain_data(
    aiohttp_client: AiohttpClient,
) -> None:
    def reject(request: web.Request) -> None:
        flash_form(request, {"name": "x"}, {"name": "bad"})
        flash(request, "Rejected")

    transport = CookieTransport(b"k" * 32, dumps=dumps_like_orjson)
    route = web.post("/form", does(reject, answer=lambda: web.HTTPSeeOther("/messages")))
    client = await cookie_client(aiohttp_client, route, transport=transport)
    form = {"Referer": str(client.make_url("/form"))}
    assert (await client.post("/form", headers=form)).status == 200
    assert cookies(client) == {}
