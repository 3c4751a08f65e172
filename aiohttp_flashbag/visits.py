"""Which request is a preload, which answer is a page view, which answer shows nothing.

Browsers say what a request is for in the headers of the Fetch Metadata and the Prefetch
specification (`Sec-Fetch-Dest`, `Sec-Purpose`), on https and on localhost only. What they do not
say is taken for a person who loads a page.
"""

from __future__ import annotations

from collections.abc import Mapping

_PAGES = frozenset({"document", "frame", "iframe"})
_NO_ONE_READS = frozenset(
    {"audio", "audioworklet", "font", "image", "manifest", "paintworklet", "script"}
    | {"serviceworker", "sharedworker", "style", "track", "video", "worker", "xslt"}
)
_HTMX_LEAVES = ("HX-Redirect", "HX-Location", "HX-Refresh")

Headers = Mapping[str, str]


def is_preload(request: Headers) -> bool:
    """The browser itself prefetches or prerenders (B3): it can be told to load the page later."""
    return _names_preload(request.get("Sec-Purpose", ""))


def is_script_preload(request: Headers) -> bool:
    """A script, or a browser of old, prefetches (B3)."""
    return any(_names_preload(request.get(n, "")) for n in ("X-Sec-Purpose", "Purpose", "X-Moz"))


def _names_preload(purpose: str) -> bool:
    purpose = purpose.lower()
    return "prefetch" in purpose or "prerender" in purpose


def is_page_view(method: str, request: Headers, status: int, response: Headers) -> bool:
    """By this request a browser loaded a page and got one (V3)."""
    return (
        200 <= status < 300
        and status not in (204, 205, 206)
        and method not in ("HEAD", "OPTIONS")
        and (request.get("Sec-Fetch-Dest", "document") in _PAGES or _is_boosted(request))
        and not response.get("Content-Disposition", "").lower().startswith("attachment")
        and not _is_any_preload(request)
    )


def shows(method: str, request: Headers, status: int, response: Headers) -> bool:
    """A person can see what the answer holds (M2)."""
    return (
        method != "HEAD"
        and not 300 <= status < 400
        and status not in (204, 205)
        and not any(name in response for name in _HTMX_LEAVES)
        and request.get("Sec-Fetch-Dest", "") not in _NO_ONE_READS
        and not _is_any_preload(request)
    )


def _is_boosted(request: Headers) -> bool:
    return request.get("HX-Boosted", "").lower() == "true"


def _is_any_preload(request: Headers) -> bool:
    return is_preload(request) or is_script_preload(request)
