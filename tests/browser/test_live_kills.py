"""Server processes are killed at random while a user with two browsers gets mail (U4, U6).

Each message is shown, and none is shown twice in one browser. `LIVE_MESSAGES=5000` sends more.
"""

from __future__ import annotations

import asyncio
import os
import random
import time
from collections import Counter

from redis.asyncio import Redis
from support.services import RedisServer
from support.workers import Workers

from benchmarks.servers.live import mailbox_in

from .engines import Engine, Tab

COUNT = int(os.environ.get("LIVE_MESSAGES", "300"))
RATE = 150  # messages per second
TEXTS = [f"Message {number}" for number in range(COUNT)]


async def send(redis: Redis) -> None:
    """Send the messages at this rate."""
    mailbox, began = mailbox_in(redis), time.monotonic()
    for number, text in enumerate(TEXTS):
        await asyncio.sleep(began + number / RATE - time.monotonic())
        await mailbox.flash("ann", text)


async def kill(workers: Workers, sending: asyncio.Task[None]) -> None:
    """Kill a process about every second, while messages are sent."""
    while not sending.done():
        await asyncio.sleep(random.uniform(0.2, 1.5))
        await asyncio.to_thread(workers.replace_one)


async def shown(tab: Tab) -> Counter[str]:
    return Counter(await tab.evaluate("texts"))


async def test_u4_killed_processes_lose_no_mail_and_show_none_twice_in_a_browser(
    engine: Engine, redis_server: RedisServer, redis: Redis
) -> None:
    await engine.connect()
    with Workers.running(redis_server.url, 2) as workers:
        tabs = []
        for _ in range(2):
            tabs.append(await (await engine.new_browser(workers.url)).new_tab())
            await tabs[-1].open("/ann")
            await tabs[-1].wait_for("window.flashbag?.live")
        sending = asyncio.create_task(send(redis))
        await kill(workers, sending)
        await sending
        end = time.monotonic() + 120  # lost responses are repaired when their leases end
        while len(found := await shown(tabs[0]) | await shown(tabs[1])) < COUNT:
            assert time.monotonic() < end, sorted({*TEXTS} - {*found})
            await asyncio.sleep(0.1)
        counts = [await shown(tab) for tab in tabs]
    await engine.disconnect()
    assert sorted(found) == sorted(TEXTS)
    assert [max(count.values()) for count in counts] == [1, 1]
