"""A bare bag of a handler that failed, of an unseen request, and after the commit (B2, B3, B6)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from aiohttp_flashbag.bag import Flashbag
from aiohttp_flashbag.flash import Delta, Flash

ERROR = Flash("0000000000001aaaaaa", "error", "Name is required")
SAVED = Flash("0000000000002aaaaaa", None, {"m": "Saved", "c": "success"})
INCOMING = [ERROR, SAVED]
Verb = Callable[[Flashbag], Any]

VERBS: dict[str, Verb] = {
    "set": lambda bag: bag.set("name", "Ann"),
    "append": lambda bag: bag.append("name", "Ann"),
    "replace_all": lambda bag: bag.replace_all({}),
    "keep": lambda bag: bag.keep("error"),
    "clear": lambda bag: bag.clear(),
    "flash": lambda bag: bag.flash("Sent"),
}
READS: dict[str, Verb] = {
    "get": lambda bag: bag.get("error"),
    "peek": lambda bag: bag.peek("error"),
    "get_flashed_messages": lambda bag: bag.get_flashed_messages(),
    "peek_flashed_messages": lambda bag: bag.peek_flashed_messages(),
}
LOOKS: dict[str, Verb] = {**READS, "len": len, "bool": bool, "in": lambda bag: "error" in bag}
each_verb = pytest.mark.parametrize("verb", VERBS.values(), ids=VERBS)
each_read = pytest.mark.parametrize("read", READS.values(), ids=READS)
each_look = pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)


@pytest.fixture
def bag() -> Flashbag:
    return Flashbag(INCOMING)


@pytest.fixture
def hidden() -> Flashbag:
    return Flashbag(INCOMING, hidden=True)


def page(bag: Flashbag) -> Delta:
    """Return the changes of a page that shows everything."""
    return bag.delta(consumes=True, shows=True, page_view=True)


@each_verb
def test_b2_an_error_page_finds_the_incoming_flashes_and_nothing_else(
    bag: Flashbag, verb: Verb
) -> None:
    for do in (*READS.values(), lambda bag: bag.now("error", "Taken"), verb):
        do(bag)
    bag.fail()
    assert page(bag).apply(INCOMING).after == INCOMING  # it may ignore them
    assert bag.get("error") == "Name is required"
    assert bag.get_flashed_messages() == ["Saved"]
    assert page(bag).apply(INCOMING).after == []


def test_b2_flashes_of_handlers_that_failed_are_listed_as_failed(bag: Flashbag) -> None:
    bag.get("error")
    for text in ("Paid", "Sent"):
        bag.flash(text)
        bag.get_flashed_messages()
        bag.fail()
    usage = bag.usage()
    assert [flash.content["m"] for flash in usage.failed] == ["Paid", "Sent"]
    assert usage.read == {ERROR.id, SAVED.id}
    assert (usage.added, usage.values) == ([], {})


def test_b2_a_handler_that_is_called_again_finds_everything_and_consumes_as_usual(
    bag: Flashbag,
) -> None:
    bag.fail()
    bag.flash("Paid")
    bag.restart()
    assert page(bag).dropped == {ERROR.id: "unread"}
    assert [flash.content["m"] for flash in bag.usage().failed] == ["Paid"]


def test_b2_a_failure_after_the_commit_changes_nothing(bag: Flashbag) -> None:
    bag.flash("Sent")
    bag.close()
    bag.fail()
    assert not bag.usage().failed


def test_clear_drops_everything_and_later_additions_are_sent(bag: Flashbag) -> None:
    bag.now("name", "Ann")
    bag.set("name", "Ann")
    bag.flash("Sent")
    bag.clear()
    bag.keep("error")
    assert (len(bag), bag.get("name"), bag.get_flashed_messages()) == (0, None, [])
    assert page(bag).apply(INCOMING).after == []
    bag.set("name", "Bob")
    bag.flash("Bye")
    assert [flash.content for flash in page(bag).apply(INCOMING).after] == [
        *("Bob", {"m": "Bye", "c": "success"})
    ]


@each_look
def test_b3_a_hidden_bag_is_empty_and_notes_that_something_was_missed(
    hidden: Flashbag, look: Verb
) -> None:
    assert not look(hidden)
    assert (hidden.was_missed, hidden.was_read) == (True, False)
    assert page(hidden).apply(INCOMING).after == INCOMING
    empty = Flashbag(hidden=True)
    look(empty)
    assert not empty.was_missed


def test_b3_asking_a_hidden_bag_for_something_else_misses_nothing(hidden: Flashbag) -> None:
    hidden.get("name")
    hidden.get_flashed_messages(category_filter=["error"])
    assert "name" not in hidden
    hidden.now("error", "Taken")
    assert hidden.get("error") == "Taken"
    assert not hidden.was_missed


def test_b3_a_hidden_bag_can_be_cleared_and_filled(hidden: Flashbag) -> None:
    hidden.clear()
    hidden.set("name", "Ann")
    assert [flash.content for flash in page(hidden).apply(INCOMING).after] == ["Ann"]
    assert not hidden.get("error")
    assert not hidden.was_missed


@pytest.mark.parametrize("look", [*READS.values(), LOOKS["in"]], ids=[*READS, "in"])
def test_b5_a_bag_notes_that_a_pending_flash_was_returned(bag: Flashbag, look: Verb) -> None:
    bag.get("name")
    assert (len(bag), repr(bag) != "", bag.was_read) == (2, True, False)
    assert look(bag)
    assert bag.was_read


@each_verb
def test_b6_a_closed_bag_refuses_additions(bag: Flashbag, verb: Verb) -> None:
    bag.close()
    with pytest.raises(RuntimeError, match=r"after the response has begun.*before prepare\(\)"):
        verb(bag)


@each_read
def test_b6_a_closed_bag_returns_nothing_new_and_warns_once(
    bag: Flashbag, read: Verb, caplog: pytest.LogCaptureFixture
) -> None:
    bag.close()
    assert not read(bag)
    assert not read(bag)
    [record] = caplog.records
    assert record.levelname == "WARNING"
    assert "read after the response began" in record.message


def test_b6_flashes_that_were_read_can_be_read_again_after_the_commit(
    bag: Flashbag, caplog: pytest.LogCaptureFixture
) -> None:
    error = bag.get("error")
    bag.get_flashed_messages()
    bag.close()
    assert bag.get("error") is error
    assert bag.get_flashed_messages() == ["Saved"]
    assert bag.get("name") is None  # asking for something that is not pending is not a mistake
    assert bag.get_flashed_messages(category_filter="error") == []
    assert not caplog.records


def test_repr_shows_the_state(bag: Flashbag, hidden: Flashbag) -> None:
    bag.set("name", "Ann")
    assert repr(bag) == "<Flashbag open incoming=['error'] outgoing=['name'] messages=1>"
    assert repr(hidden) == "<Flashbag hidden incoming=[] outgoing=[] messages=0>"
    bag.close()
    assert repr(bag).startswith("<Flashbag closed ")
