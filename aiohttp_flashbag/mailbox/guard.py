"""Serve pages without mail while a mailbox is down."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from ..log import log_failure

T = TypeVar("T")


class Guard:
    """Stop asking a mailbox that has failed, for `pause` seconds after each failed attempt.

    While it is down, one attempt runs at a time and others are skipped. An outage is logged once.
    """

    def __init__(self, pause: float = 1.0) -> None:
        self._pause = pause  # seconds
        self._is_down = False
        self._next_attempt = 0.0

    async def call(self, operation: Callable[[], Awaitable[T]], default: T) -> T:
        """Return the result of `operation`, or `default` if it fails or is skipped (U10)."""
        if self._is_down and time.monotonic() < self._next_attempt:
            return default
        if self._is_down:
            self._next_attempt = float("inf")  # this attempt is the only one
        try:
            result = await operation()
        except Exception as error:
            if _is_refusal(error):
                log_failure("The mail of a user cannot be read", error)
                return default
            if not self._is_down:
                log_failure("The mailbox cannot be reached, so pages do not show mail", error)
            self._is_down = True
            return default
        finally:
            self._next_attempt = time.monotonic() + self._pause
        self._is_down = False
        return result


def _is_refusal(error: Exception) -> bool:
    """Return whether Redis itself has refused a command, perhaps for one user alone.

    The name is compared, because redis-py and its fork have a class each.
    """
    return any(kind.__name__ == "ResponseError" for kind in type(error).__mro__)
