"""A message is shown once: after the redirect, and not by Reload, Back or a second tab."""

from __future__ import annotations

import pytest

from .chromium import Page, expect
from .server import Server

WITH_CACHE = ["--disable-back-forward-cache"]  # Playwright's own argument, left away
caches = pytest.mark.parametrize("without", [[], WITH_CACHE], ids=["no bfcache", "bfcache"])
PUBLISHED = "“Bread” is published."


async def publish(page: Page, title: str = "Bread") -> None:
    """Publish an article, which redirects back to the list."""
    await page.goto("/articles")
    await page.get_by_label("Title").fill(title)
    await page.get_by_role("button", name="Publish").click()


async def leave_message(page: Page) -> str:
    """Let the page flash a message by a fetch that does not show it."""
    await page.evaluate("fetch('/api/preload', {method: 'POST'}).then(r => r.text())")
    return "Preloaded or not, here is your message."


async def test_after_the_redirect_the_message_is_there_and_after_a_reload_it_is_gone(
    page: Page, demo: Server
) -> None:
    await publish(page)
    await expect(page.locator(".flash")).to_have_text([PUBLISHED])
    assert [(s.method, s.status) for s in demo.requests("/articles")][-2:] == [
        ("POST", 303),
        ("GET", 200),
    ]
    await page.reload()
    await expect(page.get_by_role("heading", name="Bread")).to_be_visible()
    await expect(page.locator(".flash")).to_have_count(0)


async def test_two_actions_in_two_tabs_show_each_its_own_message(page: Page) -> None:
    other = await page.context.new_page()
    await publish(page)
    await expect(page.locator(".flash")).to_have_text([PUBLISHED])
    await publish(other, "Wine")
    await expect(other.locator(".flash")).to_have_text(["“Wine” is published."])
    await page.reload()
    await expect(page.locator(".flash")).to_have_count(0)


async def test_of_two_tabs_the_first_one_that_loads_shows_the_message(page: Page) -> None:
    other = await page.context.new_page()
    await page.goto("/ping")
    await other.goto("/ping")
    text = await leave_message(page)
    await other.reload()
    await expect(other.locator(".flash")).to_have_text([text])
    await page.reload()
    await expect(page.locator(".flash")).to_have_count(0)


@caches
async def test_back_does_not_show_it_again(page: Page) -> None:
    await publish(page)
    await expect(page.locator(".flash")).to_have_text([PUBLISHED])
    await page.get_by_role("link", name="Ping").click()
    await page.wait_for_url("**/ping")
    await page.go_back(wait_until="commit")
    await expect(page.get_by_role("heading", name="Bread")).to_be_visible()
    await expect(page.locator(".flash")).to_have_count(0)
    await page.go_forward(wait_until="commit")
    await expect(page.locator(".flash")).to_have_count(0)


@pytest.mark.parametrize("without", [WITH_CACHE], ids=["bfcache"])
async def test_back_to_a_page_that_was_kept_whole_does_not_show_it_again(page: Page) -> None:
    await page.goto("/ping")
    await page.evaluate("window.kept = true")
    await page.get_by_role("button", name="Ping").click()
    await expect(page.locator(".flash")).to_have_count(1)
    await page.get_by_role("link", name="Report").click()
    await page.wait_for_url("**/report")
    await page.go_back(wait_until="commit")
    assert await page.evaluate("window.kept") is True
    await expect(page.locator(".flash")).to_have_count(0)
