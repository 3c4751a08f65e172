"""Chromium with Playwright, for the examples that are written for it."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from browser.engines.chromium import ARGUMENTS
from playwright.async_api import Browser, Page, async_playwright, expect
from support.services import refuse

__all__ = ["Browser", "Page", "expect", "launched"]

expect.set_options(timeout=10_000)  # milliseconds


@asynccontextmanager
async def launched() -> AsyncIterator[Browser]:
    """A browser with a fresh profile."""
    path = shutil.which("chromium") or refuse("chromium", "chromium")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        await browser.close()
