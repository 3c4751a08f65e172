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
    """Show a message to the user of this browser, once, on the next page.

    Args:
        message: A str, a lazy translation, or any object whose `str()` is meant for people. An
            object with `__html__`, such as `Markup`, comes back as `Markup`. Templates escape all
            other text.
        category: `success`, `info`, `warning`, `error`, or your own.
        allow_duplicate: Whether to add the message although an identical one is pending.
        **data: JSON data that travels with the message. `duration=5` lets the JavaScript helper
            hide the message after 5 seconds.

    Raises:
        TypeError: If `message` is a tuple, list, set, mapping, bytes or None, if `data` cannot be
            stored, or if the arguments look swapped.
        RuntimeError: If the response has begun, or the application has no flashbag.

    Example:
        flash(request, "Article created.", link="/articles/7")
        raise web.HTTPSeeOther("/articles")
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
    """Flash a message, and return a redirect to be raised.

    Args:
        location: The URL of the next page.
        message, category, allow_duplicate, **data: As in `flash`.

    Returns:
        A redirect with status 303.

    Raises:
        The errors of `flash`.

    Example:
        raise flash_redirect(request, "/articles", "Article deleted.", "warning")
    """
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
    them. Otherwise, for example after a redirect, they stay pending.

    Args:
        with_categories: Whether to return `(category, message)` tuples, as Flask does.
        category_filter: A category or several. Messages of other categories stay pending.

    Returns:
        A list of `FlashedMessage`, which is a str with `category`, `data` and `flash_id`.

    Raises:
        RuntimeError: If the application has no flashbag.

    Example:
        messages = [dict(message) for message in get_flashed_messages(request)]
        return web.json_response({"messages": messages})
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
    """Return the messages that `get_flashed_messages` would return, and consume nothing.

    Args:
        with_categories: Whether to return `(category, message)` tuples.
        category_filter: A category or several.

    Returns:
        A list of `FlashedMessage`.
    """
    found = get_flashbag(request).peek_flashed_messages(category_filter=category_filter)
    return _pairs(found) if with_categories else found


def _pairs(messages: list[FlashedMessage]) -> Pairs:
    return [(message.category, message.message) for message in messages]
