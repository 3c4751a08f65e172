"""Which flashes are dropped if they do not all fit, and how the log describes them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rules.random_flashes import lists_of, repeatable, small_flashes

from aiohttp_flashbag.flash import Flash, by_id
from aiohttp_flashbag.transports.room import (
    describe,
    json_size,
    largest,
    most_expendable_first,
    shortened,
    those_that_fit,
    without_form_data,
)
from transports.visits import message, result_of, value


def without_the_most_expendable(flashes: Sequence[Flash]) -> Sequence[Flash]:
    """Drop one flash: the oldest message, or the oldest value if there is no message."""
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
        expected = without_the_most_expendable(expected)
    assert sorted(result_of(those_that_fit(flashes, fit)), key=by_id) == expected
    assert len(calls) <= 4  # for up to 12 flashes


def test_it_is_possible_that_no_flash_fits() -> None:
    async def fit(found: Sequence[Flash]) -> bool:
        return False

    assert result_of(those_that_fit([value("a"), message("b")], fit)) == []


def test_messages_are_dropped_before_values_and_older_ones_first() -> None:
    flashes = [value("a"), message("b"), value("c"), message("d")]
    assert most_expendable_first(flashes) == [flashes[i] for i in (1, 3, 0, 2)]


def test_a_description_names_at_most_ten_flashes_and_no_content() -> None:
    flashes = [message("ж" * 3), value("form", {"name": "ж"}), *[value("x")] * 10]
    text = describe(flashes)
    assert text.startswith("a message of 6 bytes, value 'form' of 14 bytes, value 'x' of 1 bytes")
    assert text.count("value 'x'") == 8
    assert text.endswith(" and 2 more")
    assert "ж" not in text


@pytest.mark.parametrize("key", ["k" * 200, "a\ud800"])
def test_63_a_key_is_quoted_and_cut(key: str) -> None:
    text = describe([value(key)])
    assert text.encode()
    assert len(text) < 110


@pytest.mark.parametrize(
    ("content", "size"),
    [("é", 4), ("\ud800", 3), ({"a": [1]}, 10), (date(2026, 1, 1), 12), ({(1,): 1}, 2)],
)
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


FORM = {"data": {"name": ["x"]}, "errors": {"name": ["Taken"]}}


@pytest.mark.parametrize("key", ["aiohttp_flashbag_form", "aiohttp_flashbag_form:login"])
def test_a_form_without_its_data_keeps_its_errors(key: str) -> None:
    form = value(key, FORM)
    reduced = without_form_data(form)
    assert (reduced.id, reduced.key) == (form.id, key)
    assert reduced.content == {"data": {}, "errors": {"name": ["Taken"]}}
    assert without_form_data(reduced) is reduced


@pytest.mark.parametrize(
    "flash",
    [value("form", FORM), message("form"), value("aiohttp_flashbag_form", "damaged")],
)
def test_other_flashes_have_no_form_data(flash: Flash) -> None:
    assert without_form_data(flash) is flash
