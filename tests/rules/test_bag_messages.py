"""Messages in a bare bag: a queue for a person to read."""

from __future__ import annotations

import pytest
from markupsafe import Markup

from aiohttp_flashbag.bag import Flashbag
from aiohttp_flashbag.parcel import Parcel


def waiting(*texts: str, category: str = "success") -> Parcel:
    """Messages that came with a request."""
    return Parcel(messages=[{"id": text, "m": text, "c": category} for text in texts])


def say(bag: Flashbag, text: str, category: str = "success", *, once: bool = False) -> None:
    bag.flash(text, category, allow_duplicate=not once)


def left(bag: Flashbag, came: Parcel | None = None, *, shows: bool = True) -> list[str]:
    """The messages that wait after the answer."""
    delta = bag.delta(200, shows=shows, page_view=True)
    return [message["m"] for message in delta.apply(came or Parcel()).messages]


def test_m1_a_message_waits_in_the_request_that_flashed_it() -> None:
    bag = Flashbag()
    say(bag, "Saved")
    assert bag.get_flashed_messages() == ["Saved"]
    assert left(bag) == []


def test_m1_a_message_that_nobody_took_waits_on() -> None:
    bag = Flashbag(waiting("Saved"))
    say(bag, "Sent")
    assert left(bag, waiting("Saved")) == ["Saved", "Sent"]


def test_m2_messages_are_returned_again_in_the_same_request_and_consumed_once() -> None:
    bag = Flashbag(waiting("Saved"))
    assert bag.get_flashed_messages() == ["Saved"]
    assert bag.get_flashed_messages() == ["Saved"]
    assert left(bag, waiting("Saved")) == []


def test_m2_messages_are_returned_again_with_other_filters() -> None:
    bag = Flashbag(Parcel.joined([waiting("Failed", category="error"), waiting("Saved")]))
    assert bag.get_flashed_messages(category_filter="error") == ["Failed"]
    assert bag.get_flashed_messages() == ["Failed", "Saved"]
    assert bag.get_flashed_messages(category_filter=["success"]) == ["Saved"]
    assert left(bag, waiting("Saved", "Failed")) == []


def test_m2_a_message_flashed_after_the_others_were_returned_is_returned_too() -> None:
    bag = Flashbag(waiting("Saved"))
    bag.get_flashed_messages()
    say(bag, "Sent")
    assert bag.get_flashed_messages() == ["Saved", "Sent"]


def test_m2_an_answer_that_shows_nothing_puts_back_what_was_handed_out() -> None:
    bag = Flashbag(waiting("Saved"))
    say(bag, "Sent")
    bag.get_flashed_messages()
    assert left(bag, waiting("Saved"), shows=False) == ["Saved", "Sent"]


def test_m2_what_came_meanwhile_was_not_handed_out_and_waits_on() -> None:
    bag = Flashbag(waiting("Saved"))
    bag.get_flashed_messages()
    assert left(bag, waiting("Saved", "Sent")) == ["Sent"]


def test_what_a_filter_leaves_out_keeps_waiting() -> None:
    bag = Flashbag(Parcel.joined([waiting("Saved"), waiting("Failed", category="error")]))
    assert bag.get_flashed_messages(category_filter=["error", "warning"]) == ["Failed"]
    assert bag.peek_flashed_messages(category_filter="success") == ["Saved"]
    assert left(bag, waiting("Saved", "Failed")) == ["Saved"]


def test_m3_messages_keep_their_order_across_categories_and_parcels() -> None:
    bag = Flashbag(Parcel.joined([waiting("1"), waiting("2", category="error"), waiting("3")]))
    say(bag, "4", "error")
    say(bag, "5")
    assert bag.get_flashed_messages() == ["1", "2", "3", "4", "5"]


def test_m4_the_oldest_message_makes_room(caplog: pytest.LogCaptureFixture) -> None:
    bag = Flashbag(max_messages=2)
    say(bag, "3")
    assert left(bag, waiting("1", "2")) == ["2", "3"]
    assert "max_messages=2 flash messages are pending: the oldest 1 dropped" in caplog.text


def test_m5_counting_and_peeking_use_nothing_up() -> None:
    bag = Flashbag(waiting("Saved"))
    say(bag, "Sent")
    assert bag.peek_flashed_messages() == ["Saved", "Sent"]
    assert (len(bag), bool(bag)) == (2, True)
    assert "messages=2" in repr(bag)
    assert left(bag, waiting("Saved")) == ["Saved", "Sent"]


