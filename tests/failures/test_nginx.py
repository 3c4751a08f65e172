"""Behind nginx: receivers of signals that make pages public (row 75), and auth_request (row 80)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import aiohttp
import aiohttp_session
import pytest
from aiohttp import web
from aiohttp_session import AbstractStorage
from recorded import load
from support.apps import (
    ERROR,
    FLASHBAG_ROUTES,
    AiohttpClient,
    answer_of,
    does,
    make_app,
    messages_page,
    session_app,
    set_values,
)
from support.overlap import FETCH

import aiohttp_flashbag

from .servers import SharedCache

pytestmark = pytest.mark.slow

PUBLIC = "public, max-age=60"
CARD = "Your card ends in 1234"
SHOWS = web.get("/page", messages_page)

Behind = Callable[..., Awaitable[str]]


async def make_public(request: web.Request, response: web.StreamResponse) -> None:
    """Let caches keep every page."""
    response.headers["Cache-Control"] = PUBLIC


async def make_public_unless_told(request: web.Request, response: web.StreamResponse) -> None:
    """Let caches keep every page whose response does not say otherwise."""
    response.headers.setdefault("Cache-Control", PUBLIC)


async def append_make_public(app: web.Application) -> None:
    app.on_response_prepare.append(make_public)


async def append_make_public_unless_told(app: web.Application) -> None:
    app.on_response_prepare.append(make_public_unless_told)


def appended_before_setup(storage: AbstractStorage) -> web.Application:
    app = session_app(storage, SHOWS, *FLASHBAG_ROUTES)
    app.on_response_prepare.append(make_public)
    aiohttp_flashbag.setup(app)
    return app


def appended_after_setup(storage: AbstractStorage) -> web.Application:
    app = make_app(storage, SHOWS)
    app.on_response_prepare.append(make_public)
    return app


def appended_at_startup(storage: AbstractStorage) -> web.Application:
    """The handler of `on_startup` was added before `setup()`."""
    app = session_app(storage, SHOWS, *FLASHBAG_ROUTES)
    app.on_startup.append(append_make_public)
    aiohttp_flashbag.setup(app)
    return app


def appended_by_a_later_startup(storage: AbstractStorage) -> web.Application:
    """The handler of `on_startup` was added after `setup()`, so its receiver is the last."""
    app = make_app(storage, SHOWS)
    app.on_startup.append(append_make_public_unless_told)
    return app


def outside_a_sub_application(storage: AbstractStorage) -> web.Application:
    app = make_app(storage)
    app.on_response_prepare.append(make_public)
    inner = web.Application()
    inner.add_routes([SHOWS])
    app.add_subapp("/inner", inner)
    return app


def inside_a_sub_application(storage: AbstractStorage) -> web.Application:
    """Its receivers come after the receivers of the application."""
    app = make_app(storage)
    inner = web.Application()
    inner.on_response_prepare.append(make_public_unless_told)
    inner.add_routes([SHOWS])
    app.add_subapp("/inner", inner)
    return app


def outside_a_sub_application_with_setup(storage: AbstractStorage) -> web.Application:
    """The outer application has the session, and the inner one the flashbag."""
    app = web.Application()
    aiohttp_session.setup(app, storage)
    inner = web.Application()
    inner.add_routes([SHOWS, *FLASHBAG_ROUTES])
    aiohttp_flashbag.setup(inner)
    app.add_subapp("/inner", inner)
    app.on_response_prepare.append(make_public)
    return app


def inside_a_sub_application_with_setup(storage: AbstractStorage) -> web.Application:
    """Its receiver comes before `setup()`."""
    app = web.Application()
    inner = session_app(storage, SHOWS, *FLASHBAG_ROUTES)
    inner.on_response_prepare.append(make_public)
    aiohttp_flashbag.setup(inner)
    app.add_subapp("/inner", inner)
    return app


def last_in_a_sub_application_with_setup(storage: AbstractStorage) -> web.Application:
    """Its receiver comes after `setup()`, so it is the last."""
    app = web.Application()
    inner = session_app(storage, SHOWS, *FLASHBAG_ROUTES)
    aiohttp_flashbag.setup(inner)
    inner.on_response_prepare.append(make_public_unless_told)
    app.add_subapp("/inner", inner)
    return app


# The place of a receiver, and the prefixes of the paths for flashing and showing.
PLACES = (
    (appended_before_setup, "", ""),
    (appended_after_setup, "", ""),
    (appended_at_startup, "", ""),
    (appended_by_a_later_startup, "", ""),
    (outside_a_sub_application, "", "/inner"),
    (inside_a_sub_application, "", "/inner"),
    (outside_a_sub_application_with_setup, "/inner", "/inner"),
    (inside_a_sub_application_with_setup, "/inner", "/inner"),
    (last_in_a_sub_application_with_setup, "/inner", "/inner"),
)


class AuthRequest(SharedCache):
    """nginx, which asks `/auth` before it loads a page."""

    def __init__(self, behind: str) -> None:
        super().__init__(behind)
        asks = f"location = /auth {{ internal; proxy_pass {behind}; }} location / {{"
        self.locations = self.locations.replace("location / {", f"{asks} auth_request /auth;")


@pytest.fixture
async def behind(aiohttp_client: AiohttpClient) -> AsyncIterator[Behind]:
    """Serve an application behind nginx. The session is on a server: no Set-Cookie for a page."""
    async with AsyncExitStack() as stack:

        async def serve(app: web.Application, nginx: type[SharedCache] = SharedCache) -> str:
            server = nginx(str((await aiohttp_client(app)).make_url("")))
            await asyncio.to_thread(server.start)
            stack.callback(server.stop)
            return server.url

        yield serve


@pytest.fixture
async def visitors() -> AsyncIterator[list[aiohttp.ClientSession]]:
    """Two visitors."""
    async with AsyncExitStack() as stack:
        jars = [aiohttp.CookieJar(unsafe=True) for _ in range(2)]  # accept cookies from 127.0.0.1
        clients = [aiohttp.ClientSession(cookie_jar=jar) for jar in jars]
        yield [await stack.enter_async_context(client) for client in clients]


@pytest.mark.parametrize(("place", "flashing", "showing"), PLACES)
async def test_b5_75_a_receiver_that_makes_pages_public_shows_no_message_to_the_next_visitor(
    behind: Behind,
    visitors: list[aiohttp.ClientSession],
    redis_storage: AbstractStorage,
    place: Callable[[AbstractStorage], web.Application],
    flashing: str,
    showing: str,
) -> None:
    url = await behind(place(redis_storage))
    alice, bob = visitors
    await alice.post(f"{url}{flashing}/flash", params={"info": CARD}, headers=FETCH)
    page = await alice.get(f"{url}{showing}/page")
    assert await answer_of(page) == [CARD]
    assert page.headers["Cache-Control"] == "no-store"
    first, second = [await bob.get(page.url) for _ in range(2)]
    assert [first.headers["X-Cache"], second.headers["X-Cache"]] == ["MISS", "HIT"]
    assert await answer_of(first) == await answer_of(second) == []


async def test_b5_a_page_with_a_message_is_private_although_it_has_a_header_for_nginx(
    behind: Behind, visitors: list[aiohttp.ClientSession], redis_storage: AbstractStorage
) -> None:
    async def page(request: web.Request) -> web.Response:
        response = await messages_page(request)
        response.headers["X-Accel-Expires"] = "60"  # for nginx it has precedence
        return response

    url = await behind(make_app(redis_storage, web.get("/page", page)))
    alice, bob = visitors
    await alice.post(f"{url}/flash", params={"info": CARD}, headers=FETCH)
    assert await answer_of(await alice.get(f"{url}/page")) == [CARD]
    assert await answer_of(await bob.get(f"{url}/page")) == []


@pytest.mark.parametrize(
    "answer",
    [
        lambda: web.Response(text=""),
        lambda: web.Response(content_type="text/html"),
        lambda: web.Response(status=204),
    ],
    ids=["text", "html", "204"],
)
async def test_s2_80_the_empty_response_to_auth_request_consumes_nothing(
    behind: Behind,
    visitors: list[aiohttp.ClientSession],
    redis_storage: AbstractStorage,
    answer: Callable[[], web.Response],
) -> None:
    asked: list[web.Request] = []
    app = make_app(
        redis_storage,
        web.get("/auth", does(asked.append, answer=answer)),
        web.post("/save", does(set_values, answer=lambda: web.HTTPSeeOther("/values?error"))),
    )
    url = await behind(app, AuthRequest)
    page = load()["chromium at localhost"]["page"].headers
    headers = {name: text for name, text in page.items() if name != "Host"}
    response = await visitors[0].post(f"{url}/save", params={"error": ERROR}, headers=headers)
    assert await answer_of(response) == {"error": ERROR}
    assert [request.headers["Sec-Fetch-Dest"] for request in asked] == ["document"] * 2
