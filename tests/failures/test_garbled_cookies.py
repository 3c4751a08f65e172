"""Thousands of damaged, forged and foreign cookies against every route."""

from __future__ import annotations

import json
import random
import secrets
import string
from collections.abc import Callable, Iterable
from functools import partial
from http.cookies import SimpleCookie
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp_session import AbstractStorage, SimpleCookieStorage
from support.apps import (
    AiohttpClient,
    Client,
    cookies,
    does,
    flash_messages,
    make_app,
    session_app,
    set_values,
)
from support.overlap import FETCH

from aiohttp_flashbag import CookieTransport

NUMBER = 2000
FLASHES = {"a value that was sent", "a message that was sent", "posted"}
LETTERS = "".join(sorted({*string.printable} - {*";\r\n\x0b\x0c"}))
REQUESTS = (
    ("GET", "/plain"),
    ("GET", "/whoami"),
    ("GET", "/values?error"),
    ("GET", "/messages"),
    ("GET", "/nowhere"),
    ("HEAD", "/messages"),
    ("POST", "/login?user=bob"),
    ("POST", "/logout"),
    ("POST", "/set?error=posted"),
    ("POST", "/flash?info=posted"),
    ("POST", "/save?info=posted"),
)
SAVE = web.post(
    "/save", does(set_values, flash_messages, answer=partial(web.HTTPSeeOther, "/plain"))
)


def noise(chance: random.Random, good: str) -> str:
    return "".join(chance.choices(LETTERS, k=chance.choice([0, 1, 9, 40, 300])))


def changed(chance: random.Random, good: str) -> str:
    place = chance.randrange(len(good))
    return good[:place] + chance.choice(LETTERS) + good[place + 1 :]


def cut_off(chance: random.Random, good: str) -> str:
    return good[: chance.randrange(len(good))]


def grown(chance: random.Random, good: str) -> str:
    return good + good[chance.randrange(len(good)) :]


def json_of_another_shape(chance: random.Random, good: str) -> str:
    shapes: list[Any] = [None, 1, "x", [], {}, [1], {"m": 1}, [{"m": "x", "c": "x", "id": 1}], [[]]]
    bag = {"aiohttp_flashbag": chance.choice(shapes)}
    session = {**bag, "aiohttp_flashbag_messages": chance.choice(shapes)}
    record = {"session": session, "created": 1}
    return json.dumps(record if chance.random() < 0.8 else chance.choice(shapes))


GARBLES: list[Callable[[random.Random, str], str]] = [
    noise,
    changed,
    cut_off,
    grown,
    json_of_another_shape,
]


async def good_cookies(client: Client) -> dict[str, str]:
    """Those of a user for whom a value and a message wait."""
    await client.post("/login?user=alice")
    await client.post("/set?error=a+value+that+was+sent", headers=FETCH)
    await client.post("/flash?info=a+message+that+was+sent", headers=FETCH)
    return cookies(client)


def garbled(good: dict[str, str]) -> Iterable[dict[str, str]]:
    """The headers of a browser in which one cookie was spoilt; the same in each run."""
    chance = random.Random(1)
    for _ in range(NUMBER):
        name, value = chance.choice(sorted(good.items()))
        came = {**good, name: chance.choice(GARBLES)(chance, value)}
        if chance.random() < 0.5:  # as a browser sends back what a server has quoted
            came = {name: SimpleCookie().value_encode(value)[1] for name, value in came.items()}
        yield {"Cookie": "; ".join(map("=".join, came.items()))}


async def expect_no_harm(client: Client, bare: Client, may_forge: bool) -> None:
    """No garbled cookie costs a page that `bare`, without a flashbag, would serve."""
    good = await good_cookies(client)
    for number, headers in enumerate(garbled(good)):
        client.session.cookie_jar.clear()  # or what it holds would be sent in their place
        method, path = REQUESTS[number % len(REQUESTS)]
        response = await client.request(method, path, headers=headers, allow_redirects=False)
        if response.status >= 500:
            assert (await bare.request(method, path, headers=headers)).status >= 500
        elif method == "GET" and path in ("/messages", "/values?error") and not may_forge:
            page = await response.json()
            assert {*(page if isinstance(page, list) else page.values())} <= {*FLASHES, None}


@pytest.mark.slow
@pytest.mark.parametrize("own_cookies", [False, True], ids=["session", "own cookies"])
async def test_b7_garbled_cookies_cost_no_page_and_forge_no_flash(
    aiohttp_client: AiohttpClient, storage: AbstractStorage, own_cookies: bool
) -> None:
    """A SimpleCookieStorage signs nothing, so there a visitor can forge what waits for them."""
    if own_cookies and not isinstance(storage, SimpleCookieStorage):
        pytest.skip("own cookies do not depend on the session's storage")
    transport = CookieTransport(secrets.token_bytes(32)) if own_cookies else None
    client = await aiohttp_client(make_app(storage, SAVE, transport=transport))
    bare = await aiohttp_client(session_app(storage), cookie_jar=aiohttp.DummyCookieJar())
    simple = isinstance(storage, SimpleCookieStorage)
    await expect_no_harm(client, bare, may_forge=simple and not own_cookies)


@pytest.mark.parametrize("storage", ["memcached"], indirect=True)
@pytest.mark.parametrize("identity", ["x" * 300, "a key with\tblanks", "é"])
async def test_b7_an_id_that_memcached_refuses_costs_no_page(
    aiohttp_client: AiohttpClient, storage: AbstractStorage, identity: str
) -> None:
    app = make_app(storage, SAVE)
    client = await aiohttp_client(app, cookie_jar=aiohttp.DummyCookieJar())
    headers = {"Cookie": f"{storage.cookie_name}={identity}"}
    for method, path in REQUESTS:
        if path != "/whoami" and not path.startswith("/log"):  # they need the session itself
            response = await client.request(method, path, headers=headers, allow_redirects=False)
            assert response.status < 500, path
