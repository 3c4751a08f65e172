"""Applications whose flashes are recorded, over each transport."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import TypeAlias

import pytest
from aiohttp import web

from aiohttp_flashbag import FlashedMessage, flashbag_get, get_flashed_messages
from aiohttp_flashbag.testing import Flashes, FlashRecord, record_flashes
from support.apps import (
    SESSIONS,
    AiohttpClient,
    Client,
    does,
    flash_messages,
    make_app,
    set_values,
)
from support.own_cookies import cookie_app

AppOf: TypeAlias = Callable[..., web.Application]
Recorded: TypeAlias = Callable[..., Awaitable[tuple[Client, FlashRecord]]]

TAKEN = Flashes({"error": "Taken"}, [FlashedMessage("Taken", "error")])
"""The flashes that `POST /?error=Taken` adds with `GIVE`."""


@pytest.fixture(params=[*SESSIONS, "cookies"])
def app_of(request: pytest.FixtureRequest) -> AppOf:
    """Return a function that makes an application with these routes."""
    if request.param == "cookies":
        return cookie_app
    return partial(make_app, request.getfixturevalue(f"{request.param}_storage"))


@pytest.fixture
def recorded(app_of: AppOf, aiohttp_client: AiohttpClient) -> Recorded:
    """Return a function that starts an application and returns its client and its record."""

    async def start(*routes: web.AbstractRouteDef) -> tuple[Client, FlashRecord]:
        flashes = record_flashes(app := app_of(*routes))
        return await aiohttp_client(app), flashes

    return start


def give(request: web.Request) -> None:
    """Flash the query string as values and as messages."""
    set_values(request)
    flash_messages(request)


def show(request: web.Request) -> None:
    """Read the value under "error", and all messages."""
    flashbag_get(request, "error")
    get_flashed_messages(request)


async def crash(request: web.Request) -> web.Response:
    """Do both and fail."""
    give(request)
    show(request)
    raise RuntimeError("crash")


GIVE, SHOW = web.post("/", does(give)), web.get("/", does(show))
