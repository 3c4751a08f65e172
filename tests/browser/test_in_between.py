"""What the browser asks for between the flash and the page does not eat the message."""

from __future__ import annotations

import pytest

from .conftest import Serve, Visit
from .engines import Tab
from .server import Server
from .shop import BASKET, BOUGHT, buy, make_shop

BROKEN_IMAGE = """new Promise((resolve) => {
  const image = new Image();
  image.onerror = () => resolve("broken");
  image.src = "/logo.png";
  document.body.append(image);
})"""
POLL = "fetch('/poll').then((response) => response.status)"


@pytest.fixture
async def shop(serve: Serve) -> Server:
    return await serve(make_shop())


@pytest.fixture
async def tab(shop: Server, visit: Visit) -> Tab:
    return await (await visit(shop)).new_tab()


async def test_a_broken_image_and_a_poll_do_not_eat_the_message(tab: Tab, shop: Server) -> None:
    await tab.open("/")
    await buy(tab)
    assert await tab.evaluate(BROKEN_IMAGE) == "broken"
    for _ in range(3):
        assert await tab.evaluate(POLL) == 200
    (image,) = shop.requests("/logo.png")
    assert (image.dest, image.status) == ("image", 404)
    assert {poll.dest for poll in shop.requests("/poll")} == {"empty"}
    await tab.click(BASKET)
    assert await tab.texts(".flash") == [BOUGHT]
    await tab.reload()
    assert await tab.text("h1") == "Basket"
    assert await tab.texts(".flash") == []


async def test_the_page_for_a_missing_page_shows_the_message(tab: Tab, shop: Server) -> None:
    await tab.open("/")
    await buy(tab)
    await tab.open("/nowhere")
    assert (await shop.answer("/nowhere")).status == 404
    assert await tab.texts(".flash") == [BOUGHT]
    await tab.open("/basket")
    assert await tab.text("h1") == "Basket"
    assert await tab.texts(".flash") == []
