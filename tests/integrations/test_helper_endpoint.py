"""setup_browser: the JavaScript helper, its element in a page, and its endpoint."""

from __future__ import annotations

import hashlib
import re
from contextlib import suppress
from functools import partial

import pytest
from aiohttp import ClientError, ClientResponse, web
from aiohttp.test_utils import make_mocked_request
from aiohttp_session import AbstractStorage
from support.apps import (
    AiohttpClient,
    Client,
    Handler,
    does,
    flash_messages,
    make_app,
    read,
    set_values,
    shown,
)
from support.own_cookies import cookie_app
from yarl import URL

import aiohttp_flashbag
from aiohttp_flashbag import flash, flashbag_script, flashbag_set, setup_browser

HINT = "AIOHTTP_FLASHBAG_PENDING"
SAME = {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Dest": "empty", "Sec-Fetch-Mode": "cors"}
ENDPOINT = "/flashbag/messages"
ATTRIBUTES = "; Path=/; SameSite=Lax"
FOR_EVER = "public, max-age=31536000, immutable"


async def script_page(request: web.Request) -> web.Response:
    """A page with the element that loads the helper."""
    return web.Response(text=flashbag_script(request), content_type="text/html")


PAGE = web.get("/page", script_page)
to_end = partial(web.HTTPSeeOther, "/end")
ROUTES = (
    web.post("/to-end", does(flash_messages, answer=to_end)),
    web.post("/set-to-end", does(set_values, answer=to_end)),
    web.post("/once", does(partial(flash, message="Once", allow_duplicate=False), answer=to_end)),
)


async def element_of(client: Client, path: str = "/page") -> dict[str, str]:
    """Return the attributes of the one element on a page, with an absolute `src`."""
    response = await client.get(path)
    text = await response.text()
    assert (response.status, text[:22], text.count("<")) == (200, '<script type="module" ', 2)
    attributes = dict(re.findall(r' ([a-z-]+)="([^"]*)"', text))
    attributes["src"] = URL(path).join(URL(attributes["src"])).path_qs
    return attributes


@pytest.fixture
async def client(aiohttp_client: AiohttpClient) -> Client:
    """A client of an application with the helper and without a session."""
    setup_browser(app := cookie_app(PAGE, *ROUTES))
    return await aiohttp_client(app)


async def ids_at(client: Client) -> list[str]:
    """Return the ids of the messages that the endpoint sends."""
    return re.findall('data-flash-id="([^"]+)"', await (await request_messages(client)).text())


async def request_messages(client: Client, **headers: str) -> ClientResponse:
    return await client.post(ENDPOINT, headers={**SAME, **headers})


async def report(client: Client, *flash_ids: str) -> ClientResponse:
    """Report that messages are in a page."""
    data = [("seen", flash_id) for flash_id in flash_ids]
    return await client.post(ENDPOINT, headers=SAME, data=data)


@pytest.fixture
async def over_each(aiohttp_client: AiohttpClient, storage: AbstractStorage) -> Client:
    """A client of an application with the helper, over each transport."""
    setup_browser(app := make_app(storage, *ROUTES))
    return await aiohttp_client(app)


async def test_the_endpoint_sends_messages_as_html_and_consumes_none(over_each: Client) -> None:
    await over_each.post("/flash", params={"info": "<b> & co", "error": "No"})
    for _ in range(2):
        response = await request_messages(over_each)
        assert (response.status, response.content_type) == (200, "text/html")
        assert response.headers["Cache-Control"] == "no-store"
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Flash-Messages"] == "2"
        text = await response.text()
        assert text.startswith('<div class="flashes">')
        assert text.index("&lt;b&gt; &amp; co</div>") < text.index("No</div>")
    assert await shown(over_each) == ["<b> & co", "No"]
    response = await request_messages(over_each)
    assert (response.status, await response.read()) == (204, b"")
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Flash-Messages"] == "0"


# Reports


async def test_a_report_consumes_the_messages_that_it_names(over_each: Client) -> None:
    await over_each.post("/flash", params={"info": "one", "error": "two"})
    await over_each.post("/flash", params={"info": "three"})
    one, _, three = await ids_at(over_each)
    response = await report(over_each, one, three)
    assert (response.status, await response.read()) == (204, b"")
    assert response.headers["Cache-Control"] == "no-store"
    assert "Flash-Messages" not in response.headers
    assert await shown(over_each) == ["two"]


async def test_a_report_can_come_twice_or_be_wrong(over_each: Client) -> None:
    await over_each.post("/flash?info=Saved")
    await over_each.post("/set?error=Required")
    [flash_id] = await ids_at(over_each)
    for wrong in ("", "x", "0" * 19, "é" * 19, f"{flash_id}0", "%00"):
        assert (await report(over_each, wrong)).status in (200, 204)
    assert await ids_at(over_each) == [flash_id]
    for _ in range(2):
        assert (await report(over_each, flash_id)).status == 204
    assert await read(over_each) == "Required"
    assert await shown(over_each) == []


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"seen", "application/x-www-form-urlencoded"),
        (b"\xff\x00&seen=\xff", "application/x-www-form-urlencoded; charset=utf-7"),
        (b"--x\r\nbroken", "multipart/form-data; boundary=x"),
        (b'{"seen": 1', "application/json"),
        (b"&;" * 500_000, "application/x-www-form-urlencoded"),
    ],
)
async def test_b7_a_report_may_be_malformed(client: Client, body: bytes, kind: str) -> None:
    await client.post("/flash?info=Saved")
    headers = {**SAME, "Content-Type": kind}
    assert (await client.post(ENDPOINT, data=body, headers=headers)).status in (200, 204)
    assert await shown(client) == ["Saved"]


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
async def test_b7_a_report_that_cannot_be_decompressed_is_refused(
    client: Client, caplog: pytest.LogCaptureFixture, encoding: str
) -> None:
    await client.post("/flash?info=Saved")
    headers = {**SAME, "Content-Encoding": encoding}
    with suppress(ClientError):  # aiohttp closes the connection, which the client may notice first
        response = await client.post(ENDPOINT, data=b"garbage", headers=headers)
        assert response.status == 400
    assert "Error handling request" not in caplog.text


