"""Overlapping requests, and requests without cookies: no flash is lost, and none returns."""

from __future__ import annotations

import asyncio
from functools import partial

import aiohttp
import pytest
from aiohttp import web
from aiohttp_session import AbstractStorage
from support.apps import (
    Client,
    Start,
    beside_sessions,
    cookies,
    does,
    flash_messages,
    messages_page,
    on_a_server,
    shown,
    whoami,
)
from support.overlap import FETCH, Gate, at_once

from aiohttp_flashbag import flash, get_flashed_messages

each_user = pytest.mark.parametrize("user", ["", "alice"])


async def login(client: Client, user: str) -> None:
    if user:
        await client.post("/login", params={"user": user})


async def post_from_another_site(client: Client, path: str) -> None:
    """Post as a bank's page does: because of SameSite=Lax, the browser sends no cookies."""
    async with aiohttp.request("POST", client.make_url(path)) as response:
        assert response.status == 200
        client.session.cookie_jar.update_cookies(response.cookies, response.url)


async def test_7_the_return_from_a_bank_does_not_log_the_user_out(start: Start) -> None:
    client = await start(web.post("/paid", messages_page))
    await login(client, "alice")
    await client.post("/flash?info=Sent", headers=FETCH)
    before = cookies(client)
    await post_from_another_site(client, "/paid")
    assert cookies(client) == before
    assert await whoami(client) == "alice"
    assert await shown(client) == ["Sent"]


@beside_sessions
async def test_7_without_sessions_the_return_from_a_bank_may_flash(start: Start) -> None:
    client = await start()
    await login(client, "alice")
    await client.post("/flash?info=Sent", headers=FETCH)
    await post_from_another_site(client, "/flash?success=Paid")
    assert await whoami(client) == "alice"
    assert await shown(client) == ["Sent", "Paid"]


async def test_11_overlapping_first_visits_create_no_session(
    start: Start, storage: AbstractStorage
) -> None:
    gate = Gate(count=2)
    client = await start(web.post("/look", does(gate.hold, get_flashed_messages)))
    for response in await at_once(client, "/look", "/look"):
        assert "Set-Cookie" not in response.headers
    assert storage.cookie_name not in cookies(client)


@beside_sessions
@each_user
async def test_2_11_without_sessions_a_dozen_overlapping_requests_lose_nothing(
    start: Start, user: str
) -> None:
    gate, texts = Gate(count=12), [f"Saved {number}" for number in range(12)]
    client = await start(web.post("/slow", does(gate.hold, flash_messages)))
    await login(client, user)
    await at_once(client, *(f"/slow?info={text}" for text in texts))
    assert sorted(await shown(client)) == sorted(texts)
    assert await shown(client) == []


@on_a_server
async def test_2_two_overlapping_clicks_lose_neither_message(start: Start) -> None:
    gate = Gate()
    client = await start(web.post("/slow", does(flash_messages, gate.hold)))
    await login(client, "alice")
    async with gate.holding(client, "/slow?info=first"):
        await client.post("/flash?info=second", headers=FETCH)
    assert sorted(await shown(client)) == ["first", "second"]


async def test_18_two_overlapping_pages_show_a_message_twice_rather_than_never(
    start: Start,
) -> None:
    gate = Gate(count=2)

    async def page(request: web.Request) -> web.StreamResponse:
        response = await messages_page(request)
        await gate.hold(request)
        return response

    client = await start(web.post("/page", page))
    await client.post("/flash?info=Saved", headers=FETCH)
    pages = await at_once(client, "/page", "/page")
    assert await asyncio.gather(*(page.json() for page in pages)) == [["Saved"]] * 2
    assert await shown(client) == []


async def test_20_a_double_click_and_a_poll_flash_one_message(start: Start) -> None:
    gate, saved = Gate(count=2), partial(flash, message="Saved", allow_duplicate=False)
    client = await start(web.post("/save", does(saved, gate.hold)), web.post("/poll", does(saved)))
    await login(client, "alice")
    await at_once(client, "/save", "/save")
    for _ in range(5):
        await client.post("/poll", headers=FETCH)
    assert await shown(client) == ["Saved"]
    assert await shown(client) == []


@pytest.mark.parametrize("storage", ["redis", "cookies", "tickets"], indirect=True)
@each_user
async def test_2_a_shown_message_does_not_return_with_the_late_response_of_a_slow_request(
    start: Start, user: str
) -> None:
    gate = Gate()
    client = await start(web.post("/slow", does(gate.hold, flash_messages)))
    await login(client, user)
    await client.post("/flash?info=Saved", headers=FETCH)
    async with gate.holding(client, "/slow?info=Sent"):
        assert await shown(client) == ["Saved"]
    assert await shown(client) == ["Sent"]
    assert await shown(client) == []


async def test_2_a_shown_message_does_not_return_with_a_late_response_that_shows_it_too(
    start: Start,
) -> None:
    gate = Gate()
    client = await start(web.post("/slow", does(get_flashed_messages, gate.hold)))
    await client.post("/flash?info=Saved", headers=FETCH)
    async with gate.holding(client, "/slow"):
        assert await shown(client) == ["Saved"]
    assert await shown(client) == []
