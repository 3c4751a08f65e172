"""B7: a session storage that fails costs the flash, and never the page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from aiohttp import web
from aiohttp.typedefs import Handler
from aiohttp_session import AbstractStorage
from support.apps import (
    AiohttpClient,
    Start,
    does,
    flash_messages,
    login,
    make_app,
    set_values,
    shown,
)
from support.behind import count
from support.own_cookies import streams

SECRET = "redis://:hunter2@db"  # may be in the text of an exception
Break = Callable[[str], None]
on_a_server = pytest.mark.parametrize("storage", ["redis"], indirect=True)
each_method = pytest.mark.parametrize("method", ["load_session", "save_session"])


@pytest.fixture
def fails(storage: AbstractStorage, monkeypatch: pytest.MonkeyPatch) -> Break:
    """Let a method of the storage fail from now on."""

    async def fail(*args: Any) -> Any:
        raise ConnectionError(SECRET)

    return lambda method: monkeypatch.setattr(storage, method, fail)


@pytest.mark.parametrize("storage", ["encrypted", "redis"], indirect=True)
@pytest.mark.parametrize(("path", "status"), [("/messages", 200), ("/plain", 200), ("/no", 404)])
async def test_b7_pages_are_served_although_the_session_cannot_be_loaded(
    start: Start, fails: Break, caplog: pytest.LogCaptureFixture, path: str, status: int
) -> None:
    client = await start()
    await client.post("/flash?success=Saved")
    fails("load_session")
    assert (await client.get(path)).status == status
    [record] = caplog.records
    assert record.levelname == "ERROR"
    assert "could not be read" in record.getMessage()
    assert "builtins.ConnectionError" in record.getMessage()
    assert SECRET not in caplog.text


@on_a_server
@each_method
@pytest.mark.parametrize("user", [None, "alice"])
@pytest.mark.parametrize(
    ("handler", "status"),
    [
        (does(set_values, flash_messages), 200),
        (does(set_values, flash_messages, answer=lambda: web.HTTPSeeOther("/")), 303),
        (does(flash_messages, answer=lambda: web.FileResponse(__file__)), 200),
        (streams(flash_messages), 200),
    ],
    ids=["page", "redirect", "file", "stream"],
)
async def test_b7_a_response_is_sent_although_its_flashes_cannot_be_saved(
    start: Start,
    fails: Break,
    caplog: pytest.LogCaptureFixture,
    handler: Handler,
    status: int,
    method: str,
    user: str | None,
) -> None:
    client = await start(web.post("/act", handler))
    if user:
        await client.post("/login", params={"user": user})
    fails(method)
    response = await client.post("/act?success=Saved", allow_redirects=False)
    await response.read()
    assert response.status == status
    assert "could not be saved" in caplog.text
    assert SECRET not in caplog.text


@on_a_server
@each_method
async def test_b7_a_page_is_sent_although_its_message_cannot_be_consumed(
    start: Start, fails: Break, caplog: pytest.LogCaptureFixture, method: str
) -> None:
    client = await start()
    await client.post("/flash?success=Saved")
    fails(method)
    assert (await client.get("/messages")).status == 200
    assert SECRET not in caplog.text


@on_a_server
async def test_b7_a_session_that_cannot_be_loaded_again_is_saved_as_the_handler_knows_it(
    start: Start, fails: Break, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def break_down(request: web.Request) -> None:
        fails("load_session")

    client = await start(web.post("/count", does(count, break_down, flash_messages)))
    await client.post("/flash?success=Saved")
    assert (await client.post("/count?success=Sent")).status == 200
    monkeypatch.undo()
    assert await shown(client) == ["Saved", "Sent"]
    assert "could not be read again" in caplog.text
    assert SECRET not in caplog.text


@on_a_server
async def test_b7_pending_flashes_survive_a_failure_that_ends_before_the_handler_runs(
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
async def test_b7_a_stream_that_replaces_a_response_is_sent_although_nothing_can_be_saved(
    aiohttp_client: AiohttpClient,
    storage: AbstractStorage,
    fails: Break,
    caplog: pytest.LogCaptureFixture,
) -> None:
    @web.middleware
    async def replace(request: web.Request, handler: Handler) -> web.StreamResponse:
        await handler(request)
        fails("load_session")
        return web.StreamResponse()

    app = make_app(storage, web.post("/page", does(login, flash_messages)))
    app.middlewares.insert(1, replace)
    client = await aiohttp_client(app)
    response = await client.post("/page?user=alice")
    assert (response.status, await response.read()) == (200, b"")
    assert "could not be saved" in caplog.text
    assert SECRET not in caplog.text
