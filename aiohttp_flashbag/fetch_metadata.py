"""What a request is for, and what becomes of its response, told from their headers.

Browsers say what a request is for in the headers of the Fetch Metadata and the Prefetch
specifications (`Sec-Fetch-Dest`, `Sec-Purpose`), on https and on localhost only. Where they say
nothing, the request counts as a person who loads a page.
"""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp import hdrs
from multidict import istr

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
_HTMX_LEAVES = (*map(istr, ("HX-Redirect", "HX-Location", "HX-Refresh")),)

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


def _names_preload(purpose: str) -> bool:
    purpose = purpose.lower()
    return "prefetch" in purpose or "prerender" in purpose
