"""Compare the host of a URL, or the page that sent a request, with the host of the request."""

from __future__ import annotations

from aiohttp import hdrs, web
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


def is_same_origin(request: web.Request, *, default: bool = False) -> bool:
    """Return whether a page of this origin sent a request; `default` if the request does not tell.

    Browsers send `Sec-Fetch-Site` over HTTPS and on localhost only.
    """
    if site := request.headers.get("Sec-Fetch-Site"):
        return site == "same-origin"
    origin = request.headers.get(hdrs.ORIGIN)
    if origin is None:
        return default
    try:
        return is_same_host(URL(origin), request)
    except ValueError:
        return False
