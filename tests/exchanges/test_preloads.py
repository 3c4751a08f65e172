"""B3: a response that is not seen consumes nothing."""

from __future__ import annotations

from functools import partial

import pytest
from aiohttp import web
from aiohttp.typedefs import Handler
from aiohttp_session import AbstractStorage
from support.apps import (
    ERROR,
    AiohttpClient,
    Answer,
    Client,
    Start,
    answer_of,
    does,
    flash_messages,
    make_app,
    read,
    set_values,
    shown,
)
from support.behind import each_transport
from support.overlap import FETCH
from support.own_cookies import streams

from aiohttp_flashbag import (
    flashbag_clear,
    flashbag_peek,
    get_flashbag,
    get_flashed_messages,
    peek_flashed_messages,
)

PREFETCH = {"Sec-Purpose": "prefetch"}
PRERENDER = {"Sec-Purpose": "prefetch;prerender", "Purpose": "prefetch"}  # Chrome until 2025
BY_SCRIPT = {"X-Moz": "prefetch"}
HEAD: dict[str, str] = {}
encrypted = pytest.mark.parametrize("storage", ["encrypted"], indirect=True)


async def add_both(client: Client) -> None:
    await client.post("/set", params={"error": ERROR}, headers=FETCH)
    await client.post("/flash?success=Saved", headers=FETCH)


async def expect_both(client: Client) -> None:
    assert await read(client) == ERROR
    assert await shown(client) == ["Saved"]


@each_transport
@pytest.mark.parametrize("preload", [PREFETCH, PRERENDER])
async def test_b3_a_preload_that_misses_a_flash_is_loaded_again(
    start: Start, preload: dict[str, str]
) -> None:
    client = await start()
    await add_both(client)
    response = await client.get("/messages", headers=preload)
    assert (response.status, response.headers["Cache-Control"]) == (503, "no-store")
    await expect_both(client)


@encrypted
@pytest.mark.parametrize(
    "page",
    [
        pytest.param(does(get_flashed_messages), id="messages"),
        pytest.param(does(peek_flashed_messages), id="peeked messages"),
        pytest.param(does(partial(flashbag_peek, key="error")), id="value"),
        pytest.param(does(lambda request: len(get_flashbag(request))), id="len"),
        pytest.param(does(lambda request: "error" in get_flashbag(request)), id="in"),
        pytest.param(
            does(get_flashed_messages, answer=partial(web.HTTPFound, "/messages")), id="redirect"
        ),
        pytest.param(
            does(get_flashed_messages, answer=partial(web.FileResponse, __file__)), id="file"
        ),
        pytest.param(streams(get_flashed_messages), id="stream"),
    ],
)
async def test_b3_each_way_of_looking_misses_a_flash(start: Start, page: Handler) -> None:
    client = await start(web.get("/page", page))
    await add_both(client)
    response = await client.get("/page", headers=PREFETCH, allow_redirects=False)
    assert (response.status, response.headers["Cache-Control"]) == (503, "no-store")
    await expect_both(client)


@each_transport
async def test_b3_a_preload_that_misses_nothing_is_an_ordinary_response(start: Start) -> None:
    client = await start()
    await client.post("/login?user=alice")
    assert await answer_of(await client.get("/messages", headers=PREFETCH)) == []
    await add_both(client)
    for page in ("/plain", "/messages?only=error", "/values?name"):
        response = await client.get(page, headers=PREFETCH)
        assert (response.status, "Cache-Control" in response.headers) == (200, False)
    await expect_both(client)


@each_transport
async def test_b3_head_and_preloads_by_scripts_find_an_empty_bag(start: Start) -> None:
    found: list[int] = []

    def look(request: web.Request) -> None:
        found.append(len(get_flashbag(request)))

    client = await start(web.get("/page", does(look)))
    await add_both(client)
    assert (await client.head("/page")).status == 200
    assert (await client.get("/page", headers=BY_SCRIPT)).status == 200
    assert found == [0, 0]
    await expect_both(client)


@each_transport
@pytest.mark.parametrize("headers", [PREFETCH, BY_SCRIPT, HEAD], ids=str)
async def test_b3_unseen_requests_can_add_and_clear(start: Start, headers: dict[str, str]) -> None:
    client = await start(
        web.get("/add", does(set_values, flash_messages)), web.get("/clear", does(flashbag_clear))
    )
    method = "GET" if headers else "HEAD"
    await client.post("/flash?success=Earlier", headers=FETCH)
    response = await client.request(method, "/add", params={"error": ERROR}, headers=headers)
    assert response.status == 200
    page = await client.get("/values?error", headers=FETCH)
    assert await page.json() == {"error": ERROR}
    assert await shown(client) == ["Earlier", ERROR]
    await add_both(client)
    await client.request(method, "/clear", headers=headers)
    assert await read(client) is None
    assert await shown(client) == []


@encrypted
@pytest.mark.parametrize("response", [web.Response, partial(web.HTTPFound, "/messages")])
async def test_b3_outer_middlewares_see_the_status_503(
    aiohttp_client: AiohttpClient, storage: AbstractStorage, response: Answer
) -> None:
    seen: list[int] = []

    @web.middleware
    async def note_status(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            response = await handler(request)
        except web.HTTPException as error:
            seen.append(error.status)
            raise
        seen.append(response.status)
        return response

    app = make_app(storage, web.get("/page", does(get_flashed_messages, answer=response)))
    app.middlewares.insert(0, note_status)
    client = await aiohttp_client(app)
    await client.post("/flash?success=Saved", headers=FETCH)
    page = await client.get("/page", headers=PREFETCH, allow_redirects=False)
    assert page.status == 503
    assert seen == [200, 503]
