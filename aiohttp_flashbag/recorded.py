"""What a test gives to a flashbag, and what it finds of a request that had one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from .bag import Flashbag
from .forms import DATA_KEY, ERRORS_KEY, FlashedForm, flash_form
from .messages import FlashedMessage, flash
from .parcel import Parcel
from .queue import MessageQueue
from .values import flashbag_set
from .visit import Visit


@dataclass(frozen=True, slots=True)
class Flashes:
    """Values by key, messages in their order, and the form, which is not among the values."""

    values: dict[str, Any] = field(default_factory=dict)
    messages: list[FlashedMessage] = field(default_factory=list)
    form: FlashedForm = field(default_factory=lambda: FlashedForm.from_stored({}, {}))

    @classmethod
    def of(cls, *parcels: Parcel) -> Flashes:
        """What is in these, which follow each other: of two values of one key the later."""
        values = {key: value for parcel in parcels for key, value in parcel.values.items()}
        messages = [message for parcel in parcels for message in parcel.messages]
        form = FlashedForm.from_stored(values.pop(DATA_KEY, {}), values.pop(ERRORS_KEY, {}))
        return cls(values, list(map(FlashedMessage.from_stored, messages)), form)

    @property
    def texts(self) -> list[str]:
        """What a person reads: the texts of the messages."""
        return [message.message for message in self.messages]

    def __bool__(self) -> bool:
        return bool(self.values or self.messages or self.form)


@dataclass(frozen=True, slots=True)
class Answered:
    """A request that had a flashbag, and was answered."""

    request: str
    status: int
    visit: Visit

    @property
    def bag(self) -> Flashbag:
        """Its flashbag; an empty one if it needed none, or if it failed (B2)."""
        failed = self.status >= 500 and not self.visit.change
        return Flashbag() if failed or self.visit.bag is None else self.visit.bag

    def flashed(self) -> Parcel:
        """What it added for later requests or showed itself."""
        return added(self.bag)

    def shown(self) -> Parcel:
        """The values that it read, and the messages that it handed out and did not put back."""
        bag, change = self.bag, self.visit.change
        own = {m["id"] for m in bag._queue.added} - {m["id"] for m in change.messages}
        gone = [m for m in bag._queue.handed.values() if m["id"] in own | change.shown]
        values = bag._values.got if self.status != 304 else {}
        return Parcel(dict(values), MessageQueue(gone).look(None))


def added(bag: Flashbag) -> Parcel:
    """What its request adds for later ones."""
    return Parcel(dict(bag._values.outgoing), list(bag._queue.added))


def waiting(bag: Flashbag) -> Parcel:
    """What its request can read."""
    return Parcel(bag._values.readable(), bag.peek_messages())


def is_in(small: Parcel, large: Parcel) -> bool:
    """Whether all that is in the one is in the other."""
    return small.values.items() <= large.values.items() and all(
        message in large.messages for message in small.messages
    )


def flash_all(
    request: web.Request,
    values: Mapping[Any, Any] | None,
    messages: Iterable[Any],
    form: Mapping[str, Any] | None,
    errors: Mapping[str, Any] | None,
) -> None:
    """Flash these as a handler would; TypeError if `messages` is a single text."""
    if isinstance(messages, str):
        raise TypeError(f"messages is a list of messages, not the str {messages!r}")
    for key, value in (values or {}).items():
        flashbag_set(request, key, value)
    for message in messages:
        flash(request, **_arguments(message))
    if form is not None or errors is not None:
        flash_form(request, form or {}, errors)


def _arguments(message: Any) -> Mapping[str, Any]:
    """Of `flash`, for a text, a `(category, text)` or a mapping of them."""
    if isinstance(message, Mapping):
        return message
    if isinstance(message, tuple):
        category, text = message
        return {"message": text, "category": category}
    return {"message": message}
