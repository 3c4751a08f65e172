"""The life of a flash in a few lines, to compare the library with; and actions made at random."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

MAX_MESSAGES = 5
KEYS = ("a", "b", "c")
CATEGORIES = ("info", "error")

Action = tuple[Any, ...]
"""The name of a method of `ModelVisit`, and its arguments."""


class User:
    """What waits for a user: values by key, messages as (category, text)."""

    def __init__(self, *, in_session: bool = True) -> None:
        self.in_session = in_session
        self.name: str | None = None
        self.values: dict[str, Any] = {}
        self.messages: list[tuple[str, str]] = []


class ModelVisit:
    """One request of a user. Every message has a text of its own."""

    def __init__(self, user: User, *, hidden: bool = False) -> None:
        self.user, self.name, self.left = user, user.name, False
        self.missable = user if hidden else User()
        self.came = {} if hidden else dict(user.values)
        self.queue = [] if hidden else list(user.messages)
        self.begin()

    def begin(self) -> None:
        """Nothing has been done yet."""
        self.now: dict[str, Any] = {}
        self.got: dict[str, Any] = {}
        self.sent: dict[str, Any] = {}
        self.used: set[str] = set()
        self.kept: set[str] = set()
        self.added: list[tuple[str, str]] = []
        self.read: list[tuple[str, str]] = []
        self.cleared = self.replaced = self.missed = False

    def get(self, key: str) -> Any:
        self.missed |= key in self.missable.values and key not in self.now
        if key in self.came and key not in self.now:
            self.used.add(key)
        return self.now.get(key, self.came.get(key))

    def peek(self, key: str) -> Any:
        self.missed |= key in self.missable.values and key not in self.now
        return self.now.get(key, self.came.get(key))

    def set(self, key: str, value: Any) -> None:
        self.sent[key] = value

    def append(self, key: str, value: Any) -> str | None:
        if not isinstance(self.sent.get(key, []), list):
            return "ValueError"
        self.sent[key] = [*self.sent.get(key, []), value]
        return None

    def replace_all(self, values: dict[str, Any]) -> None:
        self.sent, self.kept, self.replaced = dict(values), set(), True

    def now_only(self, key: str, value: Any) -> None:
        self.now[key] = value

    def keep(self, *keys: str) -> None:
        self.kept |= set(keys or self.came)

    def clear(self) -> None:
        missed = self.missed
        self.came, self.queue, self.missable = {}, [], User()
        self.begin()
        self.cleared, self.missed = True, missed

    def flash(self, category: str, text: str) -> None:
        self.added.append((category, text))

    def messages(self, *categories: str) -> list[str]:
        found = self._waiting(categories)
        self.read += found
        return [text for _, text in found]

    def peek_messages(self, *categories: str) -> list[str]:
        return [text for _, text in self._waiting(categories)]

    def count(self) -> int:
        self.missed |= bool(self.missable.values or self.missable.messages)
        return len({**self.came, **self.now}) + len(self._pending())

    def login(self, name: str) -> None:
        self.name = name

    def logout(self) -> None:
        self.name, self.left = None, True

    def whoami(self) -> str | None:
        return self.name

    def end_session(self) -> None:
        """What the handler did to the session takes effect, whatever becomes of the flashes."""
        self.user.name = self.name
        if self.left and self.user.in_session:
            self.user.values, self.user.messages = {}, []

    def settle(self, status: int, *, shows: bool, page_view: bool) -> None:
        if status >= 500:
            return
        user = self.user
        used = set() if status == 304 else set(self.came) if page_view else self.used
        if self.cleared:
            user.values = {}
        elif self.replaced:
            user.values = {key: value for key, value in user.values.items() if key in self.kept}
        else:
            user.values = {k: v for k, v in user.values.items() if k not in used - self.kept}
        user.values = {**user.values, **self.sent}
        queue = self.added if self.cleared else user.messages + self.added
        user.messages = [m for m in queue if not (shows and m in self.read)][-MAX_MESSAGES:]

    def _pending(self) -> list[tuple[str, str]]:
        return self.queue + self.added

    def _waiting(self, categories: tuple[str, ...]) -> list[tuple[str, str]]:
        wanted = categories or CATEGORIES
        self.missed |= any(category in wanted for category, _ in self.missable.messages)
        return [message for message in self._pending() if message[0] in wanted]


values = st.sampled_from([None, False, 0, 1.5, "", "é", [], [1, "x"], {}, {"k": [None]}])
keys = st.sampled_from(KEYS)
categories = st.sampled_from(CATEGORIES)


def verb(name: str, *arguments: st.SearchStrategy[Any]) -> st.SearchStrategy[Action]:
    """An action of this name with arguments made at random."""
    return st.tuples(st.just(name), *arguments)


FLASHING = [verb("set", keys, values), verb("flash", categories, st.just(""))]
READING = [verb("get", keys), verb("messages"), verb("messages", categories)]
LOOKING = [verb("peek", keys), verb("peek_messages"), verb("count")]
TIDYING = [
    verb("append", keys, values),
    verb("replace_all", st.dictionaries(keys, values, max_size=2)),
    verb("now_only", keys, values),
    verb("keep"),
    verb("keep", keys),
    verb("clear"),
]
ON_THE_BAG = [*FLASHING, *FLASHING, *READING, *LOOKING, *TIDYING]
ON_THE_SESSION = [verb("login", st.sampled_from(["alice", "bob"])), verb("logout"), verb("whoami")]
