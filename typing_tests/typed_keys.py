"""What mypy says of typed keys: nothing, for it needs each `ignore` that is here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aiohttp import web

from aiohttp_flashbag import (
    FlashKey,
    flashbag_append,
    flashbag_get,
    flashbag_keep,
    flashbag_now,
    flashbag_peek,
    flashbag_replace_all,
    flashbag_set,
    get_flashbag,
)

if TYPE_CHECKING:
    from typing_extensions import assert_type

ERROR = FlashKey("error", str)
COUNT = FlashKey("count", int)
ERRORS = FlashKey[list[str]]("errors", list)
POINT = FlashKey[dict[str, float] | None]("point")


def keys() -> None:
    assert_type(ERROR, FlashKey[str])
    assert_type(FlashKey("errors", list[str]), FlashKey[list[str]])
    assert_type(ERROR.name, str)
    FlashKey[str]("error", int)  # type: ignore[arg-type]
    FlashKey(str, "error")  # type: ignore[arg-type]
    untyped = FlashKey("error")  # type: ignore[var-annotated]
    assert_type(untyped, FlashKey[Any])


def reading(request: web.Request) -> None:
    assert_type(flashbag_get(request, ERROR), str | None)
    assert_type(flashbag_get(request, ERROR, None), str | None)
    assert_type(flashbag_get(request, ERROR, ""), str)
    assert_type(flashbag_get(request, ERROR, default=""), str)
    assert_type(flashbag_get(request, ERROR, 0), str | int)
    assert_type(flashbag_get(request, ERRORS, []), list[str])
    assert_type(flashbag_get(request, POINT), dict[str, float] | None)
    assert_type(flashbag_get(request, "error"), Any)
    assert_type(flashbag_get(request, "error", ""), Any)
    flashbag_get(request, ERROR).upper()  # type: ignore[union-attr]  # it may be None
    flashbag_get(request, 5)  # type: ignore[call-overload]
    flashbag_get(request, ERROR, "", "")  # type: ignore[call-overload]


def peeking(request: web.Request) -> None:
    assert_type(flashbag_peek(request, ERROR), str | None)
    assert_type(flashbag_peek(request, ERROR, ""), str)
    assert_type(flashbag_peek(request, ERROR, 0), str | int)
    assert_type(flashbag_peek(request, ERRORS, []), list[str])
    assert_type(flashbag_peek(request, "error"), Any)
    flashbag_peek(request, ERROR).upper()  # type: ignore[union-attr]
    flashbag_peek(request, 5)  # type: ignore[call-overload]


def setting(request: web.Request) -> None:
    flashbag_set(request, ERROR, "Name is required")
    flashbag_set(request, ERRORS, [])
    flashbag_set(request, POINT, {"x": 1.0})
    flashbag_set(request, POINT, None)
    flashbag_set(request, "error", 3)
    flashbag_set(request, ERROR, 3)  # type: ignore[misc]
    flashbag_set(request, ERROR, None)  # type: ignore[misc]
    flashbag_set(request, ERRORS, [3])  # type: ignore[misc]
    flashbag_set(request, 5, 3)  # type: ignore[call-overload]


def setting_for_now(request: web.Request) -> None:
    flashbag_now(request, ERROR, "Name is required")
    flashbag_now(request, "error", 3)
    flashbag_now(request, ERROR, 3)  # type: ignore[misc]
    flashbag_now(request, 5, 3)  # type: ignore[call-overload]


def appending(request: web.Request) -> None:
    flashbag_append(request, ERRORS, "Name is required")
    flashbag_append(request, FlashKey("anything", list), 3)
    flashbag_append(request, "errors", 3)
    flashbag_append(request, ERRORS, 3)  # type: ignore[misc]
    flashbag_append(request, ERROR, "x")  # type: ignore[arg-type]  # that is no list
    flashbag_append(request, 5, "x")  # type: ignore[call-overload]


def naming_several(request: web.Request) -> None:
    values: dict[str, str] = {}
    flashbag_replace_all(request, values)
    flashbag_replace_all(request, {ERROR: "x", COUNT: 3})
    flashbag_replace_all(request, {ERROR: "x", "name": "Zoë"})
    flashbag_replace_all(request, {5: "x"})  # type: ignore[dict-item]
    flashbag_keep(request, ERROR, "name")
    flashbag_keep(request, 5)  # type: ignore[arg-type]


def in_the_bag(request: web.Request) -> None:
    bag = get_flashbag(request)
    assert_type(ERROR in bag, bool)
    assert_type(bag.get(ERROR), Any)
    bag.set(ERROR, "x")
    bag.set(5, "x")  # type: ignore[arg-type]
    bag.replace_all({ERROR: "x", "name": "Zoë"})
