"""docs/transports.rst: each way of setting up carries a message."""

from __future__ import annotations

import re
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from support.apps import AiohttpClient, Client

from aiohttp_flashbag import flash_redirect, get_flashed_messages

from .conftest import see, send
from .pages import ROOT

PAGE = "docs/transports.rst"
TEXT = "Article created."

each_way = pytest.mark.parametrize("way", ["with_session", "with_own_cookies", "as_in_0_0_3"])


@pytest.fixture
async def client(way: str, names: dict[str, Any], aiohttp_client: AiohttpClient) -> Client:
    async def save(request: web.Request) -> web.Response:
        raise flash_redirect(request, "/", TEXT)

    async def show(request: web.Request) -> web.Response:
        return web.json_response(get_flashed_messages(request))

    app: web.Application = names[way]()
    app.add_routes([web.get("/", show), web.post("/", save)])
    app.router.add_post("/log_out", names["log_out"])
    return await aiohttp_client(app, cookie_jar=aiohttp.CookieJar(unsafe=True))


@each_way
async def test_a_message_arrives_once(client: Client) -> None:
    await send(client, "/")
    assert await see(client, "/") == [TEXT]
    assert await see(client, "/") == []


@each_way
async def test_after_the_logout_only_the_goodbye_is_pending(client: Client) -> None:
    await send(client, "/")
    await send(client, "/log_out")
    assert await see(client, "/") == ["Goodbye."]


@pytest.mark.parametrize("way", ["with_own_cookies"])
@pytest.mark.parametrize(
    ("headers", "said"),
    [
        ({}, r"is (\d+) bytes"),
        ({"Referer": "http://site.example/new"}, r"(\d+) where the redirect"),
    ],
)
async def test_a_cookie_with_one_short_message_is_as_large_as_the_page_says(
    client: Client, headers: dict[str, str], said: str
) -> None:
    text = " ".join((ROOT / PAGE).read_text(encoding="utf-8").split())
    response = await client.post("/", headers=headers, allow_redirects=False)
    pair = response.headers["Set-Cookie"].partition(";")[0]
    (size,) = re.findall(rf"A cookie with one short message .*?{said}", text)
    assert len(pair) == int(size)
