"""Which flashes to drop if they do not all fit into a cookie (B7)."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

from ..flash import Flash

COOKIE_LIMIT = 4096
"""Bytes of name and value above which browsers ignore a cookie (RFC 6265bis, 5.7)."""
FORM_KEY = "aiohttp_flashbag_form"
"""The key of a form, followed by `:` and its name if it has one."""
_MOST_NAMES = 10


def most_expendable_first(flashes: Iterable[Flash]) -> list[Flash]:
    """Return the flashes in the order in which they are dropped: messages first, oldest first."""
    return sorted(flashes, key=lambda flash: (not flash.is_message, flash.id))


async def those_that_fit(
    flashes: Sequence[Flash], fits: Callable[[Sequence[Flash]], Awaitable[bool]]
) -> list[Flash]:
    """Return as many flashes as fit, found by bisection. It is possible that none do."""
    expendable = most_expendable_first(flashes)
    fewest, most = 0, len(expendable) + 1  # `fewest` fit, `most` do not
    while most - fewest > 1:
        middle = (fewest + most) // 2
        if await fits(expendable[len(expendable) - middle :]):
            fewest = middle
        else:
            most = middle
    return expendable[len(expendable) - fewest :]


def without_form_data(flash: Flash) -> Flash:
    """Return a form with its errors only. They matter more than its data. Other flashes stay."""
    is_form = flash.key is not None and flash.key.partition(":")[0] == FORM_KEY
    if not is_form or not isinstance(flash.content, dict) or not flash.content.get("data"):
        return flash
    return replace(flash, content={**flash.content, "data": {}})


def describe(flashes: Sequence[Flash]) -> str:
    """Return the names and sizes of at most ten flashes. The content stays secret."""
    names = [
        f"a message of {len(flash.content['m'].encode(errors='replace'))} bytes"
        if flash.is_message
        else f"value {flash.key!r:.80} of {json_size(flash.content)} bytes"
        for flash in flashes[:_MOST_NAMES]
    ]
    more = len(flashes) - len(names)
    return ", ".join(names) + (f" and {more} more" if more else "")


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
