"""docs/responses.rst: downloads, streams and WebSockets flash, and missing images do not."""

from __future__ import annotations

from typing import Any

import pytest
from aiohttp import web
from support.apps import AiohttpClient, Client

import aiohttp_flashbag
from aiohttp_flashbag import get_flashed_messages

from .conftest import see

PAGE = "docs/responses.rst"


async def show(request: web.Request) -> web.Response:
    return web.json_response(get_flashed_messages(request))


@pytest.fixture
async def client(names: dict[str, Any], aiohttp_client: AiohttpClient) -> Client:
    app = web.Application()
    aiohttp_flashbag.setup(app, aiohttp_flashbag.CookieTransport(b"k" * 32))
    app.middlewares.append(names["flash_not_found"])
    app.router.add_get("/", show)
    for name in ("export", "report", "chat", "like"):
        app.router.add_get(f"/{name}", names[name])
    return await aiohttp_client(app)


async def test_the_message_of_a_download_is_on_the_next_page(client: Client) -> None:
    assert "Bread" in await see(client, "/export")
    assert await see(client, "/") == ["The export is in your downloads folder."]


async def test_a_stream_shows_messages_once(client: Client) -> None:
    await client.get("/export")
    first = "The export is in your downloads folder.\n"
    assert await see(client, "/report") == f"{first}Bread\nButter\n"
    assert await see(client, "/report") == "Bread\nButter\n"


async def test_a_socket_flashes_before_its_handshake(client: Client) -> None:
    async with client.ws_connect("/chat") as socket:
        await socket.send_str("Hello")
        assert await socket.receive_str() == "Hello"
    assert await see(client, "/") == ["You joined the chat."]


async def test_json_shows_its_message(client: Client) -> None:
    shown = await see(client, "/like")
    assert shown == {"messages": [{"message": "You like this.", "category": "success"}]}
    assert await see(client, "/") == []


async def test_a_missing_page_flashes_and_a_missing_image_does_not(client: Client) -> None:
    image = await client.get("/none.png", headers={"Sec-Fetch-Dest": "image"})
    assert image.status == 404
    assert await see(client, "/") == []
    assert await see(client, "/none") == ["This page does not exist."]
