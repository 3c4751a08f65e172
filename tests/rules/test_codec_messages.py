"""What a caller gives, made fit to wait: copied, in UTF-8, and not too large."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from markupsafe import Markup

from aiohttp_flashbag.bag import Flashbag
from aiohttp_flashbag.codec import Codec, SizeLimit
from aiohttp_flashbag.parcel import flashed_at


def length(values: Mapping[str, Any], messages: list[Any]) -> int:
    """Bytes of the JSON of what a caller gave."""
    given = [values, [{**message, "id": ""} for message in messages]]
    return len(json.dumps(given, ensure_ascii=False).encode())


LIMIT = SizeLimit(100, length)
EMPTY = length({}, [{"id": "", "m": "", "c": "info"}])
codec = Codec(limit=LIMIT)


def taken(text: str, *, limit: SizeLimit | None = LIMIT, **marks: bool) -> dict[str, Any]:
    """The message that is made of a text."""
    return Codec(limit=limit).message(text, "info", {}, **marks)


def test_a_limit_tells_by_how_much_something_is_too_large() -> None:
    values = {"key": "x" * 200}
    assert LIMIT.excess(values, []) == length(values, []) - 100
    assert LIMIT.excess({}, []) < 0


def test_a_value_is_copied() -> None:
    given = {"names": ("Zoë",)}
    copy = codec.value("form", given)
    assert copy == {"names": ["Zoë"]}


def test_a_value_that_cannot_be_stored_is_named() -> None:
    with pytest.raises(TypeError, match="flashbag value 'form' cannot be stored"):
        codec.value("form", object())


def test_a_value_may_fill_all_the_room() -> None:
    spare = LIMIT.max_bytes - length({"key": ""}, [])
    assert codec.value("key", "x" * spare) == "x" * spare
    with pytest.raises(ValueError, match="needs 101 bytes where max_bytes=100 is all"):
        codec.value("key", "x" * (spare + 1))


def test_a_value_that_is_too_large_is_named_with_the_sizes_and_a_way_out() -> None:
    needed = length({"form": "ü" * 60}, [])
    with pytest.raises(ValueError, match="needs") as caught:
        codec.value("form", "ü" * 60)
    assert str(caught.value) == (
        f"flashbag value 'form' needs {needed} bytes where max_bytes=100 is all "
        "that may be pending: keep it in a database and send its id, or use the SessionTransport"
    )


def test_a_list_is_too_large_as_soon_as_what_is_appended_makes_it_so() -> None:
    bag = Flashbag(codec=codec)
    bag.append("errors", "x" * 40)
    with pytest.raises(ValueError, match="flashbag value 'errors' needs"):
        bag.append("errors", "x" * 40)
    delta = bag.delta(200, shows=True, page_view=True)
    assert delta.values == {"errors": ["x" * 40]}


def test_v1_a_value_for_now_does_not_travel_and_may_be_of_any_size() -> None:
    bag = Flashbag(codec=codec)
    bag.now("form", "x" * 1000)
    assert bag.get("form") == "x" * 1000


def test_without_a_limit_nothing_is_too_large() -> None:
    assert len(Codec().value("form", "x" * 10_000)) == 10_000
    assert len(taken("x" * 10_000, limit=None)["m"]) == 10_000


def test_a_message_is_stored_in_utf8_with_only_the_marks_that_hold() -> None:
    message = codec.message("a\ud800", "b\udfff", {}, html=False, once=True)
    del message["id"]
    assert message == {"m": "a\ufffd", "c": "b\ufffd", "once": 1}


def test_data_of_a_message_is_copied_beside_its_own_marks() -> None:
    data = {"html": ["/undo"]}
    message = codec.message("Sent", "info", data)
    data["html"].append("changed")
    assert message["data"] == {"html": ["/undo"]}
    assert "html" not in message


def test_m3_messages_sort_by_the_microsecond(monkeypatch: pytest.MonkeyPatch) -> None:
    times = [
        15_999,
        1_000_000_000_000_000_000,
        1_700_000_000_000_000_000,
        1_700_000_000_000_001_000,
    ]
    moments = []
    for now in times:
        monkeypatch.setattr("time.time_ns", lambda now=now: now)
        moments.append(flashed_at(taken("x")))
    assert moments == sorted(set(moments))
    assert int(moments[0], 16) == 15


def test_two_messages_of_one_moment_have_different_ids(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.time_ns", lambda: 1_700_000_000_000_000_000)
    ends = iter(range(2))
    monkeypatch.setattr("secrets.randbits", lambda bits: next(ends))
    first, second = taken("x"), taken("x")
    assert first["id"] != second["id"]
    assert flashed_at(first) == flashed_at(second)


def test_a_message_may_fill_all_the_room() -> None:
    spare = LIMIT.max_bytes - EMPTY
    assert taken("x" * spare)["m"] == "x" * spare
    assert taken("x" * (spare + 1))["m"] == "x" * (spare - 3) + "…"


@pytest.mark.parametrize("letter", ["x", "ж", "漢", "🎈", '"'])
def test_a_message_that_is_too_long_is_cut_where_the_room_ends(letter: str) -> None:
    message = taken(letter * 1000)
    text, ellipsis = message["m"][:-1], message["m"][-1]
    assert ellipsis == "…"
    assert set(text) <= {letter}
    assert LIMIT.excess({}, [message]) <= 0
    assert LIMIT.excess({}, [{**message, "m": text + letter + ellipsis}]) > 0


def test_no_space_is_left_before_the_ellipsis() -> None:
    assert taken("word" + " " * 1000)["m"] == "word…"


def test_markup_that_is_too_long_loses_its_tags_and_becomes_text() -> None:
    message = taken(str(Markup("<p>{}</p>").format("<b>" * 40)), html=True)
    assert "html" not in message
    assert message["m"].startswith("<b><b>")
    assert message["m"].endswith("…")


def test_markup_that_is_short_without_its_tags_is_left_whole() -> None:
    message = taken("<p class='" + "x" * 100 + "'>Tom &amp; Jerry</p>", html=True, once=True)
    del message["id"]
    assert message == {"m": "Tom & Jerry", "c": "info", "once": 1}


def test_a_message_without_room_for_its_data_is_an_error() -> None:
    with pytest.raises(ValueError, match="a flash message without its text needs"):
        codec.message("Sent", "info", {"link": "x" * 100})
