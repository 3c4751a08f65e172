"""A clock that tests can set."""

from __future__ import annotations

import time

import pytest

SECOND = 1_000_000_000  # nanoseconds


class Clock:
    """Replaces `time.time_ns`. Each call takes a millisecond, or `tick` nanoseconds."""

    def __init__(self, now: float = 1_700_000_000, tick: int = SECOND // 1000) -> None:
        self.now = int(now * SECOND)
        self.tick = tick

    def __call__(self) -> int:
        self.now += self.tick
        return self.now

    def go_on(self, seconds: float) -> None:
        """Let this time pass."""
        self.now += int(seconds * SECOND)

    @classmethod
    def start(cls, monkeypatch: pytest.MonkeyPatch, tick: int = SECOND // 1000) -> Clock:
        """Replace the clock of the flashbag until the test ends."""
        clock = cls(tick=tick)
        monkeypatch.setattr(time, "time_ns", clock)
        return clock
