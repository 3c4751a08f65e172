"""B2: an answer that failed changes nothing."""

from __future__ import annotations

from functools import partial

import pytest
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from aiohttp_session import AbstractStorage
from support.apps import (
    ERROR,
    Action,
    AiohttpClient,
    Answer,
    Start,
    answer_of,
    does,
    flash_messages,
    make_app,
    messages_page,
    set_values,
    shown,
)

from aiohttp_flashbag import flashbag_clear, flashbag_get, flashbag_keep, get_flashed_messages


def crash() -> web.Response:
    """Not an answer."""
    raise ZeroDivisionError


FAILED_ANSWERS = [
    pytest.param(crash, id="crash"),
    pytest.param(partial(web.Response, status=500), id="500"),
    pytest.param(partial(web.Response, status=503), id="503"),
    pytest.param(web.HTTPInternalServerError, id="raised 500"),
    pytest.param(web.HTTPBadGateway, id="raised 502"),
]
look = (partial(flashbag_get, key="error"), get_flashed_messages)


def error_page(status: int) -> Middleware:
    """Answer a crash with a page that shows messages, as one that extends the base template."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except ZeroDivisionError:
            page = await messages_page(request)
            page.set_status(status)
            return page

    return middleware


@pytest.mark.parametrize("answer", FAILED_ANSWERS)
async def test_b2_what_a_failed_answer_read_waits_on(start: Start, answer: Answer) -> None:
    client = await start(web.get("/", does(*look, answer=answer)))
    await client.post("/set", params={"error": ERROR})
    await client.post("/flash", params={"success": "Saved"}, headers={"Sec-Fetch-Dest": "empty"})
    assert (await client.get("/")).status >= 500
    assert await answer_of(await client.get("/values?error")) == {"error": ERROR}
    assert await shown(client) == ["Saved"]


@pytest.mark.parametrize("answer", FAILED_ANSWERS)
async def test_b2_what_a_failed_answer_added_is_dropped(start: Start, answer: Answer) -> None:
    client = await start(web.post("/", does(set_values, flash_messages, answer=answer)))
    response = await client.post("/", params={"error": ERROR})
    assert response.status >= 500
    assert "Set-Cookie" not in response.headers
    assert await answer_of(await client.get("/values?error")) == {"error": None}
    assert await shown(client) == []


@pytest.mark.parametrize("verb", [flashbag_clear, flashbag_keep])
async def test_b2_a_failed_answer_neither_drops_nor_keeps(start: Start, verb: Action) -> None:
    client = await start(web.get("/", does(verb, answer=crash)))
    await client.post("/set", params={"error": ERROR})
    await client.get("/")
    assert await answer_of(await client.get("/values?error")) == {"error": ERROR}
    assert await answer_of(await client.get("/values?error")) == {"error": None}


@pytest.mark.parametrize("outside", [True, False], ids=["outside", "inside"])
async def test_b2_what_waited_and_an_error_page_showed_waits_on(
    aiohttp_client: AiohttpClient, storage: AbstractStorage, outside: bool
) -> None:
    app = make_app(storage, web.post("/", does(flash_messages, answer=crash)))
    app.middlewares.insert(0 if outside else len(app.middlewares), error_page(500))
    client = await aiohttp_client(app)
    await client.post("/flash", params={"success": "Saved"})
    assert (await client.post("/", params={"success": "Paid"})).status == 500
    assert await shown(client) == ["Saved"]


@pytest.mark.parametrize("status", [500, 400])
async def test_b2_an_error_page_outside_does_not_show_what_the_crashed_action_said(
    aiohttp_client: AiohttpClient, storage: AbstractStorage, status: int
) -> None:
    app = make_app(storage, web.post("/", does(flash_messages, answer=crash)))
    app.middlewares.insert(0, error_page(status))
    client = await aiohttp_client(app)
    await client.post("/flash", params={"success": "Saved"})
    response = await client.post("/", params={"success": "Paid"})
    assert response.status == status
    assert await response.json() == ["Saved"]
    assert "Paid" not in await shown(client)
