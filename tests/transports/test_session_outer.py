"""A session that an outer middleware, a login or a logout changes besides the flashbag (B4, B6)."""

from __future__ import annotations

import pytest
from aiohttp import web
from aiohttp.typedefs import Handler
from aiohttp_session import AbstractStorage, get_session, new_session
from support.apps import (
    ERROR,
    Action,
    AiohttpClient,
    Client,
    Start,
    answer_of,
    does,
    flash_messages,
    in_sessions,
    login,
    logout,
    make_app,
    read,
    session_app,
    set_values,
    shown,
    whoami,
)
from support.overlap import FETCH

from aiohttp_flashbag import flash, flashbag_middleware, setup
from aiohttp_flashbag.transports.session_data import MESSAGES_KEY, SESSION_KEY

pytestmark = in_sessions


@web.middleware
async def count_visits(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Change the session after the handler has returned."""
    response = await handler(request)
    session = await get_session(request)
    session["visits"] = session.get("visits", 0) + 1
    return response


@pytest.fixture
async def counted(aiohttp_client: AiohttpClient, storage: AbstractStorage) -> Client:
    """The client of an application that counts visits between session and flashbag."""

    async def visits(request: web.Request) -> web.Response:
        return web.json_response((await get_session(request)).get("visits", 0))

    both = does(set_values, flash_messages)
    app = make_app(storage, web.get("/visits", visits), web.route("*", "/both", both))
    app.middlewares.insert(1, count_visits)
    return await aiohttp_client(app)


@pytest.mark.parametrize("user", [None, "alice"])
@pytest.mark.parametrize("method", ["POST", "HEAD"])
async def test_a_late_change_of_the_session_undoes_no_addition_and_no_consumption(
    counted: Client, user: str | None, method: str
) -> None:
    if user:
        await counted.post("/login", params={"user": user})
    response = await counted.request(method, "/both", params={"error": ERROR}, headers=FETCH)
    assert len(response.headers.getall("Set-Cookie")) == 1
    assert await shown(counted) == [ERROR]
    await counted.request(method, "/both", params={"error": ERROR}, headers=FETCH)
    assert await read(counted) == ERROR
    assert await whoami(counted) == user
    assert await answer_of(await counted.get("/visits")) == 5 + bool(user)
    assert await shown(counted) == [ERROR]  # of the second request, and consumed by now
    assert await shown(counted) == []
    assert await read(counted) is None


@pytest.mark.parametrize("user", [None, "alice"])
async def test_56_a_late_failure_takes_the_merged_flashes_back(
    aiohttp_client: AiohttpClient, storage: AbstractStorage, user: str | None
) -> None:
    """The handler changed the session, so aiohttp_session has saved it with the flashes."""

    @web.middleware
    async def fail(request: web.Request, handler: Handler) -> web.StreamResponse:
        response = await handler(request)
        if request.path != "/pay":
            return response
        failure = web.Response(status=500)
        for line in response.cookies.values():
            failure.headers.add("Set-Cookie", line.OutputString())
        return failure

    async def change(request: web.Request) -> None:
        (await get_session(request))["paid"] = True

    app = make_app(storage, web.post("/pay", does(set_values, flash_messages, change)))
    app.middlewares.insert(0, fail)
    client = await aiohttp_client(app)
    if user:
        await client.post("/login", params={"user": user})
    await client.post("/flash?success=Before", headers=FETCH)
    assert (await client.post("/pay?success=Paid")).status == 500
    assert await read(client, "success") is None
    assert await shown(client) == ["Before"]
    assert await whoami(client) == user


async def logout_anew(request: web.Request) -> None:
    """End the session by starting another one and ending that."""
    (await new_session(request)).invalidate()


async def clear_session(request: web.Request) -> None:
    (await get_session(request)).clear()


async def delete_keys(request: web.Request) -> None:
    session = await get_session(request)
    for key in ("user", SESSION_KEY, MESSAGES_KEY):
        session.pop(key, None)


UNSEEN = [
    pytest.param("POST", {}, id="POST"),
    pytest.param("HEAD", {}, id="HEAD"),
    pytest.param("GET", {"Sec-Purpose": "prefetch"}, id="prefetch"),
]


@pytest.mark.parametrize(("method", "headers"), UNSEEN)
@pytest.mark.parametrize("end", [logout, logout_anew, clear_session, delete_keys])
@pytest.mark.parametrize("bye_first", [True, False])
async def test_48_after_a_logout_only_its_own_message_is_pending(
    start: Start, method: str, headers: dict[str, str], end: Action, bye_first: bool
) -> None:
    actions = (flash_messages, end) if bye_first else (end, flash_messages)
    client = await start(web.route("*", "/sign-out", does(*actions)))
    await client.post("/login?user=alice")
    await client.post("/flash?success=Saved", headers=FETCH)
    await client.post("/set", params={"error": ERROR}, headers=FETCH)
    await client.request(method, "/sign-out?success=Bye", headers=headers)
    assert await whoami(client) is None
    page = await client.get("/values?error", headers=FETCH)
    assert await answer_of(page) == {"error": None}
    assert await shown(client) == ["Bye"]


@pytest.mark.parametrize("key", [SESSION_KEY, MESSAGES_KEY])
async def test_48_deleting_one_key_drops_its_flashes_and_no_others(start: Start, key: str) -> None:
    async def delete(request: web.Request) -> None:
        (await get_session(request)).pop(key)

    client = await start(web.post("/delete", does(delete)))
    await client.post("/login?user=alice")
    await client.post("/flash?success=Saved", headers=FETCH)
    await client.post("/set", params={"error": ERROR}, headers=FETCH)
    await client.post("/delete", headers=FETCH)
    page = await client.get("/values?error", headers=FETCH)
    assert await answer_of(page) == {"error": None if key == SESSION_KEY else ERROR}
    assert await shown(client) == ([] if key == MESSAGES_KEY else ["Saved"])


@pytest.mark.parametrize(("method", "headers"), UNSEEN)
@pytest.mark.parametrize(("action", "user"), [(login, "bob"), (new_session, None)])
async def test_4_pending_flashes_move_along_to_a_new_session(
    start: Start, method: str, headers: dict[str, str], action: Action, user: str | None
) -> None:
    client = await start(web.route("*", "/sign-in", does(action)))
    await client.post("/login?user=alice")
    await client.post("/flash?success=Saved", headers=FETCH)
    await client.request(method, "/sign-in?user=bob", headers=headers)
    assert await whoami(client) == user
    assert await shown(client) == ["Saved"]


@pytest.mark.parametrize("bare", [True, False])
async def test_b4_a_flash_does_not_undo_a_logout_that_deletes_the_cookie_itself(
    aiohttp_client: AiohttpClient,
    storage: AbstractStorage,
    bare: bool,
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def leave(request: web.Request) -> web.Response:
        flash(request, "Bye")
        response = web.Response()
        response.del_cookie("AIOHTTP_SESSION")
        return response

    app = session_app(storage, web.post("/leave", leave))
    if bare:
        app.middlewares.append(flashbag_middleware)
    else:
        setup(app)
    client = await aiohttp_client(app)
    await client.post("/login?user=alice")
    await client.post("/leave")
    assert await whoami(client) is None
    assert "was replaced by a cookie that the handler set" in caplog.text
