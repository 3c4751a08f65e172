"""Values in a bare bag: what a request reads, what it sends, what it leaves waiting."""

from __future__ import annotations

from typing import Any

import pytest

from aiohttp_flashbag.bag import Flashbag
from aiohttp_flashbag.codec import Codec
from aiohttp_flashbag.parcel import Parcel

CAME = {"error": "Name is required", "names": ["Zoë"]}


@pytest.fixture
def bag() -> Flashbag:
    """The bag of a request with which `CAME` came."""
    return Flashbag(Parcel(dict(CAME)))


def left(bag: Flashbag, status: int = 200, *, page_view: bool = False) -> dict[str, Any]:
    """The values that wait after the answer."""
    delta = bag.delta(status, shows=True, page_view=page_view)
    return delta.apply(Parcel(dict(CAME))).values


def test_a_value_that_never_came_is_the_default(bag: Flashbag) -> None:
    assert bag.get("other") is None
    assert bag.get("other", "nothing") == "nothing"
    assert bag.peek("other", "nothing") == "nothing"


def test_of_several_parcels_the_last_value_of_a_key_counts() -> None:
    bag = Flashbag(
        Parcel.joined([Parcel({"error": "old", "name": "Zoë"}), Parcel({"error": "new"})])
    )
    assert (bag.get("error"), bag.get("name")) == ("new", "Zoë")


def test_v1_a_value_set_is_not_for_its_own_request_but_for_the_next() -> None:
    bag = Flashbag()
    bag.set("error", "Name is required")
    assert bag.get("error") is None
    assert left(bag)["error"] == "Name is required"


def test_v1_a_value_for_now_is_read_at_once_and_never_sent() -> None:
    bag = Flashbag()
    bag.now("error", "Name is required")
    assert (len(bag), "error" in bag) == (1, True)
    assert bag.get("error") == "Name is required"
    assert not bag.delta(200, shows=True, page_view=True)


def test_v1_a_value_for_now_hides_the_one_that_came_and_leaves_it_waiting(bag: Flashbag) -> None:
    bag.now("error", "Name is taken")
    assert bag.get("error") == "Name is taken"
    assert left(bag) == CAME


def test_v1_a_value_for_now_is_read_after_the_one_that_came(bag: Flashbag) -> None:
    assert bag.get("error") == "Name is required"
    bag.now("error", "Name is taken")
    assert bag.get("error") == "Name is taken"


@pytest.mark.parametrize("status", [200, 204, 303, 404])
def test_v2_get_uses_up_the_value_it_returns_and_no_other(bag: Flashbag, status: int) -> None:
    assert bag.get("error") == "Name is required"
    assert left(bag, status) == {"names": ["Zoë"]}


@pytest.mark.parametrize("page_view", [True, False])
def test_v2_an_answer_304_uses_nothing_up(bag: Flashbag, page_view: bool) -> None:
    bag.get("error")
    assert left(bag, 304, page_view=page_view) == CAME


def test_v2_a_value_read_again_is_the_same_object(bag: Flashbag) -> None:
    assert bag.get("names") is bag.get("names")


def test_what_a_reader_does_to_a_value_does_not_change_what_waits_on(bag: Flashbag) -> None:
    bag.keep()
    bag.get("names").append("Ann")
    bag.peek("names").append("Bob")
    assert bag.peek("names") == ["Zoë", "Ann"]
    assert left(bag) == {"error": "Name is required", "names": ["Zoë"]}


def test_v3_a_page_view_uses_up_what_nobody_read(bag: Flashbag) -> None:
    assert left(bag, page_view=True) == {}


def test_v3_a_page_view_leaves_what_it_sends(bag: Flashbag) -> None:
    bag.set("error", "Name is taken")
    assert left(bag, page_view=True) == {"error": "Name is taken"}


def test_v3_an_answer_that_is_no_page_view_leaves_what_nobody_read(bag: Flashbag) -> None:
    assert left(bag, page_view=False) == CAME


