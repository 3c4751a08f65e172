"""What a test seeds is pending in a real browser that is given the cookies."""

from __future__ import annotations

import html

import pytest
from aiohttp import ClientSession, web
from support.recording import TAKEN, AppOf, app_of

from aiohttp_flashbag import flashbag_get, flashed_form, get_flashed_messages
from aiohttp_flashbag.testing import record_flashes

from .conftest import Serve, Visit

__all__ = ["app_of"]  # a fixture


async def page_of(request: web.Request) -> web.Response:
    """All that was seeded, as a page."""
    found = flashbag_get(request, "error"), flashed_form(request, "login").get("user")
    shown = [f"{message.category}: {message}" for message in get_flashed_messages(request)]
    items = "".join(f"<li>{html.escape(str(text))}" for text in (*found, *shown))
    head = '<!doctype html><link rel="icon" href="data:,">'
    return web.Response(text=f"{head}<ul>{items}</ul>", content_type="text/html")


@pytest.mark.parametrize("app_of", ["simple", "encrypted", "cookies"], indirect=True)
async def test_what_is_seeded_is_in_the_browser_that_has_the_cookies_once(
    app_of: AppOf, serve: Serve, visit: Visit
) -> None:
    flashes = record_flashes(app := app_of(web.get("/page", page_of)))
    server = await serve(app)
    async with ClientSession(server.url) as client:
        cookies = await flashes.seed(
            client,
            values=TAKEN.values,
            messages=[{"message": "Zoë, it's <taken>; “sorry”", "category": "error"}],
            forms={"login": {"data": {"user": "Ada, Lovelace"}}},
        )
    tab = await (await visit(server)).new_tab()
    await tab.open("/not-found")
    await tab.browser.add_cookies(cookies)
    await tab.open("/page")
    assert await tab.texts("li") == [
        "Taken",
        "Ada, Lovelace",
        "error: Zoë, it's <taken>; “sorry”",
    ]
    await tab.reload()
    assert await tab.texts("li") == ["None", ""]
