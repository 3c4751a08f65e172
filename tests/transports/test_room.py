"""Which flashes are dropped if they do not all fit, and how the log describes them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rules.random_flashes import lists_of, repeatable, small_flashes

from aiohttp_flashbag.flash import Flash, by_id, ids
from aiohttp_flashbag.transports.room import (
    Step,
    describe,
    dropped_by,
    fitted,
    json_size,
    largest,
    shortened,
    steps,
)
from transports.visits import message, result_of, value


def form(size: int, key: str = "aiohttp_flashbag_form") -> Flash:
    """Return a form with data of this size and an error."""
    return value(key, {"data": {"name": ["x" * size]}, "errors": {"name": ["Taken"]}})


def without_one(flashes: Sequence[Flash]) -> Sequence[Flash]:
    """Drop the oldest message, or the oldest value if only values are left."""
    messages = [flash for flash in flashes if flash.is_message]
    dropped = min(messages or flashes, key=by_id)
    return [flash for flash in flashes if flash is not dropped]


@repeatable
@given(lists_of(small_flashes, max_size=12), st.integers(0, 12))
def test_44_bisection_keeps_the_flashes_that_dropping_one_by_one_keeps(
    flashes: list[Flash], room: int
) -> None:
    calls = []

    async def fit(found: Sequence[Flash]) -> bool:
        calls.append(found)
        return len(found) <= room

    expected: Sequence[Flash] = flashes
    while len(expected) > room:
        expected = without_one(expected)
    left, taken = result_of(fitted(flashes, fit))
    assert left == expected
    assert sorted([*left, *dropped_by(taken)], key=by_id) == flashes
    assert len(calls) <= 4  # for up to 12 flashes


def test_the_steps_are_the_data_of_forms_then_messages_then_values() -> None:
    """The errors of a form matter more than its data. Large data goes first."""
    flashes = [value("a"), message("b"), form(1), form(9, "aiohttp_flashbag_form:login")]
    flashes += [message("c"), value("aiohttp_flashbag_form", "damaged"), value("form", {"data": 1})]
    assert [flashes.index(step.flash) for step in steps(flashes)] == [3, 2, 1, 4, 0, 2, 3, 5, 6]
    first, *_ = steps(flashes)
    assert first.smaller == Flash(
        flashes[3].id, flashes[3].key, {"data": {}, "errors": {"name": ["Taken"]}}
    )


@pytest.mark.parametrize(("room", "left"), [(500, 2), (100, 2), (60, 1), (10, 0)])
def test_the_errors_of_a_form_outlast_its_data_and_the_messages(room: int, left: int) -> None:
    given = [message("Saved"), form(300)]

    async def fit(found: Sequence[Flash]) -> bool:
        return sum(json_size(flash.content) for flash in found) <= room

    found, taken = result_of(fitted(given, fit))
    assert len(found) == left
    assert ids(dropped_by(taken)) == ids(given) - ids(found)
    assert (given[1] in found) is (room == 500)
    assert all(flash.content["errors"] for flash in found if flash.key)


def test_a_description_names_at_most_ten_flashes_and_no_content() -> None:
    taken = [Step(message("ж" * 3), None), Step(value("form", {"name": "ж"}), None)]
    taken += [Step(value("x"), None) for _ in range(10)]
    text = describe(taken)
    assert text.startswith("a message of 6 bytes, value 'form' of 14 bytes, value 'x' of 1 bytes")
    assert text.count("value 'x'") == 8
    assert text.endswith(" and 2 more")
    assert "ж" not in text
    assert describe(taken[:11]).endswith(" and 1 more")
    assert " more" not in describe(taken[:10])


def test_a_form_that_is_dropped_after_its_data_is_described_once() -> None:
    first, last = steps([form(9)])
    assert describe([first]).startswith("the data of value 'aiohttp_flashbag_form' of ")
    assert describe([first, last]).startswith("value 'aiohttp_flashbag_form' of ")


@pytest.mark.parametrize("key", ["k" * 200, "a\n\ud800"])
def test_63_a_key_is_quoted_and_cut(key: str) -> None:
    text = describe([Step(value(key), None)])
    assert len(text.encode()) < 110
    assert "\n" not in text


SIZES = [("é", 4), ("\ud800", 3), ({"a": [1]}, 10), (date(2026, 1, 1), 12), ({(1,): 1}, 2)]


@pytest.mark.parametrize(("content", "size"), SIZES)
def test_the_size_is_measured_as_utf_8_json(content: Any, size: int) -> None:
    assert json_size(content) == size


@repeatable
@given(st.integers(0, 40), st.integers(0, 40))
def test_largest_finds_the_largest_number_that_fits(limit: int, most: int) -> None:
    assert largest(limit, lambda number: number <= most) == min(limit, most)


@pytest.mark.parametrize(
    ("length", "text"), [(0, "…"), (2, "ab…"), (3, "ab…"), (4, "ab c"), (9, "ab c")]
)
def test_a_shortened_text_ends_in_an_ellipsis_without_a_space_before_it(
    length: int, text: str
) -> None:
    assert shortened("ab c", length) == text
