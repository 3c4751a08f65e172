"""A time limit for calls of clients that may be slow to end when they are cancelled."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any, TypeVar

T = TypeVar("T")

_ending: set[asyncio.Future[Any]] = set()
"""Cancelled calls that have not ended. The event loop itself holds only weak references."""


async def within(seconds: float, call: Awaitable[T]) -> T:
    """Return the result of a call, or cancel it and raise TimeoutError after `seconds`.

    Unlike `asyncio.wait_for`, it does not wait until the call has ended. Some clients take long to
    end a call that is cancelled, for example while it waits for a connection of the pool.
    """
    task = asyncio.ensure_future(call)
    try:
        await asyncio.wait({task}, timeout=seconds)
        if task.done():
            return task.result()
        raise TimeoutError(f"Redis did not respond within {seconds:.3g} seconds.")
    finally:
        if not task.done():
            _ending.add(task)
            task.add_done_callback(_ended)
            task.cancel()


def _ended(task: asyncio.Future[Any]) -> None:
    """Forget a cancelled call. asyncio logs an exception that nobody retrieves."""
    _ending.discard(task)
    if not task.cancelled():
        task.exception()
