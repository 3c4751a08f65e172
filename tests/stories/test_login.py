"""Login and logout: flashes that move along, and flashes that are dropped (B4)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING
from unittest.mock import AsyncMock

import pytest
from aiohttp import web
from aiohttp_session import AbstractStorage
from support.apps import (
    ERROR,
    Action,
    AiohttpClient,
    Client,
    Start,
    beside_sessions,
    cookies,
    does,
    in_sessions,
    login,
    logout,
    make_app,
    read,
    session_app,
    shown,
    whoami,
)
from support.overlap import FETCH

from aiohttp_flashbag import (
    flash,
    flashbag_clear,
    flashbag_get,
    flashbag_replace_all,
    flashbag_set,
    get_flashed_messages,
)

if TYPE_CHECKING:
    from redis.asyncio import Redis


def greet(request: web.Request) -> None:
    """Send a value and a message."""
    flashbag_set(request, "tour", "start")
    flash(request, "Hello")


def look(request: web.Request) -> None:
    """Consume a value and all messages."""
    flashbag_get(request, "error")
    get_flashed_messages(request)


async def save(client: Client) -> None:
    """Make a value and a message pending."""
    await client.post("/set", params={"error": ERROR}, headers=FETCH)
    await client.post("/flash", params={"success": "Saved"}, headers=FETCH)


@pytest.mark.parametrize("known", [False, True], ids=["first visit", "with a session"])
@pytest.mark.parametrize("actions", [(login, greet), (greet, login)])
async def test_b4_pending_flashes_and_new_ones_move_along_to_the_session_of_a_login(
    start: Start, actions: tuple[Action, ...], known: bool
) -> None:
    client = await start(web.post("/sign-in", does(*actions, answer=web.HTTPNoContent)))
    if known:
        await client.post("/login?user=guest")
    await save(client)
    await client.post("/sign-in?user=alice")
    assert await whoami(client) == "alice"
    assert await shown(client) == ["Saved", "Hello"]
    await save(client)
    await client.post("/sign-in?user=alice")
    assert await read(client) == ERROR
    await client.post("/sign-in?user=alice")
    assert await read(client, "tour") == "start"


@pytest.mark.parametrize("actions", [(login, look), (look, login)])
async def test_b4_flashes_that_the_login_page_has_read_do_not_move_along(
    start: Start, actions: tuple[Action, ...]
) -> None:
    client = await start(web.post("/sign-in", does(*actions)))
    await save(client)
    await client.post("/sign-in?user=alice")
    assert await whoami(client) == "alice"
    assert await read(client) is None
    assert await shown(client) == []


@in_sessions
@pytest.mark.parametrize(
    ("actions", "left"),
    [((logout,), []), ((logout, greet), ["Hello"]), ((greet, logout), ["Hello"])],
)
async def test_b4_a_logout_drops_pending_flashes_with_their_session(
    start: Start, actions: tuple[Action, ...], left: list[str]
) -> None:
    client = await start(web.post("/sign-out", does(*actions)))
    await client.post("/login?user=alice")
    await save(client)
    await client.post("/sign-out", headers=FETCH)
    assert await whoami(client) is None
    await client.post("/login?user=bob", headers=FETCH)
    assert await read(client) is None
    await save(client)
    assert await shown(client) == [*left, "Saved"]


@pytest.mark.parametrize(
    ("actions", "left"),
    [
        ((flashbag_clear, logout, greet), ["Hello"]),
        ((logout, flashbag_clear, greet), ["Hello"]),
        ((greet, flashbag_clear, logout), []),
    ],
)
async def test_b4_a_logout_that_clears_leaves_only_flashes_that_it_adds_afterwards(
    start: Start, actions: tuple[Action, ...], left: list[str]
) -> None:
    client = await start(web.post("/sign-out", does(*actions)))
    await client.post("/login?user=alice")
    await save(client)
    await client.post("/sign-out", headers=FETCH)
    assert left or cookies(client) == {}
    assert await whoami(client) is None
    assert await shown(client) == left


@pytest.mark.parametrize("actions", [(logout,), (look, logout)])
@pytest.mark.parametrize("is_pending", [False, True])
async def test_5_a_logout_deletes_the_cookie(
    start: Start, storage: AbstractStorage, is_pending: bool, actions: tuple[Action, ...]
) -> None:
    client = await start(web.post("/sign-out", does(*actions)))
    await client.post("/login?user=alice")
    if is_pending:
        await client.post("/set", params={"error": ERROR})
    assert storage.cookie_name in cookies(client)
    await client.post("/sign-out")
    assert cookies(client) == {}


async def test_5_a_logout_sends_the_same_cookies_as_without_a_flashbag(
    start: Start, storage: AbstractStorage, aiohttp_client: AiohttpClient
) -> None:
    sent = []
    for client in (await start(), await aiohttp_client(session_app(storage))):
        await client.post("/login?user=alice")
        sent.append((await client.post("/logout")).headers.getall("Set-Cookie"))
    assert sent[0] == sent[1]


async def test_5_redis_holds_nothing_of_an_ended_session(
    aiohttp_client: AiohttpClient, redis: Redis, redis_storage: AbstractStorage
) -> None:
    client = await aiohttp_client(make_app(redis_storage))
    await client.post("/login?user=alice")
    await client.post("/flash", params={"success": "Saved"})
    await client.post("/logout")
    assert [await redis.get(key) for key in await redis.keys()] == [b"{}"]


def set_and_clear(request: web.Request) -> None:
    flashbag_set(request, "error", ERROR)
    flashbag_clear(request)


@pytest.mark.parametrize(
    "action", [look, flashbag_clear, partial(flashbag_replace_all, value={}), set_and_clear]
)
async def test_b4_nothing_empty_is_stored(start: Start, action: Action) -> None:
    client = await start(web.get("/", does(action)))
    assert (await client.get("/")).cookies == {}


# Own cookies beside a session.


@beside_sessions
async def test_b4_own_cookies_and_tickets_leave_the_session_as_it_is(start: Start) -> None:
    client = await start()
    await client.post("/login?user=alice")
    session = cookies(client)
    for response in (
        await client.post("/flash?info=Saved"),
        await client.post("/set?error=1", headers=FETCH),
        await client.get("/messages"),
    ):
        assert response.cookies
        assert "AIOHTTP_SESSION" not in response.cookies
    assert cookies(client) == session


@beside_sessions
async def test_b7_own_cookies_and_tickets_do_not_need_the_session(
    start: Start,
    storage: AbstractStorage,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    client = await start()
    await client.post("/login?user=alice")
    for name in ("load_session", "save_session"):
        monkeypatch.setattr(storage, name, AsyncMock(side_effect=ConnectionError))
    await save(client)
    assert await read(client) == ERROR
    assert await shown(client) == ["Saved"]
    assert caplog.messages == []
