"""Values by key for the next request, each function a line over `get_flashbag(request)`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, overload

from aiohttp import web

from .keys import FlashKey, Key
from .middleware import get_flashbag

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
    """Return the value that an earlier request set under `key`, and use it up.

    `default` if nothing waits there. Asked again in the same request it returns the same object.
    Values of other keys wait on, until they are read or until the next page loads.
    """
    return get_flashbag(request).get(key, default)


@overload
def flashbag_set(request: web.Request, key: FlashKey[T], value: T) -> None: ...
@overload
def flashbag_set(request: web.Request, key: str, value: Any) -> None: ...
def flashbag_set(request: web.Request, key: Key, value: Any) -> None:
    """Let the next request find a copy of `value` under `key`.

    The copy is what JSON makes of the value, by the encoder of the session storage: a tuple
    arrives as a list. Raises TypeError if it cannot be stored, RuntimeError once the answer has
    begun.
    """
    get_flashbag(request).set(key, value)


@overload
def flashbag_append(request: web.Request, key: FlashKey[list[T]], value: T) -> None: ...
@overload
def flashbag_append(request: web.Request, key: str, value: Any) -> None: ...
def flashbag_append(request: web.Request, key: Key, value: Any) -> None:
    """Add a copy of `value` to the list that this request sends under `key`.

    Without a list yet, one is begun. Raises ValueError if this request has set something else
    there, and whatever `flashbag_set` raises.
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
    """Let the next request find copies of exactly these values, and none that waited before.

    Messages wait on. Raises ValueError if `value` is no mapping, and whatever `flashbag_set`
    raises.
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
    """Return a copy of what `flashbag_get` would return, and use nothing up."""
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
    """Let the values that came under `keys`, or all of them, wait for one more request.

    What this request sets under the same key wins.
    """
    get_flashbag(request).keep(*keys)


def flashbag_clear(request: web.Request) -> None:
    """Drop every value and message: what waits and what this request added. For logout."""
    get_flashbag(request).clear()
