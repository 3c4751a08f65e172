"""B4: what a login carries over, what a logout drops, and that a logout ends the session."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from aiohttp import web
from aiohttp_session import AbstractStorage, SimpleCookieStorage
from support.apps import (
    ERROR,
    Action,
    AiohttpClient,
    Start,
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

from aiohttp_flashbag import flash, flashbag_get, flashbag_set, get_flashed_messages

if TYPE_CHECKING:
    from redis.asyncio import Redis


def greet(request: web.Request) -> None:
    """Send a value and a message."""
    flashbag_set(request, "tour", "start")
    flash(request, "Hello")


def look(request: web.Request) -> None:
    """Use up a value and all messages."""
    flashbag_get(request, "error")
    get_flashed_messages(request)


@pytest.mark.parametrize("known", [False, True], ids=["first visit", "with a session"])
@pytest.mark.parametrize("actions", [(login, greet), (greet, login)])
async def test_b4_a_flash_before_or_after_the_login_is_in_the_new_session(
    start: Start, actions: tuple[Action, ...], known: bool
) -> None:
    client = await start(web.post("/sign-in", does(*actions)))
    if known:
        await client.post("/login?user=guest")
    await client.post("/sign-in?user=alice")
    assert await whoami(client) == "alice"
    assert await read(client, "tour") == "start"
    assert await shown(client) == ["Hello"]


async def test_b4_what_waits_unread_moves_along_to_the_new_session(start: Start) -> None:
    client = await start(web.post("/sign-in", does(login, answer=web.HTTPNoContent)))
    await client.post("/set", params={"error": ERROR})
    await client.post("/flash", params={"success": "Saved"}, headers={"Sec-Fetch-Dest": "empty"})
    await client.post("/sign-in?user=alice")
    assert await whoami(client) == "alice"
    assert await read(client) == ERROR
    assert await shown(client) == ["Saved"]


@pytest.mark.parametrize("actions", [(login, look), (look, login)])
async def test_b4_what_was_read_at_the_login_does_not_move_along(
    start: Start, actions: tuple[Action, ...]
) -> None:
    client = await start(web.post("/sign-in", does(*actions)))
    await client.post("/set", params={"error": ERROR})
    await client.post("/flash", params={"success": "Saved"}, headers={"Sec-Fetch-Dest": "empty"})
    await client.post("/sign-in?user=alice")
    assert await whoami(client) == "alice"
    assert await read(client) is None
    assert await shown(client) == []


@in_sessions
async def test_b4_after_the_logout_nothing_waits_for_the_next_user(start: Start) -> None:
    client = await start()
    await client.post("/login?user=alice")
    await client.post("/set", params={"error": ERROR})
    await client.post("/flash", params={"success": "Saved"}, headers={"Sec-Fetch-Dest": "empty"})
    await client.post("/logout", headers={"Sec-Fetch-Dest": "empty"})
    await client.post("/login?user=bob", headers={"Sec-Fetch-Dest": "empty"})
    assert await read(client) is None
    assert await shown(client) == []


@pytest.mark.parametrize("filled", [False, True], ids=["nothing waits", "something waits"])
@pytest.mark.parametrize("looks", [False, True], ids=["no look", "a look"])
async def test_b4_the_logout_deletes_the_cookie(
    start: Start, storage: AbstractStorage, filled: bool, looks: bool
) -> None:
    actions = [look, logout] if looks else [logout]
    client = await start(web.post("/sign-out", does(*actions)))
    await client.post("/login?user=alice")
    if filled:
        await client.post("/set", params={"error": ERROR})
    assert storage.cookie_name in cookies(client)
    await client.post("/sign-out")
    # The simple storage of aiohttp_session never deletes its cookie, it empties it.
    left = {storage.cookie_name: "{}"} if isinstance(storage, SimpleCookieStorage) else {}
    assert cookies(client) == left


async def test_b4_the_logout_answers_as_it_does_without_a_flashbag(
    start: Start, storage: AbstractStorage, aiohttp_client: AiohttpClient
) -> None:
    answers = []
    for client in (await start(), await aiohttp_client(session_app(storage))):
        await client.post("/login?user=alice")
        answers.append((await client.post("/logout")).headers.getall("Set-Cookie"))
    assert answers[0] == answers[1]


async def test_b4_redis_keeps_nothing_of_an_ended_session(
    aiohttp_client: AiohttpClient, redis: Redis, redis_storage: AbstractStorage
) -> None:
    client = await aiohttp_client(make_app(redis_storage))
    await client.post("/login?user=alice")
    await client.post("/flash", params={"success": "Saved"})
    await client.post("/logout")
    assert [await redis.get(key) for key in await redis.keys()] == [b"{}"]


@in_sessions
@pytest.mark.parametrize("actions", [(logout, greet), (greet, logout)])
async def test_b4_only_the_goodbye_outlives_the_logout(
    start: Start, actions: tuple[Action, ...]
) -> None:
    client = await start(web.post("/sign-out", does(*actions)))
    await client.post("/login?user=alice")
    await client.post("/flash", params={"success": "Saved"})
    await client.post("/sign-out")
    assert await whoami(client) is None
    assert await shown(client) == ["Hello"]
    assert await whoami(client) is None
