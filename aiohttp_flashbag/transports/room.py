"""Which flashes to shorten or drop if they do not all fit (B7)."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from ..flash import Flash, Outcome, by_id, ids
from ..log import logger

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
        """Return the kind and size of the flash for the log, without its content."""
        if self.flash.is_message:
            return f"a message of {len(self.flash.content['m'].encode(errors='replace'))} bytes"
        part = "" if self.smaller is None else "the data of "
        return f"{part}value {self.flash.key!r:.80} of {json_size(self.flash.content)} bytes"


def steps(flashes: Sequence[Flash]) -> list[Step]:
    """Return all possible steps: the data of forms first, then messages, then values.

    The largest forms and the oldest flashes come first. The errors of a form matter more than its
    data, so they are dropped with the values.
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
    """Take only as many steps as needed to make the flashes fit. Bisection finds the number.

    Returns the flashes that are left, and the steps taken.
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
    """Describe the flashes of up to ten steps for the log."""
    last = {step.flash.id: step for step in taken}  # two steps for a form: its data, then all
    names = [str(step) for step in last.values()]
    more = len(names) - _MOST_NAMES
    return ", ".join(names[:_MOST_NAMES]) + (f" and {more} more" if more > 0 else "")


def json_size(content: Any) -> int:
    """Return the size of data as JSON, in bytes. Objects of other types count as their text."""
    text = json.dumps(content, ensure_ascii=False, default=str, skipkeys=True)
    return len(text.encode(errors="replace"))


def largest(limit: int, fits: Callable[[int], bool]) -> int:
    """Return the largest number up to `limit` that fits, or 0. Bisection finds it."""
    low, high = 0, limit + 1
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if fits(middle) else (low, middle)
    return low


def shortened(text: str, length: int) -> str:
    """Return the first `length` characters of `text`, and an ellipsis if some are missing."""
    return text if length >= len(text) else text[:length].rstrip() + "…"


@dataclass(frozen=True, slots=True)
class Room:
    """The room for the flashes that a response adds."""

    size_of: Callable[[Sequence[Flash]], int]
    """Returns the bytes that flashes need together."""
    size: int
    """The bytes that are left for them."""
    max_bytes: int
    """The option of the transport. The log names it."""
    advice: str
    """How to store more. The log says so."""

    async def limit(self, outcome: Outcome) -> Outcome:
        """Shorten and drop new flashes until the others fit, and log an ERROR that names them."""
        added = outcome.added
        if self._holds(added):
            return outcome
        small = [flash for flash in added if self._holds([flash])]
        large = [flash for flash in added if flash.id not in ids(small)]
        shorter = {flash.id: self._shortened(flash, small) for flash in large}
        small += [flash for flash in shorter.values() if flash is not None]
        too_large = [Step(flash, None) for flash in large if shorter[flash.id] is None]

        async def can_hold(flashes: Sequence[Flash]) -> bool:
            return self._holds(flashes)

        left, taken = await fitted(sorted(small, key=by_id), can_hold)
        self._log(added, len(large) - len(too_large), [*too_large, *taken])
        kept = {flash.id: flash for flash in left}
        after = [kept.get(flash.id, flash) for flash in outcome.after]
        lost = dropped_by([*too_large, *taken])
        return replace(outcome, after=after).without(lost, "too large")

    def _holds(self, flashes: Sequence[Flash]) -> bool:
        return self.size_of(flashes) <= self.size

    def _log(self, added: Sequence[Flash], shortened: int, steps: Sequence[Step]) -> None:
        if shortened:
            logger.error(
                "Shortened %d messages, because max_bytes=%d. Flash shorter texts.",
                shortened,
                self.max_bytes,
            )
        if steps:
            logger.error(
                "Dropped %s: max_bytes=%d leaves %d bytes for these flashes, which need %d. %s",
                describe(steps),
                self.max_bytes,
                self.size,
                self.size_of(added),
                self.advice,
            )

    def _shortened(self, flash: Flash, others: Sequence[Flash]) -> Flash | None:
        """Return a message with as much of its text as fits beside the others, or else alone.

        Returns None for a value, and if no text fits. Markup loses its tags, because a cut inside a
        tag would break the page.
        """
        if not flash.is_message:
            return None
        content = {**flash.content, "m": _plain_text(flash)}
        content.pop("html", None)

        def with_text(length: int) -> Flash:
            return replace(flash, content={**content, "m": shortened(content["m"], length)})

        def longest(others: Sequence[Flash]) -> int:
            return largest(len(content["m"]), lambda n: self._holds([*others, with_text(n)]))

        length = longest(others) or longest([])
        return with_text(length) if length else None


def _plain_text(flash: Flash) -> str:
    text: str = flash.content["m"]
    if not flash.content.get("html"):
        return text
    from markupsafe import Markup  # installed, because the application flashed markup

    return Markup(text).striptags()  # noqa: S704
