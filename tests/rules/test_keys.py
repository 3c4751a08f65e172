"""A typed key names the same value as the plain str, in every function that accepts a key.

`typing_tests/` shows how a type checker sees typed keys.
"""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import pytest

from aiohttp_flashbag import FlashKey
from aiohttp_flashbag.bag import Flashbag
from aiohttp_flashbag.flash import Flash
from aiohttp_flashbag.keys import Key, key_name

ERROR = FlashKey("error", str)
ERRORS = FlashKey[list[str]]("errors", list)
UNTYPED: FlashKey[Any] = FlashKey("it's")
INCOMING = [Flash("0000000000001aaaaaa", "error", "Taken")]

both_kinds = pytest.mark.parametrize("key", [ERROR, "error"], ids=["typed", "plain"])


class Colour:
    """A class of an application."""


@pytest.mark.parametrize(
    ("key", "shown"),
    [
        (FlashKey("error", str), "<FlashKey('error', type=str)>"),
        (FlashKey("errors", list[str]), "<FlashKey('errors', type=list[str])>"),
        (FlashKey[list[str]]("errors", list), "<FlashKey('errors', type=list[str])>"),
        (FlashKey[str]("error"), "<FlashKey('error', type=str)>"),
        (FlashKey("colour", Colour), "<FlashKey('colour', type=rules.test_keys.Colour)>"),
        (FlashKey[int | None]("count"), "<FlashKey('count', type=int | None)>"),
        (UNTYPED, '<FlashKey("it\'s")>'),
    ],
)
def test_repr_shows_the_name_and_the_type(key: FlashKey[Any], shown: str) -> None:
    assert repr(key) == shown


def test_a_key_equals_its_name() -> None:
    other_type = FlashKey("error", int)
    assert ERROR.name == "error"
    assert {ERROR, other_type, "error"} == {"error"}
    assert {ERROR: 1} == {"error": 1} == {other_type: 1}
    for other in (FlashKey("errors", str), "errors", 5, None):
        assert other != ERROR


def test_a_key_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        ERROR.name = "errors"  # type: ignore[misc]
    with pytest.raises(AttributeError):
        ERROR.colour = "red"  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "again", [copy.copy, copy.deepcopy, lambda key: pickle.loads(pickle.dumps(key))]
)
def test_a_copy_is_the_same_key(again: Callable[[FlashKey[Any]], FlashKey[Any]]) -> None:
    assert again(ERRORS) == ERRORS
    assert repr(again(ERRORS)) == repr(ERRORS)


@pytest.mark.parametrize("key", [None, 5, b"error", ("error",)])
def test_a_key_must_be_a_str(key: Any) -> None:
    with pytest.raises(TypeError, match="name of a FlashKey must be a str, not "):
        FlashKey(key, str)
    with pytest.raises(TypeError, match=f"key must be a str, not .* of type {type(key).__name__}"):
        key_name(key)


@both_kinds
@pytest.mark.parametrize(
    ("send", "sent"),
    [
        (lambda bag, key: bag.set(key, 1), 1),
        (lambda bag, key: bag.append(key, 1), [1]),
        (lambda bag, key: bag.replace_all({key: 1}), 1),
    ],
    ids=["set", "append", "replace_all"],
)
def test_a_value_is_sent_under_either_key(key: Key, send: Any, sent: Any) -> None:
    bag = Flashbag(INCOMING)
    send(bag, key)
    outcome = bag.delta(consumes=True, shows=True, page_view=False).apply(INCOMING)
    assert [(flash.key, flash.content) for flash in outcome.after] == [("error", sent)]


@both_kinds
@pytest.mark.parametrize("look", [Flashbag.get, Flashbag.peek, Flashbag.__contains__])
def test_a_value_is_read_missed_and_kept_under_either_key(
    key: Key, look: Callable[[Flashbag, Key], object]
) -> None:
    bag, hidden = Flashbag(INCOMING), Flashbag(INCOMING, hidden=True)
    assert look(bag, key)
    assert not look(hidden, key)
    assert hidden.was_missed
    bag.keep(key)
    assert not bag.delta(consumes=True, shows=True, page_view=True)
    bag.now(key, "Too long")
    assert bag.get("error") == bag.get(ERROR) == "Too long"


@pytest.mark.parametrize("key", [FlashKey("a\ud800", int), "a\ud800"], ids=["typed", "plain"])
def test_a_bag_looks_up_the_stored_name(key: Key) -> None:
    bag = Flashbag([Flash("0000000000001aaaaaa", "a\ufffd", 1)])
    assert key in bag
    assert bag.peek(key) == bag.get(key) == 1


def test_of_two_keys_with_one_stored_name_the_later_counts() -> None:
    bag = Flashbag()
    bag.replace_all({FlashKey("a\ud800", str): 1, "a\udfff": 2})
    assert [(flash.key, flash.content) for flash in bag.usage().added] == [("a\ufffd", 2)]
