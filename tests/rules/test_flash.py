"""A flash, the changes that a response makes, and their outcome."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from support.clock import Clock

from aiohttp_flashbag.flash import Delta, Flash, Outcome, ids, new_id
from aiohttp_flashbag.limits import MAX_VALUES
from rules.random_flashes import (
    check_fates,
    deltas,
    flash_ids,
    flashes,
    json_values,
    lists_of,
    repeatable,
    small_flashes,
    texts,
)

OLD, SEEN, UNSEEN, NEW = (f"{number:013x}abcdef" for number in range(0x60000, 0x60004))
many = settings(repeatable, max_examples=100)


def value(flash_id: str, key: str = "error", content: Any = None) -> Flash:
    return Flash(flash_id, key, content)


def message(flash_id: str, text: str = "", **marks: Any) -> Flash:
    return Flash(flash_id, None, {"m": text or flash_id, "c": "info", **marks})


def messages(*texts: str, **marks: Any) -> list[Flash]:
    """Return messages with these texts, oldest first."""
    return [message(f"{number:013x}abcdef", text, **marks) for number, text in enumerate(texts, 1)]


def left(outcome: Outcome) -> list[str]:
    """Return the texts of the messages that are pending after a commit."""
    return [flash.content["m"] for flash in outcome.after]


def test_ids_grow_within_one_microsecond_and_after_a_machine_whose_clock_is_ahead(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock, found = Clock.start(monkeypatch, tick=0), [""]
    for _ in range(50):
        found.append(new_id(found[-1]))
    clock.go_on(-3600)
    found.append(new_id(found[-1]))
    assert found == sorted(set(found))


def test_an_id_tells_when_it_was_created_and_differs_from_others_of_that_moment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = Clock.start(monkeypatch, tick=0)
    found = [value(new_id()) for _ in range(100)]
    assert {flash.created for flash in found} == {clock.now // 1000}
    assert len(ids(found)) == 100
    assert [Flash.unpack(flash.id, flash.pack()) for flash in found] == found


@many
@given(flash_ids())
@example("f" * 19)  # forged: no id can be greater
def test_b7_a_flash_that_is_added_after_any_stored_one_can_be_read_again(stored: str) -> None:
    added = value(new_id(stored))
    assert Flash.unpack(added.id, added.pack()) == added


@many
@given(flashes)
def test_a_packed_flash_is_the_same_after_json(flash: Flash) -> None:
    assert Flash.unpack(flash.id, json.loads(json.dumps(flash.pack()))) == flash


@pytest.mark.parametrize(
    "wrong",
    [
        *(None, 5, "Saved", {}, {"error": "Saved"}, [], ["error"]),
        *(["error", 1, 2], ["error", 1, 2, "s"], ["error", 1, 2, "s", "t", "u"]),
        *([5, 1], [None, None], [None, "Saved"], [["error"], 1]),
        *([None, {}], [None, {"m": "Saved"}], [None, {"c": "info"}]),
        *([None, {"m": 5, "c": "info"}], [None, {"m": "Saved", "c": None}]),
        [None, {"m": "Saved", "c": "info", "data": "link"}],
        *(["error", 1, "now", "s", "t"], ["error", 1, 1.5, "s", "t"], ["error", 1, True, "s", "t"]),
        *(["error", 1, -1, "s", "t"], ["error", 1, 2**53, "s", "t"], ["error", 1, 10**40, "", ""]),
        *(["error", 1, 5, None, "t"], ["error", 1, 5, "s", ["t"]]),
    ],
    ids=repr,
)
def test_b7_damaged_data_is_not_a_flash(wrong: Any) -> None:
    assert Flash.unpack(OLD, ["error", 1]) == value(OLD, "error", 1)
    assert Flash.unpack(OLD, wrong) is None


@pytest.mark.parametrize(
    "wrong", [None, 5, "", "now", OLD[:-1], OLD + "0", "g" * 19, OLD.replace("6", "X"), [OLD]]
)
def test_b7_an_id_in_another_format_is_damaged(wrong: Any) -> None:
    assert Flash.unpack(wrong, ["error", 1]) is None


@many
@given(flash_ids() | json_values, json_values | st.lists(json_values | texts, max_size=5))
def test_b7_no_json_makes_unpacking_fail(flash_id: Any, packed: Any) -> None:
    found = Flash.unpack(flash_id, packed)
    assert found is None or found.pack() == packed


def test_a_delta_or_an_outcome_is_true_if_it_changes_something() -> None:
    assert not Delta()
    assert all([Delta(gone={OLD}), Delta(added=[value(NEW)]), Delta(clears=True)])
    assert not Outcome([value(OLD)], [value(OLD)])
    assert all([Outcome([value(OLD)], [value(NEW)]), Outcome(dropped={NEW: "too large"})])


def test_a_delta_removes_only_flashes_that_its_request_saw() -> None:
    """A value that another request set anew stays, even if it is equal (other id)."""
    delta = Delta(gone={SEEN}, added=[value(NEW, "name")])
    outcome = delta.apply([value(SEEN, content="Taken"), value(UNSEEN, content="Taken")])
    assert outcome.after == [value(UNSEEN, content="Taken"), value(NEW, "name")]
    assert outcome.added == [value(NEW, "name")]


@many
@given(st.data(), lists_of(small_flashes))
def test_clearing_removes_everything_else_seen_or_not(data: st.DataObject, all_: Any) -> None:
    seen = data.draw(st.sampled_from([all_, all_[:2], []]))
    delta = replace(data.draw(deltas(seen)), clears=True)
    assume(not ids(all_) & ids(delta.added))
    outcome = delta.apply(all_)
    assert outcome.after == delta.added
    assert outcome.dropped == dict.fromkeys(ids(all_), "cleared")


def test_m3_added_flashes_are_sorted_among_the_pending_ones() -> None:
    first, second, third, fourth = messages("1", "2", "3", "4")
    assert Delta(added=[second, fourth]).apply([first, third]).after == [
        *(first, second, third, fourth)
    ]


def test_m1_flashes_that_are_too_old_are_dropped_by_the_next_change() -> None:
    ageless = value("0000000000000 error")  # of 0.0.3, whose values have no time
    pending = [ageless, value(OLD), value(SEEN)]
    outcome = Delta(added=[value(NEW)]).apply(pending, since=value(SEEN).created)
    assert outcome.after == [ageless, value(SEEN), value(NEW)]
    assert outcome.dropped == {OLD: "expired"}


def test_m4_the_oldest_messages_are_dropped_with_one_warning(
    caplog: pytest.LogCaptureFixture,
) -> None:
    old, *added = messages("1", "2", "3", "4")
    outcome = Delta(added=added, max_messages=2).apply([value(OLD), old])
    assert outcome.after == [*added[1:], value(OLD)]
    assert outcome.dropped == dict.fromkeys([old.id, added[0].id], "evicted")
    [record] = caplog.records
    assert record.levelname == "WARNING"
    assert "max_messages=2" in record.message
    assert "oldest 2" in record.message
    assert left(Delta(added=messages("1", "2"), max_messages=2).apply([])) == ["1", "2"]
    assert len(caplog.records) == 1


@pytest.mark.parametrize("count", [MAX_VALUES - 40, MAX_VALUES, MAX_VALUES + 7])
def test_b7_at_most_100_values_are_pending(count: int) -> None:
    values = [value(f"{number:013x}abcdef", f"key {number}") for number in range(1, count + 1)]
    outcome = Delta(added=values[40:]).apply([*values[:40]])
    assert outcome.after == values[-100:]
    assert outcome.dropped == dict.fromkeys(ids(values[:-100]), "evicted")


def test_m4_a_hidden_duplicate_is_dropped_before_older_messages() -> None:
    """Twenty clicks on a button do not push out the message that the user has not read."""
    old, *clicks = messages("Paid", "Saved", "Saved", "Saved", once=1)
    assert left(Delta(added=clicks, max_messages=2).apply([old])) == ["Paid", "Saved"]


def test_m4_equal_messages_that_are_all_shown_are_dropped_by_age() -> None:
    old, *added = messages("Paid", "Saved", "Saved")
    assert left(Delta(added=added, max_messages=2).apply([old])) == ["Saved", "Saved"]


@pytest.mark.parametrize("change", [{"c": "error"}, {"m": "Sent"}, {"html": 1}, {"data": {"a": 1}}])
def test_a_message_that_looks_different_is_not_a_duplicate(change: dict[str, Any]) -> None:
    first, old = messages("First", "Saved")
    new = message(NEW, "Saved", once=1)
    other = Flash(new.id, None, {**new.content, **change})
    assert Delta(added=[new], max_messages=2).apply([first, old]).after == [first, new]
    assert Delta(added=[other], max_messages=2).apply([first, old]).after == [old, other]


@many
@given(st.data(), lists_of(small_flashes))
def test_deltas_of_overlapping_requests_commute(data: st.DataObject, pending: list[Flash]) -> None:
    one, other = data.draw(deltas(pending)), data.draw(deltas(pending))
    assume(not (one.clears and other.added) and not (other.clears and one.added))
    assume(not ids(one.added) & ids(other.added))
    after = one.apply(other.apply(pending).after).after
    assert after == other.apply(one.apply(pending).after).after


def test_clearing_and_adding_do_not_commute() -> None:
    """In a session, the later write decides: a flash after the logout survives it."""
    clear, add = Delta(clears=True), Delta(added=[value(NEW)])
    assert add.apply(clear.apply([value(OLD)]).after).after == [value(NEW)]
    assert clear.apply(add.apply([value(OLD)]).after).after == []


limits = st.integers(1, 4)


def distinct(flashes: Sequence[Flash]) -> list[Flash]:
    """Give each message a text of its own."""
    return [message(flash.id) if flash.is_message else flash for flash in flashes]


@many
@given(st.data(), lists_of(small_flashes), limits)
def test_applying_a_delta_twice_changes_nothing_more(
    data: st.DataObject, pending: list[Flash], limit: int
) -> None:
    delta = data.draw(deltas(pending, max_messages=limit))
    delta = replace(delta, added=distinct(delta.added))
    once = delta.apply(distinct(pending)).after
    assert delta.apply(once).after == once


def test_applying_a_delta_twice_changes_nothing_more_beside_duplicates() -> None:
    pending, duplicate = messages("x", "y", "z")[:2], message(NEW, "x", once=1)
    delta = Delta(added=[duplicate, message(UNSEEN, "new")], max_messages=2)
    once = delta.apply(pending).after
    assert delta.apply(once).after == once


@many
@given(st.data(), lists_of(small_flashes), limits)
def test_undo_restores_the_flashes_that_were_pending(
    data: st.DataObject, pending: list[Flash], limit: int
) -> None:
    outcome = data.draw(deltas(pending, max_messages=limit)).apply(pending, since=20)
    assert outcome.undo.apply(outcome.after).after == pending
    meanwhile = message(new_id())
    assert outcome.undo.apply([*outcome.after, meanwhile]).after == [*pending, meanwhile]


def test_undo_restores_more_messages_than_the_default_limit() -> None:
    pending = messages(*map(str, range(60)))
    outcome = Delta(clears=True).apply(pending)
    assert outcome.undo.apply(outcome.after).after == pending


@many
@given(st.data(), lists_of(small_flashes), limits)
def test_each_flash_has_exactly_one_fate(
    data: st.DataObject, pending: list[Flash], limit: int
) -> None:
    delta = data.draw(deltas(pending, max_messages=limit))
    check_fates(delta, delta.apply(pending, since=data.draw(st.integers(0, 48))))
