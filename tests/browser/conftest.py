"""Browsers, and the applications that they visit: the demo, unless a module serves its own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from aiohttp import web

from aiohttp_flashbag import CookieTransport, RedisTransport
from aiohttp_flashbag.transports import Transport

from .engines import ENGINES, Browser, Engine, Tab
from .server import Server
from .site import Site, make_app

if TYPE_CHECKING:
    from redis.asyncio import Redis

Serve = Callable[[web.Application], Awaitable[Server]]
Visit = Callable[[Server], Awaitable[Browser]]

in_each_engine = pytest.mark.parametrize("engine", ENGINES, indirect=True)
"""For stories that browsers could tell differently. Other tests run in Chromium alone."""


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker, also for a run of this folder alone."""
    config.addinivalue_line("markers", "slow: takes long, or needs a browser")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark each test of this folder as slow."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker("slow")


@pytest.fixture(scope="session")
def programs() -> Iterator[dict[str, Engine]]:
    """The browser programs that run. Each starts with its first test and stops after the last."""
    programs: dict[str, Engine] = {}
    yield programs
    for program in programs.values():
        program.stop()


@pytest.fixture(params=["chromium"])
def engine(request: pytest.FixtureRequest, programs: dict[str, Engine]) -> Engine:
    """A browser program. A parameter such as "webkit without bfcache" names another one."""
    if request.param not in programs:
        name, *without = request.param.split(" without ")
        program = ENGINES[name](*without)
        program.start()
        programs[request.param] = program
    return programs[request.param]


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """Serve an application until the test ends."""
    async with AsyncExitStack() as stack:

        async def run(app: web.Application) -> Server:
            return await stack.enter_async_context(Server(app).running())

        yield run


@pytest.fixture
async def server(serve: Serve) -> Server:
    """The demo, with an empty database."""
    from demo import main

    return await serve(main.make_app())


@pytest.fixture
async def visit(engine: Engine) -> AsyncIterator[Visit]:
    """Open the browser of another visitor. The test fails if a script of a page fails."""
    await engine.connect()
    yield lambda server: engine.new_browser(server.url)
    await engine.disconnect()
    assert engine.errors == []


@pytest.fixture
async def tab(visit: Visit, server: Server) -> Tab:
    """A tab of a new visitor, still empty."""
    return await (await visit(server)).new_tab()


@pytest.fixture
def transport(request: pytest.FixtureRequest) -> Transport:
    """Own cookies, or tickets for flashes in Redis if a test names them."""
    if getattr(request, "param", "cookies") == "tickets":
        redis: Redis = request.getfixturevalue("redis")
        return RedisTransport(redis)
    return CookieTransport(b"k" * 32)


@pytest.fixture
async def site(serve: Serve, visit: Visit, transport: Transport) -> Site:
    """The site of `site.py`, and the browser of a new visitor."""
    server = await serve(app := make_app(transport))
    return Site(app, server, await visit(server))
