"""What a test seeds is pending in a real browser that is given the cookies."""

from __future__ import annotations

import html

from aiohttp import ClientSession, web
from support.recording import TAKEN, AppOf, app_of

from aiohttp_flashbag import flashbag_get, flashed_form, get_flashed_messages
from aiohttp_flashbag.testing import record_flashes

from .conftest import Open, Serve

__all__ = ["app_of"]  # a fixture


async def page_of(request: web.Request) -> web.Response:
    """All that was seeded, as a page."""
    found = flashbag_get(request, "error"), flashed_form(request, "login").get("user")
    shown = [f"{message.category}: {message}" for message in get_flashed_messages(request)]
    items = "".join(f"<li>{html.escape(str(text))}" for text in (*found, *shown))
    head = '<!doctype html><link rel="icon" href="data:,">'
    return web.Response(text=f"{head}<ul>{items}</ul>", content_type="text/html")


async def test_what_is_seeded_is_in_the_browser_that_has_the_cookies_once(
    app_of: AppOf, serve: Serve, visitor: Open
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
    window = await visitor(server)
    await window.add_cookies(cookies)
    page = await window.new_page()
    await page.goto("/page")
    assert await page.locator("li").all_inner_texts() == [
        "Taken",
        "Ada, Lovelace",
        "error: Zoë, it's <taken>; “sorry”",
    ]
    await page.reload()
    assert await page.locator("li").all_inner_texts() == ["None", ""]
