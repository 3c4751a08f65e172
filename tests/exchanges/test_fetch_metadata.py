"""Requests and answers, told apart by their headers and status."""

from __future__ import annotations

import pytest
from multidict import CIMultiDict

from aiohttp_flashbag.fetch_metadata import (
    can_show,
    is_browser_preload,
    is_page_view,
    is_unseen,
)

Headers = dict[str, str]

NO_PERSON = (
    *("audio", "audioworklet", "font", "image", "manifest", "paintworklet", "script"),
    *("serviceworker", "sharedworker", "style", "track", "video", "worker", "xslt"),
)
PRELOADS: list[Headers] = [
    {"Sec-Purpose": "prefetch"},
    {"Sec-Purpose": "prefetch;prerender"},
    {"Sec-Purpose": "prefetch;anonymous-client-ip"},
    {"Sec-Purpose": "Prerender"},
]
SCRIPT_PRELOADS: list[Headers] = [
    {"X-Sec-Purpose": "prefetch"},
    {"Purpose": "prefetch"},
    {"Purpose": "prerender"},
    {"X-Moz": "prefetch"},
    {"HX-Preloaded": "true"},
]
READS_NOTHING = (
    *("json", "text", "report", "webidentity", "compression-dictionary", "speculationrules"),
    *("websocket", "nonsense"),
)


def page_view(
    method: str = "GET", status: int = 200, *, request: Headers | None = None, answer: str = ""
) -> bool:
    response = {"Content-Disposition": answer} if answer else {}
    return is_page_view(method, CIMultiDict(request or {}), status, CIMultiDict(response))


def shown(
    method: str = "GET", status: int = 200, *, request: Headers | None = None, answer: str = ""
) -> bool:
    response = {answer: "/"} if answer else {}
    return can_show(method, CIMultiDict(request or {}), status, CIMultiDict(response))


@pytest.mark.parametrize("headers", PRELOADS)
def test_b3_a_browser_says_that_it_preloads(headers: Headers) -> None:
    assert is_browser_preload(CIMultiDict(headers))
    assert is_unseen("GET", CIMultiDict(headers))


@pytest.mark.parametrize("headers", SCRIPT_PRELOADS)
def test_b3_a_script_says_that_it_preloads(headers: Headers) -> None:
    assert is_unseen("GET", CIMultiDict(headers))
    assert not is_browser_preload(CIMultiDict(headers))


@pytest.mark.parametrize("headers", [{}, {"Sec-Purpose": ""}, {"Purpose": "preview"}])
def test_b3_other_requests_are_no_preloads(headers: Headers) -> None:
    assert not is_browser_preload(CIMultiDict(headers))
    assert not is_unseen("GET", CIMultiDict(headers))


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        *((status, True) for status in (200, 201, 202, 203, 207, 299)),
        *((status, False) for status in (101, 199, 204, 205, 206)),
        *((status, False) for status in (300, 301, 302, 303, 304, 307, 308)),
        *((status, False) for status in (400, 403, 404, 405, 422, 499, 500, 503)),
    ],
)
def test_v3_a_page_view_is_answered_with_a_whole_page(status: int, expected: bool) -> None:
    assert page_view(status=status) is expected


@pytest.mark.parametrize(
    ("method", "expected"),
    [("GET", True), ("POST", True), ("PUT", True), ("HEAD", False), ("OPTIONS", False)],
)
def test_v3_a_page_view_asks_for_a_body(method: str, expected: bool) -> None:
    assert page_view(method) is expected


@pytest.mark.parametrize("dest", ["document", "frame", "iframe"])
def test_v3_a_page_view_is_for_a_document_or_a_frame(dest: str) -> None:
    assert page_view(request={"Sec-Fetch-Dest": dest})


@pytest.mark.parametrize("dest", ["", "empty", "object", "embed", "json", *NO_PERSON])
def test_v3_a_request_for_anything_else_is_no_page_view(dest: str) -> None:
    assert not page_view(request={"Sec-Fetch-Dest": dest})


