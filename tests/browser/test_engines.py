"""The interface to the engines hides their differences."""

from __future__ import annotations

import pytest
from aiohttp import web
from support.apps import does

from .conftest import Serve, Visit, in_each_engine
from .engines import BrowserError, Engine
from .site import Site

BROKEN = """<!doctype html><link rel="icon" href="data:,">
<button onclick="nowhere()">Break</button>"""


@in_each_engine
async def test_an_error_in_a_script_of_a_page_is_noted(engine: Engine, serve: Serve) -> None:
    app = web.Application()
    broken = does(answer=lambda: web.Response(text=BROKEN, content_type="text/html"))
    app.add_routes([web.get("/", broken)])
    server = await serve(app)
    await engine.connect()
    tab = await (await engine.new_browser(server.url)).new_tab()
    await tab.open("/")
    await tab.click("button", wait=False)
    await tab.evaluate("1")
    await engine.disconnect()
    (error,) = engine.errors
    assert "nowhere" in error


@in_each_engine
async def test_scripts_of_a_test_return_json_or_raise(site: Site) -> None:
    (tab,) = await site.tabs("/")
    assert await tab.evaluate("({list: [1, 'ü', null]})") == {"list": [1, "ü", None]}
    assert await tab.evaluate("Promise.resolve(2)") == 2
    assert await tab.evaluate("(a, b) => a + b", "x", "y") == "xy"
    assert await tab.evaluate("undefined") is None
    for script in ("nowhere()", "Promise.reject(new Error('nowhere'))"):
        with pytest.raises(BrowserError, match="nowhere"):
            await tab.evaluate(script)


@in_each_engine
async def test_tabs_of_a_browser_share_cookies_and_visitors_do_not(
    site: Site, visit: Visit
) -> None:
    first, second = await site.tabs("/", "/")
    await first.evaluate("document.cookie = 'name=value'")
    assert await second.evaluate("document.cookie") == "name=value"
    assert await site.browser.cookies() == {"name": "value"}
    stranger = await (await visit(site.server)).new_tab()
    await stranger.open("/")
    assert await stranger.evaluate("document.cookie") == ""
