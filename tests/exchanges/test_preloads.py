"""B3: a response that is not seen consumes nothing. `bag.py` has the rules of a hidden bag."""

from __future__ import annotations

from functools import partial

import pytest
from aiohttp import web
from aiohttp.typedefs import Handler
from support.apps import Answer, Start, answer_of, does, flash_messages, set_values
from support.behind import each_transport
from support.overlap import FETCH
from support.own_cookies import streams

from aiohttp_flashbag import flashbag_clear, get_flashbag, get_flashed_messages

from .outer import BOTH, Behind, add_both, at, pending

PREFETCH = {"Sec-Purpose": "prefetch"}
PRERENDER = {"Sec-Purpose": "prefetch;prerender", "Purpose": "prefetch"}  # Chrome until 2025
BY_SCRIPT = {"X-Moz": "prefetch"}
encrypted = pytest.mark.parametrize("storage", ["encrypted"], indirect=True)
redirect = partial(web.HTTPFound, "/messages")


@each_transport
@pytest.mark.parametrize(
    ("handler", "preload"),
    [
        pytest.param(does(get_flashed_messages), PREFETCH, id="page"),
        pytest.param(does(get_flashed_messages), PRERENDER, id="prerendered page"),
        pytest.param(does(get_flashed_messages, answer=redirect), PREFETCH, id="redirect"),
        pytest.param(
            does(get_flashed_messages, answer=partial(web.FileResponse, __file__)),
            PREFETCH,
            id="file",
        ),
        pytest.param(streams(get_flashed_messages), PREFETCH, id="stream"),
    ],
)
async def test_b3_a_preload_that_misses_a_flash_is_loaded_again(
    start: Start, handler: Handler, preload: dict[str, str]
) -> None:
    client = await start(web.get("/page", handler))
    await add_both(client)
    response = await client.get("/page", headers=preload, allow_redirects=False)
    assert (response.status, response.headers["Cache-Control"]) == (503, "no-store")
    assert await pending(client) == BOTH


@each_transport
async def test_b3_a_preload_that_misses_nothing_is_an_ordinary_response(start: Start) -> None:
    client = await start()
    await client.post("/login?user=alice")
    assert await answer_of(await client.get("/messages", headers=PREFETCH)) == []
    await add_both(client)
    for page in ("/plain", "/messages?only=error", "/values?name"):
        response = await client.get(page, headers=PREFETCH)
        assert (response.status, "Cache-Control" in response.headers) == (200, False)
    assert await pending(client) == BOTH


@each_transport
async def test_b3_head_and_preloads_by_scripts_find_an_empty_bag(start: Start) -> None:
    found: list[int] = []
    look = does(lambda request: found.append(len(get_flashbag(request))))
    client = await start(web.get("/page", look))
    await add_both(client)
    assert (await client.head("/page")).status == 200
    assert (await client.get("/page", headers=BY_SCRIPT)).status == 200
    assert found == [0, 0]
    assert await pending(client) == BOTH


@each_transport
@pytest.mark.parametrize(("method", "headers"), [("GET", PREFETCH), ("HEAD", {})])
async def test_b3_unseen_requests_can_add_and_clear(
    start: Start, method: str, headers: dict[str, str]
) -> None:
    client = await start(
        web.get("/add", does(set_values, flash_messages)), web.get("/clear", does(flashbag_clear))
    )
    await client.post("/flash?success=Earlier", headers=FETCH)
    assert (await client.request(method, "/add?error=Wrong", headers=headers)).status == 200
    assert await pending(client) == ("Wrong", ["Earlier", "Wrong"])
    await add_both(client)
    await client.request(method, "/clear", headers=headers)
    assert await pending(client) == (None, [])


@encrypted
@pytest.mark.parametrize("respond", [web.Response, redirect])
async def test_b3_outer_middlewares_see_the_status_503(behind: Behind, respond: Answer) -> None:
    seen: list[int] = []

    @at("/page")
    async def note_status(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            response = await handler(request)
        except web.HTTPException as error:
            seen.append(error.status)
            raise
        seen.append(response.status)
        return response

    handler = does(get_flashed_messages, answer=respond)
    client = await behind(note_status, web.get("/page", handler))
    await add_both(client)
    assert (await client.get("/page", headers=PREFETCH, allow_redirects=False)).status == 503
    assert seen == [503]
