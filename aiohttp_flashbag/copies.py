"""Copies of the values and messages that an application flashes.

A value is copied through JSON when it is set. A value that JSON cannot represent therefore fails in
the handler that set it, and later changes to the original object do not reach the next request.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from yarl import URL

from .log import logger

MAX_DEPTH = 100
"""The deepest nesting of lists and dicts that can be stored."""
_TOO_DEEP = f"nested deeper than {MAX_DEPTH} levels"


def clean(text: str) -> str:
    """Return `text` as an exact str that UTF-8 can encode: a lone surrogate becomes U+FFFD."""
    text = str.__str__(text)
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def clean_copy(value: Any, depth: int = MAX_DEPTH) -> Any:
    """Copy JSON data and clean its text. Raises ValueError if it is nested too deeply."""
    if isinstance(value, str):
        return clean(value)
    kind = type(value)
    if kind is not list and kind is not dict and kind is not tuple:
        return value
    if not depth:
        raise ValueError(_TOO_DEEP)
    if kind is dict:
        return {clean_copy(key): clean_copy(item, depth - 1) for key, item in value.items()}
    return kind([clean_copy(item, depth - 1) for item in value])


def as_text(value: Any) -> str | None:
    """Return the text of a str, a lazy translation or a URL; None for other types.

    A lazy translation is an object that behaves like a str, whatever library it comes from.
    """
    if isinstance(value, str):
        return str.__str__(value)
    return str(value) if isinstance(value, URL) or hasattr(value, "casefold") else None


def with_texts(value: Any, depth: int = MAX_DEPTH) -> Any:
    """Copy data like `clean_copy`, with lazy translations and URLs as text."""
    if not isinstance(value, dict | list | tuple):
        text = as_text(value)
        return value if text is None else clean(text)
    if not depth:
        raise ValueError(_TOO_DEEP)
    if isinstance(value, dict):
        return {clean_copy(key): with_texts(item, depth - 1) for key, item in value.items()}
    return [with_texts(item, depth - 1) for item in value]


def readable(name: str, stored: Any, default: Any) -> Any:
    """Return a copy of stored data, or `default` if it is nested too deeply (B7)."""
    try:
        return clean_copy(stored)
    except ValueError as error:
        logger.warning("%s is treated as empty: %s.", name, error)
        return default


class Copies:
    """Copies values and messages through `dumps` and `loads`."""

    def __init__(
        self,
        dumps: Callable[[Any], Any] = json.dumps,
        loads: Callable[[Any], Any] = json.loads,
    ) -> None:
        self._dumps = dumps
        self._loads = loads
        self._keeps_text = loads is json.loads  # text survives plain JSON unchanged

    def copy(self, name: str, value: Any, prepare: Callable[[Any], Any] = clean_copy) -> Any:
        """Return the value that a later request reads. Raises TypeError that starts with `name`."""
        if self._keeps_text and isinstance(value, str):
            return clean(value)
        try:
            return clean_copy(self._loads(self._dumps(prepare(value))))
        except (TypeError, ValueError, OverflowError, RecursionError) as error:
            raise TypeError(
                f"{name} cannot be stored, because JSON cannot represent this "
                f"{type(value).__name__} ({error}). Use str, int, float, bool, None, or lists and "
                f"dicts of these."
            ) from error

    def message(
        self,
        text: str,
        category: str,
        data: Mapping[str, Any],
        *,
        markup: bool = False,
        once: bool = False,
    ) -> dict[str, Any]:
        """Return the content of a message. Raises TypeError if `data` cannot be stored."""
        content: dict[str, Any] = {"m": clean(text), "c": clean(category)}
        if markup:
            content["html"] = 1
        if once:
            content["once"] = 1
        if data:
            content["data"] = self.copy("The data of a flash message", dict(data), with_texts)
        return content
