"""Mistakes in setting up: wrong options, keys and orders fail with the fix in the text."""

from __future__ import annotations

import functools
import logging
import traceback
from collections.abc import Callable
from typing import Any

import aiohttp_session
import pytest
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from aiohttp_session import AbstractStorage, SimpleCookieStorage
from support.apps import (
    FLASHBAG_ROUTES,
    AiohttpClient,
    answer_of,
    does,
    flash_messages,
    session_app,
    shown,
)

import aiohttp_flashbag
from aiohttp_flashbag import CookieTransport, SessionTransport, flashbag_middleware

KEY = "dGhpcnR5LXR3byBieXRlcywgc28gaXQgaXMgYSBrZXk"
TRANSPORTS: dict[str, Callable[..., Any]] = {
    "session": SessionTransport,
    "cookie": functools.partial(CookieTransport, KEY),
}

# Limits


@pytest.mark.parametrize("make", TRANSPORTS.values(), ids=TRANSPORTS)
@pytest.mark.parametrize(
    ("value", "error", "problem"),
    [
        ("10", TypeError, "max_age must be an int, not '10' of type str"),
        (True, TypeError, "max_age must be an int, not True of type bool"),
        (None, TypeError, "max_age must be an int, not None of type NoneType"),
        (1.5, TypeError, "max_age must be an int, not 1.5 of type float"),
        (0, ValueError, "max_age must be at least 1, not 0"),
        (-1, ValueError, "max_age must be at least 1, not -1"),
    ],
)
def test_a_max_age_must_be_a_positive_int(
    make: Callable[..., Any], value: Any, error: type[Exception], problem: str
) -> None:
    with pytest.raises(error, match=problem):
        make(max_age=value)


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (TRANSPORTS["cookie"], "max_bytes"),
        (functools.partial(aiohttp_flashbag.setup, web.Application()), "max_messages"),
    ],
)
def test_other_limits_must_be_positive_ints_too(call: Callable[..., Any], name: str) -> None:
    for wrong in ("10", True):
        with pytest.raises(TypeError, match=f"{name} must be an int, not {wrong!r}"):
            call(**{name: wrong})
    with pytest.raises(ValueError, match=f"{name} must be at least 1, not 0"):
        call(**{name: 0})


# Keys


@pytest.mark.parametrize(
    ("key", "problem"),
    [
        ("correct-horse", "13 characters. It must"),
        ("correct horse!", "14 characters, some of them not urlsafe base64. It must"),
        (KEY[:-1], "42 characters. It must"),
        (f"{KEY[:-1]}+", "43 characters, some of them not urlsafe base64. It must"),
        (f"{KEY}\n", "44 characters, some of them not urlsafe base64. It must"),
        ("ключ" * 11, "44 characters, some of them not urlsafe base64. It must"),
        ("", "0 characters. It must"),
        (b"short", "5 bytes. It must"),
        ([KEY, "hunter2"], "7 characters. It must"),
        (None, "NoneType"),
        ([], "empty"),
    ],
)
def test_a_wrong_key_is_described_and_not_quoted(key: Any, problem: str) -> None:
    with pytest.raises(ValueError, match=r"secret_key .*secrets\.token_urlsafe\(32\)") as caught:
        CookieTransport(key)
    assert problem in str(caught.value)
    wrong = key[-1] if isinstance(key, list) and key else key
    if wrong:
        told = "".join(traceback.format_exception(caught.value))
        assert (wrong.decode() if isinstance(wrong, bytes) else wrong).strip() not in told


@pytest.mark.parametrize("key", [KEY, KEY.encode(), [KEY]])
def test_70_a_key_in_place_of_a_transport_is_not_quoted(key: Any) -> None:
    with pytest.raises(
        TypeError, match=r"not a transport.*CookieTransport\(secret_key\)"
    ) as caught:
        aiohttp_flashbag.setup(web.Application(), key)
    assert KEY not in "".join(traceback.format_exception(caught.value))
    assert type(key).__name__ in str(caught.value)


def test_70_a_second_call_names_both_transports_without_their_keys() -> None:
    aiohttp_flashbag.setup(app := web.Application(), CookieTransport(KEY))
    with pytest.raises(ValueError, match=r"setup\(\) was already called .*Call it once") as caught:
        aiohttp_flashbag.setup(app, SessionTransport())
    assert {"CookieTransport", "SessionTransport"} <= {*str(caught.value).replace(".", " ").split()}
    assert KEY not in str(caught.value)


# The session


async def start_up(app: web.Application) -> None:
    """Start an application, and stop it again."""
    runner = web.AppRunner(app)
    try:
        await runner.setup()
    finally:
        await runner.cleanup()


async def test_14_a_missing_session_is_reported_with_both_remedies(
    aiohttp_client: AiohttpClient, caplog: pytest.LogCaptureFixture
) -> None:
    aiohttp_flashbag.setup(app := web.Application())
    client = await aiohttp_client(app)
    assert (await client.get("/")).status == 500
    [record] = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert record.exc_info is not None
    told = str(record.exc_info[1])
    assert "aiohttp_session.setup(app, storage) before aiohttp_flashbag.setup(app)" in told
    assert "a RedisTransport, which need no session" in told


