"""Call a function of the application with the fate of each flash, for metrics or a debug toolbar.

The observer is a listener of commits. Without an observer, nothing here runs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from aiohttp import web

from .bag import Usage
from .config import Listener
from .flash import Flash, Outcome, Reason, ids, now
from .log import logger
from .state import get_flashbag
from .transports.room import json_size

Kind: TypeAlias = Literal["flashed", "shown", "put_back", "dropped"]
Fate: TypeAlias = tuple[Kind, "Reason | None", Flash]
_ORDER: tuple[Kind, ...] = ("shown", "put_back", "dropped")


@dataclass(frozen=True, slots=True)
class FlashEvent:
    """The fate of one flash. It holds neither the text of a message nor a value."""

    kind: Kind
    """`flashed`, `shown`, `put_back` (it was read, and is still pending) or `dropped`."""
    reason: Reason | None = None
    """Why the flash was dropped; None for other events."""
    category: str | None = None
    """The category of a message; None for a value."""
    key: str | None = None
    """The key of a value; None for a message."""
    age: float | None = None
    """The seconds since the flash was added; None if they are not known."""
    size: int = 0
    """The bytes of the value, or of the message's text and data, as JSON."""

    @classmethod
    def of(cls, kind: Kind, reason: Reason | None, flash: Flash) -> FlashEvent:
        """Return the event for a flash."""
        age = max(0, now() - flash.created) / 1_000_000 if flash.created else None
        category = flash.content["c"] if flash.is_message else None
        return cls(kind, reason, category, flash.key, age, _size(flash))


Observer: TypeAlias = Callable[[web.Request, FlashEvent], object]


def listener_of(observer: Observer) -> Listener:
    """Return a listener that calls the observer for each flash. Its exceptions are logged."""

    def tell(request: web.Request, response: web.StreamResponse, outcome: Outcome) -> None:
        usage = get_flashbag(request).usage()
        for fate in fates(usage, outcome, failed=response.status >= 500):
            try:
                observer(request, FlashEvent.of(*fate))
            except Exception:
                logger.exception("The observer of the flashbag failed.")

    return tell


def fates(usage: Usage, outcome: Outcome, *, failed: bool = False) -> list[Fate]:
    """Return the fate of each flash that a request added, read or dropped.

    A flash that the request adds is `flashed`, and it can be shown or dropped in the same request.
    With `failed`, the response failed, so none of its own messages was shown (B2).
    """
    before, after = ids(outcome.before), ids(outcome.after)
    seen = before if failed else before | usage.read

    def end_of(flash: Flash) -> Fate | None:
        if flash.id in outcome.dropped:
            return "dropped", outcome.dropped[flash.id], flash
        if flash.id in after:
            return ("put_back", None, flash) if flash.id in usage.read else None
        return ("shown", None, flash) if flash.id in seen else ("dropped", "failed", flash)

    flashes = {flash.id: flash for flash in [*outcome.before, *usage.added]}
    ends = [end for flash in flashes.values() if (end := end_of(flash)) is not None]
    lost = ids(flash for _, reason, flash in ends if reason == "failed")
    flashed: list[Fate] = [("flashed", None, f) for f in usage.added if f.id not in lost]
    ends += [("dropped", "failed", flash) for flash in usage.failed]
    return [*flashed, *sorted(ends, key=lambda end: _ORDER.index(end[0]))]


def _size(flash: Flash) -> int:
    if not flash.is_message:
        return json_size(flash.content)
    text, data = flash.content["m"], flash.content.get("data")
    return json_size(text) + (json_size(data) if data is not None else 0)
