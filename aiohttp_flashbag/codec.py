"""Copies of what a caller gives: what a later request will read, small enough to travel.

Each value is copied through JSON when it is given. So what cannot be stored fails in the handler
that set it, and nothing that the handler changes afterwards reaches anybody.
"""

from __future__ import annotations

import json
import logging
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

logger = logging.getLogger("aiohttp_flashbag")

MAX_DEPTH = 100
"""How many lists and dicts may lie inside one another."""


def clean(text: str) -> str:
    """Return `text` as an exact str that UTF-8 can hold: a lone surrogate becomes U+FFFD."""
    text = str.__str__(text)
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def clean_copy(value: Any, depth: int = MAX_DEPTH) -> Any:
    """Copy JSON data and clean its text. Raises ValueError if it is nested too deep."""
    if isinstance(value, str):
        return clean(value)
    kind = type(value)
    if kind is not list and kind is not dict and kind is not tuple:
        return value
    if not depth:
        raise ValueError(f"nested deeper than {MAX_DEPTH} levels")
    if kind is dict:
        return {clean_copy(key): clean_copy(item, depth - 1) for key, item in value.items()}
    return kind([clean_copy(item, depth - 1) for item in value])


def readable(name: str, stored: Any, default: Any) -> Any:
    """Return a copy of what was stored; `default` if somebody else nested it too deep (B7)."""
    try:
        return clean_copy(stored)
    except ValueError as error:
        logger.warning("%s counts as empty: %s", name, error)
        return default


@dataclass(frozen=True, slots=True)
class SizeLimit:
    """How many bytes may be pending, and how many of them these values and messages need.

    Text of fewer than `safe_length` characters always fits, so nobody has to measure it.
    """

    max_bytes: int
    measure: Callable[[Mapping[str, Any], list[Any]], int]
    safe_length: int = 0

    def excess(self, values: Mapping[str, Any], messages: list[Any]) -> int:
        """Return by how many bytes these are too large; 0 or less if they fit."""
        return self.measure(values, messages) - self.max_bytes


class Codec:
    """Copies values and messages through `dumps` and `loads`, and holds them to `limit`.

    With `is_plain` a str survives `dumps` and `loads` unchanged, so it is not sent through them.
    """

    def __init__(
        self,
        dumps: Callable[[Any], Any] = json.dumps,
        loads: Callable[[Any], Any] = json.loads,
        *,
        is_plain: bool = False,
        limit: SizeLimit | None = None,
    ) -> None:
        self._dumps = dumps
        self._loads = loads
        self._is_plain = is_plain or (dumps is json.dumps and loads is json.loads)
        self.limit = limit

    def copy(self, name: str, value: Any) -> Any:
        """Return what a later request will read; TypeError, naming `name`, if there is none."""
        if self._is_plain and isinstance(value, str):
            return clean(value)
        try:
            return clean_copy(self._loads(self._dumps(clean_copy(value))))
        except (TypeError, ValueError, OverflowError, RecursionError) as error:
            raise TypeError(
                f"{name} cannot be stored, JSON cannot hold this {type(value).__name__} "
                f"({error}): give str, int, float, bool, None, or lists and dicts of these"
            ) from error

    def value(self, key: str, value: Any) -> Any:
        """Return a copy to send. Raises TypeError as `copy` does, ValueError if it is too large."""
        return self.fitting(key, self.copy(f"flashbag value {key!r}", value))

    def fitting(self, key: str, value: Any) -> Any:
        """Return `value`; ValueError if it is too large to travel even alone."""
        if self.limit is not None and not self._surely_fits(key, value):
            self._check(f"flashbag value {key!r}", {key: value}, [])
        return value

    def message(
        self,
        text: str,
        category: str,
        data: Mapping[str, Any],
        *,
        html: bool = False,
        once: bool = False,
    ) -> dict[str, Any]:
        """Return a message as it is stored. A text too large to travel even alone is shortened."""
        message: dict[str, Any] = {"id": _new_id(), "m": clean(text), "c": clean(category)}
        if html:
            message["html"] = 1
        if once:
            message["once"] = 1
        if data:
            message["data"] = self.copy("data of a flash message", dict(data))
        if self.limit is not None and (data or not self._surely_fits(message["c"], message["m"])):
            self._shorten(message, self.limit)
        return message

    def _surely_fits(self, name: str, value: Any) -> bool:
        return (
            self.limit is not None
            and isinstance(value, str)
            and len(name) + len(value) < self.limit.safe_length
        )

    def _check(self, name: str, values: Mapping[str, Any], messages: list[Any]) -> None:
        if self.limit is not None and (excess := self.limit.excess(values, messages)) > 0:
            max_bytes = self.limit.max_bytes
            raise ValueError(
                f"{name} needs {max_bytes + excess} bytes where max_bytes={max_bytes} is all "
                f"that may be pending: keep it in a database and send its id, or use the "
                f"SessionTransport"
            )

    def _shorten(self, message: dict[str, Any], limit: SizeLimit) -> None:
        """Shorten the text until it fits. Strip tags first: cutting inside one would break HTML."""
        if limit.excess({}, [message]) <= 0:
            return
        length = len(message["m"])
        text = _without_tags(message["m"]) if message.pop("html", None) else message["m"]
        self._check("a flash message without its text", {}, [{**message, "m": "…"}])
        kept = largest(
            len(text),
            lambda count: limit.excess({}, [{**message, "m": shortened(text, count)}]) <= 0,
        )
        message["m"] = shortened(text, kept)
        logger.warning(
            "a flash message of %d characters is too large for max_bytes=%d: shortened to %d",
            length,
            limit.max_bytes,
            len(message["m"]),
        )


def largest(limit: int, fits: Callable[[int], bool]) -> int:
    """Find the largest number up to `limit` that fits, by bisection; 0 is taken to fit."""
    low, high = 0, limit + 1
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if fits(middle) else (low, middle)
    return low


def shortened(text: str, length: int) -> str:
    """Return at most `length` characters of `text`, and an ellipsis where some are missing."""
    return text if length >= len(text) else text[:length].rstrip() + "…"


def _new_id() -> str:
    """Return an id that sorts by the microsecond in which it was made; its end is random."""
    return f"{time.time_ns() // 1000:013x}{os.urandom(3).hex()}"


def _without_tags(text: str) -> str:
    from markupsafe import Markup  # what was markup was made with it

    return Markup(text).striptags()  # noqa: S704
