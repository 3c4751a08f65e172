"""S1 to S3, with the recorded headers of real clients: who looks at a response."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest
from aiohttp import web
from aiohttp_session import AbstractStorage
from recorded import Recorded, load
from support.apps import BESIDE, ERROR, SESSIONS, AiohttpClient, Start, does, make_app, read, shown
from support.overlap import FETCH as FETCH_HEADERS

from aiohttp_flashbag import get_flashed_messages, setup_browser
from aiohttp_flashbag.audience import (
    Audience,
    audience_of,
    can_show,
    is_browser_preload,
    is_page_view,
)

PAGE, FRAGMENT, FRAME = Audience.PAGE, Audience.FRAGMENT, Audience.FRAME
FETCH, PART, UNSEEN = Audience.FETCH, Audience.SUBRESOURCE, Audience.UNSEEN
Row: TypeAlias = tuple[Audience, ...]
Headers = dict[str, str]

AT_LOCALHOST, WORKER, PLAIN = "at localhost", "behind a service worker", "over plain http"
SURROUNDINGS = (AT_LOCALHOST, WORKER, PLAIN)
RECORDED = load()

# Without Fetch Metadata, most requests look like the request of a program for a page: last column.
BROWSERS: dict[str, Row] = {
    "page": (PAGE, PAGE, PAGE),
    "link": (PAGE, PAGE, PAGE),
    "form": (PAGE, PAGE, PAGE),
    "page after form": (PAGE, PAGE, PAGE),
    "iframe": (PAGE, PAGE, PAGE),
    "object": (PAGE, PAGE, PAGE),
    "embed": (PAGE, PAGE, PAGE),
    "missing download": (PAGE, PAGE, PAGE),
    "missing image": (PART, PART, PART),
    "missing style sheet": (PART, PART, PART),
    "missing script": (PART, PART, PAGE),
    "missing module": (PART, FETCH, PAGE),
    "missing JSON module": (PART, FETCH, PAGE),
    "missing font": (PART, FETCH, PAGE),
    "missing sound": (PART, PART, PAGE),
    "missing film": (PART, PART, PAGE),
    "missing subtitles": (PART, FETCH, PAGE),
    "missing worker": (PART, FETCH, PAGE),
    "service worker": (PART, PART, PAGE),
    "beacon": (PART, PART, PAGE),
    "ping": (PART, PART, PART),
    "report": (PART, PART, PAGE),
    "fetch": (FETCH, FETCH, PAGE),
    "fetch of HTML": (PAGE, PAGE, PAGE),
    "fetch without CORS": (PART, PART, PAGE),
    "fetch with POST": (FETCH, FETCH, PAGE),
    "redirected fetch": (FETCH, FETCH, PAGE),
    "page after redirected fetch": (FETCH, FETCH, PAGE),
    "XMLHttpRequest": (FETCH, FETCH, PAGE),
    "event stream": (FETCH, FETCH, PAGE),
    "WebSocket": (PART, PART, PAGE),
    "prefetch": (UNSEEN, UNSEEN, UNSEEN),
    "prefetch by speculation": (UNSEEN, UNSEEN, UNSEEN),
    "prerender by speculation": (UNSEEN, UNSEEN, UNSEEN),
}
# Behind a service worker, WebKit requests more subresources with the mode no-cors, and Firefox
# removes `Sec-Purpose`. Chromium opens a WebSocket without Fetch Metadata, Firefox opens it with
# the destination `empty`.
DIFFERENT: dict[tuple[str, str], Audience] = {
    **{
        (f"webkit {WORKER}", f"missing {name}"): PART
        for name in ("module", "JSON module", "font", "subtitles")
    },
    **{(f"chromium {surroundings}", "WebSocket"): PAGE for surroundings in SURROUNDINGS},
    **{(f"firefox {surroundings}", "WebSocket"): FETCH for surroundings in (AT_LOCALHOST, WORKER)},
    (f"firefox {WORKER}", "prefetch"): PART,
}
HTMX: dict[str, Row] = {
    "hx-get": (FRAGMENT, FRAGMENT),
    "hx-get with hx-select": (FRAGMENT, FRAGMENT),
    "hx-post": (FRAGMENT, FRAGMENT),
    "boosted link": (PAGE, PAGE),
    "boosted link with hx-select": (PAGE, PAGE),
    "boosted form": (PAGE, PAGE),
    "page after boosted form": (PAGE, PAGE),
}
LIBRARIES: dict[str, dict[str, Row]] = {
    "htmx 2": {
        **HTMX,
        "preload": (UNSEEN, UNSEEN),
        "preload of a boosted link": (UNSEEN, UNSEEN),
        "preload of a link": (UNSEEN, UNSEEN),
        "page of the history": (FRAGMENT, FRAGMENT),
    },
    # The preloads of htmx 4 look like its other requests.
    "htmx 4": {
        **HTMX,
        "preload": (FRAGMENT, FRAGMENT),
        "preload of a boosted link": (PAGE, PAGE),
        "page of the history": (FETCH, PAGE),
    },
    "Turbo 8": {
        "visit": (PAGE, PAGE),
        "visit that asks for a stream": (PAGE, PAGE),
        "form": (PAGE, PAGE),
        "page after form": (PAGE, PAGE),
        "frame": (FRAME, FRAME),
        "link to a frame": (FRAME, FRAME),
        "form in a frame": (FRAME, FRAME),
        "page after form in a frame": (FRAME, FRAME),
        "prefetch on hover": (UNSEEN, UNSEEN),
        "prefetch on hover for a frame": (UNSEEN, UNSEEN),
        "preloaded link": (UNSEEN, UNSEEN),
    },
}
PROGRAMS = {"page": PAGE, "form": PAGE, "page after form": PAGE, "head": UNSEEN}


def expected(client: str) -> dict[str, Audience]:
    """Return the audience of each situation of a client."""
    name, _, rest = client.partition(" ")
    if name in ("chromium", "firefox", "webkit"):
        column = SURROUNDINGS.index(rest)
        rows = {situation: row[column] for situation, row in BROWSERS.items()}
        return {name: DIFFERENT.get((client, name), audience) for name, audience in rows.items()}
    for library, situations in LIBRARIES.items():
        if client.startswith(library):
            column = int(client.endswith(PLAIN))
            return {situation: row[column] for situation, row in situations.items()}
    return PROGRAMS


@pytest.mark.parametrize("client", RECORDED)
def test_s1_the_audience_of_recorded_requests(client: str) -> None:
    found = {name: audience_of(request.request()) for name, request in RECORDED[client].items()}
    wanted = expected(client)
    assert found == {situation: wanted[situation] for situation in found}


def test_s1_every_row_above_was_recorded() -> None:
    recorded = {situation for requests in RECORDED.values() for situation in requests}
    assert recorded == {
        *BROWSERS,
        *PROGRAMS,
        *(situation for situations in LIBRARIES.values() for situation in situations),
    }


def audience(method: str, headers: Headers) -> Audience:
    return audience_of(Recorded(method, headers).request())


METADATA = {
    "page": {"Sec-Fetch-Dest": "document", "Sec-Fetch-Mode": "navigate"},
    "fetch": {"Sec-Fetch-Dest": "empty", "Sec-Fetch-Mode": "cors", "Accept": "*/*"},
    "visit": {"Sec-Fetch-Dest": "empty", "Sec-Fetch-Mode": "cors", "Accept": "text/html, */*"},
}
SUBRESOURCES = (
    *("audio", "audioworklet", "font", "image", "json", "manifest", "paintworklet", "report"),
    *("script", "serviceworker", "sharedworker", "style", "track", "video", "websocket", "worker"),
    *("compression-dictionary", "speculationrules", "text", "webidentity", "xslt", "nonsense"),
)
DOCUMENTS = ("document", "frame", "iframe", "object", "embed", "fencedframe")


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Purpose": "prefetch"},
        {"Sec-Purpose": "prefetch;prerender"},
        {"Sec-Purpose": "prefetch;anonymous-client-ip"},
        {"Sec-Purpose": "Prerender"},
        {"X-Sec-Purpose": "prefetch"},
        {"Purpose": "prefetch"},
        {"Purpose": "prerender"},
        {"Purpose": "preview"},
        {"X-Purpose": "preview"},
        {"X-Moz": "prefetch"},
        {"HX-Preloaded": "true"},
    ],
)
@pytest.mark.parametrize(
    "other", [*METADATA.values(), {"Turbo-Frame": "a"}, {"HX-Boosted": "true"}]
)
def test_s1_a_preload_is_unseen(headers: Headers, other: Headers) -> None:
    assert audience("GET", {**headers, **other}) is UNSEEN


@pytest.mark.parametrize("headers", METADATA.values())
def test_s1_head_is_unseen_and_options_a_subresource(headers: Headers) -> None:
    assert audience("HEAD", headers) is UNSEEN
    assert audience("OPTIONS", headers) is PART


@pytest.mark.parametrize("headers", [{"Sec-Purpose": ""}, {"Purpose": "other"}])
def test_s1_other_purposes_say_nothing(headers: Headers) -> None:
    assert audience("GET", headers) is PAGE


@pytest.mark.parametrize("dest", SUBRESOURCES)
@pytest.mark.parametrize("other", [{}, {"Turbo-Frame": "a"}, {"HX-Request": "true"}])
def test_s1_a_destination_that_is_not_a_page_is_a_subresource(dest: str, other: Headers) -> None:
    assert audience("GET", {"Sec-Fetch-Dest": dest, "Sec-Fetch-Mode": "cors", **other}) is PART


@pytest.mark.parametrize("dest", DOCUMENTS)
@pytest.mark.parametrize("other", [{}, {"HX-Request": "true"}, {"X-Requested-With": "org.app"}])
def test_s1_the_destination_of_a_document_is_a_page(dest: str, other: Headers) -> None:
    assert audience("GET", {"Sec-Fetch-Dest": dest, **other}) is PAGE


@pytest.mark.parametrize(
    ("headers", "wanted"),
    [
        ({"Accept": "image/avif,*/*"}, PART),
        ({"Accept": "text/css,*/*;q=0.1"}, PART),
        ({"Accept": "text/html,image/avif"}, PAGE),
        ({"Accept": "*/*"}, PAGE),
        ({}, PAGE),
        ({"Sec-Fetch-Mode": "navigate"}, PAGE),
        ({"Accept": "image/avif", "Sec-Fetch-Dest": "document"}, PAGE),
        ({"Turbo-Frame": "a"}, FRAME),
        ({"Turbo-Frame": "a", **METADATA["page"]}, FRAME),
        ({"Turbo-Frame": "a", "X-Requested-With": "XMLHttpRequest"}, FRAME),
        ({"HX-Request": "true"}, FRAGMENT),
        ({"HX-Request": "true", "HX-Boosted": "true"}, PAGE),
        ({"HX-Request": "true", "HX-Boosted": "false"}, FRAGMENT),
        ({"X-PJAX": "true"}, FRAGMENT),
        ({"X-PJAX": "true", "X-Requested-With": "XMLHttpRequest"}, FRAGMENT),
        ({"X-Up-Version": "3.10"}, FRAGMENT),
        ({"X-Inertia": "true"}, FRAGMENT),
        ({"X-Inertia": "true", "X-Requested-With": "XMLHttpRequest"}, FRAGMENT),
        ({"X-Requested-With": "Barba"}, FRAGMENT),
        ({"X-Requested-With": "XMLHttpRequest"}, FETCH),
        ({"X-Requested-With": "xmlhttprequest"}, FETCH),
        ({"X-Requested-With": "org.app.browser"}, PAGE),
        ({"X-Requested-With": ""}, PAGE),
    ],
)
def test_s1_other_headers_without_a_destination(headers: Headers, wanted: Audience) -> None:
    assert audience("GET", headers) is wanted


@pytest.mark.parametrize(
    ("headers", "wanted"),
    [
        ({"X-PJAX": "true"}, FRAGMENT),
        ({"X-Up-Version": "3.10"}, FRAGMENT),
        ({"X-Inertia": "true"}, FRAGMENT),
        ({"X-Requested-With": "Barba"}, FRAGMENT),
        ({"X-Requested-With": "XMLHttpRequest"}, FETCH),
        ({"X-Requested-With": "org.app.browser"}, None),  # it changes nothing
        ({"HX-Boosted": "true"}, PAGE),
        ({"Sec-Fetch-Mode": "no-cors"}, PART),
        ({"Sec-Fetch-Mode": "navigate"}, PAGE),
    ],
)
@pytest.mark.parametrize(("kind", "otherwise"), [("fetch", FETCH), ("visit", PAGE)])
def test_s1_other_headers_of_a_script(
    headers: Headers, wanted: Audience | None, kind: str, otherwise: Audience
) -> None:
    assert audience("GET", {**METADATA[kind], **headers}) is (wanted or otherwise)


@pytest.mark.parametrize("client", RECORDED)
def test_b3_only_the_browser_itself_can_load_a_preloaded_page_later(client: str) -> None:
    own = {"prefetch", "prefetch by speculation", "prerender by speculation"}
    found = {name for name, one in RECORDED[client].items() if is_browser_preload(one.request())}
    unseen = {
        name for name, one in RECORDED[client].items() if audience_of(one.request()) is UNSEEN
    }
    assert found == own & unseen


HTML = "text/html"
DISPLAYED = (
    *(HTML, "application/xhtml+xml", "text/xml", "application/xml", "application/atom+xml"),
    *("text/plain", "application/json", "application/ld+json", "application/pdf"),
)
NOT_DISPLAYED = (
    *("application/octet-stream", "application/zip", "image/png", "font/woff2", "video/mp4"),
    *("text/css", "text/csv", "text/javascript", "text/event-stream", "multipart/mixed"),
)
LEAVES: list[Headers] = [
    {"Refresh": "0"},
    {"Refresh": "5; url=/next"},
    {"Content-Disposition": "attachment"},
    {"Content-Disposition": 'Attachment; filename="a.pdf"'},
]
HTMX_LEAVES: list[Headers] = [
    {"HX-Redirect": "/"},
    {"HX-Location": '{"path": "/"}'},
    {"HX-Refresh": "true"},
]
STAYS: list[Headers] = [
    {"Content-Disposition": "inline"},
    {"Content-Disposition": 'inline; filename="attachment.pdf"'},
    {"HX-Push-Url": "/"},
]


def response(
    content_type: str = HTML, status: int = 200, headers: Headers | None = None, body: str = "text"
) -> web.Response:
    return web.Response(status=status, text=body, content_type=content_type, headers=headers)


@pytest.mark.parametrize("one", Audience)
def test_s2_only_a_page_is_viewed(one: Audience) -> None:
    assert is_page_view(one, response()) is (one is PAGE)


@pytest.mark.parametrize("status", [200, 201, 202, 203, 207, 299])
def test_s2_the_status_of_a_page_view(status: int) -> None:
    assert is_page_view(PAGE, response(status=status))


@pytest.mark.parametrize(
    "status", [101, 204, 205, 206, 300, 302, 303, 304, 307, 400, 401, 404, 422, 500, 503]
)
def test_s2_other_statuses_are_not_page_views(status: int) -> None:
    assert not is_page_view(PAGE, response(status=status))


@pytest.mark.parametrize("content_type", DISPLAYED)
def test_s2_browsers_display_a_type(content_type: str) -> None:
    assert is_page_view(PAGE, response(content_type))
    with_parameter = {"Content-Type": f"{content_type.upper()}; charset=utf-8"}
    assert is_page_view(PAGE, web.Response(body=b"text", headers=with_parameter))


@pytest.mark.parametrize("content_type", NOT_DISPLAYED)
def test_s2_browsers_do_not_display_a_type(content_type: str) -> None:
    assert not is_page_view(PAGE, response(content_type))


def test_s2_a_response_without_a_type_is_not_a_page_view() -> None:
    assert not is_page_view(PAGE, web.StreamResponse())


@pytest.mark.parametrize("headers", LEAVES)
def test_s2_a_page_that_is_left_or_saved_is_not_viewed(headers: Headers) -> None:
    assert not is_page_view(PAGE, response(headers=headers))


@pytest.mark.parametrize("headers", STAYS)
def test_s2_a_page_that_stays_is_viewed(headers: Headers) -> None:
    assert is_page_view(PAGE, response(headers=headers))


def test_s2_an_empty_body_is_not_viewed_but_a_stream_is() -> None:
    assert not is_page_view(PAGE, response(body=""))
    assert not is_page_view(PAGE, web.Response(content_type=HTML))
    assert is_page_view(PAGE, web.StreamResponse(headers={"Content-Type": HTML}))


@pytest.mark.parametrize("status", [200, 201, 206, 400, 401, 403, 404, 422])
def test_s3_the_status_of_a_response_that_shows_messages(status: int) -> None:
    assert can_show(PAGE, response(status=status))
    assert can_show(FRAGMENT, response(status=status))
    assert can_show(FETCH, response("application/json", status))


@pytest.mark.parametrize("status", [204, 205, 300, 301, 302, 303, 304, 307, 308, 399])
def test_s3_other_statuses_show_nothing(status: int) -> None:
    assert not can_show(PAGE, response(status=status))
    assert not can_show(FRAGMENT, response(status=status))
    assert not can_show(FETCH, response("application/json", status))


def test_s3_nobody_sees_a_401_that_the_browser_asks_about() -> None:
    headers = {"WWW-Authenticate": "Basic"}
    assert not can_show(PAGE, response(status=401, headers=headers))
    assert can_show(PAGE, response(status=403, headers=headers))


@pytest.mark.parametrize("headers", [*LEAVES, *HTMX_LEAVES])
@pytest.mark.parametrize("one", [PAGE, FRAGMENT, FRAME, FETCH])
def test_s3_a_response_that_is_left_or_saved_shows_nothing(one: Audience, headers: Headers) -> None:
    assert not can_show(one, response("text/plain", headers=headers))


@pytest.mark.parametrize("headers", STAYS)
@pytest.mark.parametrize("one", [PAGE, FRAGMENT, FRAME, FETCH])
def test_s3_a_response_that_stays_shows_messages(one: Audience, headers: Headers) -> None:
    assert can_show(one, response("text/plain", headers=headers))


@pytest.mark.parametrize(
    ("content_type", "page_and_fragment", "frame_and_fetch"),
    [
        (HTML, True, False),
        ("application/xhtml+xml", True, False),
        ("text/vnd.turbo-stream.html", True, True),
        ("text/event-stream", True, True),
        ("text/plain", True, True),
        ("text/xml", True, True),
        ("application/json", True, True),
        ("application/problem+json", True, True),
        ("application/pdf", True, True),
        ("application/octet-stream", True, True),  # the type of a stream that names none
        ("image/png", False, True),
        ("application/zip", False, True),
    ],
)
def test_s3_the_types_that_show_messages(
    content_type: str, page_and_fragment: bool, frame_and_fetch: bool
) -> None:
    shown = {one: can_show(one, response(content_type)) for one in Audience}
    assert shown == {
        **dict.fromkeys((PAGE, FRAGMENT), page_and_fragment),
        **dict.fromkeys((FRAME, FETCH), frame_and_fetch),
        **dict.fromkeys((PART, UNSEEN), False),
    }


def zipped(folder: Path) -> web.FileResponse:
    file = folder / "archive.zip"
    file.write_bytes(b"PK")
    return web.FileResponse(file)


UNSEEN_RESPONSES: dict[str, Callable[[Path], web.StreamResponse]] = {
    "401": lambda _: response(status=401, headers={"WWW-Authenticate": "Basic"}),
    "refresh": lambda _: response(headers={"Refresh": "0; url=/next"}),
    "attachment": lambda _: response(headers={"Content-Disposition": "attachment"}),
    "file": zipped,
}


@pytest.mark.parametrize("storage", [*SESSIONS, *BESIDE], indirect=True)
@pytest.mark.parametrize("make", UNSEEN_RESPONSES.values(), ids=UNSEEN_RESPONSES.keys())
async def test_s2_s3_81_a_response_that_nobody_sees_consumes_nothing(
    start: Start, tmp_path: Path, make: Callable[[Path], web.StreamResponse]
) -> None:
    client = await start(web.get("/", does(get_flashed_messages, answer=lambda: make(tmp_path))))
    headers = RECORDED["chromium at localhost"]["page"].headers
    headers = {name: text for name, text in headers.items() if name != "Host"}
    await client.post("/set", params={"error": ERROR}, headers=FETCH_HEADERS)
    await client.post("/flash?success=Saved", headers=FETCH_HEADERS)
    for _ in range(2):
        await (await client.get("/", headers=headers)).read()
    assert await read(client) == ERROR
    assert await shown(client) == ["Saved"]


@pytest.mark.parametrize("storage", ["encrypted"], indirect=True)
async def test_s2_the_endpoint_of_the_script_is_not_a_page(
    aiohttp_client: AiohttpClient, storage: AbstractStorage
) -> None:
    app = make_app(storage)
    setup_browser(app)
    client = await aiohttp_client(app)
    await client.post("/set", params={"error": ERROR}, headers=FETCH_HEADERS)
    await client.post("/flash?success=Saved", headers=FETCH_HEADERS)
    origin = str(client.make_url("").origin())
    asked = await client.post("/flashbag/messages", headers={"Origin": origin})
    assert "Saved" in await asked.text()
    assert await read(client) == ERROR
