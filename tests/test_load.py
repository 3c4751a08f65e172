"""A shortened run of the load test: two servers, one of them killed and started again midway."""

from __future__ import annotations

import pytest
from support.services import RedisServer

from benchmarks import load


@pytest.mark.slow
@pytest.mark.parametrize("transport", ["session", "cookies", "tickets"])
def test_under_load_each_message_is_shown_once_to_its_client(
    transport: str, redis_server: RedisServer, capsys: pytest.CaptureFixture[str]
) -> None:
    """The fixture `redis_server` skips the test if Redis is not installed."""
    holds = load.measure(transport, clients=20, cycles=500)
    assert holds, capsys.readouterr().out