async def test_a_report_includes_duplicates_that_were_hidden(over_each: Client) -> None:
    for _ in range(2):
        # Each request ignores the message that the other one addresses to its own tab.
        headers = {**SAME, "HX-Request": "true", "HX-Boosted": "true"}
        headers["Referer"] = str(over_each.make_url(f"/tab-{_}"))
        await over_each.post("/once", headers=headers, allow_redirects=False)
    assert len(found := await ids_at(over_each)) == 1
    assert (await report(over_each, *found)).status == 204
    assert await shown(over_each) == []


async def test_a_report_is_accepted_from_this_origin_only(client: Client) -> None:
    await client.post("/flash?info=Saved")
    [flash_id] = await ids_at(client)
    for site in ("cross-site", "same-site", "none"):
        headers = {**SAME, "Sec-Fetch-Site": site}
        response = await client.post(ENDPOINT, data={"seen": flash_id}, headers=headers)
        assert response.status == 403
    assert await shown(client) == ["Saved"]


async def test_a_report_keeps_what_a_middleware_flashes_and_sets(
    aiohttp_client: AiohttpClient,
) -> None:
    @web.middleware
    async def welcome(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.headers.get("X-Welcome") == "message":
            flash(request, "Welcome")
        elif request.headers.get("X-Welcome") == "value":
            flashbag_set(request, "error", "Welcome")
        return await handler(request)

    setup_browser(app := cookie_app())
    app.middlewares.append(welcome)
    client = await aiohttp_client(app)
    headers = {**SAME, "X-Welcome": "value"}
    await client.post(ENDPOINT, headers=headers, data={"seen": "unknown"})
    assert await read(client) == "Welcome"
    await client.post("/flash?info=Saved")
    headers = {**SAME, "X-Welcome": "message"}
    await client.post(ENDPOINT, headers=headers, data={"seen": await ids_at(client)})
    assert await shown(client) == ["Welcome"]


# Other tabs


def of_page(client: Client, path: str) -> dict[str, str]:
    return {**SAME, "Referer": str(client.make_url(path))}


async def test_t5_the_endpoint_tells_when_it_can_read_the_message_of_another_tab(
    over_each: Client,
) -> None:
    headers = {**of_page(over_each, "/a"), "Sec-Fetch-Dest": "document"}
    await over_each.post("/to-end?info=Saved", headers=headers, allow_redirects=False)
    response = await over_each.post(ENDPOINT, headers=of_page(over_each, "/b"))
    assert (response.status, response.headers["Flash-Messages"]) == (204, "0")
    assert 1 <= int(response.headers["Retry-After"]) <= 5
    response = await over_each.post(ENDPOINT, headers=of_page(over_each, "/end"))
    assert (response.status, response.headers.get("Retry-After")) == (200, None)


async def test_t5_values_of_another_tab_are_not_told(client: Client) -> None:
    headers = {**of_page(client, "/a"), "Sec-Fetch-Dest": "document"}
    await client.post("/set-to-end?error=x", headers=headers, allow_redirects=False)
    response = await client.post(ENDPOINT, headers=of_page(client, "/b"))
    assert (response.status, response.headers.get("Retry-After")) == (204, None)


async def test_t5_a_report_ignores_the_addresses_of_tabs(over_each: Client) -> None:
    headers = {**of_page(over_each, "/a"), "Sec-Fetch-Dest": "document"}
    await over_each.post("/to-end?info=Saved", headers=headers, allow_redirects=False)
    await over_each.post("/set-to-end?error=x", headers=headers, allow_redirects=False)
    response = await over_each.post(ENDPOINT, headers=of_page(over_each, "/end"))
    data = {"seen": re.findall('data-flash-id="([^"]+)"', await response.text())}
    await over_each.post(ENDPOINT, headers=of_page(over_each, "/b"), data=data)
    assert await read(over_each) == "x"
    assert await shown(over_each) == []


# The helper


async def test_the_element_loads_the_helper_from_a_url_that_is_cached_for_ever(
    client: Client,
) -> None:
    attributes = await element_of(client)
    assert attributes.keys() == {"type", "src", "data-hint", "data-attributes"}
    assert (attributes["data-hint"], attributes["data-attributes"]) == (HINT, ATTRIBUTES)
    response = await client.get(attributes["src"])
    script = await response.read()
    assert attributes["src"].endswith(f"?v={hashlib.sha256(script).hexdigest()[:16]}")
    assert response.headers["Cache-Control"] == FOR_EVER
    assert response.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert len(script) < 6000
    assert not re.search(rb"innerHTML|\beval\b|style=|javascript:|DOMParser", script)
    head = await client.head("/flashbag/flashbag.js")
    assert (head.status, head.content_type) == (200, "text/javascript")


@pytest.mark.parametrize("query", ["", "?v=", "?v=0123456789abcdef"])
async def test_another_version_is_not_cached_for_ever(client: Client, query: str) -> None:
    response = await client.get(f"/flashbag/flashbag.js{query}")
    assert await response.read()
    assert response.headers["Cache-Control"] == "no-cache"


# The endpoint


async def ask(client: Client, **headers: str) -> ClientResponse:
    """Flash a message and ask the endpoint for it, with these headers."""
    await client.post("/flash?info=Saved", headers=SAME)
    return await client.post(ENDPOINT, headers={k.replace("_", "-"): v for k, v in headers.items()})


async def test_the_endpoint_sends_json_on_request(aiohttp_client: AiohttpClient) -> None:
    markupsafe = pytest.importorskip("markupsafe")

    def flash_markup(request: web.Request) -> None:
        flash(request, markupsafe.Markup("<b>Saved</b>"), link="/x", days=[1, 2])

    setup_browser(app := cookie_app(web.post("/markup", does(flash_markup))))
    client = await aiohttp_client(app)
    await client.post("/markup")
    response = await ask(client, **SAME, Accept="application/json")
    markup, text = await response.json()
    data = {"link": "/x", "days": [1, 2]}
    expected = {"message": "<b>Saved</b>", "category": "success", "data": data, "html": True}
    assert markup == {"id": markup["id"], **expected}
    assert text == {"id": text["id"], "message": "Saved", "category": "info", "data": {}}
    assert markup["id"] != text["id"]
    await report(client, text["id"])
    assert await shown(client) == ["<b>Saved</b>"]


@pytest.mark.parametrize("accept", ["*/*", "", "text/html", "text/html, application/json;q=0.5"])
async def test_the_endpoint_sends_html_otherwise(client: Client, accept: str) -> None:
    assert (await ask(client, **SAME, Accept=accept)).content_type == "text/html"


@pytest.mark.parametrize(
    ("headers", "is_ours"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "https://evil.example"}, True),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": "none"}, False),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://shop.example"}, False),
        ({"Origin": "http://shop.example"}, True),
        ({"Origin": "https://SHOP.example"}, True),  # TLS ends before the server
        ({"Origin": "https://shop.example", "Host": "shop.example:443"}, True),
        ({"Origin": "http://shop.example", "Host": "shop.example:80"}, True),
        ({"Origin": "https://shop.example:443"}, True),
        ({"Origin": "http://[::1]:8080", "Host": "[::1]:8080"}, True),
        ({"Origin": "http://shop.example:81"}, False),
        ({"Origin": "http://shop.example", "Host": "shop.example:443"}, False),
        ({"Origin": "http://shop.example", "Host": "shop.example:8080"}, False),
        ({"Origin": "http://shop.example", "Host": "shop.example:port"}, False),
        ({"Origin": "http://evil.example"}, False),
        ({"Origin": "http://shop.example.evil.example"}, False),
        ({"Origin": "null"}, False),
        ({"Origin": "http://["}, False),
        ({"Origin": ""}, False),
        ({}, False),
    ],
)
async def test_83_only_pages_of_the_same_origin_get_messages(
    client: Client, headers: dict[str, str], is_ours: bool
) -> None:
    response = await ask(client, **{"Host": "shop.example", **headers})
    assert response.status == (200 if is_ours else 403)
    assert ("Saved" in await response.text()) is is_ours
    assert response.headers["Cache-Control"] == "no-store"


