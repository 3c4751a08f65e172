"""A template without the request in its context finds the request that is being handled."""

from __future__ import annotations

import aiohttp_jinja2
import aiohttp_session
import pytest
from aiohttp import web
from aiohttp.typedefs import Handler
from aiohttp_session import AbstractStorage
from jinja2 import DictLoader
from support.apps import FLASHBAG_ROUTES, AiohttpClient, Client, does
from support.overlap import Gate
from support.own_cookies import streams
from support.templating import renders

import aiohttp_flashbag


def crash(request: web.Request) -> None:
    raise ZeroDivisionError


def crash_for_good(request: web.Request) -> None:
    raise LookupError


@web.middleware
async def error_page(request: web.Request, handler: Handler) -> web.StreamResponse:
    """A middleware outside the flashbag that renders error pages."""
    try:
        return await handler(request)
    except web.HTTPNotFound:
        return await renders("page.html", status=404)(request)
    except ZeroDivisionError:
        return await renders("page.html", status=500)(request)


async def bare(request: web.Request) -> web.StreamResponse:
    """A page of the application that has no flashbag."""
    try:
        return await renders("page.html")(request)
    except RuntimeError as error:
        return web.Response(text=str(error))


async def name_connection(request: web.Request, response: web.StreamResponse) -> None:
    """Name the connection of the request in the response."""
    assert request.transport is not None
    response.headers["X-Connection"] = str(request.transport.get_extra_info("peername"))


@pytest.fixture
def gate() -> Gate:
    return Gate()


@pytest.fixture
async def client(
    aiohttp_client: AiohttpClient, encrypted_storage: AbstractStorage, gate: Gate
) -> Client:
    """A client with a pending message. Only the sub-application `/bag` has a flashbag."""
    bag = web.Application()
    aiohttp_flashbag.setup(bag)
    loader = DictLoader({"page.html": "{{ get_flashed_messages() | join }}"})
    environment = aiohttp_jinja2.setup(bag, loader=loader)
    bag.add_routes(
        [
            *FLASHBAG_ROUTES,
            web.get("/page", renders("page.html")),
            web.get("/crash", does(crash)),
            web.get("/crash-for-good", does(crash_for_good)),
            web.get("/moved", does(answer=lambda: web.HTTPFound("/bare"))),
            web.get("/stream", streams()),
            web.post("/held", does(gate.hold)),
        ]
    )
    app = web.Application(middlewares=[error_page])
    aiohttp_session.setup(app, encrypted_storage)
    app[aiohttp_jinja2.APP_KEY] = environment
    app.add_routes([web.get("/bare", bare)])
    app.add_subapp("/bag", bag)
    app.on_response_prepare.append(name_connection)
    client = await aiohttp_client(app)
    await client.post("/bag/flash?success=Saved")
    return client


@pytest.mark.parametrize("path", ["page", "crash", "crash-for-good", "missing", "moved", "stream"])
async def test_an_earlier_request_of_the_same_connection_is_not_found(
    client: Client, path: str
) -> None:
    before = await client.get(f"/bag/{path}", allow_redirects=False)
    await before.read()
    after = await client.get("/bare")
    assert "pass the request" in (await after.text()).lower()
    same = before.headers["X-Connection"] == after.headers["X-Connection"]
    assert same or path == "crash-for-good"  # aiohttp closes the connection after it


async def test_an_overlapping_request_is_not_found(client: Client, gate: Gate) -> None:
    async with gate.holding(client, "/bag/held"):
        assert "pass the request" in (await (await client.get("/bare")).text()).lower()


async def test_each_request_finds_itself(client: Client) -> None:
    assert await (await client.get("/bag/page")).text() == "Saved"
    await client.post("/bag/flash?success=Sent")
    assert await (await client.get("/bag/page")).text() == "Sent"


async def test_b2_an_outer_page_for_a_crash_finds_the_request_and_consumes_nothing(
    client: Client,
) -> None:
    response = await client.get("/bag/crash")
    assert (response.status, await response.text()) == (500, "Saved")
    assert await (await client.get("/bag/page")).text() == "Saved"


async def test_b6_an_outer_page_for_a_404_loses_nothing(client: Client) -> None:
    response = await client.get("/bag/missing")
    assert response.status == 404
    both = await response.text() + await (await client.get("/bag/page")).text()
    assert both == "Saved"
