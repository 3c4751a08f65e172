"""A visitor who flashes again and again and never reads: the sizes of cookies and records."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest
from aiohttp import ClientResponse, web
from aiohttp_session import AbstractStorage
from support.apps import AiohttpClient, Client, Start, cookies, does, make_app, shown, whoami
from support.overlap import FETCH

from aiohttp_flashbag import flash, flashbag_set

if TYPE_CHECKING:
    from redis.asyncio import Redis

COOKIE_LIMIT = 4096  # bytes of name and value, above which browsers ignore a Set-Cookie
HEADER_LIMIT = 8190  # bytes of a header, above which aiohttp responds with 400
LETTERS = 'aé½Ж漢😀<&"\\ \n'


def check_sizes(client: Client, response: ClientResponse) -> None:
    """Fail if a browser would ignore a cookie, or the server reject the next request."""
    for line in response.headers.getall("Set-Cookie", ()):
        assert len(line.partition(";")[0].replace("=", "", 1)) <= COOKIE_LIMIT
    header = "; ".join(f"{name}={value}" for name, value in cookies(client).items())
    assert len(header) <= HEADER_LIMIT


def flash_much(request: web.Request) -> None:
    """Flash messages and values of all sizes, the same in each run."""
    chance = random.Random(int(request.query["seed"]))
    for _ in range(chance.randint(1, 3)):
        text = "".join(chance.choices(LETTERS, k=chance.choice([3, 30, 300])))
        if chance.random() < 0.5:
            flash(request, text, chance.choice(["info", "error"]))
        else:
            flashbag_set(request, f"key {chance.randint(0, 9)}", text)


@pytest.mark.parametrize("storage", ["encrypted", "nacl", "cookies", "tickets"], indirect=True)
async def test_22_23_a_visitor_who_never_reads_stays_logged_in(start: Start) -> None:
    client = await start(web.post("/much", does(flash_much)))
    await client.post("/login?user=alice")
    for seed in range(60):
        response = await client.post(f"/much?seed={seed}", headers=FETCH)
        assert response.status == 200
        check_sizes(client, response)
    assert await whoami(client) == "alice"
    await client.post("/flash?info=the+last")
    assert (await shown(client))[-1] == "the last"


async def test_m4_21_the_record_of_a_visitor_who_never_reads_stays_small(
    aiohttp_client: AiohttpClient, redis: Redis, redis_storage: AbstractStorage
) -> None:
    def fill(request: web.Request) -> None:
        flash(request, f"Saved {request.query['n']}")
        flashbag_set(request, "error", "Name is required")

    client = await aiohttp_client(make_app(redis_storage, web.post("/fill", does(fill))))
    await client.post("/login?user=alice")
    sizes = []
    for number in range(150):
        await client.post(f"/fill?n={number}", headers=FETCH)
        [key] = await redis.keys()
        sizes.append(await redis.strlen(key))
    assert max(sizes[60:]) <= max(sizes[:60]) + 100
    assert max(sizes) < 6000
    assert await shown(client) == [f"Saved {number}" for number in range(100, 150)]
