"""The session storages that the tests run over, with real servers behind them."""

from __future__ import annotations

import importlib.util
import re
import secrets
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web
from aiohttp_session import AbstractStorage, SimpleCookieStorage
from support.apps import BESIDE, SESSIONS, AiohttpClient, Client, Start, make_app
from support.services import MemcachedServer, RedisCluster, RedisServer, ValkeyServer

if TYPE_CHECKING:
    from redis.asyncio import Redis

# The text that shows that a test module needs a package of an extra.
SIGNS = {
    "aiohttp_jinja2": r"\b(jinja2|markupsafe|templating|demo)\b",
    "aiohttp_remotes": r"\baiohttp_remotes\b",
    "cryptography": r"\b(cryptography|own_cookies|recording|CookieTransport)\b",
    "redis": r"^(from|import) (redis|benchmarks|\.servers|failures\.servers)\b",
}
MISSING = [package for package in SIGNS if importlib.util.find_spec(package) is None]


def pytest_report_header() -> list[str]:
    """Name the packages whose tests are left out."""
    return [f"{package} is not installed: its tests are left out" for package in MISSING]


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Leave out the test modules that need a missing package."""
    if not MISSING or not collection_path.match("test_*.py"):
        return None
    text = collection_path.read_text(encoding="utf-8")
    return any(re.search(SIGNS[package], text, re.MULTILINE) for package in MISSING) or None


SERVERS = (
    *("redis_server", "memcached_server", "fragile_redis", "redis", "memcached"),
    *("redis_cluster", "valkey_server", "tickets"),
)
"""The fixtures that need a server, and the parameters that request such a fixture."""
PROGRAMS = {"engine": "browser", "chromium": "chromium", "visitor": "migration"}
"""The fixtures that start another program. Its tests run in one process, one after the other."""


@pytest.hookimpl(tryfirst=True)  # before pytest and pytest-xdist look at the marks
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that need a server or start another program."""
    for item in items:
        fixtures = getattr(item, "fixturenames", ())
        parameters = item.callspec.params if hasattr(item, "callspec") else {}
        if any(name in SERVERS for name in (*fixtures, *parameters.values())):
            item.add_marker("service")
        if "migration" in item.path.parts:  # two processes must not install a package at once
            item.add_marker("slow")
            item.add_marker(pytest.mark.xdist_group("migration"))
        for fixture in PROGRAMS.keys() & fixtures:
            item.add_marker("slow")
            # Like "firefox without scripts": each browser starts in one process.
            group = parameters.get(fixture, PROGRAMS[fixture]).split()[0]
            item.add_marker(pytest.mark.xdist_group(group))


@pytest.fixture(scope="session")
def redis_server() -> Iterator[RedisServer]:
    """A running redis-server. A test that stops or freezes it must start or thaw it again."""
    server = RedisServer()
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def redis_cluster() -> Iterator[RedisCluster]:
    """A running Redis Cluster of three nodes."""
    cluster = RedisCluster()
    cluster.start()
    yield cluster
    cluster.stop()


@pytest.fixture(scope="session")
def valkey_server() -> Iterator[ValkeyServer]:
    """A running valkey-server. If it is not installed, the test is skipped."""
    server = ValkeyServer()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def fragile_redis() -> Iterator[RedisServer]:
    """A Redis server that the test kills and freezes."""
    server = RedisServer()
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def memcached_server() -> Iterator[MemcachedServer]:
    """A running memcached."""
    server = MemcachedServer()
    server.start()
    yield server
    server.stop()


@pytest.fixture
async def redis(redis_server: RedisServer) -> AsyncIterator[Redis]:
    """A client of the Redis server, whose data is deleted first."""
    client = pytest.importorskip("redis.asyncio").Redis.from_url(redis_server.url)
    await client.flushall()
    yield client
    await client.aclose()


@pytest.fixture
def storage_options() -> dict[str, Any]:
    """The options of every storage. A test can parametrize them."""
    return {}


@pytest.fixture
def simple_storage(storage_options: dict[str, Any]) -> AbstractStorage:
    return SimpleCookieStorage(**storage_options)


@pytest.fixture
def encrypted_storage(storage_options: dict[str, Any]) -> AbstractStorage:
    module = pytest.importorskip("aiohttp_session.cookie_storage")
    storage: AbstractStorage = module.EncryptedCookieStorage(
        secrets.token_bytes(32), **storage_options
    )
    return storage


@pytest.fixture
def cookies_storage(encrypted_storage: AbstractStorage) -> AbstractStorage:
    """A session beside which the flashes travel in own cookies."""
    encrypted_storage.own_cookies = True  # type: ignore[attr-defined]
    return encrypted_storage


@pytest.fixture
def tickets_storage(encrypted_storage: AbstractStorage, redis: Redis) -> AbstractStorage:
    """A session beside which the flashes travel in Redis, with tickets in cookies."""
    encrypted_storage.tickets_in = redis  # type: ignore[attr-defined]
    return encrypted_storage


@pytest.fixture
def nacl_storage(storage_options: dict[str, Any]) -> AbstractStorage:
    module = pytest.importorskip("aiohttp_session.nacl_storage")
    storage: AbstractStorage = module.NaClCookieStorage(secrets.token_bytes(32), **storage_options)
    return storage


@pytest.fixture
def redis_storage(redis: Redis, storage_options: dict[str, Any]) -> AbstractStorage:
    module = pytest.importorskip("aiohttp_session.redis_storage")
    storage: AbstractStorage = module.RedisStorage(redis, **storage_options)
    return storage


@pytest.fixture
async def memcached_storage(
    memcached_server: MemcachedServer, storage_options: dict[str, Any]
) -> AsyncIterator[AbstractStorage]:
    module = pytest.importorskip("aiohttp_session.memcached_storage")
    memcached_server.flush()
    client = module.aiomcache.Client(memcached_server.host, memcached_server.port)
    yield module.MemcachedStorage(client, **storage_options)
    await client.close()


@pytest.fixture(params=[*SESSIONS, *BESIDE])
def storage(
    request: pytest.FixtureRequest,
    storage_options: dict[str, Any],  # so that pytest lets a test parametrize it
) -> AbstractStorage:
    """Each transport in turn: a session in a cookie, one on a server, own cookies, tickets."""
    storage: AbstractStorage = request.getfixturevalue(f"{request.param}_storage")
    return storage


@pytest.fixture
def start(aiohttp_client: AiohttpClient, storage: AbstractStorage) -> Start:
    """Return a function that starts an application over each transport and returns its client."""

    async def client_of(*routes: web.AbstractRouteDef, **setup_options: Any) -> Client:
        return await aiohttp_client(make_app(storage, *routes, **setup_options))

    return client_of
