"""Which flashes to drop if they do not all fit into a cookie (B7)."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from ..flash import Flash

COOKIE_LIMIT = 4096
"""Bytes of name and value above which browsers ignore a cookie (RFC 6265bis, 5.7)."""
FORM_KEY = "aiohttp_flashbag_form"
"""The key of a form, followed by `:` and its name if it has one."""
_MOST_NAMES = 10


class Step(NamedTuple):
    """One step to make flashes smaller: drop a flash, or replace it by a smaller one."""

    flash: Flash
    smaller: Flash | None

    def __str__(self) -> str:
        """Name the flash and its size, for the log. The content stays secret."""
        if self.flash.is_message:
            return f"a message of {len(self.flash.content['m'].encode(errors='replace'))} bytes"
        part = "" if self.smaller is None else "the data of "
        return f"{part}value {self.flash.key!r:.80} of {json_size(self.flash.content)} bytes"


def steps(flashes: Sequence[Flash]) -> list[Step]:
    """Return the steps in order: the data of forms, then messages, then values, oldest first.

    The errors of a form matter more than its data, so they are dropped with the values.
    """
    forms = sorted(filter(_has_form_data, flashes), key=lambda flash: -json_size(flash.content))
    smaller = [Step(f, replace(f, content={**f.content, "data": {}})) for f in forms]
    oldest_first = sorted(flashes, key=lambda flash: (not flash.is_message, flash.id))
    return [*smaller, *(Step(flash, None) for flash in oldest_first)]


def _has_form_data(flash: Flash) -> bool:
    is_form = flash.key is not None and flash.key.partition(":")[0] == FORM_KEY
    return is_form and isinstance(flash.content, dict) and bool(flash.content.get("data"))


async def fitted(
    flashes: Sequence[Flash], fits: Callable[[Sequence[Flash]], Awaitable[bool]]
) -> tuple[list[Flash], list[Step]]:
    """Take as few steps as possible until the flashes fit, found by bisection.

    Returns the flashes that are left, and the steps that were taken.
    """
    possible = steps(flashes)
    low, high = -1, len(possible)  # `low` steps are too few, `high` steps are enough
    while high - low > 1:
        middle = (low + high) // 2
        if await fits(_after(flashes, possible[:middle])):
            high = middle
        else:
            low = middle
    return _after(flashes, possible[:high]), possible[:high]


def _after(flashes: Sequence[Flash], taken: Sequence[Step]) -> list[Flash]:
    changed = {step.flash.id: step.smaller for step in taken}
    left = [changed.get(flash.id, flash) for flash in flashes]
    return [flash for flash in left if flash is not None]


def dropped_by(taken: Sequence[Step]) -> list[Flash]:
    """Return the flashes that these steps drop."""
    return [step.flash for step in taken if step.smaller is None]


def describe(taken: Sequence[Step]) -> str:
    """Name the flashes of at most ten steps, with their sizes."""
    last = {step.flash.id: step for step in taken}  # a form may lose its data first
    names = [str(step) for step in last.values()]
    more = len(names) - _MOST_NAMES
    return ", ".join(names[:_MOST_NAMES]) + (f" and {more} more" if more > 0 else "")


def json_size(content: Any) -> int:
    """Return the bytes of JSON data. Data that only a session's encoder knows counts as text."""
    text = json.dumps(content, ensure_ascii=False, default=str, skipkeys=True)
    return len(text.encode(errors="replace"))


def largest(limit: int, fits: Callable[[int], bool]) -> int:
    """Return the largest number up to `limit` that fits, by bisection, or 0."""
    low, high = 0, limit + 1
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if fits(middle) else (low, middle)
    return low


def shortened(text: str, length: int) -> str:
    """Return at most `length` characters of `text`, with an ellipsis if some are missing."""
    return text if length >= len(text) else text[:length].rstrip() + "…"
