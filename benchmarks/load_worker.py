"""One of the two web servers under load: flash, redirect, show."""

from __future__ import annotations

import sys
from base64 import urlsafe_b64decode

import aiohttp_session
from aiohttp import web
from aiohttp_session.redis_storage import RedisStorage
from redis.asyncio import Redis

import aiohttp_flashbag
from aiohttp_flashbag import CookieTransport, flash, flash_redirect, get_flashed_messages

from .launch import HOST


async def save(request: web.Request) -> web.StreamResponse:
    """What every form does: say that it worked, and redirect."""
    flash(request, "also " + request.query["text"], "info")
    raise flash_redirect(request, "/page", request.query["text"])


async def page(request: web.Request) -> web.StreamResponse:
    """Show what waits."""
    return web.json_response([message.message for message in get_flashed_messages(request)])


def make_app(transport: str, redis_url: str, key: str) -> web.Application:
    """The application, the same in both processes. `transport`: session or cookies."""
    app = web.Application()
    app.add_routes([web.post("/save", save), web.get("/page", page)])
    if transport == "session":
        aiohttp_session.setup(app, RedisStorage(Redis.from_url(redis_url), max_age=3600))
        aiohttp_flashbag.setup(app)
    else:
        aiohttp_flashbag.setup(app, CookieTransport(urlsafe_b64decode(key)))
    return app


if __name__ == "__main__":
    port, *chosen = sys.argv[1:]
    web.run_app(make_app(*chosen), host=HOST, port=int(port), print=None, access_log=None)
