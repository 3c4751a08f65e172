"""Values in a bare bag: reading them, sending them, and which of them stay pending."""

from __future__ import annotations

from typing import Any

import pytest

from aiohttp_flashbag.bag import Flashbag
from aiohttp_flashbag.copies import Copies
from aiohttp_flashbag.flash import Flash

INCOMING = [
    Flash("0000000000001aaaaaa", "error", "Name is required"),
    Flash("0000000000002aaaaaa", "names", ["Zoë"]),
]
PENDING = {"error": "Name is required", "names": ["Zoë"]}


@pytest.fixture
def bag() -> Flashbag:
    """The bag of a request that arrived with `PENDING`."""
    return Flashbag(INCOMING)


def left(
    bag: Flashbag, *, consumes: bool = True, shows: bool = True, page_view: bool = False
) -> dict[str, Any]:
    """Return the values that are pending after the response."""
    delta = bag.delta(consumes=consumes, shows=shows, page_view=page_view)
    return {flash.key: flash.content for flash in delta.apply(INCOMING).after if flash.key}


def test_a_missing_value_is_the_default(bag: Flashbag) -> None:
    assert bag.get("other") is None
    assert bag.get("other", "nothing") == "nothing"
    assert bag.peek("other", "nothing") == "nothing"


def test_v1_a_value_is_for_the_next_request_and_not_for_its_own() -> None:
    bag = Flashbag()
    bag.set("error", "Name is required")
    assert bag.get("error") is None
    assert left(bag)["error"] == "Name is required"


def test_v1_a_value_for_now_is_read_at_once_and_never_sent() -> None:
    bag = Flashbag()
    bag.now("error", "Name is required")
    assert (len(bag), "error" in bag) == (1, True)
    assert bag.get("error") == "Name is required"
    assert not bag.delta(consumes=True, shows=True, page_view=True)


@pytest.mark.parametrize("was_read", [True, False])
def test_v1_a_value_for_now_hides_the_incoming_one(bag: Flashbag, was_read: bool) -> None:
    if was_read:
        assert bag.get("error") == "Name is required"
    bag.now("error", "Name is taken")
    assert bag.get("error") == "Name is taken"
    assert left(bag) == ({"names": ["Zoë"]} if was_read else PENDING)


def test_v2_get_consumes_its_value_and_no_other(bag: Flashbag) -> None:
    assert bag.get("error") == "Name is required"
    assert left(bag) == {"names": ["Zoë"]}


@pytest.mark.parametrize("page_view", [True, False])
def test_v2_a_response_that_consumes_nothing_leaves_all_values(
    bag: Flashbag, page_view: bool
) -> None:
    bag.get("error")
    assert left(bag, consumes=False, page_view=page_view) == PENDING


def test_v2_reading_again_returns_the_same_object(bag: Flashbag) -> None:
    assert bag.get("names") is bag.get("names")


def test_v2_get_returns_the_newest_value_of_a_key_and_consumes_all() -> None:
    """Two overlapping requests set the key, so two values are pending."""
    twice = [*INCOMING, Flash("0000000000003aaaaaa", "error", "Name is taken")]
    bag = Flashbag(twice)
    assert len(bag) == 2
    assert bag.get("error") == "Name is taken"
    delta = bag.delta(consumes=True, shows=True, page_view=False)
    assert [flash.key for flash in delta.apply(twice).after] == ["names"]


def test_setting_a_key_replaces_all_its_incoming_values_without_reading_them() -> None:
    twice = [*INCOMING, Flash("0000000000003aaaaaa", "error", "Name is taken")]
    bag = Flashbag(twice)
    bag.set("error", "Name is too long")
    outcome = bag.delta(consumes=True, shows=True, page_view=False).apply(twice)
    assert [flash.content for flash in outcome.after] == [["Zoë"], "Name is too long"]
    assert outcome.dropped == {twice[0].id: "cleared", twice[2].id: "cleared"}


