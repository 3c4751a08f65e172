"""Own cookies and overlapping requests: every flash arrives, and a logout stays complete."""

from __future__ import annotations

import asyncio
import html

import pytest
from aiohttp import web
from support.apps import does
from support.overlap import Gate

import aiohttp_flashbag
from aiohttp_flashbag import (
    CookieTransport,
    flash,
    flash_form,
    flashbag_clear,
    flashed_form,
    get_flashed_messages,
)

from .conftest import Serve, Visit, in_each_engine
from .engines import PATIENCE

FLASHES, AT_ONCE = 12, 4  # a browser opens six connections to a server
POST_ALL = f"""Promise.all(Array.from({{length: {FLASHES}}}, (_, number) =>
    fetch(`/flash?text=${{number}}`, {{method: "POST"}}))).then(() => null)"""
POLL = "window.polled = fetch('/poll').then((response) => response.json())"
MESSAGE, ACCOUNT = "Please check the account.", "DE02 1203 0000 0000 2020 51"


def document(*texts: str) -> web.Response:
    """Return a page with these texts as a list, and a button to log out."""
    items = "".join(f"<li>{html.escape(text)}</li>" for text in texts)
    logout = '<form method="post" action="/logout"><button>Log out</button></form>'
    page = f'<!doctype html><link rel="icon" href="data:,">{logout}<ul>{items}</ul>'
    return web.Response(text=page, content_type="text/html")


async def account_page(request: web.Request) -> web.Response:
    account = flashed_form(request).get("account")
    return document(*get_flashed_messages(request), *([account] if account else []))


def cookie_app(*routes: web.RouteDef) -> web.Application:
    app = web.Application()
    aiohttp_flashbag.setup(app, CookieTransport(b"k" * 32))
    app.add_routes([web.get("/", does(answer=document)), web.get("/account", account_page)])
    app.add_routes(routes)
    return app


@in_each_engine
async def test_all_flashes_of_overlapping_requests_arrive_in_order_and_once(
    serve: Serve, visit: Visit
) -> None:
    flashed, held = [], []

    async def flash_together(request: web.Request) -> None:
        held.append(all_here := asyncio.Event())
        if len(held) == AT_ONCE:
            for event in held:
                event.set()
            held.clear()
        await asyncio.wait_for(all_here.wait(), PATIENCE)
        flash(request, request.query["text"])
        flashed.append(request.query["text"])

    server = await serve(cookie_app(web.post("/flash", does(flash_together))))
    tab = await (await visit(server)).new_tab()
    await tab.open("/")
    await tab.evaluate(POST_ALL)
    assert len(flashed) == FLASHES
    await tab.open("/account")
    assert await tab.texts("li") == flashed
    await tab.reload()
    assert await tab.texts("li") == []


@pytest.mark.parametrize("last", ["poll", "logout", "no logout"])
async def test_77_a_logout_during_a_poll_leaves_no_form_to_the_next_person(
    serve: Serve, visit: Visit, last: str
) -> None:
    poll, logout = Gate(), Gate()

    def refuse(request: web.Request) -> None:
        flash(request, MESSAGE)
        flash_form(request, {"account": ACCOUNT}, {"account": "Unknown bank"})

    async def show_messages(request: web.Request) -> web.Response:
        texts = [str(message) for message in get_flashed_messages(request)]
        await poll.hold(request)
        return web.json_response(texts)

    log_out = does(flashbag_clear, logout.hold, answer=lambda: web.HTTPSeeOther("/"))
    app = cookie_app(
        web.get("/refused", does(refuse, answer=document)),
        web.get("/poll", show_messages),
        web.post("/logout", log_out),
    )
    browser = await visit(server := await serve(app))
    tab, other = await browser.new_tab(), await browser.new_tab()
    await other.open("/")
    await tab.open("/refused")
    await tab.run(POLL, wait=False)
    await server.arrival("/poll")
    if last == "poll":
        logout.opened.set()
        await other.click("button")
    elif last == "logout":
        await other.click("button", wait=False)
        await server.arrival("/logout")
    poll.opened.set()
    assert await tab.wait_for("window.polled") == [MESSAGE]
    if last == "logout":
        logout.opened.set()
        await other.loaded()
    with_content = [name for name, value in (await browser.cookies()).items() if value]
    await other.open("/account")
    assert await other.texts("li") == ([ACCOUNT] if last == "no logout" else [])
    # Tombstones, which hold no flash, have another prefix.
    flashes = [name for name in with_content if name.startswith("AIOHTTP_FLASHBAG-")]
    assert len(flashes) == (last == "no logout")
