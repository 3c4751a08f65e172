"""Messages that other systems show twice: after a second click, or with a late response."""

from __future__ import annotations

from functools import partial

import pytest
from aiohttp import web
from support.apps import Start, does, flash_messages, shown
from support.overlap import FETCH, Gate, at_once

from aiohttp_flashbag import flash, get_flashed_messages

saved_once = partial(flash, message="Saved", allow_duplicate=False)


async def test_20_a_double_click_and_a_poll_flash_one_message(start: Start) -> None:
    gate = Gate(count=2)
    client = await start(
        web.post("/save", does(saved_once, gate.hold)), web.post("/poll", does(saved_once))
    )
    await client.post("/login?user=alice")
    await at_once(client, "/save", "/save")
    for _ in range(5):
        await client.post("/poll", headers=FETCH)
    assert await shown(client) == ["Saved"]
    assert await shown(client) == []


@pytest.mark.parametrize("storage", ["redis", "cookies"], indirect=True)
@pytest.mark.parametrize("user", [None, "alice"])
async def test_a_shown_message_does_not_return_with_the_late_response_of_a_slow_request(
    start: Start, user: str | None
) -> None:
    gate = Gate()
    client = await start(web.post("/slow", does(gate.hold, flash_messages)))
    if user:
        await client.post("/login", params={"user": user})
    await client.post("/flash?info=Saved", headers=FETCH)
    async with gate.holding(client, "/slow?info=Sent"):
        assert await shown(client) == ["Saved"]
    assert await shown(client) == ["Sent"]
    assert await shown(client) == []


async def test_a_shown_message_does_not_return_with_a_late_response_that_shows_it_too(
    start: Start,
) -> None:
    gate = Gate()
    client = await start(web.post("/slow", does(get_flashed_messages, gate.hold)))
    await client.post("/flash?info=Saved", headers=FETCH)
    async with gate.holding(client, "/slow"):
        assert await shown(client) == ["Saved"]
    assert await shown(client) == []
