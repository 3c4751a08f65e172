"""Flashes in a session: none is lost when it is read and written back, whoever reads it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Set
from typing import Any

import pytest
from aiohttp_flashbag.address import Address, now
from aiohttp_flashbag.parcel import Aside, Delta, Parcel
from aiohttp_session import Session
from hypothesis import given, settings
from hypothesis import strategies as st

from aiohttp_flashbag.transports.session_data import ADDRESSES_KEY, SESSION_KEY, parse, put, visible

MAX_AGE = 10**9
AT = 1_700_000_000_000_000
A, B = Address.sealed(AT, "http://shop.example/a", "/list"), Address.sealed(AT + 1, "b", "/list")
Items = Set[tuple[Address, str, str]]


def parsed(session: Session, hidden: Iterable[Address] = ()) -> Parcel:
    """The flashes, for a request that passes over these addresses."""
    return parse(session, frozenset(hidden).intersection, MAX_AGE)


def session_of(**held: Any) -> Session:
    """A session as it comes from its storage."""
    return Session(None, data={"session": json.loads(json.dumps(held))}, new=False)


def stored(session: Session) -> Session:
    """The session after it was saved and loaded."""
    return session_of(**session._mapping)


def seen(session: Session, hidden: Iterable[Address] = ()) -> dict[str, Any]:
    """What a request sees that passes over these."""
    return visible(parsed(session, hidden)).values


def holding(items: Items) -> Session:
    """A session with these values."""
    names = {Aside(key, address, passed_over=True): value for address, key, value in sorted(items)}
    session = session_of()
    put(session, Parcel(dict(names), [], {name: name.address for name in names}))
    return stored(session)


def held(session: Session) -> Items:
    """All values in a session, by address and key."""
    parcel = parsed(session)
    addresses = parcel.addresses or {}
    keys = {name: name.key if isinstance(name, Aside) else name for name in parcel.values}
    return {
        (addresses.get(name, Address(0)), keys[name], value)
        for name, value in parcel.values.items()
    }


sealed = st.builds(
    Address, st.integers(AT, AT + 3), st.sampled_from(["s1", "s2"]), st.sampled_from(["t1", "t2"])
)
addresses = sealed | st.sampled_from([0, AT, AT + 2]).map(Address)
hidden_sets = st.frozensets(sealed, max_size=6)
items_of_tabs = st.dictionaries(
    st.tuples(addresses, st.sampled_from("xyz")), st.sampled_from(["one", "two"]), max_size=8
).map(lambda found: frozenset((address, key, value) for (address, key), value in found.items()))
keys = st.sampled_from("xyz")
many = settings(derandomize=True, deadline=None, database=None, max_examples=100)


@many
@given(items_of_tabs, st.lists(hidden_sets, max_size=3))
def test_reading_and_writing_back_loses_nothing(items: Items, requests: list[Set[Address]]) -> None:
    session = holding(items)
    for hidden in requests:
        put(session, parsed(session, hidden))
        session = stored(session)
    assert held(session) == items


@many
@given(items_of_tabs, hidden_sets, st.frozensets(keys))
def test_a_request_consumes_what_it_sees_and_what_lies_behind_that(
    items: Items, hidden: Set[Address], names: Set[str]
) -> None:
    session = holding(items)
    visible_ones = seen(session, hidden)
    delta = Delta(consumed={key: visible_ones[key] for key in names & visible_ones.keys()})
    put(session, delta.apply(parsed(session, hidden)))
    assert held(stored(session)) == {
        (address, key, value)
        for address, key, value in items
        if address in hidden or key not in names
    }


@many
@given(items_of_tabs, hidden_sets, keys)
def test_a_request_overwrites_what_it_sees_and_nothing_else(
    items: Items, hidden: Set[Address], key: str
) -> None:
    session, own = holding(items), Address(AT + 9, "s", "t")
    delta = Delta(values={key: "new"}, address=own)
    for _ in range(2):  # applying it twice changes nothing more
        put(session, delta.apply(parsed(session, hidden)))
    others = {item for item in items if item[0] in hidden or item[1] != key}
    assert held(stored(session)) == others | {(own, key, "new")}


@many
@given(items_of_tabs, hidden_sets)
def test_what_is_taken_back_leaves_what_was_there(items: Items, hidden: Set[Address]) -> None:
    session = holding(items)
    before = parsed(session, hidden)
    delta = Delta(values={"x": "new"}, clear_values=True, address=Address(AT + 9, "s", "t"))
    after = delta.apply(before)
    put(session, after)
    undo = Delta.between(after, before)
    put(session, undo.apply(parsed(stored(session), hidden)))
    assert held(stored(session)) == items


@many
@given(items_of_tabs, hidden_sets)
def test_writing_back_what_was_written_changes_nothing(items: Items, hidden: Set[Address]) -> None:
    session = holding(items)
    assert not put(session, parsed(session, hidden))


@many
@given(items_of_tabs, hidden_sets, st.integers(0, 8))
def test_b7_the_oldest_values_make_room(items: Items, hidden: Set[Address], count: int) -> None:
    session = holding(items)
    put(session, parsed(session, hidden).newest(count))
    left = held(stored(session))
    assert left <= items
    assert len(left) == min(count, len(items))


def test_two_values_of_one_key_both_wait_and_0_0_3_reads_the_later() -> None:
    session = holding({(A, "error", "of A"), (B, "error", "of B")})
    assert session[SESSION_KEY] == {"error": "of B"}
    assert seen(session, [A]) == {"error": "of B"}
    assert seen(session, [B]) == {"error": "of A"}
    assert seen(session) == {"error": "of B"}
    assert seen(session, [A, B]) == {}


def test_what_0_0_3_has_consumed_is_gone_and_the_rest_waits() -> None:
    session = holding({(A, "error", "of A"), (B, "error", "of B"), (B, "name", "Ann")})
    del session[SESSION_KEY]["error"]
    assert seen(session, [A]) == {"name": "Ann"}
    assert seen(session, [B]) == {"error": "of A"}
    session[SESSION_KEY] = {}  # as 0.0.3 leaves it
    assert seen(session, [B]) == {}
    assert held(session) == set()
    put(session, parsed(session))
    assert dict(session) == {}


def test_what_0_0_3_has_set_anew_is_read_by_whoever_may_read_the_old() -> None:
    session = holding({(A, "error", "of A"), (B, "error", "of B")})
    session[SESSION_KEY] = {"error": "new", "name": "Ann"}
    assert seen(session) == {"error": "new", "name": "Ann"}
    assert seen(session, [A]) == {"error": "new", "name": "Ann"}
    assert seen(session, [B]) == {"error": "of A", "name": "Ann"}


@pytest.mark.parametrize(
    "wrong",
    [
        *(None, 1, "text", {}, {"error": [*A]}, [], [1, None, "text", {}], [[]], [[*A]], [[A, 1]]),
        *([[*A, None]], [[*A, "error"]], [[*A, 1]], [[*A, ["error"], 1]], [[*A, [1, None, ["a"]]]]),
        *([["now", "", "", ["error"]]], [[AT, 1, "", ["error"]]], [[None, None, None, {}]]),
        *([[1e300, "a", "b", ["error"]]], [[*A, []]], [[*A, {}]]),
    ],
    ids=repr,
)
def test_b7_addresses_of_a_wrong_shape_hide_nothing(wrong: Any) -> None:
    session = session_of(**{SESSION_KEY: {"error": "Taken"}, ADDRESSES_KEY: wrong})
    assert seen(session, [A]) == {"error": "Taken"}
    put(session, parsed(session, [A]))
    assert seen(stored(session), [A]) == {"error": "Taken"}


@pytest.mark.parametrize("at", [-1, 0, 10**30, -(10**30)])
def test_b7_a_time_that_never_was_hides_nothing(at: int) -> None:
    address = [at, "a", "b"]
    session = session_of(
        **{
            SESSION_KEY: {"error": "Taken"},
            ADDRESSES_KEY: [[*address, ["error"]], [*address, {"error": "Old"}]],
        }
    )

    def passed_over(known: Iterable[Address]) -> Set[Address]:
        return {one for one in known if one.is_open(now())}

    assert visible(parse(session, passed_over, MAX_AGE)).values == {"error": "Taken"}
