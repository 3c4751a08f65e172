"""Overlapping requests of one browser to two server processes that share a Redis."""

from __future__ import annotations

import pytest
from support.services import RedisServer

from benchmarks import overlaps

pytestmark = pytest.mark.slow
beside_sessions = pytest.mark.parametrize("setup", ["own cookies", "tickets"])


@beside_sessions
async def test_2_of_twenty_flashes_at_once_none_is_lost_and_none_is_shown_twice(
    setup: str, redis_server: RedisServer
) -> None:
    """The fixture `redis_server` skips the test if Redis is not installed."""
    figures = await overlaps.simultaneous(setup, count=20, rounds=200)
    assert figures == overlaps.Figures(flashed=4000, lost=0, repeated=0)


@beside_sessions
@pytest.mark.parametrize("window", [0.002, 0.05])
async def test_6_76_of_500_logouts_that_overlap_a_flash_none_is_undone(
    setup: str, window: float, redis_server: RedisServer
) -> None:
    assert await overlaps.logouts(setup, window, rounds=500) == 0
