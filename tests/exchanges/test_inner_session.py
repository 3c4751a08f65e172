"""B8: a sub-application with sessions of its own, inside an application with the flashbag."""

from __future__ import annotations

import aiohttp_session
import pytest
from aiohttp import web
from aiohttp_session import AbstractStorage, SimpleCookieStorage
from support.apps import (
    ERROR,
    FLASHBAG_ROUTES,
    AiohttpClient,
    Client,
    answer_of,
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
from support.behind import count
from support.overlap import FETCH

import aiohttp_flashbag

pytestmark = pytest.mark.parametrize("storage", ["encrypted", "redis"], indirect=True)


@pytest.fixture(params=["outside", "twice"])
async def client(
    aiohttp_client: AiohttpClient, storage: AbstractStorage, request: pytest.FixtureRequest
) -> Client:
    """The client of Alice, who is logged in to the outer application only."""
    app, sub = make_app(storage), web.Application()
    aiohttp_session.setup(sub, SimpleCookieStorage(cookie_name="INNER"))
    if request.param == "twice":
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


async def test_b8_a_message_of_the_outer_application_is_shown_inside_once(client: Client) -> None:
    await client.post("/flash?success=Saved", headers=FETCH)
    assert await answer_of(await client.get("/sub/whoami", headers=FETCH)) is None
    assert await answer_of(await client.get("/sub/messages")) == ["Saved"]
    assert await shown(client) == []
    assert await whoami(client) == "alice"


async def test_b8_flashes_of_the_inner_application_are_stored_in_the_outer_session(
    client: Client,
) -> None:
    for user in ("alice", None):
        if user is None:
            client.session.cookie_jar.clear()
        await client.post("/sub/both", params={"error": ERROR}, headers=FETCH)
        page = await client.get("/values?error", headers=FETCH)
        assert await page.json() == {"error": ERROR}
        assert await read(client) is None
        assert await shown(client) == [ERROR]
        assert await whoami(client) == user
        assert "INNER" not in cookies(client)


async def test_b8_the_inner_application_saves_its_own_session(client: Client) -> None:
    await client.post("/flash?success=Saved", headers=FETCH)
    await client.post("/sub/count", headers=FETCH)
    assert "INNER" in cookies(client)
    # aiohttp_session now has replaced the outer session as well, with or without a flashbag.
    assert await answer_of(await client.get("/sub/whoami", headers=FETCH)) is None


async def test_b7_flashes_of_the_inner_application_keep_the_outer_cookie_small(
    client: Client,
) -> None:
    texts = {letter: letter * 1200 for letter in "abc"}
    await client.post("/sub/flash", params=texts, headers=FETCH)
    assert (await shown(client))[-2:] == ["b" * 1200, "c" * 1200]
    assert await whoami(client) == "alice"
