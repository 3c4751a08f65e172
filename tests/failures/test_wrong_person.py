"""Whom a flash must not reach, and whose session it must not bring back."""

from __future__ import annotations

import asyncio
import secrets
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
    does,
    flash_messages,
    in_sessions,
    login,
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
    CookieTransport,
    flashbag_clear,
    flashbag_keep,
    flashbag_replace_all,
    get_flashed_messages,
)

from .servers import SharedCache, Turnstile, serving, shared_sessions

KEY = secrets.token_bytes(32)
look = partial(get_flashed_messages, category_filter="nothing of this")


def slow_app(redis_url: str) -> web.Application:
    """Both of two servers serve this: a user who logs in and out while a request is slow."""
    redis, storage = shared_sessions(redis_url)
    hold = Turnstile(redis).hold
    return make_app(
        storage,
        web.post("/slow/idle", does(hold)),
        web.post("/slow/look", does(look, hold, look)),
        web.post("/slow/show", does(get_flashed_messages, hold)),
        web.post("/slow/flash", does(hold, flash_messages)),
        web.post("/slow/set", does(hold, set_values)),
    )


@pytest.fixture(scope="module")
def two_servers(redis_server: RedisServer) -> Iterator[tuple[str, str]]:
    """The addresses of two processes with the same application over the same Redis."""
    with (
        serving(slow_app, redis_server.url) as one,
        serving(slow_app, redis_server.url) as other,
    ):
        yield one, other


@pytest.fixture
async def browser() -> AsyncIterator[aiohttp.ClientSession]:
    """It sends its cookies to every port, as browsers do."""
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(cookie_jar=jar, raise_for_status=True) as session:
        yield session


@pytest.mark.parametrize("slow", ["idle", "look", "show", "flash", "set"])
@pytest.mark.parametrize("end", [None, "bob"], ids=["logout", "login"])
async def test_b1_b4_a_slow_request_at_another_server_does_not_undo_a_logout_or_login(
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


@pytest.mark.parametrize("action", [flash_messages, set_values, get_flashed_messages])
@pytest.mark.parametrize("storage", ["encrypted", "redis"], indirect=True)
@pytest.mark.parametrize("end", [None, "bob"], ids=["logout", "login"])
async def test_with_own_cookies_a_slow_request_undoes_no_logout_or_login_whatever_it_does(
    start: Start, action: Action, end: str | None
) -> None:
    gate = Gate()
    client = await start(web.post("/slow", does(gate.hold, action)), transport=CookieTransport(KEY))
    await client.post("/login?user=alice")
    await client.post("/flash?info=Saved", headers=FETCH)
    async with gate.holding(client, "/slow?late=Sent"):
        await client.post("/logout" if end is None else f"/login?user={end}")
    assert await whoami(client) == end


def replace_and_keep(request: web.Request) -> None:
    """Send what waits on, in another way than by leaving it where it is."""
    flashbag_replace_all(request, {})
    flashbag_keep(request)


@pytest.mark.parametrize(
    "options", [{}, {"transport": CookieTransport(KEY)}], ids=["session", "own cookies"]
)
async def test_the_next_user_at_the_same_browser_finds_nothing_of_the_last(
    start: Start, options: dict[str, CookieTransport]
) -> None:
    client = await start(web.post("/leave", does(flashbag_clear, logout)), **options)
    await client.post("/login?user=alice")
    await client.post("/set?card=1234", headers=FETCH)
    await client.post("/flash?info=Your+card+ends+in+1234", headers=FETCH)
    await client.post("/leave")
    await client.post("/login?user=bob", headers=FETCH)
    assert await read(client, "card") is None
    assert await shown(client) == []


@in_sessions
@pytest.mark.parametrize(
    "actions",
    [
        pytest.param((login, logout), id="new session, ended"),
        pytest.param((replace_and_keep, logout), id="kept beside others"),
    ],
)
async def test_b4_what_waited_does_not_outlive_a_logout_whatever_came_before_it(
    start: Start, actions: tuple[Action, ...]
) -> None:
    client = await start(web.post("/leave", does(*actions)))
    await client.post("/set?card=1234", headers=FETCH)
    await client.post("/flash?info=Your+card+ends+in+1234", headers=FETCH)
    await client.post("/leave?user=alice", headers=FETCH)
    assert await read(client, "card") is None
    assert await shown(client) == []


async def public_messages(request: web.Request) -> web.Response:
    """A page that anybody may keep, says the application."""
    page = await messages_page(request)
    page.headers["Cache-Control"] = "public, max-age=600"
    return page


@pytest.fixture
async def cached_url(
    aiohttp_client: AiohttpClient, redis_storage: AbstractStorage
) -> AsyncIterator[str]:
    """The address of a cache that all share, before a site whose pages are public.

    The session is on the server, so no Set-Cookie keeps the cache from a page with a message.
    """
    client = await aiohttp_client(make_app(redis_storage, web.get("/page", public_messages)))
    cache = SharedCache(str(client.make_url("")))
    await asyncio.to_thread(cache.start)
    yield cache.url
    cache.stop()


async def test_b5_a_shared_cache_keeps_public_pages_but_none_with_a_message(
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
