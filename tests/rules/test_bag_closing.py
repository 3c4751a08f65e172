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

VERBS: list[Any] = [
    pytest.param(lambda bag: bag.set("name", "Ann"), id="set"),
    pytest.param(lambda bag: bag.append("name", "Ann"), id="append"),
    pytest.param(lambda bag: bag.replace_all({"name": "Ann"}), id="replace_all"),
    pytest.param(lambda bag: bag.replace_all({}), id="replace_all with nothing"),
    pytest.param(lambda bag: bag.keep("error"), id="keep"),
    pytest.param(lambda bag: bag.clear(), id="clear"),
    pytest.param(lambda bag: bag.flash("Sent"), id="flash"),
]
READS: list[Any] = [
    pytest.param(lambda bag: bag.get("error"), id="get"),
    pytest.param(lambda bag: bag.peek("error"), id="peek"),
    pytest.param(lambda bag: bag.get_flashed_messages(), id="get_flashed_messages"),
    pytest.param(lambda bag: bag.peek_flashed_messages(), id="peek_flashed_messages"),
]
LOOKS: list[Any] = [
    *READS,
    pytest.param(len, id="len"),
    pytest.param(bool, id="bool"),
    pytest.param(lambda bag: "error" in bag, id="in"),
]


def page(bag: Flashbag) -> Delta:
    """Return the changes of a page that shows everything."""
    return bag.delta(consumes=True, shows=True, page_view=True)


@pytest.mark.parametrize("verb", [*VERBS, lambda bag: bag.now("error", "Name is taken")])
def test_b2_an_error_page_finds_the_incoming_flashes_and_nothing_else(verb: Verb) -> None:
    bag = Flashbag(INCOMING)
    for read in READS:
        read.values[0](bag)
    verb(bag)
    bag.fail()
    assert bag.get("error") == "Name is required"
    assert bag.get_flashed_messages() == ["Saved"]
    assert page(bag).apply(INCOMING).after == []


@pytest.mark.parametrize("verb", [*VERBS, *READS])
def test_b2_an_error_page_that_ignores_the_bag_leaves_everything_pending(verb: Verb) -> None:
    bag = Flashbag(INCOMING)
    verb(bag)
    bag.fail()
    assert page(bag).apply(INCOMING).after == INCOMING


def test_b2_flashes_of_handlers_that_failed_are_listed_as_failed() -> None:
    bag = Flashbag(INCOMING)
    bag.get("error")
    for text in ("Paid", "Sent"):
        bag.flash(text)
        bag.get_flashed_messages()
        bag.fail()
    usage = bag.usage()
    assert [flash.content["m"] for flash in usage.failed] == ["Paid", "Sent"]
    assert usage.read == {ERROR.id, SAVED.id}
    assert (usage.added, usage.values) == ([], {})


def test_b2_a_failure_after_the_commit_changes_nothing() -> None:
    bag = Flashbag(INCOMING)
    bag.flash("Sent")
    bag.close()
    bag.fail()
    assert not bag.usage().failed


def test_clear_drops_incoming_and_outgoing_flashes_and_values_for_now() -> None:
    bag = Flashbag(INCOMING)
    bag.now("name", "Ann")
    bag.set("name", "Ann")
    bag.flash("Sent")
    bag.clear()
    assert (len(bag), bag.get("name"), bag.get_flashed_messages()) == (0, None, [])
    assert page(bag).apply(INCOMING).after == []


def test_flashes_added_after_clear_are_sent() -> None:
    bag = Flashbag(INCOMING)
    bag.clear()
    bag.set("name", "Ann")
    bag.flash("Bye")
    delta = bag.delta(consumes=True, shows=False, page_view=False)
    assert [flash.content for flash in delta.apply(INCOMING).after] == [
        *("Ann", {"m": "Bye", "c": "success"})
    ]


def test_keep_after_clear_keeps_nothing() -> None:
    bag = Flashbag(INCOMING)
    bag.clear()
    bag.keep("error")
    assert page(bag).apply(INCOMING).after == []


