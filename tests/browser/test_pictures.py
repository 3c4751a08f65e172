"""The pictures of the documentation: see CONTRIBUTING.rst for what to do with them."""

from __future__ import annotations

from typing import Literal

import pytest

from .chromium import Page
from .test_demo import SCREENSHOTS, publish

WIDTH, HEIGHT = 1200, 620


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_a_picture_of_the_articles(page: Page, scheme: Literal["light", "dark"]) -> None:
    await page.set_viewport_size({"width": WIDTH, "height": HEIGHT})
    await page.emulate_media(color_scheme=scheme)
    await publish(page, "Bread")
    path = SCREENSHOTS / f"docs-articles-{scheme}.png"
    await page.screenshot(path=path, animations="disabled")
    assert path.stat().st_size > 0
