"""B6: every kind of response adds flashes, and consumes the flashes that it showed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

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
from support.own_cookies import shakes_hands, streams

from aiohttp_flashbag import flashbag_get, get_flashed_messages

MakeHandler: TypeAlias = Callable[..., Handler]


def responds(response: Callable[..., web.StreamResponse], *arguments: Any) -> MakeHandler:
    return lambda *actions: does(*actions, answer=lambda: response(*arguments))


KINDS: dict[str, MakeHandler] = {
    "Response": responds(web.Response),
    "json_response": responds(web.json_response, {}),
    "HTTPNotFound": responds(web.HTTPNotFound),
    "FileResponse": responds(web.FileResponse, __file__),
    "StreamResponse, not prepared": responds(web.StreamResponse),
    "StreamResponse": streams,
    "WebSocketResponse": shakes_hands,
}
pytestmark = [
    pytest.mark.parametrize("kind", KINDS),
    pytest.mark.parametrize("storage", ["encrypted", "redis"], indirect=True),
]


async def client_for(
    aiohttp_client: AiohttpClient, storage: AbstractStorage, kind: str, *actions: Action
) -> Client:
    """Return Alice's client. The application and its sub-application act and then respond."""
    route = web.get("/act", KINDS[kind](*actions))
    app, sub = make_app(storage, route), web.Application()
    sub.add_routes([web.get("/act", KINDS[kind](*actions))])
    app.add_subapp("/sub", sub)
    client = await aiohttp_client(app)
    await client.post("/login?user=alice")
    return client


async def act(client: Client, kind: str, path: str = "/act", error: str = "") -> None:
    """Send the request, and wait for the end of the response."""
    if kind == "WebSocketResponse":
        async with client.ws_connect(path, params={"error": error}) as socket:
            assert [message async for message in socket] == []
    else:
        response = await client.get(path, params={"error": error}, headers=FETCH)
        await response.read()
        assert response.status in (200, 404)


@pytest.mark.parametrize(("path", "user"), [("/act", None), ("/act", "alice"), ("/sub/act", None)])
async def test_b6_added_flashes_arrive_once(
    aiohttp_client: AiohttpClient, storage: AbstractStorage, kind: str, path: str, user: str | None
) -> None:
    client = await client_for(aiohttp_client, storage, kind, flash_messages, set_values)
    if user is None:
        client.session.cookie_jar.clear()
    await act(client, kind, path, ERROR)
    page = await client.get("/values?error", headers=FETCH)
    assert await page.json() == {"error": ERROR}
    assert await read(client) is None
    assert await shown(client) == [ERROR]
    assert await shown(client) == []
    assert await whoami(client) == user


@pytest.mark.parametrize("path", ["/act", "/sub/act"])
async def test_b6_shown_flashes_are_consumed(
    aiohttp_client: AiohttpClient, storage: AbstractStorage, kind: str, path: str
) -> None:
    seen: list[str | None] = []

    def look(request: web.Request) -> None:
        seen.append(flashbag_get(request, "error"))
        seen.extend(get_flashed_messages(request))

    client = await client_for(aiohttp_client, storage, kind, look)
    await client.post("/set", params={"error": ERROR}, headers=FETCH)
    await client.post("/flash?success=Saved", headers=FETCH)
    await act(client, kind, path)
    await act(client, kind, path)
    assert seen == [ERROR, "Saved", None]
    assert await whoami(client) == "alice"


async def test_b6_a_response_that_changes_the_session_too_loses_nothing(
    aiohttp_client: AiohttpClient, storage: AbstractStorage, kind: str
) -> None:
    async def count(request: web.Request) -> None:
        session = await get_session(request)
        session["count"] = session.get("count", 0) + 1

    client = await client_for(aiohttp_client, storage, kind, count, flash_messages)
    for _ in range(2):
        await act(client, kind, error=ERROR)
    assert await shown(client) == [ERROR, ERROR]
    assert await whoami(client) == "alice"
