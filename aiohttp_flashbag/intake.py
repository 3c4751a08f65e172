"""What a caller gives, made fit to wait: copied, and small enough for where it is to travel."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from .copies import Copier, clean, copied
from .parcel import Message, Parcel


@dataclass(frozen=True, slots=True)
class Room:
    """How many bytes may wait, and how many of them a parcel needs.

    What has less than `safe_length` characters, and is nothing but text, fits unmeasured.
    """

    max_bytes: int
    measure: Callable[[Parcel], int]
    safe_length: int = 0

    def surely_holds(self, name: str, value: Any) -> bool:
        """It is text, and not too long to fit."""
        return type(value) is str and len(name) + len(value) < self.safe_length

    def lacks(self, parcel: Parcel) -> int:
        """By how many bytes a parcel alone is too large; 0 or less: it fits."""
        return self.measure(parcel) - self.max_bytes


@dataclass(slots=True)
class Intake:
    """Takes values and messages in; `room` is None where nothing limits them one by one."""

    copier: Copier
    room: Room | None = None

    def copy(self, key: str, value: Any) -> Any:
        """A copy of `value`; TypeError if it cannot be stored."""
        return copied(f"flashbag value {key!r}", value, self.copier)

    def value(self, key: str, value: Any) -> Any:
        """A copy of `value` that may travel; ValueError if it is too large for that."""
        return self.fitting(key, self.copy(key, value))

    def fitting(self, key: str, value: Any) -> Any:
        """`value`, unless it is too large to travel even alone: then ValueError."""
        if self.room is not None and not self.room.surely_holds(key, value):
            _check(self.room, Parcel({key: value}), f"flashbag value {key!r}")
        return value

    def message(
        self, text: str, category: str, data: Mapping[str, Any], marks: Mapping[str, bool]
    ) -> Message:
        """A message as it is stored; a text too large to travel even alone is shortened."""
        message: Message = {"id": _new_id(), "m": clean(text), "c": clean(category)}
        message.update((mark, 1) for mark, holds in marks.items() if holds)
        if data:
            message["data"] = copied("data of a flash message", dict(data), self.copier)
        room = self.room
        if room is not None and (data or not room.surely_holds(message["c"], message["m"])):
            _shorten(message, room)
        return message


def _shorten(message: Message, room: Room) -> None:
    """Until it fits. Markup loses its tags first: cut in the middle of one, it would be none."""
    if room.lacks(Parcel({}, [message])) <= 0:
        return
    text = message["m"]
    if message.pop("html", None):
        text = _without_tags(text)
    _check(room, Parcel({}, [{**message, "m": "…"}]), "a flash message without its text")
    short, long = 0, len(text) + 1
    while long - short > 1:
        middle = (short + long) // 2
        fits = room.lacks(Parcel({}, [{**message, "m": _cut(text, middle)}])) <= 0
        short, long = (middle, long) if fits else (short, middle)
    message["m"] = _cut(text, short)


def _check(room: Room, parcel: Parcel, name: str) -> None:
    if (lack := room.lacks(parcel)) > 0:
        limit = room.max_bytes
        raise ValueError(
            f"{name} needs {limit + lack} bytes where max_bytes={limit} is all "
            f"that may wait: keep it in a database and send its id, or use the SessionTransport"
        )


def _new_id() -> str:
    """Sorts by the microsecond in which it was made; the end is random."""
    return f"{time.time_ns() // 1000:013x}{secrets.randbits(20):05x}"


def _cut(text: str, length: int) -> str:
    return text if length >= len(text) else text[:length].rstrip() + "…"


def _without_tags(text: str) -> str:
    from markupsafe import Markup  # what was markup was made with it

    return Markup(text).striptags()  # noqa: S704
