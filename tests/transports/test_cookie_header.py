"""Whatever a visitor does, one request after the other: no cookie and no header becomes too large.

Browsers drop a cookie of more than 4096 bytes, aiohttp answers a header of more than 8190 with 400.
"""

from __future__ import annotations

import random
from contextlib import suppress
from http.cookies import SimpleCookie

import pytest
from aiohttp import hdrs, web
from support.apps import AiohttpClient
from support.overlap import FETCH
from support.own_cookies import KEY, PREFIX, asks, cookie_app, header, lines_of, ours

from aiohttp_flashbag import CookieTransport, Flashbag, flash, flashbag_set

MAX_BYTES = 2500
BROWSERS_TAKE = 4096


async def fill(request: web.Request) -> web.Response:
    """Set a value and flash messages, as large as the query string says."""
    with suppress(ValueError):
        flashbag_set(request, request.query["key"], "ж" * int(request.query["value"]))
    for size in request.query.getall("message", ()):
        flash(request, "漢" * int(size), request.query["category"], kind="x" * 20)
    return web.Response(status=int(request.query["status"]))


def something(chance: random.Random) -> tuple[str, str, dict[str, str]]:
    """Method, path and headers of what a visitor may do next."""
    category = chance.choice(["info", "error"])
    key = chance.choice("abc")
    method, path = chance.choice(
        [
            ("POST", "/fill"),
            ("POST", "/fill"),
            ("GET", "/messages"),
            ("GET", f"/messages?only={category}"),
            ("GET", f"/values?{key}"),
            ("HEAD", "/messages"),
            ("GET", "/plain"),
            ("GET", "/nowhere"),
        ]
    )
    if path == "/fill":
        sizes = "".join(f"&message={chance.randrange(2 ** chance.randrange(11))}" for _ in range(3))
        status = chance.choice([200, 200, 204, 303, 404, 500])
        value = chance.randrange(1500)
        path += f"?{key=!s}&{value=!s}&{category=!s}&{status=!s}{sizes}"
    headers = chance.choice([{}, FETCH, FETCH, {"Sec-Purpose": "prefetch"}])
    return method, path, headers


@pytest.mark.parametrize("seed", range(3))
async def test_the_header_stays_small_whatever_a_visitor_does(
    aiohttp_client: AiohttpClient, seed: int
) -> None:
    client = await aiohttp_client(cookie_app(web.post("/fill", fill)))
    own = {f"{PREFIX}unknown{n}": "x" * 800 for n in range(2)}
    client.session.cookie_jar.update_cookies({**own, "theme": "dark"}, client.make_url("/"))
    chance = random.Random(seed)
    sizes = []
    for _ in range(150):
        method, path, headers = something(chance)
        response = await client.request(method, path, headers=headers, allow_redirects=False)
        await response.read()
        assert response.status != 400
        for cookie in response.cookies.values():
            assert len(cookie.key) + len(cookie.value) <= BROWSERS_TAKE
        sizes.append(len(header(ours(client).items())[hdrs.COOKIE]))
    assert max(sizes) <= MAX_BYTES
    assert max(sizes) > MAX_BYTES - 100, "the limit was not reached, this shows nothing"
    assert not own.keys() & ours(client).keys()


async def test_a_cookie_of_somebody_else_that_is_no_proper_one_does_not_let_it_grow() -> None:
    transport, jar = CookieTransport(KEY), {"stats": '{"id": [1, 2]}'}
    for number in range(20):
        request = asks(jar)
        bag = Flashbag(await transport.open(request).load(request))
        bag.flash(f"message {number}", "info")
        delta = bag.delta(303, shows=False, page_view=False)
        for line in await lines_of(transport, request, delta):
            ((name, cookie),) = SimpleCookie(line).items()
            jar[name] = cookie.value
    del jar["stats"]
    left = [(name, value) for name, value in jar.items() if value]
    assert len(header(left)[hdrs.COOKIE]) <= MAX_BYTES


@pytest.mark.parametrize("max_bytes", [2500, 4096, 8000])
async def test_a_cookie_is_refused_rather_than_dropped_by_the_browser(max_bytes: int) -> None:
    with suppress(ValueError):  # when the transport is made, or at the call
        transport = CookieTransport(KEY, max_bytes=max_bytes)
        bag = Flashbag(codec=transport.codec)
        bag.set("form", "x" * 4000)
        delta = bag.delta(200, shows=True, page_view=True)
        (line,) = await lines_of(transport, asks(), delta)
        assert len(line.partition(";")[0]) <= BROWSERS_TAKE
