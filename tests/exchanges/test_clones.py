"""B6: the flashbag is found although an outer middleware hands on a clone of the request."""

from __future__ import annotations

import asyncio
from functools import partial

import pytest
from aiohttp import web
from aiohttp.typedefs import Handler as RequestHandler
from aiohttp.typedefs import Middleware
from aiohttp_remotes import ForwardedRelaxed, XForwardedFiltered, XForwardedRelaxed
from aiohttp_session import AbstractStorage
from support.apps import (
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
)

from aiohttp_flashbag import flashbag_get, get_flashed_messages

PROXY = {"X-Forwarded-For": "10.0.0.1", "Forwarded": "for=10.0.0.1"}


def look(request: web.Request) -> None:
    """Use up what was sent."""
    assert flashbag_get(request, "success") == "Saved"
    assert [message.message for message in get_flashed_messages(request)] == ["Saved"]


@web.middleware
async def in_another_task(request: web.Request, handler: RequestHandler) -> web.StreamResponse:
    """Hand on a clone, and do so as `asyncio.wait_for` does before Python 3.12."""
    return await asyncio.ensure_future(handler(request.clone()))


pytestmark = pytest.mark.parametrize("storage", ["encrypted", "redis"], indirect=True)
each_middleware = pytest.mark.parametrize(
    "outermost",
    [
        pytest.param(XForwardedRelaxed().middleware, id="XForwardedRelaxed"),
        pytest.param(XForwardedFiltered(["127.0.0.1"]).middleware, id="XForwardedFiltered"),
        pytest.param(ForwardedRelaxed().middleware, id="ForwardedRelaxed"),
        pytest.param(in_another_task, id="in another task"),
    ],
)


def streams(*actions: Action) -> Handler:
    """A handler that does the actions and then streams its answer."""

    async def handler(request: web.Request) -> web.StreamResponse:
        await does(*actions)(request)
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b"a line")
        return response

    return handler


def each_answer(*actions: Action) -> pytest.MarkDecorator:
    """Handlers that do the actions and give an answer of each kind."""
    file = partial(web.FileResponse, __file__)
    return pytest.mark.parametrize(
        "handler",
        [
            pytest.param(does(*actions), id="Response"),
            pytest.param(streams(*actions), id="StreamResponse"),
            pytest.param(does(*actions, answer=file), id="FileResponse"),
            pytest.param(does(*actions, answer=web.HTTPBadRequest), id="HTTPBadRequest"),
        ],
    )


async def behind(
    outermost: Middleware,
    handler: Handler,
    storage: AbstractStorage,
    aiohttp_client: AiohttpClient,
) -> Client:
    """A client that comes through a proxy, and this middleware outside everything."""
    app = make_app(storage, web.get("/", handler))
    app.middlewares.insert(0, outermost)
    return await aiohttp_client(app, headers=PROXY)


@each_middleware
@each_answer(set_values, flash_messages)
async def test_b6_what_is_sent_behind_a_clone_arrives(
    outermost: Middleware,
    handler: Handler,
    storage: AbstractStorage,
    aiohttp_client: AiohttpClient,
    caplog: pytest.LogCaptureFixture,
) -> None:
    client = await behind(outermost, handler, storage, aiohttp_client)
    assert (await client.get("/?success=Saved")).status < 500
    assert await read(client, "success") == "Saved"
    assert await shown(client) == ["Saved"]
    assert caplog.messages == []


@each_middleware
@each_answer(look)
async def test_b6_what_is_shown_behind_a_clone_is_used_up(
    outermost: Middleware,
    handler: Handler,
    storage: AbstractStorage,
    aiohttp_client: AiohttpClient,
    caplog: pytest.LogCaptureFixture,
) -> None:
    client = await behind(outermost, handler, storage, aiohttp_client)
    await client.post("/login?user=alice")
    await client.post("/set", params={"success": "Saved"})
    await client.post("/flash", params={"success": "Saved"}, headers={"Sec-Fetch-Dest": "empty"})
    assert (await client.get("/")).status < 500
    assert await read(client, "success") is None
    assert await shown(client) == []
    assert caplog.messages == []
