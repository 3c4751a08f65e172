"""Own cookies beside a session: login, logout, a return from elsewhere, a storage that is down."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from aiohttp import web
from aiohttp_session import AbstractStorage, Session
from support.apps import (
    ERROR,
    Action,
    AiohttpClient,
    Client,
    Start,
    cookies,
    does,
    login,
    logout,
    make_app,
    read,
    shown,
    whoami,
)
from support.overlap import FETCH
from support.own_cookies import KEY, ours, send, set_by

from aiohttp_flashbag import (
    CookieTransport,
    flash,
    flashbag_clear,
    flashbag_get,
    flashbag_replace_all,
    flashbag_set,
    get_flashed_messages,
)

say_hello = partial(flash, message="Hello")


@pytest.fixture
def start(aiohttp_client: AiohttpClient, encrypted_storage: AbstractStorage) -> Start:
    """Start an application that has a session, and the flashbag in cookies of its own."""

    async def client_of(*routes: web.AbstractRouteDef, **setup_options: Any) -> Client:
        transport = CookieTransport(KEY)
        app = make_app(encrypted_storage, *routes, transport=transport, **setup_options)
        return await aiohttp_client(app)

    return client_of


@pytest.mark.parametrize("actions", [(login, say_hello), (say_hello, login)])
async def test_b4_a_flash_before_or_after_the_login_arrives(
    start: Start, actions: tuple[Action, ...]
) -> None:
    client = await start(web.post("/sign-in", does(*actions)))
    await send(client, "Please log in")
    await client.post("/sign-in?user=alice")
    assert await whoami(client) == "alice"
    assert await shown(client) == ["Please log in", "Hello"]


async def test_b4_a_logout_that_clears_leaves_nothing_for_the_next_user(start: Start) -> None:
    client = await start(web.post("/sign-out", does(flashbag_clear, logout)))
    await client.post("/login?user=alice")
    await client.post("/set", params={"error": ERROR}, headers=FETCH)
    await send(client, "Saved")
    await client.post("/sign-out", headers=FETCH)
    assert cookies(client) == {}
    await client.post("/login?user=bob", headers=FETCH)
    assert await read(client) is None
    assert await shown(client) == []


@pytest.mark.parametrize(
    ("actions", "left"),
    [((flashbag_clear, say_hello), ["Hello"]), ((say_hello, flashbag_clear), [])],
)
async def test_b4_what_is_flashed_after_the_clearing_outlives_the_logout(
    start: Start, actions: tuple[Action, ...], left: list[str]
) -> None:
    client = await start(web.post("/sign-out", does(logout, *actions)))
    await client.post("/login?user=alice")
    await send(client, "Saved")
    await client.post("/sign-out", headers=FETCH)
    assert await whoami(client) is None
    assert await shown(client) == left


async def test_b4_the_session_is_neither_written_nor_deleted_for_a_flash(start: Start) -> None:
    client = await start()
    await client.post("/login?user=alice")
    session = cookies(client)
    for response in (
        await client.post("/flash?info=Saved"),
        await client.post("/set?error=1", headers=FETCH),
        await client.get("/messages"),
    ):
        assert set_by(response) != []
        assert "AIOHTTP_SESSION" not in response.cookies
    assert cookies(client) == session


async def test_b1_a_post_from_another_site_that_flashes_keeps_the_user_logged_in(
    start: Start,
) -> None:
    """Browsers send no SameSite=Lax cookie with it: a bank's or an identity provider's return."""
    client = await start(web.post("/paid", does(say_hello, answer=lambda: web.HTTPSeeOther("/"))))
    await client.post("/login?user=alice")
    await send(client, "Order placed")
    jar = cookies(client)
    client.session.cookie_jar.clear()
    response = await client.post("/paid", allow_redirects=False)
    assert len(response.cookies) == len(ours(client)) == 1
    client.session.cookie_jar.update_cookies(jar, client.make_url("/"))
    assert await whoami(client) == "alice"
    assert await shown(client) == ["Order placed", "Hello"]


def look(request: web.Request) -> None:
    """Find nothing."""
    assert flashbag_get(request, "nothing") is None
    assert get_flashed_messages(request, category_filter="nothing") == []


def set_and_clear(request: web.Request) -> None:
    """Change one's mind."""
    flashbag_set(request, "error", ERROR)
    flashbag_clear(request)


NOTHING = [
    look,
    flashbag_clear,
    partial(flashbag_replace_all, value={}),
    set_and_clear,
]


@pytest.mark.parametrize("action", NOTHING, ids=["look", "clear", "replace all", "set and clear"])
async def test_b4_nothing_empty_is_ever_stored(start: Start, action: Action) -> None:
    client = await start(web.get("/", does(action)))
    assert set_by(await client.get("/")) == []
    await send(client, "Saved", category="info")
    response = await client.get("/")
    assert all(cookie.value == "" for cookie in set_by(response))


class Down(AbstractStorage):
    """A storage that is down."""

    async def load_session(self, request: web.Request) -> Session:
        raise ConnectionError

    async def save_session(
        self, request: web.Request, response: web.StreamResponse, session: Session
    ) -> None:
        raise ConnectionError


async def test_b7_a_session_storage_that_is_down_costs_no_flash(
    aiohttp_client: AiohttpClient, caplog: pytest.LogCaptureFixture
) -> None:
    client = await aiohttp_client(make_app(Down(), transport=CookieTransport(KEY)))
    client.session.cookie_jar.update_cookies({"AIOHTTP_SESSION": "alice"}, client.make_url("/"))
    await client.post("/set", params={"error": ERROR}, headers=FETCH)
    await send(client, "Saved")
    assert await read(client) == ERROR
    assert await shown(client) == ["Saved"]
    assert caplog.messages == []
