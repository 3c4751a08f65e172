"""What is pending for a user, and the delta: what one response changes in it.

A delta names what its request saw. So it can be applied to data that another request has changed
meanwhile: a three-way merge, which never takes away what was not seen.
"""

from __future__ import annotations

import sys
from collections.abc import Container, Iterable, Mapping, Set
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from .address import Address
from .codec import logger

Message = dict[str, Any]
"""A message as it is stored: `id`, `m` the text, `c` the category; only where it applies `html`
(the text is markup), `once` (not shown beside one that is the same), `data`, and `a`, the address
in a session."""


class Aside(NamedTuple):
    """The name of a value that is not the one under its key.

    The request passes it over (T1), or it lies behind a later one.
    """

    key: str
    address: Address
    passed_over: bool

    def __repr__(self) -> str:
        return repr(self.key)


@dataclass(slots=True)
class Parcel:
    """Values by key, and messages, oldest first.

    `addresses` of the values, where they are known; `passed_over`: those of flashes that are not
    for this request (T1). `is_damaged`: something that was stored had the wrong shape.
    """

    values: dict[Any, Any] = field(default_factory=dict)
    messages: list[Message] = field(default_factory=list)
    addresses: Mapping[Any, Address] | None = None
    passed_over: Set[Address] = frozenset()
    is_damaged: bool = False

    @classmethod
    def parse(cls, values: Any, messages: Any) -> Parcel:
        """Return stored data as a parcel; what has the wrong shape counts as empty (B7)."""
        named = values if isinstance(values, dict) else {}
        found = list(filter(_is_message, messages)) if isinstance(messages, list) else []
        return cls(named, found, is_damaged=named is not values or found != messages)

    @classmethod
    def joined(cls, parcels: Iterable[Parcel]) -> Parcel:
        """Return all that is in these, oldest first: of two values of one key the later."""
        parcels = list(parcels)
        if len(parcels) == 1:
            return parcels[0]
        whole = cls()
        for parcel in parcels:
            whole.values.update(parcel.values)
            whole.messages.extend(parcel.messages)
        return whole

    def __len__(self) -> int:
        return len(self.values) + len(self.messages)

    def only(self, keys: Container[str], ids: Container[str]) -> Parcel:
        """Return the values under these keys, and the messages with these ids."""
        values = {key: value for key, value in self.values.items() if key in keys}
        return Parcel(values, [m for m in self.messages if m["id"] in ids], self.addresses)

    def newest(self, count: int) -> Parcel:
        """Drop all but `count` flashes: messages first, then values, the oldest first (B7)."""
        dropped = len(self) - count
        values = list(self.values.items())[max(dropped - len(self.messages), 0) :]
        return Parcel(dict(values), self.messages[dropped:], self.addresses)


class Use(NamedTuple):
    """What was pending in a request, its own messages among it, and what it read and added."""

    pending: Parcel
    read: Parcel
    added: Parcel


@dataclass(slots=True)
class Trace:
    """What was pending at each step of a commit, for an observer; without `before` none wrote.

    `young` is what of `stored` was not too old. `before` is what the handler left of `loaded`, if
    it changed the session; `after` is what the delta made of that, None if the session had ended;
    `left` is what had room, if not all had.
    """

    stored: Parcel | None = None
    young: Parcel | None = None
    loaded: Parcel | None = None
    before: Parcel | None = None
    after: Parcel | None = None
    left: Parcel | None = None


def flashed_at(message: Message) -> str:
    """Return what sorts messages by the time they were flashed; equal ones keep their order."""
    return str(message["id"][:13])


def dedup_key(message: Message) -> tuple[Any, ...]:
    """Return what two messages have in common that look the same to a reader."""
    return message["c"], message["m"], bool(message.get("html")), repr(message.get("data"))


def without_duplicates(
    messages: Iterable[Message], earlier: Iterable[Message] = ()
) -> list[Message]:
    """Leave out each message marked `once` that comes after one that looks the same."""
    seen, left = set(map(dedup_key, earlier)), []
    for message in messages:
        key = dedup_key(message)
        if not (message.get("once") and key in seen):
            left.append(message)
        seen.add(key)
    return left


