"""Flashes in a session, in a cookie and on a server: where they go and how long they stay."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import ClientResponse, web
from aiohttp.typedefs import Handler
from aiohttp_session import AbstractStorage, get_session
from support.apps import (
    ERROR,
    Client,
    Start,
    answer_of,
    cookies,
    does,
    flash_messages,
    in_sessions,
    json_page,
    make_app,
    messages_page,
    read,
    session_app,
    shown,
    whoami,
)
from support.clock import Clock
from support.overlap import FETCH

from aiohttp_flashbag import (
    SESSION_KEY,
    SessionTransport,
    flash,
    flashbag_clear,
    get_flashed_messages,
)
from aiohttp_flashbag.flash import new_id
from aiohttp_flashbag.transports.session_data import MESSAGES_KEY

if TYPE_CHECKING:
    from redis.asyncio import Redis
    from support.apps import AiohttpClient

encrypted = pytest.mark.parametrize("storage", ["encrypted"], indirect=True)
on_redis = pytest.mark.parametrize("storage", ["redis"], indirect=True)
MAX_AGE = 600


async def session_page(request: web.Request) -> web.Response:
    """Show everything in the session."""
    return json_page(dict(await get_session(request)))


SESSION_ROUTES = (web.get("/session", session_page),)


Plant = Callable[..., Awaitable[None]]


@pytest.fixture
def plant(aiohttp_client: AiohttpClient, storage: AbstractStorage) -> Plant:
    """Change the session of a client in an application that has no flashbag."""

    async def put_items(client: Client, **items: Any) -> None:
        async def put(request: web.Request) -> None:
            (await get_session(request)).update(items)

        other = await aiohttp_client(session_app(storage, web.post("/put", does(put))))
        assert (await other.post("/put")).status == 200
        client.session.cookie_jar.update_cookies(cookies(other), client.make_url("/"))

    return put_items


async def in_session(client: Client) -> Any:
    """Return everything in the session, without a page view."""
    return await answer_of(await client.get("/session", headers=FETCH))


@in_sessions
async def test_b4_consumed_flashes_leave_nothing_in_the_session(start: Start) -> None:
    client = await start(*SESSION_ROUTES)
    await client.post("/login?user=alice")
    await client.post("/set", params={"error": ERROR}, headers=FETCH)
    await client.post("/flash?info=Saved", headers=FETCH)
    assert (await in_session(client)).keys() == {"user", SESSION_KEY, MESSAGES_KEY}
    assert await read(client) == ERROR
    assert await shown(client) == ["Saved"]
    assert await in_session(client) == {"user": "alice"}


@in_sessions
async def test_values_that_0_0_3_left_are_read_once(start: Start, plant: Plant) -> None:
    client = await start(*SESSION_ROUTES)
    left = {"error": ERROR, "names": ["Zoë"]}
    await plant(client, aiohttp_flashbag=left, user="alice")
    page = await client.get("/values?error&names", headers=FETCH)
    assert await answer_of(page) == left
    assert await in_session(client) == {"user": "alice"}


@in_sessions
@pytest.mark.parametrize(
    "wrong",
    [{SESSION_KEY: "garbage"}, {SESSION_KEY: None}, {MESSAGES_KEY: ["Saved"]}, {MESSAGES_KEY: 5}],
    ids=str,
)
async def test_b7_damaged_data_is_logged_and_counts_as_empty(
    start: Start, plant: Plant, caplog: pytest.LogCaptureFixture, wrong: dict[str, Any]
) -> None:
    client = await start(*SESSION_ROUTES)
    await plant(client, user="alice", **wrong)
    assert await read(client) is None
    [record] = caplog.records
    assert "session holds damaged flashes" in record.message
    await client.post("/set", params={"error": ERROR}, headers=FETCH)
    await client.post("/flash?info=Saved", headers=FETCH)
    assert await read(client) == ERROR
    assert await shown(client) == ["Saved"]
    assert await whoami(client) == "alice"


@in_sessions
@pytest.mark.parametrize("filled", [{}, {SESSION_KEY: {}, MESSAGES_KEY: {}}])
async def test_proper_data_is_not_logged_as_damaged(
    start: Start, plant: Plant, caplog: pytest.LogCaptureFixture, filled: dict[str, Any]
) -> None:
    client = await start()
    await plant(client, user="alice", **filled)
    await client.post("/flash?info=Saved", headers=FETCH)
    await shown(client)
    assert not caplog.records


@in_sessions
@pytest.mark.parametrize("storage_options", [{"encoder": partial(json.dumps, default=str)}])
@pytest.mark.parametrize(
    ("options", "status"), [({}, 200), ({"dumps": json.dumps, "loads": json.loads}, 500)]
)
async def test_values_are_copied_by_the_encoder_of_the_storage_or_by_a_given_one(
    start: Start, storage_options: object, options: Any, status: int
) -> None:
    save = does(lambda request: flash(request, "Saved", number=1j))
    client = await start(web.post("/", save), transport=SessionTransport(**options))
    assert (await client.post("/")).status == status
    assert await shown(client) == (["Saved"] if status == 200 else [])


@on_redis
async def test_b4_the_id_of_a_session_on_a_server_is_not_sent_again(start: Start) -> None:
    client = await start()
    await client.post("/login?user=alice")
    for path in ("/flash?info=Saved", "/set?error=required"):
        assert "Set-Cookie" not in (await client.post(path)).headers
    assert "Set-Cookie" not in (await client.get("/messages")).headers


@on_redis
async def test_a_session_that_held_only_flashes_keeps_its_cookie(start: Start) -> None:
    client = await start()
    await client.post("/flash?info=Saved")
    before = cookies(client)
    assert "Set-Cookie" not in (await client.get("/messages")).headers
    assert cookies(client) == before
    await client.post("/flash?info=Sent")
    assert await shown(client) == ["Sent"]


async def test_b1_clearing_an_empty_flashbag_makes_no_session(
    aiohttp_client: AiohttpClient, redis: Redis, redis_storage: AbstractStorage
) -> None:
    client = await aiohttp_client(make_app(redis_storage, web.post("/", does(flashbag_clear))))
    assert (await client.post("/")).status == 200
    assert await redis.dbsize() == 0


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock.start(monkeypatch)


@pytest.fixture
async def alice(start: Start, clock: Clock) -> Client:
    """The client of a user, for whom flashes expire after ten minutes."""
    client = await start(*SESSION_ROUTES, transport=SessionTransport(max_age=MAX_AGE))
    await client.post("/login?user=alice")
    return client


@in_sessions
@pytest.mark.parametrize(("age", "count"), [(MAX_AGE - 1, 1), (MAX_AGE + 1, 0)])
async def test_m1_flashes_expire_while_the_session_goes_on(
    alice: Client, clock: Clock, age: int, count: int
) -> None:
    await alice.post("/flash?info=Saved", headers=FETCH)
    await alice.post("/set", params={"error": ERROR}, headers=FETCH)
    clock.go_on(age)
    page = await alice.get("/values?error", headers=FETCH)
    assert await answer_of(page) == {"error": ERROR if count else None}
    assert await shown(alice) == ["Saved"] * count
    assert await whoami(alice) == "alice"


@in_sessions
async def test_m1_expired_flashes_are_removed_by_the_next_write(
    alice: Client, clock: Clock
) -> None:
    await alice.post("/flash?info=Old", headers=FETCH)
    await alice.post("/set?error=old", headers=FETCH)
    clock.go_on(MAX_AGE - 10)
    await alice.post("/flash?info=New", headers=FETCH)
    clock.go_on(20)
    await alice.post("/set?name=Zoë", headers=FETCH)
    session = await in_session(alice)
    assert list(session[SESSION_KEY].values()) == [["name", "Zoë"]]
    assert [packed[1]["m"] for packed in session[MESSAGES_KEY].values()] == ["New"]


@encrypted
async def test_values_of_0_0_3_have_no_time_and_never_expire(
    alice: Client, plant: Plant, clock: Clock
) -> None:
    await plant(alice, aiohttp_flashbag={"error": ERROR})
    clock.go_on(100 * MAX_AGE)
    assert await read(alice) == ERROR


def test_max_age_is_at_least_a_second() -> None:
    with pytest.raises(ValueError, match="max_age must be at least 1, not 0"):
        SessionTransport(max_age=0)


async def streamed(request: web.Request) -> web.StreamResponse:
    get_flashed_messages(request)
    response = web.StreamResponse()
    await response.prepare(request)
    return response


def attributes_of(response: ClientResponse) -> Mapping[str, str]:
    """Return the attributes of the only cookie that the response sets."""
    [line] = response.headers.getall("Set-Cookie")
    pairs = [part.strip().partition("=") for part in line.split(";")]
    return {name.lower(): attribute for name, _, attribute in pairs}


@encrypted
@pytest.mark.parametrize(
    "storage_options",
    [{}, {"secure": True, "samesite": "None", "path": "/app", "domain": "a.test"}],
)
@pytest.mark.parametrize("page", [messages_page, streamed])
async def test_33_the_cookie_is_deleted_with_the_attributes_it_was_set_with(
    start: Start, page: Handler
) -> None:
    client = await start(web.get("/app", page), web.post("/app", does(flash_messages)))
    client.session.cookie_jar.clear()
    made = await client.post("/app?success=Saved")
    cookie = made.headers["Set-Cookie"].partition(";")[0]
    deleted = await client.get("/app", headers={"Cookie": cookie})
    before, after = attributes_of(made), attributes_of(deleted)
    assert (after["aiohttp_session"].strip('"'), after["max-age"]) == ("", "0")
    names = {"secure", "httponly", "samesite", "path", "domain"}
    assert {name: after[name] for name in names & after.keys()} == {
        name: before[name] for name in names & before.keys()
    }


@on_redis
@pytest.mark.parametrize("depth", [500, 900])
async def test_51_deep_data_in_a_session_stops_no_page(
    start: Start, plant: Plant, depth: int
) -> None:
    deep: Any = None
    for _ in range(depth):
        deep = [deep]
    packed = [None, {"m": "Saved", "c": "info", "once": 1, "data": {"deep": deep}}]
    client = await start()
    messages = {new_id(): packed, new_id(): packed}
    await plant(client, aiohttp_flashbag={"error": deep}, aiohttp_flashbag_messages=messages)
    page = await client.get("/values?error", headers=FETCH)
    assert await answer_of(page) == {"error": None}
    assert await shown(client) == ["Saved"]
    assert await shown(client) == []