async def test_the_endpoint_does_not_accept_get(client: Client) -> None:
    await client.post("/flash?info=Saved")
    assert (await client.get(ENDPOINT, headers=SAME)).status == 405
    assert await shown(client) == ["Saved"]


@pytest.mark.parametrize("name", ["Sec-Purpose", "X-Sec-Purpose"])
async def test_b3_a_preloaded_page_gets_no_messages(client: Client, name: str) -> None:
    response = await ask(client, **SAME, **{name: "prefetch;prerender"})
    assert "Saved" not in await response.text()
    assert await shown(client) == ["Saved"]


@pytest.mark.parametrize("headers", [SAME, {"Origin": "http://a.example", "Host": "a.example"}])
async def test_v3_the_endpoint_leaves_values_pending(
    client: Client, headers: dict[str, str]
) -> None:
    await client.post("/set?error=Required", headers=SAME)
    assert (await ask(client, **headers)).status == 200
    await report(client, *await ids_at(client))
    assert await read(client) == "Required"


# The element


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/page", "flashbag/flashbag.js"),
        ("/page/", "../flashbag/flashbag.js"),
        ("/page/a%2Fb/c", "../../flashbag/flashbag.js"),
        ("/flashbag/page", "flashbag.js"),
    ],
)
async def test_the_element_is_relative_so_that_a_proxy_may_strip_a_prefix(
    aiohttp_client: AiohttpClient, path: str, expected: str
) -> None:
    setup_browser(app := cookie_app(web.get(f"/{{path:{path[1:]}}}", script_page)))
    client = await aiohttp_client(app)
    text = await (await client.get(URL(path, encoded=True))).text()
    assert f' src="{expected}?v=' in text


