"""The audience of a response: who looks at it, according to the headers.

A request belongs to the class of the first row of the table that matches (S1). The headers of Fetch
Metadata (`Sec-Fetch-Dest`, `Sec-Fetch-Mode`) and the prefetch headers come from the browser, over
HTTPS and on localhost only; others come from libraries that load pages with a script. These of the
project's numbered rules are implemented here:

S1  The class of a request: unseen, subresource, frame, page, fragment or plain fetch.
S2  A page view is a response to a page that a browser displays.
S3  Which responses can show messages.
S4  HTML that a script loads leaves its messages to the JavaScript helper.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, auto
from typing import NamedTuple

from aiohttp import hdrs, web
from multidict import istr


class Audience(Enum):
    """Who looks at the response to a request (S1)."""

    UNSEEN = auto()
    """Perhaps nobody: a HEAD request or a preload."""
    SUBRESOURCE = auto()
    """A part of a page, such as an image or a style sheet."""
    FRAME = auto()
    """A Turbo frame, which uses a part of the HTML."""
    PAGE = auto()
    """A person who loads a page."""
    FRAGMENT = auto()
    """A library that inserts the HTML into the page."""
    FETCH = auto()
    """A script."""


# aiohttp finds an istr faster in its headers.
_SEC_PURPOSE = istr("Sec-Purpose")
_PURPOSES = (_SEC_PURPOSE, *map(istr, ("X-Sec-Purpose", "Purpose", "X-Purpose", "X-Moz")))
_HX_PRELOADED = istr("HX-Preloaded")
_HX_BOOSTED = istr("HX-Boosted")
_PING_TO = istr("Ping-To")
_TURBO_FRAME = istr("Turbo-Frame")
_SEC_FETCH_DEST = istr("Sec-Fetch-Dest")
_SEC_FETCH_MODE = istr("Sec-Fetch-Mode")
_REQUESTED_WITH = istr("X-Requested-With")
_INSERTS_HTML = (*map(istr, ("HX-Request", "X-PJAX", "X-Up-Version", "X-Inertia")),)
_REFRESH = istr("Refresh")
_LEAVES = (_REFRESH, *map(istr, ("HX-Redirect", "HX-Location", "HX-Refresh")))

_DOCUMENTS = frozenset({"document", "frame", "iframe", "object", "embed", "fencedframe"})
_DISPLAYED = frozenset(
    {"text/html", "application/xhtml+xml", "text/xml", "application/xml", "text/plain"}
    | {"application/json", "application/pdf"}
)
_HTML = frozenset({"text/html", "application/xhtml+xml"})
_SEES_TEXT = frozenset({Audience.PAGE, Audience.FRAGMENT, Audience.FRAME, Audience.FETCH})

Headers = Mapping[str, str]


def audience_of(request: web.Request) -> Audience:
    """Return the class of a request (S1)."""
    headers = request.headers
    if request.method == hdrs.METH_HEAD or _is_preload(headers):
        return Audience.UNSEEN
    destination = headers.get(_SEC_FETCH_DEST)
    mode = headers.get(_SEC_FETCH_MODE)
    if request.method == hdrs.METH_OPTIONS or _is_subresource(headers, destination, mode):
        return Audience.SUBRESOURCE
    if _TURBO_FRAME in headers:
        return Audience.FRAME
    is_boosted = headers.get(_HX_BOOSTED, "").lower() == "true"
    if destination in _DOCUMENTS or mode == "navigate" or is_boosted:
        return Audience.PAGE
    return _of_script(headers, destination)


def _of_script(headers: Headers, destination: str | None) -> Audience:
    """Return the class of a request that is not a navigation, or does not tell."""
    library = headers.get(_REQUESTED_WITH, "")
    is_script = library.lower() == "xmlhttprequest"
    # An Android WebView sends the name of its package, which has a dot.
    is_library = bool(library) and not is_script and "." not in library
    if is_library or any(name in headers for name in _INSERTS_HTML):
        return Audience.FRAGMENT
    if is_script:
        return Audience.FETCH
    wants_page = "text/html" in headers.get(hdrs.ACCEPT, "").lower()
    return Audience.FETCH if destination == "empty" and not wants_page else Audience.PAGE


class Effects(NamedTuple):
    """The effects of a response on the flashes that were read for it."""

    consumes: bool
    """Whether it consumes values that were read (V2)."""
    shows: bool
    """Whether its audience can see messages (S3)."""
    page_view: bool
    """Whether it is a page view (S2)."""
    for_script: bytes
    """HTML whose messages the JavaScript helper reports (S4)."""


def effects_of(
    request: web.Request, response: web.StreamResponse, *, is_endpoint: bool, has_script: bool
) -> Effects:
    """Return the effects of a response. It has none if the client is gone.

    `is_endpoint`: it is the response of the JavaScript helper's endpoint, to which a page reports
    the messages that it has shown. `has_script`: the helper is installed.
    """
    is_seen = request.transport is not None
    audience = audience_of(request)
    return Effects(
        consumes=is_seen and response.status != 304,
        shows=is_endpoint or (is_seen and can_show(audience, response)),
        page_view=is_seen and not is_endpoint and is_page_view(audience, response),
        for_script=b"" if is_endpoint or not has_script else _html_for_script(request, response),
    )


def is_browser_preload(request: web.Request) -> bool:
    """Return whether the browser itself preloads, so that it can load the page later (B3)."""
    return _names_preload(request.headers.get(_SEC_PURPOSE, ""))


def is_page_view(audience: Audience, response: web.StreamResponse) -> bool:
    """Return whether a browser displays the response as a page (S2)."""
    return (
        audience is Audience.PAGE
        and 200 <= response.status < 300
        and response.status not in (204, 205, 206)
        and not _is_empty(response)
        and _REFRESH not in response.headers
        and not _is_attachment(response)
        and _is_displayed(response.content_type)
    )


def can_show(audience: Audience, response: web.StreamResponse) -> bool:
    """Return whether the audience can see the text of the response (S3)."""
    if audience not in _SEES_TEXT or 300 <= response.status < 400 or response.status in (204, 205):
        return False
    headers = response.headers
    if response.status == 401 and hdrs.WWW_AUTHENTICATE in headers:  # the browser asks or retries
        return False
    if _is_attachment(response) or any(name in headers for name in _LEAVES):
        return False
    if audience in (Audience.PAGE, Audience.FRAGMENT):
        return _may_be_text(response.content_type)
    return response.content_type not in _HTML


def _html_for_script(request: web.Request, response: web.StreamResponse) -> bytes:
    """Return the HTML that a script loads and may insert, or nothing."""
    headers = request.headers
    names = (_HX_BOOSTED, _TURBO_FRAME, *_INSERTS_HTML)
    is_for_script = headers.get(_SEC_FETCH_DEST) == "empty" or any(n in headers for n in names)
    body = response.body if isinstance(response, web.Response) else None
    is_html = is_for_script and response.content_type in _HTML
    return body if is_html and isinstance(body, bytes) else b""


def _is_preload(headers: Headers) -> bool:
    if _HX_PRELOADED in headers:
        return True
    return any(_names_preload(headers[name]) for name in _PURPOSES if name in headers)


def _names_preload(purpose: str) -> bool:
    purpose = purpose.lower()
    return any(name in purpose for name in ("prefetch", "prerender", "preview"))


def _is_subresource(headers: Headers, destination: str | None, mode: str | None) -> bool:
    if _PING_TO in headers:
        return True
    if destination is None:
        return headers.get(hdrs.ACCEPT, "").startswith(("image/", "text/css"))
    if destination == "empty":
        return mode == "no-cors"
    return destination not in _DOCUMENTS


def _is_empty(response: web.StreamResponse) -> bool:
    return isinstance(response, web.Response) and not response.body


def _is_attachment(response: web.StreamResponse) -> bool:
    disposition = response.headers.get(hdrs.CONTENT_DISPOSITION, "")
    return disposition.lower().startswith("attachment")


def _is_displayed(content_type: str) -> bool:
    return content_type in _DISPLAYED or content_type.endswith(("+xml", "+json"))


def _may_be_text(content_type: str) -> bool:
    """Return whether a response may hold text. Streams often name no type."""
    is_unnamed = content_type == "application/octet-stream"
    return is_unnamed or content_type.startswith("text/") or _is_displayed(content_type)
