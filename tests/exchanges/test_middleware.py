"""Installing the flashbag: what is refused, what is done twice and acts once (B8)."""

from __future__ import annotations

import sys
from collections.abc import Callable

import aiohttp_jinja2
import aiohttp_session
import jinja2
import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request
from aiohttp_session import AbstractStorage, SimpleCookieStorage
from support.apps import (
    ERROR,
    FLASHBAG_ROUTES,
    AiohttpClient,
    Start,
    cookie_and_server,
    does,
    flash_messages,
    make_app,
    read,
    session_app,
    set_values,
    shown,
)

import aiohttp_flashbag
from aiohttp_flashbag import SessionTransport, flashbag_middleware, get_flashbag

Install = Callable[[web.Application], None]


def bare(app: web.Application) -> None:
    """Install it as version 0.0.3 was."""
    app.middlewares.append(flashbag_middleware)


@pytest.mark.parametrize("max_messages", [0, -1])
def test_setup_refuses_a_queue_without_room(max_messages: int) -> None:
    with pytest.raises(ValueError, match=f"max_messages is {max_messages}: at least 1 message"):
        aiohttp_flashbag.setup(web.Application(), max_messages=max_messages)


def test_the_flashbag_of_a_request_without_one_says_what_to_call() -> None:
    with pytest.raises(RuntimeError, match=r"not installed: call aiohttp_session\.setup"):
        get_flashbag(make_mocked_request("GET", "/"))


@pytest.mark.parametrize("install", [aiohttp_flashbag.setup, bare])
async def test_a_flashbag_before_the_session_says_what_to_call_first(
    aiohttp_client: AiohttpClient, caplog: pytest.LogCaptureFixture, install: Install
) -> None:
    app = web.Application()
    install(app)
    aiohttp_session.setup(app, SimpleCookieStorage())
    client = await aiohttp_client(app)
    assert (await client.get("/")).status == 500
    assert (
        "RuntimeError: aiohttp_flashbag finds no session: call aiohttp_session.setup(app, storage) "
        "first and aiohttp_flashbag.setup(app) after it"
    ) in caplog.text


async def test_a_bag_is_the_same_for_the_whole_request(start: Start) -> None:
    bags = []
    handler = does(*[lambda request: bags.append(get_flashbag(request))] * 2)
    client = await start(web.get("/", handler))
    await client.get("/")
    assert bags[0] is bags[1]


async def test_m4_max_messages_is_what_setup_was_told(start: Start) -> None:
    client = await start(max_messages=2)
    await client.post("/flash", params={"a": "1", "b": "2", "c": "3"})
    assert await shown(client) == ["2", "3"]


async def test_a_transport_of_ones_own_makes_the_copies(start: Start) -> None:
    client = await start(transport=SessionTransport(dumps=str, loads=str.upper))
    await client.post("/set?error=required")
    assert await read(client) == "REQUIRED"


@pytest.mark.parametrize("in_use", [True, False])
async def test_templates_get_the_flashbag_where_they_are_in_use(
    aiohttp_client: AiohttpClient, monkeypatch: pytest.MonkeyPatch, in_use: bool
) -> None:
    app = make_app(SimpleCookieStorage())
    env = aiohttp_jinja2.setup(app, loader=jinja2.DictLoader({}))
    if not in_use:
        monkeypatch.delitem(sys.modules, "aiohttp_jinja2")
    await aiohttp_client(app)
    assert ("get_flashed_messages" in env.globals) is in_use


@cookie_and_server
@pytest.mark.parametrize(
    "outer", [[aiohttp_flashbag.setup], [bare], [bare, aiohttp_flashbag.setup], [bare, bare]]
)
@pytest.mark.parametrize("inner", [[], [aiohttp_flashbag.setup], [bare]])
async def test_b8_installed_twice_it_acts_once(
    aiohttp_client: AiohttpClient,
    storage: AbstractStorage,
    outer: list[Install],
    inner: list[Install],
) -> None:
    app = session_app(storage, *FLASHBAG_ROUTES)
    sub = web.Application()
    sub.add_routes([*FLASHBAG_ROUTES, web.post("/both", does(set_values, flash_messages))])
    for install in outer:
        install(app)
    for install in inner:
        install(sub)
    app.add_subapp("/sub", sub)
    client = await aiohttp_client(app)
    response = await client.post("/sub/both", params={"error": ERROR})
    assert len(response.headers.getall("Set-Cookie")) == 1
    assert len(response.headers.getall("Clear-Site-Data")) == 1
    page = await client.get("/sub/messages", headers={"Sec-Fetch-Dest": "empty"})
    assert await page.json() == [ERROR]
    assert await shown(client) == []
    await client.post("/sub/both", params={"error": ERROR})
    assert await read(client) == ERROR
    assert await shown(client) == [ERROR]


@cookie_and_server
async def test_b8_installed_on_a_sub_application_only_it_serves_that(
    aiohttp_client: AiohttpClient, storage: AbstractStorage
) -> None:
    app, sub = session_app(storage), web.Application()
    sub.add_routes(FLASHBAG_ROUTES)
    aiohttp_flashbag.setup(sub)
    app.add_subapp("/sub", sub)
    client = await aiohttp_client(app)
    await client.post("/sub/flash?success=Saved")
    page = await client.get("/sub/messages")
    assert await page.json() == ["Saved"]
