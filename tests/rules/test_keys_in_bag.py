"""A bag takes a typed key wherever it takes the name of one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from aiohttp_flashbag import FlashKey
from aiohttp_flashbag.bag import Flashbag
from aiohttp_flashbag.keys import Key
from aiohttp_flashbag.parcel import Parcel

ERROR = FlashKey("error", str)
ERRORS = FlashKey[list[str]]("errors", list)
UNTYPED: FlashKey[Any] = FlashKey("it's")
MESSAGE = "Name is required"


@pytest.mark.parametrize("key", [ERROR, "error"], ids=["typed", "plain"])
def test_the_bag_itself_takes_both_kinds_of_key(key: Key) -> None:
    bag = Flashbag(Parcel({"error": MESSAGE}))
    assert key in bag
    assert FlashKey("name", str) not in bag
    assert bag.peek(key) == bag.get(key) == MESSAGE
    bag.append(key, 1)
    bag.append("error", 2)
    assert bag.delta(200, shows=True, page_view=False).values == {"error": [1, 2]}


@pytest.mark.parametrize("key", [ERROR, "error"], ids=["typed", "plain"])
@pytest.mark.parametrize(
    "look", [Flashbag.get, Flashbag.peek, Flashbag.__contains__], ids=["get", "peek", "in"]
)
def test_b3_a_hidden_bag_notes_that_it_was_asked_under_either(
    key: Key, look: Callable[[Flashbag, Key], object]
) -> None:
    bag = Flashbag(Parcel({"error": MESSAGE}), hidden=True)
    assert not look(bag, "name")
    assert not bag._was_missed
    assert not look(bag, key)
    assert bag._was_missed


@pytest.mark.parametrize("key", [FlashKey("a\ud800", int), "a\ud800"], ids=["typed", "plain"])
def test_the_bag_itself_asks_for_the_stored_name(key: Key) -> None:
    bag = Flashbag(Parcel({"a\ufffd": 1}))
    assert key in bag
    assert bag.peek(key) == bag.get(key) == 1
    bag.keep(key)
    assert bag.delta(200, shows=True, page_view=True).consumed == {}


def test_of_two_keys_of_one_name_the_later_counts() -> None:
    bag = Flashbag()
    bag.replace_all({FlashKey("a\ud800", str): 1, "a\udfff": 2})
    assert bag.delta(200, shows=True, page_view=True).values == {"a\ufffd": 2}


@pytest.mark.parametrize(
    "give",
    [
        lambda bag: bag.set(ERROR, {1}),
        lambda bag: bag.append(ERROR, {1}),
        lambda bag: bag.replace_all({ERROR: {1}}),
        lambda bag: bag.now(ERROR, {1}),
    ],
    ids=["set", "append", "replace_all", "now"],
)
def test_an_error_names_the_value_as_it_is_stored(give: Callable[[Flashbag], None]) -> None:
    with pytest.raises(TypeError, match=r"^flashbag value 'error' cannot be stored"):
        give(Flashbag())


def test_an_item_for_what_is_no_list_is_refused_by_name() -> None:
    bag = Flashbag()
    bag.set(ERROR, MESSAGE)
    with pytest.raises(ValueError, match=r"^cannot append to flashbag value 'error'"):
        bag.append(ERROR, MESSAGE)
