"""docs/login.rst: no flash of one user reaches the next, and the login returns to the page."""

from __future__ import annotations

from typing import Any

import aiohttp_session
import pytest
from aiohttp import web
from aiohttp_session import AbstractStorage
from support.apps import AiohttpClient, Client

import aiohttp_flashbag
from aiohttp_flashbag import CookieTransport, flash, get_flashed_messages
from aiohttp_flashbag.transports import Transport

from .conftest import see, send

PAGE = "docs/login.rst"
RIGHT = {"name": "Ann", "password": "correct horse"}


async def leave(request: web.Request) -> web.Response:
    flash(request, "For the last user")
    return web.Response(text="left")


async def show(request: web.Request) -> web.Response:
    return web.json_response(get_flashed_messages(request))


@pytest.fixture(params=["session", "own cookies"])
async def client(
    request: pytest.FixtureRequest,
    names: dict[str, Any],
    encrypted_storage: AbstractStorage,
    aiohttp_client: AiohttpClient,
) -> Client:
    """A client of the page's handlers, with the flashes in the session or in own cookies."""
    app = web.Application()
    aiohttp_session.setup(app, encrypted_storage)
    own: Transport = CookieTransport(b"k" * 32)
    aiohttp_flashbag.setup(app, own if request.param == "own cookies" else None)
    app.middlewares.append(names["require_login"])
    app.add_routes([web.get("/login", names["show_login"]), web.post("/login", names["log_in"])])
    app.add_routes([web.post("/logout", names["log_out"]), web.post("/leave", leave)])
    app.add_routes([web.get("/", show), web.get("/account/orders", show)])
    return await aiohttp_client(app)


async def test_a_login_and_a_logout_drop_pending_messages(client: Client) -> None:
    await send(client, "/leave")
    await send(client, "/login", **RIGHT)
    assert await see(client, "/") == ["Welcome, Ann!"]
    await send(client, "/leave")
    await send(client, "/logout")
    assert await see(client, "/") == ["Goodbye."]


async def test_after_a_failed_and_a_successful_login_the_wanted_page_opens(client: Client) -> None:
    assert await see(client, "/account/orders") == ""  # the login page, without an error
    failed = await send(client, "/login", name="Ann", password="guess")
    assert failed.headers["Location"] == "/login"
    assert await see(client, "/login") == "Wrong name or password."
    accepted = await send(client, "/login", **RIGHT)
    assert accepted.headers["Location"] == "/account/orders"
    assert await see(client, "/account/orders") == ["Welcome, Ann!"]
