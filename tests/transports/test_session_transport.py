"""Where flashes lie in the session, and how they get there."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web
from aiohttp.typedefs import Handler
from aiohttp_session import AbstractStorage, get_session
from support.apps import (
    ERROR,
    AiohttpClient,
    Start,
    answer_of,
    cookie_and_server,
    cookies,
    does,
    in_sessions,
    json_page,
    make_app,
    read,
    shown,
    whoami,
)
from support.overlap import FETCH

from aiohttp_flashbag import (
    SESSION_KEY,
    SessionTransport,
    flash,
    flashbag_clear,
)

if TYPE_CHECKING:
    from redis.asyncio import Redis

only_redis = pytest.mark.parametrize("storage", ["redis"], indirect=True)


async def session_page(request: web.Request) -> web.Response:
    return json_page(dict(await get_session(request)))


def put(**items: Any) -> Handler:
    """A handler that puts these into the session."""

    async def handler(request: web.Request) -> web.Response:
        (await get_session(request)).update(items)
        return web.Response()

    return handler


@in_sessions
async def test_values_and_messages_lie_in_the_session_as_plain_data(start: Start) -> None:
    client = await start(web.get("/session", session_page))
    await client.post("/set", params={"error": ERROR}, headers=FETCH)
    await client.post("/flash?info=Saved", headers=FETCH)
    session = await answer_of(await client.get("/session", headers=FETCH))
    assert session.pop("aiohttp_flashbag") == {"error": ERROR}
    [message] = session.pop("aiohttp_flashbag_messages")
    assert message.pop("id")
    assert message == {"m": "Saved", "c": "info"}
    [[time, *address]] = session.pop("aiohttp_flashbag_addresses")
    assert (type(time), address) == (int, ["", "", ["error"]])  # to whoever comes
    assert session == {}


async def test_b4_nothing_empty_is_left_in_the_session(start: Start) -> None:
    client = await start(web.get("/session", session_page))
    await client.post("/login?user=alice")
    await client.post("/set", params={"error": ERROR}, headers=FETCH)
    await client.post("/flash?info=Saved", headers=FETCH)
    assert await read(client) == ERROR
    assert await shown(client) == ["Saved"]
    assert await answer_of(await client.get("/session")) == {"user": "alice"}


@pytest.mark.parametrize(
    "wrong",
    [
        {SESSION_KEY: "garbage"},
        {SESSION_KEY: ["error"]},
        {SESSION_KEY: None},
        {"aiohttp_flashbag_messages": "garbage"},
        {"aiohttp_flashbag_messages": ["Saved"]},
        {"aiohttp_flashbag_messages": None},
    ],
)
@cookie_and_server
async def test_b7_data_of_a_wrong_shape_is_logged_and_counts_as_empty(
    start: Start, caplog: pytest.LogCaptureFixture, wrong: dict[str, Any]
) -> None:
    client = await start(web.post("/put", put(user="alice", **wrong)))
    await client.post("/put")
    assert await read(client) is None
    [record] = caplog.records
    assert record.message == "the session holds flashes of a wrong shape: they count as empty"
    await client.post("/set", params={"error": ERROR}, headers=FETCH)
    await client.post("/flash?info=Saved", headers=FETCH)
    assert await read(client) == ERROR
    assert await shown(client) == ["Saved"]
    assert await whoami(client) == "alice"


@pytest.mark.parametrize("filled", [{}, {SESSION_KEY: {}, "aiohttp_flashbag_messages": []}])
@cookie_and_server
async def test_data_in_order_is_not_complained_of(
    start: Start, caplog: pytest.LogCaptureFixture, filled: dict[str, Any]
) -> None:
    client = await start(web.post("/put", put(user="alice", **filled)))
    await client.post("/put")
    await shown(client)
    assert not caplog.records


CODEC = {"encoder": partial(json.dumps, default=str)}


@pytest.mark.parametrize("storage_options", [CODEC])
@cookie_and_server
async def test_values_are_copied_by_the_encoder_of_the_session_storage(
    start: Start, storage_options: object
) -> None:
    number = does(lambda request: flash(request, "Saved", number=1j))
    client = await start(web.post("/", number))
    await client.post("/")
    assert await shown(client) == ["Saved"]


@pytest.mark.parametrize("storage_options", [CODEC])
@cookie_and_server
async def test_values_are_copied_by_an_encoder_given_to_the_transport_instead(
    start: Start, storage_options: object
) -> None:
    number = does(lambda request: flash(request, "Saved", number=1j))
    transport = SessionTransport(dumps=json.dumps, loads=json.loads)
    client = await start(web.post("/", number), transport=transport)
    assert (await client.post("/")).status == 500


@only_redis
async def test_b4_the_id_of_a_session_on_the_server_is_not_sent_again(start: Start) -> None:
    client = await start()
    await client.post("/login?user=alice")
    for path in ("/flash?info=Saved", "/set?error=required"):
        assert "Set-Cookie" not in (await client.post(path)).headers
    assert "Set-Cookie" not in (await client.get("/messages")).headers


@only_redis
async def test_a_session_that_held_flashes_only_keeps_its_cookie_on_the_server(
    start: Start,
) -> None:
    client = await start()
    await client.post("/flash?info=Saved")
    before = cookies(client)
    assert "Set-Cookie" not in (await client.get("/messages")).headers
    assert cookies(client) == before
    await client.post("/flash?info=Sent")
    assert await shown(client) == ["Sent"]


async def test_b1_clearing_where_nothing_waits_makes_no_session(
    aiohttp_client: AiohttpClient, redis: Redis, redis_storage: AbstractStorage
) -> None:
    client = await aiohttp_client(make_app(redis_storage, web.post("/", does(flashbag_clear))))
    await client.post("/")
    assert await redis.dbsize() == 0
