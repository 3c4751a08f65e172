"""Copies through JSON: the next request reads exactly what the copy holds."""

from __future__ import annotations

import json
from datetime import date
from enum import Enum
from typing import Any

import pytest
from hypothesis import given

from aiohttp_flashbag.copies import MAX_DEPTH, Copies, clean, clean_copy
from rules.random_flashes import json_values, repeatable


def copy(value: Any) -> Any:
    return Copies().copy("Flashbag value 'x'", value)


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


def circle() -> list[Any]:
    value: list[Any] = []
    value.append(value)
    return value


@repeatable
@given(json_values)
def test_a_value_that_json_can_represent_stays_as_it_is(value: Any) -> None:
    assert copy(value) == value


@pytest.mark.parametrize(("given", "read"), [((1, 2), [1, 2]), ({1: "one"}, {"1": "one"})])
def test_27_a_value_that_json_changes_is_changed_at_once(given: Any, read: Any) -> None:
    assert copy(given) == read


def test_a_copy_shares_nothing_with_its_original() -> None:
    given: dict[str, list[Any]] = {"names": [[]]}
    read = copy(given)
    given["names"][0].append("secret")
    assert read == {"names": [[]]}


@pytest.mark.parametrize(
    "value",
    [object(), b"bytes", {1}, date(2026, 1, 1), {(1, 2): 3}, circle()],
    ids=["object", "bytes", "set", "date", "dict with a tuple", "circle"],
)
def test_26_the_error_names_the_value_its_type_and_the_remedy(value: Any) -> None:
    expected = f"Flashbag value 'x' cannot be stored, .* this {type(value).__name__} "
    with pytest.raises(TypeError, match=expected + ".*Use str, int, float, bool, None, or lists"):
        copy(value)


@pytest.mark.parametrize("depth", [MAX_DEPTH + 1, 950, 100_000])
def test_51_a_value_that_is_nested_too_deeply_is_refused(depth: int) -> None:
    assert copy(nested(MAX_DEPTH)) == nested(MAX_DEPTH)
    with pytest.raises(TypeError, match="'x' cannot be stored"):
        copy(nested(depth))


@pytest.mark.parametrize("error", [ValueError, OverflowError])
def test_every_error_of_an_encoder_becomes_a_type_error(error: type[Exception]) -> None:
    def refuse(value: Any) -> Any:
        raise error("out of range")

    with pytest.raises(TypeError, match="out of range") as caught:
        Copies(refuse).copy("value", 10**400)
    assert isinstance(caught.value.__cause__, error)


def test_another_decoder_may_return_other_objects() -> None:
    assert Copies(str, date.fromisoformat).copy("value", "2026-01-01") == date(2026, 1, 1)


def test_another_decoder_also_copies_plain_text() -> None:
    assert Copies(json.dumps, lambda text: json.loads(text).upper()).copy("value", "a") == "A"


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ("a\ud800b", "a\ufffdb"),
        ("\udfff", "\ufffd"),
        ("\ud83d\ude00", "😀"),
        ("Zoë", "Zoë"),
    ],
)
def test_42_lone_surrogates_are_replaced(given: str, read: str) -> None:
    assert clean(given) == read
    assert copy(given) == read
    assert copy({given: [given, 1]}) == {read: [read, 1]}


def test_42_lone_surrogates_are_replaced_before_a_strict_encoder_sees_them() -> None:
    def strict(value: Any) -> bytes:
        return json.dumps(value, ensure_ascii=False).encode()

    copies = Copies(strict)
    assert copies.copy("value", {"name": [("a\ud800b",)]}) == {"name": [["a\ufffdb"]]}


class Colour(str, Enum):
    """A str that is not exactly a str."""

    RED = "red\ud800"


@pytest.mark.parametrize("text", [Colour.RED, "red\ud800"])
def test_60_text_becomes_an_exact_str(text: str) -> None:
    read = copy(text)
    assert (type(read), read) == (str, "red\ufffd")


def test_a_clean_copy_keeps_tuples_and_other_objects() -> None:
    value = ["a\ud800", (1, "b\ud800"), date(2026, 1, 1)]
    assert clean_copy(value) == ["a\ufffd", (1, "b\ufffd"), date(2026, 1, 1)]


def test_a_message_has_only_the_marks_that_apply() -> None:
    assert Copies().message("a\ud800", "b\udfff", {}) == {"m": "a\ufffd", "c": "b\ufffd"}
    assert Copies().message("a", "b", {}, markup=True, once=True) == {
        "m": "a",
        "c": "b",
        "html": 1,
        "once": 1,
    }
