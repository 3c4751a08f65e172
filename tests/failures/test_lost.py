"""What is lost because no cookie came with a request, or because another overlapped it."""

from __future__ import annotations

import asyncio
import secrets

import aiohttp
import pytest
from aiohttp import web
from aiohttp_session import AbstractStorage
from support.apps import (
    Client,
    Start,
    cookies,
    does,
    flash_messages,
    messages_page,
    on_a_server,
    shown,
    whoami,
)
from support.overlap import FETCH, Gate, at_once

from aiohttp_flashbag import CookieTransport, get_flashed_messages

in_own_cookies = {"transport": CookieTransport(secrets.token_bytes(32))}
each_transport = pytest.mark.parametrize(
    "options", [pytest.param({}, id="session"), pytest.param(in_own_cookies, id="own cookies")]
)


async def post_from_another_site(client: Client, path: str) -> None:
    """As a bank sends its customer back: by SameSite=Lax, the browser adds no cookie to that."""
    async with aiohttp.request("POST", client.make_url(path)) as response:
        assert response.status == 200
        client.session.cookie_jar.update_cookies(response.cookies, response.url)


@each_transport
async def test_b1_the_return_from_a_bank_does_not_log_the_user_out(
    start: Start, options: dict[str, CookieTransport]
) -> None:
    client = await start(web.post("/paid", messages_page), **options)
    await client.post("/login?user=alice")
    await client.post("/flash?info=Sent", headers=FETCH)
    before = cookies(client)
    await post_from_another_site(client, "/paid")
    assert cookies(client) == before
    assert await whoami(client) == "alice"
    assert await shown(client) == ["Sent"]


async def test_with_own_cookies_the_return_from_a_bank_may_flash_and_nobody_is_logged_out(
    start: Start,
) -> None:
    client = await start(**in_own_cookies)
    await client.post("/login?user=alice")
    await client.post("/flash?info=Sent", headers=FETCH)
    await post_from_another_site(client, "/flash?success=Paid")
    assert await whoami(client) == "alice"
    assert await shown(client) == ["Sent", "Paid"]


async def test_b1_first_visits_that_overlap_do_not_make_a_session_each(
    start: Start, storage: AbstractStorage
) -> None:
    gate = Gate(count=2)
    client = await start(web.post("/look", does(gate.hold, get_flashed_messages)))
    for response in await at_once(client, "/look", "/look"):
        assert "Set-Cookie" not in response.headers
    assert storage.cookie_name not in cookies(client)


@pytest.mark.parametrize("known", [False, True], ids=["first visit", "known visitor"])
async def test_with_own_cookies_a_dozen_requests_that_overlap_lose_nothing(
    start: Start, known: bool
) -> None:
    gate, texts = Gate(count=12), [f"Saved {number}" for number in range(12)]
    client = await start(web.post("/slow", does(gate.hold, flash_messages)), **in_own_cookies)
    if known:
        await client.post("/login?user=alice")
    await at_once(client, *(f"/slow?info={text}" for text in texts))
    assert sorted(await shown(client)) == sorted(texts)
    assert await shown(client) == []


@on_a_server
async def test_two_clicks_on_different_buttons_lose_neither_message(start: Start) -> None:
    gate = Gate()
    client = await start(web.post("/slow", does(flash_messages, gate.hold)))
    await client.post("/login?user=alice")
    async with gate.holding(client, "/slow?info=first"):
        await client.post("/flash?info=second", headers=FETCH)
    assert sorted(await shown(client)) == ["first", "second"]


@each_transport
async def test_two_pages_that_overlap_show_a_message_twice_rather_than_never(
    start: Start, options: dict[str, CookieTransport]
) -> None:
    gate = Gate(count=2)

    async def page(request: web.Request) -> web.StreamResponse:
        answer = await messages_page(request)
        await gate.hold(request)
        return answer

    client = await start(web.post("/page", page), **options)
    await client.post("/flash?info=Saved", headers=FETCH)
    answers = await at_once(client, "/page", "/page")
    assert await asyncio.gather(*(answer.json() for answer in answers)) == [["Saved"]] * 2
    assert await shown(client) == []
