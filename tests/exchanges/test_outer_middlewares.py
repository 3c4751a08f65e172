"""Middlewares around the flashbag: the response that is sent decides (B2, B6)."""

from __future__ import annotations

import asyncio
import traceback
from contextlib import suppress
from functools import partial
from http.cookies import SimpleCookie
from typing import Any

import pytest
from aiohttp import hdrs, web
from aiohttp.typedefs import Handler, Middleware
from aiohttp_session import AbstractStorage, get_session
from support.apps import (
    FLASHBAG_ROUTES,
    Action,
    AiohttpClient,
    Answer,
    does,
    flash_messages,
    in_sessions,
    json_page,
    messages_page,
    session_app,
    set_values,
    shown,
    whoami,
)
from support.behind import OUTERMOST, OUTSIDE, count, each_transport, outside
from support.overlap import FETCH
from support.own_cookies import KEY, cookie_app

from aiohttp_flashbag import (
    CookieTransport,
    flash,
    flashbag_keep,
    flashbag_middleware,
    flashbag_replace_all,
    get_flashed_messages,
)

from .outer import (
    BOTH,
    Behind,
    add_both,
    at,
    pending,
    read_both,
    replace_by_500,
    retry,
    set_status_500,
    with_session,
)

INSIDE = 2
everywhere = pytest.mark.parametrize("place", [OUTERMOST, OUTSIDE, INSIDE])


# Error pages


async def crash(request: web.Request) -> None:
    await count(request)
    raise ZeroDivisionError


