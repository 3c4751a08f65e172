"""docs/translations.rst: messages in the language of the request, or of the page."""

from __future__ import annotations

from typing import Any

import pytest
from aiohttp import web
from support.apps import AiohttpClient, Client

import aiohttp_flashbag

from .conftest import send

PAGE = "docs/translations.rst"


@pytest.fixture
async def client(names: dict[str, Any], aiohttp_client: AiohttpClient) -> Client:
    assert names["gettext"]
    app = web.Application()
    aiohttp_flashbag.setup(app, aiohttp_flashbag.CookieTransport(b"k" * 32))
    app.middlewares.append(names["choose_language"])
    for name in ("articles", "translated"):
        app.router.add_get(f"/{name}", names[name])
    for name in ("create", "delete_all"):
        app.router.add_post(f"/{name}", names[name])
    return await aiohttp_client(app)


async def see_in(client: Client, language: str, path: str) -> Any:
    return await (await client.get(path, headers={"Accept-Language": language})).json()


async def test_a_lazy_text_has_the_language_of_the_request_that_flashed(client: Client) -> None:
    headers = {"Accept-Language": "de"}
    await client.post("/create", headers=headers, allow_redirects=False)
    assert await see_in(client, "en", "/articles") == ["Artikel angelegt."]


@pytest.mark.parametrize(
    ("language", "text"), [("de", "3 Artikel gelöscht."), ("en", "3 articles deleted.")]
)
async def test_a_text_that_is_translated_late_has_the_language_of_the_page(
    client: Client, language: str, text: str
) -> None:
    await send(client, "/delete_all")
    assert await see_in(client, language, "/translated") == [text]
