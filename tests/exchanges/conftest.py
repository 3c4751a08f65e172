"""An application with a middleware around the flashbag."""

from __future__ import annotations

from functools import partial

import pytest
from aiohttp_session import AbstractStorage
from support.apps import AiohttpClient
from support.behind import client_behind

from .outer import Behind


@pytest.fixture
def behind(aiohttp_client: AiohttpClient, storage: AbstractStorage) -> Behind:
    """Start an application with this middleware outside. Returns Alice's client."""
    return partial(client_behind, aiohttp_client, storage)
