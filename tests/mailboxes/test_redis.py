"""`RedisMailbox` with clients that repeat commands, damaged records, and few permissions."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from redis.asyncio import Redis, RedisCluster
from redis.exceptions import RedisError
from support.services import PATIENCE, RedisServer

from aiohttp_flashbag.flash import now
from aiohttp_flashbag.mailbox import Mailbox, RedisMailbox

from .claims import claim, release, show
from .test_subscriptions import hears

COMMANDS = "evalsha eval time hgetall hget hset hdel expire exists del publish subscribe ping"
"""The commands that docs/mailbox.rst tells administrators to allow."""
CHANNEL = "flashbag:mail:wake"


@pytest.fixture
def mailbox(redis: Redis) -> Mailbox:
    return RedisMailbox(redis, timeout=PATIENCE)


class Repeating:
    """A client that loses the first reply to each script, and sends the script again."""

    def __init__(self, redis: Redis) -> None:
        self.redis = redis

    async def evalsha(self, *arguments: Any) -> Any:
        await self.redis.evalsha(*arguments)
        return await self.redis.evalsha(*arguments)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.redis, name)


async def test_a_repeated_script_has_no_further_effect(redis: Redis, mailbox: Mailbox) -> None:
    await mailbox.flash("bob", "so that Redis knows the scripts")
    await release(mailbox, await mailbox.claim("bob"), "bob")
    repeating = RedisMailbox(Repeating(redis))
    await repeating.flash("ann", "1")
    await repeating.flash("ann", "2", key="k")
    await repeating.flash("ann", "1")
    first = await repeating.claim("ann")
    assert [flash.content["m"] for flash in first.flashes] == ["1", "2", "1"]
    await release(repeating, first)
    assert await claim(repeating) == ["1", "2", "1"]


async def test_a_redis_that_forgot_the_scripts_gets_them_again(
    redis: Redis, mailbox: Mailbox
) -> None:
    for text in ("1", "2"):
        await redis.script_flush()
        await mailbox.flash("ann", text)
    await redis.script_flush()
    assert await show(mailbox) == ["1", "2"]


@pytest.mark.parametrize("field", ["0" * 13 + "abcdef", "x", ""])
@pytest.mark.parametrize(
    "record",
    [
        "",
        "garbage",
        "0 99999999999999999 - null",
        "0 99999999999999999 - null\n",
        "0 99999999999999999 - null\n{",
        "0 99999999999999999 - null\n[null,{}]",
        "0 99999999999999999 - null\n" + "[" * 100_000,
    ],
)
async def test_a_damaged_record_is_dropped_with_a_warning(
    redis: Redis,
    mailbox: Mailbox,
    field: str,
    record: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    await redis.hset("flashbag:mail:ann", field, record)
    await mailbox.flash("ann", "1")
    assert await claim(mailbox) == ["1"]
    (warning,) = caplog.records
    assert warning.getMessage() == "Dropped 1 damaged messages from a user's mailbox."
    assert await redis.hlen("flashbag:mail:ann") == 1


async def test_mailboxes_with_different_prefixes_do_not_share_mail(redis: Redis) -> None:
    one, two = RedisMailbox(redis), RedisMailbox(redis, prefix="shop:mail:")
    await one.flash("ann", "1")
    await two.flash("ann", "2")
    assert await redis.exists("flashbag:mail:ann", "shop:mail:ann") == 2
    assert (await claim(one), await claim(two)) == (["1"], ["2"])
    assert repr(two) == "<RedisMailbox prefix='shop:mail:'>"


async def test_the_hash_expires_a_while_after_the_last_message(redis: Redis) -> None:
    mailbox = RedisMailbox(redis, max_age=1000)
    await mailbox.flash("ann", "1")
    await redis.expire("flashbag:mail:ann", 5)
    await mailbox.flash("ann", "2")
    assert 5 < await redis.ttl("flashbag:mail:ann") <= 1000


async def test_messages_keep_their_order_if_the_clock_of_redis_was_set_back(redis: Redis) -> None:
    mailbox = RedisMailbox(redis, max_messages=3)
    for text, hours in (("later", 2), ("earlier", 1)):  # not in the order of their ids
        mail_id = f"{now() + hours * 3_600_000_000:013x}abcdef"
        record = f'0 {1 << 52} - null\n[null,{{"m":"{text}","c":"info"}}]'
        await redis.hset("flashbag:mail:ann", mail_id, record)
    await mailbox.flash("ann", "1")
    await mailbox.flash("ann", "2")
    assert await claim(mailbox) == ["later", "1", "2"]


async def test_mail_needs_one_round_trip_for_each_step(
    redis_server: RedisServer, mailbox: Mailbox
) -> None:
    async def evaluations() -> int:
        return redis_server.commands()["evalsha"]

    await mailbox.flash("ann", "1")
    await claim(mailbox)
    before = await evaluations()
    await mailbox.flash("ann", "1")
    await claim(mailbox)
    await claim(mailbox, "nobody")
    assert await evaluations() == before + 3


async def test_all_subscriptions_share_a_connection_and_the_last_closes_it(
    redis: Redis, mailbox: Mailbox
) -> None:
    async def connections() -> int:
        ((_, count),) = await redis.pubsub_numsub(CHANNEL)
        return count

    async with mailbox.subscribe("ann") as first:
        async with mailbox.subscribe("bob") as second:
            await mailbox.flash("ann", "1")
            await mailbox.flash("bob", "2")
            await asyncio.gather(hears(first), hears(second))
        await mailbox.flash("ann", "3")
        await hears(first)
        assert await connections() == 1
    assert await connections() == 0


@pytest.fixture
async def restricted(redis_server: RedisServer, redis: Any) -> AsyncIterator[Redis]:
    """A client of a user who may do only what the documentation lists."""
    rules = ["reset", "on", ">pw", "~flashbag:mail:*", "&flashbag:mail:wake"]
    commands = [f"+{command}" for command in COMMANDS.split()]
    await redis.execute_command("ACL SETUSER", "mailer", *rules, *commands)
    client = Redis(host=redis_server.host, port=redis_server.port, username="mailer", password="pw")
    yield client
    await client.aclose()
    await redis.execute_command("ACL DELUSER", "mailer")


async def use_everything(mailbox: RedisMailbox) -> None:
    async with mailbox.subscribe("ann") as subscription:
        await mailbox.flash("ann", "1", key="k")
        await mailbox.flash("ann", "2", key="k")
        await release(mailbox, await mailbox.claim("ann"))
        await hears(subscription)
        await asyncio.wait_for(_woken_by_redis(mailbox), PATIENCE)
        assert await show(mailbox) == ["2"]
        await mailbox.clear("ann")


async def _woken_by_redis(mailbox: RedisMailbox) -> None:
    """Return when a message has come over the pub/sub connection."""
    async with mailbox.subscribe("bob") as subscription:
        waiting = asyncio.create_task(subscription.wait())
        await asyncio.sleep(0.05)  # until it has found no mail, which only lets it be quiet
        await mailbox.flash("bob", "1")
        await waiting


async def test_the_documented_permissions_are_enough(
    restricted: Redis, caplog: pytest.LogCaptureFixture
) -> None:
    await use_everything(RedisMailbox(restricted, timeout=PATIENCE))
    assert not caplog.records


async def test_the_documented_permissions_are_enough_for_a_cluster(
    redis_cluster: Any, caplog: pytest.LogCaptureFixture
) -> None:
    if not hasattr(RedisCluster, "pubsub"):
        pytest.skip("this client of a cluster cannot subscribe: install redis 8.0 or newer")
    commands = [f"+{command}" for command in [*COMMANDS.split(), "cluster|slots", "command"]]
    rules = ["reset", "on", ">pw", "~flashbag:mail:*", "&flashbag:mail:wake", *commands]
    nodes: list[Any] = [Redis.from_url(node.url) for node in redis_cluster.nodes]
    for node in nodes:
        await node.execute_command("ACL SETUSER", "mailer", *rules)
    client = RedisCluster.from_url(redis_cluster.url, username="mailer", password="pw")
    await use_everything(RedisMailbox(client, timeout=PATIENCE))
    await client.aclose()
    for node in nodes:
        await node.execute_command("ACL DELUSER", "mailer")
        await node.aclose()
    assert not caplog.records


@pytest.mark.parametrize("command", ["hgetall", "hset", "hdel", "expire", "del", "time"])
async def test_each_of_them_is_needed(restricted: Redis, redis: Any, command: str) -> None:
    await redis.execute_command("ACL SETUSER", "mailer", f"-{command}")
    with pytest.raises(RedisError, match=r"can't run this command|no permissions to run"):
        await use_everything(RedisMailbox(restricted, timeout=PATIENCE))


async def test_a_client_that_cannot_subscribe_says_so() -> None:
    class OldCluster:
        evalsha = aclose = print

    old_cluster: Any = OldCluster()
    with pytest.raises(RuntimeError, match=r"OldCluster cannot subscribe. Upgrade to redis-py 8.0"):
        async with RedisMailbox(old_cluster).subscribe("ann"):
            pass
