"""A browser, the demo that it visits, and applications of the tests' own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import pytest
from aiohttp import web

from .server import Server

if TYPE_CHECKING:
    from playwright.async_api import Browser, BrowserContext, Page

Serve = Callable[[web.Application], Awaitable[Server]]
Open = Callable[..., Awaitable["BrowserContext"]]


@pytest.fixture
def without() -> Sequence[str]:
    """Arguments that Playwright shall not give to Chromium; a test parametrizes it."""
    return ()


@pytest.fixture
async def browser(without: Sequence[str]) -> AsyncIterator[Browser]:
    """Chromium with a fresh profile."""
    from .chromium import launched

    async with launched(without) as browser:
        yield browser


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """Serve an application until the test ends."""
    async with AsyncExitStack() as stack:

        async def run(app: web.Application) -> Server:
            return await stack.enter_async_context(Server(app).running())

        yield run


@pytest.fixture
async def demo(serve: Serve) -> Server:
    """The demo, with an empty database."""
    from demo.main import make_app

    return await serve(make_app())


@pytest.fixture
async def visitor(browser: Browser) -> AsyncIterator[Open]:
    """Somebody's browser window at a server; no script in it may fail."""
    from .chromium import PATIENCE

    failures: list[str] = []

    async def open_window(server: Server, *, scripts: bool = True) -> BrowserContext:
        context = await browser.new_context(base_url=server.url, java_script_enabled=scripts)
        context.set_default_timeout(PATIENCE)
        context.on("weberror", lambda error: failures.append(str(error.error)))
        return context

    yield open_window
    assert failures == []


@pytest.fixture
async def page(visitor: Open, demo: Server) -> Page:
    """A tab at the demo."""
    return await (await visitor(demo)).new_page()