def test_m5_a_message_that_was_returned_still_counts_for_it_is_returned_again() -> None:
    bag = Flashbag(waiting("Saved"))
    bag.get_flashed_messages()
    assert (len(bag), bool(bag), bag.peek_flashed_messages()) == (1, True, ["Saved"])


@pytest.mark.parametrize("status", [303, 304, 404])
def test_a_message_is_used_up_by_showing_it_whatever_the_status(status: int) -> None:
    bag = Flashbag(waiting("Saved"))
    bag.get_flashed_messages()
    assert bag.delta(status, shows=True, page_view=False).shown == {"Saved"}


def test_a_message_is_stored_with_its_marks_and_its_data_nested() -> None:
    bag = Flashbag()
    bag.flash(Markup("<b>"), "error", html="no mark", id=[1])
    [message] = bag.delta(303, shows=False, page_view=False).messages
    assert message.pop("id")
    assert message == {"m": "<b>", "c": "error", "html": 1, "data": {"html": "no mark", "id": [1]}}


def test_messages_alike_have_ids_of_their_own() -> None:
    bag = Flashbag()
    say(bag, "Saved")
    say(bag, "Saved")
    assert (
        len({message["id"] for message in bag.delta(303, shows=False, page_view=False).messages})
        == 2
    )


def test_data_that_cannot_be_stored_is_refused_at_the_call() -> None:
    with pytest.raises(TypeError, match="data of a flash message cannot be stored"):
        Flashbag().flash("Saved", link=object())


def test_what_a_reader_does_to_a_message_does_not_change_what_waits_on() -> None:
    bag = Flashbag()
    bag.flash("Saved", links=["/"])
    for messages in (bag.peek_flashed_messages(), bag.get_flashed_messages()):
        messages[0].category = "changed"
        messages[0].data["links"].append("/changed")
    [sent] = bag.delta(303, shows=False, page_view=False).messages
    assert (sent["m"], sent["c"], sent["data"]) == ("Saved", "success", {"links": ["/"]})


def test_text_that_is_not_utf_8_is_made_so_at_the_call() -> None:
    bag = Flashbag()
    bag.flash("a\ud800b", "c\udfff", d="\ud800")
    [message] = bag.get_flashed_messages()
    assert (message, message.category) == ("a\ufffdb", "c\ufffd")
    assert message.data == {"d": "\ufffd"}


def test_a_message_marked_once_is_not_added_beside_one_that_waits() -> None:
    bag = Flashbag(waiting("Saved"))
    say(bag, "Saved", once=True)
    say(bag, "Sent", once=True)
    say(bag, "Sent", once=True)
    assert bag.peek_flashed_messages() == ["Saved", "Sent"]
    [message] = bag.delta(303, shows=False, page_view=False).messages
    assert message["m"] == "Sent"


@pytest.mark.parametrize(("text", "category"), [("Sent", "success"), ("Saved", "error")])
def test_a_message_that_differs_is_no_duplicate(text: str, category: str) -> None:
    bag = Flashbag(waiting("Saved"))
    say(bag, text, category, once=True)
    assert bag.get_flashed_messages() == ["Saved", text]


def test_a_message_without_the_mark_may_be_repeated() -> None:
    bag = Flashbag(waiting("Saved"))
    say(bag, "Saved")
    assert bag.get_flashed_messages() == ["Saved", "Saved"]


def test_of_two_parcels_that_say_the_same_once_one_is_shown_and_both_are_used_up() -> None:
    came = waiting("Saved", "Saved again", "Sent")
    for message in came.messages[:2]:
        message.update(m="Saved", once=1)
    bag = Flashbag(came)
    assert len(bag) == 2
    assert bag.get_flashed_messages(category_filter=["success"]) == ["Saved", "Sent"]
    assert bag.get_flashed_messages() == ["Saved", "Sent"]
    assert left(bag, came) == []


def test_a_message_that_came_in_two_parcels_is_one() -> None:
    bag = Flashbag(Parcel.joined([waiting("Saved"), waiting("Saved")]))
    assert bag.get_flashed_messages() == ["Saved"]


def test_a_message_marked_once_is_not_returned_after_one_that_says_the_same() -> None:
    bag = Flashbag(waiting("Saved"))
    bag.get_flashed_messages()
    say(bag, "Saved", once=True)
    assert bag.get_flashed_messages() == ["Saved"]
    assert left(bag, waiting("Saved")) == []
