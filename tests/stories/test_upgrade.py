"""The upgrade from aiohttp-flashbag 0.0.3 is a change of the version number."""

from __future__ import annotations

from typing import Any

import pytest
from aiohttp import web
from aiohttp_session import AbstractStorage, get_session
from support.apps import (
    ERROR,
    FLASHBAG_ROUTES,
    AiohttpClient,
    Client,
    answer_of,
    does,
    in_sessions,
    json_page,
    make_app,
    read,
    session_app,
    shown,
)
from support.overlap import FETCH

import aiohttp_flashbag
from aiohttp_flashbag import SESSION_KEY


async def write_session(request: web.Request) -> None:
    """Put the JSON of the request into the session, as any version or an intruder may."""
    (await get_session(request)).update(await request.json())


async def session_page(request: web.Request) -> web.Response:
    """Show everything that is in the session."""
    return json_page(dict(await get_session(request)))


async def values_of_0_0_3(request: web.Request) -> web.Response:
    """Read one value and set those in the query string, like the code of version 0.0.3."""
    session = await get_session(request)
    old: dict[str, Any] = session.pop("aiohttp_flashbag", {})
    try:
        return json_page(old.get("error"))
    finally:
        session["aiohttp_flashbag"] = dict(request.query)


class OldSite:
    """The application before the upgrade. The same browser visits `today` after it."""

    def __init__(self, client: Client, today: Client) -> None:
        self.client = client
        self.today = today

    async def write(self, **data: Any) -> None:
        await self.client.post("/", json=data)

    async def session(self) -> Any:
        return await answer_of(await self.client.get("/"))


@pytest.fixture
async def before(aiohttp_client: AiohttpClient, storage: AbstractStorage) -> OldSite:
    client = await aiohttp_client(
        session_app(
            storage,
            web.get("/", session_page),
            web.post("/", does(write_session)),
            web.get("/old", values_of_0_0_3),
        )
    )
    jar = client.session.cookie_jar
    return OldSite(client, await aiohttp_client(make_app(storage), cookie_jar=jar))


def test_the_session_key_is_that_of_0_0_3() -> None:
    assert SESSION_KEY == "aiohttp_flashbag"


@in_sessions
async def test_values_of_0_0_3_are_read_once(before: OldSite) -> None:
    await before.write(user="alice", aiohttp_flashbag={"error": ERROR, "errors": [1, 2]})
    page = await before.today.get("/values?error&errors")
    assert await answer_of(page) == {"error": ERROR, "errors": [1, 2]}
    assert await read(before.today) is None
    assert await before.session() == {"user": "alice"}


async def test_the_empty_dict_of_0_0_3_is_an_empty_bag(
    before: OldSite, caplog: pytest.LogCaptureFixture
) -> None:
    await before.write(user="alice", aiohttp_flashbag={})
    assert await read(before.today) is None
    assert await shown(before.today) == []
    assert caplog.messages == []


@in_sessions
async def test_a_worker_that_still_runs_0_0_3_can_share_the_session(before: OldSite) -> None:
    await before.today.post("/set", params={"error": ERROR})
    await before.today.post("/flash", params={"success": "Saved"}, headers=FETCH)
    assert (await before.client.get("/old?name=Zoë")).status == 200
    assert await read(before.today, "name") == "Zoë"
    assert await shown(before.today) == ["Saved"]


@in_sessions
@pytest.mark.parametrize("stored", [["a list"], "a text", 1])
async def test_b7_stored_data_of_a_wrong_shape_counts_as_empty_with_one_warning(
    before: OldSite, stored: Any, caplog: pytest.LogCaptureFixture
) -> None:
    await before.write(aiohttp_flashbag=stored, user="alice")
    assert await shown(before.today) == []
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert await read(before.today) is None
    await before.today.post("/flash", params={"success": "Saved"})
    assert await shown(before.today) == ["Saved"]
    assert (await before.session())["user"] == "alice"


async def test_the_middleware_can_be_appended_as_in_0_0_3(
    aiohttp_client: AiohttpClient, storage: AbstractStorage
) -> None:
    app = session_app(storage, *FLASHBAG_ROUTES)
    app.middlewares.append(aiohttp_flashbag.flashbag_middleware)
    client = await aiohttp_client(app)
    await client.post("/set", params={"error": ERROR})
    await client.post("/flash", params={"success": "Saved"}, headers=FETCH)
    assert await read(client) == ERROR
    assert await read(client) is None
    assert await shown(client) == ["Saved"]
    assert await shown(client) == []
