"""docs/migration/from_aiohttp_session_flash.rst: pairs, old messages, error middlewares."""

from __future__ import annotations

from typing import Any

import aiohttp_jinja2
import jinja2
import pytest
from aiohttp import web
from aiohttp_session import AbstractStorage, get_session
from support.apps import AiohttpClient, Client

import aiohttp_flashbag
from aiohttp_flashbag import CookieTransport, flash, get_flashed_messages

from .conftest import see
from .pages import block

PAGE = "docs/migration/from_aiohttp_session_flash.rst"


async def show(request: web.Request) -> web.Response:
    """Show the messages as pairs."""
    return web.json_response(get_flashed_messages(request, with_categories=True))


async def leave(request: web.Request) -> web.Response:
    """Leave in the session what the old library would have left."""
    (await get_session(request))["flash"] = await request.json()
    return web.Response()


async def keys(request: web.Request) -> web.Response:
    return web.json_response([*await get_session(request)])


@pytest.fixture
async def client(
    names: dict[str, Any], encrypted_storage: AbstractStorage, aiohttp_client: AiohttpClient
) -> Client:
    assert {"show_old_messages", "flash_any"} <= names.keys()
    app: web.Application = names["make_app"](encrypted_storage)
    app.add_routes([web.get("/", show), web.put("/", leave), web.get("/keys", keys)])
    return await aiohttp_client(app)


async def test_messages_left_in_the_session_are_shown_once_and_removed(client: Client) -> None:
    left = ["Text", ["danger", "First"], ["Second", "danger"], {"odd": 1}, 7, ["a", "b", "c"]]
    await client.put("/", json=left)
    assert await see(client, "/") == [
        ["success", "Text"],
        ["danger", "First"],
        ["danger", "Second"],
    ]
    assert await see(client, "/") == []
    assert "flash" not in await see(client, "/keys")


async def test_anything_but_a_list_is_removed_too(client: Client) -> None:
    await client.put("/", json="odd")
    assert await see(client, "/") == []
    assert "flash" not in await see(client, "/keys")


@pytest.mark.parametrize("place", ["before", "after"])
async def test_an_error_middleware_can_flash_in_any_place(
    names: dict[str, Any], aiohttp_client: AiohttpClient, place: str
) -> None:
    async def forbidden(request: web.Request) -> web.Response:
        raise web.HTTPForbidden

    app = web.Application()
    if place == "before":
        app.middlewares.append(names["back_with_a_message"])
    aiohttp_flashbag.setup(app, CookieTransport(b"k" * 32))
    if place == "after":
        app.middlewares.append(names["back_with_a_message"])
    app.add_routes([web.get("/", show), web.get("/forbidden", forbidden)])
    client: Client = await aiohttp_client(app)
    assert await see(client, "/forbidden") == [["danger", "You may not do that."]]
    assert await see(client, "/") == []


async def test_the_template_for_aiohttp_login_shows_texts(aiohttp_client: AiohttpClient) -> None:
    @aiohttp_jinja2.template("flash.html")
    async def page(request: web.Request) -> dict[str, Any]:
        flash(request, "No such user", "error")
        flash(request, "Half <done>", "info")
        return {}

    app = web.Application()
    templates = {"flash.html": block(PAGE, "html+jinja", "alert")}
    aiohttp_jinja2.setup(app, loader=jinja2.DictLoader(templates))
    aiohttp_flashbag.setup(app, CookieTransport(b"k" * 32))
    app.router.add_get("/", page)
    shown = await see(await aiohttp_client(app), "/")
    assert '"alert alert-danger">No such user<' in shown
    assert '"alert alert-info">Half &lt;done&gt;<' in shown
