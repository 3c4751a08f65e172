"""The session in the hands of others: a middleware around the flashbag, a logout, a browser."""

from __future__ import annotations

from http.cookies import Morsel, SimpleCookie

import pytest
from aiohttp import ClientResponse, web
from aiohttp.typedefs import Handler
from aiohttp_session import AbstractStorage, get_session, new_session
from support.apps import (
    ERROR,
    Action,
    AiohttpClient,
    Client,
    Start,
    answer_of,
    cookie_and_server,
    does,
    flash_messages,
    login,
    logout,
    make_app,
    messages_page,
    read,
    session_app,
    set_values,
    shown,
    whoami,
)
from support.overlap import FETCH

from aiohttp_flashbag import (
    flash,
    flashbag_middleware,
    get_flashbag,
    get_flashed_messages,
    setup,
)


@web.middleware
async def count_visits(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Change the session when the handler is done and the flashbag has settled."""
    response = await handler(request)
    session = await get_session(request)
    session["visits"] = session.get("visits", 0) + 1
    return response


@pytest.fixture
async def counted(aiohttp_client: AiohttpClient, storage: AbstractStorage) -> Client:
    """A client of an application that counts visits between session and flashbag."""

    async def visits(request: web.Request) -> web.Response:
        return web.json_response((await get_session(request)).get("visits", 0))

    app = make_app(
        storage,
        web.get("/visits", visits),
        web.route("*", "/both", does(set_values, flash_messages)),
    )
    app.middlewares.insert(1, count_visits)
    return await aiohttp_client(app)


@cookie_and_server
@pytest.mark.parametrize("user", [None, "alice"])
@pytest.mark.parametrize("method", ["POST", "HEAD"])
async def test_a_later_change_of_the_session_does_not_undo_what_was_added(
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


@cookie_and_server
async def test_a_later_change_of_the_session_does_not_undo_what_was_shown(counted: Client) -> None:
    await counted.post("/login?user=alice")
    await counted.post("/both", params={"error": ERROR}, headers=FETCH)
    assert await shown(counted) == [ERROR]
    assert await shown(counted) == []
    assert await read(counted) is None


def morsel_of(response: ClientResponse) -> Morsel[str]:
    """The one cookie that the answer sets."""
    [line] = response.headers.getall("Set-Cookie")
    [morsel] = SimpleCookie(line).values()
    return morsel


async def streamed(request: web.Request) -> web.StreamResponse:
    get_flashed_messages(request)
    response = web.StreamResponse()
    await response.prepare(request)
    return response


@pytest.mark.parametrize("storage", ["encrypted", "nacl"], indirect=True)
@pytest.mark.parametrize(
    "storage_options", [{"secure": True, "samesite": "None", "path": "/app", "domain": "a.test"}]
)
@pytest.mark.parametrize("page", [messages_page, streamed])
async def test_b4_the_cookie_is_deleted_with_the_attributes_it_was_set_with(
    start: Start, page: Handler
) -> None:
    client = await start(web.get("/app", page), web.post("/app", does(flash_messages)))
    made = morsel_of(await client.post("/app?success=Saved"))
    cookie = {"Cookie": f"{made.key}={made.coded_value}"}
    deleted = morsel_of(await client.get("/app", headers=cookie))
    assert (deleted.key, deleted.value, deleted["max-age"]) == (made.key, "", "0")
    for attribute in ("secure", "httponly", "samesite", "path", "domain"):
        assert deleted[attribute] == made[attribute], attribute


@pytest.mark.parametrize("storage", ["encrypted"], indirect=True)
async def test_b4_where_no_attributes_were_set_none_are_sent(start: Start) -> None:
    client = await start(web.get("/stream", streamed))
    made = morsel_of(await client.post("/flash?success=Saved"))
    deleted = morsel_of(await client.get("/stream"))
    for attribute in ("secure", "samesite", "domain"):
        assert deleted[attribute] == made[attribute] == ""


async def logout_anew(request: web.Request) -> None:
    """End the session by beginning another and ending that."""
    (await new_session(request)).invalidate()


HURRIED = [
    pytest.param("POST", {}, id="POST"),
    pytest.param("HEAD", {}, id="HEAD"),
    pytest.param("GET", {"Sec-Purpose": "prefetch"}, id="prefetch"),
    pytest.param("GET", {"X-Moz": "prefetch"}, id="prefetch by a script"),
]


@cookie_and_server
@pytest.mark.parametrize(("method", "headers"), HURRIED)
@pytest.mark.parametrize("end", [logout, logout_anew])
@pytest.mark.parametrize("bye_first", [True, False])
async def test_b4_after_the_logout_only_the_goodbye_waits(
    start: Start, method: str, headers: dict[str, str], end: Action, bye_first: bool
) -> None:
    actions = (flash_messages, end) if bye_first else (end, flash_messages)
    client = await start(web.route("*", "/sign-out", does(*actions)))
    await client.post("/login?user=alice")
    await client.post("/flash?success=Saved", headers=FETCH)
    await client.request(method, "/sign-out?success=Bye", headers=headers)
    assert await whoami(client) is None
    assert await shown(client) == ["Bye"]


@cookie_and_server
@pytest.mark.parametrize(("method", "headers"), HURRIED)
async def test_b4_what_waits_moves_along_to_a_new_session(
    start: Start, method: str, headers: dict[str, str]
) -> None:
    client = await start(web.route("*", "/sign-in", does(login)))
    await client.post("/flash?success=Saved", headers=FETCH)
    await client.request(method, "/sign-in?user=alice", headers=headers)
    assert await whoami(client) == "alice"
    assert await shown(client) == ["Saved"]


@cookie_and_server
async def test_b4_what_waits_moves_along_to_a_new_session_that_holds_nothing_else(
    start: Start,
) -> None:
    client = await start(web.post("/anew", does(new_session, get_flashbag)))
    await client.post("/login?user=alice")
    await client.post("/flash?success=Saved", headers=FETCH)
    await client.post("/anew")
    assert await whoami(client) is None
    assert await shown(client) == ["Saved"]


def leave_by_hand(request: web.Request) -> web.Response:
    """Log out by deleting the cookie, without a word to aiohttp_session."""
    response = web.Response()
    response.del_cookie("AIOHTTP_SESSION")
    return response


@cookie_and_server
@pytest.mark.parametrize("bare", [True, False])
async def test_b4_a_flash_does_not_undo_a_logout_that_deletes_the_cookie_by_hand(
    aiohttp_client: AiohttpClient,
    storage: AbstractStorage,
    bare: bool,
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def leave(request: web.Request) -> web.Response:
        flash(request, "Bye")
        return leave_by_hand(request)

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
