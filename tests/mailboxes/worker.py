"""A process that claims mail and settles it, until it is killed. Its output tells what it does.

Arguments: the URL of Redis, how many users there are, and `claim` to stop after the first claim.
"""

from __future__ import annotations

import asyncio
import random
import sys

from redis.asyncio import Redis

from aiohttp_flashbag.mailbox import RedisMailbox


def say(action: str, user: int, ids: list[str]) -> None:
    print(action, user, *ids, flush=True)  # noqa: T201


async def main(url: str, users: int, last_action: str) -> None:
    mailbox = RedisMailbox(Redis.from_url(url), timeout=60)
    while True:
        user = random.randrange(users)
        ids = [flash.id for flash in (await mailbox.claim(user)).flashes]
        if not ids:
            continue
        say("claimed", user, ids)
        if last_action == "claim":
            await asyncio.Event().wait()
        await mailbox.settle(user, ids)
        say("settled", user, ids)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), sys.argv[3]))
