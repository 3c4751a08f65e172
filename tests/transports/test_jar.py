"""The cookies of one request: which flashes are pending in them, and which of them must go."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rules.random_flashes import repeatable

from aiohttp_flashbag.flash import Flash, Outcome, ids
from aiohttp_flashbag.transports.cookies import random_part, size_of_pair
from aiohttp_flashbag.transports.jar import (
    Changes,
    FlashCookie,
    Jar,
    Names,
    Tombstone,
    tombstone_value,
)

NAMES = Names("FLASH")
SIZE = 100
"""The size of each cookie in these tests. A tombstone has a tenth."""
RESERVE = NAMES.size_of_tombstone(2)
"""The size that a cookie with two flashes keeps free for its tombstones."""


def flash(number: int) -> Flash:
    """Return a message that was created in this microsecond."""
    text = str(number)
    return Flash(f"{number:013x}aaaaaa", None, {"m": text, "c": "info"})


def cookie(letter: str, *numbers: int) -> FlashCookie:
    """Return a cookie with these flashes, or one that cannot be decrypted."""
    part = letter * 8
    flashes = list(map(flash, numbers)) or None
    return FlashCookie(f"FLASH-{part}", part, SIZE, flashes)


def tombstone(**read: set[int]) -> Tombstone:
    """Return a tombstone of these positions in the cookies of these letters."""
    name = f"FLASH_READ-{next(iter(read)) * 8}-{'t' * 8}"
    parts = {letter * 8: positions for letter, positions in read.items()}
    return Tombstone(name, SIZE // 10, parts)


def left(*numbers: int) -> set[str]:
    return ids(map(flash, numbers))


def texts(flashes: list[Flash]) -> list[str]:
    return [each.content["m"] for each in flashes]


def deleted(changes: Changes) -> str:
    """Return the letters of the cookies to delete, in order. A tombstone is in capitals."""
    names = [name.split("-") for name in changes.deleted]
    return "".join(part[1][0].upper() if part[0] != "FLASH" else part[1][0] for part in names)


@pytest.mark.parametrize(
    ("name", "of_cookie", "of_tombstone"),
    [
        ("FLASH-0123_-ab", "0123_-ab", None),
        ("FLASH_READ-01234567-89abcdef", None, "01234567"),
        ("FLASH-0123456", None, None),
        ("FLASH-012345678", None, None),
        ("FLASH-0123456é", None, None),
        ("xFLASH-01234567", None, None),
        ("FLASH-01234567\n", None, None),
        ("FLASH_READ-01234567", None, None),
        ("FLASH_READ-01234567-89", None, None),
        ("FLASH_PENDING", None, None),
    ],
)
def test_names_tell_flash_cookies_and_tombstones(
    name: str, of_cookie: str | None, of_tombstone: str | None
) -> None:
    assert NAMES.part_of_cookie(name) == of_cookie
    assert NAMES.part_of_tombstone(name) == of_tombstone


def test_a_cookie_name_is_taken_literally() -> None:
    assert Names("F.L").part_of_cookie("F.L-01234567") == "01234567"
    assert Names("F.L").part_of_cookie("FxL-01234567") is None


def test_random_parts_fit_the_names_and_differ() -> None:
    parts = {random_part() for _ in range(100)}
    assert len(parts) == 100
    assert all(NAMES.part_of_cookie(f"FLASH-{part}") == part for part in parts)


@pytest.mark.parametrize("value", ["x", "漢", "\udcff"])
def test_a_pair_is_measured_in_the_bytes_of_the_header(value: str) -> None:
    sent = f"name={value}; ".encode(errors="surrogateescape")
    assert size_of_pair("name", value) == len(sent)


positions = st.sets(st.integers(0, 99), min_size=1, max_size=4)
reads = st.dictionaries(st.text("ab_-", min_size=8, max_size=8), positions, min_size=1, max_size=3)


@repeatable
@given(reads)
def test_a_tombstone_is_read_as_it_was_written(read: dict[str, set[int]]) -> None:
    part = next(iter(read))
    parsed = Tombstone.parse("name", part, tombstone_value(read))
    assert parsed.read == read
    assert parsed.size == size_of_pair("name", tombstone_value(read))


@pytest.mark.parametrize(
    "value",
    ["", "x", "0.", ".0", "-1", "0,1", "12345", "٣", "0~short.1", "0~aaaaaaaa", "0~", "0\n"],
)
def test_a_damaged_tombstone_lists_nothing(value: str) -> None:
    assert Tombstone.parse("name", "aaaaaaaa", value).read == {}


def test_entries_of_one_cookie_in_a_tombstone_are_joined() -> None:
    assert Tombstone.parse("name", "aaaaaaaa", "0~aaaaaaaa.1").read == {"aaaaaaaa": {0, 1}}


@pytest.mark.parametrize(
    ("count", "largest"), [(2, "1"), (4, "1.2.3"), (12, "1.2.3.4.5.6.7.8.9.10.11")]
)
def test_a_cookie_needs_room_for_its_largest_tombstone(count: int, largest: str) -> None:
    name = f"FLASH_READ-{random_part()}-{random_part()}"
    assert NAMES.size_of_tombstone(count) == size_of_pair(name, largest)
    assert NAMES.size_of_tombstone(1) == 0  # it is deleted instead


def test_pending_flashes_are_sorted_and_without_those_that_tombstones_list() -> None:
    tombstones = [tombstone(a={0}, b={1, 7}), tombstone(a={2})]
    jar = Jar([cookie("a", 1, 4, 5), cookie("b", 2, 3), cookie("c")], tombstones)
    assert texts(jar.pending) == ["2", "4"]


def test_two_cookies_of_one_name_hold_their_flashes_once() -> None:
    """A browser sends both if they have different paths."""
    assert texts(Jar([cookie("a", 1), cookie("a", 1)]).pending) == ["1"]


def test_a_cookie_without_changes_stays_as_it_is() -> None:
    changes = Jar([cookie("a", 1, 2), cookie("b")], [tombstone(a={0})]).changes(left(2))
    assert (changes.read, deleted(changes)) == ({}, "")


def test_a_consumed_cookie_is_deleted_and_a_partly_consumed_one_gets_a_tombstone() -> None:
    jar = Jar([cookie("a", 1), cookie("b", 2, 3, 4, 5)], [tombstone(b={0})])
    changes = jar.changes(left(3, 5))
    assert deleted(changes) == "a"
    assert changes.read == {"b" * 8: {2}}


def test_a_tombstone_is_deleted_together_with_its_cookie() -> None:
    jar = Jar([cookie("a", 1, 2)], [tombstone(a={0})])
    assert deleted(jar.changes(left(2))) == ""
    assert deleted(jar.changes(left())) == "aA"


def test_a_tombstone_whose_cookie_did_not_come_is_deleted() -> None:
    jar = Jar([cookie("a", 1)], [tombstone(b={0}), Tombstone("FLASH_READ-cccccccc-1", 9, {})])
    assert deleted(jar.changes(left(1))) == "BC"


def test_a_tombstone_of_several_cookies_stays_until_the_last_one_goes() -> None:
    jar = Jar([cookie("a", 1, 2), cookie("b", 3, 4)], [tombstone(a={0}, b={0})])
    assert deleted(jar.changes(left(4))) == "a"
    assert deleted(jar.changes(left())) == "baA"


def test_a_new_tombstone_replaces_earlier_ones_that_leave_no_room_for_another() -> None:
    """It lists their positions too, so that they need not arrive in order."""
    stones = [tombstone(a={0}), tombstone(b={0}, a={1})]
    jar = Jar([cookie("a", 1, 2, 3, 4), cookie("b", 5, 6)], stones, names=NAMES)
    size = 220 + size_of_pair(stones[0].name, "2")
    enough = jar.changes(left(4, 6), room=lambda: size)
    too_small = jar.changes(left(4, 6), room=lambda: size - 1)
    assert (enough.read, deleted(enough)) == ({"a" * 8: {2}}, "")
    assert (too_small.read, deleted(too_small)) == ({"a" * 8: {0, 1, 2}}, "A")


def test_a_tombstone_of_an_unreadable_cookie_stays_with_it() -> None:
    """Another machine has the key. There, the flashes must not be pending again."""
    assert deleted(Jar([cookie("a")], [tombstone(a={0})]).changes(left())) == ""


def test_readable_cookies_are_deleted_newest_first_then_unreadable_ones_then_orphans() -> None:
    """If some deletions are postponed, the last ones need the smallest tombstone, or none."""
    jar = Jar(
        [cookie("u"), cookie("b", 2, 9), cookie("c", 3), cookie("a", 1, 8)],
        [tombstone(o={0}), tombstone(c={1})],
    )
    crowded = {f"FLASH-{letter * 8}" for letter in "uabc"}
    assert deleted(jar.changes(left(), crowded)) == "cbauOC"


def test_clearing_deletes_every_cookie_and_tombstone() -> None:
    jar = Jar(
        [cookie("a", 1, 2), cookie("b")], [tombstone(a={0}), tombstone(b={0}), tombstone(o={0})]
    )
    assert deleted(jar.everything()) == "abABO"
    assert jar.everything().read == {}


def test_positions_of_a_cookie_are_pending_unless_a_tombstone_lists_them() -> None:
    jar = Jar([cookie("a", 1, 2, 3), cookie("b", 4), cookie("c")], [tombstone(a={1}, b={0})])
    found = [jar.pending_positions(f"FLASH-{letter * 8}") for letter in "abcd"]
    assert found == [{"a" * 8: {0, 2}}, {}, {}, {}]


def crowded(jar: Jar, room: int, *stay: int, needed: int = SIZE) -> tuple[str, list[str]]:
    """Return the letters of the cookies that must go, and the texts that are dropped."""
    flashes = [flash(number) for number in stay]
    outcome, names = jar.make_room(Outcome(jar.pending, flashes), needed, room)
    dropped = [each.content["m"] for each in jar.pending if each.id in outcome.dropped]
    assert texts(list(outcome.after)) == [str(n) for n in stay if str(n) not in dropped]
    assert set(outcome.dropped.values()) <= {"too large"}
    return "".join(sorted(name[6] for name in names)), dropped


def test_unreadable_cookies_make_room_first_then_the_oldest(
    caplog: pytest.LogCaptureFixture,
) -> None:
    jar = Jar([cookie("c", 3, 8), cookie("b", 2, 9), cookie("u")], names=NAMES)
    whole = 400 + 2 * RESERVE
    assert crowded(jar, whole, 2, 3, 8, 9) == ("", [])
    assert crowded(jar, whole - 1, 2, 3, 8, 9) == ("u", [])
    assert not caplog.records  # nothing is known to be lost
    assert crowded(jar, whole - 101, 2, 3, 8, 9) == ("bu", ["2", "9"])
    assert "flashes are pending: dropped the oldest 2." in caplog.text
    assert crowded(jar, 199, 2, 3, 8, 9) == ("bcu", ["2", "3", "8", "9"])


def test_a_cookie_that_is_consumed_anyway_needs_no_room() -> None:
    jar = Jar([cookie("a", 1), cookie("b", 2)])
    assert crowded(jar, 200, 2) == ("", [])


def test_flashes_that_are_consumed_are_not_dropped_with_their_cookie() -> None:
    jar = Jar([cookie("a", 1, 2), cookie("b", 3)])
    assert crowded(jar, 200, 2, 3) == ("a", ["2"])


def test_tombstones_count_and_go_with_their_cookie() -> None:
    large = tombstone(a={0})._replace(size=RESERVE + 10)
    for stones, reserve in ([tombstone(a={0})], RESERVE), ([large], RESERVE + 10):
        jar = Jar([cookie("a", 1, 2), cookie("b", 3)], stones, names=NAMES)
        assert crowded(jar, 300 + reserve, 2, 3) == ("", [])
        assert crowded(jar, 299 + reserve, 2, 3) == ("a", ["2"])
        assert crowded(jar, 200, 2, 3) == ("a", ["2"])
        assert crowded(jar, 199, 2, 3) == ("ab", ["2", "3"])


def test_a_tombstone_that_is_deleted_anyway_needs_no_room() -> None:
    jar = Jar([cookie("a", 1, 2), cookie("b", 3)], [tombstone(a={0}), tombstone(o={0})])
    assert crowded(jar, 200, 3) == ("", [])


def test_a_tombstone_of_several_cookies_counts_until_the_last_one_goes() -> None:
    stones = [tombstone(a={0}, b={0})]
    jar = Jar([cookie("a", 1, 2), cookie("b", 3, 4)], stones, names=NAMES)
    assert crowded(jar, 200 + RESERVE, 2, 4) == ("a", ["2"])
    assert crowded(jar, 199 + RESERVE, 2, 4) == ("ab", ["2", "4"])
