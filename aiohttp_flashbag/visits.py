"""Which request is a preload, which answer is a page view, which answer shows nothing.

Browsers say what a request is for in the headers of the Fetch Metadata and the Prefetch
specification (`Sec-Fetch-Dest`, `Sec-Purpose`), on https and on localhost only. What they do not
say is taken for a person who loads a page.
"""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp import hdrs
from multidict import istr

_PAGES = frozenset({"document", "frame", "iframe"})
_NO_ONE_READS = frozenset(
    {"audio", "audioworklet", "font", "image", "manifest", "paintworklet", "script"}
    | {"serviceworker", "sharedworker", "style", "track", "video", "worker", "xslt"}
)
# As istr these are found faster.
_SEC_PURPOSE = istr("Sec-Purpose")
_PURPOSES = (_SEC_PURPOSE, *map(istr, ("X-Sec-Purpose", "Purpose", "X-Moz")))
_SEC_FETCH_DEST = istr("Sec-Fetch-Dest")
_HTMX_LEAVES = (*map(istr, ("HX-Redirect", "HX-Location", "HX-Refresh")),)

Headers = Mapping[str, str]


def is_preload(request: Headers) -> bool:
    """The browser itself prefetches or prerenders (B3): it can be told to load the page later."""
    return _names_preload(request.get(_SEC_PURPOSE, ""))


def nobody_looks(method: str, request: Headers) -> bool:
    """HEAD, or a preload (B3): scripts, and browsers of old, have headers of their own for it."""
    said = (request[name] for name in _PURPOSES if name in request)
    return method == "HEAD" or any(map(_names_preload, said))


def _names_preload(purpose: str) -> bool:
    purpose = purpose.lower()
    return "prefetch" in purpose or "prerender" in purpose


def is_page_view(method: str, request: Headers, status: int, response: Headers) -> bool:
    """By this request a browser loaded a page and got one (V3)."""
    return (
        200 <= status < 300
        and status not in (204, 205, 206)
        and method != "OPTIONS"
        and (request.get(_SEC_FETCH_DEST, "document") in _PAGES or _is_boosted(request))
        and not response.get(hdrs.CONTENT_DISPOSITION, "").lower().startswith("attachment")
        and not nobody_looks(method, request)
    )


def shows(method: str, request: Headers, status: int, response: Headers) -> bool:
    """A person can see what the answer holds (M2)."""
    return (
        not 300 <= status < 400
        and status not in (204, 205)
        and not any(map(response.__contains__, _HTMX_LEAVES))
        and request.get(_SEC_FETCH_DEST, "") not in _NO_ONE_READS
        and not nobody_looks(method, request)
    )


def _is_boosted(request: Headers) -> bool:
    return request.get("HX-Boosted", "").lower() == "true"