def test_v4_keep_without_keys_leaves_all_waiting_read_or_not(bag: Flashbag) -> None:
    bag.get("error")
    bag.keep()
    assert left(bag, page_view=True) == CAME


def test_v4_keep_leaves_the_named_values_waiting_and_no_other(bag: Flashbag) -> None:
    bag.keep("error", "never came")
    assert left(bag, page_view=True) == {"error": "Name is required"}


def test_v4_a_value_that_is_sent_wins_over_the_kept_one(bag: Flashbag) -> None:
    bag.set("error", "Name is taken")
    bag.keep()
    assert left(bag, page_view=True) == {"error": "Name is taken", "names": ["Zoë"]}


def test_v4_what_is_kept_after_a_replacement_is_sent_beside_it(bag: Flashbag) -> None:
    bag.replace_all({"error": "Name is taken"})
    bag.keep()
    assert left(bag) == {"error": "Name is taken", "names": ["Zoë"]}


def test_replace_all_sends_exactly_these_values_whatever_was_kept_or_set(bag: Flashbag) -> None:
    bag.keep()
    bag.set("name", "Ann")
    bag.replace_all({"error": "Name is taken"})
    assert left(bag) == {"error": "Name is taken"}


def test_replace_all_with_nothing_leaves_nothing(bag: Flashbag) -> None:
    bag.replace_all({})
    assert left(bag) == {}


def test_replace_all_changes_nothing_if_one_value_cannot_be_stored(bag: Flashbag) -> None:
    with pytest.raises(TypeError, match="flashbag value 'when'"):
        bag.replace_all({"error": "Name is taken", "when": object()})
    assert left(bag) == CAME


@pytest.mark.parametrize("values", [["error"], "error", None])
def test_replace_all_takes_nothing_but_a_mapping(bag: Flashbag, values: Any) -> None:
    with pytest.raises(ValueError, match=f"takes a mapping .* of type {type(values).__name__}$"):
        bag.replace_all(values)


def test_append_begins_a_list_and_adds_to_the_one_that_was_set() -> None:
    bag = Flashbag()
    bag.append("one", 1)
    bag.set("two", [1])
    bag.append("two", 2)
    assert bag.delta(200, shows=True, page_view=True).values == {"one": [1], "two": [1, 2]}


def test_append_refuses_what_is_no_list_and_says_what_it_is() -> None:
    bag = Flashbag()
    bag.set("error", "Name is required")
    with pytest.raises(ValueError, match=r"value 'error': this request set it to a str"):
        bag.append("error", "Name is taken")


@pytest.mark.parametrize("verb", ["set", "append", "now"])
def test_what_cannot_be_stored_is_refused_at_the_call_by_its_key(verb: str) -> None:
    with pytest.raises(TypeError, match="flashbag value 'when' cannot be stored"):
        getattr(Flashbag(), verb)("when", object())


@pytest.mark.parametrize("verb", ["set", "append", "now"])
def test_a_later_change_of_what_was_given_reaches_nobody(verb: str) -> None:
    bag, given = Flashbag(), ["Zoë"]
    getattr(bag, verb)("names", given)
    given.append("secret")
    assert "secret" not in str([bag.get("names"), left(bag)])


def test_replace_all_copies_so_that_append_does_not_change_a_shared_default() -> None:
    defaults: dict[str, list[str]] = {"names": []}
    for name in ("alice", "bob"):
        bag = Flashbag()
        bag.replace_all(defaults)
        bag.append("names", name)
        assert left(bag) == {"names": [name]}
    assert defaults == {"names": []}


def test_what_is_sent_is_what_the_copier_makes_of_it() -> None:
    bag = Flashbag(codec=Codec(str, str))
    bag.set("number", 5)
    assert left(bag)["number"] == "5"


def test_m5_looking_uses_nothing_up(bag: Flashbag) -> None:
    assert (len(bag), bool(bag), "error" in bag, "other" in bag) == (2, True, True, False)
    assert bag.peek("error") == "Name is required"
    assert repr(bag) == ("<Flashbag open incoming=['error', 'names'] outgoing=[] messages=0>")
    assert left(bag) == CAME