def test_a_new_value_sorts_after_all_incoming_flashes_of_a_machine_ahead() -> None:
    ahead = [Flash("e000000000000aaaaaa", "error", "old")]
    bag = Flashbag(ahead)
    bag.keep("error")
    bag.set("error", "new")
    delta = bag.delta(consumes=True, shows=True, page_view=False)
    assert Flashbag(delta.apply(ahead).after).get("error") == "new"


def test_a_reader_who_changes_a_value_does_not_change_the_pending_one(bag: Flashbag) -> None:
    bag.keep()
    bag.get("names").append("Ann")
    bag.peek("names").append("Bob")
    assert bag.peek("names") == ["Zoë", "Ann"]
    assert left(bag) == PENDING


def test_v3_a_page_view_consumes_the_values_that_nobody_read(bag: Flashbag) -> None:
    bag.get("error")
    outcome = bag.delta(consumes=True, shows=True, page_view=True).apply(INCOMING)
    assert outcome.after == []
    assert outcome.dropped == {INCOMING[1].id: "unread"}


def test_v3_a_page_view_leaves_the_values_that_it_sends(bag: Flashbag) -> None:
    bag.set("error", "Name is taken")
    assert left(bag, page_view=True) == {"error": "Name is taken"}


def test_v3_another_response_leaves_the_values_that_nobody_read(bag: Flashbag) -> None:
    assert left(bag, page_view=False) == PENDING


def test_v4_keep_without_keys_leaves_all_values_pending(bag: Flashbag) -> None:
    bag.get("error")
    bag.keep()
    assert left(bag, page_view=True) == PENDING


def test_v4_keep_leaves_only_the_named_values_pending(bag: Flashbag) -> None:
    bag.keep("error", "missing")
    assert left(bag, page_view=True) == {"error": "Name is required"}


def test_v4_an_outgoing_value_wins_over_the_kept_one(bag: Flashbag) -> None:
    bag.set("error", "Name is taken")
    bag.keep()
    assert left(bag, page_view=True) == {"error": "Name is taken", "names": ["Zoë"]}


def test_v4_values_kept_after_a_replacement_stay_beside_it(bag: Flashbag) -> None:
    bag.replace_all({"error": "Name is taken"})
    bag.keep()
    assert left(bag) == {"error": "Name is taken", "names": ["Zoë"]}


def test_replace_all_sends_exactly_these_values(bag: Flashbag) -> None:
    bag.keep()
    bag.set("name", "Ann")
    bag.replace_all({"error": "Name is taken"})
    assert left(bag) == {"error": "Name is taken"}


def test_replace_all_removes_only_values_that_the_request_saw(bag: Flashbag) -> None:
    bag.replace_all({})
    meanwhile = Flash("0000000000003aaaaaa", "meanwhile", 1)
    delta = bag.delta(consumes=True, shows=True, page_view=True)
    assert delta.apply([*INCOMING, meanwhile]).after == [meanwhile]


def test_replace_all_changes_nothing_if_one_value_cannot_be_stored(bag: Flashbag) -> None:
    with pytest.raises(TypeError, match="'when'"):
        bag.replace_all({"error": "Name is taken", "when": object()})
    assert left(bag) == PENDING


@pytest.mark.parametrize("values", [["error"], "error", None])
def test_replace_all_needs_a_mapping(bag: Flashbag, values: Any) -> None:
    with pytest.raises(ValueError, match=f"mapping .* of type {type(values).__name__}"):
        bag.replace_all(values)


def test_append_starts_a_list_and_adds_to_an_outgoing_one() -> None:
    bag = Flashbag()
    bag.append("one", 1)
    bag.set("two", [1])
    bag.append("two", 2)
    before = bag.delta(consumes=True, shows=True, page_view=True)
    bag.append("two", 3)
    assert [flash.content for flash in before.added] == [[1], [1, 2]]


