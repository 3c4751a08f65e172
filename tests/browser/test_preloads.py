"""A page that the browser loads before anybody wants it: it eats nothing and hides nothing."""

from __future__ import annotations

import pytest

from .conftest import Serve, Visit
from .engines import Tab
from .server import Server
from .shop import BASKET, BOUGHT, buy, make_shop

actions = pytest.mark.parametrize("action", ["prefetch", "prerender"])
pytestmark = pytest.mark.parametrize("engine", ["chromium"], indirect=True)  # others never preload


@pytest.fixture
async def shop(serve: Serve) -> Server:
    return await serve(make_shop())


@pytest.fixture
async def tab(shop: Server, visit: Visit) -> Tab:
    return await (await visit(shop)).new_tab()


async def open_basket(tab: Tab) -> None:
    """By the link, as a user does."""
    await tab.click(BASKET)
    assert await tab.text("h1") == "Basket"


@actions
async def test_b3_with_nothing_to_show_the_browser_takes_what_it_preloaded(
    tab: Tab, shop: Server, action: str
) -> None:
    await tab.open(f"/?preload={action}")
    preload = await shop.answer("/basket", preload=True)
    assert (preload.status, action in preload.purpose) == (200, True)
    await open_basket(tab)
    assert shop.requests("/basket") == [preload]


@actions
async def test_b3_a_preload_does_not_eat_the_message(tab: Tab, shop: Server, action: str) -> None:
    await tab.open("/")
    await buy(tab)
    await tab.open(f"/?preload={action}")
    preload = await shop.answer("/basket", preload=True)
    assert (preload.status, action in preload.purpose) == (503, True)
    await open_basket(tab)
    assert await tab.texts(".flash") == [BOUGHT]
    assert (await shop.answer("/basket")).status == 200
    await tab.reload()
    assert await tab.texts(".flash") == []


@actions
async def test_b3_a_page_preloaded_before_the_flash_shows_it_when_it_is_opened(
    tab: Tab, shop: Server, action: str
) -> None:
    await tab.open(f"/?preload={action}")
    preload = await shop.answer("/basket", preload=True)
    assert (preload.status, action in preload.purpose) == (200, True)
    await buy(tab)
    await open_basket(tab)
    assert await tab.texts(".flash") == [BOUGHT]
