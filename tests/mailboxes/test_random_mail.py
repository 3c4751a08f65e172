"""Random actions have the same effect on a mailbox as on a model of a few lines."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test
from support.clock import Clock
from support.services import RedisServer

from .model import RandomMail
from .places import InRedis, Memory, Place

MANY = settings(max_examples=200, stateful_step_count=40, deadline=None)
FEW = settings(max_examples=50, stateful_step_count=40, deadline=None)


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    loop = asyncio.new_event_loop()
    yield loop
    loop.close()


def compare(place: Place, loop: asyncio.AbstractEventLoop, size: settings) -> None:
    machine = type("RandomMail", (RandomMail,), {"place": place, "loop": loop})
    run_state_machine_as_test(machine, settings=size)


@pytest.mark.slow
def test_random_mail_in_memory(
    loop: asyncio.AbstractEventLoop, monkeypatch: pytest.MonkeyPatch
) -> None:
    compare(Memory(Clock.start(monkeypatch)), loop, MANY)


@pytest.mark.slow
def test_random_mail_in_redis(loop: asyncio.AbstractEventLoop, redis_server: RedisServer) -> None:
    client = pytest.importorskip("redis.asyncio").Redis.from_url(redis_server.url)
    loop.run_until_complete(client.flushall())
    compare(InRedis(client), loop, FEW)
    loop.run_until_complete(client.aclose())
