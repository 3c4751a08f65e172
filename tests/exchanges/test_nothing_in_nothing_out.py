"""B1, counted: who adds and uses up nothing causes no write, no cookie, no change of a header."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import aiohttp
import aiohttp_session
import pytest
from aiohttp import web
from aiohttp_session import AbstractStorage
from support.apps import (
    AiohttpClient,
    Start,
    does,
    json_page,
    make_app,
    messages_page,
    session_app,
    whoami,
)
from support.services import RedisServer

if TYPE_CHECKING:
    from redis.asyncio import Redis

PAGES = ("/plain", "/messages", "/values?error", "/nowhere")
HOUR = 3600


@pytest.fixture
def static(tmp_path: Path) -> web.StaticDef:
    """A static route with one file, `/static/logo.svg`."""
    (tmp_path / "logo.svg").write_text("<svg/>")
    return web.static("/static", tmp_path)


async def test_b1_a_hundred_visits_by_bots_leave_no_key_and_send_no_cookie(
    aiohttp_client: AiohttpClient, redis: Redis, redis_storage: AbstractStorage
) -> None:
    client = await aiohttp_client(make_app(redis_storage), cookie_jar=aiohttp.DummyCookieJar())
    for number in range(100):
        response = await client.get(PAGES[number % len(PAGES)])
        assert "Set-Cookie" not in response.headers
    assert await redis.dbsize() == 0


async def test_b1_a_visit_without_a_cookie_asks_redis_nothing(
    aiohttp_client: AiohttpClient, redis_server: RedisServer, redis_storage: AbstractStorage
) -> None:
    client = await aiohttp_client(make_app(redis_storage))
    before = redis_server.commands()
    for page in PAGES:
        await client.get(page)
    assert redis_server.commands() - before == Counter()


async def test_b1_a_static_file_for_a_user_with_a_session_asks_redis_nothing(
    aiohttp_client: AiohttpClient,
    redis_server: RedisServer,
    redis_storage: AbstractStorage,
    static: web.StaticDef,
) -> None:
    client = await aiohttp_client(make_app(redis_storage, static))
    await client.post("/login?user=alice")
    await client.post("/flash", params={"success": "Saved"})
    before = redis_server.commands()
    for _ in range(50):
        response = await client.get("/static/logo.svg")
        assert await response.text() == "<svg/>"
    assert redis_server.commands() - before == Counter()


@pytest.mark.parametrize("page", PAGES)
async def test_b1_a_page_for_a_user_with_a_session_is_one_read_of_redis_and_no_write(
    aiohttp_client: AiohttpClient,
    redis_server: RedisServer,
    redis_storage: AbstractStorage,
    page: str,
) -> None:
    client = await aiohttp_client(make_app(redis_storage))
    await client.post("/login?user=alice")
    before = redis_server.commands()
    for _ in range(50):
        await client.get(page)
    assert redis_server.commands() - before == Counter(get=50)


async def test_b1_a_message_that_no_page_shows_is_not_written_again(
    aiohttp_client: AiohttpClient, redis_server: RedisServer, redis_storage: AbstractStorage
) -> None:
    client = await aiohttp_client(make_app(redis_storage))
    await client.post("/flash", params={"success": "Saved"})
    before = redis_server.commands()
    await client.get("/plain")
    assert "set" not in redis_server.commands() - before


@pytest.mark.parametrize("user", [None, "alice"])
async def test_b1_answers_have_the_same_headers_as_without_a_flashbag(
    start: Start,
    aiohttp_client: AiohttpClient,
    storage: AbstractStorage,
    static: web.StaticDef,
    user: str | None,
) -> None:
    async def stream(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        return response

    def crash() -> web.Response:
        raise ZeroDivisionError

    routes = (
        static,
        web.get("/stream", stream),
        web.get("/crash", does(answer=crash)),
        web.get("/moved", does(answer=lambda: web.HTTPFound("/plain"))),
    )
    ours = await start(*routes, web.get("/page", messages_page))
    bare = await aiohttp_client(
        session_app(storage, *routes, web.get("/page", does(answer=lambda: json_page([]))))
    )
    asked = ["/plain", "/whoami", "/page", "/stream", "/moved", "/nowhere", "/crash"]
    for path in [*asked, "/static/logo.svg"]:
        for method in ("GET", "HEAD", "OPTIONS"):
            headers = []
            for client in (ours, bare):
                if user:
                    await client.post("/login", params={"user": user})
                response = await client.request(method, path, allow_redirects=False)
                headers.append([item for item in response.headers.items() if item[0] != "Date"])
            assert headers[0] == headers[1], f"{method} {path}"


@pytest.mark.parametrize("storage_options", [{"max_age": HOUR}])
async def test_b1_a_session_expires_though_pages_are_viewed(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = await start()
    await client.post("/login?user=alice")
    for elapsed, user in ((0.6 * HOUR, "alice"), (1.2 * HOUR, None)):
        clock = SimpleNamespace(
            time=lambda elapsed=elapsed: time.time() + elapsed,
            gmtime=time.gmtime,
            strftime=time.strftime,
        )
        monkeypatch.setattr(aiohttp_session, "time", clock)
        for page in PAGES:
            await client.get(page)
        assert await whoami(client) == user
