"""The names that the code of a page defines, and clients of applications made of them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import aiohttp
import aiohttp_session
import prometheus_client
import pytest
from aiohttp import web
from aiohttp_session import AbstractStorage
from support.apps import AiohttpClient, Client

import aiohttp_flashbag
from aiohttp_flashbag import flash_redirect, get_flashed_messages

from .pages import run

Serve = Callable[..., Awaitable[Client]]
Visit = Callable[..., Awaitable[Client]]


@pytest.fixture(autouse=True)
def metrics() -> Iterator[None]:
    """Unregister the counters of a page, so that the next test can define them again."""
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
def page(request: pytest.FixtureRequest) -> str:
    """The page that a test is about: `PAGE` of its module, unless it is parametrized."""
    page: str = getattr(request, "param", request.module.PAGE)
    return page


@pytest.fixture
def names(page: str) -> dict[str, Any]:
    """The names that the Python blocks of the page define."""
    return run(page)


@pytest.fixture
def serve(
    aiohttp_client: AiohttpClient, names: dict[str, Any], encrypted_storage: AbstractStorage
) -> Serve:
    """Serve handlers of the page under their names, some for GET and some for POST."""

    async def start(get: str = "", post: str = "", templates: Any = None) -> Client:
        app = web.Application()
        aiohttp_session.setup(app, encrypted_storage)
        aiohttp_flashbag.setup(app)
        if templates is not None:
            import aiohttp_jinja2

            aiohttp_jinja2.setup(app, loader=templates)
        for name in get.split():
            app.router.add_get(f"/{name}", names[name])
        for name in post.split():
            app.router.add_post(f"/{name}", names[name])
        return await aiohttp_client(app)

    return start


async def save(request: web.Request) -> web.Response:
    raise flash_redirect(request, "/", "Article created.")


async def show(request: web.Request) -> web.Response:
    return web.json_response(get_flashed_messages(request))


@pytest.fixture
def visit(aiohttp_client: AiohttpClient) -> Visit:
    """Serve an application of the page, which flashes at `POST /` and shows at `GET /`."""

    async def start(app: web.Application, jar: Any = None) -> Client:
        app.add_routes([web.get("/", show), web.post("/", save)])
        return await aiohttp_client(app, cookie_jar=jar)

    return start


async def send(client: Client, path: str, **form: str) -> aiohttp.ClientResponse:
    """Post a form, without following a redirect."""
    return await client.post(path, data=form, allow_redirects=False)


async def see(client: Client, path: str) -> Any:
    """Return the text of a page, or the data of its JSON."""
    response = await client.get(path)
    assert response.status == 200, path
    return await (response.json() if "json" in response.content_type else response.text())
