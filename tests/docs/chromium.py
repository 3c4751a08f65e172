"""Chromium by Playwright, which some examples are written for, or a word on what to install."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NoReturn

import pytest
from browser.engines.chromium import ARGUMENTS


def refuse(reason: str) -> NoReturn:
    """Skip what cannot run here; where CI is set, that is a failure."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason, allow_module_level=True)


try:
    from playwright.async_api import Browser, Page, async_playwright, expect
except ImportError:
    refuse("install Playwright: pip install playwright")

__all__ = ["Browser", "Page", "expect", "launched", "refuse"]

PATIENCE = 10_000  # milliseconds until what does not happen fails the test
expect.set_options(timeout=PATIENCE)


@asynccontextmanager
async def launched() -> AsyncIterator[Browser]:
    """A browser with a fresh profile."""
    path = shutil.which("chromium")
    if path is None:
        refuse("install chromium: apt-get install chromium")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        await browser.close()
