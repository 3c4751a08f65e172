"""The demo's own pages: a fetch, a stream, a preload, forms without scripts, and how they look."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from .chromium import Page, expect
from .conftest import Open
from .server import Server

Show = Callable[[Page], Awaitable[None]]
SCREENSHOTS = Path(__file__).parent.parent / "screenshots"
NARROW = 320  # CSS pixels: what remains of a usual window at 400 %
LEFT = "Preloaded or not, here is your message."


async def publish(page: Page, title: str) -> None:
    """Publish an article, which redirects back to the list."""
    await page.goto("/articles")
    await page.get_by_label("Title").fill(title)
    await page.get_by_label("Text").fill("one two three")
    await page.get_by_role("button", name="Publish").click()
    await expect(page.locator(".flash")).to_have_count(1)


async def test_the_ping_button_shows_a_message_without_a_page_load(
    page: Page, demo: Server
) -> None:
    await page.goto("/ping")
    await page.get_by_role("main").get_by_role("button", name="Ping").click()
    await expect(page.locator(".flash-success")).to_have_text(re.compile(r"^Pong at .* success\.$"))
    assert [seen.dest for seen in demo.requests("/api/ping")] == ["empty"]
    assert len(demo.requests("/ping")) == 1
    await page.reload()
    await expect(page.locator(".flash")).to_have_count(0)


@pytest.mark.parametrize(
    ("path", "button", "text"),
    [("/ping", "Ping", "Pong at "), ("/preload", "Leave a message", LEFT)],
)
async def test_the_forms_work_without_scripts(
    demo: Server, visitor: Open, path: str, button: str, text: str
) -> None:
    page = await (await visitor(demo, scripts=False)).new_page()
    await page.goto(path)
    await page.get_by_role("main").get_by_role("button", name=button).click()
    await expect(page.locator(".flash")).to_contain_text(text)
    await page.reload()
    await expect(page.locator(".flash")).to_have_count(0)


async def test_b6_a_streamed_page_shows_its_message_once(page: Page) -> None:
    for title in ("Bread", "Wine"):
        await publish(page, title)
    await page.goto("/report")
    await page.locator("form[action='/report'] button").click()
    await expect(page.locator(".flash")).to_have_text("Your report is on its way, line by line.")
    await expect(page.locator(".report li")).to_contain_text(["Wine", "Bread"])
    await expect(page.get_by_text("End of the report.")).to_be_visible()
    await page.reload()
    await expect(page.get_by_text("End of the report.")).to_be_visible()
    await expect(page.locator(".flash")).to_have_count(0)


async def test_b3_articles_preloaded_before_a_message_was_left_show_it(
    page: Page, demo: Server
) -> None:
    await page.goto("/preload")
    assert (await demo.answer("/articles", preload=True)).status == 200
    await page.get_by_role("button", name="Leave a message").click()
    await expect(page.locator("output")).to_contain_text("A message is waiting")
    await page.get_by_role("link", name="Open the articles").click()
    await expect(page.locator(".flash")).to_have_text(LEFT)
    await page.reload()
    await expect(page.locator(".flash")).to_have_count(0)


async def hello(page: Page) -> None:
    await page.goto("/")
    await page.get_by_role("button", name="Say hello").click()
    await expect(page.locator(".field-error")).to_have_count(1)


async def articles(page: Page) -> None:
    await publish(page, "Bread")


async def login(page: Page) -> None:
    await page.goto("/login")
    await page.get_by_role("main").get_by_role("button", name="Log in").click()
    await expect(page.locator(".field-error")).to_have_count(2)


async def ping(page: Page) -> None:
    await page.goto("/ping")
    await page.get_by_role("radio", name="error").check()
    await page.get_by_role("main").get_by_role("button", name="Ping").click()
    await expect(page.locator(".flash-error")).to_be_visible()


async def report(page: Page) -> None:
    await publish(page, "Bread")
    await page.goto("/report")


async def preload(page: Page) -> None:
    await page.goto("/preload")


async def not_found(page: Page) -> None:
    await page.goto("/nowhere")


@pytest.mark.parametrize("show", [hello, articles, login, ping, report, preload, not_found])
async def test_a_screenshot_of_each_page(page: Page, show: Show) -> None:
    await show(page)
    name = show.__name__
    path = SCREENSHOTS / f"{name}.png"
    await page.screenshot(path=path, full_page=True, animations="disabled")
    assert path.stat().st_size > 0
    await page.set_viewport_size({"width": NARROW, "height": 640})
    width = await page.evaluate("document.documentElement.scrollWidth")
    assert width <= NARROW, "the page scrolls sideways"
