"""The pictures of the documentation: see CONTRIBUTING.rst for what to do with them."""

from __future__ import annotations

from typing import Literal

import pytest

from .engines import Tab
from .engines.chromium import ChromiumTab
from .steps import publish
from .test_demo import SCREENSHOTS, only_chromium

WIDTH, HEIGHT = 1200, 620


@only_chromium
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_a_picture_of_the_articles(tab: Tab, scheme: Literal["light", "dark"]) -> None:
    await tab.resize(WIDTH, HEIGHT)
    assert isinstance(tab, ChromiumTab)
    await tab.color_scheme(scheme)
    await publish(tab)
    SCREENSHOTS.mkdir(exist_ok=True)
    path = SCREENSHOTS / f"docs-articles-{scheme}.png"
    await tab.screenshot(path)
    assert path.stat().st_size > 0
