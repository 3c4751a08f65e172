"""Own cookies: one for each answer that adds, deleted or lessened by the answer that uses it up."""

from __future__ import annotations

import re
from functools import partial
from itertools import permutations

import pytest
from aiohttp import web
from support.apps import (
    ERROR,
    AiohttpClient,
    Client,
    answer_of,
    cookies,
    does,
    set_values,
    shown,
    texts,
)
from support.clock import Clock
from support.overlap import FETCH
from support.own_cookies import (
    KEY,
    contents,
    cookie_client,
    get_with,
    opened,
    ours,
    send,
    set_by,
)

from aiohttp_flashbag import (
    CookieTransport,
    flash,
    flashbag_get,
    get_flashed_messages,
)


@pytest.fixture
async def client(aiohttp_client: AiohttpClient) -> Client:
    return await cookie_client(aiohttp_client)


async def test_a_flash_survives_a_redirect_without_a_session(
    aiohttp_client: AiohttpClient,
) -> None:
    save = does(
        set_values, partial(flash, message="Saved"), answer=lambda: web.HTTPSeeOther("/form")
    )

    async def form(request: web.Request) -> web.Response:
        return web.json_response([flashbag_get(request, "error"), *get_flashed_messages(request)])

    client = await cookie_client(aiohttp_client, web.post("/", save), web.get("/form", form))
    page = await answer_of(await client.post("/", params={"error": ERROR}))
    assert page == [ERROR, "Saved"]
    assert cookies(client) == {}
    assert await answer_of(await client.get("/form")) == [None]


async def test_each_answer_that_adds_makes_one_cookie_with_a_random_name(client: Client) -> None:
    for _ in range(5):
        await send(client, "one", "two", "three")
    assert len(ours(client)) == 5
    assert all(re.fullmatch(r"AIOHTTP_FLASHBAG-[\w-]{8}", name) for name in cookies(client))


async def test_the_name_can_be_chosen(aiohttp_client: AiohttpClient) -> None:
    client = await cookie_client(aiohttp_client, transport=CookieTransport(KEY, cookie_name="note"))
    await send(client, "one")
    assert [name[:5] for name in cookies(client)] == ["note-"]
    assert await shown(client) == ["one"]


async def test_what_travels_is_encrypted_utf8_json(client: Client) -> None:
    await send(client, "保存しました", category="Zoë")
    ((name, value),) = ours(client).items()
    assert {"保存しました".encode(), "Zoë".encode()} <= set(
        re.findall(rb'"([^"]+)"', contents(name, value))
    )
    assert re.fullmatch(r"A[\w-]+", value)


async def test_a_thousand_letters_of_any_alphabet_fit(aiohttp_client: AiohttpClient) -> None:
    transport = CookieTransport(KEY, max_bytes=3000)
    client = await cookie_client(aiohttp_client, transport=transport)
    await send(client, "ж" * 1000)
    assert await shown(client) == ["ж" * 1000]


async def test_b1_nothing_is_written_where_nothing_is_added_or_used_up(client: Client) -> None:
    await send(client, "one")
    for path in ("/plain", "/nowhere", "/messages?only=error"):
        response = await client.get(path)
        assert set_by(response) == []
        assert "Cache-Control" not in response.headers


async def test_m3_messages_have_their_order_in_whatever_order_their_cookies_come(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    Clock.start(monkeypatch, tick=1000)
    for text in ("one", "two", "three", "four"):
        await send(client, text, f"{text} and a half")
    wanted = [
        half for text in ("one", "two", "three", "four") for half in (text, f"{text} and a half")
    ]
    for came in permutations(ours(client).items()):
        page = await get_with(client, "/messages", came)
        assert await texts(page) == wanted


async def test_m3_of_one_moment_the_order_is_the_same_on_every_page(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    Clock.start(monkeypatch, tick=0)
    for number in range(4):
        await send(client, f"{number} first", f"{number} second")
    pages = {
        tuple(await texts(await get_with(client, "/messages", came)))
        for came in permutations(ours(client).items())
    }
    (page,) = pages
    assert all(page.index(f"{n} first") + 1 == page.index(f"{n} second") for n in range(4))


async def test_of_a_partly_shown_cookie_the_rest_is_sent_anew_under_its_name(
    client: Client,
) -> None:
    await send(client, "one", category="error")
    await client.post("/flash?error=two&info=three", headers=FETCH)
    before = ours(client)
    (error, mixed) = before
    response = await client.get("/messages?only=error")
    assert await texts(response) == ["one", "two"]
    assert sorted((cookie.key, cookie.value == "") for cookie in set_by(response)) == sorted(
        [(error, True), (mixed, False)]
    )
    made, _, (message,) = opened(mixed, ours(client)[mixed])
    assert (made, message["m"]) == (opened(mixed, before[mixed])[0], "three")
    assert await shown(client) == ["three"]
    assert ours(client) == {}


async def test_a_cookie_of_which_nothing_was_shown_is_not_written_again(client: Client) -> None:
    await send(client, "one", category="error")
    await send(client, "two")
    error, info = ours(client)
    response = await client.get("/messages?only=error")
    assert [cookie.key for cookie in set_by(response)] == [error]
    assert list(ours(client)) == [info]
