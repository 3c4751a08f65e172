"""Messages in a bare bag: a queue for a person to read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from markupsafe import Markup

from aiohttp_flashbag.bag import Flashbag
from aiohttp_flashbag.flash import Flash, Outcome


def pending(*texts: str, category: str = "success", after: int = 0, **marks: Any) -> list[Flash]:
    """Return messages that arrived with a request, oldest first."""
    return [
        Flash(f"{number:013x}aaaaaa", None, {"m": text, "c": category, **marks})
        for number, text in enumerate(texts, after + 1)
    ]


SAVED = pending("Saved")


def outcome(bag: Flashbag, incoming: Sequence[Flash] = (), *, shows: bool = True) -> Outcome:
    """Return the outcome of a page."""
    return bag.delta(consumes=True, shows=shows, page_view=True).apply(incoming)


def left(bag: Flashbag, incoming: Sequence[Flash] = (), *, shows: bool = True) -> list[str]:
    """Return the texts that are pending after a page."""
    return [flash.content["m"] for flash in outcome(bag, incoming, shows=shows).after]


def test_m1_a_message_is_pending_in_the_request_that_flashed_it() -> None:
    bag = Flashbag()
    bag.flash("Saved")
    assert bag.get_flashed_messages() == ["Saved"]
    assert not outcome(bag)


def test_m1_messages_that_nobody_read_stay_pending() -> None:
    bag = Flashbag(SAVED)
    bag.flash("Sent")
    assert left(bag, SAVED) == ["Saved", "Sent"]


def test_m2_messages_are_returned_again_in_the_same_request_and_consumed_once() -> None:
    bag = Flashbag(SAVED)
    assert bag.get_flashed_messages() == ["Saved"]
    bag.flash("Sent")
    assert bag.get_flashed_messages() == ["Saved", "Sent"]
    assert (outcome(bag, SAVED).after, outcome(bag, SAVED).dropped) == ([], {})
    assert left(bag, SAVED, shows=False) == ["Saved", "Sent"]


def test_m2_a_message_of_another_request_was_not_returned_and_stays_pending() -> None:
    bag = Flashbag(SAVED)
    bag.get_flashed_messages()
    assert left(bag, pending("Saved", "Sent")) == ["Sent"]


def test_m2_messages_that_a_filter_leaves_out_stay_pending() -> None:
    incoming = [*pending("Saved"), *pending("Failed", category="error", after=1)]
    bag = Flashbag(incoming)
    assert bag.get_flashed_messages(category_filter=["error", "warning"]) == ["Failed"]
    assert bag.peek_flashed_messages(category_filter="success") == ["Saved"]
    assert left(bag, incoming) == ["Saved"]
    assert bag.get_flashed_messages() == ["Saved", "Failed"]
    assert left(bag, incoming) == []


def test_m3_messages_keep_their_order_across_categories_and_requests() -> None:
    incoming = [*pending("1"), *pending("2", category="error", after=0xE << 48)]
    bag = Flashbag(incoming)  # the second is of a machine whose clock is ahead
    bag.flash("3", "error")
    bag.flash("4")
    assert bag.get_flashed_messages() == ["1", "2", "3", "4"]
    assert left(bag, incoming, shows=False) == ["1", "2", "3", "4"]


def test_m4_the_bag_passes_on_the_limit() -> None:
    bag = Flashbag(max_messages=2)
    bag.flash("3")
    assert left(bag, pending("1", "2")) == ["2", "3"]


def test_m5_counting_and_peeking_consume_nothing() -> None:
    bag = Flashbag(SAVED)
    bag.flash("Sent")
    assert bag.peek_flashed_messages() == ["Saved", "Sent"]
    assert (len(bag), bool(bag)) == (2, True)
    assert "messages=2" in repr(bag)
    assert left(bag, SAVED) == ["Saved", "Sent"]
    bag.get_flashed_messages()
    assert len(bag) == 2  # they can be returned again


def test_a_response_that_consumes_no_values_still_shows_messages() -> None:
    bag = Flashbag(SAVED)
    bag.get_flashed_messages()
    assert bag.delta(consumes=False, shows=True, page_view=False).gone == {SAVED[0].id}


def test_a_message_is_stored_with_its_marks_and_a_copy_of_its_data() -> None:
    bag, links = Flashbag(), ["/"]
    bag.flash(Markup("<b>"), "error", allow_duplicate=False, html=links)
    links.append("/changed")
    for messages in (bag.peek_flashed_messages(), bag.get_flashed_messages()):
        messages[0].category = "changed"
        messages[0].data["html"].append("/changed")
    [flash] = bag.usage().added
    assert flash.content == {
        "m": "<b>",
        "c": "error",
        "html": 1,
        "once": 1,
        "data": {"html": ["/"]},
    }


def test_equal_messages_have_different_ids() -> None:
    bag = Flashbag()
    bag.flash("Saved")
    bag.flash("Saved")
    first, second = bag.get_flashed_messages()
    assert first.flash_id < second.flash_id


def test_a_category_is_a_str_and_data_is_json() -> None:
    with pytest.raises(TypeError, match="category of a flash message must be a str, not 5"):
        Flashbag().flash("Saved", 5)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="data of a flash message cannot be stored"):
        Flashbag().flash("Saved", link=object())


def test_42_lone_surrogates_are_replaced_at_the_call_and_when_a_message_is_read() -> None:
    bag = Flashbag(pending("a\ud800b", category="c\udfff", data={"d": "\ud800"}))
    bag.flash("a\ud800b", "c\udfff", d="\ud800")
    for message in bag.get_flashed_messages():
        assert (message, message.category, message.data) == ("a\ufffdb", "c\ufffd", {"d": "\ufffd"})
    assert "\ud800" not in str(bag.usage().added)


def test_20_a_message_flashed_once_is_not_added_beside_an_identical_one() -> None:
    bag = Flashbag(SAVED)
    bag.flash("Sent")
    for text in ("Saved", "Sent", "Paid", "Paid"):
        bag.flash(text, allow_duplicate=False)
    bag.flash("Paid")
    assert [flash.content["m"] for flash in bag.usage().added] == ["Sent", "Paid", "Paid"]
    assert bag.get_flashed_messages() == ["Saved", "Sent", "Paid", "Paid"]


@pytest.mark.parametrize(("text", "category"), [("Sent", "success"), ("Saved", "error")])
def test_a_message_that_looks_different_is_not_a_duplicate(text: str, category: str) -> None:
    bag = Flashbag(SAVED)
    bag.flash(text, category, allow_duplicate=False)
    assert bag.get_flashed_messages() == ["Saved", text]


def test_20_of_two_overlapping_duplicates_one_is_shown_and_both_are_consumed() -> None:
    incoming = [*pending("Saved", "Saved", once=1), *pending("Failed", category="error", after=2)]
    bag = Flashbag(incoming)
    assert len(bag) == 2
    assert bag.get_flashed_messages(category_filter="error") == ["Failed"]
    assert left(bag, incoming) == ["Saved", "Saved"]
    assert bag.get_flashed_messages() == ["Saved", "Failed"]
    assert left(bag, incoming) == []


def test_20_a_message_flashed_once_is_hidden_behind_an_earlier_one_that_was_not() -> None:
    incoming = [*SAVED, *pending("Saved", once=1, after=1)]
    assert Flashbag(incoming).get_flashed_messages() == ["Saved"]


@pytest.mark.parametrize("depth", [101, 500, 800, 900, 950])
@pytest.mark.parametrize("frames", [0, 60])
def test_51_data_that_is_nested_too_deeply_counts_as_empty(depth: int, frames: int) -> None:
    """Also beneath the 60 frames of a template that a handler of aiohttp renders."""
    deep: Any = None
    for _ in range(depth):
        deep = [deep]

    def look(frames: int) -> Any:
        if frames:
            return look(frames - 1)
        bag = Flashbag(pending("Saved", "Saved", once=1, data={"deep": deep}))
        assert len(bag) == 1
        bag.flash("Sent", allow_duplicate=False)
        return bag.get_flashed_messages()[0].data, outcome(bag, pending("Saved", "Saved")).after

    assert look(frames) == ({}, [])
