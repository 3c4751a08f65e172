"""Applications whose flashes are recorded, over each transport."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeAlias

from aiohttp import web

from aiohttp_flashbag import FlashedMessage, flashbag_get, get_flashed_messages
from aiohttp_flashbag.testing import Flashes, FlashRecord
from support.apps import (
    Client,
    does,
    flash_messages,
    set_values,
)

AppOf: TypeAlias = Callable[..., web.Application]
Recorded: TypeAlias = Callable[..., Awaitable[tuple[Client, FlashRecord]]]

TAKEN = Flashes({"error": "Taken"}, [FlashedMessage("Taken", "error")])
"""The flashes that `POST /?error=Taken` adds with `GIVE`."""


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
