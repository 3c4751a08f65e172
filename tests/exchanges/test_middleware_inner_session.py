"""A sub-application with a session storage of its own, inside one with the flashbag."""

from __future__ import annotations

import aiohttp_session
import pytest
from aiohttp import web
from aiohttp_session import AbstractStorage, SimpleCookieStorage, get_session
from support.apps import (
    ERROR,
    FLASHBAG_ROUTES,
    AiohttpClient,
    Client,
    cookies,
    does,
    flash_messages,
    make_app,
    read,
    set_values,
    shown,
    whoami,
    whoami_page,
)
from support.overlap import FETCH

import aiohttp_flashbag

pytestmark = pytest.mark.parametrize("storage", ["encrypted", "redis"], indirect=True)


async def count(request: web.Request) -> None:
    """Change whatever session this is."""
    (await get_session(request))["count"] = 1


@pytest.fixture(params=[False, True], ids=["outside", "twice"])
async def client(
    aiohttp_client: AiohttpClient, storage: AbstractStorage, request: pytest.FixtureRequest
) -> Client:
    """Alice is logged in outside; inside nobody is."""
    app, sub = make_app(storage), web.Application()
    aiohttp_session.setup(sub, SimpleCookieStorage(cookie_name="INNER"))
    if request.param:
        aiohttp_flashbag.setup(sub)
    sub.add_routes(
        [
            *FLASHBAG_ROUTES,
            web.get("/whoami", whoami_page),
            web.post("/count", does(count)),
            web.post("/both", does(set_values, flash_messages)),
        ]
    )
    app.add_subapp("/sub", sub)
    client = await aiohttp_client(app)
    await client.post("/login?user=alice")
    return client


async def test_b8_the_inner_application_is_not_given_the_session_of_its_parent(
    client: Client,
) -> None:
    await client.post("/flash?success=Saved", headers=FETCH)
    inside = await client.get("/sub/whoami", headers=FETCH)
    assert await inside.json() is None
    assert await whoami(client) == "alice"


async def test_b8_what_waits_outside_is_shown_inside_once(client: Client) -> None:
    await client.post("/flash?success=Saved", headers=FETCH)
    page = await client.get("/sub/messages")
    assert await page.json() == ["Saved"]
    assert await shown(client) == []
    assert await whoami(client) == "alice"


async def test_b8_what_is_added_inside_arrives_outside_and_leaves_both_sessions(
    client: Client,
) -> None:
    await client.post("/sub/both", params={"error": ERROR}, headers=FETCH)
    assert await shown(client) == [ERROR]
    assert await whoami(client) == "alice"
    await client.post("/sub/both", params={"error": ERROR}, headers=FETCH)
    assert await read(client) == ERROR
    assert "INNER" not in cookies(client)


async def test_b8_what_the_inner_application_saves_is_its_own_session(client: Client) -> None:
    await client.post("/flash?success=Saved", headers=FETCH)
    await client.post("/sub/count", headers=FETCH)
    assert "INNER" in cookies(client)
    inside = await client.get("/sub/whoami", headers=FETCH)
    assert await inside.json() is None


async def test_b7_a_cookie_of_the_outer_session_too_large_loses_the_oldest_message(
    client: Client,
) -> None:
    crowd = {letter: letter * 1200 for letter in "abc"}
    await client.post("/sub/flash", params=crowd, headers=FETCH)
    assert (await shown(client))[-2:] == ["b" * 1200, "c" * 1200]
    assert await whoami(client) == "alice"


async def test_b8_what_a_visitor_without_a_session_flashes_inside_lies_in_the_one_outside(
    client: Client,
) -> None:
    client.session.cookie_jar.clear()
    await client.post("/sub/both?error=Taken", headers=FETCH)
    assert "INNER" not in cookies(client)
    assert await read(client) == "Taken"
    assert await shown(client) == ["Taken"]
