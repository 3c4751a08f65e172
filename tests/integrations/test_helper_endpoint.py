"""setup_browser: the JavaScript helper, its element in a page, and its endpoint."""

from __future__ import annotations

import hashlib
import re

import pytest
from aiohttp import ClientResponse, web
from aiohttp.test_utils import make_mocked_request
from aiohttp_session import AbstractStorage
from support.apps import AiohttpClient, Client, does, make_app, read, shown
from support.own_cookies import cookie_app

import aiohttp_flashbag
from aiohttp_flashbag import flash, flashbag_script, setup_browser

HINT = "AIOHTTP_FLASHBAG_PENDING"
SAME = {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Dest": "empty", "Sec-Fetch-Mode": "cors"}
ENDPOINT = "/flashbag/messages"
FOR_EVER = "public, max-age=31536000, immutable"


async def script_page(request: web.Request) -> web.Response:
    """A page with the element that loads the helper."""
    return web.Response(text=flashbag_script(request), content_type="text/html")


PAGE = web.get("/page", script_page)


async def element_of(client: Client, path: str = "/page") -> dict[str, str]:
    """Return the attributes of the one element on a page."""
    response = await client.get(path)
    text = await response.text()
    assert (response.status, text[:14], text.count("<")) == (200, "<script defer ", 2)
    return dict(re.findall(r' ([a-z-]+)="([^"]*)"', text))


@pytest.fixture
async def client(aiohttp_client: AiohttpClient) -> Client:
    """A client of an application with the helper and without a session."""
    setup_browser(app := cookie_app(PAGE))
    return await aiohttp_client(app)


async def test_the_endpoint_sends_messages_as_html_once(
    aiohttp_client: AiohttpClient, storage: AbstractStorage
) -> None:
    setup_browser(app := make_app(storage))
    client = await aiohttp_client(app)
    await client.post("/flash", params={"info": "<b> & co", "error": "No"})
    response = await client.post(ENDPOINT, headers=SAME)
    assert (response.status, response.content_type) == (200, "text/html")
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    text = await response.text()
    assert text.startswith('<div class="flashes">')
    assert text.index("&lt;b&gt; &amp; co</div>") < text.index("No</div>")
    again = await client.post(ENDPOINT, headers=SAME)
    assert (again.status, await again.read()) == (204, b"")
    assert again.headers["Cache-Control"] == "no-store"
    assert await shown(client) == []


# The helper


async def test_the_element_loads_the_helper_from_a_url_that_is_cached_for_ever(
    client: Client,
) -> None:
    attributes = await element_of(client)
    assert attributes.keys() == {"src", "data-endpoint", "data-hint", "data-attributes"}
    assert (attributes["data-endpoint"], attributes["data-hint"]) == (ENDPOINT, HINT)
    response = await client.get(attributes["src"])
    script = await response.read()
    assert attributes["src"].endswith(f"?v={hashlib.sha256(script).hexdigest()[:16]}")
    assert response.headers["Cache-Control"] == FOR_EVER
    assert response.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert len(script) < 6000
    assert not re.search(rb"innerHTML|\beval\b|style=|javascript:", script)
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
    assert await shown(client) == []


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
    assert await shown(client) == ([] if is_ours else ["Saved"])


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
    assert (await client.post(ENDPOINT, headers=headers)).status == 204
    assert await read(client) == "Required"


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
    assert (await element_of(client))["data-endpoint"] == ENDPOINT


async def test_without_setup_browser_there_is_no_element(aiohttp_client: AiohttpClient) -> None:
    client = await aiohttp_client(cookie_app(PAGE))
    assert (await client.get("/page")).status == 500
    with pytest.raises(RuntimeError, match=r"setup_browser\(app\)"):
        flashbag_script(make_mocked_request("GET", "/"))
