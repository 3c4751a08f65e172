"""Values in a bare bag: reading them, sending them, and which of them stay pending."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from aiohttp_flashbag.bag import Flashbag
from aiohttp_flashbag.copies import Copies
from aiohttp_flashbag.flash import Delta, Flash

OLD = Flash("0000000000001aaaaaa", "error", "Name is required")
NAMES = Flash("0000000000002aaaaaa", "names", ["Zoë"])
NEW = Flash("0000000000003aaaaaa", "error", "Name is taken")
INCOMING = [OLD, NAMES]
ALL = {"error": "Name is required", "names": ["Zoë"]}
Verb = Callable[[Flashbag], Any]


@pytest.fixture
def bag() -> Flashbag:
    """The bag of a request that arrived with `INCOMING`."""
    return Flashbag(INCOMING)


def delta(bag: Flashbag, *, consumes: bool = True, page_view: bool = False) -> Delta:
    """Return the changes that a response makes."""
    return bag.delta(consumes=consumes, shows=True, page_view=page_view)


def left(bag: Flashbag, **response: bool) -> dict[str, Any]:
    """Return the values that are pending after a response."""
    pending = delta(bag, **response).apply(INCOMING).after
    return {flash.key: flash.content for flash in pending if flash.key}


PAGE_VIEW, UNCHANGED = {"page_view": True}, {"consumes": False, "page_view": True}
RULES: dict[str, tuple[dict[str, bool], list[Verb], dict[str, Any]]] = {
    "v1: a value is sent to the next request": (
        *({}, [lambda bag: bag.set("name", "Ann")], {**ALL, "name": "Ann"}),
    ),
    "v1: a value for now is not sent, and leaves the incoming one": (
        *({}, [lambda bag: bag.now("error", "Taken"), lambda bag: bag.get("error")], ALL),
    ),
    "v2: get consumes its value and no other": (
        *({}, [lambda bag: bag.get("error")], {"names": ["Zoë"]}),
    ),
    "v2: a 304 consumes nothing": (UNCHANGED, [lambda bag: bag.get("error")], ALL),
    "v3: a page view consumes the values that nobody read": (
        *(PAGE_VIEW, [lambda bag: bag.set("error", "Taken")], {"error": "Taken"}),
    ),
    "v3: another response leaves the values that nobody read": ({}, [], ALL),
    "v4: keep leaves all values pending, read or not": (
        *(PAGE_VIEW, [lambda bag: bag.get("error"), lambda bag: bag.keep()], ALL),
    ),
    "v4: keep leaves only the named values pending": (
        *(PAGE_VIEW, [lambda bag: bag.keep("error", "missing")], {"error": "Name is required"}),
    ),
    "v4: an outgoing value wins over the kept one": (
        PAGE_VIEW,
        [lambda bag: bag.set("error", "Taken"), lambda bag: bag.keep()],
        {"error": "Taken", "names": ["Zoë"]},
    ),
    "v4: values kept after a replacement stay beside it": (
        {},
        [lambda bag: bag.replace_all({"error": "Taken"}), lambda bag: bag.keep()],
        {"error": "Taken", "names": ["Zoë"]},
    ),
    "replace_all sends exactly these values": (
        {},
        [
            lambda bag: bag.keep(),
            lambda bag: bag.set("name", "Ann"),
            lambda bag: bag.replace_all({"error": "Taken"}),
        ],
        {"error": "Taken"},
    ),
    "append replaces the incoming value by a new list": (
        *({}, [lambda bag: bag.append("names", "Ann")], {**ALL, "names": ["Ann"]}),
    ),
    "m5: looking consumes nothing": ({}, [len, bool, repr, lambda bag: bag.peek("error")], ALL),
}


@pytest.mark.parametrize(("response", "verbs", "expected"), RULES.values(), ids=RULES)
def test_a_response_leaves_these_values_pending(
    bag: Flashbag, response: dict[str, bool], verbs: list[Verb], expected: dict[str, Any]
) -> None:
    for verb in verbs:
        verb(bag)
    assert left(bag, **response) == expected


def test_a_missing_value_is_the_default(bag: Flashbag) -> None:
    assert (bag.get("other"), bag.get("other", 1), bag.peek("other", 2)) == (None, 1, 2)


def test_v1_a_value_cannot_be_read_in_its_own_request(bag: Flashbag) -> None:
    bag.set("error", "Taken")
    assert bag.get("error") == "Name is required"
    assert Flashbag().peek("error") is None


def test_v1_a_value_for_now_is_read_instead_of_the_incoming_one(bag: Flashbag) -> None:
    assert bag.get("error") == "Name is required"
    bag.now("error", "Taken")
    bag.now("name", "Ann")
    assert (bag.get("error"), bag.peek("name"), len(bag), "name" in bag) == (
        *("Taken", "Ann", 3, True),
    )
    assert left(bag) == {"names": ["Zoë"]}


def test_v2_reading_again_returns_the_same_object(bag: Flashbag) -> None:
    assert bag.get("names") is bag.get("names")
    assert bag.peek("names") is not bag.get("names")


def test_v2_get_returns_the_newest_value_of_a_key_and_consumes_all() -> None:
    """Two overlapping requests set the key, so two values are pending."""
    bag = Flashbag([*INCOMING, NEW])
    assert len(bag) == 2
    assert bag.get("error") == "Name is taken"
    assert delta(bag).apply([*INCOMING, NEW]).after == [NAMES]


def test_setting_a_key_replaces_all_its_incoming_values() -> None:
    bag = Flashbag([*INCOMING, NEW])
    bag.set("error", "Too long")
    outcome = delta(bag).apply([*INCOMING, NEW])
    assert [flash.content for flash in outcome.after] == [["Zoë"], "Too long"]
    assert outcome.dropped == {OLD.id: "cleared", NEW.id: "cleared"}


@pytest.mark.parametrize("mine", [True, False])
def test_a_new_value_sorts_after_all_pending_ones_of_a_machine_whose_clock_is_ahead(
    mine: bool,
) -> None:
    """Also after those of other tabs, which the bag does not hold."""
    ahead = Flash("e000000000000aaaaaa", "error", "old")
    bag = Flashbag([ahead] if mine else [], newest_id=ahead.id)
    bag.keep("error")
    bag.set("error", "new")
    assert Flashbag(delta(bag).apply([ahead]).after).get("error") == "new"


def test_v3_an_unread_value_is_dropped_and_a_read_one_is_not(bag: Flashbag) -> None:
    bag.get("error")
    outcome = delta(bag, page_view=True).apply(INCOMING)
    assert (outcome.after, outcome.dropped) == ([], {NAMES.id: "unread"})


def keep_and_replace_all(bag: Flashbag) -> None:
    bag.keep()
    bag.replace_all({})


@pytest.mark.parametrize("verb", [lambda bag: bag.set("error", "Taken"), keep_and_replace_all])
def test_a_value_that_was_read_is_not_dropped_when_it_is_replaced(
    bag: Flashbag, verb: Verb
) -> None:
    bag.get("error")
    verb(bag)
    outcome = delta(bag).apply(INCOMING)
    assert OLD not in outcome.after
    assert OLD.id not in outcome.dropped


def test_v4_keep_does_not_keep_a_value_that_was_set_anew(bag: Flashbag) -> None:
    bag.set("error", "Taken")
    bag.keep()
    assert delta(bag).dropped == {OLD.id: "cleared"}


def test_replace_all_removes_only_values_that_the_request_saw(bag: Flashbag) -> None:
    bag.replace_all({})
    assert delta(bag, page_view=True).apply([*INCOMING, NEW]).after == [NEW]


def test_replace_all_changes_nothing_if_one_value_cannot_be_stored(bag: Flashbag) -> None:
    with pytest.raises(TypeError, match="'when'"):
        bag.replace_all({"error": "Taken", "when": object()})
    assert left(bag) == ALL


@pytest.mark.parametrize("values", [["error"], "error", None])
def test_replace_all_needs_a_mapping(bag: Flashbag, values: Any) -> None:
    with pytest.raises(ValueError, match=f"mapping .* of type {type(values).__name__}"):
        bag.replace_all(values)


def test_append_starts_a_list_and_adds_to_an_outgoing_one() -> None:
    bag = Flashbag()
    bag.append("one", 1)
    bag.set("two", [1])
    bag.append("two", 2)
    before = delta(bag)
    bag.append("two", 3)
    assert [flash.content for flash in before.added] == [[1], [1, 2]]


def test_append_refuses_a_value_that_is_not_a_list(bag: Flashbag) -> None:
    bag.set("error", "Taken")
    with pytest.raises(ValueError, match=r"'error': .* type str"):
        bag.append("error", "Too long")


@pytest.mark.parametrize("verb", ["set", "append", "now"])
def test_a_value_is_copied_or_refused_at_the_call(verb: str) -> None:
    bag, given = Flashbag(), ["Zoë"]
    getattr(bag, verb)("names", given)
    given.append("secret")
    assert "secret" not in str([bag.get("names"), left(bag)])
    with pytest.raises(TypeError, match="'when' cannot be stored"):
        getattr(bag, verb)("when", object())


def test_28_append_does_not_change_a_shared_default() -> None:
    defaults: dict[str, list[str]] = {"names": []}
    for name in ("alice", "bob"):
        bag = Flashbag()
        bag.replace_all(defaults)
        bag.append("names", name)
        assert [flash.content for flash in delta(bag).added] == [[name]]
    assert defaults == {"names": []}


def test_a_reader_who_changes_a_value_does_not_change_the_pending_one(bag: Flashbag) -> None:
    bag.keep()
    bag.get("names").append("Ann")
    bag.peek("names").append("Bob")
    assert bag.peek("names") == ["Zoë", "Ann"]
    assert left(bag) == ALL


def test_the_copies_of_the_transport_are_sent() -> None:
    bag = Flashbag(copies=Copies(str, str))
    bag.set("number", 5)
    assert left(bag)["number"] == "5"


def test_pending_is_the_newest_value_of_each_key_and_each_message() -> None:
    message = Flash("0000000000004aaaaaa", None, {"m": "Saved", "c": "info"})
    assert Flashbag([*INCOMING, NEW, message]).pending() == [NAMES, NEW, message]


@pytest.mark.parametrize(
    ("limit", "fits"), [(None, True), (lambda key, content: len(key + content) < 9, False)]
)
def test_a_bag_asks_the_transport_whether_a_value_fits(limit: Any, fits: bool) -> None:
    assert Flashbag(fits=limit).fits("error", "Taken") is fits


def test_usage_lists_the_flashes_that_were_read_and_added(bag: Flashbag) -> None:
    bag.set("name", "Ann")
    bag.peek("names")
    assert bag.usage().read == set()
    bag.get("error")
    usage = bag.usage()
    assert (usage.read, [flash.key for flash in usage.added]) == ({OLD.id}, ["name"])
    assert usage.values == {"error": "Name is required"}


@pytest.mark.parametrize("depth", [101, 500, 950])
@pytest.mark.parametrize("verb", ["get", "peek"])
def test_51_a_stored_value_that_is_nested_too_deeply_counts_as_empty(
    depth: int, verb: str, caplog: pytest.LogCaptureFixture
) -> None:
    deep: Any = None
    for _ in range(depth):
        deep = [deep]
    bag = Flashbag([Flash(OLD.id, "error", deep), NAMES])
    assert getattr(bag, verb)("error", "nothing") == "nothing"
    assert "'error' is treated as empty" in caplog.text
    assert bag.get("names") == ["Zoë"]
    assert left(bag, page_view=True) == {}
