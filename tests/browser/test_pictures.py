"""Pictures of the demo, two of them for the documentation, and the layout of each page."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest
from support.templating import allow_processors

from .engines import ChromiumTab
from .test_demo import publish

pytestmark = allow_processors
SCREENSHOTS = Path(__file__).parent.parent / "screenshots"
WIDTHS = (320, 360, 1200)  # 320 CSS pixels remain of a usual window at 400 %
STICKING_OUT = """[...document.querySelectorAll(".card *")].filter((each) =>
  each.getBoundingClientRect().right > each.closest(".card").getBoundingClientRect().right
).map((each) => each.outerHTML)"""
# For each page its path, and the buttons that a visitor clicks before the picture.
PAGES = {
    "hello": ["/"],
    "hello_error": ["/", "main form[action='/'] button"],
    "articles": ["/articles", "form[action='/articles'] button"],
    "forms": ["/forms", "form[action='/forms/news'] button"],
    "tabs": ["/tabs"],
    "login": ["/login", "main form[action='/login'] button"],
    "fetch": ["/fetch"],
    "export": ["/export"],
    "more": ["/more"],
    "report": ["/report"],
    "preload": ["/preload"],
    "cached": ["/cached"],
    "htmx": ["/htmx/2"],
    "turbo": ["/turbo"],
    "observer": ["/observer", *(f"button[value={do}]" for do in ("message", "early", "unread"))],
    "not_found": ["/nowhere"],
}


async def take_picture(tab: ChromiumTab, name: str, width: int, scheme: str) -> None:
    """Write a picture of the page, and check that its parts fit the width."""
    await tab.resize(width, 620)
    await tab.color_scheme(scheme)
    SCREENSHOTS.mkdir(exist_ok=True)
    await tab.screenshot(SCREENSHOTS / f"{name}-{scheme}.png")
    assert await tab.evaluate("document.documentElement.scrollWidth") <= width
    assert await tab.evaluate(STICKING_OUT) == []


@pytest.mark.parametrize("page", PAGES)
async def test_no_page_scrolls_sideways(tab: ChromiumTab, page: str) -> None:
    path, *buttons = PAGES[page]
    await tab.open(path)
    for button in buttons:
        await tab.click(button)
    for width, scheme in product(WIDTHS, ("light", "dark")):
        await take_picture(tab, f"{page}-{width}", width, scheme)


async def test_the_documentation_has_a_light_and_a_dark_picture(tab: ChromiumTab) -> None:
    await tab.resize(1200, 620)
    await publish(tab)
    for scheme in ("light", "dark"):
        await take_picture(tab, "docs-articles", 1200, scheme)
