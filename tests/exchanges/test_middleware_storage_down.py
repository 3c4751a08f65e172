"""B7: a session storage that fails costs the flash, and never the page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from aiohttp import web
from aiohttp.typedefs import Handler
from aiohttp_session import AbstractStorage, get_session
from support.apps import (
    AiohttpClient,
    Start,
    does,
    flash_messages,
    in_sessions,
    login,
    make_app,
    messages_page,
    on_a_server,
    set_values,
    shown,
)

from aiohttp_flashbag import get_flashed_messages

SECRET = "redis://:hunter2@db"  # what an exception may have in its text
Break = Callable[[str], None]


@pytest.fixture
def fails(storage: AbstractStorage, monkeypatch: pytest.MonkeyPatch) -> Break:
    """Let a method of the storage fail from now on."""

    async def fail(*args: Any) -> Any:
        raise ConnectionError(SECRET)

    return lambda method: monkeypatch.setattr(storage, method, fail)


async def count(request: web.Request) -> None:
    """Change the session."""
    (await get_session(request))["count"] = 1


async def stream(request: web.Request) -> web.StreamResponse:
    flash_messages(request)
    get_flashed_messages(request, category_filter="other")
    response = web.StreamResponse()
    await response.prepare(request)
    return response


ROUTES = (
    web.post("/page", does(set_values, flash_messages)),
    web.post("/moved", does(set_values, flash_messages, answer=lambda: web.HTTPSeeOther("/"))),
    web.post("/file", does(flash_messages, answer=lambda: web.FileResponse(__file__))),
    web.post("/stream", stream),
)


@in_sessions
@pytest.mark.parametrize(("path", "status"), [("/messages", 200), ("/plain", 200), ("/no", 404)])
async def test_b7_a_page_is_answered_though_the_session_cannot_be_read(
    start: Start, fails: Break, caplog: pytest.LogCaptureFixture, path: str, status: int
) -> None:
    client = await start(web.get("/page", messages_page))
    await client.post("/flash?success=Saved")
    fails("load_session")
    assert (await client.get(path)).status == status
    [record] = caplog.records
    assert record.levelname == "ERROR"
    assert "the flashbag could not be read and counts as empty: builtins.Conn" in record.message
    assert SECRET not in caplog.text


@on_a_server
@pytest.mark.parametrize("user", [None, "alice"])
@pytest.mark.parametrize("method", ["load_session", "save_session"])
@pytest.mark.parametrize(
    ("path", "status"), [("/page", 200), ("/moved", 303), ("/file", 200), ("/stream", 200)]
)
async def test_b7_an_answer_goes_out_though_what_it_adds_cannot_be_saved(
    start: Start,
    fails: Break,
    caplog: pytest.LogCaptureFixture,
    path: str,
    status: int,
    method: str,
    user: str | None,
) -> None:
    client = await start(*ROUTES)
    if user:
        await client.post("/login", params={"user": user})
    fails(method)
    response = await client.post(path, params={"success": "Saved"}, allow_redirects=False)
    assert response.status == status
    assert await response.read() is not None
    assert "the flashbag could not be saved" in caplog.text
    assert SECRET not in caplog.text


@on_a_server
@pytest.mark.parametrize("method", ["load_session", "save_session"])
async def test_b7_a_page_shows_what_waits_though_it_cannot_be_used_up(
    start: Start, fails: Break, caplog: pytest.LogCaptureFixture, method: str
) -> None:
    client = await start()
    await client.post("/flash?success=Saved")
    fails(method)
    assert (await client.get("/messages")).status == 200
    assert SECRET not in caplog.text


@on_a_server
async def test_b7_a_session_that_cannot_be_read_again_is_saved_with_what_is_known(
    start: Start,
    fails: Break,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def break_down(request: web.Request) -> None:
        fails("load_session")

    client = await start(web.post("/count", does(count, break_down, flash_messages)))
    await client.post("/flash?success=Saved")
    assert (await client.post("/count?success=Sent")).status == 200
    monkeypatch.undo()
    assert await shown(client) == ["Saved", "Sent"]
    assert "the session could not be read again: ConnectionError" in caplog.text
    assert SECRET not in caplog.text


@on_a_server
async def test_b7_what_waits_outlives_a_failure_that_is_over_when_the_handler_runs(
    start: Start, fails: Break, monkeypatch: pytest.MonkeyPatch
) -> None:
    def recover(request: web.Request) -> None:
        monkeypatch.undo()

    client = await start(web.post("/count", does(recover, count, flash_messages)))
    await client.post("/flash?success=Saved")
    fails("load_session")
    await client.post("/count?success=Sent")
    assert await shown(client) == ["Saved", "Sent"]


@on_a_server
async def test_b7_an_answer_exchanged_for_a_stream_goes_out_though_nothing_can_be_saved(
    aiohttp_client: AiohttpClient,
    storage: AbstractStorage,
    fails: Break,
    caplog: pytest.LogCaptureFixture,
) -> None:
    @web.middleware
    async def instead(request: web.Request, handler: Handler) -> web.StreamResponse:
        response = await handler(request)
        fails("load_session")
        return web.StreamResponse() if request.path == "/page" else response

    app = make_app(storage, web.post("/page", does(login, flash_messages)))
    app.middlewares.insert(1, instead)
    client = await aiohttp_client(app)
    response = await client.post("/page?user=alice")
    assert (response.status, await response.read()) == (200, b"")
    assert "the flashbag" in caplog.text
    assert SECRET not in caplog.text
