"""What becomes of each flash, told to a function of the application: for metrics, for a toolbar.

Nothing here runs unless `setup()` was given an observer. The bag knows what was read and added, the
delta what the response consumes, and the trace of the store what else is gone.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, NamedTuple, TypeAlias

from aiohttp import web

from .address import Address, now
from .codec import logger
from .parcel import Aside, Delta, Message, Parcel, Trace, Use

Kind: TypeAlias = Literal["flashed", "shown", "put_back", "dropped"]
Reason: TypeAlias = Literal["expired", "evicted", "too large", "unread", "failed", "cleared"]


@dataclass(frozen=True, slots=True)
class FlashEvent:
    """What became of one flash. It holds neither the text of a message nor a value."""

    kind: Kind
    """`flashed`, `shown`, `put_back` (it was read, and is still pending) or `dropped`."""
    reason: Reason | None = None
    """Why the flash was dropped; None for other events."""
    category: str | None = None
    """The category of a message; None for a value."""
    key: str | None = None
    """The key of a value; None for a message."""
    age: float | None = None
    """The seconds since the flash was added; None where they are not known."""
    size: int = 0
    """The bytes that the value, or the text and data of the message, have as JSON."""


Observer: TypeAlias = Callable[[web.Request, FlashEvent], object]


class _Flash(NamedTuple):
    """What tells a flash from all others: a later value of the same key has another time."""

    name: str
    at: int  # microseconds, 0 if they are not known
    is_message: bool = False


_Flashes: TypeAlias = Mapping[_Flash, Any]
_Outcome: TypeAlias = "tuple[Kind, Reason | None, _Flashes]"


class Watch:
    """Tells the observer what becomes of the flashes of one request."""

    def __init__(self, observer: Observer) -> None:
        self.trace = Trace()
        self._observer = observer
        self._read: _Flashes = {}  # by a handler that failed: the response may still show it

    def failed(self, request: web.Request, use: Use) -> None:
        """Tell that what the handler added is dropped."""
        added = _flashes(use.added, at=now())
        self._read = {**self._read, **_without(_flashes(use.read), added)}
        self._tell(request, [("dropped", "failed", added)])

    def committed(self, request: web.Request, use: Use, delta: Delta | None) -> None:
        """Tell what the response made of each flash; without a delta, nothing was stored."""
        trace = Trace() if delta is None else self.trace
        self._tell(request, _outcomes(use, self._read, delta or Delta(), trace))

    def _tell(self, request: web.Request, outcomes: Iterable[_Outcome]) -> None:
        for kind, reason, flashes in outcomes:
            for flash, stored in flashes.items():
                try:
                    self._observer(request, _event(kind, reason, flash, stored))
                except Exception:
                    logger.exception("the observer of the flashbag failed")


def _outcomes(use: Use, read_before: _Flashes, delta: Delta, trace: Trace) -> Iterator[_Outcome]:
    added = _flashes(use.added, at=delta.address.at if delta.address else now())
    failed = {} if delta.adds or delta.shown else added  # else the delta has all that was added
    flashed = _without(added, failed, _duplicates(delta, trace))
    read = {**read_before, **_flashes(use.read)}
    consumed = _flashes(use.pending.only(delta.consumed, delta.shown))
    seen = {flash: consumed[flash] for flash in consumed if flash.is_message or flash in read}
    unread = _without(consumed, seen)
    lost = [(why, _without(gone, consumed)) for why, gone in _lost(delta, trace, flashed)]
    yield "flashed", None, flashed
    yield "shown", None, seen
    yield "put_back", None, _without(read, seen, failed, *(gone for _, gone in lost))
    yield "dropped", "unread", unread
    yield "dropped", "failed", failed
    for reason, gone in lost:
        yield "dropped", reason, gone


def _lost(delta: Delta, trace: Trace, flashed: _Flashes) -> Iterator[tuple[Reason, _Flashes]]:
    """Yield the flashes that got lost at each step of the commit, and those that it consumed."""
    if trace.before is None:  # nothing was written
        return
    before, after = _flashes(trace.before), _flashes(trace.after)
    yield "expired", _without(_flashes(trace.stored), _flashes(trace.young))
    yield "cleared", _without(_flashes(trace.loaded), before)
    ids = {message["id"] for message in _unlimited(delta, trace.before)}
    gone = _without({**before, **flashed}, after)
    evicted = {
        flash: gone[flash] for flash in gone if flash.name in ids and trace.after is not None
    }
    yield "evicted", evicted
    yield "cleared", _without(gone, evicted)
    if trace.left is not None:
        yield "too large", _without(after, _flashes(trace.left))


def _duplicates(delta: Delta, trace: Trace) -> _Flashes:
    """Return the added messages that look the same as one that another request has added."""
    if trace.before is None:
        return {}
    ids = {message["id"] for message in _unlimited(delta, trace.before)}
    return _flashes(Parcel({}, [m for m in delta.messages if m["id"] not in ids]))


def _unlimited(delta: Delta, before: Parcel) -> list[Message]:
    """Return the messages that would be pending if none were evicted."""
    return replace(delta, max_messages=sys.maxsize).messages_after(before.messages)


def _flashes(parcel: Parcel | None, at: int = 0) -> dict[_Flash, Any]:
    """Return each flash of a parcel with what is stored of it; values without a time have `at`."""
    if parcel is None:
        return {}
    times: Mapping[Any, Address] = parcel.addresses or {}
    flashes: dict[_Flash, Any] = {}
    for name, value in parcel.values.items():
        key = name.key if isinstance(name, Aside) else name
        flashes[_Flash(key, times[name].at if name in times else at)] = value
    for message in parcel.messages:
        flashes[_Flash(message["id"], _time_in(message["id"]), is_message=True)] = message
    return flashes


def _without(flashes: _Flashes, *others: _Flashes) -> dict[_Flash, Any]:
    return {flash: flashes[flash] for flash in flashes if not any(flash in o for o in others)}


def _event(kind: Kind, reason: Reason | None, flash: _Flash, stored: Any) -> FlashEvent:
    age = max(0, now() - flash.at) / 1_000_000 if flash.at else None
    if flash.is_message:
        size = _size(stored["m"]) + (_size(stored["data"]) if "data" in stored else 0)
        return FlashEvent(kind, reason, category=stored["c"], age=age, size=size)
    return FlashEvent(kind, reason, key=flash.name, age=age, size=_size(stored))


def _size(stored: Any) -> int:
    """Return the bytes of the JSON; what only the encoder of a session knows counts as its text."""
    text = json.dumps(stored, ensure_ascii=False, default=str, skipkeys=True)
    return len(text.encode(errors="replace"))


def _time_in(message_id: str) -> int:
    """Return the time in which the id of a message begins; 0 if it begins with something else."""
    try:
        return int(message_id[:13], 16)
    except ValueError:
        return 0
