"""A Redis that dies or hangs, and cookies that nobody in their right mind would send."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial

import pytest
from aiohttp import web
from aiohttp_session.redis_storage import RedisStorage
from redis.asyncio import Redis
from support.apps import AiohttpClient, Client, does, flash_messages, make_app, set_values, shown
from support.overlap import FETCH
from support.services import PATIENCE, RedisServer

BRIEF = 0.2  # seconds that a client of Redis waits for its answer
SAVE = (
    does(set_values, flash_messages, answer=partial(web.HTTPSeeOther, "/plain")),
    does(set_values, flash_messages),
)


@pytest.fixture
def fragile_redis() -> Iterator[RedisServer]:
    """A Redis of the test's own, to be killed and frozen."""
    server = RedisServer()
    server.start()
    yield server
    server.stop()


@pytest.fixture
async def client(
    aiohttp_client: AiohttpClient, fragile_redis: RedisServer
) -> AsyncIterator[Client]:
    """Of an application whose sessions are there; it has a session, in which nothing waits."""
    redis = Redis.from_url(fragile_redis.url, socket_timeout=BRIEF, socket_connect_timeout=BRIEF)
    app = make_app(RedisStorage(redis), web.post("/save", SAVE[0]), web.post("/fetch", SAVE[1]))
    client = await aiohttp_client(app)
    await client.post("/login?user=alice")
    yield client
    await redis.aclose()


Fault = tuple[Callable[[RedisServer], None], Callable[[RedisServer], None]]
each_fault = pytest.mark.parametrize(
    "fault",
    [
        pytest.param((RedisServer.kill, RedisServer.start), id="killed"),
        pytest.param((RedisServer.freeze, RedisServer.thaw), id="frozen"),
    ],
)


async def answer(client: Client, method: str, path: str) -> int:
    """The status of an answer that comes soon; redirects are not followed."""
    request = client.request(method, path, headers=FETCH, allow_redirects=False)
    return (await asyncio.wait_for(request, PATIENCE)).status


@each_fault
async def test_b7_without_redis_the_pages_that_need_no_session_are_served(
    client: Client, fragile_redis: RedisServer, fault: Fault
) -> None:
    happens, _ = fault
    happens(fragile_redis)
    assert await answer(client, "GET", "/plain") == 200
    assert await answer(client, "GET", "/messages") == 200
    assert await answer(client, "GET", "/values?error") == 200
    assert await answer(client, "GET", "/nowhere") == 404
    assert await answer(client, "HEAD", "/plain") == 200


@each_fault
async def test_b7_without_redis_what_flashes_answers_as_with_it(
    client: Client, fragile_redis: RedisServer, fault: Fault
) -> None:
    happens, _ = fault
    happens(fragile_redis)
    assert await answer(client, "POST", "/save?info=Saved") == 303
    assert await answer(client, "POST", "/fetch?info=Saved") == 200


@each_fault
async def test_b7_a_page_without_redis_waits_for_one_answer_of_it_at_most(
    client: Client, fragile_redis: RedisServer, fault: Fault
) -> None:
    """Without the flashbag's own care, each look at the session would wait anew."""
    happens, _ = fault
    happens(fragile_redis)
    loop = asyncio.get_running_loop()
    began = loop.time()
    await answer(client, "GET", "/plain")
    assert loop.time() - began < 10 * BRIEF


@each_fault
async def test_when_redis_is_back_flashes_work_again(
    client: Client, fragile_redis: RedisServer, fault: Fault
) -> None:
    happens, ends = fault
    happens(fragile_redis)
    await answer(client, "POST", "/save?info=Lost")
    ends(fragile_redis)
    assert await answer(client, "POST", "/save?info=Saved") == 303
    assert (await shown(client))[-1] == "Saved"
