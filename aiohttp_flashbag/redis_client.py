"""The clients that `RedisTransport` and `RedisMailbox` accept, and the replies of Redis.

This module does not import redis.
"""

from __future__ import annotations

import json

from .flash import Flash

MAX_AGE = 2**40
"""The largest age of a key, in seconds. Redis does not accept much larger ones."""


def check_client(redis: object, prefix: object, *, is_client: bool) -> None:
    """Raise TypeError if this is not an asyncio client, or if the prefix of keys is not a str."""
    if isinstance(redis, type) or not is_client:
        # An object is not quoted, because a URL may hold a password.
        given = f"the class {redis!r}" if isinstance(redis, type) else type(redis).__name__
        raise TypeError(
            f"redis must be an asyncio client, such as redis.asyncio.Redis.from_url(url) of redis "
            f"5.0.2 or newer, not {given}."
        )
    if not isinstance(prefix, str):
        raise TypeError(f"prefix must be a str, not {prefix!r:.80}.")


def check_max_age(max_age: int) -> None:
    """Raise ValueError if Redis does not accept this age, in seconds."""
    if max_age > MAX_AGE:
        raise ValueError(f"max_age must be at most {MAX_AGE}, not {max_age}.")


def text_in(reply: bytes | str) -> str:
    """Return a reply as text, whether the client decodes responses or not."""
    return reply if isinstance(reply, str) else reply.decode()


def flash_in(field: bytes | str, value: bytes | str) -> Flash | None:
    """Return the flash that a field of a hash holds, or None if the data is damaged (B7)."""
    try:
        return Flash.unpack(text_in(field), json.loads(text_in(value)))
    except (TypeError, ValueError, RecursionError):
        return None
