"""What `get_flashed_messages` returns: a text for a person, with a category and data."""

from __future__ import annotations

from collections.abc import Iterator, KeysView, Mapping
from typing import Any, SupportsIndex, TypeVar, overload

from .codec import clean, readable

M = TypeVar("M", bound="FlashedMessage")


class FlashedMessage(str):
    """A flashed message: a str, the text that a person reads, with a category and data.

    It can be compared, searched, sliced and filtered like any other text. `message["category"]`,
    `message["message"]` and `message["link"]` (for `flash(..., link="/")`) work as in a dict, and
    `dict(message)` holds all of them. It is no `(category, text)` pair, so unpacking one fails.
    """

    category: str
    """What kind of message this is, for a style."""
    data: dict[str, Any]
    """What `flash` was given as keyword arguments."""
    flash_id: str = ""
    """What tells this message from every other one that is pending, now or later."""

    def __new__(cls: type[M], message: str = "", category: str = "success", /, **data: Any) -> M:
        """Make the message that a later request gets of these arguments of `flash`."""
        self = str.__new__(cls, str.__str__(message))
        self.category, self.data = category, data
        return self

    @classmethod
    def from_stored(cls, stored: Mapping[str, Any]) -> FlashedMessage:
        """Return the message that `flash` was given, from the form in which it travelled."""
        kind = FlashedMarkup if stored.get("html") else cls
        self = str.__new__(kind, clean(stored["m"]))
        self.category = clean(stored["c"])
        self.flash_id = stored["id"]
        self.data = (
            readable("data of a flash message", stored["data"], {}) if "data" in stored else {}
        )
        return self

    @property
    def message(self) -> str:
        """The text, a `Markup` if the message was flashed as markup."""
        return str.__str__(self)

    def keys(self) -> KeysView[str]:
        """Return the names that may stand in brackets."""
        return {"message": 0, "category": 0, **self.data}.keys()

    @overload
    def __getitem__(self, key: str) -> Any: ...
    @overload
    def __getitem__(self, key: SupportsIndex | slice) -> str: ...
    def __getitem__(self, key: str | SupportsIndex | slice) -> Any:
        if not isinstance(key, str):
            return super().__getitem__(key)
        if key == "message" or key == "category":
            return getattr(self, key)
        return self.data[key]

    def __iter__(self) -> Iterator[str]:
        if len(self) == 2:  # every other text cannot be unpacked as a pair anyway
            raise TypeError(
                "a flashed message is a text and cannot be unpacked: write "
                "get_flashed_messages(with_categories=True) for (category, text) pairs"
            )
        return super().__iter__()

    def __getnewargs_ex__(self) -> tuple[tuple[str, str], dict[str, Any]]:
        return (str.__str__(self), self.category), self.data


try:
    from markupsafe import Markup
except ImportError:

    class FlashedMarkup(FlashedMessage):
        """A message that was flashed as markup; without markupsafe no template can tell."""
else:

    class FlashedMarkup(FlashedMessage, Markup):  # type: ignore[no-redef,misc]
        """A message that was flashed as markup, which templates do not escape."""

        @property
        def message(self) -> Markup:
            """The text as `Markup`."""
            return Markup(str.__str__(self))  # noqa: S704  # it was Markup when it was flashed
