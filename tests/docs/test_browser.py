"""docs/browser.rst and docs/browser_reference.rst: the helper in pages of several kinds."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from browser.server import Server

from .chromium import Browser, Page, expect
from .pages import ROOT, block

PAGE = "docs/browser.rst"
REFERENCE = "docs/browser_reference.rst"
LIKE = "fetch('/like', {method: 'POST'})"

only = pytest.mark.parametrize
TEMPLATE = block(PAGE, "html+jinja", "flashbag_script")
NOTES = block(PAGE, "html+jinja", 'class="note"')
OWN = block(PAGE, "html+jinja", 'data-flash="')
RENDERED = "<div data-flashes>{{ render_flashed_messages() }}</div>"
SCRIPT = "{{ flashbag_script() }}"
WITH_NONCE = "{{ flashbag_script(nonce=csp_nonce) }}"
TEMPLATES = {
    "rendered": TEMPLATE,
    "cached": TEMPLATE,
    "strict": TEMPLATE.replace(SCRIPT, WITH_NONCE),
    "own markup": TEMPLATE.replace(RENDERED, OWN),
    "notes": TEMPLATE.replace(RENDERED, NOTES),
}


@pytest.fixture(params=["rendered", "cached", "strict", "own markup"])
def app(request: pytest.FixtureRequest, names: dict[str, Any]) -> web.Application:
    """The application of the page, in one of the ways that the page shows."""
    assert RENDERED in TEMPLATE
    assert SCRIPT in TEMPLATE
    assert WITH_NONCE in (ROOT / PAGE).read_text(encoding="utf-8")
    names["PAGE"] = TEMPLATES[request.param]
    if request.param in ("cached", "strict"):
        names["show"] = names[request.param]
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


@only("app", ["notes"], indirect=True)
async def test_markup_with_an_id_alone_gets_no_button(page: Page) -> None:
    await page.get_by_role("button", name="Save").click()
    await expect(page.locator(".note")).to_have_text("Saved.")
    await expect(page.get_by_role("button")).to_have_count(2)
    await page.goto("/")
    await expect(page.locator(".note")).to_have_count(0)


@only("app", ["rendered"], indirect=True)
async def test_a_script_asks_for_json_and_reports(page: Page, server: Server) -> None:
    code = block(PAGE, "javascript", "application/json")
    await page.evaluate("window.showToast = (...toast) => toasts.push(toast); window.toasts = [];")
    ask = f"(async () => {{ {code} return messages; }})()"
    assert await page.evaluate(ask) == []
    await page.evaluate(LIKE)
    (message,) = await page.evaluate(ask)
    assert message.pop("id")
    assert message == {"message": "You like this.", "category": "info", "data": {}}
    assert await page.evaluate(ask) == []
    assert await page.evaluate("toasts") == [["You like this.", "info"]]
    statuses = [seen.status for seen in server.requests("/flashbag/messages")]
    assert statuses == [204, 200, 204, 204]


@only("app", ["rendered"], indirect=True)
async def test_a_message_costs_two_requests_and_a_page_without_one_none(
    page: Page, server: Server
) -> None:
    assert server.requests("/flashbag/messages") == []
    await page.evaluate(LIKE)
    await page.evaluate("flashbag.collect()")
    await page.goto("/")
    assert [seen.status for seen in server.requests("/flashbag/messages")] == [200, 204]


@only("app", ["rendered"], indirect=True)
async def test_the_element_is_what_the_reference_shows(page: Page) -> None:
    shown = block(REFERENCE, "html", "flashbag.js").strip()
    source = re.sub(r"\?v=\w+", "?v=...", await page.content())
    assert shown in source


@only("app", ["rendered"], indirect=True)
async def test_the_markup_is_what_the_reference_shows(page: Page) -> None:
    look = """html => [...new DOMParser().parseFromString(html, "text/html").querySelectorAll(
        "[data-flash], [data-flash] *")].map((e) => [e.localName, ...[...e.attributes].map(
        ({name, value}) => name === "data-flash-id" ? name : `${name}=${value}`).sort()])"""
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("status")).to_have_text("Saved.")
    shown = await page.evaluate(look, block(REFERENCE, "html", "flash-success"))
    assert await page.evaluate(look, await page.content()) == shown


@only("app", ["rendered"], indirect=True)
async def test_without_the_script_the_lines_fill_the_region_anew(page: Page) -> None:
    await page.set_content('<div data-flash role="status">Saved.</div>')
    look = "document.querySelector('[data-flash]').textContent"
    assert await page.evaluate(block(PAGE, "javascript", "pageshow") + look) == ""
    await expect(page.get_by_role("status")).to_have_text("Saved.")
