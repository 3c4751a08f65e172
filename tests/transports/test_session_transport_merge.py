"""Requests that overlap over a session on a server: the flashes of each are merged into it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest
from aiohttp import web
from aiohttp_session import AbstractStorage, get_session
from support.apps import (
    ERROR,
    Action,
    AiohttpClient,
    Client,
    Handler,
    Start,
    answer_of,
    cookies,
    does,
    flash_messages,
    make_app,
    read,
    set_values,
    shown,
    whoami,
)
from support.overlap import FETCH, Gate

from aiohttp_flashbag import flashbag_get, flashbag_replace_all, get_flashed_messages

if TYPE_CHECKING:
    from redis.asyncio import Redis


async def change_session(request: web.Request) -> None:
    """So that aiohttp_session saves all of it."""
    session = await get_session(request)
    session["count"] = session.get("count", 0) + 1


async def load_session(request: web.Request) -> None:
    """And leave it as it is."""
    await get_session(request)


def leave_session(request: web.Request) -> None:
    """So that nobody but the flashbag asks for it."""


get_error = partial(flashbag_get, key="error")
replace_all = partial(flashbag_replace_all, value={"name": "Ann"})
with_session = pytest.mark.parametrize("touch", [change_session, load_session, leave_session])


@pytest.fixture
def start(aiohttp_client: AiohttpClient, redis_storage: AbstractStorage) -> Start:
    """Start an application with these routes, in which alice is logged in."""

    async def client_of(*routes: web.AbstractRouteDef) -> Client:
        client = await aiohttp_client(make_app(redis_storage, *routes))
        await client.post("/login?user=alice")
        return client

    return client_of


@with_session
@pytest.mark.parametrize("held_last", [True, False])
async def test_what_two_requests_add_is_all_there_in_order(
    start: Start, touch: Action, held_last: bool
) -> None:
    one, two = Gate(), Gate()

    def slow(gate: Gate) -> Handler:
        adds = touch, flash_messages, set_values
        return does(*adds, gate.hold) if held_last else does(gate.hold, *adds)

    client = await start(web.post("/one", slow(one)), web.post("/two", slow(two)))
    async with two.holding(client, "/two?two=2"), one.holding(client, "/one?one=1"):
        pass
    page = await client.get("/values?one&two", headers=FETCH)
    assert await answer_of(page) == {"one": "1", "two": "2"}
    assert await shown(client) == (["2", "1"] if held_last else ["1", "2"])
    assert await whoami(client) == "alice"


@with_session
async def test_a_value_set_anew_meanwhile_is_not_used_up_by_who_read_the_old_one(
    start: Start, touch: Action
) -> None:
    gate = Gate()
    client = await start(web.post("/slow", does(touch, get_error, gate.hold)))
    await client.post("/set", params={"error": ERROR}, headers=FETCH)
    async with gate.holding(client, "/slow"):
        await client.post("/set?error=anew", headers=FETCH)
    assert await read(client) == "anew"


@with_session
async def test_what_was_used_up_meanwhile_does_not_come_back(start: Start, touch: Action) -> None:
    gate = Gate()
    client = await start(web.post("/slow", does(touch, gate.hold, set_values, flash_messages)))
    await client.post("/set", params={"error": ERROR}, headers=FETCH)
    await client.post("/flash?success=Saved", headers=FETCH)
    async with gate.holding(client, "/slow?name=Ann"):
        await client.get("/messages")
    page = await client.get("/values?name&error", headers=FETCH)
    assert await answer_of(page) == {"name": "Ann", "error": None}
    assert await shown(client) == ["Ann"]


@with_session
async def test_what_came_meanwhile_outlives_a_request_that_does_not_use_the_flashbag(
    start: Start, touch: Action
) -> None:
    gate = Gate()
    client = await start(web.post("/slow", does(touch, gate.hold)))
    async with gate.holding(client, "/slow"):
        await client.post("/set", params={"error": ERROR}, headers=FETCH)
        await client.post("/flash?success=Saved", headers=FETCH)
    assert await read(client) == ERROR
    assert await shown(client) == ["Saved"]


@with_session
async def test_replace_all_drops_what_came_meanwhile(start: Start, touch: Action) -> None:
    gate = Gate()
    client = await start(web.post("/slow", does(touch, gate.hold, replace_all)))
    async with gate.holding(client, "/slow"):
        await client.post("/set", params={"error": ERROR}, headers=FETCH)
    page = await client.get("/values?name&error", headers=FETCH)
    assert await answer_of(page) == {"name": "Ann", "error": None}


@pytest.mark.parametrize("touch", [load_session, leave_session])
async def test_a_session_gone_meanwhile_is_not_brought_back_by_a_flash(
    start: Start, redis: Redis, touch: Action, caplog: pytest.LogCaptureFixture
) -> None:
    gate = Gate()
    client = await start(web.post("/slow", does(touch, gate.hold, flash_messages)))
    before = cookies(client)
    async with gate.holding(client, "/slow?success=Saved"):
        await redis.flushall()
    assert await redis.dbsize() == 0
    assert cookies(client) == before
    [record] = caplog.records
    assert "the session ended during the request: what was flashed in it" in record.message


async def test_a_session_gone_meanwhile_is_not_brought_back_by_who_read(
    start: Start, redis: Redis, caplog: pytest.LogCaptureFixture
) -> None:
    gate = Gate()
    client = await start(web.post("/slow", does(get_flashed_messages, gate.hold)))
    await client.post("/flash?success=Saved")
    async with gate.holding(client, "/slow"):
        await redis.flushall()
    assert await redis.dbsize() == 0
    assert not caplog.records


async def test_a_session_of_nobody_that_was_emptied_meanwhile_takes_a_flash(start: Start) -> None:
    gate = Gate()
    client = await start(web.post("/slow", does(gate.hold, flash_messages)))
    await client.post("/logout")
    await client.post("/flash?success=Saved", headers=FETCH)
    async with gate.holding(client, "/slow?success=Sent"):
        assert await shown(client) == ["Saved"]
    assert await shown(client) == ["Sent"]


async def test_a_session_gone_meanwhile_that_the_handler_saves_anew_holds_the_flash(
    start: Start, redis: Redis
) -> None:
    gate = Gate()
    client = await start(web.post("/slow", does(change_session, gate.hold, flash_messages)))
    await client.post("/flash?success=Earlier")
    async with gate.holding(client, "/slow?success=Saved"):
        await redis.flushall()
    assert await shown(client) == ["Earlier", "Saved"]
    assert await whoami(client) == "alice"
