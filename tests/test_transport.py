"""What a transport of one's own inherits."""

from __future__ import annotations

from aiohttp import web
from aiohttp.test_utils import make_mocked_request
from own_cookies import KEY

from aiohttp_flashbag import CookieTransport
from aiohttp_flashbag.transports import Transport


def test_a_transport_has_nothing_to_store_for_a_request_that_used_no_bag() -> None:
    transport: Transport = CookieTransport(KEY)
    assert not transport.wants_store(make_mocked_request("GET", "/"), [])
    assert not transport.stores_before_session


async def test_a_transport_leaves_the_headers_as_they_are_at_the_end() -> None:
    response = web.Response(headers={"Set-Cookie": "a=b"})
    await CookieTransport(KEY).finish(make_mocked_request("GET", "/"), [], response)
    assert list(response.headers.items()) == [
        ("Set-Cookie", "a=b"),
    ]