ORDER = r"aiohttp_session\.setup\(\) was called after aiohttp_flashbag\.setup\(\)"


@pytest.mark.parametrize("is_inner", [False, True], ids=["application", "sub-application"])
async def test_14_a_wrong_order_is_reported_at_start_up(is_inner: bool) -> None:
    app = web.Application()
    aiohttp_flashbag.setup(app)
    aiohttp_session.setup(app, SimpleCookieStorage())
    outer = session_app(SimpleCookieStorage(cookie_name="OUTER"))
    if is_inner:
        outer.add_subapp("/inner", app)
    with pytest.raises(RuntimeError, match=ORDER):
        await start_up(outer if is_inner else app)


async def test_14_with_a_cookie_transport_any_order_works(aiohttp_client: AiohttpClient) -> None:
    app = web.Application()
    app.add_routes(FLASHBAG_ROUTES)
    aiohttp_flashbag.setup(app, CookieTransport(KEY))
    aiohttp_session.setup(app, SimpleCookieStorage())
    client = await aiohttp_client(app)
    await client.post("/flash?info=Saved")
    assert await shown(client) == ["Saved"]


def in_a_function(inner: Middleware) -> Middleware:
    @web.middleware
    async def wrapper(request: web.Request, handler: Handler) -> web.StreamResponse:
        return await inner(request, handler)

    return wrapper


def in_a_decorator(inner: Middleware) -> Middleware:
    return functools.wraps(inner)(in_a_function(inner))


def in_a_partial(inner: Middleware) -> Middleware:
    async def wrapper(_: object, request: web.Request, handler: Handler) -> web.StreamResponse:
        return await inner(request, handler)

    return web.middleware(functools.partial(wrapper, None))


WRAPPERS = [in_a_function, in_a_decorator, in_a_partial]


@pytest.mark.parametrize("wrapped", WRAPPERS)
async def test_14_a_wrapped_session_is_not_reported(
    aiohttp_client: AiohttpClient, wrapped: Callable[[Middleware], Middleware]
) -> None:
    app = web.Application()
    app.middlewares.append(wrapped(aiohttp_session.session_middleware(SimpleCookieStorage())))
    app.add_routes(FLASHBAG_ROUTES)
    aiohttp_flashbag.setup(app)
    client = await aiohttp_client(app)
    await client.post("/flash?info=Saved")
    assert await shown(client) == ["Saved"]


@pytest.mark.parametrize("wrapped", WRAPPERS)
async def test_14_middlewares_that_are_all_wrapped_later_are_not_reported(
    aiohttp_client: AiohttpClient, wrapped: Callable[[Middleware], Middleware]
) -> None:
    app = session_app(SimpleCookieStorage(), *FLASHBAG_ROUTES)
    aiohttp_flashbag.setup(app)
    app.middlewares[:] = [wrapped(each) for each in app.middlewares]
    client = await aiohttp_client(app)
    await client.post("/flash?info=Saved")
    assert await shown(client) == ["Saved"]


async def test_14_a_second_session_inside_is_not_reported(aiohttp_client: AiohttpClient) -> None:
    app = session_app(SimpleCookieStorage(), *FLASHBAG_ROUTES)
    aiohttp_flashbag.setup(app)
    aiohttp_session.setup(app, SimpleCookieStorage(cookie_name="SECOND"))
    client = await aiohttp_client(app)
    await client.post("/flash?info=Saved")
    assert await shown(client) == ["Saved"]


def nothing(app: web.Application) -> None:
    """Install nothing."""


def own_session(app: web.Application) -> None:
    aiohttp_session.setup(app, SimpleCookieStorage(cookie_name="INNER"))


def own_flashbag(app: web.Application) -> None:
    aiohttp_flashbag.setup(app)


def both(app: web.Application) -> None:
    own_session(app)
    own_flashbag(app)


def bare(app: web.Application) -> None:
    app.middlewares.append(flashbag_middleware)


@pytest.mark.parametrize(
    ("outer", "inner"),
    [
        *((nothing, inner) for inner in (own_flashbag, both, bare)),
        *((own_flashbag, inner) for inner in (nothing, own_session, own_flashbag, both, bare)),
        *((bare, inner) for inner in (nothing, own_session, own_flashbag, both, bare)),
    ],
)
async def test_14_a_sub_application_is_not_reported(
    aiohttp_client: AiohttpClient,
    encrypted_storage: AbstractStorage,
    outer: Callable[[web.Application], None],
    inner: Callable[[web.Application], None],
) -> None:
    app, sub = session_app(encrypted_storage), web.Application()
    sub.add_routes([web.post("/save", does(flash_messages)), *FLASHBAG_ROUTES])
    outer(app)
    inner(sub)
    app.add_subapp("/sub", sub)
    client = await aiohttp_client(app)
    await client.post("/sub/save?info=Saved")
    assert await answer_of(await client.get("/sub/messages")) == ["Saved"]
