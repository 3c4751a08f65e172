"""The style of version 0.0.3: `flashbag_middleware` among the middlewares, without `setup()`."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from aiohttp import web
from aiohttp_session import AbstractStorage
from support.apps import (
    ERROR,
    FLASHBAG_ROUTES,
    Action,
    AiohttpClient,
    Answer,
    Client,
    Start,
    does,
    flash_messages,
    read,
    session_app,
    set_values,
    shown,
    whoami,
)
from support.overlap import FETCH

from aiohttp_flashbag import flash, flashbag_middleware

from .outer import with_session

pytestmark = pytest.mark.parametrize("storage", ["encrypted", "redis"], indirect=True)


@pytest.fixture
def start(aiohttp_client: AiohttpClient, storage: AbstractStorage) -> Start:
    """Start an application with these routes and the middleware. Returns its client."""

    async def client_of(*routes: web.AbstractRouteDef) -> Client:
        app = session_app(storage, *FLASHBAG_ROUTES, *routes)
        app.middlewares.append(flashbag_middleware)
        return await aiohttp_client(app)

    return client_of


@pytest.mark.parametrize("user", [None, "alice"])
@pytest.mark.parametrize("respond", [web.Response, web.HTTPNotFound, partial(web.HTTPFound, "/")])
async def test_b6_flashes_arrive_once_and_the_headers_are_set(
    start: Start, respond: Answer, user: str | None
) -> None:
    client = await start(web.post("/", does(set_values, flash_messages, answer=respond)))
    if user:
        await client.post("/login", params={"user": user})
    response = await client.post("/", params={"error": ERROR}, headers=FETCH, allow_redirects=False)
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Clear-Site-Data"] == '"prefetchCache", "prerenderCache"'
    assert await read(client) == ERROR
    assert await read(client) is None
    assert await shown(client) == [ERROR]
    assert await shown(client) == []
    assert await whoami(client) == user


async def test_b3_a_preload_that_misses_a_message_gets_a_503(start: Start) -> None:
    client = await start()
    await client.post("/flash?success=Saved", headers=FETCH)
    response = await client.get("/messages", headers={"Sec-Purpose": "prefetch"})
    assert (response.status, response.headers["Cache-Control"]) == (503, "no-store")
    assert await shown(client) == ["Saved"]


async def test_b6_a_stream_that_flashes_is_an_error_in_the_log(
    start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    client = await start(web.get("/stream", does(flash_messages, answer=web.StreamResponse)))
    assert (await client.get("/stream")).status == 200
    assert not caplog.records  # nothing is lost
    assert (await client.get("/stream?success=Saved")).status == 200
    [record] = caplog.records
    assert record.levelname == "ERROR"
    for fact in ("GET '/stream'", "StreamResponse", "aiohttp_flashbag.setup(app)"):
        assert fact in record.getMessage()


@with_session
async def test_b7_the_session_is_kept_if_flashes_do_not_fit_into_its_cookie(
    start: Start, touch: list[Action]
) -> None:
    client = await start(web.post("/", does(*touch, flash_messages)))
    await client.post("/login?user=alice")
    response = await client.post("/", params={letter: letter * 1200 for letter in "abc"})
    for line in response.headers.getall("Set-Cookie", []):
        assert len(line.partition(";")[0]) <= 4096 + len("=")
    assert await whoami(client) == "alice"
    assert (await shown(client))[-1] == "c" * 1200


async def test_a_forgotten_return_is_the_error_in_the_log(
    start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    async def forgetful(request: web.Request) -> Any:
        flash(request, "Saved")

    client = await start(web.get("/", forgetful))
    assert (await client.get("/")).status == 500
    assert "AttributeError" not in caplog.text
