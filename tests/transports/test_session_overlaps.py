"""Requests of one session that overlap: one is held in its handler while others come and go."""

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
    cookie_and_server,
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

from aiohttp_flashbag import (
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


def leave_session(request: web.Request) -> None:
    """Do not ask for the session."""


def read_something_else(request: web.Request) -> None:
    """Read flashes that are not pending."""
    flashbag_get(request, "nothing")
    get_flashed_messages(request, category_filter="nothing")


async def sign_in_here(request: web.Request) -> None:
    """Log in without a new session."""
    (await get_session(request))["user"] = request.query["user"]


get_error = partial(flashbag_get, key="error")
with_session = pytest.mark.parametrize("touch", [change_session, load_session, leave_session])
bystander = pytest.mark.parametrize("action", [leave_session, load_session, read_something_else])


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
@cookie_and_server
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
@cookie_and_server
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


async def test_b4_a_slow_flash_on_a_server_does_not_undo_a_logout(
    start_redis: Start, gate: Gate
) -> None:
    client = await start_redis(web.post("/slow", does(gate.hold, set_values, flash_messages)))
    async with gate.holding(client, "/slow?success=Saved"):
        await client.post("/logout")
    assert await whoami(client) is None
    assert await read(client, "success") is None
    assert await shown(client) == []


@pytest.mark.parametrize(("path", "left"), [("/sign-in-here", ["Saved"]), ("/login", [])])
async def test_b4_a_slow_flash_on_a_server_does_not_undo_a_login(
    start_redis: Start, gate: Gate, path: str, left: list[str]
) -> None:
    """It stays in the session of its request, which a login with `new_session()` leaves."""
    client = await start_redis(
        web.post("/slow", does(gate.hold, flash_messages)),
        web.post("/sign-in-here", does(sign_in_here)),
    )
    async with gate.holding(client, "/slow?success=Saved"):
        await client.post(path, params={"user": "bob"})
    assert await whoami(client) == "bob"
    assert await shown(client) == left


@with_session
@pytest.mark.parametrize("held_last", [True, False])
async def test_flashes_of_two_requests_are_all_pending_in_order(
    start_redis: Start, touch: Action, held_last: bool
) -> None:
    one, two = Gate(), Gate()

    def slow(gate: Gate) -> Handler:
        adds = touch, flash_messages, set_values
        return does(*adds, gate.hold) if held_last else does(gate.hold, *adds)

    client = await start_redis(web.post("/one", slow(one)), web.post("/two", slow(two)))
    async with two.holding(client, "/two?two=2"), one.holding(client, "/one?one=1"):
        pass
    page = await client.get("/values?one&two", headers=FETCH)
    assert await answer_of(page) == {"one": "1", "two": "2"}
    assert await shown(client) == (["2", "1"] if held_last else ["1", "2"])
    assert await whoami(client) == "alice"


@with_session
@pytest.mark.parametrize("anew", [ERROR, "another error"])
async def test_a_value_that_is_set_anew_stays_even_if_it_is_equal(
    start_redis: Start, gate: Gate, touch: Action, anew: str
) -> None:
    client = await start_redis(web.post("/slow", does(touch, get_error, gate.hold)))
    await client.post("/set", params={"error": ERROR}, headers=FETCH)
    async with gate.holding(client, "/slow"):
        await client.post("/set", params={"error": anew}, headers=FETCH)
    assert await read(client) == anew
    assert await read(client) is None


@with_session
async def test_flashes_consumed_by_another_request_do_not_return(
    start_redis: Start, gate: Gate, touch: Action
) -> None:
    slow = does(touch, gate.hold, set_values, flash_messages)
    client = await start_redis(web.post("/slow", slow))
    await client.post("/set", params={"error": ERROR}, headers=FETCH)
    await client.post("/flash?success=Saved", headers=FETCH)
    async with gate.holding(client, "/slow?name=Ann"):
        await client.get("/messages")
    page = await client.get("/values?name&error", headers=FETCH)
    assert await answer_of(page) == {"name": "Ann", "error": None}
    assert await shown(client) == ["Ann"]


@with_session
async def test_flashes_of_another_request_survive_one_that_ignores_the_flashbag(
    start_redis: Start, gate: Gate, touch: Action
) -> None:
    client = await start_redis(web.post("/slow", does(touch, gate.hold)))
    async with gate.holding(client, "/slow"):
        await client.post("/set", params={"error": ERROR}, headers=FETCH)
        await client.post("/flash?success=Saved", headers=FETCH)
    assert await read(client) == ERROR
    assert await shown(client) == ["Saved"]


@with_session
async def test_replace_all_removes_only_values_that_its_request_saw(
    start_redis: Start, gate: Gate, touch: Action
) -> None:
    replace_all = partial(flashbag_replace_all, value={"name": "Ann"})
    client = await start_redis(web.post("/slow", does(touch, gate.hold, replace_all)))
    await client.post("/set?seen=1", headers=FETCH)
    async with gate.holding(client, "/slow"):
        await client.post("/set?unseen=2", headers=FETCH)
    page = await client.get("/values?name&seen&unseen", headers=FETCH)
    assert await answer_of(page) == {"name": "Ann", "seen": None, "unseen": "2"}


@with_session
async def test_clearing_removes_flashes_that_its_request_did_not_see(
    start_redis: Start, gate: Gate, touch: Action
) -> None:
    client = await start_redis(web.post("/slow", does(touch, gate.hold, flashbag_clear)))
    await client.post("/set?seen=1", headers=FETCH)
    async with gate.holding(client, "/slow"):
        await client.post("/set?unseen=2", headers=FETCH)
        await client.post("/flash?success=Saved", headers=FETCH)
    page = await client.get("/values?seen&unseen", headers=FETCH)
    assert await answer_of(page) == {"seen": None, "unseen": None}
    assert await shown(client) == []


@pytest.mark.parametrize("touch", [load_session, leave_session])
async def test_b4_a_flash_does_not_revive_a_session_that_has_gone(
    start_redis: Start,
    gate: Gate,
    redis: Redis,
    touch: Action,
    caplog: pytest.LogCaptureFixture,
) -> None:
    client = await start_redis(web.post("/slow", does(touch, gate.hold, flash_messages)))
    before = cookies(client)
    async with gate.holding(client, "/slow?success=Saved"):
        await redis.flushall()
    assert await redis.dbsize() == 0
    assert cookies(client) == before
    [record] = caplog.records
    assert "lost, because the session ended during the request" in record.message


async def test_b4_reading_does_not_revive_a_session_that_has_gone(
    start_redis: Start, gate: Gate, redis: Redis, caplog: pytest.LogCaptureFixture
) -> None:
    client = await start_redis(web.post("/slow", does(get_flashed_messages, gate.hold)))
    await client.post("/flash?success=Saved")
    async with gate.holding(client, "/slow"):
        await redis.flushall()
    assert await redis.dbsize() == 0
    assert not caplog.records


async def test_a_session_that_held_only_flashes_accepts_one_after_all_were_consumed(
    start_redis: Start, gate: Gate
) -> None:
    client = await start_redis(web.post("/slow", does(gate.hold, flash_messages)))
    await client.post("/logout")
    await client.post("/flash?success=Saved", headers=FETCH)
    async with gate.holding(client, "/slow?success=Sent"):
        assert await shown(client) == ["Saved"]
    assert await shown(client) == ["Sent"]


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
