"""The life of a flash in a few lines, to compare the library with; and random actions."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

MAX_MESSAGES = 5
KEYS = ("a", "b", "c")
CATEGORIES = ("info", "error")

Action = tuple[Any, ...]
"""The name of a method of `ModelVisit`, and its arguments."""


class User:
    """A user's pending values by key, and pending messages as (category, text)."""

    def __init__(self, *, in_session: bool = True) -> None:
        self.in_session = in_session
        self.name: str | None = None
        self.values: dict[str, Any] = {}
        self.messages: list[tuple[str, str]] = []


class ModelVisit:
    """One request of a user. Every message has a text of its own.

    A hidden visit (HEAD or a preload) sees nothing, and notes in `missed` that it asked for it.
    """

    def __init__(self, user: User, *, hidden: bool = False) -> None:
        self.user, self.name, self.left = user, user.name, False
        self.missable = user if hidden else User()
        self.incoming = {} if hidden else dict(user.values)
        self.queue = [] if hidden else list(user.messages)
        self.cleared = self.missed = False
        self.begin()

    def begin(self) -> None:
        self.for_now: dict[str, Any] = {}
        self.outgoing: dict[str, Any] = {}
        self.consumed: set[str] = set()
        self.kept: set[str] = set()
        self.replaced: set[str] = set()
        self.added: list[tuple[str, str]] = []
        self.read: list[tuple[str, str]] = []

    def get(self, key: str) -> Any:
        if key in self.incoming and key not in self.for_now:
            self.consumed.add(key)
        return self.peek(key)

    def peek(self, key: str) -> Any:
        self.missed |= key in self.missable.values and key not in self.for_now
        return self.for_now.get(key, self.incoming.get(key))

    def set(self, key: str, value: Any) -> None:
        self.outgoing[key] = value

    def append(self, key: str, value: Any) -> str | None:
        if not isinstance(self.outgoing.get(key, []), list):
            return "ValueError"
        self.outgoing[key] = [*self.outgoing.get(key, []), value]
        return None

    def replace_all(self, values: dict[str, Any]) -> None:
        self.outgoing, self.kept, self.replaced = dict(values), set(), set(self.incoming)

    def now_only(self, key: str, value: Any) -> None:
        self.for_now[key] = value

    def keep(self, *keys: str) -> None:
        self.kept |= set(keys or self.incoming)

    def clear(self) -> None:
        self.incoming, self.queue, self.missable, self.cleared = {}, [], User(), True
        self.begin()

    def flash(self, category: str, text: str) -> None:
        self.added.append((category, text))

    def messages(self, *categories: str) -> list[str]:
        found = self._visible(categories)
        self.read += found
        return [text for _, text in found]

    def peek_messages(self, *categories: str) -> list[str]:
        return [text for _, text in self._visible(categories)]

    def count(self) -> int:
        self.missed |= bool(self.missable.values or self.missable.messages)
        return len({**self.incoming, **self.for_now}) + len(self.queue + self.added)

    def login(self, name: str) -> None:
        self.name = name

    def logout(self) -> None:
        self.name, self.left = None, True

    def whoami(self) -> str | None:
        return self.name

    def end_session(self) -> None:
        """Save the session. The fate of the flashes does not matter."""
        self.user.name = self.name
        if self.left and self.user.in_session:
            self.user.values, self.user.messages = {}, []

    def settle(self, status: int, *, shows: bool, page_view: bool) -> None:
        """Change the user's pending flashes as a response of this status does."""
        if status >= 500:
            return
        user = self.user
        if self.cleared:
            user.values, user.messages = {}, []
        consumed = set() if status == 304 else set(self.incoming) if page_view else self.consumed
        gone = (consumed | self.replaced) - self.kept
        user.values = {key: user.values[key] for key in user.values if key not in gone}
        user.values |= self.outgoing
        queue = user.messages + self.added
        user.messages = [m for m in queue if not (shows and m in self.read)][-MAX_MESSAGES:]

    def _visible(self, categories: tuple[str, ...]) -> list[tuple[str, str]]:
        wanted = categories or CATEGORIES
        self.missed |= any(category in wanted for category, _ in self.missable.messages)
        return [message for message in self.queue + self.added if message[0] in wanted]


values = st.sampled_from([None, False, 0, 1.5, "", "é", [], [1, "x"], {}, {"k": [None]}])
keys = st.sampled_from(KEYS)
categories = st.sampled_from(CATEGORIES)


def action(name: str, *arguments: st.SearchStrategy[Any]) -> st.SearchStrategy[Action]:
    """An action of this name with random arguments."""
    return st.tuples(st.just(name), *arguments)


FLASHING = [action("set", keys, values), action("flash", categories, st.just(""))]
ON_THE_BAG = [
    *FLASHING,
    *FLASHING,
    action("get", keys),
    action("messages"),
    action("messages", categories),
    action("peek", keys),
    action("peek_messages"),
    action("count"),
    action("append", keys, values),
    action("replace_all", st.dictionaries(keys, values, max_size=2)),
    action("now_only", keys, values),
    action("keep"),
    action("keep", keys),
    action("clear"),
]
ON_THE_SESSION = [
    action("login", st.sampled_from(["alice", "bob"])),
    action("logout"),
    action("whoami"),
]
