"""What one answer sends to a later request, and what an answer changes in what waits."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Any

logger = logging.getLogger("aiohttp_flashbag")

Message = dict[str, Any]
"""A message as it is stored: `id`, `m` the text, `c` the category; only where it applies `html`
(the text is markup), `once` (no second one like it) and `data`, nested so that no name of the
caller's can be taken for one of these."""


@dataclass(slots=True)
class Parcel:
    """Values by key and messages, oldest first, that wait together."""

    values: dict[str, Any] = field(default_factory=dict)
    messages: list[Message] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.values or self.messages)

    @classmethod
    def parse(cls, values: Any, messages: Any) -> Parcel:
        """Stored data as a parcel; what has the wrong shape counts as empty (B7)."""
        return cls(
            values if isinstance(values, dict) else {},
            list(filter(_is_message, messages)) if isinstance(messages, list) else [],
        )


def joined(parcels: Iterable[Parcel]) -> Parcel:
    """What waits in all of them: of two values of one key the later, messages by their age."""
    whole = Parcel()
    for parcel in parcels:
        whole.values.update(parcel.values)
        whole.messages.extend(parcel.messages)
    whole.messages.sort(key=moment)
    return whole


def moment(message: Message) -> str:
    """When a message was flashed, to sort by (M3); of equal ones the given order stays."""
    made: str = message["id"][:13]
    return made


def _is_message(stored: Any) -> bool:
    return (
        isinstance(stored, dict)
        and isinstance(stored.get("id"), str)
        and isinstance(stored.get("m"), str)
        and isinstance(stored.get("c"), str)
        and isinstance(stored.get("data", {}), dict)
    )


def appearance(message: Message) -> tuple[Any, ...]:
    """What makes two messages the same to a reader."""
    return message["c"], message["m"], message.get("html"), repr(message.get("data"))


@dataclass(slots=True)
class Change:
    """What an answer does to what waits: `used` values and `shown` message ids go, the rest comes.

    It names what was seen, not what is to remain, so that it can be applied to data that another
    request has changed meanwhile. `clear_*` drops what waits whether it was seen or not,
    save values that are `kept`.
    """

    used: Mapping[str, Any] = field(default_factory=dict)
    shown: Set[str] = frozenset()
    values: Mapping[str, Any] = field(default_factory=dict)
    messages: Sequence[Message] = ()
    kept: Set[str] = frozenset()
    clear_values: bool = False
    clear_messages: bool = False
    max_messages: int = 50

    @property
    def adds(self) -> bool:
        """Something is sent to a later request."""
        return bool(self.values or self.messages)

    def __bool__(self) -> bool:
        return bool(
            self.adds or self.used or self.shown or self.clear_values or self.clear_messages
        )

    def apply(self, waiting: Parcel) -> Parcel:
        """What waits after the answer, given what waits before it."""
        return Parcel(self._values_after(waiting.values), self._messages_after(waiting.messages))

    def touches(self, key: str) -> bool:
        """A value of this key is used up, dropped or overwritten, if it was there to be seen."""
        return key in self.used or key in self.values or self._drops(key)

    def _drops(self, key: str) -> bool:
        return self.clear_values and key not in self.kept

    def _values_after(self, waiting: Mapping[str, Any]) -> dict[str, Any]:
        if not waiting:
            return {**self.values}
        left = {
            key: value
            for key, value in waiting.items()
            if not (key in self.values or self._drops(key) or self._uses(key, value))
        }
        return {**left, **self.values}

    def _uses(self, key: str, value: Any) -> bool:
        """A value that was set anew meanwhile is not the one that was seen. (NaN != NaN: repr.)"""
        if key not in self.used:
            return False
        return bool(value == self.used[key]) or repr(value) == repr(self.used[key])

    def _messages_after(self, waiting: Sequence[Message]) -> list[Message]:
        if not waiting and not self.messages:
            return []
        rest = () if self.clear_messages else waiting
        queue = [message for message in rest if message["id"] not in self.shown]
        for message in self.messages:
            if not (message.get("once") and appearance(message) in map(appearance, queue)):
                queue.append(message)
        if len(queue) > self.max_messages:
            dropped = len(queue) - self.max_messages
            logger.warning(
                "more than max_messages=%d flash messages wait: the oldest %d dropped",
                self.max_messages,
                dropped,
            )
            del queue[:dropped]
        return queue
