"""The interface to the browsers itself: what it hides must be the same behind it."""

from __future__ import annotations

import pytest
from aiohttp import web
from support.apps import does

from .conftest import Serve, Visit
from .engines import BrowserError, ChromiumTab, Engine, Tab
from .server import Server
from .site import make_site

BROKEN = """<!doctype html><link rel="icon" href="data:,">
<button onclick="nowhere()">Break</button>"""


@pytest.fixture
async def site(serve: Serve) -> Server:
    app = make_site()
    return await serve(app)


@pytest.fixture
async def tab(site: Server, visit: Visit) -> Tab:
    tab = await (await visit(site)).new_tab()
    await tab.open("/")
    return tab


async def test_a_script_that_fails_in_a_page_is_noted(engine: Engine, serve: Serve) -> None:
    broken = does(answer=lambda: web.Response(text=BROKEN, content_type="text/html"))
    app = web.Application()
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


async def test_values_of_scripts_and_promises_come_back(tab: Tab) -> None:
    assert await tab.evaluate("({list: [1, 'ü', null]})") == {"list": [1, "ü", None]}
    assert await tab.evaluate("Promise.resolve(2)") == 2
    assert await tab.evaluate("(a, b) => a + b", "x", "y") == "xy"
    assert await tab.evaluate("undefined") is None


@pytest.mark.parametrize("script", ["nowhere()", "Promise.reject(new Error('nowhere'))"])
async def test_a_script_of_a_test_that_fails_says_why(tab: Tab, script: str) -> None:
    with pytest.raises(BrowserError, match="nowhere"):
        await tab.evaluate(script)


async def test_tabs_of_a_browser_share_cookies_and_visitors_do_not(
    tab: Tab, visit: Visit, site: Server
) -> None:
    await tab.evaluate("document.cookie = 'name=value'")
    other = await tab.browser.new_tab()
    await other.open("/")
    assert await other.evaluate("document.cookie") == "name=value"
    assert await other.browser.cookies() == {"name": "value"}
    stranger = await (await visit(site)).new_tab()
    await stranger.open("/")
    assert await stranger.evaluate("document.cookie") == ""


@pytest.mark.parametrize("engine", ["chromium"], indirect=True)
async def test_the_system_can_be_light_or_dark(tab: ChromiumTab) -> None:
    for scheme in ("light", "dark"):
        await tab.color_scheme(scheme)
        assert await tab.evaluate(f"matchMedia('(prefers-color-scheme: {scheme})').matches")
