"""Where the sessions are kept: in an encrypted cookie, or in Redis. And how the flashes travel."""

import os
import secrets
from collections.abc import AsyncIterator

from aiohttp import web
from aiohttp_session import AbstractStorage
from aiohttp_session.cookie_storage import EncryptedCookieStorage
from aiohttp_session.redis_storage import RedisStorage
from cryptography.fernet import Fernet

from aiohttp_flashbag import CookieTransport
from aiohttp_flashbag.transports import Transport

ONE_DAY = 24 * 60 * 60


def make_storage(app: web.Application) -> AbstractStorage:
    if url := os.environ.get("REDIS_URL"):
        return redis_storage(app, url)
    key = os.environ.get("SESSION_KEY") or Fernet.generate_key()
    return EncryptedCookieStorage(Fernet(key), httponly=True, samesite="Lax")


def make_transport() -> Transport | None:
    """None: in the session."""
    if os.environ.get("FLASHBAG_TRANSPORT") != "cookie":
        return None
    return CookieTransport(os.environ.get("FLASHBAG_KEY") or secrets.token_urlsafe(32))


def redis_storage(app: web.Application, url: str) -> RedisStorage:
    from redis.asyncio import Redis  # needed with REDIS_URL only

    client = Redis.from_url(url, socket_timeout=2, socket_connect_timeout=2)

    async def close_client(app: web.Application) -> AsyncIterator[None]:
        yield
        await client.aclose()

    app.cleanup_ctx.append(close_client)
    return RedisStorage(client, max_age=ONE_DAY, httponly=True, samesite="Lax")
