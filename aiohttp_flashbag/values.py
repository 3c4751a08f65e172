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
    """Return the value that an earlier request set under `key`, and consume it.

    Returns `default` if nothing is pending there. Called again in the same request, it returns the
    same object. Values of other keys stay pending until they are read or until the next page view.
    """
    return get_flashbag(request).get(key, default)


@overload
def flashbag_set(request: web.Request, key: FlashKey[T], value: T) -> None: ...
@overload
def flashbag_set(request: web.Request, key: str, value: Any) -> None: ...
def flashbag_set(request: web.Request, key: Key, value: Any) -> None:
    """Let the next request read a copy of `value` under `key`.

    The value is copied through JSON (in a session, with its storage's own encoder), so a tuple
    arrives as a list. A value that is too large to travel is dropped, with an ERROR in the log.
    Raises TypeError if the value cannot be stored, RuntimeError after the response has begun.
    """
    get_flashbag(request).set(key, value)


@overload
def flashbag_append(request: web.Request, key: FlashKey[list[T]], value: T) -> None: ...
@overload
def flashbag_append(request: web.Request, key: str, value: Any) -> None: ...
def flashbag_append(request: web.Request, key: Key, value: Any) -> None:
    """Add a copy of `value` to the list that this request sends under `key`.

    The first value starts the list. Raises ValueError if the key holds something other than a list,
    and the errors of `flashbag_set`.
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
    """Replace all pending values: let the next request read copies of exactly these.

    Messages stay pending. Raises ValueError if `value` is not a mapping, and the errors of
    `flashbag_set`.
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
    """Return a copy of the value that `flashbag_get` would, and consume nothing."""
    return get_flashbag(request).peek(key, default)


@overload
def flashbag_now(request: web.Request, key: FlashKey[T], value: T) -> None: ...
@overload
def flashbag_now(request: web.Request, key: str, value: Any) -> None: ...
def flashbag_now(request: web.Request, key: Key, value: Any) -> None:
    """Let this request, and no later one, read a copy of `value` under `key`.

    Use it for a page that is rendered without a redirect. Raises TypeError if the value cannot be
    stored.
    """
    get_flashbag(request).now(key, value)


def flashbag_keep(request: web.Request, *keys: Key) -> None:
    """Keep incoming values pending for one more request. Without `keys`, keep all of them.

    A value that this request sets under the same key replaces the incoming one.
    """
    get_flashbag(request).keep(*keys)


def flashbag_clear(request: web.Request) -> None:
    """Drop all values and messages, including outgoing ones. Use it at login and logout.

    To say goodbye after a logout, clear first and then flash.
    """
    get_flashbag(request).clear()
