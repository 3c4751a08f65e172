"""B7: whatever comes in the Cookie header, no page is a 500 and no message is made up."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiohttp import web
from support.apps import AiohttpClient, Client
from support.own_cookies import (
    PREFIX,
    cookie_client,
    header,
    ours,
    sealed,
    send,
    stored,
    streams,
)

from aiohttp_flashbag import flashbag_get

COOKIES, PER_REQUEST = 2000, 10
ALPHABET = "AZaz09-_=+/.,:!#$%&'*^`|~()<>@[]{}?\"\\ \té漢🎈"

ROUTES = [
    ("GET", "/messages"),
    ("GET", "/messages?only=error"),
    ("GET", "/value"),
    ("HEAD", "/messages"),
    ("POST", "/flash?info=Sent"),
    ("POST", "/set?error=Sent"),
    ("GET", "/plain"),
    ("GET", "/stream"),
    ("GET", "/static/logo.svg"),
    ("GET", "/nowhere"),
]
SHOW = {("GET", "/messages"): {"Saved", "Zoë 保存"}, ("GET", "/value"): {"Sent"}}


def noise(chance: random.Random, most: int = 300) -> str:
    return "".join(chance.choices(ALPHABET, k=chance.randrange(most)))


def mutated(token: str, chance: random.Random) -> str:
    """A token with a few letters changed, put in, taken out, moved or repeated."""
    for _ in range(chance.randint(1, 4)):
        start, end = sorted(chance.choices(range(len(token) + 1), k=2))
        part = token[start:end]
        other = chance.choice(
            ["", part[::-1], part * 2, part.swapcase(), noise(chance, 9), chance.choice(ALPHABET)]
        )
        token = (token[:start] + other + token[end:])[:700]
    return token


def garbled(came: dict[str, str], chance: random.Random) -> Iterator[tuple[str, str]]:
    """Cookies: of random letters, of damaged tokens, of whole ones under other names."""
    names = [*came, f"{PREFIX}planted1", PREFIX]
    forged = [
        sealed(name, [1, {"error": "forged"}, [stored("forged")]], b"f" * 32) for name in names
    ]
    for _ in range(COOKIES):
        name = chance.choice([*names, f"{PREFIX}{noise(chance, 9)}".replace(";", "")])
        token = chance.choice([*came.values(), *forged])
        value = chance.choice([noise(chance), mutated(token, chance), token])
        yield name, value.replace(";", "")


async def value_page(request: web.Request) -> web.Response:
    """Read the value."""
    value = flashbag_get(request, "error")
    return web.json_response([] if value is None else [value])


@pytest.fixture
async def client(aiohttp_client: AiohttpClient, tmp_path: Path) -> Client:
    (tmp_path / "logo.svg").write_text("<svg/>")
    return await cookie_client(
        aiohttp_client,
        web.get("/stream", streams()),
        web.get("/value", value_page),
        web.static("/static", tmp_path),
    )


async def came_to(client: Client) -> dict[str, str]:
    """Cookies that are in order."""
    await send(client, "Saved", "Zoë 保存")
    await client.post("/set?error=Sent", headers={"Sec-Fetch-Dest": "empty"})
    came = ours(client)
    client.session.cookie_jar.clear()
    return came


@pytest.mark.parametrize(("method", "path"), ROUTES)
async def test_b7_garbled_cookies_are_no_500_and_no_message(
    client: Client, method: str, path: str
) -> None:
    chance = random.Random(path)
    cookies = list(garbled(await came_to(client), chance))
    statuses, shown = set(), set()
    for start in range(0, COOKIES, PER_REQUEST):
        client.session.cookie_jar.clear()
        headers = header(cookies[start : start + PER_REQUEST])
        response = await client.request(method, path, headers=headers)
        statuses.add(response.status)
        if (method, path) in SHOW:
            shown |= set(await response.json())
    assert statuses == {404 if path == "/nowhere" else 200}
    assert shown == SHOW.get((method, path), set()), "those that came whole, and no others"


async def test_b7_bytes_that_are_no_text_hide_nothing_else(client: Client) -> None:
    chance = random.Random(1)
    wanted = json.dumps(sorted(SHOW["GET", "/messages"]), ensure_ascii=False).encode()
    own = header((await came_to(client)).items())["Cookie"].encode()
    octets = [octet for octet in range(0x20, 0x100) if octet not in b";\x7f"]
    for _ in range(100):
        reader, writer = await asyncio.open_connection(client.host, client.port)
        planted = f"{PREFIX}planted1=".encode() + bytes(chance.choices(octets, k=50))
        writer.write(b"GET /messages HTTP/1.0\r\nCookie: " + planted + b"; " + own + b"\r\n\r\n")
        answer = await reader.read()
        writer.close()
        assert answer.startswith(b"HTTP/1.0 200")
        assert answer.endswith(b"\r\n\r\n" + wanted)
