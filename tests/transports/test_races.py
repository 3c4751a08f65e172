"""Requests that overlap: one is held inside its handler while others come and go."""

from __future__ import annotations

import pytest
from aiohttp import web
from aiohttp_session import get_session
from support.apps import (
    ERROR,
    Action,
    Start,
    cookie_and_server,
    does,
    flash_messages,
    on_a_server,
    read,
    set_values,
    shown,
    whoami,
)
from support.overlap import FETCH, Gate

from aiohttp_flashbag import flashbag_get, get_flashed_messages


@pytest.fixture
def gate() -> Gate:
    return Gate()


async def sign_in_here(request: web.Request) -> None:
    """Log in without a new session."""
    (await get_session(request))["user"] = request.query["user"]


def look(request: web.Request) -> None:
    """Ask for what is not there."""
    flashbag_get(request, "nothing")
    get_flashed_messages(request, category_filter="nothing")


def nothing(request: web.Request) -> None:
    """Leave the flashbag alone."""


bystander = pytest.mark.parametrize("action", [nothing, look, get_session])


@bystander
@cookie_and_server
async def test_b1_a_slow_request_does_not_undo_a_logout(
    start: Start, gate: Gate, action: Action
) -> None:
    client = await start(web.post("/slow", does(action, gate.hold, action)))
    await client.post("/login?user=alice")
    await client.post("/flash", params={"success": "Saved"})
    async with gate.holding(client, "/slow"):
        assert await whoami(client) == "alice"
        await client.post("/logout")
    assert await whoami(client) is None


@bystander
@cookie_and_server
@pytest.mark.parametrize("path", ["/login", "/sign-in-here"])
async def test_b1_a_slow_request_does_not_undo_a_login(
    start: Start, gate: Gate, action: Action, path: str
) -> None:
    client = await start(
        web.post("/slow", does(action, gate.hold, action)),
        web.post("/sign-in-here", does(sign_in_here)),
    )
    await client.post("/login?user=guest")
    await client.post("/flash", params={"success": "Saved"})
    async with gate.holding(client, "/slow"):
        await client.post(path, params={"user": "alice"})
    assert await whoami(client) == "alice"
    assert await shown(client) == ["Saved"]


@on_a_server
async def test_b4_a_slow_request_that_flashes_does_not_undo_a_logout(
    start: Start, gate: Gate
) -> None:
    client = await start(web.post("/slow", does(gate.hold, set_values, flash_messages)))
    await client.post("/login?user=alice")
    async with gate.holding(client, "/slow?success=Saved"):
        await client.post("/logout")
    assert await whoami(client) is None
    assert await read(client, "success") is None
    assert await shown(client) == []


@on_a_server
async def test_b4_a_slow_request_that_flashes_does_not_undo_a_login(
    start: Start, gate: Gate
) -> None:
    client = await start(web.post("/slow", does(gate.hold, set_values, flash_messages)))
    await client.post("/login?user=guest")
    async with gate.holding(client, "/slow?success=Saved"):
        await client.post("/login?user=alice")
    assert await whoami(client) == "alice"


@on_a_server
async def test_a_slow_request_flashes_into_the_session_that_was_changed_meanwhile(
    start: Start, gate: Gate
) -> None:
    client = await start(
        web.post("/slow", does(get_session, gate.hold, set_values, flash_messages)),
        web.post("/sign-in-here", does(sign_in_here)),
    )
    await client.post("/login?user=guest")
    async with gate.holding(client, "/slow?slow=Saved"):
        await client.post("/sign-in-here?user=alice")
        await client.post("/flash?fast=Sent", headers=FETCH)
        await client.post("/set", params={"error": ERROR}, headers=FETCH)
    assert await whoami(client) == "alice"
    assert await shown(client) == ["Sent", "Saved"]


@on_a_server
async def test_values_of_overlapping_requests_are_joined(start: Start, gate: Gate) -> None:
    client = await start(web.post("/slow", does(gate.hold, set_values)))
    await client.post("/login?user=alice")
    async with gate.holding(client, "/slow?slow=1"):
        await client.post("/set?fast=2", headers=FETCH)
    page = await client.get("/values?slow&fast")
    assert await page.json() == {"slow": "1", "fast": "2"}


@on_a_server
async def test_what_was_shown_slowly_is_used_up_and_what_came_meanwhile_waits(
    start: Start, gate: Gate
) -> None:
    client = await start(web.post("/slow", does(get_flashed_messages, gate.hold)))
    await client.post("/flash", params={"success": "Saved"})
    async with gate.holding(client, "/slow"):
        await client.post("/flash", params={"success": "Sent"}, headers=FETCH)
    assert await shown(client) == ["Sent"]


@on_a_server
@pytest.mark.parametrize(("anew", "left"), [(ERROR, None), ("another error", "another error")])
async def test_a_value_read_slowly_is_used_up_if_it_is_still_the_one_seen(
    start: Start, gate: Gate, anew: str, left: str | None
) -> None:
    slow = does(lambda request: flashbag_get(request, "error"), gate.hold)
    client = await start(web.post("/slow", slow))
    await client.post("/set", params={"error": ERROR})
    async with gate.holding(client, "/slow"):
        await client.post("/set", params={"error": anew}, headers=FETCH)
    assert await read(client) == left
