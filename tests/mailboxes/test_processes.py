"""Workers that are killed at any moment lose no mail, and no mail is settled twice (U4)."""

from __future__ import annotations

import asyncio
import os
import random
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from support.services import PATIENCE, RedisServer

from aiohttp_flashbag.mailbox import RedisMailbox

from .claims import claim
from .places import Place

USERS = 50
Start = Callable[[str], Awaitable["Worker"]]


class Worker:
    """A process of worker.py, and the mail that it has claimed and settled so far."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.claimed = Counter[str]()
        self.settled = Counter[str]()
        self.has_claimed = asyncio.Event()
        self.reading = asyncio.create_task(self._read())

    async def kill(self) -> None:
        """End it like a power cut, and read the rest of its output."""
        self.process.kill()
        await self.reading
        await self.process.wait()

    async def _read(self) -> None:
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            if not line.endswith(b"\n"):
                continue  # it was killed while it wrote
            action, user, *ids = line.decode().split()
            counter = self.claimed if action == "claimed" else self.settled
            counter.update(f"{user} {mail_id}" for mail_id in ids)
            self.has_claimed.set()


@pytest.fixture
async def start(redis_server: RedisServer) -> AsyncIterator[Start]:
    """Return a function that starts a worker. All workers end with the test."""
    workers: list[Worker] = []

    async def start_worker(last_action: str) -> Worker:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            str(Path(__file__).with_name("worker.py")),
            *(redis_server.url, str(USERS), last_action),
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            stdout=asyncio.subprocess.PIPE,
            limit=1 << 20,
        )
        workers.append(Worker(process))
        return workers[-1]

    yield start_worker
    for worker in workers:
        if worker.process.returncode is None:
            await worker.kill()


async def one_that_claims(workers: list[Worker]) -> Worker:
    """Return a random one of the workers that have claimed mail, as soon as there is one."""
    waits = [asyncio.ensure_future(worker.has_claimed.wait()) for worker in workers]
    await asyncio.wait(waits, timeout=PATIENCE, return_when=asyncio.FIRST_COMPLETED)
    for wait in waits:
        wait.cancel()
    return random.choice([worker for worker in workers if worker.has_claimed.is_set()])


@pytest.mark.slow
async def test_mail_of_a_worker_that_was_killed_is_shown_when_the_lease_ends(
    in_redis: Place, start: Start
) -> None:
    mailbox = in_redis.open()
    for user in range(USERS):
        await mailbox.flash(user, "Export ready.")
    worker = await start("claim")
    await asyncio.wait_for(worker.has_claimed.wait(), PATIENCE)
    await worker.kill()
    (owner,) = (mail.split()[0] for mail in worker.claimed)
    assert await claim(mailbox, owner) == []
    await in_redis.let_pass(5)
    assert await claim(mailbox, owner) == ["Export ready."]


@pytest.mark.slow
async def test_random_kills_lose_no_mail_and_settle_none_twice(
    in_redis: Place, redis: Any, start: Start
) -> None:
    mailbox = RedisMailbox(redis, timeout=60, max_messages=5000)
    workers = [await start("settle") for _ in range(3)]
    dead: list[Worker] = []

    async def put(numbers: range) -> None:
        for number in numbers:
            await mailbox.flash(number % USERS, str(number))

    for first in range(0, 5000, 250):
        putting = asyncio.gather(*(put(range(first + n, first + 250, 4)) for n in range(4)))
        victim = await one_that_claims(workers)
        await asyncio.sleep(random.random() / 20)
        await victim.kill()
        workers.remove(victim)
        dead.append(victim)
        workers.append(await start("settle"))
        await putting
    for worker in workers:
        await worker.kill()
    await in_redis.let_pass(5)
    everyone = [*workers, *dead]
    claimed: Counter[str] = sum((worker.claimed for worker in everyone), Counter())
    settled: Counter[str] = sum((worker.settled for worker in everyone), Counter())
    left_over = {
        f"{user} {flash.id}"
        for user in map(str, range(USERS))
        for flash in (await mailbox.claim(user)).flashes
    }
    assert len(claimed.keys() | left_over) == 5000  # none is lost
    assert not settled.keys() & left_over
    assert set(settled.values()) == {1}
    assert len(settled) > 1000  # the workers did something
