"""Cookies that are forged, damaged or misplaced count as empty, and nothing raises (B7)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from itertools import permutations
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from rules.random_flashes import flash_ids, json_values, repeatable
from support.apps import AiohttpClient
from support.own_cookies import PREFIX, cookie_client, header

from aiohttp_flashbag.bag import Flashbag
from aiohttp_flashbag.flash import Delta, new_id
from transports.visits import OTHER_KEY, TOMBSTONE, Browser, encrypted, message, result_of

NAME = f"{PREFIX}planted1"
many = settings(repeatable, max_examples=100)


def use_everything(browser: Browser) -> list[str]:
    """Read, flash and clear in requests with these cookies. Returns the texts that were read."""
    bag = Flashbag(browser.pending)
    texts = [str(found) for found in bag.get_flashed_messages()]
    texts += [str(bag.get(flash.key)) for flash in browser.pending if flash.key is not None]
    assert len(bag) >= 0
    for delta in (
        bag.delta(consumes=True, shows=True, page_view=True),
        Delta(added=[message("Sent")]),
        Delta(clears=True),
    ):
        visit = browser.send()
        result_of(visit.commit(delta))
        assert len(visit.lines) <= 20
    return texts


def nested(depth: int) -> Any:
    found: Any = None
    for _ in range(depth):
        found = [found]
    return found


SPOILED: list[Any] = [
    pytest.param(lambda token: "", id="empty"),
    pytest.param(lambda token: "deleted", id="a word"),
    pytest.param(lambda token: token[: len(token) // 2], id="cut off"),
    pytest.param(lambda token: token[:-5] + "AAAAA", id="altered"),
    pytest.param(lambda token: token.swapcase(), id="in another case"),
    pytest.param(lambda token: "é漢🎈", id="not ASCII"),
    pytest.param(lambda token: "x" * 2000, id="long"),
    pytest.param(lambda token: encrypted(NAME, [None], OTHER_KEY), id="forged"),
]

GOOD = [new_id(), None, {"m": "You have won", "c": "info"}]
# Encrypted with our key: by another version of the library, or by another program with the key.
FOREIGN: list[Any] = [
    *(b"", b"{", b"\xff\xfe", None, 7, "text", {"session": {"user": "alice"}}, [], [None], {}),
    *([None, []], [None, None], [None, 5], [None, "text"], [None, {}], [None, {"id": 1}]),
    *([None, GOOD[:1]], [None, GOOD[:2]], [None, [*GOOD, 5]], [None, [1, *GOOD[1:]]]),
    *([5, GOOD], ["abc", GOOD], [["abc"], GOOD], [[1, 2, 3], GOOD], [[-1, "s", "t"], GOOD]),
    *([[10**30, "s", "t"], GOOD], [[True, "s", "t"], GOOD], [[5, None, "t"], GOOD], [{}, [GOOD]]),
    *([None, GOOD, GOOD[:2]], [1700000000000000, {}, [{"id": "1", "m": "old", "c": "info"}]]),
    *(b"[" * 700 + b"]" * 700, b'[null, ["' + b"0" * 19 + b'", "k", ' + b"[" * 1500),
]


@pytest.mark.parametrize("spoil", SPOILED)
def test_a_spoiled_cookie_is_ignored_and_stays_until_its_room_is_needed(
    spoil: Callable[[str], str],
) -> None:
    browser = Browser()
    lost, saved = message("Lost"), message("Saved")
    name = browser.flash(lost)
    browser.cookies[name] = spoil(browser.cookies[name])
    browser.flash(saved)
    assert browser.pending == [saved]
    browser.consume(saved)
    assert list(browser.cookies) == [name]


@pytest.mark.parametrize("content", FOREIGN, ids=map(str, range(len(FOREIGN))))
def test_foreign_content_hides_no_other_cookie_and_stops_no_flash(
    content: Any, caplog: pytest.LogCaptureFixture
) -> None:
    browser, saved, sent = Browser(), message("Saved"), message("Sent")
    name = browser.flash(saved)
    for came in permutations([(NAME, encrypted(NAME, content)), (name, browser.cookies[name])]):
        browser.cookies = dict(came)
        assert browser.pending == [saved]
        browser.flash(sent)
        browser.consume(saved, sent)
        assert list(browser.cookies) == [NAME]
        browser.visit(Delta(clears=True))
        assert browser.cookies == {}
    assert not caplog.records


@pytest.mark.parametrize("depth", [101, 500, 900])
def test_51_deep_content_stops_no_page(depth: int) -> None:
    browser = Browser()
    deep = {"m": "Saved", "c": "info", "once": 1, "data": {"deep": nested(depth)}}
    items = [[new_id(), None, deep], [new_id(), None, deep], [new_id(), "key", nested(depth)]]
    browser.cookies[NAME] = encrypted(NAME, [None, *items])
    assert use_everything(browser) == ["Saved", "None"]


def test_98_a_cookie_that_no_key_decrypts_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    """All workers need the same key, and a worker with another key finds nothing."""
    browser = Browser()
    browser.cookies[NAME] = encrypted(NAME, [None, GOOD], OTHER_KEY)
    assert browser.pending == browser.pending == []
    [record] = caplog.records
    assert record.levelname == "WARNING"
    assert "key" in record.message


def test_a_cookie_cannot_be_planted_under_another_name() -> None:
    browser = Browser()
    name = browser.flash(message("Saved"))
    browser.cookies = {NAME: browser.cookies[name]}
    assert browser.pending == []


@pytest.mark.parametrize("end", ["[1]", "longer_than_ours", "short", "", "x-planted1", "plänted1"])
def test_a_cookie_under_a_name_that_the_library_never_sets_is_left_alone(
    end: str, caplog: pytest.LogCaptureFixture
) -> None:
    browser, name = Browser(), f"{PREFIX}{end}"
    browser.cookies[name] = encrypted(name, [None, GOOD])
    browser.flash(saved := message("Saved"))
    assert browser.pending == [saved]
    browser.visit(Delta(clears=True))
    assert list(browser.cookies) == [name]
    assert not caplog.records


@pytest.mark.parametrize("content", ['{"id": [1, 2]}', "a b", "Zoë", '"', "a,b", "="])
def test_an_improper_cookie_of_another_program_hides_none(content: str) -> None:
    browser = Browser()
    browser.flash(saved := message("Saved"))
    browser.cookies = {"stats": content, **browser.cookies}
    assert browser.pending == [saved]


garbage = st.text(st.characters(exclude_characters=";", exclude_categories=["Cs"]), max_size=30)
names = st.one_of(
    st.just(NAME),
    garbage.map(lambda end: PREFIX + end),
    garbage.map(lambda end: TOMBSTONE + end),
    st.text("ab01-", max_size=18).map(lambda end: TOMBSTONE + end),
)
values = (
    garbage
    | st.text("0123456789.~ab-", max_size=30)
    | json_values.map(lambda content: encrypted(NAME, content))
)


@many
@given(st.dictionaries(names, values, max_size=8))
@example({f"{TOMBSTONE}planted1-12345678": "0.9999~planted1.1"})
def test_garbage_in_cookies_counts_as_empty_and_never_raises(cookies: dict[str, str]) -> None:
    browser = Browser()
    browser.cookies = cookies
    assert use_everything(browser) == []


content = st.fixed_dictionaries(
    {"m": garbage, "c": garbage},
    optional={
        "html": json_values,
        "once": json_values,
        "data": st.dictionaries(garbage, json_values),
    },
)
address = st.none() | st.tuples(st.integers(-(10**18), 10**18), garbage, garbage)
items = st.tuples(flash_ids(), st.none(), content) | st.tuples(flash_ids(), garbage, json_values)


@many
@given(address, st.lists(items, max_size=3))
def test_hand_made_ids_marks_and_addresses_never_raise(address: Any, items: list[Any]) -> None:
    browser = Browser()
    browser.cookies[NAME] = encrypted(NAME, [address, *items])
    use_everything(browser)


async def test_bytes_that_are_not_text_hide_no_cookie(aiohttp_client: AiohttpClient) -> None:
    client = await cookie_client(aiohttp_client)
    browser = Browser()
    browser.flash(message("Zoë 保存"))
    wanted = json.dumps(["Zoë 保存"], ensure_ascii=False).encode()
    own = header(browser.cookies.items())["Cookie"].encode()
    for start in range(0x20, 0x100, 16):
        octets = bytes(octet for octet in range(start, start + 16) if octet not in b";\x7f")
        reader, writer = await asyncio.open_connection(client.host, client.port)
        planted = f"{NAME}=".encode() + octets
        writer.write(b"GET /messages HTTP/1.0\r\nCookie: " + planted + b"; " + own + b"\r\n\r\n")
        response = await reader.read()
        writer.close()
        assert response.startswith(b"HTTP/1.0 200")
        assert response.endswith(b"\r\n\r\n" + wanted)
