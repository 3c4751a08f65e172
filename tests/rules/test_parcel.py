"""Stored data as a parcel, and a change applied to what waits."""

from __future__ import annotations

from typing import Any

import pytest

from aiohttp_flashbag.parcel import Delta, Message, Parcel

NAN = float("nan")


def message(text: str, **marks: Any) -> Message:
    return {"id": text, "m": text, "c": "success", **marks}


def test_b7_data_in_order_is_taken_as_it_is() -> None:
    values = {"error": ["any", {"JSON": None}]}
    messages = [message("Saved"), message("Sent", data={"link": "/"}, html=1, once=1)]
    assert Parcel.parse(values, messages) == Parcel(values, messages)


@pytest.mark.parametrize("values", [None, "garbage", 5, ["error"], True])
def test_b7_values_of_a_wrong_shape_count_as_none(values: Any) -> None:
    assert not Parcel.parse(values, None)


@pytest.mark.parametrize("messages", [None, "garbage", 5, {"id": "1"}, message("Saved")])
def test_b7_messages_of_a_wrong_shape_count_as_none(messages: Any) -> None:
    assert not Parcel.parse(None, messages)


@pytest.mark.parametrize(
    "wrong",
    [
        None,
        "garbage",
        ["success", "Saved"],
        {"m": "Saved", "c": "success"},
        {"id": "1", "c": "success"},
        {"id": "1", "m": "Saved"},
        {"id": 1, "m": "Saved", "c": "success"},
        {"id": "1", "m": 5, "c": "success"},
        {"id": "1", "m": "Saved", "c": None},
        {"id": "1", "m": "Saved", "c": "success", "data": "link"},
    ],
)
def test_b7_one_message_of_a_wrong_shape_does_not_cost_the_others(wrong: Any) -> None:
    parcel = Parcel.parse({}, [message("Saved"), wrong, message("Sent")])
    assert parcel.messages == [message("Saved"), message("Sent")]


def test_a_parcel_is_true_if_it_holds_something() -> None:
    assert not Parcel()
    assert Parcel({"error": None})
    assert Parcel(messages=[message("Saved")])


@pytest.mark.parametrize(
    ("change", "adds"),
    [
        (Delta(values={"error": None}), True),
        (Delta(messages=[message("Saved")]), True),
        (Delta(consumed={"error": None}), False),
        (Delta(shown=frozenset({"1"})), False),
        (Delta(clear_values=True), False),
        (Delta(clear_messages=True), False),
    ],
)
def test_a_change_is_true_if_it_does_something(change: Delta, adds: bool) -> None:
    assert change
    assert change.adds is adds


def test_a_change_without_content_does_nothing() -> None:
    waiting = Parcel({"error": "Name is required"}, [message("Saved")])
    assert not Delta()
    assert not Delta().adds
    assert Delta().apply(waiting) == waiting


def test_what_was_set_by_another_request_meanwhile_stays() -> None:
    change = Delta(consumed={"error": "old"}, values={"name": "Ann"})
    after = change.apply(Parcel({"error": "old", "meanwhile": 1}))
    assert after.values == {"meanwhile": 1, "name": "Ann"}


@pytest.mark.parametrize("seen", ["old", NAN, [NAN], None, 0])
def test_a_value_goes_if_it_is_still_the_one_that_was_seen(seen: Any) -> None:
    assert Delta(consumed={"error": seen}).apply(Parcel({"error": seen})).values == {}


@pytest.mark.parametrize("anew", ["new", ["old"], None])
def test_a_value_that_was_set_anew_meanwhile_stays(anew: Any) -> None:
    after = Delta(consumed={"error": "old"}).apply(Parcel({"error": anew}))
    assert after.values == {"error": anew}


@pytest.mark.parametrize(
    ("change", "touches"),
    [
        (Delta(), False),
        (Delta(shown=frozenset({"error"}), clear_messages=True), False),
        (Delta(consumed={"error": "old"}), True),
        (Delta(values={"error": "new"}), True),
        (Delta(clear_values=True), True),
        (Delta(clear_values=True, kept=frozenset({"error"})), False),
    ],
)
def test_a_change_touches_what_it_uses_up_overwrites_or_drops(change: Delta, touches: bool) -> None:
    assert change.touches("error") is touches


def test_clearing_values_leaves_messages_and_what_is_sent() -> None:
    change = Delta(clear_values=True, values={"name": "Ann"})
    after = change.apply(Parcel({"meanwhile": 1}, [message("Saved")]))
    assert after == Parcel({"name": "Ann"}, [message("Saved")])


def test_v4_clearing_values_leaves_those_that_are_kept() -> None:
    change = Delta(clear_values=True, kept=frozenset({"error", "never came"}))
    assert change.apply(Parcel({"error": "old", "meanwhile": 1})).values == {"error": "old"}


def test_clearing_messages_leaves_values_and_what_is_sent() -> None:
    change = Delta(clear_messages=True, messages=[message("Bye")])
    after = change.apply(Parcel({"error": "old"}, [message("Saved")]))
    assert after == Parcel({"error": "old"}, [message("Bye")])


def test_m3_what_is_sent_comes_after_what_waits() -> None:
    change = Delta(shown=frozenset({"1"}), messages=[message("4"), message("5")])
    after = change.apply(Parcel(messages=[message("1"), message("2"), message("3")]))
    assert [m["m"] for m in after.messages] == ["2", "3", "4", "5"]


def test_m4_the_oldest_are_dropped_and_the_log_says_how_many(
    caplog: pytest.LogCaptureFixture,
) -> None:
    change = Delta(messages=[message(str(number)) for number in range(5)], max_messages=2)
    after = change.apply(Parcel(messages=[message("first")]))
    assert [m["m"] for m in after.messages] == ["3", "4"]
    [record] = caplog.records
    assert record.levelname == "WARNING"
    assert "the oldest 4 dropped" in record.message


def test_m4_as_many_as_may_wait_do_wait(caplog: pytest.LogCaptureFixture) -> None:
    after = Delta(messages=[message("2")], max_messages=2).apply(Parcel(messages=[message("1")]))
    assert [m["m"] for m in after.messages] == ["1", "2"]
    assert not caplog.records


def test_a_message_marked_once_falls_away_beside_one_of_another_request() -> None:
    meanwhile = {**message("Saved"), "id": "of another request"}
    change = Delta(messages=[message("Saved", once=1), message("Sent", once=1)])
    after = change.apply(Parcel(messages=[meanwhile]))
    assert after.messages == [meanwhile, message("Sent", once=1)]


def test_a_message_without_the_mark_stays_beside_one_like_it() -> None:
    change = Delta(messages=[message("Saved")])
    meanwhile = {**message("Saved", once=1), "id": "of another request"}
    assert len(change.apply(Parcel(messages=[meanwhile])).messages) == 2


@pytest.mark.parametrize(
    "marks", [{"c": "error"}, {"m": "Sent"}, {"html": 1}, {"data": {"link": "/"}}]
)
def test_a_message_that_looks_different_is_no_duplicate(marks: dict[str, Any]) -> None:
    change = Delta(messages=[message("Saved", once=1)])
    other = {**message("Saved"), "id": "other", **marks}
    assert len(change.apply(Parcel(messages=[other])).messages) == 2


def test_applying_a_change_leaves_what_it_is_given_alone() -> None:
    waiting = Parcel({"error": "old"}, [message("Saved")])
    Delta(consumed={"error": "old"}, shown=frozenset({"Saved"}), values={"a": 1}).apply(waiting)
    assert waiting == Parcel({"error": "old"}, [message("Saved")])
