"""What a request is for, and what becomes of its response, told from their headers.

Browsers say what a request is for in the headers of the Fetch Metadata and the Prefetch
specifications (`Sec-Fetch-Dest`, `Sec-Purpose`), on https and on localhost only. Where they say
nothing, the request counts as a person who loads a page.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from aiohttp import hdrs
from multidict import istr
from yarl import URL

from .address import Sender

_PAGES = frozenset({"document", "frame", "iframe"})
_SHOW_TEXT = _PAGES | {"", "object", "embed", "fencedframe", "empty"}
_SUBRESOURCES = (
    *("image/", "font/", "audio/", "video/", "text/css", "text/javascript"),
    *("application/javascript", "application/font"),
)
# As istr these are found faster.
_SEC_PURPOSE = istr("Sec-Purpose")
_PURPOSES = (_SEC_PURPOSE, *map(istr, ("X-Sec-Purpose", "Purpose", "X-Moz")))
_HX_PRELOADED = istr("HX-Preloaded")
_HX_BOOSTED = istr("HX-Boosted")
_PING_TO = istr("Ping-To")
_SEC_FETCH_DEST = istr("Sec-Fetch-Dest")
_SEC_FETCH_MODE = istr("Sec-Fetch-Mode")
_SEC_FETCH_SITE = istr("Sec-Fetch-Site")
_HX_REDIRECT = istr("HX-Redirect")
_HX_LOCATION = istr("HX-Location")
_HTMX_LEAVES = (*map(istr, ("HX-Redirect", "HX-Location", "HX-Refresh")),)

MOVED = "AIOHTTP_FLASHBAG_MOVED_"
"""Begins the name of a cookie that notes where an addressee was redirected to (T2)."""
_NOTES = re.compile(rf"(?:^|[; ]){MOVED}([0-9]{{16}})=([0-9a-f]{{12}})", re.ASCII)

Headers = Mapping[str, str]


def is_browser_preload(request: Headers) -> bool:
    """Tell whether the browser itself prefetches or prerenders: it can load the page later (B3)."""
    return _names_preload(request.get(_SEC_PURPOSE, ""))


def is_unseen(method: str, request: Headers) -> bool:
    """Tell whether this is HEAD or a preload (B3), also one by a script or an old browser."""
    if method == hdrs.METH_HEAD or _HX_PRELOADED in request:
        return True
    said = [request[name] for name in _PURPOSES if name in request]
    return bool(said) and any(map(_names_preload, said))


def is_page_view(method: str, request: Headers, status: int, response: Headers) -> bool:
    """Tell whether a browser loaded a page by this request and got one (V3)."""
    return (
        200 <= status < 300
        and status not in (204, 205, 206)
        and method != hdrs.METH_OPTIONS
        and (
            request.get(_SEC_FETCH_DEST, "document") in _PAGES
            or request.get(_HX_BOOSTED, "").lower() == "true"
        )
        and not response.get(hdrs.CONTENT_DISPOSITION, "").lower().startswith("attachment")
        and not response.get(hdrs.CONTENT_TYPE, "").lower().startswith(_SUBRESOURCES)
        and not is_unseen(method, request)
    )


def can_show(method: str, request: Headers, status: int, response: Headers) -> bool:
    """Tell whether a person can see the text of the response (M2)."""
    return (
        not 300 <= status < 400
        and status not in (204, 205)
        and request.get(_SEC_FETCH_DEST, "") in _SHOW_TEXT
        and not any(map(response.__contains__, _HTMX_LEAVES))
        and _PING_TO not in request
        and not is_unseen(method, request)
    )


def sending_page(request: Headers) -> str:
    """Return the page that sent a request: its Referer, "" unless that is more than an origin."""
    referer = request.get(hdrs.REFERER, "")
    return referer if referer.partition("://")[2].partition("/")[2] else ""


def sender(path: str, request: Headers) -> Sender:
    """Tell where a request comes from, as far as it says (T1)."""
    page = sending_page(request)
    cookies = request.get(hdrs.COOKIE, "")
    notes = _NOTES.findall(cookies) if MOVED in cookies else ()
    return Sender(
        path,
        page,
        is_known=bool(page) or request.get(_SEC_FETCH_SITE) == "none",
        moved={int(at): target for at, target in notes},
    )


def redirect_path(
    url: URL, host: str, request: Headers, status: int, response: Headers
) -> str | None:
    """Return the path to which a response sends its browser; None if it stays or leaves the host.

    A script that fetches goes on by itself, so there only HX-Redirect and HX-Location count (T4).
    The scheme is not compared, for TLS may end before the application.
    """
    location = response.get(_HX_REDIRECT) or _path_in(response.get(_HX_LOCATION, ""))
    if not location and 300 <= status < 400:
        is_page = request.get(_SEC_FETCH_MODE, "navigate") == "navigate"
        location = response.get(hdrs.LOCATION, "") if is_page else ""
    if not location:
        return None
    try:
        target = URL(location)
        if location[0] != "/" or "/." in location or target.host is not None:
            target = url.join(target)
        return target.path if _is_relative(target) or _has_host(target, URL(f"//{host}")) else None
    except ValueError:
        return None


def _is_relative(target: URL) -> bool:
    return not target.scheme and target.host is None


def _has_host(target: URL, here: URL) -> bool:
    return (target.host, target.explicit_port) == (here.host, here.explicit_port)


def _path_in(hx_location: str) -> str:
    """Return the path that HX-Location names, which may be JSON."""
    if not hx_location.startswith("{"):
        return hx_location
    try:
        path = json.loads(hx_location).get("path")
    except (ValueError, RecursionError):
        return ""
    return path if isinstance(path, str) else ""


def _names_preload(purpose: str) -> bool:
    purpose = purpose.lower()
    return "prefetch" in purpose or "prerender" in purpose
