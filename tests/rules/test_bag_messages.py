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


def test_m1_a_message_that_nobody_read_stays_pending() -> None:
    bag = Flashbag(saved := pending("Saved"))
    bag.flash("Sent")
    assert left(bag, saved) == ["Saved", "Sent"]


def test_m2_messages_are_returned_again_in_the_same_request_and_consumed_once() -> None:
    bag = Flashbag(saved := pending("Saved"))
    assert bag.get_flashed_messages() == ["Saved"]
    assert bag.get_flashed_messages() == ["Saved"]
    assert (outcome(bag, saved).after, outcome(bag, saved).dropped) == ([], {})


def test_m2_messages_are_returned_again_with_other_filters() -> None:
    incoming = [*pending("Failed", category="error"), *pending("Saved", after=1)]
    bag = Flashbag(incoming)
    assert bag.get_flashed_messages(category_filter="error") == ["Failed"]
    assert bag.get_flashed_messages() == ["Failed", "Saved"]
    assert bag.get_flashed_messages(category_filter=["success"]) == ["Saved"]
    assert left(bag, incoming) == []


def test_m2_a_message_flashed_after_the_first_call_is_returned_by_the_second() -> None:
    bag = Flashbag(pending("Saved"))
    bag.get_flashed_messages()
    bag.flash("Sent")
    assert bag.get_flashed_messages() == ["Saved", "Sent"]


def test_m2_a_response_that_shows_nothing_leaves_the_returned_messages_pending() -> None:
    bag = Flashbag(saved := pending("Saved"))
    bag.flash("Sent")
    bag.get_flashed_messages()
    assert left(bag, saved, shows=False) == ["Saved", "Sent"]


def test_m2_a_message_of_another_request_was_not_returned_and_stays_pending() -> None:
    bag = Flashbag(pending("Saved"))
    bag.get_flashed_messages()
    assert left(bag, pending("Saved", "Sent")) == ["Sent"]


def test_messages_that_a_filter_leaves_out_stay_pending() -> None:
    incoming = [*pending("Saved"), *pending("Failed", category="error", after=1)]
    bag = Flashbag(incoming)
    assert bag.get_flashed_messages(category_filter=["error", "warning"]) == ["Failed"]
    assert bag.peek_flashed_messages(category_filter="success") == ["Saved"]
    assert left(bag, incoming) == ["Saved"]


def test_m3_messages_keep_their_order_across_categories_and_requests() -> None:
    incoming = [*pending("1"), *pending("2", category="error", after=1), *pending("3", after=2)]
    bag = Flashbag(incoming)
    bag.flash("4", "error")
    bag.flash("5")
    assert bag.get_flashed_messages() == ["1", "2", "3", "4", "5"]


def test_m3_a_message_comes_after_the_pending_ones_of_a_machine_whose_clock_is_ahead() -> None:
    bag = Flashbag(ahead := [Flash("e000000000000aaaaaa", None, {"m": "Saved", "c": "info"})])
    bag.flash("Sent")
    assert left(bag, ahead) == ["Saved", "Sent"]


def test_m4_the_bag_passes_on_the_limit() -> None:
    bag = Flashbag(max_messages=2)
    bag.flash("3")
    assert left(bag, pending("1", "2")) == ["2", "3"]


def test_m5_counting_and_peeking_consume_nothing() -> None:
    bag = Flashbag(saved := pending("Saved"))
    bag.flash("Sent")
    assert bag.peek_flashed_messages() == ["Saved", "Sent"]
    assert (len(bag), bool(bag)) == (2, True)
    assert "messages=2" in repr(bag)
    assert left(bag, saved) == ["Saved", "Sent"]


def test_m5_a_returned_message_still_counts_because_it_can_be_returned_again() -> None:
    bag = Flashbag(pending("Saved"))
    bag.get_flashed_messages()
    assert (len(bag), bool(bag), bag.peek_flashed_messages()) == (1, True, ["Saved"])


def test_a_response_that_consumes_no_values_still_shows_messages() -> None:
    bag = Flashbag(saved := pending("Saved"))
    bag.get_flashed_messages()
    assert bag.delta(consumes=False, shows=True, page_view=False).gone == {saved[0].id}


def test_a_message_is_stored_with_its_marks_and_its_data_apart() -> None:
    bag = Flashbag()
    bag.flash(Markup("<b>"), "error", allow_duplicate=False, html="not a mark", m=[1])
    [flash] = outcome(bag).after
    data = {"html": "not a mark", "m": [1]}
    assert flash.content == {"m": "<b>", "c": "error", "html": 1, "once": 1, "data": data}


