"""Headers that a response gets: `Cache-Control` (B5) and `Clear-Site-Data` (B3)."""

from __future__ import annotations

from functools import partial

import pytest
from aiohttp import web
from support.apps import Action, Start, does, read, set_values, shown
from support.behind import each_transport
from support.overlap import FETCH

from aiohttp_flashbag import (
    flash,
    flashbag_clear,
    flashbag_get,
    flashbag_now,
    flashbag_peek,
    get_flashbag,
    get_flashed_messages,
    peek_flashed_messages,
)

from .outer import add_both

PUBLIC = "public, max-age=60"
encrypted = pytest.mark.parametrize("storage", ["encrypted"], indirect=True)


def page(cache_control: str | None = PUBLIC, status: int = 200) -> web.Response:
    headers = {"Cache-Control": cache_control} if cache_control else {}
    return web.Response(text="page", status=status, headers=headers)


@each_transport
@pytest.mark.parametrize(
    "action",
    [
        pytest.param(partial(flash, message="Saved"), id="flash"),
        pytest.param(set_values, id="set"),
        pytest.param(get_flashed_messages, id="messages"),
        pytest.param(partial(flashbag_get, key="error"), id="get"),
        pytest.param(peek_flashed_messages, id="peeked messages"),
        pytest.param(partial(flashbag_peek, key="error"), id="peek"),
        pytest.param(lambda request: "error" in get_flashbag(request), id="in"),
        pytest.param(flashbag_clear, id="clear"),
    ],
)
async def test_b5_a_response_that_adds_reads_or_clears_a_flash_is_not_cached(
    start: Start, action: Action
) -> None:
    client = await start(web.get("/", does(action, answer=page)))
    await add_both(client)
    response = await client.get("/?name=Ann", headers=FETCH)
    assert response.headers.getall("Cache-Control") == ["no-store"]


@encrypted
@pytest.mark.parametrize(
    ("given", "sent"),
    [
        (None, "no-store"),
        ("no-cache", "no-store"),
        ("private, max-age=60", "private, max-age=60"),
        ("Private", "Private"),
        ("no-store, max-age=0", "no-store, max-age=0"),
        ("max-age=60 , NO-STORE", "max-age=60 , NO-STORE"),
        ('public, private="set-cookie"', "no-store"),
        ('no-cache="x, private, y", public', "no-store"),
        ("x-private-ext, public", "no-store"),
        ("private=x", "no-store"),
    ],
)
async def test_b5_64_only_a_header_that_forbids_shared_caches_is_kept(
    start: Start, given: str | None, sent: str
) -> None:
    client = await start(web.get("/", does(get_flashed_messages, answer=partial(page, given))))
    await add_both(client)
    response = await client.get("/", headers=FETCH)
    assert response.headers.getall("Cache-Control") == [sent]


@each_transport
async def test_b5_a_dropped_value_and_a_failed_page_with_a_message_are_not_cached(
    start: Start,
) -> None:
    failed = does(get_flashed_messages, answer=partial(page, status=500))
    client = await start(web.get("/", does(answer=page)), web.get("/500", failed))
    await add_both(client)
    for path, expected in (("/", "no-store"), ("/", PUBLIC), ("/500", "no-store")):
        assert (await client.get(path)).headers["Cache-Control"] == expected


@each_transport
@pytest.mark.parametrize(
    ("action", "pending"),
    [
        (get_flashed_messages, "/set?error=Taken"),
        (partial(flashbag_get, key="name"), "/set?error=Taken"),
        (partial(flashbag_now, key="a", value=1), "/set?error=Taken"),
        (flashbag_clear, "/plain"),
    ],
)
async def test_b1_a_response_that_finds_nothing_keeps_its_headers(
    start: Start, action: Action, pending: str
) -> None:
    client = await start(web.get("/", does(action, answer=page)), web.post("/plain", does()))
    await client.post(pending, headers=FETCH)
    response = await client.get("/", headers=FETCH)
    assert response.headers["Cache-Control"] == PUBLIC
    assert not {"Set-Cookie", "Clear-Site-Data"} & {*response.headers}


@each_transport
@pytest.mark.parametrize("status", [200, 303, 404])
async def test_b3_a_response_that_adds_makes_the_browser_forget_preloaded_pages(
    start: Start, status: int
) -> None:
    def respond() -> web.Response:
        return web.Response(status=status, headers={"Clear-Site-Data": '"cache"'})

    client = await start(web.post("/", does(set_values, answer=respond)))
    response = await client.post("/?error=Taken", allow_redirects=False)
    assert ", ".join(response.headers.getall("Clear-Site-Data")).split(", ") == [
        *('"cache"', '"prefetchCache"', '"prerenderCache"')
    ]


@encrypted
async def test_b3_without_clear_preloads_the_browser_keeps_them(start: Start) -> None:
    client = await start(clear_preloads=False)
    assert "Clear-Site-Data" not in (await client.post("/flash?info=Saved")).headers
    assert await shown(client) == ["Saved"]


@each_transport
async def test_b3_a_response_that_adds_nothing_leaves_preloaded_pages_alone(start: Start) -> None:
    async def fail(request: web.Request) -> web.Response:
        set_values(request)
        return page(status=500)

    clear = does(flashbag_clear)
    client = await start(web.get("/clear", clear), web.get("/500", fail))
    for path in ("/500?name=Ann", "/messages", "/values?error", "/clear"):
        await add_both(client)
        assert "Clear-Site-Data" not in (await client.get(path, headers=FETCH)).headers
    assert await read(client, "name") is None
