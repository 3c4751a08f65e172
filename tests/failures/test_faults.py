"""34: a Redis that dies or hangs costs the flash, and never a page that needs no session."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from functools import partial

import pytest
from aiohttp import web
from aiohttp_session.redis_storage import RedisStorage
from redis.asyncio import Redis
from support.apps import AiohttpClient, Client, does, flash_messages, make_app, set_values, shown
from support.overlap import FETCH
from support.services import PATIENCE, RedisServer

BRIEF = 0.1  # seconds that the client of Redis waits for a reply
Fault = Callable[[RedisServer], None]


@pytest.fixture
async def client(
    aiohttp_client: AiohttpClient, fragile_redis: RedisServer
) -> AsyncIterator[Client]:
    """A client that has a session in this Redis, without flashes."""
    redis = Redis.from_url(fragile_redis.url, socket_timeout=BRIEF, socket_connect_timeout=BRIEF)
    save = partial(does, set_values, flash_messages)
    app = make_app(
        RedisStorage(redis),
        web.post("/save", save(answer=partial(web.HTTPSeeOther, "/plain"))),
        web.post("/fetch", save()),
    )
    client = await aiohttp_client(app)
    await client.post("/login?user=alice")
    yield client
    await redis.aclose()


async def status_of(client: Client, method: str, path: str) -> int:
    """Return the status of a response that comes soon, without following redirects."""
    request = client.request(method, path, headers=FETCH, allow_redirects=False)
    return (await asyncio.wait_for(request, PATIENCE)).status


@pytest.mark.parametrize(
    ("happen", "end"),
    [
        pytest.param(RedisServer.kill, RedisServer.start, id="killed"),
        pytest.param(RedisServer.freeze, RedisServer.thaw, id="frozen"),
    ],
)
async def test_b7_34_without_redis_pages_are_served_and_afterwards_flashes_work_again(
    client: Client, fragile_redis: RedisServer, happen: Fault, end: Fault
) -> None:
    happen(fragile_redis)
    loop = asyncio.get_running_loop()
    began = loop.time()
    assert await status_of(client, "GET", "/plain") == 200
    assert loop.time() - began < 10 * BRIEF  # the session is not asked for again and again
    for method, path, status in (
        ("GET", "/messages", 200),
        ("GET", "/values?error", 200),
        ("GET", "/nowhere", 404),
        ("HEAD", "/plain", 200),
        ("POST", "/save?info=Lost", 303),
        ("POST", "/fetch?info=Lost", 200),
    ):
        assert await status_of(client, method, path) == status
    end(fragile_redis)
    assert await status_of(client, "POST", "/save?info=Saved") == 303
    assert (await shown(client))[-1] == "Saved"
