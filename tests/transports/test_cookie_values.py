"""Values in own cookies: which of them go, and what they go through."""

from __future__ import annotations

from functools import partial
from itertools import permutations
from typing import Any

import pytest
from aiohttp import web
from support.apps import AiohttpClient, Client, answer_of, does, read
from support.clock import Clock
from support.overlap import FETCH
from support.own_cookies import (
    KEY,
    contents,
    cookie_client,
    get_with,
    opened,
    ours,
    set_by,
)

from aiohttp_flashbag import CookieTransport, flashbag_keep, flashbag_replace_all, flashbag_set


@pytest.fixture
async def client(aiohttp_client: AiohttpClient) -> Client:
    return await cookie_client(aiohttp_client)


async def test_v2_of_several_values_those_that_were_read_go(client: Client) -> None:
    await client.post("/set?error=1&form=2", headers=FETCH)
    await client.get("/values?error", headers=FETCH)
    (cookie,) = ours(client).items()
    assert opened(*cookie)[1] == {"form": "2"}
    assert await read(client, "form") == "2"
    assert ours(client) == {}


@pytest.mark.parametrize("time", range(5))
async def test_of_two_values_under_one_key_the_later_is_read_and_both_are_gone(
    client: Client, monkeypatch: pytest.MonkeyPatch, time: int
) -> None:
    """Tried several times, for the names of the cookies, which are random, must not matter."""
    Clock.start(monkeypatch, tick=1000)
    await client.post("/set?error=1", headers=FETCH)
    first = ours(client)
    client.session.cookie_jar.clear()
    await client.post("/set?error=2", headers=FETCH)
    for came in permutations({**first, **ours(client)}.items()):
        response = await get_with(client, "/values?error", came, **FETCH)
        assert await answer_of(response) == {"error": "2"}
        assert {cookie.key for cookie in set_by(response)} == dict(came).keys()
        assert all(cookie.value == "" for cookie in set_by(response))


async def test_v4_what_is_kept_stays_in_its_cookie(aiohttp_client: AiohttpClient) -> None:
    client = await cookie_client(aiohttp_client, web.get("/", does(flashbag_keep)))
    await client.post("/set?error=1", headers=FETCH)
    assert set_by(await client.get("/")) == []
    assert await read(client) == "1"


async def test_replace_all_leaves_one_cookie(aiohttp_client: AiohttpClient) -> None:
    replace = does(partial(flashbag_replace_all, value={"form": "3"}))
    client = await cookie_client(aiohttp_client, web.get("/", replace))
    await client.post("/set?error=1", headers=FETCH)
    await client.post("/set?error=1", headers=FETCH)
    await client.get("/")
    (cookie,) = ours(client).items()
    assert opened(*cookie)[1] == {"form": "3"}


async def test_a_value_is_copied_at_the_call(aiohttp_client: AiohttpClient) -> None:
    def change_it_afterwards(request: web.Request) -> None:
        errors = ["Name is required"]
        flashbag_set(request, "errors", errors)
        errors.append("a secret of somebody else")

    client = await cookie_client(aiohttp_client, web.get("/", does(change_it_afterwards)))
    await client.get("/")
    assert await read(client, "errors") == ["Name is required"]


async def test_what_cannot_travel_is_refused_at_the_call(aiohttp_client: AiohttpClient) -> None:
    def refused(request: web.Request) -> None:
        with pytest.raises(TypeError, match="flashbag value 'when' cannot be stored"):
            flashbag_set(request, "when", object())
        flashbag_set(request, "error", "1")

    client = await cookie_client(aiohttp_client, web.get("/", does(refused)))
    await client.get("/")
    assert await read(client) == "1"


async def test_values_go_through_the_dumps_and_loads_given(aiohttp_client: AiohttpClient) -> None:
    def loads(text: str) -> Any:
        return eval(text)

    transport = CookieTransport(KEY, dumps=repr, loads=loads)
    pair = partial(flashbag_replace_all, value={"pair": (1, 2)})
    client = await cookie_client(aiohttp_client, web.get("/", does(pair)), transport=transport)
    await client.get("/")
    assert b"(1, 2)" in contents(*next(iter(ours(client).items())))
    assert await read(client, "pair") == [1, 2]
