"""Requests of one session that overlap: one is held in its handler while others come and go.

`test_interleavings.py` has every order of two requests that leave the session itself alone. Here, a
handler changes the session, and aiohttp_session saves it. Or the session ends.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web
from aiohttp_session import AbstractStorage, get_session
from support.apps import (
    Action,
    AiohttpClient,
    Client,
    Start,
    answer_of,
    cookies,
    does,
    flash_messages,
    in_sessions,
    make_app,
    set_values,
    shown,
    whoami,
)
from support.overlap import FETCH, Gate

from aiohttp_flashbag import (
    flash,
    flashbag_clear,
    flashbag_get,
    flashbag_replace_all,
    get_flashed_messages,
)

if TYPE_CHECKING:
    from redis.asyncio import Redis


async def change_session(request: web.Request) -> None:
    """Make aiohttp_session save the whole session."""
    session = await get_session(request)
    session["count"] = session.get("count", 0) + 1


async def load_session(request: web.Request) -> None:
    """Load the session and leave it as it is."""
    await get_session(request)


def ignore(request: web.Request) -> None:
    """Use neither the session nor the flashbag."""


def read(request: web.Request) -> None:
    flashbag_get(request, "seen")
    get_flashed_messages(request)


def read_something_else(request: web.Request) -> None:
    flashbag_get(request, "nothing")
    get_flashed_messages(request, category_filter="nothing")


def add(request: web.Request) -> None:
    set_values(request)
    flash(request, "Slow")


async def sign_in_here(request: web.Request) -> None:
    """Log in without a new session."""
    (await get_session(request))["user"] = request.query["user"]


bystander = pytest.mark.parametrize("action", [ignore, load_session, read_something_else])


@pytest.fixture
def gate() -> Gate:
    return Gate()


@pytest.fixture
def start_redis(aiohttp_client: AiohttpClient, redis_storage: AbstractStorage) -> Start:
    """Start an application with sessions in Redis. Returns the client of a user."""

    async def client_of(*routes: web.AbstractRouteDef) -> Client:
        client = await aiohttp_client(make_app(redis_storage, *routes))
        await client.post("/login?user=alice")
        return client

    return client_of


@bystander
@in_sessions
async def test_6_a_slow_request_that_changes_nothing_does_not_undo_a_logout(
    start: Start, gate: Gate, action: Action
) -> None:
    client = await start(web.post("/slow", does(action, gate.hold, action)))
    await client.post("/login?user=alice")
    await client.post("/flash?success=Saved")
    async with gate.holding(client, "/slow"):
        assert await whoami(client) == "alice"
        await client.post("/logout")
    assert await whoami(client) is None


@bystander
@in_sessions
@pytest.mark.parametrize("path", ["/login", "/sign-in-here"])
async def test_6_a_slow_request_that_changes_nothing_does_not_undo_a_login(
    start: Start, gate: Gate, action: Action, path: str
) -> None:
    client = await start(
        web.post("/slow", does(action, gate.hold, action)),
        web.post("/sign-in-here", does(sign_in_here)),
    )
    await client.post("/login?user=guest")
    await client.post("/flash?success=Saved")
    async with gate.holding(client, "/slow"):
        await client.post(path, params={"user": "alice"})
    assert await whoami(client) == "alice"
    assert await shown(client) == ["Saved"]


@pytest.mark.parametrize(
    ("path", "user", "left"),
    [
        ("/logout", None, []),
        ("/sign-in-here?user=bob", "bob", ["Saved"]),
        ("/login?user=bob", "bob", []),  # it leaves the session of the slow request
    ],
)
async def test_b4_a_slow_flash_on_a_server_undoes_neither_logout_nor_login(
    start_redis: Start, gate: Gate, path: str, user: str | None, left: list[str]
) -> None:
    client = await start_redis(
        web.post("/slow", does(gate.hold, flash_messages)),
        web.post("/sign-in-here", does(sign_in_here)),
    )
    async with gate.holding(client, "/slow?success=Saved"):
        await client.post(path)
    assert await whoami(client) == user
    assert await shown(client) == left


replace_all = partial(flashbag_replace_all, value={"name": "Ann"})


@pytest.mark.parametrize("touch", [change_session, load_session])
@pytest.mark.parametrize(
    ("slow", "name", "messages"),
    [
        pytest.param(ignore, None, ["Saved", "Sent"], id="leaves all flashes"),
        pytest.param(read, None, ["Sent"], id="consumes the flashes that it read"),
        pytest.param(add, "Ann", ["Saved", "Slow", "Sent"], id="adds flashes in order"),
        pytest.param(replace_all, "Ann", ["Saved", "Sent"], id="replaces values that it saw"),
    ],
)
async def test_a_slow_request_leaves_the_flashes_that_another_one_adds(
    start_redis: Start,
    gate: Gate,
    touch: Action,
    slow: Action,
    name: str | None,
    messages: Sequence[str],
) -> None:
    """A value that is set anew meanwhile stays too, although it is equal."""
    client = await start_redis(web.post("/slow", does(touch, slow, gate.hold)))
    await client.post("/set?seen=1", headers=FETCH)
    await client.post("/flash?success=Saved", headers=FETCH)
    async with gate.holding(client, "/slow?name=Ann"):
        await client.post("/set?seen=1&unseen=2", headers=FETCH)
        await client.post("/flash?success=Sent", headers=FETCH)
    page = await client.get("/values?seen&unseen&name", headers=FETCH)
    assert await answer_of(page) == {"seen": "1", "unseen": "2", "name": name}
    assert await shown(client) == messages
    assert await whoami(client) == "alice"


@pytest.mark.parametrize("touch", [change_session, load_session])
@pytest.mark.parametrize(("slow", "left"), [(flash_messages, ["Ann"]), (flashbag_clear, [])])
async def test_flashes_that_another_request_consumed_or_this_one_clears_are_gone(
    start_redis: Start, gate: Gate, touch: Action, slow: Action, left: list[str]
) -> None:
    client = await start_redis(web.post("/slow", does(touch, gate.hold, slow)))
    await client.post("/flash?success=Saved", headers=FETCH)
    async with gate.holding(client, "/slow?name=Ann"):
        assert await shown(client) == ["Saved"]
        if slow is flashbag_clear:
            await client.post("/flash?success=Unseen", headers=FETCH)
    assert await shown(client) == left


@pytest.mark.parametrize("slow", [flash_messages, get_flashed_messages])
@pytest.mark.parametrize("touch", [load_session, ignore])
async def test_b4_no_flash_revives_a_session_that_has_gone(
    start_redis: Start,
    gate: Gate,
    redis: Redis,
    caplog: pytest.LogCaptureFixture,
    touch: Action,
    slow: Any,
) -> None:
    client = await start_redis(web.post("/slow", does(touch, slow, gate.hold)))
    await client.post("/flash?success=Earlier")
    before = cookies(client)
    async with gate.holding(client, "/slow?success=Saved"):
        await redis.flushall()
    assert await redis.dbsize() == 0
    assert cookies(client) == before
    logged = "lost, because the session ended during the request"
    assert (logged in caplog.text) is (slow is flash_messages)


async def test_a_session_that_has_gone_and_is_saved_by_its_handler_holds_the_flashes(
    start_redis: Start, gate: Gate, redis: Redis
) -> None:
    slow = does(change_session, gate.hold, flash_messages)
    client = await start_redis(web.post("/slow", slow))
    await client.post("/flash?success=Earlier")
    async with gate.holding(client, "/slow?success=Saved"):
        await redis.flushall()
    assert await shown(client) == ["Earlier", "Saved"]
    assert await whoami(client) == "alice"


async def test_a_session_that_held_nothing_has_not_ended_when_a_handler_fills_it(
    start_redis: Start, gate: Gate, redis: Redis
) -> None:
    client = await start_redis(web.post("/slow", does(change_session, gate.hold)))
    [record] = await redis.keys()
    await redis.set(record, '{"session": {}}')
    async with gate.holding(client, "/slow"):
        await client.post("/flash?success=Saved", headers=FETCH)
    assert await shown(client) == ["Saved"]


async def test_a_session_that_held_only_flashes_accepts_one_after_all_were_consumed(
    start_redis: Start, gate: Gate
) -> None:
    client = await start_redis(web.post("/slow", does(gate.hold, flash_messages)))
    await client.post("/logout")
    await client.post("/flash?success=Saved", headers=FETCH)
    async with gate.holding(client, "/slow?success=Sent"):
        assert await shown(client) == ["Saved"]
    assert await shown(client) == ["Sent"]
