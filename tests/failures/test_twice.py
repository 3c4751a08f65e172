"""A message that is seen again: for a second click, for a cache on the way, for a late answer."""

from __future__ import annotations

import secrets
from functools import partial

import pytest
from aiohttp import web
from support.apps import Start, does, flash_messages, shown
from support.overlap import FETCH, Gate, at_once

from aiohttp_flashbag import CookieTransport, flash, get_flashed_messages

in_own_cookies = {"transport": CookieTransport(secrets.token_bytes(32))}
each_transport = pytest.mark.parametrize(
    "options", [pytest.param({}, id="session"), pytest.param(in_own_cookies, id="own cookies")]
)
saved_once = partial(flash, message="Saved", allow_duplicate=False)


@each_transport
async def test_a_double_click_flashes_one_message(
    start: Start, options: dict[str, CookieTransport]
) -> None:
    gate = Gate(count=2)
    client = await start(web.post("/save", does(saved_once, gate.hold)), **options)
    await client.post("/login?user=alice")
    await at_once(client, "/save", "/save")
    assert await shown(client) == ["Saved"]
    assert await shown(client) == []


@each_transport
async def test_a_poll_that_flashes_the_same_ten_times_flashes_one_message(
    start: Start, options: dict[str, CookieTransport]
) -> None:
    client = await start(web.post("/poll", does(saved_once)), **options)
    for _ in range(10):
        await client.post("/poll", headers=FETCH)
    assert await shown(client) == ["Saved"]
    assert await shown(client) == []


@pytest.mark.parametrize(
    ("storage", "options"),
    [("redis", {}), ("memcached", {}), ("redis", in_own_cookies)],
    indirect=["storage"],
)
@pytest.mark.parametrize("known", [True, False], ids=["user", "anonymous"])
async def test_what_was_shown_does_not_come_back_with_the_answer_of_a_slow_request(
    start: Start, options: dict[str, CookieTransport], known: bool
) -> None:
    """It began while the message was waiting, and flashes another, which must arrive."""
    gate = Gate()
    client = await start(web.post("/slow", does(gate.hold, flash_messages)), **options)
    if known:
        await client.post("/login?user=alice")
    await client.post("/flash?info=Saved", headers=FETCH)
    async with gate.holding(client, "/slow?info=Sent"):
        assert await shown(client) == ["Saved"]
    assert await shown(client) == ["Sent"]
    assert await shown(client) == []


@each_transport
async def test_what_was_shown_does_not_come_back_by_a_slow_request_that_shows_it_too(
    start: Start, options: dict[str, CookieTransport]
) -> None:
    gate = Gate()
    client = await start(web.post("/slow", does(get_flashed_messages, gate.hold)), **options)
    await client.post("/flash?info=Saved", headers=FETCH)
    async with gate.holding(client, "/slow"):
        assert await shown(client) == ["Saved"]
    assert await shown(client) == []


@each_transport
async def test_b5_a_page_that_allows_caching_is_not_kept_with_its_message(
    start: Start, options: dict[str, CookieTransport]
) -> None:
    """The back button would show it again: of all headers only this one makes browsers ask."""
    public = partial(web.Response, headers={"Cache-Control": "public, max-age=600", "ETag": '"1"'})
    client = await start(web.get("/article", does(get_flashed_messages, answer=public)), **options)
    await client.post("/flash?info=Saved", headers=FETCH)
    for expected in ("no-store", "public, max-age=600"):
        response = await client.get("/article")
        assert response.headers["Cache-Control"] == expected