@web.middleware
async def error_page(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Flash for an error, and show the messages on its page."""
    try:
        return await handler(request)
    except (web.HTTPNotFound, ZeroDivisionError):
        flash(request, "Sorry")
        page = await messages_page(request)
        page.set_status(404)
        return page


@everywhere
@each_transport
@pytest.mark.parametrize("path", ["/crash", "/missing"])
async def test_b6_57_an_error_page_shows_pending_messages_and_its_own_once(
    behind: Behind, place: int, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    client = await behind(error_page, web.get("/crash", does(crash)), place=place)
    await client.post("/flash?success=Saved", headers=FETCH)
    response = await client.get(path)
    assert (response.status, await response.json()) == (404, ["Saved", "Sorry"])
    assert await shown(client) == []
    assert await whoami(client) == "alice"
    assert caplog.messages == []


@outside
@each_transport
async def test_b2_an_error_page_does_not_show_the_message_of_the_crashed_action(
    behind: Behind, place: int
) -> None:
    async def session_page(request: web.Request) -> web.Response:
        return json_page(dict(await get_session(request)))

    routes = web.get("/pay", does(flash_messages, crash)), web.get("/session", session_page)
    client = await behind(error_page, *routes, place=place)
    response = await client.get("/pay?success=Paid")
    assert await response.json() == ["Sorry"]
    if place == OUTERMOST:  # outside the session, too
        assert await (await client.get("/session")).json() == {"user": "alice"}


# Other responses than the handler's


@everywhere
@each_transport
@with_session
@pytest.mark.parametrize(
    "respond",
    [web.Response, web.StreamResponse, partial(web.FileResponse, __file__)],
    ids=["response", "stream", "file"],
)
async def test_b6_a_replaced_response_carries_the_flashes_of_the_handler(
    behind: Behind, place: int, touch: list[Action], respond: Answer
) -> None:
    @at("/act")
    async def replace(request: web.Request, handler: Handler) -> web.StreamResponse:
        await handler(request)
        return respond()

    act = does(set_values, flash_messages, *touch)
    client = await behind(replace, web.post("/act", act), place=place)
    response = await client.post("/act?error=Wrong", headers=FETCH)
    assert response.headers["Cache-Control"] == "no-store"
    assert await pending(client) == ("Wrong", ["Wrong"])
    assert await whoami(client) == "alice"


@each_transport
@with_session
@outside
@pytest.mark.parametrize("respond", [web.Response, partial(web.HTTPSeeOther, "/messages")])
@pytest.mark.parametrize("middleware", [replace_by_500, set_status_500])
async def test_b2_56_a_response_that_becomes_a_500_outside_changes_nothing(
    behind: Behind, touch: list[Action], place: int, respond: Answer, middleware: Middleware
) -> None:
    adds = partial(flash, message="Paid"), partial(flashbag_replace_all, value={"error": "Paid"})
    route = web.get("/act", does(*touch, read_both, *adds, answer=respond))
    client = await behind(middleware, route, place=place)
    await add_both(client)
    assert (await client.get("/act", allow_redirects=False)).status == 500
    assert await pending(client) == BOTH
    assert await whoami(client) == "alice"


@each_transport
@with_session
@outside
async def test_b6_an_outer_middleware_can_read_and_keep_more_than_the_handler(
    behind: Behind, touch: list[Action], place: int
) -> None:
    @at("/act")
    async def read_and_keep(request: web.Request, handler: Handler) -> web.StreamResponse:
        response = await handler(request)
        assert sorted(get_flashed_messages(request)) == ["one", "two"]
        flashbag_keep(request, "error")
        return response

    replace_values = partial(flashbag_replace_all, value={"name": "Ann"})
    some_messages = partial(get_flashed_messages, category_filter="a")
    route = web.get("/act", does(*touch, some_messages, replace_values))
    client = await behind(read_and_keep, route, place=place)
    await client.post("/set?error=Wrong&other=x", headers=FETCH)
    await client.post("/flash?a=one&b=two", headers=FETCH)
    await client.get("/act", headers=FETCH)
    page = await client.get("/values?other&name", headers=FETCH)
    assert await page.json() == {"other": None, "name": "Ann"}
    assert await pending(client) == ("Wrong", [])


# A handler that is called again


@each_transport
@outside
@pytest.mark.parametrize("error", [ConnectionError, web.HTTPConflict])
async def test_b2_a_retried_handler_keeps_the_flashes_of_its_last_attempt(
    behind: Behind, place: int, error: type[Exception]
) -> None:
    attempts: list[str] = []

    def pay(request: web.Request) -> None:
        attempts.append(f"Paid {len(attempts)}")
        flash(request, attempts[-1])
        if len(attempts) == 1:
            raise error

    client = await behind(retry, web.get("/act", does(read_both, count, pay)), place=place)
    await add_both(client)
    assert (await client.get("/act", headers=FETCH)).status == 200
    assert await pending(client) == (None, ["Paid 1"])


@each_transport
async def test_v3_a_retried_page_drops_the_value_that_it_did_not_read(behind: Behind) -> None:
    attempts: list[str] = []

    def fail_once(request: web.Request) -> None:
        attempts.append(request.path)
        if len(attempts) == 1:
            raise ConnectionError

    client = await behind(retry, web.get("/act", does(fail_once)))
    await add_both(client)
    assert (await client.get("/act")).status == 200
    assert await pending(client) == (None, ["Saved"])


@each_transport
async def test_b1_a_retried_page_without_flashes_changes_nothing(behind: Behind) -> None:
    attempts: list[str] = []

    def fail_once(request: web.Request) -> None:
        attempts.append(request.path)
        if len(attempts) == 1:
            raise ConnectionError

    client = await behind(retry, web.get("/act", does(fail_once)))
    response = await client.get("/act")
    assert (response.status, len(attempts)) == (200, 2)
    assert not {"Set-Cookie", "Cache-Control"} & response.headers.keys()


@in_sessions
async def test_b2_a_handler_is_retried_in_the_bare_style_too(
    aiohttp_client: AiohttpClient, storage: AbstractStorage
) -> None:
    attempts = ["first", "second"]

    def attempt(request: web.Request) -> None:
        flash(request, attempts.pop(0))
        if attempts:
            raise ConnectionError

    app = session_app(storage, *FLASHBAG_ROUTES, web.post("/act", does(attempt)))
    app.middlewares.extend([retry, flashbag_middleware])
    client = await aiohttp_client(app)
    assert (await client.post("/act")).status == 200
    assert await shown(client) == ["second"]


# Clones of the request


def fail(request: web.Request) -> None:
    raise ConnectionError


def apologize(*, clones: bool = False) -> Middleware:
    """Flash for an error, with the request that this middleware got."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        with suppress(ConnectionError):
            return await handler(request.clone(scheme="https") if clones else request)
        flash(request, "Sorry")
        raise web.HTTPSeeOther("/messages")

    return middleware


@web.middleware
async def clone(request: web.Request, handler: Handler) -> web.StreamResponse:
    return await handler(request.clone(scheme="https"))


@web.middleware
async def in_a_task(request: web.Request, handler: Handler) -> web.StreamResponse:
    return await asyncio.ensure_future(handler(request))


@pytest.mark.parametrize(
    "outer",
    [
        [apologize()],
        [apologize(clones=True)],
        [clone, apologize()],
        [in_a_task, apologize(clones=True)],
    ],
    ids=["same request", "around a clone", "inside a clone", "around a clone in another task"],
)
async def test_b6_an_outer_middleware_flashes_for_an_error(
    outer: list[Middleware], aiohttp_client: AiohttpClient
) -> None:
    transport = CookieTransport(KEY, secure=False)  # the clones are HTTPS requests
    app = cookie_app(web.get("/", does(fail)), transport=transport)
    app.middlewares[:0] = outer
    client = await aiohttp_client(app)
    assert (await client.get("/", allow_redirects=False)).status == 303
    assert await shown(client) == ["Sorry"]


@pytest.mark.parametrize("outer", [[apologize()], []], ids=["raised", "file"])
async def test_a_cookie_is_as_secure_as_the_request_that_the_flashbag_saw(
    outer: list[Middleware], aiohttp_client: AiohttpClient
) -> None:
    file = does(partial(flash, message="Sorry"), answer=partial(web.FileResponse, __file__))
    handler = does(fail) if outer else file
    app = cookie_app(web.get("/", handler), transport=CookieTransport(KEY))
    app.middlewares[:0] = [clone, *outer]
    page = await (await aiohttp_client(app)).get("/", allow_redirects=False)
    [cookie] = SimpleCookie(page.headers[hdrs.SET_COOKIE]).values()
    assert cookie["secure"]


# A raised response is copied, and stays the same exception.


def refuse_because(style: str) -> Action:
    def refuse(request: web.Request) -> None:
        flash(request, "Refused")
        refusal = web.HTTPForbidden(reason="Unknown user")
        try:
            raise KeyError("ann")
        except KeyError as error:
            if style == "raise":
                raise refusal  # noqa: B904
            raise refusal from (error if style == "raise from error" else None)

    return refuse


@each_transport
@pytest.mark.parametrize(
    ("style", "words"),
    [
        ("raise", "During handling of the above exception"),
        ("raise from error", "was the direct cause of the following exception"),
        ("raise from None", None),
    ],
)
async def test_b6_an_outer_middleware_can_log_the_cause_of_a_raised_response(
    behind: Behind, style: str, words: str | None
) -> None:
    found: list[web.HTTPException] = []

    @at("/refuse")
    async def log(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except web.HTTPException as error:
            found.append(error)
            raise

    client = await behind(log, web.get("/refuse", does(refuse_because(style))))
    assert (await client.get("/refuse")).status == 403
    [error] = found
    assert (str(error), error.args) == ("Unknown user", ("Unknown user",))
    logged = "".join(traceback.format_exception(error))
    assert "in refuse" in logged
    assert ("KeyError" in logged) is (words is not None)
    assert words is None or words in logged
    assert await shown(client) == ["Refused"]


@each_transport
async def test_b1_without_flashes_a_raised_response_is_not_copied(behind: Behind) -> None:
    gone, found = web.HTTPGone(), []

    @at("/gone")
    async def note(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except web.HTTPException as error:
            found.append(error)
            raise

    client = await behind(note, web.get("/gone", does(answer=lambda: gone)))
    assert (await client.get("/gone")).status == 410
    assert found == [gone]


class Refused(web.HTTPBadRequest):
    """An exception whose constructor has a signature of its own."""

    def __new__(cls, code: int) -> Any:
        return super().__new__(cls)

    def __init__(self, code: int) -> None:
        super().__init__(text=f"refused: {code}")


@each_transport
async def test_b7_an_exception_with_any_constructor_is_raised_again(behind: Behind) -> None:
    route = web.get("/refuse", does(flash_messages, answer=partial(Refused, 5)))
    client = await behind(clone, route)
    response = await client.get("/refuse?info=No")
    assert (response.status, await response.text()) == (400, "refused: 5")
