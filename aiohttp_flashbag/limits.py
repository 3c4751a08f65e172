"""How many flashes may be pending for one user (M4, B7)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .flash import Flash

MAX_VALUES = 100


def surplus(flashes: Sequence[Flash], max_messages: int) -> list[Flash]:
    """Return the flashes above the limits, which are to be dropped."""
    messages = [flash for flash in flashes if flash.is_message]
    values = [flash for flash in flashes if not flash.is_message]
    too_many = values[: max(len(values) - MAX_VALUES, 0)]
    if len(messages) > max_messages:
        too_many += _most_expendable_first(messages)[: len(messages) - max_messages]
    return too_many


def _most_expendable_first(messages: Sequence[Flash]) -> list[Flash]:
    """Return messages in the order in which they are dropped.

    First messages whose text stays, because a later one looks the same, then the oldest.
    """
    later: set[Any] = set()  # looks of duplicates
    replaced: list[Flash] = []
    others: list[Flash] = []
    for flash in reversed(messages):
        (replaced if flash.look in later else others).append(flash)
        if flash.content.get("once"):
            later.add(flash.look)
    return [*reversed(replaced), *reversed(others)]
