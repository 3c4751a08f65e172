"""A call that cannot work fails where it is made, and says what to write instead."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from aiohttp import web
from aiohttp_session import SimpleCookieStorage
from support.apps import AiohttpClient, Start, does, session_app

import aiohttp_flashbag
from aiohttp_flashbag import (
    SessionTransport,
    flash,
    flash_form,
    flash_redirect,
    flashbag_append,
    flashbag_clear,
    flashbag_get,
    flashbag_keep,
    flashbag_now,
    flashbag_peek,
    flashbag_replace_all,
    flashbag_set,
    flashed_form,
    get_flashbag,
    get_flashed_messages,
    peek_flashed_messages,
)
from aiohttp_flashbag.transports import Transport

FUNCTIONS: list[Callable[[Any], object]] = [
    lambda it: flash(it, "error"),
    lambda it: flash_redirect(it, "/", "Saved"),
    lambda it: flash_form(it, {}),
    lambda it: flashbag_append(it, "error", "Taken"),
    flashbag_clear,
    lambda it: flashbag_get(it, "error"),
    flashbag_keep,
    lambda it: flashbag_now(it, "error", "Taken"),
    lambda it: flashbag_peek(it, "error"),
    lambda it: flashbag_replace_all(it, {}),
    lambda it: flashbag_set(it, "error", "Taken"),
    flashed_form,
    get_flashbag,
    get_flashed_messages,
    peek_flashed_messages,
]


class Page(web.View):
    """What people hand over in place of its request."""


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("given", ["Saved!", web.Application(), None, {"a": 1}])
def test_71_what_is_no_request_is_refused_by_every_function(
    function: Callable[[Any], object], given: object
) -> None:
    with pytest.raises(TypeError, match="the first argument is the request, not") as caught:
        function(given)
    assert f"of type {type(given).__name__}" in str(caught.value)


async def test_71_in_a_view_the_request_has_a_name(start: Start) -> None:
    found: list[str] = []

    class Save(web.View):
        async def post(self) -> web.Response:
            with pytest.raises(TypeError) as caught:
                flash(self, "Saved")  # type: ignore[arg-type]
            found.append(str(caught.value))
            flash(self.request, "Saved")
            return web.Response()

    client = await start(web.view("/", Save))
    assert (await client.post("/")).status == 200
    assert "in a web.View it is self.request" in found[0]


NO_TRANSPORTS: list[Any] = [
    (SimpleCookieStorage(), "a session storage belongs in aiohttp_session.setup"),
    (
        SessionTransport,
        r"SessionTransport'> is no transport: give an instance, SessionTransport\(\)",
    ),
    (aiohttp_flashbag.CookieTransport, "CookieTransport'> is no transport: give an instance"),
    ("secret", r"transport='secret' is no transport: give an instance"),
    (str, "is no transport"),
]


@pytest.mark.parametrize(("transport", "told"), NO_TRANSPORTS)
def test_70_what_is_no_transport_is_refused_by_setup(transport: Any, told: str) -> None:
    app = web.Application()
    with pytest.raises(TypeError, match=told):
        aiohttp_flashbag.setup(app, transport)
    assert not app.middlewares


def test_70_a_second_setup_with_another_transport_is_refused() -> None:
    app, one, other = web.Application(), SessionTransport(), SessionTransport()
    aiohttp_flashbag.setup(app, one)
    with pytest.raises(ValueError, match="call it once"):
        aiohttp_flashbag.setup(app, other)


def test_70_a_second_setup_with_other_options_is_refused() -> None:
    app = web.Application()
    aiohttp_flashbag.setup(app, max_messages=5)
    with pytest.raises(ValueError, match=r"max_messages=5.* and now with .*max_messages=50"):
        aiohttp_flashbag.setup(app)


@pytest.mark.parametrize("transport", [None, SessionTransport()])
def test_70_a_second_setup_with_the_same_transport_or_none_is_harmless(
    transport: Transport | None,
) -> None:
    app = web.Application()
    aiohttp_flashbag.setup(app, transport)
    aiohttp_flashbag.setup(app, transport)
    aiohttp_flashbag.setup(app)


async def test_14_a_session_that_is_not_set_up_is_named_at_the_first_request(
    aiohttp_client: AiohttpClient, caplog: pytest.LogCaptureFixture
) -> None:
    app = web.Application()
    aiohttp_flashbag.setup(app)
    client = await aiohttp_client(app)
    assert (await client.get("/")).status == 500
    assert "call aiohttp_session.setup(app, storage) first" in caplog.text


async def test_14_a_middleware_outside_that_never_calls_the_handler_is_told_the_order(
    aiohttp_client: AiohttpClient,
) -> None:
    told: list[str] = []

    @web.middleware
    async def guard(request: web.Request, handler: object) -> web.StreamResponse:
        with pytest.raises(RuntimeError) as caught:
            flash(request, "Log in first")
        told.append(str(caught.value))
        return web.Response()

    app = session_app(SimpleCookieStorage(), web.get("/", does()))
    aiohttp_flashbag.setup(app)
    app.middlewares.insert(0, guard)
    await (await aiohttp_client(app)).get("/")
    assert "aiohttp_flashbag.setup(app)" in told[0]
    assert "after" in told[0]