@pytest.mark.parametrize(("boosted", "expected"), [("true", True), ("false", False)])
def test_v3_a_boosted_visit_of_htmx_is_a_page_view(boosted: str, expected: bool) -> None:
    assert page_view(request={"Sec-Fetch-Dest": "empty", "HX-Boosted": boosted}) is expected


@pytest.mark.parametrize("headers", [*PRELOADS, *SCRIPT_PRELOADS])
def test_v3_a_preload_is_no_page_view(headers: Headers) -> None:
    assert not page_view(request=headers)
    assert not page_view(request={**headers, "Sec-Fetch-Dest": "document"})
    assert not page_view(request={**headers, "HX-Boosted": "true"})


@pytest.mark.parametrize(
    ("disposition", "expected"),
    [
        ("attachment", False),
        ('Attachment; filename="a.pdf"', False),
        ("inline", True),
        ('inline; filename="attachment.pdf"', True),
    ],
)
def test_v3_a_download_is_no_page_view(disposition: str, expected: bool) -> None:
    assert page_view(answer=disposition) is expected


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        *((status, True) for status in (101, 200, 201, 206, 400, 404, 422)),
        *((status, False) for status in (204, 205, 300, 301, 302, 303, 304, 307, 308, 399)),
    ],
)
def test_m2_an_answer_with_a_body_shows_messages(status: int, expected: bool) -> None:
    assert shown(status=status) is expected


@pytest.mark.parametrize(
    ("method", "expected"), [("GET", True), ("POST", True), ("OPTIONS", True), ("HEAD", False)]
)
def test_m2_a_head_request_shows_nothing(method: str, expected: bool) -> None:
    assert shown(method) is expected


@pytest.mark.parametrize("header", ["HX-Redirect", "HX-Location", "HX-Refresh", "hx-redirect"])
def test_m2_an_answer_that_makes_htmx_leave_shows_nothing(header: str) -> None:
    assert not shown(answer=header)


def test_m2_an_answer_that_lets_htmx_stay_shows_messages() -> None:
    assert shown(answer="HX-Push-Url")


@pytest.mark.parametrize("dest", [*NO_PERSON, *READS_NOTHING])
def test_m2_52_an_answer_that_no_person_reads_shows_nothing(dest: str) -> None:
    assert not shown(request={"Sec-Fetch-Dest": dest})


@pytest.mark.parametrize(
    "dest", ["", "document", "empty", "frame", "iframe", "object", "embed", "fencedframe"]
)
def test_m2_a_page_or_a_fetch_shows_messages(dest: str) -> None:
    assert shown(request={"Sec-Fetch-Dest": dest})


@pytest.mark.parametrize("headers", [*PRELOADS, *SCRIPT_PRELOADS])
def test_m2_a_preload_shows_nothing(headers: Headers) -> None:
    assert not shown(request=headers)


def test_m2_52_a_ping_of_a_link_shows_nothing() -> None:
    assert not shown("POST", request={"Ping-To": "/article", "Sec-Fetch-Dest": "empty"})


@pytest.mark.parametrize(
    ("content_type", "expected"),
    [
        *((kind, False) for kind in ("image/png", "image/svg+xml", "font/woff2", "audio/mpeg")),
        *((kind, False) for kind in ("video/mp4", "text/css", "text/javascript; charset=utf-8")),
        ("application/javascript", False),
        *((kind, True) for kind in ("text/html", "text/plain", "application/json", "IMAGE", "")),
        ("application/pdf", True),
    ],
)
def test_v3_a_type_that_only_a_subresource_has_is_no_page(
    content_type: str, expected: bool
) -> None:
    for given in (content_type, content_type.upper()):
        response = CIMultiDict({"Content-Type": given})
        assert is_page_view("GET", CIMultiDict(), 200, response) is expected
