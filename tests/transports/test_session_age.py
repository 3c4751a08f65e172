"""M1: what nobody saw is gone from a session after `max_age`, though the session goes on."""

from __future__ import annotations

from typing import Any

import pytest
from aiohttp import web
from aiohttp_session import get_session
from support.apps import (
    ERROR,
    Client,
    Start,
    answer_of,
    does,
    in_sessions,
    json_page,
    read,
    shown,
    whoami,
)
from support.clock import Clock
from support.overlap import FETCH

from aiohttp_flashbag import SessionTransport

MAX_AGE = 600


async def session_page(request: web.Request) -> web.Response:
    """All that is in the session."""
    return json_page(dict(await get_session(request)))


async def put(request: web.Request) -> None:
    """Put the JSON of the request into the session, as any version may."""
    (await get_session(request)).update(await request.json())


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock.start(monkeypatch)


@pytest.fixture
async def client(start: Start, clock: Clock) -> Client:
    """A visitor who is logged in."""
    client = await start(
        web.get("/session", session_page),
        web.post("/put", does(put)),
        transport=SessionTransport(max_age=MAX_AGE),
    )
    await client.post("/login?user=alice")
    return client


@in_sessions
@pytest.mark.parametrize(("age", "left"), [(MAX_AGE - 1, ["Saved"]), (MAX_AGE + 1, [])])
async def test_m1_a_message_waits_for_max_age(
    client: Client, clock: Clock, age: int, left: list[str]
) -> None:
    await client.post("/flash?info=Saved", headers=FETCH)
    clock.go_on(age)
    assert await shown(client) == left
    assert await whoami(client) == "alice"


@in_sessions
@pytest.mark.parametrize(("age", "left"), [(MAX_AGE - 1, ERROR), (MAX_AGE + 1, None)])
async def test_a_value_that_nobody_read_waits_for_max_age(
    client: Client, clock: Clock, age: int, left: str | None
) -> None:
    await client.post("/set", params={"error": ERROR}, headers=FETCH)
    clock.go_on(age)
    assert await read(client) == left
    assert await whoami(client) == "alice"


@in_sessions
async def test_what_is_too_old_goes_with_the_next_write(client: Client, clock: Clock) -> None:
    await client.post("/flash?info=Old", headers=FETCH)
    await client.post("/set?error=old&name=old", headers=FETCH)
    clock.go_on(MAX_AGE + 1)
    await client.post("/set?name=Zoë", headers=FETCH)
    session = await answer_of(await client.get("/session", headers=FETCH))
    [[_, *address]] = session.pop("aiohttp_flashbag_addresses")
    assert address == ["", "", ["name"]]
    assert session == {"user": "alice", "aiohttp_flashbag": {"name": "Zoë"}}


@in_sessions
async def test_each_flash_has_an_age_of_its_own(client: Client, clock: Clock) -> None:
    await client.post("/flash?info=Old", headers=FETCH)
    await client.post("/set?error=old", headers=FETCH)
    clock.go_on(MAX_AGE - 10)
    await client.post("/flash?info=New", headers=FETCH)
    await client.post("/set?name=new", headers=FETCH)
    clock.go_on(20)
    page = await client.get("/values?error&name")
    assert await answer_of(page) == {"error": None, "name": "new"}
    assert await shown(client) == ["New"]


@pytest.mark.parametrize("storage", ["simple", "encrypted"], indirect=True)
@pytest.mark.parametrize(
    "stored",
    [
        {"aiohttp_flashbag": {"error": ERROR}},
        {"aiohttp_flashbag_messages": [{"id": "0", "m": ERROR, "c": "error"}]},
        {
            "aiohttp_flashbag": {"error": ERROR},
            "aiohttp_flashbag_addresses": [["yesterday", "", "", ["error"]]],
        },
    ],
)
async def test_what_has_no_time_counts_as_new(
    client: Client, clock: Clock, stored: dict[str, Any]
) -> None:
    await client.post("/put", json=stored, headers=FETCH)
    clock.go_on(100 * MAX_AGE)
    page = await client.get("/values?error")
    assert [(await answer_of(page))["error"], *await shown(client)].count(ERROR) == 1


def test_max_age_is_at_least_a_second() -> None:
    with pytest.raises(ValueError, match="max_age is 0 seconds: it must be at least 1"):
        SessionTransport(max_age=0)
