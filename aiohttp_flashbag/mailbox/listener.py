"""Hear from Redis whose mail may be pending, over one connection for all open pages."""

from __future__ import annotations

import asyncio
from typing import Any

from ..log import log_failure
from ..redis_client import text_in
from .subscription import Subscriptions


class Listener:
    """Wakes subscriptions when Redis publishes their user's id on `channel`.

    Redis does not repeat what it published while the connection was lost. All subscriptions are
    therefore woken after each `SUBSCRIBE`. Connections die without a word, too, so a silent one is
    tested with a `PING` every `ping_every` seconds.
    """

    ping_every = 10.0
    pause = 1.0
    """The seconds between two attempts to connect."""
    _has_logged = False

    def __init__(
        self, redis: Any, channel: str, subscriptions: Subscriptions, timeout: float
    ) -> None:
        self._redis = redis
        self._channel = channel
        self._subscriptions = subscriptions
        self._timeout = timeout  # seconds

    async def run(self) -> None:
        """Listen until it is cancelled. Connects again after failures, and logs an outage once."""
        while True:
            try:
                await self._listen()
            except Exception as error:
                if not self._has_logged:
                    self._has_logged = True
                    log_failure("Open pages hear of new mail late, because Redis failed", error)
            await asyncio.sleep(self.pause)

    async def _listen(self) -> None:
        # A new client of a cluster does not know its nodes yet.
        await asyncio.wait_for(self._redis.initialize(), self._timeout)
        pubsub = self._redis.pubsub()
        is_silent = False
        try:
            await asyncio.wait_for(pubsub.subscribe(self._channel), self._timeout)
            while True:
                # The client's own reconnection has no time limit, so this limit is around both.
                read = pubsub.get_message(timeout=self.ping_every)
                message = await asyncio.wait_for(read, self.ping_every + self._timeout)
                if message is not None:
                    is_silent = False
                    self._handle(message)
                elif is_silent:
                    raise TimeoutError
                else:
                    is_silent = True
                    await asyncio.wait_for(pubsub.ping(), self._timeout)
        finally:
            await pubsub.aclose()

    def _handle(self, message: dict[str, Any]) -> None:
        if message["type"] == "subscribe":
            self._has_logged = False
            self._subscriptions.wake_all()
        elif message["type"] == "message":
            self._subscriptions.wake(text_in(message["data"]))
