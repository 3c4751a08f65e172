"""`RedisMailbox`, which keeps mail in Redis or Valkey for all processes."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
from collections.abc import Sequence
from functools import cache
from typing import Any, Protocol

from ..flash import Flash, by_id
from ..log import logger
from ..redis_client import check_client, flash_in
from ..time_limit import within
from . import scripts
from .base import SECOND, Claim, Mailbox, check_number
from .listener import Listener


class Client(Protocol):
    """An asyncio client of redis-py 5.0.2 or newer, or of its fork for Valkey."""

    def evalsha(self, sha: str, numkeys: int, *keys_and_args: Any) -> Any: ...  # noqa: D102
    def eval(self, script: str, numkeys: int, *keys_and_args: Any) -> Any: ...  # noqa: D102
    def hdel(self, name: str, *keys: Any) -> Any: ...  # noqa: D102
    def delete(self, *names: Any) -> Any: ...  # noqa: D102
    def aclose(self) -> Any: ...  # noqa: D102


class RedisMailbox(Mailbox):
    """A mailbox that all processes share through Redis or Valkey, alone or as a cluster.

    `redis` is an asyncio client: `Redis` or `RedisCluster` of redis-py 5.0.2 or newer, or of its
    fork for Valkey. The mail of a user is the hash `prefix + user`. `max_messages` may be pending
    for a user, for at most `max_age` seconds. `lease` is how long a request may take to show the
    mail that it claimed, in seconds. An operation that takes more than `timeout` seconds raises
    TimeoutError, even if the client has longer timeouts. Other errors of the client propagate.
    """

    def __init__(
        self,
        redis: Client,
        *,
        prefix: str = "flashbag:mail:",
        max_messages: int = 50,
        max_age: int = 604_800,
        lease: float = 5,
        timeout: float = 1,
    ) -> None:
        super().__init__(max_messages=max_messages, max_age=max_age, lease=lease)
        is_client = hasattr(redis, "evalsha") and hasattr(redis, "aclose")
        check_client(redis, prefix, is_client=is_client)
        check_number("timeout", timeout, float)
        self._redis = redis
        self._prefix = prefix
        self._timeout = timeout
        self._channel = f"{prefix}wake"
        self._listener = Listener(redis, self._channel, self._subscriptions, timeout)
        self._listening: asyncio.Task[None] | None = None

    def __repr__(self) -> str:
        return f"<RedisMailbox prefix={self._prefix!r}>"

    async def _put(self, user: str, key: str | None, content: dict[str, Any]) -> int:
        dropped: int = await self._run(
            scripts.PUT,
            user,
            os.urandom(3).hex(),
            json.dumps(key),
            json.dumps(Flash("", None, content).pack(), separators=(",", ":")),
            self._max_messages,
            self._max_age // SECOND,
            self._channel,
            user,
        )
        return dropped

    async def _clear(self, user: str) -> None:
        await within(self._timeout, self._redis.delete(self._prefix + user))

    async def _claim(self, user: str, owner: str) -> Claim:
        wait, claimed = await self._run(scripts.CLAIM, user, owner, self._lease)
        flashes, damaged = [], []
        for field, packed in claimed:
            flash = flash_in(field, packed)
            if flash is None:
                damaged.append(field)
            else:
                flashes.append(flash)
        if damaged:
            logger.warning("Dropped %d damaged messages from a user's mailbox.", len(damaged))
            await within(self._timeout, self._redis.hdel(self._prefix + user, *damaged))
        return Claim(sorted(flashes, key=by_id), owner, None if wait < 0 else wait / SECOND)

    async def _release(self, user: str, ids: Sequence[str], owner: str) -> None:
        await self._run(scripts.RELEASE, user, owner, self._channel, user, *ids)

    async def _settle(self, user: str, ids: Sequence[str]) -> None:
        await within(self._timeout, self._redis.hdel(self._prefix + user, *ids))

    async def _has_mail(self, user: str) -> bool:
        return bool(await self._run(scripts.HAS_MAIL, user))

    def _start_listening(self) -> None:
        if not hasattr(self._redis, "pubsub"):
            raise RuntimeError(
                f"{type(self._redis).__name__} cannot subscribe. Upgrade to redis-py 8.0 or newer, "
                f"whose clients of a cluster can."
            )
        if self._listening is None:
            self._listening = asyncio.create_task(self._listener.run())

    async def _stop_listening(self) -> None:
        listening, self._listening = self._listening, None
        while listening is not None and not listening.done():
            listening.cancel()  # more than once, because wait_for() of old Pythons may swallow it
            await asyncio.wait([listening], timeout=0.1)

    async def _run(self, script: str, user: str, *arguments: Any) -> Any:
        return await within(self._timeout, self._evaluate(script, self._prefix + user, *arguments))

    async def _evaluate(self, script: str, key: str, *arguments: Any) -> Any:
        """Run a script by its hash, or by its text if Redis does not know it yet."""
        try:
            return await self._redis.evalsha(_name_of(script), 1, key, *arguments)
        except Exception as error:
            if type(error).__name__ != "NoScriptError":  # redis-py and its fork have one each
                raise
        return await self._redis.eval(script, 1, key, *arguments)


@cache
def _name_of(script: str) -> str:
    """Return the name under which Redis keeps a script."""
    return hashlib.sha1(script.encode()).hexdigest()  # noqa: S324  # Redis has chosen it
