"""B6: middlewares around the flashbag that render error pages or answer with something else."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from aiohttp_session import AbstractStorage, get_session
from support.apps import (
    ERROR,
    AiohttpClient,
    Client,
    answer_of,
    does,
    flash_messages,
    json_page,
    make_app,
    read,
    set_values,
    shown,
    texts,
    whoami,
)
from support.overlap import FETCH

from aiohttp_flashbag import flashbag_clear, get_flashed_messages

OUTERMOST, OUTSIDE, INSIDE = 0, 1, 2  # places among the session and the flashbag
everywhere = pytest.mark.parametrize("place", [OUTERMOST, OUTSIDE, INSIDE])
pytestmark = pytest.mark.parametrize("storage", ["encrypted", "redis"], indirect=True)


def messages_page(request: web.Request) -> web.Response:
    return json_page([message.message for message in get_flashed_messages(request)])


@web.middleware
async def error_page(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Whatever goes wrong, apologize, in the base template with the messages."""
    try:
        return await handler(request)
    except (web.HTTPNotFound, ZeroDivisionError):
        return messages_page(request)


async def count(request: web.Request) -> None:
    """Change the session if the query string says so."""
    if "count" in request.query:
        (await get_session(request))["count"] = 1


async def crash(request: web.Request) -> web.StreamResponse:
    """Change the session before it."""
    (await get_session(request))["count"] = 1
    raise ZeroDivisionError


async def session_page(request: web.Request) -> web.Response:
    return json_page(dict(await get_session(request)))


async def start(
    aiohttp_client: AiohttpClient,
    storage: AbstractStorage,
    place: int,
    middleware: Middleware,
) -> Client:
    app = make_app(
        storage,
        web.get("/crash", crash),
        web.get("/session", session_page),
        web.post("/both", does(set_values, flash_messages, count)),
        web.post("/failed", does(flash_messages, crash)),
    )
    app.middlewares.insert(place, middleware)
    client = await aiohttp_client(app)
    await client.post("/login?user=alice")
    return client


@everywhere
async def test_b6_the_page_for_a_crash_shows_what_waits_once(
    aiohttp_client: AiohttpClient, storage: AbstractStorage, place: int
) -> None:
    client = await start(aiohttp_client, storage, place, error_page)
    await client.post("/flash?success=Saved")
    assert await texts(await client.get("/crash")) == ["Saved"]
    assert await shown(client) == []
    assert await whoami(client) == "alice"


async def test_b2_the_outermost_page_for_a_crash_does_not_save_what_the_action_changed(
    aiohttp_client: AiohttpClient, storage: AbstractStorage
) -> None:
    client = await start(aiohttp_client, storage, OUTERMOST, error_page)
    await client.post("/flash?success=Saved")
    await client.get("/crash")
    assert await answer_of(await client.get("/session")) == {"user": "alice"}


@pytest.mark.parametrize("place", [OUTERMOST, OUTSIDE])
async def test_b2_the_page_for_a_crash_does_not_show_what_the_action_said(
    aiohttp_client: AiohttpClient, storage: AbstractStorage, place: int
) -> None:
    client = await start(aiohttp_client, storage, place, error_page)
    await client.post("/flash?success=Saved")
    assert await texts(await client.post("/failed?success=Paid")) == ["Saved"]
    assert await shown(client) == []


async def test_b6_an_error_page_inside_shows_what_waits_once(
    aiohttp_client: AiohttpClient, storage: AbstractStorage
) -> None:
    client = await start(aiohttp_client, storage, INSIDE, error_page)
    await client.post("/flash?success=Saved")
    assert await texts(await client.get("/nowhere")) == ["Saved"]
    assert await shown(client) == []


@pytest.mark.parametrize("place", [OUTERMOST, OUTSIDE])
async def test_b6_an_error_page_outside_shows_what_is_pending_for_a_404_once(
    aiohttp_client: AiohttpClient,
    storage: AbstractStorage,
    place: int,
    caplog: pytest.LogCaptureFixture,
) -> None:
    client = await start(aiohttp_client, storage, place, error_page)
    await client.post("/flash?success=Saved")
    assert await texts(await client.get("/nowhere")) == ["Saved"]
    assert await shown(client) == []
    assert await whoami(client) == "alice"
    assert caplog.messages == []


@everywhere
async def test_b6_a_page_for_a_crash_that_has_nothing_to_clear_leaves_the_session(
    aiohttp_client: AiohttpClient, storage: AbstractStorage, place: int
) -> None:
    @web.middleware
    async def clearing(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except ZeroDivisionError:
            flashbag_clear(request)
            return web.Response()

    client = await start(aiohttp_client, storage, place, clearing)
    response = await client.get("/crash")
    assert len(response.headers.getall("Set-Cookie", [])) <= 1
    assert await whoami(client) == "alice"


def instead(answer: Callable[[], web.StreamResponse]) -> Middleware:
    """Put this in the place of what `/both` answered."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        response = await handler(request)
        return answer() if request.path == "/both" else response

    return middleware


others = pytest.mark.parametrize(
    "answer",
    [web.Response, web.StreamResponse, partial(web.FileResponse, __file__)],
    ids=["response", "stream", "file"],
)


@everywhere
@others
async def test_b6_what_was_added_arrives_once_with_another_answer(
    aiohttp_client: AiohttpClient,
    storage: AbstractStorage,
    place: int,
    answer: Callable[[], web.StreamResponse],
) -> None:
    client = await start(aiohttp_client, storage, place, instead(answer))
    response = await client.post("/both", params={"error": ERROR}, headers=FETCH)
    assert response.headers["Cache-Control"] == "no-store"
    page = await client.get("/values?error", headers=FETCH)
    assert await answer_of(page) == {"error": ERROR}
    assert await read(client) is None


@pytest.mark.parametrize("answer", [web.StreamResponse, partial(web.FileResponse, __file__)])
async def test_b6_what_was_added_arrives_though_the_changed_session_is_not_saved(
    aiohttp_client: AiohttpClient,
    storage: AbstractStorage,
    answer: Callable[[], web.StreamResponse],
) -> None:
    client = await start(aiohttp_client, storage, OUTSIDE, instead(answer))
    await client.post("/both", params={"count": "1"}, headers=FETCH)
    assert await read(client, "count") == "1"
    assert await shown(client) == ["1"]
    assert await whoami(client) == "alice"
