"""The audience of a response: whether a person sees it, according to its headers.

Browsers state the purpose of a request in the headers of the Fetch Metadata and Prefetch
specifications (`Sec-Fetch-Dest`, `Sec-Purpose`), over HTTPS and on localhost only. Without these
headers, a request counts as a person who loads a page.
"""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp import hdrs, web
from multidict import istr

_PAGES = frozenset({"document", "frame", "iframe"})
_SHOW_TEXT = _PAGES | {"", "object", "embed", "fencedframe", "empty"}
_SUBRESOURCES = (
    *("image/", "font/", "audio/", "video/", "text/css", "text/javascript"),
    *("application/javascript", "application/font"),
)
# aiohttp finds an istr faster in its headers.
_SEC_PURPOSE = istr("Sec-Purpose")
_PURPOSES = (_SEC_PURPOSE, *map(istr, ("X-Sec-Purpose", "Purpose", "X-Moz")))
_HX_PRELOADED = istr("HX-Preloaded")
_HX_BOOSTED = istr("HX-Boosted")
_PING_TO = istr("Ping-To")
_SEC_FETCH_DEST = istr("Sec-Fetch-Dest")
_HTMX_LEAVES = (*map(istr, ("HX-Redirect", "HX-Location", "HX-Refresh")),)

Headers = Mapping[str, str]


def is_browser_preload(request: web.Request) -> bool:
    """Tell whether the browser itself prefetches or prerenders: it can load the page later (B3)."""
    return _names_preload(request.headers.get(_SEC_PURPOSE, ""))


def is_unseen(request: web.Request) -> bool:
    """Tell whether this is a HEAD request or a preload, also by a script or an old browser (B3)."""
    headers = request.headers
    if request.method == hdrs.METH_HEAD or _HX_PRELOADED in headers:
        return True
    return any(_names_preload(headers[name]) for name in _PURPOSES if name in headers)


def is_page_view(request: web.Request, response: web.StreamResponse) -> bool:
    """Tell whether a browser loaded a page by this request and got one (V3)."""
    return (
        200 <= response.status < 300
        and response.status not in (204, 205, 206)
        and request.method != hdrs.METH_OPTIONS
        and _loads_page(request.headers)
        and not _is_part_or_download(response.headers)
        and not is_unseen(request)
    )


def can_show(request: web.Request, response: web.StreamResponse) -> bool:
    """Tell whether a person can see the text of the response (M2)."""
    return (
        not 300 <= response.status < 400
        and response.status not in (204, 205)
        and request.headers.get(_SEC_FETCH_DEST, "") in _SHOW_TEXT
        and _PING_TO not in request.headers
        and not any(name in response.headers for name in _HTMX_LEAVES)
        and not is_unseen(request)
    )


def _loads_page(request: Headers) -> bool:
    is_boosted = request.get(_HX_BOOSTED, "").lower() == "true"
    return request.get(_SEC_FETCH_DEST, "document") in _PAGES or is_boosted


def _is_part_or_download(response: Headers) -> bool:
    disposition = response.get(hdrs.CONTENT_DISPOSITION, "").lower()
    content_type = response.get(hdrs.CONTENT_TYPE, "").lower()
    return disposition.startswith("attachment") or content_type.startswith(_SUBRESOURCES)


def _names_preload(purpose: str) -> bool:
    purpose = purpose.lower()
    return "prefetch" in purpose or "prerender" in purpose
