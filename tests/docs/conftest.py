"""What a page's code defines, and clients of applications made of it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import aiohttp
import aiohttp_session
import prometheus_client
import pytest
from aiohttp import web
from aiohttp_session import AbstractStorage
from support.apps import AiohttpClient, Client, transport_beside

import aiohttp_flashbag

from .pages import run

Serve = Callable[..., Awaitable[Client]]


@pytest.fixture(autouse=True)
def metrics() -> Iterator[None]:
    """Forget the counters of a page: the next test that runs it may define them again."""
    registry = prometheus_client.REGISTRY
    before = {*registry._collector_to_names}
    yield
    for collector in {*registry._collector_to_names} - before:
        registry.unregister(collector)


@pytest.fixture
async def chromium() -> AsyncIterator[Any]:
    """A browser with a fresh profile."""
    from .chromium import launched  # needs Playwright

    async with launched() as browser:
        yield browser


@pytest.fixture
def names(request: pytest.FixtureRequest) -> dict[str, Any]:
    """What the Python blocks of the page define: `PAGE` of the test's module."""
    return run(request.module.PAGE)


@pytest.fixture
def serve(aiohttp_client: AiohttpClient, names: dict[str, Any], storage: AbstractStorage) -> Serve:
    """Serve handlers of the page, each at its name: some by GET, some by POST."""

    async def start(get: str = "", post: str = "", templates: Any = None) -> Client:
        app = web.Application()
        aiohttp_session.setup(app, storage)
        aiohttp_flashbag.setup(app, transport_beside(storage))
        if templates is not None:
            import aiohttp_jinja2

            aiohttp_jinja2.setup(app, loader=templates)
        for name in get.split():
            app.router.add_get(f"/{name}", names[name])
        for name in post.split():
            app.router.add_post(f"/{name}", names[name])
        return await aiohttp_client(app, cookie_jar=aiohttp.CookieJar(unsafe=True))

    return start


async def send(client: Client, path: str, **form: str) -> aiohttp.ClientResponse:
    """Post a form, and stay where it is answered."""
    return await client.post(path, data=form, allow_redirects=False)


async def see(client: Client, path: str) -> Any:
    """What a page says: text, or the data of its JSON."""
    response = await client.get(path)
    assert response.status == 200, path
    return await (response.json() if "json" in response.content_type else response.text())
