"""Applications whose flashes are recorded, over each session storage."""

from __future__ import annotations

from functools import partial

import pytest
from aiohttp import web
from aiohttp_session import AbstractStorage
from support.apps import AiohttpClient, Client, make_app
from support.recording import AppOf, Recorded

from aiohttp_flashbag.testing import FlashRecord, record_flashes


@pytest.fixture
def app_of(storage: AbstractStorage) -> AppOf:
    """Return a function that makes an application with these routes."""
    return partial(make_app, storage)


@pytest.fixture
def recorded(app_of: AppOf, aiohttp_client: AiohttpClient) -> Recorded:
    """Return a function that starts an application and returns its client and record."""

    async def start(*routes: web.AbstractRouteDef) -> tuple[Client, FlashRecord]:
        flashes = record_flashes(app := app_of(*routes))
        return await aiohttp_client(app), flashes

    return start
