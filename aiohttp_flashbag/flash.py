"""One flash, the changes that a response makes, and the result of its commit.

A request loads the *pending* flashes of its user and decides a `Delta`: the ids to remove and the
flashes to add. A store applies the delta to the flashes that are pending when it writes. Another
request may have changed them since. Ids make this safe:

* Every flash has a unique id, and the content under an id never changes.
* A delta removes only ids that its request saw, unless it clears everything.
* Applying a delta twice has no further effect. Below the limits, the deltas of overlapping requests
  can be applied in any order, unless one of them clears everything.
"""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any, Literal, NamedTuple, TypeAlias

from .limits import MAX_VALUES, surplus
from .log import logger

Reason: TypeAlias = Literal["expired", "evicted", "too large", "unread", "failed", "cleared"]
"""Why a flash was dropped without being shown."""

_TIME_DIGITS = 13
_is_id = re.compile(rf"[0-9a-f]{{{_TIME_DIGITS}}}[0-9a-f]{{6}}", re.ASCII).fullmatch


def now() -> int:
    """Return the time in microseconds."""
    return time.time_ns() // 1000


def new_id(after: str = "") -> str:
    """Return an id that is greater than `after` and sorts by the microsecond of its creation.

    The time alone is not enough, because the clock of another machine may be ahead.
    """
    at = min(max(now(), _time_of(after) + 1), 16**_TIME_DIGITS - 1)  # `after` may be forged
    return f"{at:0{_TIME_DIGITS}x}{os.urandom(3).hex()}"


def _time_of(flash_id: str) -> int:
    return int(flash_id[:_TIME_DIGITS] or "0", 16)


class Address(NamedTuple):
    """The page that a redirect leads to. Only `tabs.py` interprets it."""

    at: int  # the time of the redirect in microseconds
    source: str  # a hash of the page that sent the request
    target: str  # a hash of the path that the redirect leads to


@dataclass(frozen=True, slots=True)
class Flash:
    """One value or one message."""

    id: str
    key: str | None
    """The key of a value; None for a message."""
    content: Any
    """The value. For a message, a dict: `m` is the text, `c` the category, and the optional items
    are `data`, `html` (the text is markup) and `once` (skip it beside a message that looks the
    same). The names are short because cookies are small."""
    address: Address | None = None
    """The page that the flash belongs to; None means that any request may read it."""

    @property
    def is_message(self) -> bool:
        """Whether this is a message for a person, rather than a value."""
        return self.key is None

    @property
    def created(self) -> int:
        """When the flash was added, in microseconds; 0 for a value that 0.0.3 stored."""
        return _time_of(self.id)

    @property
    def look(self) -> tuple[Any, ...]:
        """A key that two messages share if they look the same to a reader."""
        content = self.content
        try:
            data = repr(content.get("data"))
        except RecursionError:  # data that is nested too deeply is read as empty
            data = ""
        return content["c"], content["m"], bool(content.get("html")), data

    def pack(self) -> list[Any]:
        """Return everything except the id, as JSON data."""
        return [self.key, self.content, *(self.address or ())]

    @classmethod
    def unpack(cls, flash_id: Any, packed: Any) -> Flash | None:
        """Return the flash that was packed, or None if the data is damaged (B7)."""
        if not isinstance(flash_id, str) or not _is_id(flash_id):
            return None
        if not isinstance(packed, list) or len(packed) not in (2, 5):
            return None
        key, content, *address = packed
        if not (isinstance(key, str) or (key is None and _is_message_content(content))):
            return None
        if address and not _is_address(*address):
            return None
        return cls(flash_id, key, content, Address(*address) if address else None)


def _is_message_content(content: Any) -> bool:
    return (
        isinstance(content, dict)
        and isinstance(content.get("m"), str)
        and isinstance(content.get("c"), str)
        and isinstance(content.get("data", {}), dict)
    )


def _is_address(at: Any, source: Any, target: Any) -> bool:
    is_time = type(at) is int and 0 <= at < 1 << 53
    return is_time and isinstance(source, str) and isinstance(target, str)


def ids(flashes: Iterable[Flash]) -> set[str]:
    """Return the ids of these flashes."""
    return {flash.id for flash in flashes}


by_id = attrgetter("id")
"""The sort key that puts flashes in the order of their creation (M3)."""


@dataclass(frozen=True, slots=True)
class Delta:
    """The changes that a response makes to the pending flashes."""

    gone: Set[str] = frozenset()
    """The ids to remove."""
    added: Sequence[Flash] = ()
    clears: bool = False
    """Whether to remove all pending flashes, including any that the request did not see."""
    dropped: Mapping[str, Reason] = field(default_factory=dict)
    """Those of the ids in `gone` that were not read, with the reason."""
    max_messages: int = 50
    """How many messages may be pending afterwards (M4)."""

    def __bool__(self) -> bool:
        return bool(self.gone or self.added or self.clears)

    def addressed_to(self, address: Address | None) -> Delta:
        """Return this delta, with added flashes that belong to a page."""
        added = [Flash(flash.id, flash.key, flash.content, address) for flash in self.added]
        return Delta(self.gone, added, self.clears, self.dropped, self.max_messages)

    def apply(self, pending: Sequence[Flash], *, since: int = 0) -> Outcome:
        """Return the flashes that are pending afterwards, and the reasons for dropped ones.

        `since`: flashes that were added before this time, in microseconds, have expired.
        """
        added, after = ids(self.added), list(self.added)
        dropped: dict[str, Reason] = {}
        for flash in pending:
            if flash.id in added:
                continue  # this delta has been applied before
            if 0 < flash.created < since:
                dropped[flash.id] = "expired"
            elif self.clears:
                dropped[flash.id] = "cleared"
            elif flash.id not in self.gone:
                after.append(flash)
            elif flash.id in self.dropped:
                dropped[flash.id] = self.dropped[flash.id]
        after.sort(key=by_id)
        return Outcome(pending, after, dropped).limited(self.max_messages)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of a commit."""

    before: Sequence[Flash] = ()
    """The flashes that were pending, of all tabs, oldest first."""
    after: Sequence[Flash] = ()
    """The flashes that are pending now. The others were consumed or dropped."""
    dropped: Mapping[str, Reason] = field(default_factory=dict)
    """The ids of the dropped flashes, with the reason."""

    def __bool__(self) -> bool:
        """Return whether the commit changed anything."""
        return bool(self.dropped) or ids(self.before) != ids(self.after)

    @property
    def added(self) -> list[Flash]:
        """The flashes that the commit added."""
        before = ids(self.before)
        return [flash for flash in self.after if flash.id not in before]

    def without(self, flashes: Iterable[Flash], reason: Reason) -> Outcome:
        """Return this outcome with these flashes dropped as well."""
        gone = ids(flashes)
        left = [flash for flash in self.after if flash.id not in gone]
        return Outcome(self.before, left, {**self.dropped, **dict.fromkeys(gone, reason)})

    def limited(self, max_messages: int) -> Outcome:
        """Drop messages and values above the limits, the oldest first (M4, B7)."""
        too_many = surplus(self.after, max_messages)
        if not too_many:
            return self
        logger.warning(
            "More than max_messages=%d messages or %d values are pending: dropped the oldest %d.",
            max_messages,
            MAX_VALUES,
            len(too_many),
        )
        return self.without(too_many, "evicted")

    @property
    def undo(self) -> Delta:
        """The delta that restores the flashes that were pending before."""
        before, after = ids(self.before), ids(self.after)
        restored = [flash for flash in self.before if flash.id not in after]
        return Delta(gone=after - before, added=restored, max_messages=sys.maxsize)
