"""The flashes in a session: reading, writing, damage, and values that version 0.0.3 left."""

from __future__ import annotations

import json
from typing import Any

import pytest
from aiohttp import web
from aiohttp_session import AbstractStorage, Session
from hypothesis import given, settings
from hypothesis import strategies as st
from rules.random_flashes import flash_ids, flashes, json_values, lists_of, repeatable, texts

from aiohttp_flashbag.bag import Flashbag
from aiohttp_flashbag.flash import Delta, Flash, new_id
from aiohttp_flashbag.transports.session_data import (
    MESSAGES_KEY,
    SESSION_KEY,
    is_damaged,
    read,
    write,
)
from transports.visits import message, request_with, result_of, value

many = settings(repeatable, max_examples=100)


def session_of(**held: Any) -> Session:
    """Return a session as its storage loads it."""
    return Session(None, data={"session": json.loads(json.dumps(held))}, new=False)


def saved(storage: AbstractStorage, session: Session) -> Session:
    """Save a session in a cookie, and load it for the next request."""
    response = web.Response()
    result_of(storage.save_session(request_with({}), response, session))
    cookies = {name: morsel.coded_value for name, morsel in response.cookies.items()}
    request = request_with(cookies)
    return result_of(storage.load_session(request))


def through_json(session: Session) -> Session:
    return session_of(**dict(session))


@pytest.mark.parametrize("kind", ["simple", "encrypted", "nacl"])
def test_any_flashes_are_the_same_after_the_encoder_of_each_storage(
    kind: str, request: pytest.FixtureRequest
) -> None:
    storage: AbstractStorage = request.getfixturevalue(f"{kind}_storage")

    @many
    @given(lists_of(flashes))
    def round_trip(stored: list[Flash]) -> None:
        session = session_of(user="alice")
        write(session, stored)
        again = saved(storage, session)
        assert read(again) == stored
        assert again["user"] == "alice"

    round_trip()


def test_values_and_messages_are_two_dicts_by_id() -> None:
    session, error, note = session_of(), value("error", "Taken"), message("Saved")
    assert write(session, [error, note])
    assert dict(session) == {
        "aiohttp_flashbag": {error.id: ["error", "Taken"]},
        "aiohttp_flashbag_messages": {note.id: [None, {"m": "Saved", "c": "info"}]},
    }


@many
@given(lists_of(flashes))
def test_writing_back_the_flashes_that_were_read_changes_nothing(stored: list[Flash]) -> None:
    session = session_of(user="alice")
    assert write(session, stored) is bool(stored)
    session = through_json(session)
    assert not write(session, read(session))
    assert not is_damaged(session, read(session))


def test_b4_other_flashes_are_a_change_and_nothing_empty_is_written() -> None:
    session, error, note = session_of(user="alice"), value("error"), message("Saved")
    assert not write(session, [])
    for stored in ([error], [error, value("error")], [error, note], [note], []):
        assert write(session, stored)
        assert not write(session, stored)
    assert dict(session) == {"user": "alice"}


left_by_0_0_3 = st.dictionaries(texts, json_values, max_size=5)


@many
@given(left_by_0_0_3, st.sets(texts))
def test_values_that_0_0_3_left_are_read_and_consumed(left: dict[str, Any], read_: Any) -> None:
    session = session_of(**{SESSION_KEY: left})
    bag = Flashbag(read(session))
    assert {key: bag.peek(key) for key in left} == left
    for key in read_:
        bag.get(key)
    delta = bag.delta(consumes=True, shows=True, page_view=False)
    write(session, delta.apply(read(session)).after)
    assert through_json(session).get(SESSION_KEY, {}) == {
        key: left[key] for key in left if key not in read_
    }


def test_values_of_0_0_3_come_before_new_ones_and_never_expire() -> None:
    session = session_of(**{SESSION_KEY: {"error": "old", new_id(): ["error", "new"]}})
    old, new = read(session)
    assert (old.content, new.content) == ("old", "new")
    assert Flashbag([old, new]).get("error") == "new"
    assert Delta().apply([old, new], since=2**60).after == [old]


def test_a_worker_of_0_0_3_finds_a_dict_without_its_keys() -> None:
    session = session_of()
    write(session, [value("error", "Taken"), message("Saved")])
    assert isinstance(session[SESSION_KEY], dict)
    assert "error" not in session[SESSION_KEY]
    session[SESSION_KEY]["error"] = "of 0.0.3"  # as its flashbag_set does
    assert [flash.content for flash in read(session) if flash.key] == ["of 0.0.3", "Taken"]
    session[SESSION_KEY] = {}  # as its middleware does
    assert [flash.key for flash in read(session)] == [None]


@pytest.mark.parametrize("wrong", [None, 5, "garbage", ["error"], True, [["error", 1]]])
@pytest.mark.parametrize("key", [SESSION_KEY, MESSAGES_KEY])
def test_b7_data_in_another_shape_counts_as_empty(key: str, wrong: Any) -> None:
    session = session_of(**{key: wrong, "user": "alice"})
    assert read(session) == []
    assert is_damaged(session, [])
    assert write(session, [])
    assert dict(session) == {"user": "alice"}


@pytest.mark.parametrize(
    "wrong",
    [None, "Saved", {"m": "Saved", "c": "info"}, [None, "Saved"], ["error", 1], [None, {"m": 5}]],
)
def test_b7_one_damaged_message_does_not_cost_the_others(wrong: Any) -> None:
    good = message("Saved")
    session = session_of(**{MESSAGES_KEY: {new_id(): wrong, good.id: good.pack()}})
    assert read(session) == [good]
    assert is_damaged(session, [good])
    assert write(session, [good])
    assert not is_damaged(session, [good])


def test_b7_a_message_among_the_values_is_damaged() -> None:
    note = message("Saved")
    session = session_of(**{SESSION_KEY: {note.id: note.pack()}})
    assert read(session) == []
    assert is_damaged(session, [])


damaged_messages = st.dictionaries(
    texts | flash_ids(),
    json_values
    | st.tuples(
        st.none(),
        st.dictionaries(st.sampled_from(["m", "c", "html", "once", "data"]), texts | json_values),
        st.integers(),
        texts,
        texts,
    ),
    max_size=4,
)


@many
@given(json_values | damaged_messages | left_by_0_0_3, json_values | damaged_messages)
def test_garbage_in_a_session_counts_as_empty_and_never_raises(values: Any, messages: Any) -> None:
    session = session_of(**{SESSION_KEY: values, MESSAGES_KEY: messages, "user": "alice"})
    found = read(session)
    is_damaged(session, found)
    bag = Flashbag(found)
    assert len(bag) == len({f.key for f in found if f.key is not None}) + len(
        bag.get_flashed_messages()
    )
    for flash in found:
        if flash.key is not None:
            bag.get(flash.key)
    outcome = bag.delta(consumes=True, shows=True, page_view=True).apply(found)
    assert outcome.after == []
    write(session, outcome.after)
    assert dict(session) == {"user": "alice"}
