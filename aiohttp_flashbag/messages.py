"""Messages for a person: flash before the redirect, show once in the base template."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal, TypeAlias, overload

from aiohttp import web
from aiohttp.typedefs import StrOrURL

from .message import FlashedMessage
from .state import get_flashbag

Filter: TypeAlias = str | Iterable[str]
"""A category, or several. An empty one means every category."""
Pairs: TypeAlias = list[tuple[str, str]]
"""Flask's `(category, message)` tuples."""


def flash(
    request: web.Request,
    message: object,
    category: str = "success",
    *,
    allow_duplicate: bool = True,
    **data: Any,
) -> None:
    """Show `message` to the user of this browser, once, on the next page.

    `message` is a str, a lazy translation, or any object whose `str()` is meant for people. Lazy
    translations are resolved when you call `flash`. An object with `__html__`, such as `Markup`,
    comes back as `Markup`; everything else is text, which templates escape. The category is
    success, info, warning, error, or your own. The `data` (JSON) travels with the message.
    `allow_duplicate=False` skips the message if an identical one is pending.

    Raises TypeError if `message` is a tuple, list, set, mapping, bytes or None, or if `data` cannot
    be stored; RuntimeError after the response has begun.
    """
    get_flashbag(request).flash(message, category, allow_duplicate=allow_duplicate, **data)


def flash_redirect(
    request: web.Request,
    location: StrOrURL,
    message: object,
    category: str = "success",
    *,
    allow_duplicate: bool = True,
    **data: Any,
) -> web.HTTPSeeOther:
    """Flash `message` and return the redirect to `location` (303), to be raised."""
    flash(request, message, category, allow_duplicate=allow_duplicate, **data)
    return web.HTTPSeeOther(location)


@overload
def get_flashed_messages(
    request: web.Request, *, with_categories: Literal[False] = ..., category_filter: Filter = ...
) -> list[FlashedMessage]: ...
@overload
def get_flashed_messages(
    request: web.Request, *, with_categories: Literal[True], category_filter: Filter = ...
) -> Pairs: ...
@overload
def get_flashed_messages(
    request: web.Request, *, with_categories: bool = ..., category_filter: Filter = ...
) -> list[FlashedMessage] | Pairs: ...
def get_flashed_messages(
    request: web.Request, *, with_categories: bool = False, category_filter: Filter = ()
) -> list[FlashedMessage] | Pairs:
    """Return the pending messages, in the order in which they were flashed.

    Another call in the same request returns them again. A response that can show them consumes
    them; after a redirect, for example, they stay pending. `with_categories=True` returns Flask's
    `(category, message)` tuples. `category_filter` is a category or several; other messages stay
    pending.
    """
    found = get_flashbag(request).get_flashed_messages(category_filter=category_filter)
    return _pairs(found) if with_categories else found


@overload
def peek_flashed_messages(
    request: web.Request, *, with_categories: Literal[False] = ..., category_filter: Filter = ...
) -> list[FlashedMessage]: ...
@overload
def peek_flashed_messages(
    request: web.Request, *, with_categories: Literal[True], category_filter: Filter = ...
) -> Pairs: ...
@overload
def peek_flashed_messages(
    request: web.Request, *, with_categories: bool = ..., category_filter: Filter = ...
) -> list[FlashedMessage] | Pairs: ...
def peek_flashed_messages(
    request: web.Request, *, with_categories: bool = False, category_filter: Filter = ()
) -> list[FlashedMessage] | Pairs:
    """Return the messages that `get_flashed_messages` would, and consume nothing."""
    found = get_flashbag(request).peek_flashed_messages(category_filter=category_filter)
    return _pairs(found) if with_categories else found


def _pairs(messages: list[FlashedMessage]) -> Pairs:
    return [(message.category, message.message) for message in messages]