def _is_message(stored: Any) -> bool:
    return (
        isinstance(stored, dict)
        and isinstance(stored.get("id"), str)
        and isinstance(stored.get("m"), str)
        and isinstance(stored.get("c"), str)
        and isinstance(stored.get("data", {}), dict)
    )


def same(one: Any, other: Any) -> bool:
    """Tell whether two values are the same JSON: `1`, `1.0` and `True` differ, NaN equals NaN."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other) or (one != one and other != other)


@dataclass(slots=True)
class Delta:
    """What a response changes in what is pending: consumed, added, cleared.

    `consumed` holds the values as they were seen, `shown` the ids of messages. `is_private`: the
    response holds something of this user's, so no shared cache may keep it (B5).
    """

    consumed: Mapping[str, Any] = field(default_factory=dict)
    shown: Set[str] = frozenset()
    values: Mapping[str, Any] = field(default_factory=dict)
    messages: list[Message] = field(default_factory=list)
    kept: Set[str] = frozenset()
    clear_values: bool = False
    clear_messages: bool = False
    max_messages: int = 50
    is_private: bool = False
    address: Address | None = None
    addresses: Mapping[str, Address] | None = None

    @classmethod
    def between(cls, before: Parcel, after: Parcel) -> Delta:
        """Return the delta that makes `after` of `before`."""
        ids = {message["id"] for message in before.messages}
        left = {message["id"] for message in after.messages}
        return cls(
            consumed={key: before.values[key] for key in before.values.keys() - after.values},
            shown=ids - left,
            values={
                k: v for k, v in after.values.items() if not same(v, before.values.get(k, ...))
            },
            messages=[message for message in after.messages if message["id"] not in ids],
            max_messages=sys.maxsize,
            addresses=after.addresses,
        )

    def __bool__(self) -> bool:
        clears = self.clear_values or self.clear_messages
        return bool(self.values or self.messages or self.consumed or self.shown or clears)

    @property
    def adds(self) -> bool:
        """Whether later requests get something from this one."""
        return bool(self.values or self.messages)

    def apply(self, pending: Parcel) -> Parcel:
        """Return what is pending afterwards. To apply a delta twice changes nothing more."""
        values = {k: v for k, v in pending.values.items() if not self._drops(k, v)}
        after = Parcel({**values, **self.values}, self.messages_after(pending.messages))
        if after.values and (pending.addresses or self.address or self.addresses):
            known = pending.addresses or {}
            left = {key: known[key] for key in values if key in known}
            after.addresses = {**left, **self._addresses()}
        return after

    def _addresses(self) -> dict[str, Address]:
        """Return the addresses of the values that are added."""
        if self.address is not None:
            return dict.fromkeys(self.values, self.address)
        known = self.addresses or {}
        return {key: known[key] for key in self.values if key in known}

    def touches(self, key: str, *, passed_over: bool = False) -> bool:
        """Tell whether the delta consumes, overwrites or clears the value that was seen.

        One that was passed over was not, so only clearing everything touches it.
        """
        if passed_over:
            return self.clear_values
        return key in self.values or key in self.consumed or self._clears(key)

    def _drops(self, key: Any, value: Any) -> bool:
        """Tell whether a pending value goes; one that was set anew meanwhile was not seen."""
        if isinstance(key, Aside):
            return self.touches(key.key, passed_over=key.passed_over)
        if key in self.values or self._clears(key):
            return True
        return key in self.consumed and same(value, self.consumed[key])

    def _clears(self, key: str) -> bool:
        return self.clear_values and key not in self.kept

    def messages_after(self, pending: list[Message]) -> list[Message]:
        """Return the messages that are pending afterwards, of those that were before."""
        left = [] if self.clear_messages else [m for m in pending if m["id"] not in self.shown]
        added, address = self.messages, self.address
        if address is not None and address.source:
            added = [{**message, "a": [*address]} for message in added]
        if not left:
            left = [*added]
        elif added:
            ids = {message["id"] for message in left}
            added = [message for message in added if message["id"] not in ids]
            # What is addressed may be for another tab; reading tells whether it is a duplicate.
            left += without_duplicates(added, [m for m in left if "a" not in m])
        if (excess := len(left) - self.max_messages) > 0:
            logger.warning(
                "more than max_messages=%d flash messages are pending: the oldest %d dropped",
                self.max_messages,
                excess,
            )
            del left[:excess]
        return left
