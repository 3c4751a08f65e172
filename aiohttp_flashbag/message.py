"""`FlashedMessage`, the text that `get_flashed_messages` returns, with a category and data."""

from __future__ import annotations

from collections.abc import KeysView, Mapping, Set
from typing import Any, SupportsIndex, TypeVar, overload

from .copies import Copies, clean, readable
from .flash import Flash

M = TypeVar("M", bound="FlashedMessage")

_NOT_A_TEXT = (bytes, bytearray, memoryview, tuple, list, Set, Mapping)
_CATEGORIES = frozenset({"success", "info", "warning", "error", "danger", "debug", "notice"})


def content_of(
    message: object,
    category: str,
    data: Mapping[str, Any],
    *,
    copies: Copies,
    once: bool = False,
    to: str = "request",
) -> dict[str, Any]:
    """Return the content of the flash that holds a message.

    `to` names the first argument of the call, for errors. Raises TypeError for unsuitable
    arguments.
    """
    text, is_markup = text_of(message, to)
    check_category(message, category, to)
    return copies.message(text, category, data, markup=is_markup, once=once)


def check_category(message: object, category: object, to: str) -> None:
    """Raise TypeError if the category is not a str, or looks like the message."""
    if not isinstance(category, str):
        raise TypeError(f"The category of a flash message must be a str, not {category!r:.80}.")
    is_sentence = category[:1].isupper() or category.endswith((".", "!", "?", "。"))
    if is_sentence and isinstance(message, str) and message in _CATEGORIES:
        raise TypeError(
            f"The arguments of flash() look swapped. Write flash({to}, {category!r:.80}, "
            f"{str.__str__(message)!r}): the message comes first, then the category."
        )


def text_of(message: object, to: str) -> tuple[str, bool]:
    """Return the text of an argument of `flash`, and whether it is markup.

    Raises TypeError for objects whose text is not meant for people.
    """
    if hasattr(message, "__html__"):
        return str(message.__html__()), True
    if message is None or isinstance(message, _NOT_A_TEXT):
        raise TypeError(
            f"A flash message must be a text, not {message!r:.80} of type "
            f"{type(message).__name__}. Write flash({to}, text, category)."
        )
    return str.__str__(message) if isinstance(message, str) else str(message), False


class FlashedMessage(str):
    """A flashed message: a `str` with a category and data.

    Compare, search, slice and filter it like any other text. `message["category"]`,
    `message["message"]` and `message["link"]` (from `flash(..., link="/")`) also work, and
    `dict(message)` returns all of them. A message is not a `(category, text)` pair: use
    `get_flashed_messages(with_categories=True)` for pairs.
    """

    category: str
    """The kind of message, for styling."""
    data: dict[str, Any]
    """The keyword arguments of `flash`."""
    flash_id: str = ""
    """A unique id."""

    def __new__(cls: type[M], message: str = "", category: str = "success", /, **data: Any) -> M:
        """Create the message that a later request gets for these arguments of `flash`."""
        self = str.__new__(cls, str.__str__(message))
        self.category, self.data = category, data
        return self

    @classmethod
    def from_flash(cls, flash: Flash) -> FlashedMessage:
        """Return the message that a pending flash holds."""
        content = flash.content
        kind = FlashedMarkup if content.get("html") else cls
        self = str.__new__(kind, clean(content["m"]))
        self.category = clean(content["c"])
        self.flash_id = flash.id
        self.data = (
            readable("The data of a flash message", content["data"], {})
            if "data" in content
            else {}
        )
        return self

    @property
    def message(self) -> str:
        """The text, a `Markup` if the message was flashed as markup."""
        return str.__str__(self)

    def keys(self) -> KeysView[str]:
        """Return the names that `message[name]` accepts."""
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

    def __getnewargs_ex__(self) -> tuple[tuple[str, str], dict[str, Any]]:
        return (str.__str__(self), self.category), self.data


try:
    from markupsafe import Markup
except ImportError:

    class FlashedMarkup(FlashedMessage):
        """A message that was flashed as markup. No template engine knows it without markupsafe."""
else:

    class FlashedMarkup(FlashedMessage, Markup):  # type: ignore[no-redef,misc]
        """A message that was flashed as markup, which templates do not escape."""

        @property
        def message(self) -> Markup:
            """The text as `Markup`."""
            return Markup(str.__str__(self))  # noqa: S704  # it was Markup when it was flashed
