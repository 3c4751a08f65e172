"""The audience of a response (S1 to S3), told from the headers of requests and responses."""

from __future__ import annotations

from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from aiohttp_flashbag.audience import can_show, is_browser_preload, is_page_view, is_unseen

Headers = dict[str, str]

# Remove these marks with the rules that they name.
s1 = pytest.mark.xfail(reason="S1 is not implemented yet")
s2 = pytest.mark.xfail(reason="S2 is not implemented yet")
s3 = pytest.mark.xfail(reason="S3 is not implemented yet")


def request_with(headers: Headers, method: str = "GET") -> web.Request:
    return make_mocked_request(method, "/", headers=headers)


def response_of(
    status: int = 200, content_type: str = "text/html", body: str = "page", **headers: str
) -> web.Response:
    """Return a response. Give the header HX-Redirect as `HX_Redirect`."""
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return web.Response(status=status, body=body, content_type=content_type, headers=given)


# S1: the class of a request decides who sees an ordinary page in HTML, and one in JSON.

HTML, JSON = response_of(), response_of(content_type="application/json")
CLASSES = {
    # class: (is unseen, HTML is a page view, HTML shows messages, JSON shows messages)
    "unseen": (True, False, False, False),
    "subresource": (False, False, False, False),
    "frame": (False, False, False, True),
    "page": (False, True, True, True),
    "fragment": (False, False, True, True),
    "plain fetch": (False, False, False, True),
}
EMPTY = {"Sec-Fetch-Dest": "empty"}
XHR = {"X-Requested-With": "XMLHttpRequest"}
BROWSER_PRELOADS: list[Headers] = [
    {"Sec-Purpose": "prefetch"},
    {"Sec-Purpose": "prefetch;prerender"},
    {"Sec-Purpose": "prefetch;anonymous-client-ip"},
    {"Sec-Purpose": "Prerender"},
    {"Sec-Purpose": "prefetch", "Purpose": "prefetch"},
]
PRELOADS: list[Headers] = [
    *BROWSER_PRELOADS,
    {"X-Sec-Purpose": "prefetch"},
    {"Purpose": "prefetch"},
    {"Purpose": "prerender"},
    {"X-Moz": "prefetch"},
    {"HX-Preloaded": "true"},
    {"HX-Preloaded": "true", "HX-Boosted": "true", "Sec-Fetch-Dest": "empty"},
    {"Sec-Purpose": "prefetch", "Sec-Fetch-Dest": "document", "Sec-Fetch-Mode": "navigate"},
]
SUBRESOURCES = (
    *("audio", "audioworklet", "compression-dictionary", "font", "image", "json", "manifest"),
    *("nonsense", "paintworklet", "report", "script", "serviceworker", "sharedworker"),
    *("speculationrules", "style", "text", "track", "video", "webidentity", "websocket"),
    *("worker", "xslt"),
)
ROWS: list[tuple[str, Headers, Any]] = [
    *(("unseen", headers, ()) for headers in PRELOADS),
    ("unseen", {"X-Purpose": "preview"}, s1),
    ("unseen", {"Purpose": "preview"}, s1),
    *(("subresource", {"Sec-Fetch-Dest": dest}, ()) for dest in SUBRESOURCES),
    ("subresource", {"Ping-To": "/article", "Sec-Fetch-Dest": "empty"}, ()),
    ("subresource", {"Ping-To": "/article"}, s1),
    ("subresource", {**EMPTY, "Sec-Fetch-Mode": "no-cors"}, s1),
    ("subresource", {"Accept": "image/avif,image/webp,*/*;q=0.8"}, s1),
    ("subresource", {"Accept": "text/css,*/*;q=0.1"}, s1),
    ("frame", {"Turbo-Frame": "cart", **EMPTY, "Accept": "text/html"}, s1),
    ("frame", {"Turbo-Frame": "cart"}, s1),
    *(("page", {"Sec-Fetch-Dest": dest}, ()) for dest in ("document", "frame", "iframe")),
    *(("page", {"Sec-Fetch-Dest": dest}, s1) for dest in ("object", "embed", "fencedframe")),
    ("page", {**EMPTY, "Sec-Fetch-Mode": "navigate"}, s1),
    ("page", {"HX-Boosted": "true", "HX-Request": "true", **EMPTY}, ()),
    ("page", {**EMPTY, "Accept": "text/html, application/xhtml+xml"}, s1),
    ("page", {}, ()),
    ("page", {"Accept": "text/html,application/xhtml+xml,image/avif"}, ()),
    ("page", {"Sec-Purpose": ""}, ()),
    *(
        ("fragment", {name: "true", **EMPTY}, ())
        for name in ("HX-Request", "X-PJAX", "X-Up-Version", "X-Inertia")
    ),
    ("fragment", {"HX-Request": "true"}, s1),
    ("fragment", {"X-Requested-With": "Unpoly", **EMPTY}, ()),
    ("page", {"X-Requested-With": "com.example.app"}, ()),
    ("plain fetch", {**XHR, **EMPTY, "Accept": "text/html"}, s1),
    ("plain fetch", XHR, s1),
    ("plain fetch", {**EMPTY, "Accept": "*/*", "Sec-Fetch-Mode": "cors"}, s1),
    ("plain fetch", {**EMPTY, "Accept": "application/json"}, s1),
]


