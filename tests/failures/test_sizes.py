"""A visitor who flashes and flashes and never reads, and what that does to cookies and records."""

from __future__ import annotations

import asyncio
import random
import secrets
from itertools import count
from typing import TYPE_CHECKING

import pytest
from aiohttp import ClientResponse, web
from aiohttp_session import AbstractStorage
from support.apps import AiohttpClient, Client, Start, cookies, does, make_app, shown, whoami
from support.overlap import FETCH

from aiohttp_flashbag import CookieTransport, flash, flashbag_set

if TYPE_CHECKING:
    from redis.asyncio import Redis

COOKIE_LIMIT = 4096  # bytes of name and value, above which a browser ignores a Set-Cookie
HEADER_LIMIT = 8190  # bytes of a header, above which aiohttp answers 400
LETTERS = 'aé½Ж漢😀<&"\\ \n'


def obey(client: Client, response: ClientResponse) -> None:
    """What a browser would have dropped makes the test fail."""
    for line in response.headers.getall("Set-Cookie", ()):
        assert len(line.partition(";")[0].replace("=", "", 1)) <= COOKIE_LIMIT
    sent = "; ".join(f"{name}={value}" for name, value in cookies(client).items())
    assert len(sent) <= HEADER_LIMIT


async def flash_much(request: web.Request) -> web.Response:
    """Messages and values of all sizes, the same in each run."""
    chance = random.Random(int(request.query["seed"]))
    for _ in range(chance.randint(1, 3)):
        text = "".join(chance.choices(LETTERS, k=chance.choice([3, 30, 300])))
        if chance.random() < 0.5:
            flash(request, text, chance.choice(["info", "error"]))
        else:
            flashbag_set(request, f"key {chance.randint(0, 9)}", text)
    return web.Response()


@pytest.mark.parametrize(
    "options",
    [{}, {"transport": CookieTransport(secrets.token_bytes(32))}],
    ids=["session", "own cookies"],
)
@pytest.mark.parametrize("storage", ["simple", "encrypted", "nacl"], indirect=True)
async def test_b7_a_visitor_who_never_reads_stays_logged_in_and_gets_no_cookie_too_large(
    start: Start, options: dict[str, CookieTransport]
) -> None:
    client = await start(web.post("/much", flash_much), **options)
    await client.post("/login?user=alice")
    for seed in range(100):
        response = await client.post(f"/much?seed={seed}", headers=FETCH)
        assert response.status == 200
        obey(client, response)
    assert await whoami(client) == "alice"
    await client.post("/flash?info=the+last")
    assert (await shown(client))[-1] == "the last"


async def post_in_bulk(client: Client, path: str, times: int) -> None:
    """Send so many requests in one go; each is answered before the next is looked at."""
    host, port = client.server.host, client.server.port
    reader, writer = await asyncio.open_connection(host, port)
    [(name, value)] = cookies(client).items()
    head = f"POST {path} HTTP/1.1\r\nHost: {host}\r\nCookie: {name}={value}\r\n"
    head += "Sec-Fetch-Dest: empty\r\nContent-Length: 0\r\n\r\n"
    writer.write(head.encode() * times)
    for _ in range(times):
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200")
    writer.close()
    await writer.wait_closed()


@pytest.mark.slow
async def test_m4_ten_thousand_posts_of_a_visitor_who_never_reads_leave_a_small_record(
    aiohttp_client: AiohttpClient, redis: Redis, redis_storage: AbstractStorage
) -> None:
    numbers = count()

    def fill(request: web.Request) -> None:
        flash(request, f"Saved {next(numbers)}")
        flashbag_set(request, "error", "Name is required")

    client = await aiohttp_client(make_app(redis_storage, web.post("/fill", does(fill))))
    await client.post("/login?user=alice")
    sizes = []
    for _ in range(100):
        await post_in_bulk(client, "/fill", 100)
        [key] = await redis.keys()
        sizes.append(await redis.strlen(key))
    assert max(sizes) < 5000
    assert await shown(client) == [f"Saved {number}" for number in range(9950, 10000)]


@pytest.mark.parametrize("storage", ["memcached", "simple"], indirect=True)
async def test_m4_hundreds_of_posts_leave_as_many_messages_as_setup_allows(start: Start) -> None:
    client = await start(max_messages=7)
    for number in range(300):
        await client.post(f"/flash?info={number}", headers=FETCH)
    assert await shown(client) == [str(number) for number in range(293, 300)]
