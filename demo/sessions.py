"""The session storage, transport and mailbox that the environment variables choose."""

import os
import secrets
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from aiohttp import web
from aiohttp_session import AbstractStorage
from aiohttp_session.cookie_storage import EncryptedCookieStorage
from aiohttp_session.redis_storage import RedisStorage
from cryptography.fernet import Fernet

from aiohttp_flashbag import CookieTransport, RedisTransport
from aiohttp_flashbag.mailbox import Mailbox, MemoryMailbox, RedisMailbox
from aiohttp_flashbag.transports import Transport

if TYPE_CHECKING:
    from redis.asyncio import Redis

ONE_DAY = 24 * 60 * 60


def make_storage(app: web.Application) -> AbstractStorage:
    """Return a storage in Redis with REDIS_URL, otherwise in an encrypted cookie."""
    if url := os.environ.get("REDIS_URL"):
        client = redis_client(app, url)
        return RedisStorage(client, max_age=ONE_DAY, httponly=True, samesite="Lax")
    key = os.environ.get("SESSION_KEY") or Fernet.generate_key()
    return EncryptedCookieStorage(Fernet(key), httponly=True, samesite="Lax")


def make_transport(app: web.Application) -> Transport | None:
    """Return the transport that FLASHBAG_TRANSPORT names, or None for the session."""
    kind = os.environ.get("FLASHBAG_TRANSPORT")
    if kind == "cookie":
        return CookieTransport(os.environ.get("FLASHBAG_KEY") or secrets.token_urlsafe(32))
    if kind == "redis":
        return RedisTransport(redis_client(app, os.environ["REDIS_URL"]))
    return None


def make_mailbox(app: web.Application) -> Mailbox:
    """Return a mailbox in Redis with REDIS_URL, otherwise in memory."""
    if url := os.environ.get("REDIS_URL"):
        return RedisMailbox(redis_client(app, url))
    return MemoryMailbox()


def redis_client(app: web.Application, url: str) -> "Redis":
    """Return a client that closes with the application."""
    from redis.asyncio import Redis  # optional, so only with REDIS_URL

    client = Redis.from_url(url, socket_timeout=2, socket_connect_timeout=2)

    async def close_client(app: web.Application) -> AsyncIterator[None]:
        yield
        await client.aclose()

    app.cleanup_ctx.append(close_client)
    return client
