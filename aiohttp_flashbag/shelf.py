"""The values of one request: those that came, those for now, those it sends on."""

from __future__ import annotations

from copy import deepcopy
from typing import Any


class ValueShelf:
    """Values by key. What is taken off it is a copy, so that what waits on stays as it came."""

    __slots__ = ("got", "incoming", "kept", "now", "outgoing", "replaced", "used")

    def __init__(self, incoming: dict[str, Any]) -> None:
        self.incoming = incoming
        self.now: dict[str, Any] = {}
        self.got: dict[str, Any] = {}
        self.used: set[str] = set()
        self.kept: set[str] = set()
        self.outgoing: dict[str, Any] = {}
        self.replaced = False

    def readable(self) -> dict[str, Any]:
        """What the request can read: what came, and over it what it set for now."""
        return {**self.incoming, **self.now}

    def peek(self, key: str) -> Any:
        """A copy of what `get` would return."""
        if key in self.got:
            return deepcopy(self.got[key])
        return deepcopy(self.now[key] if key in self.now else self.incoming[key])

    def get(self, key: str) -> Any:
        """The value under `key`, used up by that unless it was set for now; again: the same."""
        if key not in self.got:
            self.got[key] = self.peek(key)
            if key not in self.now:
                self.used.add(key)
        return self.got[key]

    def put_now(self, key: str, value: Any) -> None:
        """Let the request itself read `value`."""
        self.now[key] = value
        self.got.pop(key, None)

    def with_appended(self, key: str, item: Any) -> list[Any]:
        """The list that is sent, and `item` at its end; ValueError if what was set is no list."""
        items = self.outgoing.get(key, [])
        if not isinstance(items, list):
            raise ValueError(
                f"cannot append to flashbag value {key!r}: this request set it to a "
                f"{type(items).__name__}, and only a list can be appended to"
            )
        return [*items, item]

    def replace(self, values: dict[str, Any]) -> None:
        """Send exactly these."""
        self.outgoing = values
        self.kept.clear()
        self.replaced = True

    def used_up(self, *, page_view: bool) -> dict[str, Any]:
        """What goes with the answer: what was got, in a page view all, save what is kept."""
        if not self.incoming:
            return {}
        used = self.incoming.keys() if page_view else self.used & self.incoming.keys()
        return {key: self.incoming[key] for key in used - self.kept}
