"""The life of a flash: what one request leaves for a later one. Pure, nothing of aiohttp here.

Values (by key, for the next page) and messages (a queue, for a person) share one bag.
*Incoming* is what arrived with a request, *outgoing* what the request adds for later ones.
When the answer is known the bag *settles*: a `Change` says what is used up and what is sent.
Those of the project's numbered rules that are kept here, the others where they are kept:

B2  A failed answer (status 500 and above) changes nothing: what was read waits on, what was
    added is dropped.
B3  HEAD and preloads are seen by nobody: their bag is `hidden`, looking finds nothing.
B6  Once settled, a bag hands out nothing new, and nothing can be added to it.
V1  A value set in a request is read from the next one on; `now` is for the request itself.
V2  `get` uses up the value it returns (in an answer other than 304), no other key's.
V3  What nobody read is used up by the first page view.
V4  `keep` leaves incoming values waiting; an outgoing value of the same key wins.
M1  A message waits from the moment it is flashed until an answer shows it.
M2  `take` hands out each message once; an answer that shows nothing puts it back.
M3  Messages keep their order. M4: at most `max_messages` wait, the oldest is dropped.
M5  `len()`, `bool()`, `repr()` and the `peek` methods use nothing up.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from .copies import Copier, copy_through_json, key_name
from .intake import Intake, Room
from .keys import Key
from .parcel import Change, Message, Parcel, joined, logger
from .queue import MessageQueue, copy_of
from .shelf import ValueShelf

_NOTHING = Parcel()

__all__ = ["Change", "Flashbag", "Message", "Parcel"]


class Flashbag:
    """One request's flashes: `parcels` came with it, oldest first.

    `hidden`: the request must not see them (B3). `copier` turns a value into what a later
    request will read, or raises; `room` limits how large it may be. `max_messages`: M4.
    """

    settled = False
    found = False  # something was handed out, by a peek too
    took = False  # messages were handed out, to be shown
    missed = False  # it looked, something was waiting, and it was not told (B3)
    _warned = False

    def __init__(
        self,
        parcels: Iterable[Parcel] = (),
        *,
        hidden: bool = False,
        copier: Copier = copy_through_json,
        room: Room | None = None,
        max_messages: int = 50,
    ) -> None:
        came = joined(parcels)
        self.came = bool(came)
        self._came = (_NOTHING, came) if hidden else (came, _NOTHING)
        self._intake = Intake(copier, room)
        self._max_messages = max_messages
        self._begin(*self._came)

    def _begin(self, incoming: Parcel, hidden: Parcel, *, cleared: bool = False) -> None:
        self._values, self._queue = ValueShelf(incoming.values), MessageQueue(incoming.messages)
        self._hidden = hidden
        self._cleared = cleared

    def get(self, key: Key, default: Any = None) -> Any:
        """The value waiting under `key`, used up by that (V2); again: the same object."""
        return self._values.get(name) if self._sees(name := key_name(key)) else default

    def peek(self, key: Key, default: Any = None) -> Any:
        """A copy of what `get` would return; it waits on (M5)."""
        return self._values.peek(name) if self._sees(name := key_name(key)) else default

    def set(self, key: Key, value: Any) -> None:
        """Send a copy of `value` on; TypeError if it cannot be stored."""
        key = self._open(key)
        self._values.outgoing[key] = self._intake.value(key, value)

    def append(self, key: Key, value: Any) -> None:
        """Add a copy of `value` to the list sent under `key`; ValueError if that is no list."""
        items = self._values.with_appended(key := self._open(key), self._intake.value(key, value))
        self._values.outgoing[key] = self._intake.fitting(key, items)

    def replace_all(self, values: Mapping[Any, Any]) -> None:
        """Send copies of exactly these values, and none that waits; ValueError if no mapping."""
        if not isinstance(values, Mapping):
            given = f"{values!r:.80} of type {type(values).__name__}"
            raise ValueError(f"flashbag_replace_all() takes a mapping of values, not {given}")
        self._open()
        named = {key_name(key): values[key] for key in values}
        self._values.replace({key: self._intake.value(key, named[key]) for key in named})

    def now(self, key: Key, value: Any) -> None:
        """Let this request, and no later one, read a copy of `value` (V1)."""
        self._values.put_now(key := key_name(key), self._intake.copy(key, value))

    def keep(self, *keys: Key) -> None:
        """Leave incoming values waiting (V4): those named, or all."""
        self._open()
        self._values.kept.update(map(key_name, keys) if keys else self._values.incoming)

    def clear(self) -> None:
        """Drop everything: what came, what is for now, what was to be sent."""
        self._open()
        self._begin(_NOTHING, _NOTHING, cleared=True)

    def add(self, text: str, category: str, *, data: Mapping[str, Any], **marks: bool) -> None:
        """Put a message last in the queue (M1, M3). Marks: `html` and `once`, see `Message`."""
        self._open()
        self._queue.add(self._intake.message(text, category, data, marks))

    def take(self, categories: Collection[str] | None = None) -> list[Message]:
        """The messages waiting in `categories` (None: all), oldest first, each once (M2)."""
        messages = self._look(categories)
        self._queue.hand_out(messages)
        self.took = self.took or bool(messages)
        return list(map(copy_of, messages))

    def peek_messages(self, categories: Collection[str] | None = None) -> list[Message]:
        """What `take` would hand out; it waits on (M5)."""
        return list(map(copy_of, self._look(categories)))

    def __len__(self) -> int:
        """How many values and messages this request can read."""
        self.missed = self.missed or bool(self._hidden)
        return len(self._values.readable()) + len(self._queue.look(None))

    def __bool__(self) -> bool:
        return len(self) > 0

    def __contains__(self, key: Key) -> bool:
        key = key_name(key)
        self.missed = self.missed or key in self._hidden.values
        return key in self._values.readable()

    def __repr__(self) -> str:
        state = "settled" if self.settled else "hidden" if self._hidden else "open"
        incoming, outgoing = sorted(self._values.incoming), sorted(self._values.outgoing)
        messages = len(self._queue.look(None))
        return f"<Flashbag {state} {incoming=} {outgoing=} {messages=}>"

    def fail(self) -> None:
        """Forget what this request did, for its action failed (B2); what came can be read anew."""
        self._begin(*self._came)

    def settle(self, status: int, *, shows: bool, page_view: bool) -> Change:
        """Close the bag. `shows`: a person sees what the answer holds (M2). `page_view`: V3."""
        self.settled = True
        if status >= 500:
            return Change(max_messages=self._max_messages)
        shown, messages = self._queue.used_up(shows=shows)
        return Change(
            used=self._values.used_up(page_view=page_view) if status != 304 else {},
            shown=shown,
            values=self._values.outgoing,
            kept=set() if self._cleared else self._values.kept,
            messages=messages,
            clear_values=self._cleared or self._values.replaced,
            clear_messages=self._cleared,
            max_messages=self._max_messages,
        )

    def _sees(self, key: str) -> bool:
        if key in self._values.got or key in self._values.now:
            return True
        if key in self._hidden.values:
            self.missed = True
        return key in self._values.incoming and self._hands_out()

    def _look(self, categories: Collection[str] | None) -> list[Message]:
        if MessageQueue(self._hidden.messages).look(categories):
            self.missed = True
        messages = self._queue.look(categories)
        return messages if messages and self._hands_out() else []

    def _hands_out(self) -> bool:
        if not self.settled:
            self.found = True
        elif not self._warned:
            self._warned = True
            logger.warning(
                "the flashbag was read after the answer began: nothing is handed out, what waits "
                "keeps waiting; read it before prepare() or the websocket handshake"
            )
        return not self.settled

    def _open(self, key: Key = "") -> str:
        if self.settled:
            raise RuntimeError(
                "nothing can be added to the flashbag any more, the answer has begun: add before "
                "prepare(), before the websocket handshake and before the handler returns"
            )
        return key_name(key)
