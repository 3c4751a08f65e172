"""Own cookies and overlapping requests: every flash arrives, and a logout stays complete."""

from __future__ import annotations

import asyncio
import html

import pytest
from aiohttp import web
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
from .server import PATIENCE

FLASHES, AT_ONCE = 12, 4  # a browser opens six connections to a server
POST_ALL = f"""Promise.all(Array.from({{length: {FLASHES}}}, (_, number) =>
    fetch(`/flash?text=${{number}}`, {{method: "POST"}}))).then(() => null)"""
KEY = b"k" * 32
ACCOUNT = "DE02 1203 0000 0000 2020 51"
MESSAGE = "Please check the account."
LOGOUT = '<form method="post" action="/logout"><button>Log out</button></form>'


def document(*texts: str) -> web.Response:
    """A page with these texts as a list."""
    items = "".join(f"<li>{html.escape(text)}</li>" for text in texts)
    page = f'<!doctype html><link rel="icon" href="data:,">{LOGOUT}<ul>{items}</ul>'
    return web.Response(text=page, content_type="text/html")


async def empty_page(request: web.Request) -> web.Response:
    return document()


async def messages_page(request: web.Request) -> web.Response:
    return document(*get_flashed_messages(request))


@in_each_engine
async def test_all_flashes_of_overlapping_requests_arrive_in_order_and_once(
    serve: Serve, visit: Visit
) -> None:
    flashed, waiting = [], []

    async def flash_together(request: web.Request) -> web.Response:
        all_here = asyncio.Event()
        waiting.append(all_here)
        if len(waiting) == AT_ONCE:
            for event in waiting:
                event.set()
            waiting.clear()
        await asyncio.wait_for(all_here.wait(), PATIENCE)
        flash(request, request.query["text"])
        flashed.append(request.query["text"])
        return web.Response()

    app = web.Application()
    aiohttp_flashbag.setup(app, CookieTransport(KEY))
    app.add_routes(
        [
            web.get("/", empty_page),
            web.post("/flash", flash_together),
            web.get("/messages", messages_page),
        ]
    )
    tab = await (await visit(await serve(app))).new_tab()
    await tab.open("/")
    await tab.evaluate(POST_ALL)
    await tab.open("/messages")
    assert len(flashed) == FLASHES
    assert await tab.texts("li") == flashed
    await tab.reload()
    assert await tab.texts("li") == []


class Site:
    """Its responses to the poll and to the logout wait for the test."""

    def __init__(self) -> None:
        self.poll, self.logout = Gate(), Gate()
        self.app = web.Application()
        aiohttp_flashbag.setup(self.app, CookieTransport(KEY))
        self.app.add_routes(
            [
                web.get("/", empty_page),
                web.get("/refused", self._refuse),
                web.get("/poll", self._poll),
                web.post("/logout", self._log_out),
                web.get("/account", self._show_account),
            ]
        )

    async def _refuse(self, request: web.Request) -> web.Response:
        flash(request, MESSAGE)
        flash_form(request, {"account": ACCOUNT}, {"account": "Unknown bank"})
        return document()

    async def _poll(self, request: web.Request) -> web.Response:
        texts = [str(message) for message in get_flashed_messages(request)]
        await self.poll.hold(request)
        return web.json_response(texts)

    async def _log_out(self, request: web.Request) -> web.Response:
        flashbag_clear(request)
        await self.logout.hold(request)
        raise web.HTTPSeeOther("/")

    async def _show_account(self, request: web.Request) -> web.Response:
        form = flashed_form(request)
        return document(*get_flashed_messages(request), *filter(None, [form.get("account")]))


@pytest.mark.parametrize("last", ["poll", "logout", "no logout"])
async def test_77_a_logout_during_a_poll_leaves_no_form_to_the_next_person(
    serve: Serve, visit: Visit, last: str
) -> None:
    site = Site()
    server = await serve(site.app)
    browser = await visit(server)
    alice, other = await browser.new_tab(), await browser.new_tab()
    await other.open("/")
    await alice.open("/refused")
    await alice.run("window.polled = fetch('/poll').then((r) => r.json())", wait=False)
    await server.arrival("/poll")
    if last == "poll":
        site.logout.opened.set()
        await other.click("button")
    elif last == "logout":
        await other.click("button", wait=False)
        await server.arrival("/logout")
    site.poll.opened.set()
    assert await alice.wait_for("window.polled") == [MESSAGE]
    if last == "logout":
        site.logout.opened.set()
        await other.loaded()
    filled = [name for name, value in (await browser.cookies()).items() if is_flash(name, value)]
    await other.open("/account")
    expected = [ACCOUNT] if last == "no logout" else []
    assert await other.texts("li") == expected
    assert len(filled) == len(expected)


def is_flash(name: str, value: str) -> bool:
    """Tell whether a cookie holds flashes; a tombstone has another prefix."""
    return name.startswith("AIOHTTP_FLASHBAG-") and bool(value)
