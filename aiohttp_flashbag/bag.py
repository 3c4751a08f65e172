"""The life of a flash: what one request leaves for a later one. Pure, nothing of aiohttp here.

Values (by key, for the next page) and messages (for a person to read) share one bag. *Incoming*
flashes arrived with a request, *outgoing* ones are added by it for later requests. `delta` tells
what a response changes in what is pending. These of the project's numbered rules are kept here:

B2  A failed response (status 500 and above) changes nothing: what was read stays pending, what was
    added is dropped.
B3  The bag of HEAD and of preloads is hidden: reading finds nothing, and consumes nothing. A
    response whose client is gone consumes nothing either.
B6  Once the response is committed, a bag shows nothing new, and nothing can be added to it.
V1  A value set in a request can be read from the next one on; `now` is for the request itself.
V2  `get` consumes the value it returns (in a response other than 304), no other key's.
V3  What nobody read is consumed by the first page view.
V4  `keep` leaves incoming values pending; an outgoing value of the same key wins.
M1  A message is pending from the moment it is flashed until a response shows it.
M2  `get_flashed_messages` returns what is pending, again and again in one request. A response that
    can show messages consumes what was returned.
M3  Messages keep their order. M4: at most `max_messages` are pending, the oldest is dropped.
M5  `len()`, `bool()`, `repr()` and the `peek` methods consume nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from typing import Any

from .codec import Codec, clean_copy, logger, readable
from .keys import Key, key_name
from .message import FlashedMessage
from .parcel import Delta, Message, Parcel, Use, dedup_key, flashed_at, without_duplicates

_PLAIN = Codec()
_EMPTY = Parcel()  # nobody changes it
_CLOSED = (
    "nothing can be added to the flashbag any more, the response has begun: add before prepare(), "
    "before the websocket handshake and before the headers go out"
)
_MISSING: Any = object()
_NO_TEXT = (bytes, bytearray, memoryview, tuple, list, AbstractSet, Mapping)


class Flashbag:
    """The flashes of one request: what arrived with it, and what it adds for later ones.

    `hidden` keeps `incoming` from the request (B3). `codec` copies what is given, and limits its
    size.
    """

    _closed = _warned = _failed = False
    _is_private = False  # something was returned, by a peek too, or added (B5)
    _was_missed = False  # something hidden was asked for (B3)

    def __init__(
        self,
        incoming: Parcel | None = None,
        *,
        hidden: bool = False,
        codec: Codec = _PLAIN,
        max_messages: int = 50,
    ) -> None:
        self._something_pends = incoming is not None  # which may be for another tab (T1)
        if incoming is None:
            incoming = _EMPTY
        elif len(incoming.messages) > 1:  # overlapping requests can both have stored a message
            unique = {message["id"]: message for message in incoming.messages}
            incoming.messages = sorted(unique.values(), key=flashed_at)
        self._arrived = (_EMPTY, incoming) if hidden else (incoming, _EMPTY)
        self._codec = codec
        self._max_messages = max_messages
        self._start()

    def _start(self) -> None:
        self._incoming, self._hidden = self._arrived
        self._now: dict[str, Any] = {}
        self._got: dict[str, Any] = {}  # copies of the values that were returned
        self._consumed: set[str] = set()
        self._kept: set[str] = set()
        self._returned: set[str] = set()  # the ids of messages
        self._values: dict[str, Any] = {}  # to send
        self._messages: list[Message] = []  # to send
        self._dedup_keys: Any = None  # of pending messages, filled by allow_duplicate=False
        self._replaced = self._cleared = False

    def get(self, key: Key, default: Any = None) -> Any:
        """Return the value under `key` and consume it (V2); again, it returns the same object."""
        name = key_name(key)
        if name not in self._got:
            if (value := self._look_up(name)) is _MISSING:
                return default
            self._got[name] = value
        if name not in self._now:
            self._consumed.add(name)
        return self._got[name]

    def peek(self, key: Key, default: Any = None) -> Any:
        """Return a copy of what `get` would return, and consume nothing (M5)."""
        name = key_name(key)
        value = clean_copy(self._got[name]) if name in self._got else self._look_up(name)
        return default if value is _MISSING else value

    def set(self, key: Key, value: Any) -> None:
        """Send a copy of `value` to the next request.

        Raises TypeError if it cannot be stored, ValueError if it is too large to travel.
        """
        name = self._name_to_add(key)
        self._values[name] = self._codec.value(name, value)
        self._is_private = True

    def append(self, key: Key, value: Any) -> None:
        """Add a copy of `value` to the list that this request sends under `key`.

        Raises ValueError if the key holds something other than a list.
        """
        name = self._name_to_add(key)
        items = self._values.get(name, [])
        if not isinstance(items, list):
            raise ValueError(
                f"cannot append to flashbag value {name!r}: this request set it to a "
                f"{type(items).__name__}, and only a list can be appended to"
            )
        item = self._codec.value(name, value)
        if self._codec.limit is not None:
            self._codec.fitting(name, [*items, item])
        self._values.setdefault(name, items).append(item)
        self._is_private = True

    def replace_all(self, values: Mapping[Any, Any]) -> None:
        """Let the next request see copies of exactly these values, and none that is pending.

        Raises ValueError if `values` is not a mapping.
        """
        if not isinstance(values, Mapping):
            given = f"{values!r:.80} of type {type(values).__name__}"
            raise ValueError(f"flashbag_replace_all() takes a mapping of values, not {given}")
        if self._closed:
            raise RuntimeError(_CLOSED)
        named = {key_name(key): values[key] for key in values}
        self._values = {name: self._codec.value(name, named[name]) for name in named}
        self._kept.clear()
        self._replaced = True
        self._is_private = self._is_private or bool(named) or self._something_pends

    def now(self, key: Key, value: Any) -> None:
        """Let this request, and no later one, read a copy of `value` (V1)."""
        name = key_name(key)
        self._now[name] = self._codec.copy(f"flashbag value {name!r}", value)
        self._got.pop(name, None)

    def keep(self, *keys: Key) -> None:
        """Leave incoming values pending (V4): those named, or all."""
        if self._closed:
            raise RuntimeError(_CLOSED)
        self._kept.update(map(key_name, keys) if keys else self._incoming.values)

    def clear(self) -> None:
        """Drop everything: what arrived, what is for now, what was to be sent."""
        if self._closed:
            raise RuntimeError(_CLOSED)
        self._start()
        self._incoming = self._hidden = _EMPTY
        self._cleared = True
        self._is_private = self._is_private or self._something_pends

    def flash(
        self,
        message: object,
        category: str = "success",
        *,
        allow_duplicate: bool = True,
        **data: Any,
    ) -> None:
        """Add a message for the user to read (M1): see `aiohttp_flashbag.flash`."""
        if self._closed:
            raise RuntimeError(_CLOSED)
        text, is_markup = _text_of(message)
        if not isinstance(category, str):
            raise TypeError(f"the category of a flash message is a str, not {category!r}")
        stored = self._codec.message(text, category, data, html=is_markup, once=not allow_duplicate)
        if not allow_duplicate:
            if self._dedup_keys is None:
                self._dedup_keys = set(map(dedup_key, self._pending_messages()))
            if dedup_key(stored) in self._dedup_keys:
                return
        if self._dedup_keys is not None:
            self._dedup_keys.add(dedup_key(stored))
        self._messages.append(stored)
        self._is_private = True

    def get_flashed_messages(
        self, *, category_filter: str | Iterable[str] = ()
    ) -> list[FlashedMessage]:
        """Return the pending messages, oldest first (M2): see the function of this name."""
        found = self._visible(category_filter)
        self._returned.update([message["id"] for message in found])
        return list(map(FlashedMessage.from_stored, found))

    def peek_flashed_messages(
        self, *, category_filter: str | Iterable[str] = ()
    ) -> list[FlashedMessage]:
        """Return what `get_flashed_messages` would return, and consume nothing (M5)."""
        return list(map(FlashedMessage.from_stored, self._visible(category_filter)))

    def __len__(self) -> int:
        """Return how many values and messages this request can read."""
        self._was_missed = self._was_missed or bool(self._hidden)
        return len({**self._incoming.values, **self._now}) + len(self._without_duplicates(None))

    def __contains__(self, key: Key) -> bool:
        name = key_name(key)
        self._was_missed = self._was_missed or name in self._hidden.values
        self._is_private = self._is_private or name in self._incoming.values
        return name in self._incoming.values or name in self._now

    def __repr__(self) -> str:
        state = "closed" if self._closed else "hidden" if self._hidden else "open"
        incoming, outgoing = sorted(self._incoming.values), sorted(self._values)
        messages = len(self._without_duplicates(None))
        return f"<Flashbag {state} {incoming=} {outgoing=} {messages=}>"

    def delta(self, status: int, *, shows: bool, page_view: bool, is_seen: bool = True) -> Delta:
        """Tell what a response changes. Changes nothing itself, so it may be asked again.

        `shows`: a person sees the text of the response (M2). `page_view`: V3. `is_seen`: the
        client is still there (B3).
        """
        if status >= 500:
            return Delta(is_private=self._is_private)
        reads = status != 304 and is_seen and self._incoming.values
        consumed = self._values_consumed(page_view) if reads else {}
        shown = self._messages_shown() if shows and is_seen and self._returned else frozenset()
        added = self._messages
        return Delta(
            consumed=consumed,
            shown=shown,
            values=self._values and _copied(self._values),
            messages=[m for m in added if m["id"] not in shown] if shown else [*added],
            kept=frozenset() if self._cleared else frozenset(self._kept),
            clear_values=self._cleared or self._replaced,
            clear_messages=self._cleared,
            max_messages=self._max_messages,
            is_private=self._is_private or bool(consumed),
        )

    def _fail(self) -> None:
        """Forget what this request did: its handler failed (B2). What arrived can be read anew."""
        self._start()
        self._failed = True

    def _use(self) -> Use:
        """Return what this request found, read and added, for an observer."""
        pending = Parcel(self._incoming.values, self._pending_messages(), self._incoming.addresses)
        read = pending.only(self._consumed, self._returned)
        return Use(pending, read, Parcel(dict(self._values), [*self._messages]))

    def _values_consumed(self, page_view: bool) -> dict[str, Any]:
        values = self._incoming.values
        everything = page_view and not self._failed
        names = values.keys() if everything else self._consumed & values.keys()
        return {name: values[name] for name in names - self._kept}

    def _messages_shown(self) -> AbstractSet[str]:
        """Return the ids of the returned messages, and of the duplicates hidden behind them."""
        messages = self._pending_messages()
        once = [message for message in messages if message.get("once")]
        if not once:
            return frozenset(self._returned)
        keys = {dedup_key(message) for message in messages if message["id"] in self._returned}
        return self._returned | {m["id"] for m in once if dedup_key(m) in keys}

    def _look_up(self, name: str) -> Any:
        """Return a copy of the value under `name`, or `_MISSING`."""
        if name in self._now:
            return clean_copy(self._now[name])
        if name in self._hidden.values:
            self._was_missed = True
        if name not in self._incoming.values or not self._may_read():
            return _MISSING
        return readable(f"flashbag value {name!r}", self._incoming.values[name], _MISSING)

    def _pending_messages(self) -> list[Message]:
        return [*self._incoming.messages, *self._messages]

    def _without_duplicates(self, categories: AbstractSet[str] | None) -> list[Message]:
        """Return the pending messages of these categories, or of all."""
        messages = self._pending_messages()
        if categories is not None:
            messages = [message for message in messages if message["c"] in categories]
        return without_duplicates(messages) if len(messages) > 1 else messages

    def _visible(self, category_filter: str | Iterable[str] | None) -> list[Message]:
        """Return the messages that this request may read now; an empty filter means all."""
        wanted = [category_filter] if isinstance(category_filter, str) else category_filter
        categories = frozenset(wanted or ()) or None
        hidden = self._hidden.messages
        if hidden and any(categories is None or m["c"] in categories for m in hidden):
            self._was_missed = True
        found = self._without_duplicates(categories)
        returned = [message for message in found if message["id"] in self._returned]
        return found if len(returned) == len(found) or self._may_read() else returned

    def _may_read(self) -> bool:
        if not self._closed:
            self._is_private = True
        elif not self._warned:
            self._warned = True
            logger.warning(
                "the flashbag was read after the response began: it shows nothing new, and what is "
                "pending stays so; read it before prepare() or the websocket handshake"
            )
        return not self._closed

    def _name_to_add(self, key: Key) -> str:
        if self._closed:
            raise RuntimeError(_CLOSED)
        return key_name(key)


def _copied(values: Mapping[str, Any]) -> dict[str, Any]:
    """Copy the values that `append` may still change."""
    return {key: [*item] if isinstance(item, list) else item for key, item in values.items()}


def _text_of(message: object) -> tuple[str, bool]:
    """Return the text of what was flashed, and whether it is markup."""
    if hasattr(message, "__html__"):
        return str(message.__html__()), True
    if message is None or isinstance(message, _NO_TEXT):
        raise TypeError(
            f"a flash message is a text, not {message!r:.80} of type {type(message).__name__}: "
            f"write flash(request, text, category)"
        )
    return str.__str__(message) if isinstance(message, str) else str(message), False
