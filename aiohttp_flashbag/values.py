"""Values by key for the next request, each function one line over `get_flashbag(request)`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, overload

from aiohttp import web

from .exchange import get_flashbag
from .keys import FlashKey, Key

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

    Returns `default` if nothing is pending there, and the same object when called again in the same
    request. Values of other keys stay pending until they are read or until the next page loads.
    """
    return get_flashbag(request).get(key, default)


@overload
def flashbag_set(request: web.Request, key: FlashKey[T], value: T) -> None: ...
@overload
def flashbag_set(request: web.Request, key: str, value: Any) -> None: ...
def flashbag_set(request: web.Request, key: Key, value: Any) -> None:
    """Let the next request find a copy of `value` under `key`.

    The copy is what JSON makes of the value (in a session by its storage's own encoder): a tuple
    arrives as a list. Raises TypeError if the value cannot be stored, ValueError if it is too large
    to travel, RuntimeError once the response has begun.
    """
    get_flashbag(request).set(key, value)


@overload
def flashbag_append(request: web.Request, key: FlashKey[list[T]], value: T) -> None: ...
@overload
def flashbag_append(request: web.Request, key: str, value: Any) -> None: ...
def flashbag_append(request: web.Request, key: Key, value: Any) -> None:
    """Add a copy of `value` to the list that this request sends under `key`.

    The first value begins the list. Raises ValueError if the key holds something other than a list,
    and whatever `flashbag_set` raises.
    """
    get_flashbag(request).append(key, value)


# One for each kind of mapping: its keys are invariant, a dict[str, Any] is no Mapping[Key, Any].
@overload
def flashbag_replace_all(request: web.Request, value: Mapping[str, Any]) -> None: ...
@overload
def flashbag_replace_all(request: web.Request, value: Mapping[FlashKey[Any], Any]) -> None: ...
@overload
def flashbag_replace_all(request: web.Request, value: Mapping[Key, Any]) -> None: ...
def flashbag_replace_all(request: web.Request, value: Mapping[Any, Any]) -> None:
    """Let the next request find copies of exactly these values, and none that was pending before.

    Messages stay pending. Raises ValueError if `value` is not a mapping, and whatever
    `flashbag_set` raises.
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
    """Return a copy of what `flashbag_get` would return, and consume nothing."""
    return get_flashbag(request).peek(key, default)


@overload
def flashbag_now(request: web.Request, key: FlashKey[T], value: T) -> None: ...
@overload
def flashbag_now(request: web.Request, key: str, value: Any) -> None: ...
def flashbag_now(request: web.Request, key: Key, value: Any) -> None:
    """Let this request, and no later one, find a copy of `value` under `key`.

    For a page that is rendered without a redirect. Raises TypeError if the value cannot be stored.
    """
    get_flashbag(request).now(key, value)


def flashbag_keep(request: web.Request, *keys: Key) -> None:
    """Leave the values that arrived under `keys`, or all of them, pending for one more request.

    A value that this request sets under the same key wins.
    """
    get_flashbag(request).keep(*keys)


def flashbag_clear(request: web.Request) -> None:
    """Drop every value and message: what is pending and what this request added. For logout."""
    get_flashbag(request).clear()
