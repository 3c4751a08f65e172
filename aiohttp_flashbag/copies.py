"""Copies of what a caller gives: what JSON makes of it, in text that UTF-8 can hold."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from .keys import FlashKey, Key

Copier = Callable[[Any], Any]


def copy_through_json(value: Any) -> Any:
    """What a later request will read of `value`."""
    return json.loads(json.dumps(value))


def copier(
    dumps: Callable[[Any], str], loads: Callable[[str], Any], *, is_plain: bool = False
) -> Copier:
    """Through `dumps` and `loads`. `is_plain`: they do what `json.dumps` and `json.loads` do."""
    if is_plain or (dumps is json.dumps and loads is json.loads):
        return copy_through_json
    return lambda value: loads(dumps(value))


def copied(name: str, value: Any, copier: Copier) -> Any:
    """A copy of `value` that shares nothing with it.

    Raises TypeError, naming the value by `name`, if it cannot be stored.
    """
    if copier is copy_through_json and type(value) is str:
        return clean(value)
    try:
        return _cleaned(copier(_cleaned(value)))
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        raise TypeError(
            f"{name} cannot be stored, JSON cannot hold this {type(value).__name__} ({error}): "
            f"give str, int, float, bool, None, or lists and dicts of these"
        ) from error


def key_name(key: Key) -> str:
    """The name under which a value of this key is stored; TypeError if it is no key."""
    name = key.name if isinstance(key, FlashKey) else key
    if isinstance(name, str):
        return clean(name)
    raise TypeError(f"a flashbag key is a str, not {key!r} of type {type(key).__name__}")


def clean(text: str) -> str:
    """`text` as UTF-8 can hold it: each lone surrogate becomes U+FFFD."""
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def _cleaned(value: Any) -> Any:
    if type(value) is str:
        return clean(value)
    if type(value) is list or type(value) is tuple:
        return type(value)(map(_cleaned, value))
    if type(value) is dict:
        return {_cleaned(key): _cleaned(item) for key, item in value.items()}
    return value
