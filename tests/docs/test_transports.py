"""docs/transports.rst: each way of setting up carries a message."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest
from aiohttp import web
from support.apps import AiohttpClient, Client

from aiohttp_flashbag import flash_redirect, get_flashed_messages

from .conftest import see, send

PAGE = "docs/transports.rst"

each_way = pytest.mark.parametrize("way", ["with_session", "with_own_cookies", "as_in_0_0_3"])


@pytest.fixture
async def client(way: str, names: dict[str, Any], aiohttp_client: AiohttpClient) -> Client:
    async def save(request: web.Request) -> web.Response:
        raise flash_redirect(request, "/", "Saved")

    async def show(request: web.Request) -> web.Response:
        return web.json_response(get_flashed_messages(request))

    app: web.Application = names[way]()
    app.add_routes([web.get("/", show), web.post("/", save)])
    app.router.add_post("/log_out", names["log_out"])
    return await aiohttp_client(app, cookie_jar=aiohttp.CookieJar(unsafe=True))


@each_way
async def test_a_message_arrives_once(client: Client) -> None:
    await send(client, "/")
    assert await see(client, "/") == ["Saved"]
    assert await see(client, "/") == []


@each_way
async def test_after_the_logout_only_the_goodbye_is_pending(client: Client) -> None:
    await send(client, "/")
    await send(client, "/log_out")
    assert await see(client, "/") == ["Goodbye."]