@pytest.mark.parametrize(
    ("expected", "headers"),
    [pytest.param(kind, headers, marks=marks) for kind, headers, marks in ROWS],
    ids=str,
)
def test_s1_the_headers_of_a_request_tell_its_class(expected: str, headers: Headers) -> None:
    request = request_with(headers)
    found = (
        is_unseen(request),
        is_page_view(request, HTML),
        can_show(request, HTML),
        can_show(request, JSON),
    )
    assert found == CLASSES[expected]


@pytest.mark.parametrize(
    ("method", "expected"),
    [("GET", "page"), ("POST", "page"), ("PUT", "page"), ("HEAD", "unseen")],
)
def test_s1_a_head_request_is_unseen(method: str, expected: str) -> None:
    request = request_with({}, method)
    unseen, page_view, shows, _ = CLASSES[expected]
    assert is_unseen(request) is unseen
    assert is_page_view(request, HTML) is page_view
    assert can_show(request, HTML) is shows


@pytest.mark.parametrize("headers", PRELOADS)
def test_b3_only_a_browsers_own_preload_can_be_repeated(headers: Headers) -> None:
    assert is_browser_preload(request_with(headers)) is ("Sec-Purpose" in headers)


# S2: the responses to a page that are page views


def test_s2_options_is_not_a_page_view() -> None:
    assert not is_page_view(request_with({}, "OPTIONS"), HTML)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        *((status, True) for status in (200, 201, 202, 203, 207, 299)),
        *((status, False) for status in (204, 205, 206)),
        *((status, False) for status in (300, 301, 302, 303, 304, 307, 308)),
        *((status, False) for status in (400, 403, 404, 405, 422, 499, 500, 503)),
    ],
)
def test_s2_a_page_view_has_the_status_of_a_whole_page(status: int, expected: bool) -> None:
    assert is_page_view(request_with({}), response_of(status)) is expected


@pytest.mark.parametrize(
    ("content_type", "expected"),
    [
        *((kind, True) for kind in ("text/html", "application/xhtml+xml", "application/xml")),
        *((kind, True) for kind in ("text/plain", "application/json", "application/pdf")),
        *((kind, False) for kind in ("image/png", "image/svg+xml", "font/woff2", "audio/mpeg")),
        *((kind, False) for kind in ("video/mp4", "text/css", "text/javascript")),
        ("application/javascript", False),
        pytest.param("application/octet-stream", False, marks=s2),
        pytest.param("application/zip", False, marks=s2),
        pytest.param("text/csv", False, marks=s2),
    ],
)
def test_s2_a_page_view_has_a_type_that_browsers_display(content_type: str, expected: bool) -> None:
    for given in (content_type, content_type.upper()):
        assert is_page_view(request_with({}), response_of(content_type=given)) is expected


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"Content_Disposition": "attachment"}, False),
        ({"Content_Disposition": 'Attachment; filename="a.pdf"'}, False),
        ({"Content_Disposition": "inline"}, True),
        ({"Content_Disposition": 'inline; filename="attachment.pdf"'}, True),
        pytest.param({"Refresh": "0; url=/login"}, False, marks=s2),
        pytest.param({"body": ""}, False, marks=s2, id="80 empty body"),
    ],
)
def test_s2_a_download_a_refresh_and_an_empty_body_are_not_page_views(
    headers: Headers, expected: bool
) -> None:
    assert is_page_view(request_with({}), response_of(**headers)) is expected  # type: ignore[arg-type]


# S3: the responses to a page that can show messages


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        *((status, True) for status in (200, 201, 206, 400, 401, 404, 422)),
        *((status, False) for status in (204, 205, 300, 301, 302, 303, 304, 307, 308)),
    ],
)
def test_s3_a_response_with_a_body_can_show_messages(status: int, expected: bool) -> None:
    assert can_show(request_with({}), response_of(status)) is expected


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"HX_Push_Url": "/list"}, True),
        ({"HX_Redirect": "/"}, False),
        ({"HX_Location": "/"}, False),
        ({"HX_Refresh": "true"}, False),
        pytest.param({"Refresh": "0; url=/login"}, False, marks=s3),
        pytest.param({"Content_Disposition": "attachment"}, False, marks=s3),
        pytest.param({"status": 401, "WWW_Authenticate": "Basic"}, False, marks=s3, id="81 401"),
    ],
)
def test_s3_a_response_that_leaves_the_page_or_is_saved_shows_nothing(
    headers: dict[str, Any], expected: bool
) -> None:
    assert can_show(request_with({}), response_of(**headers)) is expected
