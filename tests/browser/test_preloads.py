"""A page that the browser loads before anybody wants it: it eats nothing and hides nothing."""

from __future__ import annotations

import pytest

from .chromium import Page, expect
from .conftest import Open, Serve
from .server import Server
from .shop import BOUGHT, make_shop

actions = pytest.mark.parametrize("action", ["prefetch", "prerender"])


@pytest.fixture
async def shop(serve: Serve) -> Server:
    return await serve(make_shop())


@pytest.fixture
async def page(shop: Server, visitor: Open) -> Page:
    return await (await visitor(shop)).new_page()


async def buy(page: Page) -> None:
    """Leave a message that this page does not show."""
    await page.get_by_role("button", name="Buy").click()
    await expect(page.locator("output")).to_have_text("done")


async def open_basket(page: Page) -> None:
    """By the link, as a user does."""
    await page.get_by_role("link", name="Basket").click()
    await expect(page.get_by_role("heading", name="Basket")).to_be_visible()


@actions
async def test_b3_with_nothing_to_show_the_browser_takes_what_it_preloaded(
    page: Page, shop: Server, action: str
) -> None:
    await page.goto(f"/?preload={action}")
    preload = await shop.answer("/basket", preload=True)
    assert (preload.status, action in preload.purpose) == (200, True)
    await open_basket(page)
    assert shop.requests("/basket") == [preload]


@actions
async def test_b3_a_preload_does_not_eat_the_message(page: Page, shop: Server, action: str) -> None:
    await page.goto("/")
    await buy(page)
    await page.goto(f"/?preload={action}")
    preload = await shop.answer("/basket", preload=True)
    assert (preload.status, action in preload.purpose) == (503, True)
    await open_basket(page)
    await expect(page.locator(".flash")).to_have_text([BOUGHT])
    assert (await shop.answer("/basket")).status == 200
    await page.reload()
    await expect(page.locator(".flash")).to_have_count(0)


@actions
async def test_b3_a_page_preloaded_before_the_flash_shows_it_when_it_is_opened(
    page: Page, shop: Server, action: str
) -> None:
    await page.goto(f"/?preload={action}")
    preload = await shop.answer("/basket", preload=True)
    assert (preload.status, action in preload.purpose) == (200, True)
    await buy(page)
    await open_basket(page)
    await expect(page.locator(".flash")).to_have_text([BOUGHT])
