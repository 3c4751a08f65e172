"""Messages for a person to read, once: flash before the redirect, show in the base template."""

from __future__ import annotations

import html
from collections.abc import Collection, Iterable
from typing import Any, Literal, overload

from aiohttp import web
from aiohttp.typedefs import StrOrURL

from .bag import Message
from .middleware import get_flashbag


class FlashedMessage(dict[str, Any]):
    """A message: a dict of `message`, `category` and what `flash` was given beside them.

    `str()` and `{{ message }}` in a template give the text, which a template escapes unless it
    was flashed as markup.
    """

    @classmethod
    def from_stored(cls, stored: Message) -> FlashedMessage:
        """What `flash` was given, out of the form in which it travelled."""
        text = _markup(stored["m"]) if stored.get("html") else stored["m"]
        return cls(stored.get("data", {}), message=text, category=stored["c"])

    @property
    def message(self) -> str:
        """The text, a `Markup` if it was flashed as one."""
        text: str = self["message"]
        return text

    @property
    def category(self) -> str:
        """What kind of message it is, for a style."""
        category: str = self["category"]
        return category

    def __str__(self) -> str:
        return str(self.message)

    def __html__(self) -> str:
        text = self.message
        return text.__html__() if hasattr(text, "__html__") else html.escape(text)


def flash(
    request: web.Request,
    message: object,
    category: str = "success",
    *,
    allow_duplicate: bool = True,
    **data: Any,
) -> None:
    """Show `message` to the user of this browser, once, on the page that comes next.

    It is stored as `str(message)`, so a lazy translation is resolved now. What has `__html__`, a
    `Markup` say, is markup and comes back as `Markup`; everything else is text, which templates
    escape. `category` is free: success, info, warning, error or your own. `data` travels along
    (JSON). With `allow_duplicate=False` it is not shown beside one that is the same.

    Raises TypeError if `data` cannot be stored, RuntimeError once the answer has begun.
    """
    if not isinstance(category, str):
        raise TypeError(f"the category of a flash message is a str, not {category!r}")
    is_markup = hasattr(message, "__html__")
    text = message.__html__() if is_markup else message  # type: ignore[attr-defined]
    get_flashbag(request).add(
        str(text), str.__str__(category), data=data, html=is_markup, once=not allow_duplicate
    )


def flash_redirect(
    request: web.Request, location: StrOrURL, message: object, category: str = "success"
) -> web.HTTPSeeOther:
    """Flash `message` and return the redirect to `location`, to be raised (303, so by GET)."""
    flash(request, message, category)
    return web.HTTPSeeOther(location)


@overload
def get_flashed_messages(
    request: web.Request,
    *,
    with_categories: Literal[False] = False,
    category_filter: str | Iterable[str] = (),
) -> list[FlashedMessage]: ...
@overload
def get_flashed_messages(
    request: web.Request,
    *,
    with_categories: Literal[True],
    category_filter: str | Iterable[str] = (),
) -> list[tuple[str, str]]: ...
@overload
def get_flashed_messages(
    request: web.Request,
    *,
    with_categories: bool = False,
    category_filter: str | Iterable[str] = (),
) -> list[FlashedMessage] | list[tuple[str, str]]: ...
def get_flashed_messages(
    request: web.Request,
    *,
    with_categories: bool = False,
    category_filter: str | Iterable[str] = (),
) -> list[FlashedMessage] | list[tuple[str, str]]:
    """Return the messages waiting, in the order in which they were flashed, each only once.

    An answer that can show them uses them up; a redirect, say, puts them back.
    `with_categories=True` gives Flask's `(category, message)` tuples. `category_filter` takes a
    category or several; what it leaves out keeps waiting.
    """
    stored = get_flashbag(request).take(_categories(category_filter))
    return _as_asked(stored, with_categories)


@overload
def peek_flashed_messages(
    request: web.Request,
    *,
    with_categories: Literal[False] = False,
    category_filter: str | Iterable[str] = (),
) -> list[FlashedMessage]: ...
@overload
def peek_flashed_messages(
    request: web.Request,
    *,
    with_categories: Literal[True],
    category_filter: str | Iterable[str] = (),
) -> list[tuple[str, str]]: ...
@overload
def peek_flashed_messages(
    request: web.Request,
    *,
    with_categories: bool = False,
    category_filter: str | Iterable[str] = (),
) -> list[FlashedMessage] | list[tuple[str, str]]: ...
def peek_flashed_messages(
    request: web.Request,
    *,
    with_categories: bool = False,
    category_filter: str | Iterable[str] = (),
) -> list[FlashedMessage] | list[tuple[str, str]]:
    """Return what `get_flashed_messages` would return; all of it waits on."""
    stored = get_flashbag(request).peek_messages(_categories(category_filter))
    return _as_asked(stored, with_categories)


def _categories(category_filter: str | Iterable[str] | None) -> Collection[str] | None:
    """None stands for every category. A plain str is that one category, not its letters."""
    if isinstance(category_filter, str):
        return (category_filter,)
    return tuple(category_filter or ()) or None


def _as_asked(
    stored: Iterable[Message], with_categories: bool
) -> list[FlashedMessage] | list[tuple[str, str]]:
    messages = list(map(FlashedMessage.from_stored, stored))
    if with_categories:
        return [(message.category, message.message) for message in messages]
    return messages


def _markup(text: str) -> str:
    """Without markupsafe there is no template that would take it for more than a str."""
    try:
        from markupsafe import Markup
    except ImportError:
        return text
    return Markup(text)  # noqa: S704  # it was Markup when it was flashed
