"""A visitor of the applications, with cookies as a browser has them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import aiohttp
import pytest
from yarl import URL

from .sites import Site


class Visitor:
    """Somebody's browser at a site."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    async def get(self, path: str = "/", **headers: str) -> str:
        """Load a page, by a redirect too."""
        return await self.request("GET", path, headers=headers)

    async def request(self, method: str, path: str, **options: Any) -> str:
        """Return the text of the page where the request leads to."""
        async with self._session.request(method, path, **options) as response:
            return await response.text()

    async def post(self, note: str) -> str:
        """Send the form with a note, and return the page after the redirect."""
        return await self.request("POST", "/", data={"note": note})

    async def headers(self, method: str, path: str, **options: Any) -> Any:
        """Return the headers of a response, without following its redirect."""
        options["allow_redirects"] = False
        async with self._session.request(method, path, **options) as response:
            return response.headers

    def take_cookies(self, other: Visitor, url: str) -> None:
        """Take over what another request of the same browser was sent; of one name the later."""
        for cookie in other._session.cookie_jar:
            self._session.cookie_jar.update_cookies({cookie.key: cookie}, URL(url))


@pytest.fixture(scope="module")
def url(request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of the site by which a test is parametrized."""
    site: Site = request.param
    with site.served() as url:
        yield url


@pytest.fixture
async def visitor(url: str) -> AsyncIterator[Visitor]:
    """A browser at the site that has not been there before."""
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(url, cookie_jar=jar) as session:
        yield Visitor(session)


@pytest.fixture
async def other(url: str) -> AsyncIterator[Visitor]:
    """Another request of the same browser, which began before the first was answered."""
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(url, cookie_jar=jar) as session:
        yield Visitor(session)
