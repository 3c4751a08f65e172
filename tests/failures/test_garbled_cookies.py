"""32: hundreds of damaged, forged and foreign cookies for every route."""

from __future__ import annotations

import json
import random
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

NUMBER = 400
FLASHES = {"a pending value", "a pending message", "posted"}
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


def other_json(chance: random.Random, good: str) -> str:
    shapes: list[Any] = [None, 1, "x", [], {}, [1], {"m": 1}, {"1": [None, {"text": 1}]}, [[]]]
    bag = {"aiohttp_flashbag": chance.choice(shapes)}
    session = {**bag, "aiohttp_flashbag_messages": chance.choice(shapes)}
    record = {"session": session, "created": 1}
    return json.dumps(record if chance.random() < 0.8 else chance.choice(shapes))


DAMAGES: list[Callable[[random.Random, str], str]] = [noise, changed, cut_off, grown, other_json]


def damaged(good: dict[str, str]) -> Iterable[dict[str, str]]:
    """Give the headers of a browser in which one cookie is damaged, the same in each run."""
    chance = random.Random(1)
    for _ in range(NUMBER):
        name, value = chance.choice(sorted(good.items()))
        came = {**good, name: chance.choice(DAMAGES)(chance, value)}
        if chance.random() < 0.5:  # as a browser returns a cookie that a server has quoted
            came = {name: SimpleCookie().value_encode(value)[1] for name, value in came.items()}
        yield {"Cookie": "; ".join(map("=".join, came.items()))}


async def good_cookies(client: Client) -> dict[str, str]:
    """Return the cookies of a user with a pending value and a pending message."""
    await client.post("/login?user=alice")
    await client.post("/set?error=a+pending+value", headers=FETCH)
    await client.post("/flash?info=a+pending+message", headers=FETCH)
    return cookies(client)


@pytest.mark.parametrize(
    "storage", ["encrypted", "redis", "cookies", "tickets", "simple"], indirect=True
)
async def test_b7_32_damaged_cookies_cost_no_page_and_forge_no_flash(
    aiohttp_client: AiohttpClient, storage: AbstractStorage
) -> None:
    client = await aiohttp_client(make_app(storage, SAVE))
    bare = await aiohttp_client(session_app(storage), cookie_jar=aiohttp.DummyCookieJar())
    # SimpleCookieStorage signs nothing, so visitors can forge their own flashes.
    may_forge = isinstance(storage, SimpleCookieStorage)
    good = await good_cookies(client)
    for number, headers in enumerate(damaged(good)):
        client.session.cookie_jar.clear()  # its cookies would be sent instead
        method, path = REQUESTS[number % len(REQUESTS)]
        response = await client.request(method, path, headers=headers, allow_redirects=False)
        if response.status >= 500:  # because of the session, with or without a flashbag
            assert (await bare.request(method, path, headers=headers)).status >= 500
        elif method == "GET" and path in ("/messages", "/values?error") and not may_forge:
            page = await response.json()
            assert {*(page if isinstance(page, list) else page.values())} <= {*FLASHES, None}


@pytest.mark.parametrize("storage", ["memcached"], indirect=True)
@pytest.mark.parametrize("identity", ["x" * 300, "a key with\tblanks", "é"])
async def test_b7_32_an_id_that_memcached_refuses_costs_no_page(
    aiohttp_client: AiohttpClient, storage: AbstractStorage, identity: str
) -> None:
    app = make_app(storage, SAVE)
    client = await aiohttp_client(app, cookie_jar=aiohttp.DummyCookieJar())
    headers = {"Cookie": f"{storage.cookie_name}={identity}"}
    for method, path in REQUESTS:
        if path != "/whoami" and not path.startswith("/log"):  # these need the session itself
            response = await client.request(method, path, headers=headers, allow_redirects=False)
            assert response.status < 500, path
