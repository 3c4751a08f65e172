"""A place for mail: memory, Redis, and a Redis Cluster of three nodes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from support.clock import Clock
from support.services import RedisCluster, RedisServer

from aiohttp_flashbag.mailbox import Mailbox

from .places import InRedis, Memory, Place


@pytest.fixture(scope="session")
def redis_cluster() -> Iterator[RedisCluster]:
    """A running cluster."""
    cluster = RedisCluster()
    cluster.start()
    yield cluster
    cluster.stop()


SUBSCRIBES = ("test_subscriptions.py", "test_live.py")
"""The files whose tests subscribe to a mailbox."""


@pytest.fixture
def in_memory(monkeypatch: pytest.MonkeyPatch) -> Place:
    return Memory(Clock.start(monkeypatch))


@pytest.fixture
async def in_redis(redis: Any) -> Place:
    return InRedis(redis)


@pytest.fixture
async def in_redis_as_text(redis_server: RedisServer, redis: Any) -> AsyncIterator[Place]:
    """Redis, with a client that decodes responses."""
    client = type(redis).from_url(redis_server.url, decode_responses=True)
    yield InRedis(client)
    await client.aclose()


@pytest.fixture
async def in_cluster(
    request: pytest.FixtureRequest, redis_cluster: RedisCluster
) -> AsyncIterator[Place]:
    kind = pytest.importorskip("redis.asyncio").RedisCluster
    if request.path.name in SUBSCRIBES and not hasattr(kind, "pubsub"):
        pytest.skip("this client of a cluster cannot subscribe: install redis 8.0 or newer")
    client = kind.from_url(redis_cluster.url)
    await client.flushall()
    yield InRedis(client)
    await client.aclose()


@pytest.fixture(
    params=[
        "in_memory",
        *(
            pytest.param(name, marks=pytest.mark.service)
            for name in ("in_redis", "in_redis_as_text", "in_cluster")
        ),
    ]
)
def place(request: pytest.FixtureRequest) -> Place:
    """Each place in turn."""
    place: Place = request.getfixturevalue(request.param)
    return place


@pytest.fixture
async def mailbox(place: Place) -> Mailbox:
    """A mailbox with the default options. A fixture of the event loop, as applications have it."""
    return place.open()
