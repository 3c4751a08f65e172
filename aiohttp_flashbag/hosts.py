"""Compare the host of a URL with the host of a request."""

from __future__ import annotations

from aiohttp import web
from yarl import URL


def is_same_host(url: URL, request: web.Request) -> bool:
    """Return whether a URL has the host and the port of the request.

    Default ports are added first. The scheme is not compared, because TLS may end before the
    application. Raises ValueError if the request's host is malformed.
    """
    if url.host is None:
        return False
    here = URL(f"{url.scheme or request.scheme}://{request.host}")
    return (url.host, url.port or here.port) == (here.host, here.port)
