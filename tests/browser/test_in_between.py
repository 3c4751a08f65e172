"""What the browser asks for between the flash and the page does not eat the message."""

from __future__ import annotations

from .chromium import expect
from .conftest import Open, Serve
from .shop import BOUGHT, make_shop

BROKEN_IMAGE = """new Promise((resolve) => {
  const image = new Image();
  image.onerror = () => resolve("broken");
  image.src = "/logo.png";
  document.body.append(image);
})"""
POLL = "fetch('/poll').then((response) => response.status)"


async def test_a_broken_image_and_a_poll_do_not_eat_the_message(
    serve: Serve, visitor: Open
) -> None:
    shop = await serve(make_shop())
    page = await (await visitor(shop)).new_page()
    await page.goto("/")
    await page.get_by_role("button", name="Buy").click()
    await expect(page.locator("output")).to_have_text("done")
    assert await page.evaluate(BROKEN_IMAGE) == "broken"
    for _ in range(3):
        assert await page.evaluate(POLL) == 200
    (image,) = shop.requests("/logo.png")
    assert (image.dest, image.status) == ("image", 404)
    assert {poll.dest for poll in shop.requests("/poll")} == {"empty"}
    await page.get_by_role("link", name="Basket").click()
    await expect(page.locator(".flash")).to_have_text([BOUGHT])
    await page.reload()
    await expect(page.get_by_role("heading", name="Basket")).to_be_visible()
    await expect(page.locator(".flash")).to_have_count(0)


async def test_the_page_for_a_missing_page_shows_the_message(serve: Serve, visitor: Open) -> None:
    page = await (await visitor(await serve(make_shop()))).new_page()
    await page.goto("/")
    await page.get_by_role("button", name="Buy").click()
    await expect(page.locator("output")).to_have_text("done")
    response = await page.goto("/nowhere")
    assert response is not None
    assert response.status == 404
    await expect(page.locator(".flash")).to_have_text([BOUGHT])
    await page.goto("/basket")
    await expect(page.get_by_role("heading", name="Basket")).to_be_visible()
    await expect(page.locator(".flash")).to_have_count(0)
