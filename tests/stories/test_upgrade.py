"""Who comes from aiohttp-flashbag 0.0.3 changes a version number, and may go back."""

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
from support.tabs import TAB_ROUTES

import aiohttp_flashbag
from aiohttp_flashbag import SESSION_KEY


async def write_session(request: web.Request) -> None:
    """Put the JSON of the request into the session, as any version or an intruder may."""
    (await get_session(request)).update(await request.json())


async def session_page(request: web.Request) -> web.Response:
    """All that is in the session."""
    return json_page(dict(await get_session(request)))


class Before:
    """The application as it was: a browser that visits it goes on to the one of today."""

    def __init__(self, client: Client, today: Client) -> None:
        self._client = client
        self.today = today

    async def write(self, **data: Any) -> None:
        await self._client.post("/", json=data)

    async def session(self) -> Any:
        return await answer_of(await self._client.get("/"))


@pytest.fixture
async def before(aiohttp_client: AiohttpClient, storage: AbstractStorage) -> Before:
    """Two applications with the same sessions, one of them without a flashbag."""
    routes = web.get("/", session_page), web.post("/", does(write_session))
    client = await aiohttp_client(session_app(storage, *routes))
    jar = client.session.cookie_jar
    today = make_app(storage, *TAB_ROUTES)
    return Before(client, await aiohttp_client(today, cookie_jar=jar))


def test_the_session_key_is_that_of_0_0_3() -> None:
    assert SESSION_KEY == "aiohttp_flashbag"


@in_sessions
async def test_a_bag_that_0_0_3_left_is_read_once(before: Before) -> None:
    await before.write(user="alice", aiohttp_flashbag={"error": ERROR, "errors": [1, 2]})
    page = await before.today.get("/values?error&errors")
    assert await answer_of(page) == {"error": ERROR, "errors": [1, 2]}
    assert await read(before.today) is None
    assert await before.session() == {"user": "alice"}


async def test_the_empty_bag_that_0_0_3_left_is_an_empty_bag(
    before: Before, caplog: pytest.LogCaptureFixture
) -> None:
    await before.write(user="alice", aiohttp_flashbag={})
    assert await read(before.today) is None
    assert await shown(before.today) == []
    assert caplog.messages == []


@in_sessions
async def test_0_0_3_can_read_the_values_of_today(before: Before) -> None:
    await before.write(user="alice")
    await before.today.post("/set", params={"error": ERROR, "name": "Zoë"})
    session = await before.session()
    [[_, *address]] = session.pop("aiohttp_flashbag_addresses")
    assert address == ["", "", ["error", "name"]]
    assert session == {"user": "alice", "aiohttp_flashbag": {"error": ERROR, "name": "Zoë"}}


@in_sessions
async def test_messages_lie_beside_the_values_under_a_key_of_their_own(before: Before) -> None:
    await before.today.post("/flash", params={"success": "Saved"})
    session = await before.session()
    assert list(session) == ["aiohttp_flashbag_messages"]
    assert len(session["aiohttp_flashbag_messages"]) == 1


@in_sessions
@pytest.mark.parametrize(
    "stored",
    [
        {"aiohttp_flashbag": ["a list"]},
        {"aiohttp_flashbag": "a text"},
        {"aiohttp_flashbag": 1},
        {"aiohttp_flashbag_messages": {"a": "dict"}},
        {"aiohttp_flashbag_messages": "a text"},
        {"aiohttp_flashbag_messages": 1},
        {"aiohttp_flashbag_messages": [1, "x", None, {}, {"m": 1}]},
        {"aiohttp_flashbag": ["a list"], "aiohttp_flashbag_messages": "a text"},
        {"aiohttp_flashbag": 1, "aiohttp_flashbag_addresses": [[1, "", "", {"error": "Old"}]]},
    ],
    ids=str,
)
async def test_b7_stored_data_of_a_wrong_shape_counts_as_empty_with_one_warning(
    before: Before, stored: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    await before.write(**stored, user="alice")
    assert await shown(before.today) == []
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert await read(before.today) is None
    await before.today.post("/flash", params={"success": "Saved"})
    assert await shown(before.today) == ["Saved"]
    assert (await before.session())["user"] == "alice"


@in_sessions
@pytest.mark.parametrize(
    "wrong",
    [
        *("a text", 1, {"error": [1, "", ""]}, [1, None, []], [["now", "a", "b", ["error"]]]),
        *([[1, "a", "b", "error"]], [[1, "a", ["error"]]], [[1, "a", "b", [1, None, {}]]]),
        *([[10**30, "a", "b", ["error"]]], [[-1, "a", "b", ["error"]]]),
    ],
    ids=str,
)
async def test_b7_addresses_of_a_wrong_shape_hide_no_value_and_no_message(
    before: Before, wrong: Any, caplog: pytest.LogCaptureFixture
) -> None:
    message = {"id": "1", "m": "Saved", "c": "success", "a": wrong}
    await before.write(
        aiohttp_flashbag={"error": ERROR},
        aiohttp_flashbag_messages=[message],
        aiohttp_flashbag_addresses=wrong,
    )
    page = await before.today.get("/messages", headers={"Sec-Fetch-Site": "none", **FETCH})
    assert await answer_of(page) == ["Saved"]
    assert await read(before.today) == ERROR
    assert await before.session() == {}
    assert caplog.messages == []


@in_sessions
async def test_what_0_0_3_reads_and_writes_of_two_tabs_leaves_the_other_its_own(
    before: Before,
) -> None:
    for page in ("a", "b"):
        headers = {"Referer": f"http://127.0.0.1/{page}"}
        response = await before.today.post(
            f"/save?text={page}&to=/list", headers=headers, allow_redirects=False
        )
        assert response.status == 303
    session = await before.session()
    assert session["aiohttp_flashbag"]["error"] == "b"
    await before.write(aiohttp_flashbag={"error": "new of 0.0.3"})
    headers = {"Referer": "http://127.0.0.1/a"}
    assert (await answer_of(await before.today.get("/list", headers=headers)))["value"] == "a"
    headers = {"Referer": "http://127.0.0.1/b"}
    seen = await answer_of(await before.today.get("/list", headers=headers))
    assert (seen["value"], seen["messages"]) == ("new of 0.0.3", ["b"])
    assert await before.session() == {}


async def test_the_middleware_may_be_appended_as_in_0_0_3(
    aiohttp_client: AiohttpClient, storage: AbstractStorage
) -> None:
    app = session_app(storage, *FLASHBAG_ROUTES)
    app.middlewares.append(aiohttp_flashbag.flashbag_middleware)
    client = await aiohttp_client(app)
    await client.post("/set", params={"error": ERROR})
    await client.post("/flash", params={"success": "Saved"}, headers={"Sec-Fetch-Dest": "empty"})
    assert await read(client) == ERROR
    assert await read(client) is None
    assert await shown(client) == ["Saved"]
    assert await shown(client) == []
