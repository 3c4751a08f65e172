"""B6: what is asked or added after the answer began, and a commit that goes wrong."""

from __future__ import annotations

from typing import Any

import pytest
from aiohttp import web
from aiohttp.typedefs import Handler
from aiohttp_session import STORAGE_KEY, AbstractStorage, get_session
from support.apps import (
    ERROR,
    AiohttpClient,
    Start,
    make_app,
    read,
    shown,
)
from support.overlap import FETCH

from aiohttp_flashbag import (
    SessionTransport,
    flash,
    flashbag_get,
    flashbag_set,
    get_flashed_messages,
)
from aiohttp_flashbag.codec import Codec
from aiohttp_flashbag.transports.session import SessionStore

pytestmark = pytest.mark.parametrize("storage", ["encrypted", "redis"], indirect=True)


async def stream(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    return response


async def page(request: web.Request) -> web.StreamResponse:
    return web.Response()


answers = pytest.mark.parametrize("answer", [stream, page])


@answers
@pytest.mark.parametrize("waits", [True, False])
async def test_b6_adding_after_the_answer_is_refused(
    start: Start, answer: Any, waits: bool
) -> None:
    answered: list[web.Request] = []

    async def handler(request: web.Request) -> Any:
        answered.append(request)
        return await answer(request)

    client = await start(web.get("/", handler))
    if waits:
        await client.post("/flash?success=Saved")
    await client.get("/")
    [request] = answered
    with pytest.raises(RuntimeError, match="nothing can be added to the flashbag any more"):
        flash(request, "late")
    with pytest.raises(RuntimeError, match="nothing can be added to the flashbag any more"):
        flashbag_set(request, "late", 1)


async def test_b6_adding_to_a_streamed_answer_that_began_is_refused(
    start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    async def handler(request: web.Request) -> web.StreamResponse:
        response = await stream(request)
        flash(request, "late")
        return response

    client = await start(web.get("/", handler))
    assert (await client.get("/")).status == 200
    assert "nothing can be added to the flashbag any more" in caplog.text
    assert await shown(client) == []


@pytest.mark.parametrize("place", [0, 1])
@pytest.mark.parametrize("waits", [True, False])
async def test_b6_what_a_middleware_outside_adds_to_a_page_is_shown_by_the_next(
    aiohttp_client: AiohttpClient, storage: AbstractStorage, place: int, waits: bool
) -> None:
    @web.middleware
    async def greet(request: web.Request, handler: Handler) -> web.StreamResponse:
        response = await handler(request)
        if request.path == "/plain":
            flash(request, "Hello")
        return response

    app = make_app(storage)
    app.middlewares.insert(place, greet)
    client = await aiohttp_client(app)
    if waits:
        await client.post("/flash?success=Saved")
    assert (await client.get("/plain")).status == 200
    assert await shown(client) == [*["Saved"] * waits, "Hello"]


@answers
async def test_b6_reading_after_the_answer_finds_nothing_and_warns_once(
    start: Start, answer: Any, caplog: pytest.LogCaptureFixture
) -> None:
    answered: list[web.Request] = []

    async def handler(request: web.Request) -> Any:
        answered.append(request)
        return await answer(request)

    client = await start(web.get("/", handler))
    await client.post("/set", params={"error": ERROR}, headers=FETCH)
    await client.post("/flash?success=Saved", headers=FETCH)
    await client.get("/", headers=FETCH)
    [request] = answered
    for _ in range(2):
        assert get_flashed_messages(request) == []
        assert flashbag_get(request, "error") is None
    [record] = [record for record in caplog.records if record.name == "aiohttp_flashbag"]
    assert "the flashbag was read after the response began" in record.message
    assert await read(client) == ERROR
    assert await shown(client) == ["Saved"]


async def test_b6_reading_where_nothing_waits_is_no_mistake_however_late(
    start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    async def handler(request: web.Request) -> web.StreamResponse:
        response = await stream(request)
        assert get_flashed_messages(request) == []
        return response

    client = await start(web.get("/", handler))
    assert (await client.get("/")).status == 200
    assert not caplog.records


class Hasty(SessionStore):
    """Fails at the very last moment."""

    async def commit(self, *args: Any) -> None:
        await super().commit(*args)
        raise ZeroDivisionError


class Broken(SessionStore):
    """Fails before anything else."""

    async def commit(self, *args: Any) -> None:
        raise ZeroDivisionError


class Unmerged(SessionStore):
    """Fails to merge into a session that is about to be saved."""

    async def merge_into_session(self, *args: Any) -> None:
        raise ZeroDivisionError


def transport_with(store: type[SessionStore]) -> SessionTransport:
    class Failing(SessionTransport):
        def open(self, request: web.Request) -> SessionStore:
            return store(request[STORAGE_KEY], Codec(), 60, request)

    return Failing()


@answers
@pytest.mark.parametrize("transport", [transport_with(Hasty), transport_with(Broken)])
async def test_b6_an_exception_in_the_commit_is_logged_and_the_answer_goes_out(
    start: Start, answer: Any, transport: SessionTransport, caplog: pytest.LogCaptureFixture
) -> None:
    async def handler(request: web.Request) -> Any:
        flash(request, "Saved")
        return await answer(request)

    client = await start(web.get("/", handler), transport=transport)
    response = await client.get("/")
    assert response.status == 200
    assert await response.read() == b""
    assert "the flashbag could not be saved" in caplog.text


async def test_b6_a_merge_that_fails_is_logged_and_the_commit_makes_up_for_it(
    start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    async def handler(request: web.Request) -> web.Response:
        (await get_session(request))["count"] = 1
        flash(request, "Saved")
        return web.Response()

    client = await start(web.get("/", handler), transport=transport_with(Unmerged))
    assert (await client.get("/", headers=FETCH)).status == 200
    assert "the flashbag could not be saved" in caplog.text
    assert await shown(client) == ["Saved"]
