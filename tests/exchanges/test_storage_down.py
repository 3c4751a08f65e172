"""B7: a session storage that fails costs the flash, and never the page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from aiohttp import web
from aiohttp.typedefs import Handler
from aiohttp_session import AbstractStorage
from support.apps import Start, does, flash_messages, in_sessions, login, on_a_server, shown
from support.behind import OUTSIDE, count
from support.own_cookies import streams

from .outer import Behind, at

SECRET = "redis://:hunter2@db"  # may be in the text of an exception
Break = Callable[[str], None]
each_method = pytest.mark.parametrize("method", ["load_session", "save_session"])


@pytest.fixture
def fails(storage: AbstractStorage, monkeypatch: pytest.MonkeyPatch) -> Break:
    """Let a method of the storage fail from now on."""

    async def fail(*args: Any) -> Any:
        raise ConnectionError(SECRET)

    return lambda method: monkeypatch.setattr(storage, method, fail)


@pytest.fixture(autouse=True)
def no_secret(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Check that no log line has the text of an exception."""
    yield
    assert SECRET not in caplog.text


@in_sessions
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


@on_a_server
@each_method
@pytest.mark.parametrize("user", ["", "alice"])
@pytest.mark.parametrize(
    ("handler", "status"),
    [
        (does(flash_messages, answer=partial(web.HTTPSeeOther, "/")), 303),
        (does(flash_messages, answer=partial(web.FileResponse, __file__)), 200),
        (streams(flash_messages), 200),
    ],
    ids=["redirect", "file", "stream"],
)
async def test_b7_a_response_is_sent_although_its_flashes_cannot_be_saved(
    start: Start,
    fails: Break,
    caplog: pytest.LogCaptureFixture,
    handler: Handler,
    status: int,
    method: str,
    user: str,
) -> None:
    client = await start(web.post("/act", handler))
    if user:
        await client.post("/login", params={"user": user})
    fails(method)
    response = await client.post("/act?success=Saved", allow_redirects=False)
    await response.read()
    assert response.status == status
    assert "could not be saved" in caplog.text


@on_a_server
@each_method
async def test_b7_a_page_is_sent_although_its_message_cannot_be_consumed(
    start: Start, fails: Break, method: str
) -> None:
    client = await start()
    await client.post("/flash?success=Saved")
    fails(method)
    assert (await client.get("/messages")).status == 200


@on_a_server
@pytest.mark.parametrize("fails_during_the_request", [True, False])
async def test_b7_pending_flashes_survive_a_failure_while_the_handler_runs_or_before(
    start: Start,
    fails: Break,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    fails_during_the_request: bool,
) -> None:
    def change(request: web.Request) -> None:
        if fails_during_the_request:
            fails("load_session")
        else:
            monkeypatch.undo()

    client = await start(web.post("/count", does(change, count, flash_messages)))
    await client.post("/flash?success=Saved")
    if not fails_during_the_request:
        fails("load_session")
    assert (await client.post("/count?success=Sent")).status == 200
    monkeypatch.undo()
    assert ("could not be read again" in caplog.text) is fails_during_the_request
    assert await shown(client) == ["Saved", "Sent"]


@on_a_server
async def test_b7_a_stream_that_replaces_a_response_is_sent_although_nothing_can_be_saved(
    behind: Behind, fails: Break, caplog: pytest.LogCaptureFixture
) -> None:
    @at("/page")
    async def replace(request: web.Request, handler: Handler) -> web.StreamResponse:
        await handler(request)
        fails("load_session")
        return web.StreamResponse()

    page = web.post("/page", does(login, flash_messages))
    client = await behind(replace, page, place=OUTSIDE)
    response = await client.post("/page?user=alice")
    assert (response.status, await response.read()) == (200, b"")
    assert "could not be saved" in caplog.text
