"""Browsers, the demo that they visit, and applications of the tests' own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack

import pytest
from aiohttp import web

from .engines import ENGINES, Browser, Engine, Tab
from .server import Server

Serve = Callable[[web.Application], Awaitable[Server]]
Visit = Callable[[Server], Awaitable[Browser]]


@pytest.fixture(scope="session", params=ENGINES)
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """Each browser program in turn; a test may name one, and what it shall be without."""
    name, *without = request.param.split(" without ")
    engine = ENGINES[name](*without)
    engine.start()
    yield engine
    engine.stop()


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
async def visit(engine: Engine) -> AsyncIterator[Visit]:
    """Open the browser of another visitor at a server; no script in its pages may fail."""
    await engine.connect()
    yield lambda server: engine.new_browser(server.url)
    await engine.disconnect()
    assert engine.errors == []


@pytest.fixture
async def tab(visit: Visit, demo: Server) -> Tab:
    """A tab at the demo."""
    return await (await visit(demo)).new_tab()
