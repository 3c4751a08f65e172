"""B1: a request that adds and consumes nothing writes nothing and changes no header."""

from __future__ import annotations

import time
from collections import Counter
from functools import partial
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
    Client,
    Start,
    does,
    flash_messages,
    in_sessions,
    json_page,
    make_app,
    session_app,
    whoami,
)
from support.behind import count
from support.clock import Clock
from support.own_cookies import streams
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


async def test_b1_visits_without_a_cookie_ask_redis_nothing_and_leave_no_key(
    aiohttp_client: AiohttpClient,
    redis: Redis,
    redis_server: RedisServer,
    redis_storage: AbstractStorage,
) -> None:
    client = await aiohttp_client(make_app(redis_storage), cookie_jar=aiohttp.DummyCookieJar())
    before = redis_server.commands()
    for page in PAGES * 3:
        assert "Set-Cookie" not in (await client.get(page)).headers
    assert redis_server.commands() - before == Counter()
    assert await redis.dbsize() == 0


@in_sessions
async def test_b1_a_visit_without_a_cookie_does_not_load_the_session(
    start: Start,
    storage: AbstractStorage,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def load_session(request: web.Request) -> None:
        raise ConnectionError

    client = await start()
    monkeypatch.setattr(storage, "load_session", load_session)
    assert (await client.get("/messages")).status == 200
    assert not caplog.records


async def test_b1_a_page_reads_the_session_once_and_a_static_file_never(
    aiohttp_client: AiohttpClient,
    redis: Redis,
    redis_server: RedisServer,
    redis_storage: AbstractStorage,
    static: web.StaticDef,
) -> None:
    client = await aiohttp_client(make_app(redis_storage, static))
    await client.post("/login?user=alice")
    before = redis_server.commands()
    for page in PAGES:
        await client.get(page)
    assert redis_server.commands() - before == Counter(get=len(PAGES))
    await client.post("/flash?success=Saved")
    before = redis_server.commands()
    response = await client.get("/static/logo.svg")
    assert await response.text() == "<svg/>"
    assert redis_server.commands() - before == Counter()
    await client.get("/plain")  # leaves the message pending
    assert "set" not in redis_server.commands() - before


async def test_a_redirect_that_changes_the_session_and_flashes_saves_it_once(
    aiohttp_client: AiohttpClient,
    redis_server: RedisServer,
    redis_storage: AbstractStorage,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The address of the flash is the same when the session is saved and at the commit (T1)."""
    Clock.start(monkeypatch)
    save = does(count, flash_messages, answer=partial(web.HTTPSeeOther, "/messages"))
    client = await aiohttp_client(make_app(redis_storage, web.post("/save", save)))
    await client.post("/login?user=alice")
    before = redis_server.commands()
    form = {"Referer": str(client.make_url("/form"))}
    await client.post("/save?info=Saved", headers=form, allow_redirects=False)
    assert (redis_server.commands() - before)["set"] == 1


async def headers_of(client: Client, method: str, path: str) -> list[tuple[str, str]]:
    response = await client.request(method, path, allow_redirects=False)
    return [(name, value) for name, value in response.headers.items() if name != "Date"]


@pytest.mark.parametrize("user", [None, "alice"])
async def test_b1_responses_have_the_same_headers_as_without_a_flashbag(
    start: Start,
    aiohttp_client: AiohttpClient,
    storage: AbstractStorage,
    static: web.StaticDef,
    user: str | None,
) -> None:
    def crash() -> web.Response:
        raise ZeroDivisionError

    routes = (
        static,
        web.get("/stream", streams()),
        web.get("/crash", does(answer=crash)),
        web.get("/moved", does(answer=partial(web.HTTPFound, "/plain"))),
    )
    no_messages = web.get("/messages", does(answer=lambda: json_page([])))
    bare = await aiohttp_client(session_app(storage, *routes, no_messages))
    clients = [await start(*routes), bare]
    for client in clients:
        if user:
            await client.post("/login", params={"user": user})
    pages = ("/plain", "/whoami", "/messages", "/stream", "/moved", "/nowhere", "/crash")
    for path in (*pages, "/static/logo.svg"):
        for method in ("GET", "HEAD", "OPTIONS"):
            ours, theirs = [await headers_of(client, method, path) for client in clients]
            assert ours == theirs, f"{method} {path}"


@pytest.mark.parametrize("storage_options", [{"max_age": HOUR}])
async def test_b1_25_page_views_do_not_extend_a_session(
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
