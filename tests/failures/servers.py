"""Programs on real ports: web servers that share a Redis, and a shared cache."""

from __future__ import annotations

import asyncio
import multiprocessing
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection

from aiohttp import web
from aiohttp_session import AbstractStorage
from aiohttp_session.redis_storage import RedisStorage
from redis.asyncio import Redis
from support.services import HOST, PATIENCE, Nginx

MakeApp = Callable[[str], web.Application]
"""A function of a module that returns an application for the URL of a Redis."""


@contextmanager
def serving(make_app: MakeApp, redis_url: str) -> Iterator[str]:
    """Give the URL of a process that serves the application during the block."""
    spawn = multiprocessing.get_context("spawn")
    here, there = spawn.Pipe()
    process = spawn.Process(target=_serve, args=(make_app, redis_url, there), daemon=True)
    process.start()
    try:
        assert here.poll(PATIENCE), "the server process did not start"
        yield f"http://{HOST}:{here.recv()}"
    finally:
        process.kill()
        process.join(PATIENCE)


def _serve(make_app: MakeApp, redis_url: str, there: Connection) -> None:
    asyncio.run(_serve_for_ever(make_app, redis_url, there))


async def _serve_for_ever(make_app: MakeApp, redis_url: str, there: Connection) -> None:
    runner = web.AppRunner(make_app(redis_url))
    await runner.setup()
    site = web.TCPSite(runner, HOST, 0)
    await site.start()
    there.send(runner.addresses[0][1])
    await asyncio.Event().wait()


def shared_sessions(redis_url: str) -> tuple[Redis, AbstractStorage]:
    """Return a client of this Redis, and a storage for sessions in it."""
    redis = Redis.from_url(redis_url)
    return redis, RedisStorage(redis)


class Turnstile:
    """Holds a request, in any process, until the test lets it continue."""

    def __init__(self, redis: Redis) -> None:
        self.redis = redis

    async def hold(self, request: web.Request) -> None:
        """Hold the request of a handler."""
        await self._call("LPUSH", "arrived", "1")
        await self._call("BLPOP", "go on", PATIENCE)

    async def arrived(self) -> None:
        """Return when a request is held."""
        assert await self._call("BLPOP", "arrived", PATIENCE) is not None

    async def let_go_on(self) -> None:
        """Let the request continue."""
        await self._call("LPUSH", "go on", "1")

    async def _call(self, *command: object) -> object:
        reply: object = await self.redis.execute_command(*command)  # type: ignore[no-untyped-call]
        return reply


class SharedCache(Nginx):
    """nginx, which stores responses of a web server for everyone, if their headers allow it."""

    def __init__(self, behind: str) -> None:
        super().__init__(f"""
            location / {{
                proxy_pass {behind};
                proxy_cache all;
                add_header X-Cache $upstream_cache_status always;
            }}""")