def test_append_starts_a_new_list_instead_of_the_incoming_value(bag: Flashbag) -> None:
    bag.append("names", "Ann")
    assert left(bag) == {"error": "Name is required", "names": ["Ann"]}


def test_append_refuses_a_value_that_is_not_a_list() -> None:
    bag = Flashbag()
    bag.set("error", "Name is required")
    with pytest.raises(ValueError, match=r"'error': .* type str"):
        bag.append("error", "Name is taken")


@pytest.mark.parametrize("verb", ["set", "append", "now"])
def test_a_value_that_cannot_be_stored_is_refused_at_the_call(verb: str) -> None:
    with pytest.raises(TypeError, match="'when' cannot be stored"):
        getattr(Flashbag(), verb)("when", object())


@pytest.mark.parametrize("verb", ["set", "append", "now"])
def test_a_later_change_to_the_argument_reaches_no_request(verb: str) -> None:
    bag, given = Flashbag(), ["Zoë"]
    getattr(bag, verb)("names", given)
    given.append("secret")
    assert "secret" not in str([bag.get("names"), left(bag)])


def test_28_append_does_not_change_a_shared_default() -> None:
    defaults: dict[str, list[str]] = {"names": []}
    for name in ("alice", "bob"):
        bag = Flashbag()
        bag.replace_all(defaults)
        bag.append("names", name)
        delta = bag.delta(consumes=True, shows=True, page_view=False)
        assert [flash.content for flash in delta.added] == [[name]]
    assert defaults == {"names": []}


def test_the_copies_of_the_transport_are_sent() -> None:
    bag = Flashbag(copies=Copies(str, str))
    bag.set("number", 5)
    assert left(bag)["number"] == "5"


def test_m5_looking_consumes_nothing(bag: Flashbag) -> None:
    assert (len(bag), bool(bag), "error" in bag, "other" in bag) == (2, True, True, False)
    assert bag.peek("error") == "Name is required"
    assert "incoming=['error', 'names'] outgoing=[]" in repr(bag)
    assert left(bag) == PENDING


def test_pending_is_the_newest_value_of_each_key_and_each_message() -> None:
    message = Flash("0000000000004aaaaaa", None, {"m": "Saved", "c": "info"})
    twice = [*INCOMING, Flash("0000000000003aaaaaa", "error", "Name is taken"), message]
    assert Flashbag(twice).pending() == twice[1:]


@pytest.mark.parametrize(
    ("limit", "fits"), [(None, True), (lambda key, content: len(key + content) < 9, False)]
)
def test_a_bag_asks_the_transport_whether_a_value_fits(limit: Any, fits: bool) -> None:
    assert Flashbag(fits=limit).fits("error", "Taken") is fits


def test_usage_lists_the_flashes_that_were_read_and_added() -> None:
    bag = Flashbag(INCOMING)
    bag.set("name", "Ann")
    assert bag.usage().read == set()
    bag.get("error")
    bag.peek("names")
    usage = bag.usage()
    assert usage.read == {INCOMING[0].id}
    assert [flash.key for flash in usage.added] == ["name"]
    assert usage.values == {"error": "Name is required"}


@pytest.mark.parametrize("depth", [101, 500, 950])
@pytest.mark.parametrize("verb", ["get", "peek"])
def test_51_a_stored_value_that_is_nested_too_deeply_counts_as_empty(
    depth: int, verb: str, caplog: pytest.LogCaptureFixture
) -> None:
    deep: Any = None
    for _ in range(depth):
        deep = [deep]
    bag = Flashbag([Flash("0000000000001aaaaaa", "error", deep), *INCOMING[1:]])
    assert getattr(bag, verb)("error", "nothing") == "nothing"
    assert "'error' is treated as empty" in caplog.text
    assert bag.get("names") == ["Zoë"]
    assert left(bag, page_view=True) == {}
