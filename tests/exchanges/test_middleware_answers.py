"""B6: every kind of answer carries what was added and uses up what it showed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeAlias

import pytest
from aiohttp import web
from aiohttp_session import AbstractStorage, get_session
from support.apps import (
    ERROR,
    Action,
    AiohttpClient,
    Client,
    Handler,
    does,
    flash_messages,
    make_app,
    read,
    set_values,
    shown,
    whoami,
)
from support.overlap import FETCH

from aiohttp_flashbag import flashbag_get, get_flashed_messages

Start: TypeAlias = Callable[[Action], Awaitable[Client]]


async def page(request: web.Request) -> web.StreamResponse:
    return web.Response(text="page")


async def data(request: web.Request) -> web.StreamResponse:
    return web.json_response({})


async def missing(request: web.Request) -> web.StreamResponse:
    raise web.HTTPNotFound


async def refused(request: web.Request) -> web.StreamResponse:
    return web.Response(status=422)


async def file(request: web.Request) -> web.StreamResponse:
    return web.FileResponse(__file__)


async def stream(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    await response.write(b"piece by piece")
    return response


async def events(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await response.prepare(request)
    await response.write(b"data: 1\n\n")
    return response


async def unprepared(request: web.Request) -> web.StreamResponse:
    return web.StreamResponse()


async def websocket(request: web.Request) -> web.StreamResponse:
    socket = web.WebSocketResponse()
    await socket.prepare(request)
    await socket.close()
    return socket


ANSWERS: list[Handler] = [
    page,
    data,
    missing,
    refused,
    file,
    stream,
    events,
    unprepared,
    websocket,
]
pytestmark = [
    pytest.mark.parametrize("answer", ANSWERS),
    pytest.mark.parametrize("path", ["/answer", "/sub/answer"]),
    pytest.mark.parametrize("storage", ["encrypted", "redis"], indirect=True),
]


@pytest.fixture
def start(aiohttp_client: AiohttpClient, storage: AbstractStorage, answer: Handler) -> Start:
    """Start an application, and one inside it, that act and then answer."""

    async def client_of(action: Action) -> Client:
        async def handler(request: web.Request) -> web.StreamResponse:
            await does(action)(request)
            return await answer(request)

        app, sub = make_app(storage, web.get("/answer", handler)), web.Application()
        sub.add_routes([web.get("/answer", handler)])
        app.add_subapp("/sub", sub)
        return await aiohttp_client(app)

    return client_of


async def ask(client: Client, path: str, answer: Handler, error: str = "") -> None:
    """Ask for an answer and wait for its end."""
    if answer is websocket:
        async with client.ws_connect(path, params={"error": error}) as socket:
            assert [message async for message in socket] == []
    else:
        response = await client.get(path, params={"error": error}, headers=FETCH)
        await response.read()
        assert response.status in (200, 404, 422)


@pytest.mark.parametrize("user", [None, "alice"])
async def test_b6_a_message_that_is_added_arrives_once(
    start: Start, answer: Handler, path: str, user: str | None
) -> None:
    client = await start(flash_messages)
    if user:
        await client.post("/login", params={"user": user})
    await ask(client, path, answer, ERROR)
    assert await shown(client) == [ERROR]
    assert await shown(client) == []
    assert await whoami(client) == user


@pytest.mark.parametrize("user", [None, "alice"])
async def test_b6_a_value_that_is_added_arrives_once(
    start: Start, answer: Handler, path: str, user: str | None
) -> None:
    client = await start(set_values)
    if user:
        await client.post("/login", params={"user": user})
    await ask(client, path, answer, ERROR)
    assert await read(client) == ERROR
    assert await read(client) is None
    assert await whoami(client) == user


async def test_b6_what_is_shown_is_shown_once(start: Start, answer: Handler, path: str) -> None:
    seen = []

    def look(request: web.Request) -> None:
        seen.append(flashbag_get(request, "error"))
        seen.extend(str(message) for message in get_flashed_messages(request))

    client = await start(look)
    await client.post("/set", params={"error": ERROR}, headers=FETCH)
    await client.post("/flash?success=Saved", headers=FETCH)
    await ask(client, path, answer)
    await ask(client, path, answer)
    assert seen == [ERROR, "Saved", None]


async def test_b6_a_change_of_the_session_does_not_come_between(
    start: Start, answer: Handler, path: str
) -> None:
    async def count_and_flash(request: web.Request) -> None:
        session = await get_session(request)
        session["count"] = session.get("count", 0) + 1
        flash_messages(request)

    client = await start(count_and_flash)
    await client.post("/login?user=alice")
    for _ in range(2):
        await ask(client, path, answer, ERROR)
    assert await shown(client) == [ERROR, ERROR]
    assert await whoami(client) == "alice"
