"""What a later request will read of what was given."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from aiohttp_flashbag.codec import Codec, clean
from aiohttp_flashbag.keys import key_name


def copy(value: Any) -> Any:
    return Codec().copy("flashbag value 'x'", value)


@pytest.mark.parametrize("value", [None, True, 0, 1.5, "Zoë 😀", [], {}, {"a": [1, {"b": None}]}])
def test_what_json_holds_is_copied_as_it_is(value: Any) -> None:
    assert copy(value) == value


@pytest.mark.parametrize(("given", "read"), [((1, 2), [1, 2]), ({1: "one"}, {"1": "one"})])
def test_what_json_changes_is_changed_at_once(given: Any, read: Any) -> None:
    assert copy(given) == read


def test_a_copy_shares_nothing_with_what_was_given() -> None:
    given: dict[str, list[Any]] = {"names": [[]]}
    read = copy(given)
    given["names"][0].append("secret")
    assert read == {"names": [[]]}


def circle() -> list[Any]:
    value: list[Any] = []
    value.append(value)
    return value


def deep() -> Any:
    value: Any = []
    for _ in range(100_000):
        value = [value]
    return value


@pytest.mark.parametrize("value", [object(), b"bytes", {1}, date(2026, 1, 1), {(1, 2): 3}])
def test_what_cannot_be_stored_is_named_with_its_type_and_what_to_give(value: Any) -> None:
    expected = f"flashbag value 'x' cannot be stored, JSON cannot hold this {type(value).__name__} "
    with pytest.raises(TypeError, match=expected + ".*give str, int, float, bool, None, or lists"):
        copy(value)


@pytest.mark.parametrize("value", [circle(), deep()], ids=["circle", "deep"])
def test_what_has_no_end_cannot_be_stored(value: Any) -> None:
    with pytest.raises(TypeError, match="'x' cannot be stored"):
        copy(value)


@pytest.mark.parametrize("error", [ValueError, OverflowError])
def test_whatever_an_encoder_objects_to_is_a_type_error(error: type[Exception]) -> None:
    def refuse(value: Any) -> Any:
        raise error("out of range")

    with pytest.raises(TypeError, match="out of range") as caught:
        Codec(refuse).copy("value", 10**400)
    assert isinstance(caught.value.__cause__, error)


def test_what_a_decoder_makes_is_left_as_it_is() -> None:
    assert Codec(str, date.fromisoformat).copy("value", "2026-01-01") == date(2026, 1, 1)


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ("a\ud800b", "a\ufffdb"),
        ("\udfff", "\ufffd"),
        ("\ud83d\ude00", "😀"),
        ("Zoë", "Zoë"),
    ],
)
def test_text_is_made_utf_8(given: str, read: str) -> None:
    assert clean(given) == read
    assert copy({given: [given, 1]}) == {read: [read, 1]}
    assert key_name(given) == read


def test_text_is_made_utf_8_for_an_encoder_that_insists_on_it() -> None:
    def strict(value: Any) -> bytes:
        return json.dumps(value, ensure_ascii=False).encode()

    copy = Codec(strict).copy("value", {"name": [("a\ud800b",)]})
    assert copy == {"name": [["a\ufffdb"]]}


def test_text_that_an_encoder_makes_is_made_utf_8() -> None:
    class Name(str):
        __slots__ = ()

    assert copy(Name("a\ud800b")) == "a\ufffdb"


@pytest.mark.parametrize("key", [None, 5, b"error", ("error",)])
def test_a_key_is_a_str(key: Any) -> None:
    with pytest.raises(TypeError, match=f"a flashbag key is a str, not .*{type(key).__name__}$"):
        key_name(key)
