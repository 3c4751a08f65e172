"""Messages for a person to read, once: flash before the redirect, show in the base template."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal, TypeAlias, overload

from aiohttp import web
from aiohttp.typedefs import StrOrURL

from .exchange import get_flashbag
from .message import FlashedMessage

Filter: TypeAlias = str | Iterable[str]
"""A category, or several; none at all stands for every category."""
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
    """Show `message` to the user of this browser, once, on the page that comes next.

    `message` is a str, a lazy translation, or anything whose `str()` is meant for people. Lazy
    translations are resolved when you call `flash`. What has `__html__`, such as `Markup`, comes
    back as `Markup`; everything else is text, which templates escape. `category` is free: success,
    info, warning, error or your own. `data` travels along (JSON). With `allow_duplicate=False` the
    message is not shown beside one that is the same.

    Raises TypeError for a message that is a tuple, list, set, mapping, bytes or None and for `data`
    that cannot be stored, RuntimeError once the response has begun, and ValueError if not even a
    shortened text fits beside `data`.
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
    """Flash `message` and return the redirect to `location`, to be raised (303, so by GET)."""
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

    A call in the same request returns them again. A response that can show them consumes them;
    after a redirect, say, they stay pending. `with_categories=True` gives Flask's `(category,
    message)` tuples. `category_filter` takes a category or several; what it leaves out stays
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
    """Return what `get_flashed_messages` would return, and consume nothing."""
    found = get_flashbag(request).peek_flashed_messages(category_filter=category_filter)
    return _pairs(found) if with_categories else found


def _pairs(messages: list[FlashedMessage]) -> Pairs:
    return [(message.category, message.message) for message in messages]
