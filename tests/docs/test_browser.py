"""docs/browser.rst: a page with the script, from a cache too, and scripts of the page's own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from browser.server import Server

from .chromium import Page, expect, launched
from .pages import block, built

PAGE = "docs/browser.rst"

pytestmark = built(PAGE, "setup_browser")


@pytest.fixture(params=["rendered", "cached"])
def app(request: pytest.FixtureRequest, names: dict[str, Any]) -> web.Application:
    """The application of the page: with messages in the page, or with the page in a cache."""
    if request.param == "rendered":
        names["PAGE"] = block(PAGE, "html+jinja", "data-flashes")
    else:
        names["show"] = names["cached"]
    assert names["save"]
    assert names["like"]
    app: web.Application = names["make_app"]()
    return app


@pytest.fixture
async def page(app: web.Application) -> AsyncIterator[Page]:
    async with Server(app).running() as server, launched() as browser:
        context = await browser.new_context(base_url=server.url)
        page = await context.new_page()
        await page.goto("/")
        yield page


async def test_a_message_is_shown_once_with_a_close_button(page: Page) -> None:
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("status")).to_have_text("Saved.")
    await page.locator(".flash-close").click()
    await expect(page.locator("[data-flash]")).to_have_count(0)
    await page.goto("/")
    await expect(page.locator("[data-flash]")).to_have_count(0)


async def test_a_script_of_the_page_shows_what_a_fetch_flashed(page: Page) -> None:
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))  # and what Chromium notes
    await page.evaluate(block(PAGE, "javascript", "collect"))
    await page.get_by_role("button", name="Like").click()
    await expect(page.get_by_role("status")).to_have_text("You like this.")
    assert "info You like this. undefined" in said


@pytest.mark.parametrize("app", ["rendered"], indirect=True)
async def test_the_markup_has_the_classes_that_the_page_names(page: Page) -> None:
    await page.get_by_role("button", name="Save").click()
    flash = page.locator("[data-flashes] .flash.flash-success")
    await expect(flash.get_by_role("status")).to_have_text("Saved.")
    await expect(flash.locator("button.flash-close")).to_have_attribute("aria-label", "Close")
    assert "flash-close" in block(PAGE, "html", "flash-success")


@pytest.mark.parametrize("app", ["rendered"], indirect=True)
async def test_without_the_script_the_lines_fill_the_region_anew(page: Page) -> None:
    await page.set_content('<div data-flash role="status">Saved.</div>')
    look = "document.querySelector('[data-flash]').textContent"
    assert await page.evaluate(block(PAGE, "javascript", "pageshow") + look) == ""
    await expect(page.get_by_role("status")).to_have_text("Saved.")
