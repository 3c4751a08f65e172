"""A browser whose flashes are in Redis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aiohttp_flashbag import RedisTransport
from aiohttp_flashbag.flash import Delta, Flash, Outcome, ids
from aiohttp_flashbag.transports.redis import RedisClient
from transports.visits import AnyBrowser

PREFIX = "AIOHTTP_FLASHBAG-"
ONE_SERVER = "+eval +hset +expire +hgetall +hdel +hlen +unlink"
ON_A_CLUSTER = f"{ONE_SERVER} +command +cluster|slots +info +asking"
"""The commands that docs/deployment.rst names."""


class TicketBrowser(AnyBrowser):
    """A browser with tickets. Its requests do not overlap unless a test sends two."""

    transport: RedisTransport

    def __init__(self, redis: RedisClient, **options: Any) -> None:
        super().__init__(RedisTransport(redis, **options))

    async def visit(self, delta: Delta) -> Outcome:
        """Send a request, commit a delta, and receive the response."""
        visit = await self.request()
        outcome = await visit.commit(delta)
        self.receive(visit.lines)
        return outcome

    async def flash(self, *flashes: Flash) -> str:
        """Receive a response that adds these flashes. Returns the name of its cookie."""
        before = set(self.cookies)
        await self.visit(Delta(added=flashes))
        (name,) = set(self.cookies) - before
        return name

    async def consume(self, *flashes: Flash) -> Outcome:
        """Receive a response that shows these flashes."""
        return await self.visit(Delta(gone=ids(flashes)))

    async def pending(self) -> Sequence[Flash]:
        """Return the flashes that the next request finds."""
        return (await self.request()).pending
