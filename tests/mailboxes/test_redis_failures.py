"""A Redis that is down or frozen (U10), and the connection that tells of new mail (U6)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from redis.asyncio import BlockingConnectionPool, Redis
from redis.exceptions import RedisError
from support.services import PATIENCE, RedisServer

from aiohttp_flashbag.mailbox import Mailbox, RedisMailbox
from aiohttp_flashbag.mailbox.listener import Listener

from .claims import claim, show
from .test_subscriptions import hears


@pytest.fixture
def server() -> Iterator[RedisServer]:
    """A redis-server that the test may kill and freeze."""
    server = RedisServer()
    server.start()
    yield server
    server.stop()


@pytest.fixture(params=["default", "blocking", "quick", "resp2"])
async def client(request: pytest.FixtureRequest, server: RedisServer) -> AsyncIterator[Redis]:
    """A client with settings of its own, which do not matter."""
    options: Any = {
        "default": {},
        "blocking": {"max_connections": 3, "timeout": None},
        "quick": {"socket_timeout": 0.05, "health_check_interval": 1},
        "resp2": {"protocol": 2, "decode_responses": True},
    }[request.param]
    if request.param == "blocking":
        client = Redis.from_pool(BlockingConnectionPool.from_url(server.url, **options))
    else:
        client = Redis.from_url(server.url, **options)
    yield client
    await client.aclose()


async def attempt_all(mailbox: Mailbox) -> list[Any]:
    """Try each operation, and return the errors."""
    operations = (
        mailbox.flash("ann", "1"),
        mailbox.claim("ann"),
        mailbox.settle("ann", ["x"]),
        mailbox.release("ann", ["x"], "y"),
        mailbox.has_mail("ann"),
        mailbox.clear("ann"),
    )
    attempts: Any = asyncio.gather(*operations, return_exceptions=True)
    return list(await asyncio.wait_for(attempts, PATIENCE))


async def test_each_operation_fails_in_time_while_redis_is_down(
    server: RedisServer, client: Redis
) -> None:
    mailbox = RedisMailbox(client, timeout=0.3)
    server.kill()
    for error in await attempt_all(mailbox):
        assert isinstance(error, RedisError | TimeoutError)
    server.start()
    await mailbox.flash("ann", "2")
    assert await show(mailbox) == ["2"]


async def test_each_operation_fails_in_time_while_redis_is_frozen(
    server: RedisServer, client: Redis
) -> None:
    mailbox = RedisMailbox(client, timeout=0.3)
    await mailbox.flash("bob", "1")
    server.freeze()
    for error in await attempt_all(mailbox):
        assert isinstance(error, RedisError | TimeoutError)
    with pytest.raises((TimeoutError, RedisError)):
        await mailbox.flash("bob", "2")
    server.thaw()
    assert await claim(mailbox, "bob") in (["1"], ["1", "2"])


async def test_the_error_names_the_limit(server: RedisServer) -> None:
    client = Redis.from_url(server.url)
    await client.ping()
    server.freeze()
    with pytest.raises(TimeoutError, match=r"Redis did not respond within 0.2 seconds."):
        await RedisMailbox(client, timeout=0.2).flash("ann", "1")
    server.thaw()
    await client.aclose()


async def test_a_timeout_never_hands_the_reply_of_one_request_to_another(
    server: RedisServer, client: Redis
) -> None:
    patient, hasty = RedisMailbox(client, timeout=PATIENCE), RedisMailbox(client, timeout=0.001)
    users = [f"user {number}" for number in range(20)]
    for user in users:
        await patient.flash(user, user)

    async def look(user: str) -> None:
        try:
            found = await claim(hasty, user)
        except (TimeoutError, RedisError):
            return
        assert found in ([user], [])

    for _ in range(5):
        server.freeze()
        looking = asyncio.gather(*map(look, users[:3]))
        await asyncio.sleep(0.01)
        server.thaw()
        await looking
        for user in users:
            assert set(await claim(patient, user)) <= {user}
            assert await patient.has_mail(user) is True


@pytest.fixture
def hasty_listener(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a listener notice a dead connection at once, and connect again at once."""
    monkeypatch.setattr(Listener, "ping_every", 0.1)
    monkeypatch.setattr(Listener, "pause", 0.02)


LATE = "Open pages hear of new mail late, because Redis failed"


class Lines(logging.Handler):
    """Collects the lines of the listener, and tells of the first."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.came = asyncio.Event()

    def emit(self, record: logging.LogRecord) -> None:
        if LATE in record.getMessage():
            self.found.append(record.getMessage())
            self.came.set()


@pytest.fixture
async def lines() -> AsyncIterator[Lines]:
    lines = Lines()
    logging.getLogger("aiohttp_flashbag").addHandler(lines)
    yield lines
    logging.getLogger("aiohttp_flashbag").removeHandler(lines)


@pytest.mark.usefixtures("hasty_listener")
@pytest.mark.parametrize("accident", ["kill", "freeze"])
async def test_pages_hear_of_mail_after_the_connection_was_lost(
    server: RedisServer, client: Redis, lines: Lines, accident: str
) -> None:
    mailbox = RedisMailbox(client, timeout=0.3, lease=1000)  # it does not look by itself
    async with mailbox.subscribe("ann") as subscription:
        await mailbox.flash("ann", "1")
        await hears(subscription)
        await show(mailbox)
        getattr(server, accident)()
        await asyncio.wait_for(lines.came.wait(), PATIENCE)
        server.start() if accident == "kill" else server.thaw()
        mail = {"0" * 13 + "abcdef": f'0 {1 << 52} - null\n[null,{{"m":"2","c":"info"}}]'}
        other: Any = Redis.from_url(server.url)
        await other.hset("flashbag:mail:ann", mapping=mail)  # as if its PUBLISH was missed
        await other.aclose()
        await hears(subscription)
    assert len(lines.found) == 1


@pytest.mark.usefixtures("hasty_listener")
async def test_a_long_outage_is_logged_once(server: RedisServer, lines: Lines) -> None:
    client: Any = Redis.from_url(server.url)
    await client.execute_command("ACL SETUSER", "default", "-subscribe")
    async with RedisMailbox(client, timeout=PATIENCE).subscribe("ann"):
        await asyncio.wait_for(lines.came.wait(), PATIENCE)
        await asyncio.sleep(0.3)
    attempts = (await client.info("commandstats"))["cmdstat_subscribe"]["rejected_calls"]
    assert (attempts > 2, len(lines.found)) == (True, 1)
    await client.aclose()


@pytest.mark.usefixtures("hasty_listener")
async def test_a_quiet_connection_is_kept(server: RedisServer, client: Redis) -> None:
    mailbox = RedisMailbox(client, timeout=PATIENCE)
    async with mailbox.subscribe("ann") as subscription:
        await mailbox.flash("ann", "1")
        await hears(subscription)
        await asyncio.sleep(0.5)
        assert server.commands()["ping"] > 1
        assert server.commands()["subscribe"] == 1
