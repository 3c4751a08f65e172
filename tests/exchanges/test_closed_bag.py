"""B6: reading and adding after the commit, and exceptions in the commit."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from aiohttp import web
from aiohttp.typedefs import Handler
from aiohttp_session import AbstractStorage
from support.apps import Start, does, in_sessions, shown, transport_beside
from support.behind import count, each_transport, outside
from support.overlap import FETCH
from support.own_cookies import streams

from aiohttp_flashbag import (
    CookieTransport,
    RedisTransport,
    SessionTransport,
    flash,
    flashbag_get,
    flashbag_set,
    get_flashed_messages,
)

from .outer import BOTH, Behind, add_both, at, pending, read_both

REFUSED = "added .* after the response has begun"
each_response = pytest.mark.parametrize("responds", [does, streams], ids=["page", "stream"])
Responds = Callable[..., Handler]


@each_transport
@each_response
@pytest.mark.parametrize("is_pending", [True, False])
async def test_b6_after_the_response_adding_is_refused_and_reading_finds_nothing_new(
    start: Start, responds: Responds, is_pending: bool, caplog: pytest.LogCaptureFixture
) -> None:
    requests: list[web.Request] = []
    client = await start(web.get("/", responds(requests.append)))
    if is_pending:
        await add_both(client)
    await client.get("/", headers=FETCH)
    [request] = requests
    with pytest.raises(RuntimeError, match=REFUSED):
        flash(request, "late")
    with pytest.raises(RuntimeError, match=REFUSED):
        flashbag_set(request, "late", 1)
    for _ in range(2):
        assert get_flashed_messages(request) == []
        assert flashbag_get(request, "error") is None
    warnings = [record for record in caplog.records if record.name == "aiohttp_flashbag"]
    assert len(warnings) == is_pending  # one warning, and none if nothing was pending
    assert await pending(client) == (BOTH if is_pending else (None, []))


@each_transport
async def test_b2_a_handler_that_fails_after_the_commit_changes_nothing_more(
    behind: Behind, caplog: pytest.LogCaptureFixture
) -> None:
    responses: list[web.StreamResponse] = []

    async def fail_late(request: web.Request) -> web.StreamResponse:
        responses.append(await streams(read_both)(request))
        flash(request, "late")
        return responses[0]

    @at("/")
    async def finish(request: web.Request, handler: Handler) -> web.StreamResponse:
        with pytest.raises(RuntimeError, match=REFUSED):
            await handler(request)
        read_both(request)
        with pytest.raises(RuntimeError, match=REFUSED):
            flash(request, "late")
        return responses[0]

    client = await behind(finish, web.get("/", fail_late))
    await add_both(client)
    assert (await client.get("/")).status == 200
    assert caplog.messages == []
    assert await pending(client) == (None, [])


@each_transport
async def test_b6_a_handler_that_is_called_again_after_the_response_reads_the_same(
    behind: Behind,
) -> None:
    responses: list[web.StreamResponse] = []

    async def stream_once(request: web.Request) -> web.StreamResponse:
        read_both(request)
        responses.append(responses[0] if responses else await streams()(request))
        return responses[0]

    @at("/")
    async def call_twice(request: web.Request, handler: Handler) -> web.StreamResponse:
        await handler(request)
        return await handler(request)

    client = await behind(call_twice, web.get("/", stream_once))
    await add_both(client)
    assert (await client.get("/")).status == 200
    assert len(responses) == 2
    assert await pending(client) == (None, [])


@each_transport
@outside
async def test_b6_a_message_that_an_outer_middleware_adds_to_a_page_is_shown_by_the_next(
    behind: Behind, place: int
) -> None:
    @at("/plain")
    async def greet(request: web.Request, handler: Handler) -> web.StreamResponse:
        response = await handler(request)
        flash(request, "Hello")
        return response

    client = await behind(greet, place=place)
    assert (await client.get("/plain")).status == 200
    assert (await client.get("/plain")).status == 200
    assert await shown(client) == ["Hello", "Hello"]


# Exceptions in the commit


def failing(transport: type[Any], method: str, *, last: bool = False) -> type[Any]:
    """Return a transport whose stores fail in this method, at its start or at its end."""

    class Failing(transport):  # type: ignore[misc]
        def open(self, request: web.Request) -> Any:
            store = super().open(request)
            call = getattr(store, method)

            async def fail(*args: Any) -> None:
                if last:
                    await call(*args)
                raise ZeroDivisionError

            setattr(store, method, fail)
            return store

    return Failing


@each_transport
@each_response
@pytest.mark.parametrize("last", [False, True], ids=["at its start", "at its end"])
async def test_b6_an_exception_in_the_commit_is_logged_and_the_response_is_sent(
    start: Start,
    storage: AbstractStorage,
    responds: Responds,
    last: bool,
    caplog: pytest.LogCaptureFixture,
) -> None:
    if redis := getattr(storage, "tickets_in", None):
        transport = failing(RedisTransport, "commit", last=last)(redis)
    elif transport_beside(storage):
        transport = failing(CookieTransport, "commit", last=last)(b"k" * 32)
    else:
        transport = failing(SessionTransport, "commit", last=last)()
    handler = responds(partial(flash, message="Saved"))
    client = await start(web.get("/", handler), transport=transport)
    response = await client.get("/")
    assert (response.status, await response.text()) == (200, "page" if responds is does else "")
    assert "ZeroDivisionError" in caplog.text
    assert "could not be saved" in caplog.text


@in_sessions
async def test_b6_if_the_merge_into_a_session_fails_the_commit_saves_the_flashes(
    start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    transport = failing(SessionTransport, "handler_returned")()
    count_and_flash = does(count, partial(flash, message="Saved"))
    client = await start(web.get("/", count_and_flash), transport=transport)
    assert (await client.get("/", headers=FETCH)).status == 200
    assert "could not be merged" in caplog.text
    assert await shown(client) == ["Saved"]
