"""What a programmer can do wrong, and what is said about it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import aiohttp_session
import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request
from aiohttp_session import AbstractStorage
from support.apps import (
    FLASHBAG_ROUTES,
    Action,
    AiohttpClient,
    Start,
    flash_messages,
    session_app,
    shown,
)

import aiohttp_flashbag
from aiohttp_flashbag import (
    flash,
    flashbag_append,
    flashbag_get,
    flashbag_now,
    flashbag_replace_all,
    flashbag_set,
    get_flashbag,
    get_flashed_messages,
)

BOTH_CALLS = r"aiohttp_session\.setup.*aiohttp_flashbag\.setup"


@pytest.mark.parametrize("value", [object(), {1, 2}, b"bytes", [{"nested": object()}]])
@pytest.mark.parametrize(
    ("give", "name"),
    [
        (lambda request, value: flashbag_set(request, "due", value), "'due'"),
        (lambda request, value: flashbag_append(request, "due", value), "'due'"),
        (lambda request, value: flashbag_replace_all(request, {"due": value}), "'due'"),
        (lambda request, value: flashbag_now(request, "due", value), "'due'"),
        (lambda request, value: flash(request, "Saved", due=value), "flash message"),
    ],
    ids=["set", "append", "replace_all", "now", "flash"],
)
async def test_what_json_cannot_hold_is_refused_at_the_call_by_name(
    start: Start, give: Callable[[web.Request, Any], None], name: str, value: Any
) -> None:
    async def form(request: web.Request) -> web.Response:
        with pytest.raises(TypeError, match=name):
            give(request, value)
        return web.Response()

    client = await start(web.post("/", form))
    response = await client.post("/")
    assert response.status == 200
    assert "Set-Cookie" not in response.headers


@pytest.mark.parametrize(
    "call",
    [
        get_flashbag,
        get_flashed_messages,
        lambda request: flash(request, "Saved"),
        lambda request: flashbag_get(request, "error"),
        lambda request: flashbag_set(request, "error", "x"),
    ],
    ids=["get_flashbag", "get_flashed_messages", "flash", "flashbag_get", "flashbag_set"],
)
def test_where_it_is_not_installed_the_error_names_both_calls_in_their_order(call: Action) -> None:
    with pytest.raises(RuntimeError, match=BOTH_CALLS):
        call(make_mocked_request("GET", "/"))


async def test_installed_before_the_session_the_error_names_both_calls_in_their_order(
    aiohttp_client: AiohttpClient, storage: AbstractStorage, caplog: pytest.LogCaptureFixture
) -> None:
    app = web.Application()
    aiohttp_flashbag.setup(app)
    aiohttp_session.setup(app, storage)
    app.add_routes(FLASHBAG_ROUTES)
    client = await aiohttp_client(app)
    assert (await client.get("/messages")).status == 500
    (record,) = caplog.records
    assert record.exc_info is not None
    with pytest.raises(RuntimeError, match=BOTH_CALLS):
        raise record.exc_info[1] or AssertionError


async def stream(request: web.Request) -> web.StreamResponse:
    """Flash, and then stream the answer."""
    flash_messages(request)
    response = web.StreamResponse()
    await response.prepare(request)
    return response


async def test_b6_in_the_style_of_0_0_3_a_flash_with_a_streamed_answer_is_an_error_in_the_log(
    aiohttp_client: AiohttpClient, storage: AbstractStorage, caplog: pytest.LogCaptureFixture
) -> None:
    app = session_app(storage, *FLASHBAG_ROUTES, web.post("/", stream))
    app.middlewares.append(aiohttp_flashbag.flashbag_middleware)
    client = await aiohttp_client(app)
    assert (await client.post("/")).status == 200
    assert caplog.records == []
    assert (await client.post("/", params={"success": "Saved"})).status == 200
    (record,) = caplog.records
    assert record.levelname == "ERROR"
    assert "aiohttp_flashbag.setup(" in record.getMessage()
    assert await shown(client) == []


async def test_b6_with_setup_a_streamed_answer_flashes_and_logs_nothing(
    start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    client = await start(web.post("/", stream))
    await client.post("/", params={"success": "Saved"})
    assert await shown(client) == ["Saved"]
    assert caplog.records == []