@pytest.mark.parametrize("look", LOOKS)
def test_b3_a_hidden_bag_is_empty_and_notes_that_something_was_missed(look: Verb) -> None:
    bag = Flashbag(INCOMING, hidden=True)
    assert not look(bag)
    assert bag.was_missed
    assert not bag.was_read
    assert page(bag).apply(INCOMING).after == INCOMING


@pytest.mark.parametrize("look", LOOKS)
def test_b3_a_hidden_bag_without_pending_flashes_has_missed_nothing(look: Verb) -> None:
    bag = Flashbag(hidden=True)
    look(bag)
    assert not bag.was_missed


def test_b3_asking_for_something_else_misses_nothing() -> None:
    bag = Flashbag(INCOMING, hidden=True)
    bag.get("name")
    bag.get_flashed_messages(category_filter=["error"])
    assert "name" not in bag
    assert not bag.was_missed


def test_b3_a_hidden_bag_can_be_cleared_and_filled() -> None:
    bag = Flashbag(INCOMING, hidden=True)
    bag.clear()
    bag.set("name", "Ann")
    assert [flash.content for flash in page(bag).apply(INCOMING).after] == ["Ann"]
    assert not bag.get("error")
    assert not bag.was_missed


def test_b3_a_value_for_now_can_be_read_in_a_hidden_bag() -> None:
    bag = Flashbag(INCOMING, hidden=True)
    bag.now("error", "Name is taken")
    assert bag.get("error") == "Name is taken"
    assert not bag.was_missed


@pytest.mark.parametrize("look", [look for look in LOOKS if look.id not in ("len", "bool")])
def test_b5_a_bag_notes_that_a_pending_flash_was_returned(look: Verb) -> None:
    bag = Flashbag(INCOMING)
    bag.get("name")
    assert (len(bag), repr(bag) != "", bag.was_read) == (2, True, False)
    assert look(bag)
    assert bag.was_read


@pytest.mark.parametrize("verb", VERBS)
def test_b6_a_closed_bag_refuses_additions(verb: Verb) -> None:
    bag = Flashbag(INCOMING)
    bag.close()
    with pytest.raises(RuntimeError, match=r"after the response has begun.*before prepare\(\)"):
        verb(bag)


@pytest.mark.parametrize("read", READS)
def test_b6_a_closed_bag_returns_nothing_new_and_warns_once(
    read: Verb, caplog: pytest.LogCaptureFixture
) -> None:
    bag = Flashbag(INCOMING)
    bag.close()
    assert not read(bag)
    assert not read(bag)
    [record] = caplog.records
    assert record.levelname == "WARNING"
    assert "read after the response began" in record.message


def test_b6_flashes_that_were_read_can_be_read_again_after_the_commit(
    caplog: pytest.LogCaptureFixture,
) -> None:
    bag = Flashbag(INCOMING)
    error = bag.get("error")
    bag.get_flashed_messages()
    bag.close()
    assert bag.get("error") is error
    assert bag.get_flashed_messages() == ["Saved"]
    assert not caplog.records


def test_b6_asking_late_for_something_that_is_not_pending_is_not_a_mistake(
    caplog: pytest.LogCaptureFixture,
) -> None:
    bag = Flashbag(INCOMING)
    bag.close()
    assert bag.get("name") is None
    assert bag.get_flashed_messages(category_filter="error") == []
    assert not caplog.records


def test_repr_shows_the_state() -> None:
    bag, hidden = Flashbag(INCOMING), Flashbag(INCOMING, hidden=True)
    bag.set("name", "Ann")
    assert repr(bag) == "<Flashbag open incoming=['error'] outgoing=['name'] messages=1>"
    assert repr(hidden) == "<Flashbag hidden incoming=[] outgoing=[] messages=0>"
    bag.close()
    assert repr(bag).startswith("<Flashbag closed ")
