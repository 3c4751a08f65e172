"""B7: a cookie that is not ours, not whole or not in its place is passed over, and left alone."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from itertools import permutations
from typing import Any

import pytest
from support.apps import AiohttpClient, Client, shown, texts
from support.clock import Clock
from support.overlap import FETCH
from support.own_cookies import (
    KEY,
    PREFIX,
    cookie_client,
    get_with,
    header,
    ours,
    sealed,
    send,
    set_by,
    stored,
)

from aiohttp_flashbag import CookieTransport

NEW_KEY = b"another sixteen and sixteen byte"
NAME = f"{PREFIX}planted1"
HELLO = stored("You have won")
NOW = 1_700_000_000_000_000  # microseconds

Spoil = Callable[[str], str]


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock.start(monkeypatch)


@pytest.fixture
async def client(aiohttp_client: AiohttpClient) -> Client:
    return await cookie_client(aiohttp_client)


SPOILED: list[Any] = [
    pytest.param(lambda token: "", id="empty"),
    pytest.param(lambda token: "deleted", id="a word"),
    pytest.param(lambda token: token[: len(token) // 2], id="cut off"),
    pytest.param(lambda token: token[:-5] + "AAAAA", id="altered"),
    pytest.param(lambda token: token.swapcase(), id="in another case"),
    pytest.param(lambda token: "é漢🎈", id="not ASCII"),
    pytest.param(lambda token: "x" * 2000, id="long"),
    pytest.param(lambda token: sealed(NAME, [], secrets.token_bytes(32)), id="forged"),
]

# Sealed with our key: by another version of the library, or by who uses the key for something else.
FOREIGN: list[Any] = [
    pytest.param(b"", id="nothing"),
    pytest.param(b"{", id="no JSON"),
    pytest.param(b"\xff\xfe", id="no UTF-8"),
    pytest.param(None, id="null"),
    pytest.param(7, id="a number"),
    pytest.param("text", id="a text of four letters"),
    pytest.param({"session": {"user": "alice"}}, id="a session"),
    pytest.param([], id="an empty list"),
    pytest.param([NOW, {}], id="too short"),
    pytest.param([NOW, {}, [HELLO], 5], id="too long"),
    pytest.param(["yesterday", {}, [HELLO]], id="made yesterday"),
    pytest.param([None, {}, [HELLO]], id="made never"),
    pytest.param([NOW, [HELLO], {}], id="mixed up"),
    pytest.param([NOW, "values", "messages"], id="texts"),
    pytest.param([NOW, {}, [HELLO], "a"], id="half an address"),
    pytest.param([NOW, {}, [HELLO], 1, 2], id="an address of numbers"),
    pytest.param([NOW, {}, [HELLO], "a", "b", "c"], id="an address too long"),
    pytest.param([NOW, {}, [7, None, "You have won", {"m": "You have won"}]], id="no messages"),
]


@pytest.mark.parametrize("spoil", SPOILED)
async def test_what_was_spoiled_is_ignored_and_not_deleted(client: Client, spoil: Spoil) -> None:
    await send(client, "Lost")
    ((name, token),) = ours(client).items()
    client.session.cookie_jar.clear()
    await send(client, "Saved")
    ((saved, _),) = came = list(ours(client).items())
    response = await get_with(client, "/messages", [(name, spoil(token)), *came])
    assert await texts(response) == ["Saved"]
    assert [cookie.key for cookie in set_by(response)] == [saved]


@pytest.mark.parametrize("content", FOREIGN)
async def test_what_is_sealed_but_no_parcel_does_not_hide_the_others(
    client: Client, caplog: pytest.LogCaptureFixture, content: Any
) -> None:
    await send(client, "Saved")
    ((saved, token),) = ours(client).items()
    for came in permutations([(NAME, sealed(NAME, content)), (saved, token)]):
        response = await get_with(client, "/messages", came)
        assert await texts(response) == ["Saved"]
        assert [cookie.key for cookie in set_by(response)] == [saved]
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


@pytest.mark.parametrize("content", FOREIGN)
async def test_what_is_sealed_but_no_parcel_does_not_stop_a_flash(
    client: Client, content: Any
) -> None:
    response = await client.post(
        "/flash?info=Saved", headers=header([(NAME, sealed(NAME, content))])
    )
    assert response.status == 200
    assert await shown(client) == ["Saved"]


async def test_a_cookie_cannot_be_planted_under_another_name(client: Client) -> None:
    await send(client, "Saved")
    (token,) = ours(client).values()
    response = await get_with(client, "/messages", [(NAME, token)])
    assert await texts(response) == []
    assert set_by(response) == []


NOT_OURS = ["[1]", "longer_than_ours", "short", "", "x-planted1", "plänted1"]


@pytest.mark.parametrize("end", NOT_OURS)
async def test_a_cookie_under_a_name_that_we_never_give_is_left_alone(
    client: Client, caplog: pytest.LogCaptureFixture, end: str
) -> None:
    name = f"{PREFIX}{end}"
    for value in ("x" * 3500, sealed(name, [NOW, {}, [HELLO]])):
        client.session.cookie_jar.clear()
        headers = {**FETCH, **header([(name, value)])}
        added = set_by(await client.post("/flash?info=Saved", headers=headers))
        assert [cookie.key for cookie in added] == list(ours(client))
        response = await get_with(client, "/messages", [(name, value), *ours(client).items()])
        assert await texts(response) == ["Saved"]
        assert [cookie.key for cookie in set_by(response)] == [added[0].key]
    assert caplog.messages == []


@pytest.mark.parametrize("value", ['{"id": [1, 2]}', "a b", "Zoë", '"', "a,b", "="])
async def test_a_cookie_of_somebody_else_that_is_no_proper_one_hides_none_of_ours(
    client: Client, value: str
) -> None:
    await send(client, "Saved")
    ((name, token),) = ours(client).items()
    response = await get_with(client, "/messages", [("stats", value), (name, token)])
    assert await texts(response) == ["Saved"]
    assert [cookie.key for cookie in set_by(response)] == [name]


async def test_what_another_machine_sealed_with_a_newer_key_waits_for_that_machine(
    aiohttp_client: AiohttpClient,
) -> None:
    new = await cookie_client(aiohttp_client, transport=CookieTransport([NEW_KEY, KEY]))
    old = await cookie_client(aiohttp_client)
    await send(new, "from the new")
    await send(old, "from the old")
    ((by_new, _),), ((by_old, _),) = ours(new).items(), ours(old).items()
    both = {**ours(new), **ours(old)}.items()
    response = await get_with(old, "/messages", both)
    assert await texts(response) == ["from the old"]
    assert [cookie.key for cookie in set_by(response)] == [by_old]
    response = await get_with(new, "/messages", both)
    assert await texts(response) == ["from the new", "from the old"]
    assert {cookie.key for cookie in set_by(response)} == {by_new, by_old}


async def test_what_is_left_of_a_cookie_is_sealed_with_the_first_key(
    aiohttp_client: AiohttpClient,
) -> None:
    old = await cookie_client(aiohttp_client)
    new = await cookie_client(aiohttp_client, transport=CookieTransport([NEW_KEY, KEY]))
    await old.post("/flash?info=one&error=two", headers=FETCH)
    new.session.cookie_jar.update_cookies(ours(old))
    assert await texts(await new.get("/messages?only=error")) == ["two"]
    rest = ours(new)
    assert await texts(await get_with(old, "/messages", rest.items())) == []
    assert await texts(await get_with(new, "/messages", rest.items())) == ["one"]
