"""A shop whose page Chromium loads in advance: preloads consume nothing and hide nothing."""

from __future__ import annotations

import aiohttp_jinja2
import pytest
from aiohttp import web
from aiohttp.typedefs import Handler
from jinja2 import DictLoader
from support.apps import does

import aiohttp_flashbag
from aiohttp_flashbag import CookieTransport, flash

from .conftest import Serve
from .engines import Tab
from .server import Server

BOUGHT = "Bought"
BASKET = "a[href='/basket']"
PAGE = """<!doctype html>
<html lang="en">
<title>{{ title }}</title>
<link rel="icon" href="data:,">
{{ render_flashed_messages() }}
<h1>{{ title }}</h1>
</html>"""
# The start page shows no messages, so they stay pending.
START = """<!doctype html>
<html lang="en">
<title>Shop</title>
<link rel="icon" href="data:,">
<script type="speculationrules">
{"{{ action }}": [{"urls": ["/basket"], "eagerness": "immediate"}]}
</script>
<a href="/basket">Basket</a>
</html>"""
BUY = "fetch('/buy', {method: 'POST'}).then(() => null)"
BROKEN_IMAGE = """new Promise((resolve) => {
  const image = new Image();
  image.onerror = () => resolve(true);
  image.src = "/logo.png";
  document.body.append(image);
})"""
POLL = "fetch('/poll').then((response) => response.status)"

actions = pytest.mark.parametrize("action", ["prefetch", "prerender"])


async def show_start(request: web.Request) -> web.Response:
    """Ask for the basket in advance with `?preload=prefetch` or `?preload=prerender`."""
    context = {"action": request.query.get("preload", "nothing")}
    return aiohttp_jinja2.render_template("start", request, context)


async def show_basket(request: web.Request) -> web.Response:
    return aiohttp_jinja2.render_template("page", request, {"title": "Basket"})


def buy(request: web.Request) -> None:
    flash(request, BOUGHT)


@web.middleware
async def not_found_page(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Show messages on the page for a 404, and also in the response to a broken image."""
    try:
        return await handler(request)
    except web.HTTPNotFound:
        context = {"title": "Not found"}
        return aiohttp_jinja2.render_template("page", request, context, status=404)


@pytest.fixture
async def server(serve: Serve) -> Server:
    app = web.Application()
    aiohttp_flashbag.setup(app, CookieTransport(b"k" * 32))
    aiohttp_jinja2.setup(app, loader=DictLoader({"start": START, "page": PAGE}))
    app.middlewares.append(not_found_page)
    app.add_routes([web.get("/", show_start), web.get("/basket", show_basket)])
    app.add_routes([web.post("/buy", does(buy)), web.get("/poll", does())])
    return await serve(app)


@actions
async def test_b3_without_a_message_the_browser_uses_the_preloaded_page(
    tab: Tab, server: Server, action: str
) -> None:
    await tab.open(f"/?preload={action}")
    preload = await server.response("/basket", preload=True)
    assert (preload.status, action in preload.purpose) == (200, True)
    await tab.click(BASKET)
    assert await tab.text("h1") == "Basket"
    assert server.requests("/basket") == [preload]


@actions
async def test_b3_a_preload_does_not_consume_the_message(
    tab: Tab, server: Server, action: str
) -> None:
    await tab.open("/")
    await tab.evaluate(BUY)
    await tab.open(f"/?preload={action}")
    preload = await server.response("/basket", preload=True)
    assert (preload.status, action in preload.purpose) == (503, True)
    await tab.click(BASKET)
    assert await tab.texts(".flash") == [BOUGHT]
    assert (await server.response("/basket")).status == 200
    await tab.reload()
    assert await tab.texts(".flash") == []


@actions
async def test_b3_a_page_preloaded_before_the_flash_shows_it(
    tab: Tab, server: Server, action: str
) -> None:
    await tab.open(f"/?preload={action}")
    preload = await server.response("/basket", preload=True)
    assert (preload.status, action in preload.purpose) == (200, True)
    await tab.evaluate(BUY)
    await tab.click(BASKET)
    assert await tab.texts(".flash") == [BOUGHT]


async def test_1_a_broken_image_and_polls_leave_the_message_to_the_page_for_a_404(
    tab: Tab, server: Server
) -> None:
    await tab.open("/")
    await tab.evaluate(BUY)
    assert await tab.evaluate(BROKEN_IMAGE)
    assert [await tab.evaluate(POLL) for _ in range(3)] == [200] * 3
    assert [seen.status for seen in server.requests("/logo.png")] == [404]
    await tab.open("/nowhere")
    assert await tab.texts(".flash") == [BOUGHT]
    await tab.open("/basket")
    assert await tab.text("h1") == "Basket"
    assert await tab.texts(".flash") == []