def test_equal_messages_have_different_ids() -> None:
    bag = Flashbag()
    bag.flash("Saved")
    bag.flash("Saved")
    first, second = bag.get_flashed_messages()
    assert first.flash_id < second.flash_id


def test_data_that_cannot_be_stored_is_refused_at_the_call() -> None:
    with pytest.raises(TypeError, match="data of a flash message cannot be stored"):
        Flashbag().flash("Saved", link=object())


def test_a_category_is_a_str() -> None:
    with pytest.raises(TypeError, match="category of a flash message must be a str, not 5"):
        Flashbag().flash("Saved", 5)  # type: ignore[arg-type]


def test_a_reader_who_changes_a_message_does_not_change_the_pending_one() -> None:
    bag = Flashbag()
    bag.flash("Saved", links=["/"])
    for messages in (bag.peek_flashed_messages(), bag.get_flashed_messages()):
        messages[0].category = "changed"
        messages[0].data["links"].append("/changed")
    [flash] = bag.delta(consumes=True, shows=False, page_view=False).added
    assert flash.content == {"m": "Saved", "c": "success", "data": {"links": ["/"]}}


def test_42_lone_surrogates_are_replaced_at_the_call() -> None:
    bag = Flashbag()
    bag.flash("a\ud800b", "c\udfff", d="\ud800")
    [flash] = bag.delta(consumes=True, shows=False, page_view=False).added
    assert flash.content == {"m": "a\ufffdb", "c": "c\ufffd", "data": {"d": "\ufffd"}}


def test_59_lone_surrogates_in_a_stored_message_are_replaced_when_it_is_read() -> None:
    bag = Flashbag(pending("a\ud800b", category="c\udfff", data={"d": "\ud800"}))
    [message] = bag.get_flashed_messages()
    assert (message, message.category) == ("a\ufffdb", "c\ufffd")
    assert message.data == {"d": "\ufffd"}


def test_20_a_message_flashed_once_is_not_added_beside_an_identical_one() -> None:
    bag = Flashbag(pending("Saved"))
    for text in ("Saved", "Sent", "Sent"):
        bag.flash(text, allow_duplicate=False)
    assert [flash.content["m"] for flash in bag.usage().added] == ["Sent"]


def test_20_a_message_flashed_once_is_not_added_after_an_identical_outgoing_one() -> None:
    bag = Flashbag()
    bag.flash("Saved", allow_duplicate=False)
    bag.flash("Sent")
    bag.flash("Sent", allow_duplicate=False)
    assert [flash.content["m"] for flash in bag.usage().added] == ["Saved", "Sent"]


@pytest.mark.parametrize(("text", "category"), [("Sent", "success"), ("Saved", "error")])
def test_a_message_that_looks_different_is_not_a_duplicate(text: str, category: str) -> None:
    bag = Flashbag(pending("Saved"))
    bag.flash(text, category, allow_duplicate=False)
    assert bag.get_flashed_messages() == ["Saved", text]


def test_other_messages_may_be_repeated() -> None:
    bag = Flashbag(pending("Saved", once=1))
    bag.flash("Saved")
    assert bag.get_flashed_messages() == ["Saved", "Saved"]


def test_20_of_two_overlapping_duplicates_one_is_shown_and_both_are_consumed() -> None:
    incoming = [*pending("Saved", "Saved", once=1), *pending("Sent", after=2)]
    bag = Flashbag(incoming)
    assert len(bag) == 2
    assert bag.get_flashed_messages(category_filter=["success"]) == ["Saved", "Sent"]
    assert bag.get_flashed_messages() == ["Saved", "Sent"]
    assert left(bag, incoming) == []


def test_20_a_duplicate_stays_hidden_and_pending_until_its_original_is_shown() -> None:
    incoming = [*pending("Saved", "Saved", once=1), *pending("Failed", category="error", after=2)]
    bag = Flashbag(incoming)
    assert bag.get_flashed_messages(category_filter="error") == ["Failed"]
    assert left(bag, incoming) == ["Saved", "Saved"]


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
        [message] = bag.get_flashed_messages()
        bag.flash("Sent", allow_duplicate=False)
        return message, message.data, outcome(bag, pending("Saved", "Saved")).added

    text, data, added = look(frames)
    assert (text, data) == ("Saved", {})
    assert [flash.content["m"] for flash in added] == ["Sent"]
