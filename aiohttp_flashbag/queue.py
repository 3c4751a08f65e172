"""The messages of one request: those that came, those it adds, those it handed out."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from copy import deepcopy

from .parcel import Message, appearance


class MessageQueue:
    """First in, first out (M3); a message marked `once` is not shown beside one like it."""

    # Overlapping requests can both have sent a message on: by its id it is one.
    __slots__ = ("added", "handed", "incoming")

    def __init__(self, incoming: list[Message]) -> None:
        self.incoming = incoming
        if len(incoming) > 1:
            self.incoming = list({message["id"]: message for message in incoming}.values())
        self.added: list[Message] = []
        self.handed: dict[str, Message] = {}

    def waiting(self) -> Iterator[Message]:
        """What has not been handed out, oldest first."""
        return (m for m in [*self.incoming, *self.added] if m["id"] not in self.handed)

    def add(self, message: Message) -> None:
        """Put it last, or nowhere if it is marked `once` and one like it waits already."""
        if message.get("once") and appearance(message) in map(appearance, self.waiting()):
            return
        self.added.append(message)

    def look(self, categories: Collection[str] | None) -> list[Message]:
        """What waits in these categories (None: all), without second ones marked `once`."""
        looks = set(map(appearance, self.handed.values()))
        found = []
        for message in self.waiting():
            if categories is None or message["c"] in categories:
                look = appearance(message)
                if not (message.get("once") and look in looks):
                    found.append(message)
                looks.add(look)
        return found

    def hand_out(self, messages: Iterable[Message]) -> None:
        """Note these as shown, and with them the second ones that `look` left out."""
        self.handed.update((message["id"], message) for message in messages)
        looks = set(map(appearance, self.handed.values()))
        for message in list(self.waiting()):
            if message.get("once") and appearance(message) in looks:
                self.handed[message["id"]] = message

    def used_up(self, *, shows: bool) -> tuple[set[str], list[Message]]:
        """The ids of those that came and go, if the answer shows them; and those that are sent."""
        if not shows:
            return set(), self.added
        gone = {message["id"] for message in self.incoming if message["id"] in self.handed}
        return gone, [message for message in self.added if message["id"] not in self.handed]


def copy_of(message: Message) -> Message:
    """A copy that shares nothing with `message`."""
    return {**message, "data": deepcopy(message["data"])} if "data" in message else {**message}
