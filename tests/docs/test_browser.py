"""docs/browser.rst: a page with the script, from a cache too, and scripts of the page's own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from browser.server import Server

from .chromium import Browser, Page, expect
from .pages import block

PAGE = "docs/browser.rst"
LIKE = "fetch('/like', {method: 'POST'})"

only = pytest.mark.parametrize
TEMPLATE = block(PAGE, "html+jinja", "flashbag_script")
OWN = block(PAGE, "html+jinja", "get_flashed_messages")
RENDERED = "<div data-flashes>{{ render_flashed_messages() }}</div>"


@pytest.fixture(params=["rendered", "cached", "own markup"])
def app(request: pytest.FixtureRequest, names: dict[str, Any]) -> web.Application:
    """The application of the page: as shown first, with a cache, or with markup of its own."""
    assert RENDERED in TEMPLATE
    names["PAGE"] = TEMPLATE.replace(RENDERED, OWN) if request.param == "own markup" else TEMPLATE
    if request.param == "cached":
        names["show"] = names["cached"]
    assert names["save"]
    assert names["like"]
    app: web.Application = names["make_app"]()
    return app


@pytest.fixture
async def server(app: web.Application) -> AsyncIterator[Server]:
    async with Server(app).running() as server:
        yield server


@pytest.fixture
async def page(server: Server, chromium: Browser) -> Page:
    context = await chromium.new_context(base_url=server.url)
    page = await context.new_page()
    await page.goto("/")
    return page


async def test_a_message_is_shown_once_with_a_close_button(page: Page) -> None:
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("status")).to_have_text("Saved.")
    await page.locator(".flash-close").click()
    await expect(page.locator("[data-flash]")).to_have_count(0)
    await page.goto("/")
    await expect(page.locator("[data-flash]")).to_have_count(0)


@only("app", ["cached"], indirect=True)
async def test_a_page_from_the_cache_shows_what_is_pending(page: Page, server: Server) -> None:
    await page.evaluate(LIKE)
    cookies = [each.get("name") for each in await page.context.cookies()]
    assert "AIOHTTP_FLASHBAG_PENDING" in cookies
    await page.goto("/")
    await expect(page.get_by_role("status")).to_have_text("You like this.")
    assert len(server.requests("/")) == 1


async def test_a_script_of_the_page_shows_what_a_fetch_flashed(page: Page) -> None:
    await page.evaluate(block(PAGE, "javascript", "collect"))
    await page.get_by_role("button", name="Like").click()
    await expect(page.get_by_role("status")).to_have_text("You like this.")


@only("app", ["rendered", "cached"], indirect=True)
async def test_a_page_shows_messages_in_its_own_way(page: Page) -> None:
    toast = "window.toasts = []; window.showToast = (...toast) => toasts.push(toast);\n"
    await page.add_init_script(toast + block(PAGE, "javascript", "preventDefault"))
    await page.get_by_role("button", name="Save").click()
    await page.wait_for_function("toasts.length > 0")
    await expect(page.locator("[data-flash]")).to_have_count(0)
    assert await page.evaluate("toasts") == [["Saved.", "success", "/undo"]]


async def test_the_endpoint_gives_json(page: Page) -> None:
    ask = f"(async () => {{ {block(PAGE, 'javascript', 'application/json')} return messages; }})()"
    assert await page.evaluate(ask) == []
    await page.evaluate(LIKE)
    (message,) = await page.evaluate(ask)
    assert message.pop("id")
    assert message == {"message": "You like this.", "category": "info", "data": {}}
    assert await page.evaluate(ask) == []


@only("app", ["rendered"], indirect=True)
async def test_the_markup_is_what_the_page_shows(page: Page) -> None:
    look = """html => [...new DOMParser().parseFromString(html, "text/html").querySelectorAll(
        "[data-flash], [data-flash] *")].map((e) => [e.localName, ...[...e.attributes].map(
        ({name, value}) => name === "data-flash-id" ? name : `${name}=${value}`).sort()])"""
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("status")).to_have_text("Saved.")
    shown = await page.evaluate(look, block(PAGE, "html", "flash-success"))
    assert await page.evaluate(look, await page.content()) == shown


@only("app", ["rendered"], indirect=True)
async def test_without_the_script_the_lines_fill_the_region_anew(page: Page) -> None:
    await page.set_content('<div data-flash role="status">Saved.</div>')
    look = "document.querySelector('[data-flash]').textContent"
    assert await page.evaluate(block(PAGE, "javascript", "pageshow") + look) == ""
    await expect(page.get_by_role("status")).to_have_text("Saved.")
