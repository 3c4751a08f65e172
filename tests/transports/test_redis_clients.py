"""The clients that `RedisTransport` accepts: of one server or a cluster, and with few rights."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from typing import Any

import pytest
import redis as redis_py
from aiohttp.test_utils import make_mocked_request
from redis import asyncio as redis_asyncio
from redis.asyncio import BlockingConnectionPool, ConnectionPool, Redis
from support.services import RedisCluster, RedisServer, ValkeyServer

from aiohttp_flashbag import RedisTransport
from aiohttp_flashbag.flash import Delta, Outcome, ids
from transports.ticket_visits import ON_A_CLUSTER, ONE_SERVER, TicketBrowser
from transports.visits import message, request_with, value

SECRET = "redis://:hunter2@db"


async def use(browser: TicketBrowser) -> None:
    """Add, consume a part and add, consume the rest, add and clear."""
    for number in range(6):
        await browser.flash(message(f"Saved {number}"), value(f"key {number}", "保存"))
    pending = await browser.pending()
    assert len(pending) == 12
    values = ids(one for one in pending if one.key)
    outcome = await browser.visit(Delta(gone=values, added=[last := message("Last")]))
    assert isinstance(outcome, Outcome)
    assert await browser.pending() == [*(one for one in pending if not one.key), last]
    await browser.consume(*await browser.pending())
    assert browser.cookies == {}
    await browser.flash(message("Saved"))
    await browser.visit(Delta(clears=True))
    assert browser.cookies == {}


@pytest.mark.parametrize("decode_responses", [False, True])
async def test_a_client_may_decode_responses(
    redis_server: RedisServer, decode_responses: bool
) -> None:
    client = Redis.from_url(redis_server.url, decode_responses=decode_responses)
    await client.flushall()
    await use(TicketBrowser(client))
    assert await client.dbsize() == 0
    await client.aclose()


@pytest.mark.parametrize("protocol", [2, 3])
async def test_a_client_may_use_either_protocol(redis_server: RedisServer, protocol: int) -> None:
    client = Redis.from_url(redis_server.url, protocol=protocol)
    await use(TicketBrowser(client))
    await client.aclose()


async def test_a_pool_of_one_connection_is_enough(redis_server: RedisServer) -> None:
    pool = BlockingConnectionPool.from_url(redis_server.url, max_connections=1)
    client = Redis.from_pool(pool)
    await use(TicketBrowser(client))
    await client.aclose()


@pytest.mark.parametrize("library", ["redis", "valkey"])
async def test_a_client_of_valkey_works_with_redis_and_a_client_of_redis_with_valkey(
    library: str, request: pytest.FixtureRequest
) -> None:
    if library == "valkey":
        server: RedisServer = request.getfixturevalue("redis_server")
        client: Any = pytest.importorskip("valkey.asyncio").Valkey(port=server.port)
    else:
        valkey: ValkeyServer = request.getfixturevalue("valkey_server")
        client = Redis(port=valkey.port)
    await use(TicketBrowser(client))
    await client.aclose()


# A cluster


@pytest.fixture
async def cluster(redis_cluster: RedisCluster) -> AsyncIterator[redis_asyncio.RedisCluster]:
    client = redis_asyncio.RedisCluster.from_url(redis_cluster.url)
    yield client
    await client.aclose()


@pytest.mark.parametrize("decode_responses", [False, True])
@pytest.mark.parametrize("library", ["redis", "valkey"])
async def test_the_hashes_of_a_browser_may_be_on_any_node_of_a_cluster(
    redis_cluster: RedisCluster, library: str, decode_responses: bool
) -> None:
    module = pytest.importorskip(f"{library}.asyncio")
    kind = module.RedisCluster if library == "redis" else module.ValkeyCluster
    node = redis_cluster.nodes[0]
    client = kind(host=node.host, port=node.port, decode_responses=decode_responses)
    await use(TicketBrowser(client))
    assert [size_of(one) for one in redis_cluster.nodes] == [0, 0, 0]
    await client.aclose()


async def test_each_key_of_a_cluster_expires(
    redis_cluster: RedisCluster, cluster: redis_asyncio.RedisCluster
) -> None:
    browser = TicketBrowser(cluster, max_age=600, timeout=10)  # the machine may be busy
    for _ in range(5):
        await browser.flash(message("Saved"))
    for ticket in browser.cookies.values():
        assert 590 < await cluster.ttl(f"flashbag:{ticket}") <= 600
    await browser.visit(Delta(clears=True))


async def test_b7_if_one_node_of_a_cluster_hangs_its_flashes_are_pending_again_afterwards(
    redis_cluster: RedisCluster, cluster: redis_asyncio.RedisCluster
) -> None:
    browser = TicketBrowser(cluster)
    while not all(size_of(node) for node in redis_cluster.nodes):
        await browser.flash(message("Saved"))
    before = await browser.pending()
    redis_cluster.nodes[1].freeze()
    browser.transport.timeout = 0.2
    store = browser.transport.open(request := request_with(browser.cookies))
    with pytest.raises((TimeoutError, redis_py.RedisError)):
        await store.load(request)
    redis_cluster.nodes[1].thaw()
    browser.transport.timeout = 10
    assert await browser.pending() == before
    await browser.visit(Delta(clears=True))


def size_of(node: RedisServer) -> int:
    """Return how many keys a node has."""
    return int(node.ask(b"DBSIZE").partition(b"\r")[0].removeprefix(b":"))


# Rights


async def test_a_user_with_the_documented_rights_can_do_everything(redis: Redis) -> None:
    await redis.execute_command(  # type: ignore[no-untyped-call]
        *f"ACL SETUSER web on >secret resetkeys ~flashbag:* -@all {ONE_SERVER}".split()
    )
    kwargs = redis.connection_pool.connection_kwargs
    client = Redis(port=kwargs["port"], username="web", password="secret")
    await use(TicketBrowser(client))
    with pytest.raises(redis_py.exceptions.NoPermissionError):
        await client.get("flashbag:x")
    with pytest.raises(redis_py.exceptions.NoPermissionError):
        await client.hgetall("session")
    await client.aclose()


async def test_a_user_of_a_cluster_with_the_documented_rights_can_do_everything(
    redis_cluster: RedisCluster,
) -> None:
    for node in redis_cluster.nodes:
        rule = f"ACL SETUSER web on >secret resetkeys ~flashbag:* -@all {ON_A_CLUSTER}"
        assert node.ask(rule.encode()).startswith(b"+OK")
    node = redis_cluster.nodes[0]
    client = redis_asyncio.RedisCluster(
        host=node.host, port=node.port, username="web", password="secret"
    )
    await use(TicketBrowser(client))
    await client.aclose()


# Mistakes


@pytest.mark.parametrize(
    ("given", "described"),
    [
        (redis_py.Redis(), "not Redis"),
        (ConnectionPool(), "not ConnectionPool"),
        (SECRET, "not str"),
        (None, "not NoneType"),
        (Redis, "not the class <class 'redis.asyncio.client.Redis'>"),
    ],
    ids=["sync", "pool", "URL", "None", "class"],
)
def test_anything_but_an_asyncio_client_is_refused(given: Any, described: str) -> None:
    with pytest.raises(TypeError, match="must be an asyncio client") as caught:
        RedisTransport(given)
    assert described in str(caught.value)
    assert "hunter2" not in str(caught.value)
    assert "redis.asyncio.Redis.from_url(url)" in str(caught.value)


@pytest.mark.parametrize(
    ("options", "kind", "told"),
    [
        ({"prefix": b"x"}, TypeError, "prefix must be a str, not b'x'"),
        ({"timeout": "1"}, TypeError, "timeout must be a number of seconds, not '1'"),
        ({"timeout": True}, TypeError, "timeout must be a number of seconds, not True"),
        ({"timeout": 0}, ValueError, "timeout must be a positive number of seconds, not 0"),
        ({"timeout": float("inf")}, ValueError, "a positive number of seconds, not inf"),
        ({"timeout": float("nan")}, ValueError, "a positive number of seconds, not nan"),
        ({"max_age": 0}, ValueError, "max_age must be at least 1, not 0"),
        ({"max_age": 2**60}, ValueError, "max_age must be at most"),
        ({"max_age": 1.5}, TypeError, "max_age must be an int"),
        ({"max_bytes": 0}, ValueError, "max_bytes must be at least 1, not 0"),
        ({"cookie_name": "a name"}, ValueError, "'a name' or an attribute is invalid"),
        ({"samesite": "None", "secure": False}, ValueError, "needs secure=True"),
    ],
)
async def test_invalid_options_are_refused_at_the_start(
    options: dict[str, Any], kind: type[Exception], told: str
) -> None:
    with pytest.raises(kind, match=told):
        RedisTransport(Redis(), **options)


async def test_cookies_have_the_attributes_that_the_application_names() -> None:
    transport = RedisTransport(Redis(), path="/shop", samesite="strict", max_age=60)
    https = make_mocked_request("GET", "/", sslcontext=ssl.create_default_context())
    line = transport.cookies.line(https, "x", "1")
    assert line == "x=1; Max-Age=60; HttpOnly; Path=/shop; SameSite=strict; Secure"
    assert transport.hint_attributes(request_with({})) == "; Path=/shop; SameSite=strict"


async def test_the_largest_age_is_accepted_by_redis(redis: Redis) -> None:
    browser = TicketBrowser(redis, max_age=2**40)
    await browser.flash(message("Saved"))
    [key] = await redis.keys("*")
    assert await redis.ttl(key) > 2**39
