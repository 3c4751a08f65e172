"""Where mail is stored, and how time passes there."""

from __future__ import annotations

import abc
from typing import Any

from support.clock import Clock

from aiohttp_flashbag.mailbox import Mailbox, MemoryMailbox, RedisMailbox

# The clock of Redis cannot be set, so all times that it has stored are moved into the past.
LET_TIME_PASS = """
local by = tonumber(ARGV[1])
local function earlier(time)
  return string.format('%.0f', math.max(tonumber(time) - by * 1000000, 0))
end
local mail = redis.call('HGETALL', KEYS[1])
for i = 1, #mail, 2 do
  local leased, expires, rest = mail[i + 1]:match('^(%d+) (%d+)(.*)$')
  redis.call('HSET', KEYS[1], mail[i], earlier(leased) .. ' ' .. earlier(expires) .. rest)
end
redis.call('PEXPIRE', KEYS[1], redis.call('PTTL', KEYS[1]) - by * 1000)
"""


class Place(abc.ABC):
    """Stores the mail of the mailboxes that it opens."""

    @abc.abstractmethod
    def open(self, **options: Any) -> Mailbox:
        """Return a mailbox with these options."""

    @abc.abstractmethod
    async def let_pass(self, seconds: int) -> None:
        """Let this time pass."""


class Memory(Place):
    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def open(self, **options: Any) -> Mailbox:
        return MemoryMailbox(**options)

    async def let_pass(self, seconds: int) -> None:
        self._clock.go_on(seconds)


class InRedis(Place):
    def __init__(self, client: Any) -> None:
        self.client = client

    def open(self, **options: Any) -> Mailbox:
        return RedisMailbox(self.client, timeout=5, **options)  # the machine may be busy

    async def let_pass(self, seconds: int) -> None:
        async for key in self.client.scan_iter():
            await self.client.eval(LET_TIME_PASS, 1, key, seconds)
