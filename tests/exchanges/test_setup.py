"""Setting up the flashbag: refused arguments and calls, and being installed twice (B8)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from aiohttp import web
from aiohttp.typedefs import Handler
from aiohttp_session import AbstractStorage, SimpleCookieStorage
from support.apps import (
    ERROR,
    FLASHBAG_ROUTES,
    AiohttpClient,
    Start,
    cookie_and_server,
    does,
    flash_messages,
    read,
    session_app,
    set_values,
    shown,
)
from support.own_cookies import cookie_app

import aiohttp_flashbag
from aiohttp_flashbag import (
    CookieTransport,
    SessionTransport,
    flash,
    flash_form,
    flash_redirect,
    flashbag_append,
    flashbag_clear,
    flashbag_get,
    flashbag_keep,
    flashbag_middleware,
    flashbag_now,
    flashbag_peek,
    flashbag_replace_all,
    flashbag_set,
    flashed_form,
    get_flashbag,
    get_flashed_messages,
    peek_flashed_messages,
)

Install = Callable[[web.Application], None]


def bare(app: web.Application) -> None:
    """Install the flashbag as version 0.0.3 was installed."""
    app.middlewares.append(flashbag_middleware)


# Refused arguments of setup()


async def observe_later(request: web.Request, event: object) -> None:
    """Is not an observer, because nothing would await it."""


STORAGE = SimpleCookieStorage()


@pytest.mark.parametrize(
    ("option", "error", "words"),
    [
        ({"transport": STORAGE}, TypeError, r"CookieStorage.*belongs in aiohttp_session\.setup"),
        ({"transport": SessionTransport}, TypeError, r"class.*instance: SessionTransport\(\)"),
        ({"transport": CookieTransport}, TypeError, r"class.*CookieTransport\(secret_key\)"),
        ({"transport": "secret"}, TypeError, "type str is not a transport"),
        ({"observer": observe_later}, TypeError, r"observer\(request, event\).* not async"),
        ({"observer": "print"}, TypeError, r"'print' must be a function"),
        ({"max_messages": 0}, ValueError, "max_messages .* at least 1, not 0"),
    ],
)
def test_70_an_invalid_option_is_refused_with_the_correct_call(
    option: dict[str, Any], error: type[Exception], words: str
) -> None:
    app = web.Application()
    with pytest.raises(error, match=words):
        aiohttp_flashbag.setup(app, **option)
    assert not app.middlewares


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"transport": SessionTransport()}, {"transport": SessionTransport()}),
        ({"observer": print}, {"observer": repr}),
        ({"max_messages": 5}, {}),
    ],
)
def test_70_a_second_call_with_other_options_is_refused(
    first: dict[str, Any], second: dict[str, Any]
) -> None:
    app = web.Application()
    aiohttp_flashbag.setup(app, **first)
    with pytest.raises(ValueError, match=r"already called.*Call it once"):
        aiohttp_flashbag.setup(app, **second)


@pytest.mark.parametrize("transport", [None, SessionTransport()])
def test_70_a_second_call_with_the_same_options_changes_nothing(
    transport: SessionTransport | None,
) -> None:
    app = web.Application()
    aiohttp_flashbag.setup(app, transport)
    middlewares = [*app.middlewares]
    aiohttp_flashbag.setup(app, transport)
    aiohttp_flashbag.setup(app)
    assert [*app.middlewares] == middlewares


# Refused calls


@pytest.mark.parametrize(
    "function",
    [
        *(flashbag_clear, flashbag_keep, flashed_form, get_flashbag),
        *(get_flashed_messages, peek_flashed_messages),
        *(partial(each, key="error") for each in (flashbag_get, flashbag_peek)),
        *(
            partial(each, key="error", value="Taken")
            for each in (flashbag_append, flashbag_now, flashbag_set)
        ),
        partial(flash, message="Saved"),
        partial(flash_form, data={}),
        partial(flash_redirect, location="/", message="Saved"),
        partial(flashbag_replace_all, value={}),
    ],
)
def test_71_every_function_refuses_anything_but_a_request(function: Callable[[Any], Any]) -> None:
    with pytest.raises(TypeError, match=r"must be the request, not 'Saved!' of type str"):
        function("Saved!")


async def test_71_in_a_view_the_error_names_self_request(aiohttp_client: AiohttpClient) -> None:
    errors: list[str] = []

    class Save(web.View):
        async def post(self) -> web.Response:
            with pytest.raises(TypeError) as caught:
                flash(self, "Saved")  # type: ignore[arg-type]
            errors.append(str(caught.value))
            flash(self.request, "Saved")
            return web.Response()

    client = await aiohttp_client(cookie_app(web.view("/", Save)))
    assert (await client.post("/")).status == 200
    assert "self.request" in errors[0]


async def test_14_an_outer_middleware_that_flashes_without_its_handler_learns_the_order(
    aiohttp_client: AiohttpClient,
) -> None:
    errors: list[str] = []

    @web.middleware
    async def guard(request: web.Request, handler: object) -> web.StreamResponse:
        with pytest.raises(RuntimeError) as caught:
            flash(request, "Log in first")
        errors.append(str(caught.value))
        return web.Response()

    app = session_app(SimpleCookieStorage(), web.get("/", does()))
    aiohttp_flashbag.setup(app)
    app.middlewares.insert(0, guard)
    await (await aiohttp_client(app)).get("/")
    assert "middleware" in errors[0]
    assert "after" in errors[0]


# Effects of setup()


@pytest.mark.parametrize("storage", ["encrypted"], indirect=True)
async def test_m4_setup_limits_the_messages_and_chooses_the_copies(start: Start) -> None:
    upper = SessionTransport(dumps=str, loads=str.upper)
    client = await start(max_messages=2, transport=upper)
    await client.post("/flash", params={"a": "1", "b": "2", "c": "3"})
    assert await shown(client) == ["2", "3"]
    await client.post("/set?error=required")
    assert await read(client) == "REQUIRED"


# B8: installed twice, active once


@cookie_and_server
@pytest.mark.parametrize(
    "outer", [[aiohttp_flashbag.setup], [bare], [bare, aiohttp_flashbag.setup], [bare, bare]]
)
@pytest.mark.parametrize("inner", [[], [aiohttp_flashbag.setup], [bare]])
async def test_b8_installed_twice_it_acts_once(
    aiohttp_client: AiohttpClient,
    storage: AbstractStorage,
    outer: list[Install],
    inner: list[Install],
) -> None:
    bags: list[object] = []

    def note_bag(request: web.Request) -> None:
        bags.append(get_flashbag(request))

    app, sub = session_app(storage, *FLASHBAG_ROUTES), web.Application()
    both = does(note_bag, set_values, flash_messages, note_bag)
    sub.add_routes([*FLASHBAG_ROUTES, web.post("/both", both)])
    for install in outer:
        install(app)
    for install in inner:
        install(sub)
    app.add_subapp("/sub", sub)
    client = await aiohttp_client(app)
    response = await client.post("/sub/both", params={"error": ERROR})
    assert bags[0] is bags[1]
    assert len(response.headers.getall("Set-Cookie")) == 1
    assert len(response.headers.getall("Clear-Site-Data")) == 1
    page = await client.get("/sub/messages", headers={"Sec-Fetch-Dest": "empty"})
    assert await page.json() == [ERROR]
    assert await shown(client) == []
    await client.post("/sub/both", params={"error": ERROR})
    assert await read(client) == ERROR
    assert await shown(client) == [ERROR]


@cookie_and_server
async def test_b8_a_middleware_between_two_flashbags_may_flash(
    aiohttp_client: AiohttpClient, storage: AbstractStorage
) -> None:
    @web.middleware
    async def greet(request: web.Request, handler: Handler) -> web.StreamResponse:
        flash(request, "Hello")
        return await handler(request)

    app, sub = session_app(storage), web.Application(middlewares=[greet])
    sub.add_routes(FLASHBAG_ROUTES)
    for each in (app, sub):
        aiohttp_flashbag.setup(each)
    app.add_subapp("/sub", sub)
    page = await (await aiohttp_client(app)).get("/sub/messages")
    assert await page.json() == ["Hello"]


@cookie_and_server
async def test_b8_a_sub_application_may_have_a_flashbag_that_the_outer_one_lacks(
    aiohttp_client: AiohttpClient, storage: AbstractStorage
) -> None:
    app, sub = session_app(storage), web.Application()
    sub.add_routes(FLASHBAG_ROUTES)
    aiohttp_flashbag.setup(sub)
    app.add_subapp("/sub", sub)
    client = await aiohttp_client(app)
    await client.post("/sub/flash?success=Saved")
    page = await client.get("/sub/messages")
    assert await page.json() == ["Saved"]
