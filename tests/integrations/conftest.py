"""Applications whose flashes are recorded."""

from __future__ import annotations

from functools import partial

import pytest
from aiohttp import web
from aiohttp_session import AbstractStorage
from support.apps import AiohttpClient, Client, make_app
from support.recording import AppOf, Recorded

from aiohttp_flashbag.testing import FlashRecord, record_flashes


@pytest.fixture
def app_of(encrypted_storage: AbstractStorage) -> AppOf:
    """Return a function that makes an application with these routes."""
    return partial(make_app, encrypted_storage)


def _recorded(app_of: AppOf, aiohttp_client: AiohttpClient) -> Recorded:
    async def start(*routes: web.AbstractRouteDef) -> tuple[Client, FlashRecord]:
        flashes = record_flashes(app := app_of(*routes))
        return await aiohttp_client(app), flashes

    return start


@pytest.fixture
def recorded(app_of: AppOf, aiohttp_client: AiohttpClient) -> Recorded:
    """Return a function that starts an application and returns its client and record."""
    return _recorded(app_of, aiohttp_client)


@pytest.fixture
def recorded_anywhere(storage: AbstractStorage, aiohttp_client: AiohttpClient) -> Recorded:
    """Do the same over each session storage."""
    return _recorded(partial(make_app, storage), aiohttp_client)
