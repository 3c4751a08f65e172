"""Streams of a real server process: at its end, and behind nginx (U11)."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

import aiohttp
import pytest
from aiohttp_session import SimpleCookieStorage
from support.apps import AiohttpClient, make_app
from support.services import HOST, PATIENCE, Nginx, RedisServer
from support.workers import Workers

from aiohttp_flashbag import setup_browser
from aiohttp_flashbag.mailbox import MemoryMailbox

from .test_live import MAIL, SAME, STREAM, event_of, rest_of

STREAMS = 1000


@pytest.mark.slow
@pytest.mark.service
async def test_u11_a_process_with_a_thousand_open_streams_ends_at_sigterm(
    redis_server: RedisServer,
) -> None:
    """Without the signal to its streams, it would wait for them for a minute."""
    connector = aiohttp.TCPConnector(limit=0)
    with Workers.running(redis_server.url) as workers:
        async with aiohttp.ClientSession(connector=connector, headers=SAME) as client:
            url = f"http://{HOST}:{workers.port}{STREAM}"
            streams = [
                await client.get(url, headers={"Cookie": f"user={n % 10}"}) for n in range(STREAMS)
            ]
            await asyncio.to_thread(workers.stop)
            endings = {await rest_of(stream) for stream in streams}
    assert endings == {b"retry: 3000\n\n"}


@pytest.mark.service
async def test_u11_nginx_passes_events_on_at_once(aiohttp_client: AiohttpClient) -> None:
    mailbox = MemoryMailbox()
    app = make_app(SimpleCookieStorage(), mailbox=mailbox, identify=lambda request: "ann")
    setup_browser(app, live=True)
    behind = await aiohttp_client(app)
    nginx = Nginx(f"location / {{ proxy_pass {behind.make_url('')}; }}")
    async with AsyncExitStack() as stack:
        await asyncio.to_thread(nginx.start)
        stack.callback(nginx.stop)
        client = await stack.enter_async_context(aiohttp.ClientSession())
        opening = client.get(nginx.url + STREAM, headers=SAME)
        stream = await asyncio.wait_for(opening, PATIENCE)
        stack.callback(stream.close)
        await mailbox.flash("ann", "Export ready.")
        assert await event_of(stream) == MAIL
