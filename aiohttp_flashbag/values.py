"""Values by key for the next request. Each function is one line over `get_flashbag(request)`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, overload

from aiohttp import web

from .keys import FlashKey, Key
from .state import get_flashbag

T = TypeVar("T")
D = TypeVar("D")


@overload
def flashbag_get(request: web.Request, key: FlashKey[T]) -> T | None: ...
@overload
def flashbag_get(request: web.Request, key: FlashKey[T], default: T) -> T: ...
@overload
def flashbag_get(request: web.Request, key: FlashKey[T], default: D) -> T | D: ...
@overload
def flashbag_get(request: web.Request, key: str, default: Any = None) -> Any: ...
def flashbag_get(request: web.Request, key: Key, default: Any = None) -> Any:
    """Return the value that an earlier request set, and consume it.

    Values of other keys stay pending until they are read, or until the next page view.

    Args:
        key: A str or a `FlashKey`.
        default: The result if no value is pending.

    Returns:
        A copy of the value. Another call in the same request returns the same object.

    Raises:
        RuntimeError: If the application has no flashbag.

    Example:
        error = flashbag_get(request, "error", "")
    """
    return get_flashbag(request).get(key, default)


@overload
def flashbag_set(request: web.Request, key: FlashKey[T], value: T) -> None: ...
@overload
def flashbag_set(request: web.Request, key: str, value: Any) -> None: ...
def flashbag_set(request: web.Request, key: Key, value: Any) -> None:
    """Let the next request read a copy of a value.

    The value is copied through JSON, or through the encoder of the session storage, so a tuple
    arrives as a list. A value that is too large to travel is dropped, with an ERROR in the log.

    Args:
        key: A str or a `FlashKey`.
        value: JSON data.

    Raises:
        TypeError: If the value cannot be stored.
        RuntimeError: If the response has begun, or the application has no flashbag.

    Example:
        flashbag_set(request, "error", "Title is required.")
        raise web.HTTPSeeOther("/articles/new")
    """
    get_flashbag(request).set(key, value)


@overload
def flashbag_append(request: web.Request, key: FlashKey[list[T]], value: T) -> None: ...
@overload
def flashbag_append(request: web.Request, key: str, value: Any) -> None: ...
def flashbag_append(request: web.Request, key: Key, value: Any) -> None:
    """Add a copy of a value to the list that this request sends.

    Args:
        key: A str or a `FlashKey`. The first value starts the list.
        value: JSON data.

    Raises:
        ValueError: If this request has set the key to something other than a list.
        TypeError: If the value cannot be stored.
        RuntimeError: If the response has begun, or the application has no flashbag.

    Example:
        flashbag_append(request, "errors", "Title is required.")
    """
    get_flashbag(request).append(key, value)


# The keys of a mapping are invariant, so dict[str, Any] is not a Mapping[Key, Any].
@overload
def flashbag_replace_all(request: web.Request, value: Mapping[str, Any]) -> None: ...
@overload
def flashbag_replace_all(request: web.Request, value: Mapping[FlashKey[Any], Any]) -> None: ...
@overload
def flashbag_replace_all(request: web.Request, value: Mapping[Key, Any]) -> None: ...
def flashbag_replace_all(request: web.Request, value: Mapping[Any, Any]) -> None:
    """Replace all pending values: the next request can read exactly these. Messages stay pending.

    Args:
        value: A mapping from keys to JSON data.

    Raises:
        ValueError: If `value` is not a mapping.
        TypeError: If one of the values cannot be stored.
        RuntimeError: If the response has begun, or the application has no flashbag.

    Example:
        flashbag_replace_all(request, {"error": "Title is required.", "title": ""})
    """
    get_flashbag(request).replace_all(value)


@overload
def flashbag_peek(request: web.Request, key: FlashKey[T]) -> T | None: ...
@overload
def flashbag_peek(request: web.Request, key: FlashKey[T], default: T) -> T: ...
@overload
def flashbag_peek(request: web.Request, key: FlashKey[T], default: D) -> T | D: ...
@overload
def flashbag_peek(request: web.Request, key: str, default: Any = None) -> Any: ...
def flashbag_peek(request: web.Request, key: Key, default: Any = None) -> Any:
    """Return a copy of the value that `flashbag_get` would return, and consume nothing.

    Args:
        key: A str or a `FlashKey`.
        default: The result if no value is pending.
    """
    return get_flashbag(request).peek(key, default)


@overload
def flashbag_now(request: web.Request, key: FlashKey[T], value: T) -> None: ...
@overload
def flashbag_now(request: web.Request, key: str, value: Any) -> None: ...
def flashbag_now(request: web.Request, key: Key, value: Any) -> None:
    """Let this request, and no later one, read a copy of a value.

    Use it for a page that is rendered without a redirect.

    Args:
        key: A str or a `FlashKey`.
        value: JSON data.

    Raises:
        TypeError: If the value cannot be stored.

    Example:
        flashbag_now(request, "error", "Title is required.")
        return aiohttp_jinja2.render_template("form.html", request, {})
    """
    get_flashbag(request).now(key, value)


def flashbag_keep(request: web.Request, *keys: Key) -> None:
    """Keep incoming values pending for one more request.

    A value that this request sets under the same key replaces the incoming one.

    Args:
        *keys: The keys to keep. Without them, all values are kept.

    Raises:
        RuntimeError: If the response has begun, or the application has no flashbag.

    Example:
        flashbag_keep(request, "return_to")
    """
    get_flashbag(request).keep(*keys)


def flashbag_clear(request: web.Request) -> None:
    """Drop all values and messages, and everything that this request has added.

    Call it at login and at logout.

    Raises:
        RuntimeError: If the response has begun, or the application has no flashbag.

    Example:
        flashbag_clear(request)
        flash(request, "Goodbye.")  # after clearing
    """
    get_flashbag(request).clear()
