"""A shortened run of the load test: two servers, one of them killed and started again midway."""

from __future__ import annotations

import pytest
from support.services import RedisServer

from benchmarks import load


@pytest.mark.parametrize("transport", ["session", "cookies"])
async def test_under_load_no_message_is_lost_or_shown_to_somebody_else(
    transport: str, redis_server: RedisServer, capsys: pytest.CaptureFixture[str]
) -> None:
    """`redis_server` is only asked for, so that who has none skips this."""
    holds = await load.measure(transport, clients=20, cycles=500)
    assert holds, capsys.readouterr().out
