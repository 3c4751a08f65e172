"""The cookies of one request, and what is left of them after a change."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aiohttp_flashbag.parcel import Delta, Parcel
from aiohttp_flashbag.transports.cookie_jar import FlashCookie, after_delta, make_room

ITEM = 10  # bytes of each value and message in these cookies


def pack(carried: FlashCookie) -> None:
    carried.size = ITEM * (len(carried.parcel.values) + len(carried.parcel.messages))


def message(number: int, **marks: Any) -> dict[str, Any]:
    """A message that was flashed in that microsecond."""
    return {"id": f"{number:013x}00000", "m": str(number), "c": "info", **marks}


def carried(made: int, *messages: int, **values: Any) -> FlashCookie:
    """A cookie that came."""
    came = FlashCookie(str(made), made, Parcel(values, list(map(message, messages))))
    pack(came)
    return came


def forged(size: int = ITEM) -> FlashCookie:
    """A cookie that came and cannot be read."""
    return FlashCookie("forged", 0, Parcel(), size, readable=False)


def after(came: Sequence[FlashCookie], change: Delta, max_bytes: int = 10_000) -> list[FlashCookie]:
    """What is left, the new one last."""
    new = FlashCookie("new", 99, Parcel())
    cookies = after_delta(came, change, new)
    for cookie in cookies:
        if cookie.changed:
            pack(cookie)
    cookies = make_room(cookies, pack, max_bytes)
    return cookies if cookies and cookies[-1].name == "new" else [*cookies, new]


def texts(jar: Sequence[FlashCookie]) -> list[list[str]]:
    """The messages in each cookie."""
    return [[message["m"] for message in carried.parcel.messages] for carried in jar]


def shown(*numbers: int) -> frozenset[str]:
    return frozenset(message(number)["id"] for number in numbers)


def test_a_cookie_of_which_nothing_was_used_stays_as_it_is() -> None:
    came = [carried(1, 1, 2, error="x"), carried(2, 3)]
    *left, new = after(came, Delta(messages=[message(4)]))
    assert left == came
    assert not any(cookie.changed for cookie in left)
    assert new.size == ITEM


def test_a_cookie_of_which_something_was_used_keeps_its_name_time_and_rest() -> None:
    before = carried(1, 1, 2, error="x", form="y")
    left, new = after([before], Delta(shown=shown(1), consumed={"form": "y"}))
    assert left.changed
    assert left == FlashCookie("1", 1, Parcel({"error": "x"}, [message(2)]), 2 * ITEM, changed=True)
    assert new.size == 0


def test_a_cookie_of_which_everything_was_used_is_empty() -> None:
    before = carried(1, 1, error="x")
    left, _ = after([before], Delta(shown=shown(1), consumed={"error": "x"}))
    assert left.changed
    assert left.size == 0


def test_what_came_is_not_changed_itself() -> None:
    came = [carried(1, 1, 2, error="x")]
    before = deepcopy(came)
    after(came, Delta(shown=shown(1), clear_values=True), max_bytes=1)
    assert came == before


def test_v4_a_value_set_anew_takes_the_place_of_all_under_its_key() -> None:
    came = [carried(1, error="old"), carried(2, error="older", form="y")]
    *left, new = after(came, Delta(values={"error": "new"}))
    assert [cookie.parcel.values for cookie in left] == [{}, {"form": "y"}]
    assert new.parcel.values == {"error": "new"}


def test_clearing_leaves_only_what_is_new_and_what_cannot_be_read() -> None:
    change = Delta(clear_values=True, clear_messages=True, messages=[message(9)])
    left, other, new = after([carried(1, 1, error="x"), forged()], change)
    assert (left.size, other.size, texts([new])) == (0, ITEM, [["9"]])


def test_m4_of_too_many_messages_the_oldest_go_whatever_their_cookie(
    caplog: pytest.LogCaptureFixture,
) -> None:
    came = [carried(1, 4, 6), carried(2, 3, 5)]
    left = after(came, Delta(messages=[message(7)], max_messages=3))
    assert texts(left) == [["6"], ["5"], ["7"]]
    assert "more than max_messages=3" in caplog.text


def test_a_message_marked_once_is_not_added_beside_its_like() -> None:
    like = {**message(1), "id": "another"}
    assert texts(after([carried(1, 1)], Delta(messages=[{**like, "once": 1}]))) == [["1"], []]
    assert texts(after([carried(1, 1)], Delta(messages=[like]))) == [["1"], ["1"]]


def test_the_oldest_make_room_messages_before_values(caplog: pytest.LogCaptureFixture) -> None:
    came = [carried(1, 1, 2, error="x", form="y"), carried(2, 3)]
    change = Delta(messages=[message(4)])
    for dropped, (left, values) in enumerate(
        [
            ([["1", "2"], ["3"], ["4"]], ["error", "form"]),
            ([["2"], ["3"], ["4"]], ["error", "form"]),
            ([[], ["3"], ["4"]], ["error", "form"]),
            ([[], ["3"], ["4"]], ["form"]),
            ([[], ["3"], ["4"]], []),
            ([[], [], ["4"]], []),
        ]
    ):
        caplog.clear()
        jar = after(came, change, max_bytes=(6 - dropped) * ITEM)
        assert (texts(jar), list(jar[0].parcel.values)) == (left, values)
        limit = (6 - dropped) * ITEM
        told = f"more than max_bytes={limit} of flashes are pending: the oldest {dropped}"
        assert (told in caplog.text) is (dropped > 0)
        assert len(caplog.messages) == (dropped > 0)


def test_of_what_is_new_the_oldest_make_room_too(caplog: pytest.LogCaptureFixture) -> None:
    change = Delta(values={"error": "x"}, messages=[message(2), message(3)])
    left, new = after([carried(1, 1)], change, max_bytes=2 * ITEM)
    assert (left.size, texts([new]), new.parcel.values) == (0, [["3"]], {"error": "x"})
    assert "the oldest 2 dropped" in caplog.text


def test_what_cannot_be_read_makes_room_first_and_unmentioned(
    caplog: pytest.LogCaptureFixture,
) -> None:
    left, other, new = after([carried(1, 1), forged()], Delta(messages=[message(2)]), 2 * ITEM)
    assert other.size == 0
    assert other.changed
    assert texts([left, new]) == [["1"], ["2"]]
    assert caplog.messages == []


def test_what_cannot_be_read_stays_while_there_is_room() -> None:
    left, _ = after([forged()], Delta(messages=[message(2)]), 2 * ITEM)
    assert left == forged()


def test_room_is_also_made_where_nothing_is_added(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    jar = after([carried(1, 1), carried(2, 2, 3)], Delta(shown=shown(3)), max_bytes=ITEM)
    assert texts(jar) == [[], ["2"], []]


repeatable = settings(derandomize=True, deadline=None, database=None)
jars = st.lists(st.lists(st.integers(1, 12), unique=True, max_size=3), max_size=4)


@repeatable
@given(jars, st.sets(st.integers(1, 12)), st.integers(0, 8), st.integers(1, 20))
def test_a_cookie_is_never_left_with_more_than_came_in_it(
    numbers: list[list[int]], seen: set[int], room: int, most: int
) -> None:
    came = [carried(made, *each) for made, each in enumerate(numbers)]
    change = Delta(shown=shown(*seen), messages=[message(90)], max_messages=most)
    for before, left in zip(came, after(came, change, room * ITEM), strict=False):
        assert left.size <= before.size
        assert all(each in before.parcel.messages for each in left.parcel.messages)


@repeatable
@given(jars, st.sets(st.integers(1, 12)))
def test_nothing_goes_but_what_was_seen(numbers: list[list[int]], seen: set[int]) -> None:
    came = [carried(made, *each) for made, each in enumerate(numbers)]
    *left, _ = after(came, Delta(shown=shown(*seen)))
    assert texts(left) == [[str(n) for n in each if n not in seen] for each in numbers]
