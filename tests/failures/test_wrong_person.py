"""A flash never reaches another person, and never restores a session that has ended."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from functools import partial

import aiohttp
import pytest
from aiohttp import web
from aiohttp_session import AbstractStorage
from support.apps import (
    Action,
    AiohttpClient,
    Start,
    answer_of,
    beside_sessions,
    does,
    flash_messages,
    in_sessions,
    logout,
    make_app,
    messages_page,
    read,
    set_values,
    shown,
    whoami,
)
from support.overlap import FETCH, Gate
from support.services import PATIENCE, RedisServer

from aiohttp_flashbag import (
    flashbag_clear,
    flashbag_keep,
    flashbag_replace_all,
    get_flashed_messages,
)

from .servers import SharedCache, Turnstile, serving, shared_sessions

look = partial(get_flashed_messages, category_filter="other")


# A slow request that overlaps with a login or a logout


def slow_app(redis_url: str) -> web.Application:
    """Return the application of two servers: requests are slow while a user logs in or out."""
    redis, storage = shared_sessions(redis_url)
    hold = Turnstile(redis).hold
    return make_app(
        storage,
        web.post("/slow/look", does(look, hold, look)),
        web.post("/slow/show", does(get_flashed_messages, hold)),
        web.post("/slow/add", does(hold, flash_messages, set_values)),
    )


@pytest.fixture(scope="module")
def two_servers(redis_server: RedisServer) -> Iterator[tuple[str, str]]:
    """The URLs of two processes that share a Redis."""
    with (
        serving(slow_app, redis_server.url) as one,
        serving(slow_app, redis_server.url) as other,
    ):
        yield one, other


@pytest.fixture
async def browser() -> AsyncIterator[aiohttp.ClientSession]:
    """A client that sends its cookies to every port, as browsers do."""
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(cookie_jar=jar, raise_for_status=True) as session:
        yield session


@pytest.mark.parametrize("slow", ["look", "show", "add"])
@pytest.mark.parametrize("end", [None, "bob"], ids=["logout", "login"])
async def test_6_a_slow_request_at_another_server_undoes_no_logout_and_no_login(
    two_servers: tuple[str, str],
    redis: object,
    redis_server: RedisServer,
    browser: aiohttp.ClientSession,
    slow: str,
    end: str | None,
) -> None:
    one, other = two_servers
    connection, _ = shared_sessions(redis_server.url)
    turnstile = Turnstile(connection)
    await browser.post(f"{one}/login?user=alice")
    await browser.post(f"{one}/flash?info=Saved", headers=FETCH)
    fetch = asyncio.create_task(browser.post(f"{other}/slow/{slow}?late=Sent", headers=FETCH))
    await turnstile.arrived()
    await browser.post(f"{one}/logout" if end is None else f"{one}/login?user={end}")
    await turnstile.let_go_on()
    await asyncio.wait_for(fetch, PATIENCE)
    await connection.aclose()
    for server in two_servers:
        assert await (await browser.get(f"{server}/whoami", headers=FETCH)).json() == end
    if end is None:
        assert await (await browser.get(f"{one}/messages")).json() == []
        assert await (await browser.get(f"{one}/values?late")).json() == {"late": None}


@beside_sessions
@pytest.mark.parametrize("end", [None, "bob"], ids=["logout", "login"])
async def test_6_without_sessions_a_slow_request_undoes_no_logout_and_no_login(
    start: Start, end: str | None
) -> None:
    gate = Gate()
    act = does(gate.hold, get_flashed_messages, flash_messages, set_values)
    client = await start(web.post("/slow", act))
    await client.post("/login?user=alice")
    await client.post("/flash?info=Saved", headers=FETCH)
    async with gate.holding(client, "/slow?late=Sent"):
        await client.post("/logout" if end is None else f"/login?user={end}")
    assert await whoami(client) == end


# The next user of a browser


def replace_and_keep(request: web.Request) -> None:
    flashbag_replace_all(request, {})
    flashbag_keep(request)


async def expect_nothing_after(start: Start, *actions: Action) -> None:
    """Check that these actions leave nothing of Alice for Bob."""
    client = await start(web.post("/leave", does(*actions)))
    await client.post("/login?user=alice")
    await client.post("/set?card=1234", headers=FETCH)
    await client.post("/flash?info=Your+card+ends+in+1234", headers=FETCH)
    await client.post("/leave?user=alice", headers=FETCH)
    await client.post("/login?user=bob", headers=FETCH)
    assert await read(client, "card") is None
    assert await shown(client) == []


async def test_31_the_next_user_finds_nothing_after_a_logout_that_clears(start: Start) -> None:
    await expect_nothing_after(start, flashbag_clear, logout)


@in_sessions
@pytest.mark.parametrize(
    "actions",
    [
        pytest.param([logout], id="logout"),
        pytest.param([replace_and_keep, logout], id="kept beside others"),
    ],
)
async def test_b4_31_with_a_session_the_logout_is_enough_whatever_came_before(
    start: Start, actions: list[Action]
) -> None:
    await expect_nothing_after(start, *actions)


# A shared cache


async def public_messages(request: web.Request) -> web.Response:
    """Allow everyone to store this page."""
    page = await messages_page(request)
    page.headers["Cache-Control"] = "public, max-age=600"
    return page


@pytest.fixture
async def cached_url(
    aiohttp_client: AiohttpClient, redis_storage: AbstractStorage
) -> AsyncIterator[str]:
    """The URL of a shared cache in front of a site whose pages are public.

    The session is on the server, so no Set-Cookie keeps a page with a message out of the cache.
    """
    client = await aiohttp_client(make_app(redis_storage, web.get("/page", public_messages)))
    cache = SharedCache(str(client.make_url("")))
    await asyncio.to_thread(cache.start)
    yield cache.url
    cache.stop()


async def test_b5_a_shared_cache_stores_public_pages_but_none_with_a_message(
    cached_url: str, browser: aiohttp.ClientSession
) -> None:
    url = cached_url
    await browser.post(f"{url}/flash?info=Your+card+ends+in+1234", headers=FETCH)
    page = await browser.get(f"{url}/page")
    assert await page.json() == ["Your card ends in 1234"]
    async with aiohttp.ClientSession() as stranger:
        first, second = [await stranger.get(f"{url}/page") for _ in range(2)]
    assert [first.headers["X-Cache"], second.headers["X-Cache"]] == ["MISS", "HIT"]
    assert await answer_of(first) == await answer_of(second) == []
