"""Chromium by Playwright, which some examples are written for, or a word on what to install."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import NoReturn

import pytest


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
ARGUMENTS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
expect.set_options(timeout=PATIENCE)


@asynccontextmanager
async def launched(without: Sequence[str] = ()) -> AsyncIterator[Browser]:
    """A browser with a fresh profile; `without` names arguments that Playwright shall not give."""
    path = shutil.which("chromium")
    if path is None:
        refuse("install chromium: apt-get install chromium")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=path, args=ARGUMENTS, ignore_default_args=list(without)
        )
        yield browser
        await browser.close()
