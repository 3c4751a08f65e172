"""docs/migration/from_session_code.rst: messages left in the session are shown once."""

from __future__ import annotations

from typing import Any

from aiohttp import web
from aiohttp_session import AbstractStorage
from support.apps import AiohttpClient, make_app

from .conftest import see
from .test_from_aiohttp_session_flash import keys, leave, show

PAGE = "docs/migration/from_session_code.rst"


async def test_a_message_left_in_the_session_is_shown_once_and_removed(
    names: dict[str, Any], encrypted_storage: AbstractStorage, aiohttp_client: AiohttpClient
) -> None:
    routes = web.get("/", show), web.put("/", leave), web.get("/keys", keys)
    app = make_app(encrypted_storage, *routes)
    app.middlewares.append(names["show_old_message"])
    client = await aiohttp_client(app)
    await client.put("/", json={"kind": "error", "text": "Old"})
    assert await see(client, "/") == [["error", "Old"]]
    assert await see(client, "/") == []
    assert "flash" not in await see(client, "/keys")
