"""What a transport of one's own inherits."""

from __future__ import annotations

from aiohttp import web
from aiohttp.test_utils import make_mocked_request
from support.own_cookies import KEY

from aiohttp_flashbag import CookieTransport
from aiohttp_flashbag.parcel import Delta


async def test_a_transport_has_nothing_to_merge_into_a_session() -> None:
    request = make_mocked_request("GET", "/")
    store = CookieTransport(KEY).open(request)
    assert not store.is_saved_next(request)
    await store.merge_into_session(request, Delta())
    assert list(request) == []


async def test_a_transport_leaves_the_headers_as_they_are_where_nothing_changes() -> None:
    request = make_mocked_request("GET", "/")
    response = web.Response(headers={"Set-Cookie": "a=b"})
    await CookieTransport(KEY).open(request).commit(request, response, Delta())
    assert list(response.headers.items()) == [("Set-Cookie", "a=b")]
