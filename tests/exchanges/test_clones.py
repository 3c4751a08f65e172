"""B6: the flashbag is found although an outer middleware passes on a clone of the request."""

from __future__ import annotations

import asyncio
import gc
from functools import partial

import pytest
from aiohttp import web
from aiohttp.typedefs import Handler as RequestHandler
from aiohttp.typedefs import Middleware
from aiohttp_remotes import ForwardedRelaxed, XForwardedFiltered, XForwardedRelaxed
from aiohttp_session import AbstractStorage
from support.apps import AiohttpClient, does, flash_messages, make_app, read, set_values, shown
from support.behind import each_transport
from support.overlap import FETCH
from support.own_cookies import streams

from aiohttp_flashbag import flashbag_get, get_flashed_messages

PROXY = {"X-Forwarded-For": "10.0.0.1", "Forwarded": "for=10.0.0.1"}


@web.middleware
async def in_another_task(request: web.Request, handler: RequestHandler) -> web.StreamResponse:
    """Handle a clone in another task, as `asyncio.wait_for` does before Python 3.12."""
    response = await asyncio.ensure_future(handler(request.clone()))
    gc.collect()
    return response


def read_both(request: web.Request) -> None:
    assert flashbag_get(request, "success") == "Saved"
    assert get_flashed_messages(request) == ["Saved"]


ACTIONS = {"/add": (set_values, flash_messages), "/read": (read_both,)}


@each_transport
@pytest.mark.parametrize(
    "outermost",
    [
        pytest.param(XForwardedRelaxed().middleware, id="XForwardedRelaxed"),
        pytest.param(XForwardedFiltered(["127.0.0.1"]).middleware, id="XForwardedFiltered"),
        pytest.param(ForwardedRelaxed().middleware, id="ForwardedRelaxed"),
        pytest.param(in_another_task, id="in another task"),
    ],
)
@pytest.mark.parametrize("kind", ["page", "stream", "file", "error"])
async def test_b6_41_46_flashes_are_added_and_consumed_behind_a_clone(
    aiohttp_client: AiohttpClient,
    storage: AbstractStorage,
    outermost: Middleware,
    kind: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    routes = [
        web.get(f"{path}/{name}", handler)
        for path, actions in ACTIONS.items()
        for name, handler in {
            "page": does(*actions),
            "stream": streams(*actions),
            "file": does(*actions, answer=partial(web.FileResponse, __file__)),
            "error": does(*actions, answer=web.HTTPBadRequest),
        }.items()
    ]
    app = make_app(storage, *routes)
    app.middlewares.insert(0, outermost)
    client = await aiohttp_client(app, headers=PROXY)
    await client.get(f"/add/{kind}?success=Saved", headers=FETCH)
    response = await client.get(f"/read/{kind}", headers=FETCH)
    assert response.status == (400 if kind == "error" else 200)
    assert await read(client, "success") is None
    assert await shown(client) == []
    assert caplog.messages == []
