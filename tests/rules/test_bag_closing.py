"""A bare bag that fails, that is hidden, or that has settled: B2, B3 and B6."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from aiohttp_flashbag.bag import Flashbag
from aiohttp_flashbag.parcel import Message, Parcel

SAVED: Message = {"id": "1", "m": "Saved", "c": "success"}
Verb = Callable[[Flashbag], Any]

VERBS: list[Any] = [
    pytest.param(lambda bag: bag.set("name", "Ann"), id="set"),
    pytest.param(lambda bag: bag.append("name", "Ann"), id="append"),
    pytest.param(lambda bag: bag.replace_all({"name": "Ann"}), id="replace_all"),
    pytest.param(lambda bag: bag.replace_all({}), id="replace_all with nothing"),
    pytest.param(lambda bag: bag.keep("error"), id="keep"),
    pytest.param(lambda bag: bag.clear(), id="clear"),
    pytest.param(lambda bag: bag.flash("Sent"), id="add"),
]
LOOKS: list[Any] = [
    pytest.param(lambda bag: bag.get("error"), id="get"),
    pytest.param(lambda bag: bag.peek("error"), id="peek"),
    pytest.param(lambda bag: bag.get_flashed_messages(), id="get_flashed_messages"),
    pytest.param(lambda bag: bag.peek_flashed_messages(), id="peek_flashed_messages"),
]
COUNTS: list[Any] = [
    pytest.param(len, id="len"),
    pytest.param(bool, id="bool"),
    pytest.param(lambda bag: "error" in bag, id="in"),
]


def came() -> Parcel:
    return Parcel({"error": "Name is required"}, [SAVED])


def settle(bag: Flashbag, status: int = 200) -> Parcel:
    """What is pending after the response."""
    delta = bag.delta(status, shows=True, page_view=status == 200)
    bag._closed = True
    return delta.apply(came())


@pytest.mark.parametrize("verb", [*VERBS, *LOOKS])
@pytest.mark.parametrize("status", [500, 503])
def test_b2_a_failed_answer_changes_nothing(verb: Verb, status: int) -> None:
    bag = Flashbag(came())
    verb(bag)
    assert settle(bag, status) == came()


@pytest.mark.parametrize("verb", [*VERBS, lambda bag: bag.now("error", "Name is taken")])
def test_b2_a_page_for_the_failure_finds_what_came_and_nothing_else(verb: Verb) -> None:
    bag = Flashbag(came())
    for look in LOOKS:
        look.values[0](bag)
    verb(bag)
    bag._fail()
    assert bag.get("error") == "Name is required"
    assert bag.get_flashed_messages() == ["Saved"]
    assert settle(bag) == Parcel()


def test_b2_what_the_failed_action_cleared_waits_on() -> None:
    bag = Flashbag(came())
    bag.clear()
    bag._fail()
    assert bag.delta(404, shows=True, page_view=False).apply(came()) == came()


def test_clear_drops_what_came_and_what_is_for_now_and_what_was_to_be_sent() -> None:
    bag = Flashbag(came())
    bag.now("name", "Ann")
    bag.set("name", "Ann")
    bag.flash("Sent")
    bag.clear()
    assert (len(bag), bag.get("name"), bag.get_flashed_messages()) == (0, None, [])
    assert settle(bag) == Parcel()


def test_what_is_added_after_clear_is_sent() -> None:
    bag = Flashbag(came())
    bag.clear()
    bag.set("name", "Ann")
    bag.flash("Bye")
    waiting = settle(bag)
    assert waiting.values == {"name": "Ann"}
    assert [message["m"] for message in waiting.messages] == ["Bye"]


def test_what_is_kept_after_clear_is_dropped_all_the_same() -> None:
    bag = Flashbag(came())
    bag.clear()
    bag.keep("error")
    assert settle(bag) == Parcel()


@pytest.mark.parametrize("look", [*LOOKS, *COUNTS])
def test_b3_a_hidden_bag_tells_nothing_and_notes_that_it_was_asked(look: Verb) -> None:
    bag = Flashbag(came(), hidden=True)
    assert not look(bag)
    assert bag._was_missed
    assert settle(bag) == came()


@pytest.mark.parametrize("look", [*LOOKS, *COUNTS])
def test_b3_a_hidden_bag_in_which_nothing_waits_has_missed_nothing(look: Verb) -> None:
    bag = Flashbag(hidden=True)
    look(bag)
    assert not bag._was_missed


def test_b3_asking_for_something_else_misses_nothing() -> None:
    bag = Flashbag(came(), hidden=True)
    bag.get("name")
    bag.get_flashed_messages(category_filter=["error"])
    assert "name" not in bag
    assert not bag._was_missed


def test_b3_a_hidden_bag_takes_in_and_is_cleared_as_any_other() -> None:
    bag = Flashbag(came(), hidden=True)
    bag.clear()
    bag.set("name", "Ann")
    assert settle(bag) == Parcel({"name": "Ann"})


def test_b3_a_value_for_now_is_read_in_a_hidden_bag() -> None:
    bag = Flashbag(came(), hidden=True)
    bag.now("error", "Name is taken")
    assert bag.get("error") == "Name is taken"
    assert not bag._was_missed


@pytest.mark.parametrize("verb", VERBS)
def test_b6_once_closed_a_bag_takes_nothing_in(verb: Verb) -> None:
    bag = Flashbag(came())
    settle(bag)
    with pytest.raises(RuntimeError, match="the response has begun: add before prepare"):
        verb(bag)


@pytest.mark.parametrize("look", LOOKS)
def test_b6_once_closed_a_bag_hands_out_nothing_new_and_says_so_once(
    look: Verb, caplog: pytest.LogCaptureFixture
) -> None:
    bag = Flashbag(came())
    settle(bag)
    assert not look(bag)
    assert not look(bag)
    [record] = caplog.records
    assert record.levelname == "WARNING"
    assert "read after the response began" in record.message


def test_b6_once_closed_a_value_that_was_read_can_be_read_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    bag = Flashbag(came())
    error = bag.get("error")
    settle(bag)
    assert bag.get("error") is error
    assert not caplog.records


def test_b6_a_late_question_after_what_is_not_there_is_no_mistake(
    caplog: pytest.LogCaptureFixture,
) -> None:
    bag = Flashbag(came())
    bag.get_flashed_messages()
    settle(bag)
    assert bag.get("name") is None
    assert bag.get_flashed_messages() == ["Saved"]
    assert bag.get_flashed_messages(category_filter="error") == []
    assert not caplog.records


@pytest.mark.parametrize(
    ("bag", "state"),
    [
        (Flashbag(came()), "open incoming=['error'] outgoing=['name'] messages=1"),
        (Flashbag(came(), hidden=True), "hidden incoming=[] outgoing=['name'] messages=0"),
    ],
)
def test_repr_shows_the_state(bag: Flashbag, state: str) -> None:
    bag.set("name", "Ann")
    assert repr(bag) == f"<Flashbag {state}>"
    settle(bag)
    assert repr(bag).startswith("<Flashbag closed ")
