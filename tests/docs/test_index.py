"""docs/index.rst: a value for the page of the form, and a message for the next page."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from aiohttp_flashbag import flashbag_get, get_flashed_messages

from .conftest import Serve, see, send

PAGE = "docs/index.rst"


async def test_a_title_is_required(serve: Serve, names: dict[str, Any]) -> None:
    async def articles(request: web.Request) -> web.Response:
        return web.json_response([flashbag_get(request, "error"), get_flashed_messages(request)])

    names |= {"articles": articles, "web": web}
    client = await serve(get="articles", post="create")
    await send(client, "/create", title="")
    assert await see(client, "/articles") == ["Title is required", []]
    await send(client, "/create", title="Bread")
    assert await see(client, "/articles") == [None, ["Article created."]]
