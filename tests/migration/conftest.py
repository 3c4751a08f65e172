"""Browsers of one visitor at a site of the migration guides."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import aiohttp
import pytest
from yarl import URL

from .sites import Site


class Visitor:
    """A browser at a site."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    async def get(self, path: str = "/", **headers: str) -> str:
        """Return the text of a page, after redirects."""
        return await self.request("GET", path, headers=headers)

    async def request(self, method: str, path: str, **options: Any) -> str:
        """Return the text of the page that the request leads to."""
        async with self._session.request(method, path, **options) as response:
            return await response.text()

    async def headers(self, method: str, path: str, **options: Any) -> Any:
        """Return the headers of a response, without following a redirect."""
        options["allow_redirects"] = False
        async with self._session.request(method, path, **options) as response:
            return response.headers

    def take_cookies(self, other: Visitor, url: str) -> None:
        """Take over the cookies of another request. Of two with one name, the later wins."""
        for cookie in other._session.cookie_jar:
            self._session.cookie_jar.update_cookies({cookie.key: cookie}, URL(url))


@pytest.fixture(scope="module")
def url(request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of the site that a test is parametrized with."""
    site: Site = request.param
    with site.served() as url:
        yield url


@pytest.fixture
async def visitor(url: str) -> AsyncIterator[Visitor]:
    """A browser that has not been at the site before."""
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(url, cookie_jar=jar) as session:
        yield Visitor(session)


other = visitor  # another request of the same browser, which began before the first response
