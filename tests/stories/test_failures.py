"""B2: a failed response changes nothing."""

from __future__ import annotations

from functools import partial

import pytest
from aiohttp import web
from aiohttp.typedefs import Handler
from aiohttp_session import AbstractStorage
from support.apps import (
    ERROR,
    Action,
    AiohttpClient,
    Answer,
    Start,
    does,
    flash_messages,
    make_app,
    messages_page,
    read,
    set_values,
    shown,
)
from support.overlap import FETCH

from aiohttp_flashbag import flashbag_clear, flashbag_get, flashbag_keep, get_flashed_messages


def crash() -> web.Response:
    raise ZeroDivisionError


FAILURES = [
    pytest.param(crash, id="crash"),
    pytest.param(partial(web.Response, status=500), id="500"),
    pytest.param(web.HTTPBadGateway, id="raised 502"),
]


@pytest.mark.parametrize("failure", FAILURES)
async def test_b2_flashes_that_it_read_stay_pending_and_those_that_it_added_are_dropped(
    start: Start, failure: Answer
) -> None:
    actions = partial(flashbag_get, key="error"), get_flashed_messages, set_values, flash_messages
    client = await start(web.get("/", does(*actions, answer=failure)))
    await client.post("/set", params={"error": ERROR})
    await client.post("/flash", params={"success": "Saved"}, headers=FETCH)
    response = await client.get("/", params={"error": "Other"})
    assert response.status >= 500
    assert "Set-Cookie" not in response.headers
    assert await read(client) == ERROR
    assert await shown(client) == ["Saved"]


@pytest.mark.parametrize("action", [flashbag_clear, flashbag_keep])
async def test_b2_it_neither_clears_nor_keeps(start: Start, action: Action) -> None:
    client = await start(web.get("/", does(action, answer=crash)))
    await client.post("/set", params={"error": ERROR})
    await client.get("/")
    assert await read(client) == ERROR
    assert await read(client) is None


@pytest.mark.parametrize(("is_outside", "status"), [(True, 500), (True, 400), (False, 500)])
async def test_b2_an_error_page_shows_pending_messages_and_outside_none_of_the_failed_action(
    aiohttp_client: AiohttpClient, storage: AbstractStorage, is_outside: bool, status: int
) -> None:
    @web.middleware
    async def error_page(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except ZeroDivisionError:
            page = await messages_page(request)
            page.set_status(status)
            return page

    app = make_app(storage, web.post("/", does(flash_messages, answer=crash)))
    app.middlewares.insert(0 if is_outside else len(app.middlewares), error_page)
    client = await aiohttp_client(app)
    await client.post("/flash", params={"success": "Saved"})
    response = await client.post("/", params={"success": "Paid"})
    assert response.status == status
    assert await response.json() == (["Saved"] if is_outside else ["Saved", "Paid"])
    assert await shown(client) == (["Saved"] if status == 500 else [])