async def test_the_element_has_the_nonce_of_the_policy(aiohttp_client: AiohttpClient) -> None:
    async def page(request: web.Request) -> web.Response:
        return web.Response(text=flashbag_script(request, nonce='r4nd"m'), content_type="text/html")

    setup_browser(app := cookie_app(web.get("/page", page)))
    text = await (await (await aiohttp_client(app)).get("/page")).text()
    assert text.endswith(' nonce="r4nd&quot;m"></script>')


# Setting up


def test_setup_browser_without_a_flashbag_is_refused() -> None:
    with pytest.raises(RuntimeError, match=r"aiohttp_flashbag\.setup\(app\)"):
        setup_browser(web.Application())


@pytest.mark.parametrize(
    "path", ["", "/", "flashbag", "/flashbag/", "//x", "/a b", "/{name}", "/x?y", "/x#y", None, 3]
)
def test_setup_browser_refuses_an_invalid_path(path: str) -> None:
    with pytest.raises(ValueError, match="/flashbag") as caught:
        setup_browser(cookie_app(), path)
    assert repr(path) in str(caught.value)


async def test_the_helper_of_a_sub_application_serves_the_pages_below_it(
    aiohttp_client: AiohttpClient,
) -> None:
    app, inner, innermost = web.Application(), cookie_app(), web.Application()
    setup_browser(inner, "/site/flash-bag")
    innermost.add_routes([PAGE])
    inner.add_subapp("/most", innermost)
    app.add_subapp("/inner", inner)
    client = await aiohttp_client(app)
    attributes = await element_of(client, "/inner/most/page")
    assert attributes["src"].startswith("/inner/site/flash-bag/flashbag.js?v=")
    assert (await client.get(attributes["src"])).headers["Cache-Control"] == FOR_EVER
    assert HINT in (await client.post("/inner/flash?info=Saved")).cookies
    response = await client.post("/inner/site/flash-bag/messages", headers=SAME)
    assert "Saved" in await response.text()


async def test_b8_a_second_setup_changes_nothing_and_another_path_is_refused(
    aiohttp_client: AiohttpClient,
) -> None:
    aiohttp_flashbag.setup(app := cookie_app(PAGE))
    setup_browser(app)
    routes = len(app.router.routes())
    setup_browser(app, "/flashbag")
    assert len(app.router.routes()) == routes
    with pytest.raises(ValueError, match=r"'/flashbag'.*'/other'"):
        setup_browser(app, "/other")
    client = await aiohttp_client(app)
    assert HINT in (await client.post("/flash?info=Saved")).cookies
    assert (await element_of(client))["src"].startswith("/flashbag/flashbag.js?v=")


async def test_without_setup_browser_there_is_no_element(aiohttp_client: AiohttpClient) -> None:
    client = await aiohttp_client(cookie_app(PAGE))
    assert (await client.get("/page")).status == 500
    with pytest.raises(RuntimeError, match=r"setup_browser\(app\)"):
        flashbag_script(make_mocked_request("GET", "/"))
