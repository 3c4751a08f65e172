"""The life of a flash, from one request to a later one. No HTTP, no storage, no tabs.

A bag holds the values (by key, for code) and messages (for a person) of one request. *Incoming*
flashes arrived with the request, *outgoing* flashes are added by it. `delta` returns the changes
that a response makes. This module implements these of the numbered rules:

B2  A failed handler changes nothing. The incoming flashes can be read again.
B3  The bag of an unseen request hides its flashes: reading finds and consumes nothing.
B6  Once the response is committed, a bag returns nothing new, and adding raises an error.
V1  A value can be read from the next request on. `now` is for the request itself.
V2  `get` consumes all pending values of its key, and none of other keys.
V3  The first page view consumes unread values.
V4  `keep` leaves incoming values pending. An outgoing value of the same key wins.
M1  A message is pending from the moment it is flashed until a response shows it.
M2  `get_flashed_messages` returns the pending messages, and the same ones if it is called again. A
    response that can show messages consumes the returned ones.
M3  Messages keep their order.
M5  `len()`, `bool()`, `repr()` and the `peek` methods consume nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from typing import Any, NamedTuple

from .copies import Copies, clean_copy, readable
from .flash import Delta, Flash, Reason, by_id, ids, new_id
from .keys import Key, key_name
from .log import logger
from .message import FlashedMessage, content_of

_CLOSED = (
    "Nothing can be added to the flashbag after the response has begun. Add it before prepare(), "
    "before the websocket handshake, and before the headers are sent."
)
_MISSING: Any = object()


class Usage(NamedTuple):
    """The flashes that a request read and added."""

    read: AbstractSet[str] = frozenset()
    """The ids of returned values and messages."""
    added: Sequence[Flash] = ()
    failed: Sequence[Flash] = ()
    """Flashes that were added before the handler failed."""
    values: Mapping[str, Any] = {}
    """The values that `get` returned, by key."""


class Flashbag:
    """The flashes of one request: incoming ones arrived with it, outgoing ones are added by it.

    `incoming` is sorted, oldest first. With `hidden`, the request cannot read it (B3). Ids of new
    flashes are greater than `newest_id`. `copies` copies values and messages. `fits(key, content)`
    returns whether a flash is small enough to travel.
    """

    is_closed = False
    was_read = False
    """Whether the request read anything that was pending, even by a peek (B5)."""
    was_missed = False
    """Whether the request asked for a hidden flash (B3)."""
    _has_warned = _has_failed = False

    def __init__(
        self,
        incoming: Sequence[Flash] = (),
        *,
        hidden: bool = False,
        newest_id: str = "",
        copies: Copies | None = None,
        max_messages: int = 50,
        fits: Callable[[str | None, Any], bool] | None = None,
    ) -> None:
        self._arrived, self._is_hiding = incoming, hidden
        self._newest_id = newest_id or (incoming[-1].id if incoming else "")
        self._copies = copies or Copies()
        self._max_messages = max_messages
        self._fits = fits
        self._earlier = Usage()  # of earlier runs of the handler
        self._reset()

    def _reset(self) -> None:
        self._incoming: Sequence[Flash] = () if self._is_hiding else self._arrived
        self._hidden: Sequence[Flash] = self._arrived if self._is_hiding else ()
        # The newest value of each key.
        self._incoming_values = {f.key: f for f in self._incoming if f.key is not None}
        self._now: dict[str, Any] = {}
        self._got: dict[str, Any] = {}  # the objects that `get` returned
        self._consumed: set[str] = set()  # keys
        self._kept: set[str] = set()  # keys
        self._overwritten: set[str] = set()  # keys
        self._returned: set[str] = set()  # ids of messages
        self._outgoing_values: dict[str, Flash] = {}
        self._outgoing_messages: list[Flash] = []
        self._looks: set[Any] | None = None  # of pending messages, once allow_duplicate=False
        self._is_cleared = False

    def get(self, key: Key, default: Any = None) -> Any:
        """Return the value under `key` and consume it (V2). Returns the same object each time."""
        name = key_name(key)
        if name not in self._got:
            if (value := self._look_up(name)) is _MISSING:
                return default
            self._got[name] = value
        if name not in self._now:
            self._consumed.add(name)
        return self._got[name]

    def peek(self, key: Key, default: Any = None) -> Any:
        """Return a copy of the value that `get` would return, and consume nothing (M5)."""
        name = key_name(key)
        value = clean_copy(self._got[name]) if name in self._got else self._look_up(name)
        return default if value is _MISSING else value

    def set(self, key: Key, value: Any) -> None:
        """Send a copy of `value` to the next request. Raises TypeError if it cannot be stored."""
        self._check_open()
        self._put(*self._named_copy(key, value))

    def append(self, key: Key, value: Any) -> None:
        """Add a copy of `value` to the list that this request sends under `key`.

        Raises ValueError if the key holds something other than a list.
        """
        self._check_open()
        name, item = self._named_copy(key, value)
        if name not in self._outgoing_values:
            self._put(name, [])
        items = self._outgoing_values[name].content
        if not isinstance(items, list):
            raise ValueError(
                f"Cannot append to flashbag value {name!r}: this request set it to a value of type "
                f"{type(items).__name__}. Set it to a list first."
            )
        items.append(item)

    def replace_all(self, values: Mapping[Any, Any]) -> None:
        """Replace all values that this request can see by copies of these.

        Raises ValueError if `values` is not a mapping.
        """
        if not isinstance(values, Mapping):
            given = f"{values!r:.80} of type {type(values).__name__}"
            raise ValueError(f"flashbag_replace_all() needs a mapping of values, not {given}.")
        self._check_open()
        copies = dict(self._named_copy(key, values[key]) for key in values)
        self._outgoing_values.clear()
        self._kept.clear()
        self._overwritten.update(self._incoming_values)
        for name, copy in copies.items():
            self._put(name, copy)

    def now(self, key: Key, value: Any) -> None:
        """Let this request, and no later one, read a copy of `value` (V1)."""
        name, copy = self._named_copy(key, value)
        self._now[name] = copy
        self._got.pop(name, None)

    def keep(self, *keys: Key) -> None:
        """Leave the incoming values under `keys` pending, or all of them without `keys` (V4)."""
        self._check_open()
        names = set(map(key_name, keys)) if keys else set(self._incoming_values)
        self._kept |= names
        self._overwritten -= names - self._outgoing_values.keys()

    def clear(self) -> None:
        """Drop everything: incoming flashes, outgoing flashes, and the values of `now`."""
        self._check_open()
        self._reset()
        self._incoming = self._hidden = ()
        self._incoming_values = {}
        self._is_cleared = True

    def flash(
        self,
        message: object,
        category: str = "success",
        *,
        allow_duplicate: bool = True,
        **data: Any,
    ) -> None:
        """Add a message for the user (M1): see `aiohttp_flashbag.flash`."""
        self._check_open()
        once = not allow_duplicate
        content = content_of(message, category, data, copies=self._copies, once=once)
        flash = self._new_flash(None, content)
        if not allow_duplicate:
            if self._looks is None:
                self._looks = {pending.look for pending in self._pending_messages()}
            if flash.look in self._looks:
                return
        if self._looks is not None:
            self._looks.add(flash.look)
        self._outgoing_messages.append(flash)

    def get_flashed_messages(
        self, *, category_filter: str | Iterable[str] = ()
    ) -> list[FlashedMessage]:
        """Return the pending messages, oldest first (M2): see the function of the same name."""
        found = self._visible(category_filter)
        self._returned.update(ids(found))
        return list(map(FlashedMessage.from_flash, found))

    def mark_shown(self, flash_ids: Iterable[str], others: Iterable[Flash] = ()) -> None:
        """Count the messages with these ids as shown, also messages of other tabs."""
        self._incoming = sorted([*self._incoming, *(f for f in others if f.is_message)], key=by_id)
        self._returned.update(flash_ids)

    def peek_flashed_messages(
        self, *, category_filter: str | Iterable[str] = ()
    ) -> list[FlashedMessage]:
        """Return the messages that `get_flashed_messages` would, and consume nothing (M5)."""
        return list(map(FlashedMessage.from_flash, self._visible(category_filter)))

    def __len__(self) -> int:
        """Return how many values and messages this request can read."""
        self.was_missed = self.was_missed or bool(self._hidden)
        return len({**self._incoming_values, **self._now}) + len(self._distinct_messages())

    def __contains__(self, key: Key) -> bool:
        name = key_name(key)
        self.was_missed = self.was_missed or self._is_hidden(name)
        self.was_read = self.was_read or name in self._incoming_values
        return name in self._incoming_values or name in self._now

    def __repr__(self) -> str:
        state = "closed" if self.is_closed else "hidden" if self._hidden else "open"
        incoming, outgoing = sorted(self._incoming_values), sorted(self._outgoing_values)
        messages = len(self._distinct_messages())
        return f"<Flashbag {state} {incoming=} {outgoing=} {messages=}>"

    def fits(self, key: Key, value: Any) -> bool:
        """Return whether a value under this key is small enough to travel."""
        return self._fits is None or self._fits(key_name(key), value)

    @property
    def has_outgoing(self) -> bool:
        """Whether the request adds a flash."""
        return bool(self._outgoing_values or self._outgoing_messages)

    def delta(self, consumes: bool, shows: bool, page_view: bool, for_script: bytes = b"") -> Delta:
        """Return the changes that a response makes. Does not change the bag.

        `consumes`: the response consumes values that were read (V2). `shows`: a person sees its
        text (M2). `page_view`: it also consumes unread values (V3). `for_script`: HTML that leaves
        the messages pending whose ids it contains (S4).
        """
        shown = self._shown() if shows else frozenset()
        shown = {flash_id for flash_id in shown if flash_id.encode() not in for_script}
        ends = self._values_to_remove(consumes=consumes, page_view=page_view)
        return Delta(
            gone=ends.keys() | shown,
            added=[flash for flash in self._outgoing() if flash.id not in shown],
            clears=self._is_cleared,
            dropped={flash_id: reason for flash_id, reason in ends.items() if reason is not None},
            max_messages=self._max_messages,
        )

    def usage(self) -> Usage:
        """Return the flashes that the request has read and added so far."""
        values = {flash.id for flash in self._incoming if flash.key in self._consumed}
        read = values | self._returned | self._earlier.read
        return Usage(read, self._outgoing(), self._earlier.failed, dict(self._got))

    def pending(self) -> list[Flash]:
        """Return the flashes that this request can read, and consume nothing."""
        return sorted([*self._incoming_values.values(), *self._distinct_messages()], key=by_id)

    def fail(self) -> None:
        """Undo the reads and changes of a handler that failed (B2)."""
        if not self.is_closed:
            self.restart()
            self._has_failed = True

    def restart(self) -> None:
        """Undo the reads and changes of a handler that will be called again."""
        read, added, failed, _ = self.usage()
        self._earlier = Usage(read - ids(added), failed=[*failed, *added])
        self._has_failed = False
        self._reset()

    def close(self) -> None:
        """Let the request read nothing new and add nothing from now on (B6)."""
        self.is_closed = True

    def _named_copy(self, key: Key, value: Any) -> tuple[str, Any]:
        name = key_name(key)
        return name, self._copies.copy(f"Flashbag value {name!r}", value)

    def _put(self, name: str, content: Any) -> None:
        self._overwritten.add(name)
        self._outgoing_values[name] = self._new_flash(name, content)

    def _new_flash(self, key: str | None, content: Any) -> Flash:
        self._newest_id = new_id(self._newest_id)
        return Flash(self._newest_id, key, content)

    def _outgoing(self) -> list[Flash]:
        """Return the outgoing flashes in order. Lists are copied, because `append` changes them."""
        values = [
            replace(flash, content=[*flash.content]) if isinstance(flash.content, list) else flash
            for flash in self._outgoing_values.values()
        ]
        return sorted([*values, *self._outgoing_messages], key=by_id)

    def _values_to_remove(self, *, consumes: bool, page_view: bool) -> dict[str, Reason | None]:
        """Return the ids of the incoming values to remove, with the reason for unread ones."""
        ends: dict[str, Reason | None] = {}
        for flash in self._incoming:
            if flash.key is None:
                continue
            is_kept = flash.key in self._kept
            if consumes and flash.key in self._consumed and not is_kept:
                ends[flash.id] = None
            elif flash.key in self._overwritten:
                ends[flash.id] = "cleared"
            elif consumes and page_view and not self._has_failed and not is_kept:
                ends[flash.id] = "unread"
        return ends

    def _shown(self) -> AbstractSet[str]:
        """Return the ids of the returned messages and of their skipped duplicates."""
        messages = self._pending_messages()
        once = [flash for flash in messages if flash.content.get("once")]
        looks = {flash.look for flash in messages if flash.id in self._returned} if once else set()
        return self._returned | {flash.id for flash in once if flash.look in looks}

    def _look_up(self, name: str) -> Any:
        """Return a copy of the value under `name`, or `_MISSING`."""
        if name in self._now:
            return clean_copy(self._now[name])
        if self._is_hidden(name):
            self.was_missed = True
        if name not in self._incoming_values or not self._note_read():
            return _MISSING
        return readable(f"Flashbag value {name!r}", self._incoming_values[name].content, _MISSING)

    def _is_hidden(self, name: str) -> bool:
        return any(flash.key == name for flash in self._hidden)

    def _pending_messages(self) -> list[Flash]:
        return [*(flash for flash in self._incoming if flash.is_message), *self._outgoing_messages]

    def _distinct_messages(self, categories: AbstractSet[str] = frozenset()) -> list[Flash]:
        """Return the pending messages of these categories, or all, without duplicates."""
        messages = list(_of_categories(self._pending_messages(), categories))
        if not any(flash.content.get("once") for flash in messages):
            return messages
        seen: set[Any] = set()
        distinct: list[Flash] = []
        for flash in messages:
            if not flash.content.get("once") or flash.look not in seen:
                distinct.append(flash)
            seen.add(flash.look)
        return distinct

    def _visible(self, category_filter: str | Iterable[str] | None) -> list[Flash]:
        """Return the messages that this request can read now. An empty filter means all."""
        wanted = [category_filter] if isinstance(category_filter, str) else category_filter
        categories = frozenset(wanted or ())
        hidden = (flash for flash in self._hidden if flash.is_message)
        if any(_of_categories(hidden, categories)):
            self.was_missed = True
        found = self._distinct_messages(categories)
        returned = [flash for flash in found if flash.id in self._returned]
        return found if len(returned) == len(found) or self._note_read() else returned

    def _note_read(self) -> bool:
        """Note that pending flashes are read. Returns whether that is allowed: not if closed."""
        if not self.is_closed:
            self.was_read = True
        elif not self._has_warned:
            self._has_warned = True
            logger.warning(
                "The flashbag was read after the response began. It returns nothing new, and "
                "pending flashes stay pending. Read it before prepare() or the websocket handshake."
            )
        return not self.is_closed

    def _check_open(self) -> None:
        if self.is_closed:
            raise RuntimeError(_CLOSED)


def _of_categories(messages: Iterable[Flash], categories: AbstractSet[str]) -> Iterable[Flash]:
    return (f for f in messages if not categories or f.content["c"] in categories)
