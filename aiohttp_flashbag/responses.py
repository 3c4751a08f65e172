"""The headers that the rules require, other than cookies, and copies of shared responses."""

from __future__ import annotations

import re
from http.cookies import SimpleCookie

from aiohttp import hdrs, web
from multidict import istr

_QUOTED = re.compile(r'"[^"]*"')
_OF_CACHES = (*map(istr, ("X-Accel-Expires", "Surrogate-Control", "CDN-Cache-Control")),)
"""Headers that nginx and content delivery networks prefer to `Cache-Control`."""


def forbid_caching(response: web.StreamResponse) -> None:
    """Keep the response out of shared caches, unless its own header already does (B5)."""
    for name in _OF_CACHES:
        response.headers.popall(name, None)
    if current := ",".join(response.headers.getall(hdrs.CACHE_CONTROL, ())):
        if current == "no-store":
            return
        directives = [part.strip() for part in _QUOTED.sub("", current.lower()).split(",")]
        if "private" in directives or "no-store" in directives:
            return
    response.headers[hdrs.CACHE_CONTROL] = "no-store"


def load_later(response: web.StreamResponse) -> None:
    """Make the browser discard its preload and load the page when it is wanted (B3).

    Sets private attributes, because `set_status()` raises an error during `on_response_prepare`.
    """
    response._status, response._reason = 503, "Service Unavailable"
    response.headers[hdrs.CACHE_CONTROL] = "no-store"


def clear_preloads(response: web.StreamResponse) -> None:
    """Make the browser forget the pages that it preloaded before the flash (B3)."""
    response.headers.add("Clear-Site-Data", '"prefetchCache", "prerenderCache"')


def private_copy(error: web.HTTPException) -> web.HTTPException:
    """Copy a raised response, because an application may raise one object for all users (B6)."""
    copy: web.HTTPException = BaseException.__new__(type(error), *error.args)
    cookies = SimpleCookie(vars(error).get("_cookies"))
    copy.__dict__ = {**vars(error), "_headers": error.headers.copy(), "_cookies": cookies}
    copy.__cause__, copy.__context__ = error.__cause__, error.__context__
    copy.__suppress_context__ = error.__suppress_context__
    return copy.with_traceback(error.__traceback__)
