"""The browser's half on the server: the script, its element in the page, and the endpoint."""

from __future__ import annotations

import hashlib
import re
from html.parser import HTMLParser

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request
from aiohttp_session import AbstractStorage
from support.apps import AiohttpClient, Client, does, make_app, shown
from support.own_cookies import KEY, cookie_app

import aiohttp_flashbag
from aiohttp_flashbag import CookieTransport, flash, flashbag_script, flashbag_set, setup_browser
from aiohttp_flashbag.browser import SCRIPT
from aiohttp_flashbag.exchange import EXCHANGE
from aiohttp_flashbag.testing import install_flashbag

SAME = {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Dest": "empty", "Sec-Fetch-Mode": "cors"}
ENDPOINT = "/flashbag/messages"


def half_app(storage: AbstractStorage, *routes: web.AbstractRouteDef) -> web.Application:
    """An application whose page `/page` holds the element that loads the script."""
    app = make_app(storage, web.get("/page", script_page), *routes)
    setup_browser(app)
    return app


async def script_page(request: web.Request) -> web.Response:
    return web.Response(text=flashbag_script(request), content_type="text/html")


def attributes_of(markup: str) -> dict[str, str | None]:
    """The attributes of the one element that this is."""
    found: list[dict[str, str | None]] = []

    class Parser(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            assert tag == "script"
            found.append(dict(attrs))

    Parser().feed(markup)
    (attributes,) = found
    return attributes


@pytest.fixture
async def client(aiohttp_client: AiohttpClient, storage: AbstractStorage) -> Client:
    return await aiohttp_client(half_app(storage))


@pytest.fixture
async def plain_client(aiohttp_client: AiohttpClient) -> Client:
    """Without a session, where it does not matter how flashes travel."""
    app = cookie_app(web.get("/page", script_page))
    setup_browser(app)
    return await aiohttp_client(app)


# The script


async def test_the_element_loads_the_script_from_a_url_that_is_cached_for_ever(
    plain_client: Client,
) -> None:
    attributes = attributes_of(await (await plain_client.get("/page")).text())
    assert attributes.keys() == {
        "defer",
        "src",
        "data-endpoint",
        "data-hint",
        "data-attributes",
    }
    response = await plain_client.get(attributes["src"] or "")
    assert await response.read() == SCRIPT
    assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert response.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert response.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("query", ["", "?v=", "?v=0123456789abcdef"])
async def test_a_url_of_another_version_is_not_cached_for_ever(
    plain_client: Client, query: str
) -> None:
    response = await plain_client.get(f"/flashbag/flashbag.js{query}")
    assert await response.read() == SCRIPT
    assert response.headers["Cache-Control"] == "no-cache"


async def test_head_of_the_script_is_answered(plain_client: Client) -> None:
    response = await plain_client.head("/flashbag/flashbag.js")
    assert response.status == 200
    assert response.content_type == "text/javascript"


def test_the_version_is_a_hash_of_the_content(plain_client: Client) -> None:
    assert plain_client.app is not None
    request = make_mocked_request("GET", "/", app=plain_client.app)
    install_flashbag(request)
    exchange = getattr(request.writer, EXCHANGE)
    exchange.config = plain_client.app[aiohttp_flashbag.exchange.CONFIG]
    version = hashlib.sha256(SCRIPT).hexdigest()[:16]
    assert f"?v={version}" in flashbag_script(request)


def test_the_script_is_below_5_kb_and_says_nothing_inline() -> None:
    assert len(SCRIPT) < 5000
    assert not re.search(rb"innerHTML|\beval\b|style=|javascript:", SCRIPT)


async def test_b1_the_script_loads_no_flashes_and_leaves_them_pending(
    client: Client, storage: AbstractStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    await client.post("/flash?info=Saved")
    loaded: list[str] = []

    async def load(request: web.Request) -> None:
        loaded.append(request.path)

    with monkeypatch.context() as patched:
        patched.setattr(storage, "load_session", load)
        patched.setattr(CookieTransport, "read_cookies", lambda *_: loaded.append("cookies"))
        response = await client.get("/flashbag/flashbag.js")
    assert loaded == []
    assert "Set-Cookie" not in response.headers
    assert await shown(client) == ["Saved"]


# The endpoint


async def test_html_is_sent_once_and_then_nothing(client: Client) -> None:
    await client.post("/flash", params={"info": "<b> & co", "error": "No"})
    response = await client.post(ENDPOINT, headers=SAME)
    assert response.status == 200
    assert response.content_type == "text/html"
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    text = await response.text()
    assert text.index("&lt;b&gt; &amp; co</div>") < text.index("No</div>")
    assert text.startswith('<div class="flashes">')
    again = await client.post(ENDPOINT, headers=SAME)
    assert (again.status, await again.read()) == (204, b"")
    assert again.headers["Cache-Control"] == "no-store"
    assert await shown(client) == []


async def test_json_is_sent_to_who_asks_for_it(client: Client) -> None:
    await client.post("/flash", params={"info": "Saved"})
    response = await client.post(ENDPOINT, headers={**SAME, "Accept": "application/json"})
    (message,) = await response.json()
    assert message == {"id": message["id"], "message": "Saved", "category": "info", "data": {}}
    assert re.fullmatch(r"[0-9a-f]{19}", message["id"])
    assert await shown(client) == []


@pytest.mark.parametrize("accept", ["*/*", "", "text/html", "text/html, application/json;q=0.5"])
async def test_html_is_sent_to_everybody_else(client: Client, accept: str) -> None:
    await client.post("/flash", params={"info": "Saved"})
    response = await client.post(ENDPOINT, headers={**SAME, "Accept": accept})
    assert response.content_type == "text/html"


async def test_json_tells_markup_and_data(
    aiohttp_client: AiohttpClient, storage: AbstractStorage
) -> None:
    markupsafe = pytest.importorskip("markupsafe")

    def flash_markup(request: web.Request) -> None:
        flash(request, markupsafe.Markup("<b>Saved</b>"), link="/x", days=[1, 2])

    client = await aiohttp_client(half_app(storage, web.post("/markup", does(flash_markup))))
    await client.post("/markup")
    response = await client.post(ENDPOINT, headers={**SAME, "Accept": "application/json"})
    (message,) = await response.json()
    assert (message["message"], message["html"]) == ("<b>Saved</b>", True)
    assert message["data"] == {"link": "/x", "days": [1, 2]}


ORIGINS = [
    ({"Sec-Fetch-Site": "same-origin"}, True),
    ({"Sec-Fetch-Site": "same-origin", "Origin": "https://evil.example"}, True),  # the browser's
    ({"Sec-Fetch-Site": "same-site"}, False),
    ({"Sec-Fetch-Site": "cross-site"}, False),
    ({"Sec-Fetch-Site": "none"}, False),
    ({"Sec-Fetch-Site": "cross-site", "Origin": "http://shop.example"}, False),
    ({"Origin": "http://shop.example"}, True),
    ({"Origin": "https://SHOP.example"}, True),  # TLS ends before the server
    ({"Origin": "http://shop.example:81"}, False),
    ({"Origin": "http://evil.example"}, False),
    ({"Origin": "http://shop.example.evil.example"}, False),
    ({"Origin": "null"}, False),
    ({"Origin": "http://["}, False),
    ({"Origin": ""}, False),
    ({}, False),
]


@pytest.mark.parametrize(("headers", "is_ours"), ORIGINS)
async def test_only_a_page_of_the_same_origin_gets_messages(
    client: Client, headers: dict[str, str], is_ours: bool
) -> None:
    await client.post("/flash", params={"info": "Saved"})
    response = await client.post(ENDPOINT, headers={"Host": "shop.example", **headers})
    assert response.status == (200 if is_ours else 403)
    assert ("Saved" in await response.text()) is is_ours
    assert response.headers["Cache-Control"] == "no-store"
    assert await shown(client) == ([] if is_ours else ["Saved"])


async def test_the_endpoint_cannot_be_fetched_by_get(client: Client) -> None:
    await client.post("/flash", params={"info": "Saved"})
    assert (await client.get(ENDPOINT, headers=SAME)).status == 405
    assert await shown(client) == ["Saved"]


@pytest.mark.parametrize("preload", ["Sec-Purpose", "X-Sec-Purpose"])
async def test_b3_a_page_that_is_preloaded_gets_no_messages(client: Client, preload: str) -> None:
    await client.post("/flash", params={"info": "Saved"})
    response = await client.post(ENDPOINT, headers={**SAME, preload: "prefetch;prerender"})
    assert "Saved" not in await response.text()
    assert await shown(client) == ["Saved"]


@pytest.mark.parametrize("says", [SAME, {"Origin": "http://shop.example", "Host": "shop.example"}])
async def test_v3_the_values_wait_for_a_page_also_where_browsers_do_not_say_what_they_load(
    client: Client, says: dict[str, str]
) -> None:
    await client.post("/flash", params={"info": "Saved"})
    await client.post("/set", params={"error": "Required"})
    assert (await client.post(ENDPOINT, headers=says)).status == 200
    assert (await client.post(ENDPOINT, headers=says)).status == 204
    response = await client.get("/values", params={"error": ""})
    assert await response.json() == {"error": "Required"}


# Setting up


def test_without_a_flashbag_the_mistake_shows_at_the_start() -> None:
    with pytest.raises(RuntimeError, match=r"aiohttp_flashbag\.setup\(app\) before setup_browser"):
        setup_browser(web.Application())


@pytest.mark.parametrize(
    "path", ["", "/", "flashbag", "/flashbag/", "//x", "/a b", "/{name}", "/x?y", "/x#y", None, 3]
)
def test_what_is_not_a_path_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match=r"is not a path such as \"/flashbag\""):
        setup_browser(cookie_app(), path)


def test_twice_is_once_and_another_path_is_refused() -> None:
    app = cookie_app()
    setup_browser(app)
    routes = len(app.router.routes())
    setup_browser(app, "/flashbag")
    assert len(app.router.routes()) == routes
    with pytest.raises(ValueError, match="'/flashbag', and now with '/other': call it once"):
        setup_browser(app, "/other")


async def test_another_path_serves_both(aiohttp_client: AiohttpClient) -> None:
    app = cookie_app(web.get("/page", script_page))
    setup_browser(app, "/site/flash-bag")
    client = await aiohttp_client(app)
    attributes = attributes_of(await (await client.get("/page")).text())
    assert (attributes["src"] or "").startswith("/site/flash-bag/flashbag.js?v=")
    assert attributes["data-endpoint"] == "/site/flash-bag/messages"
    assert (await client.post("/site/flash-bag/messages", headers=SAME)).status == 204


async def test_the_flashbag_set_up_twice_is_still_told_of_the_browsers_half(
    aiohttp_client: AiohttpClient,
) -> None:
    app = cookie_app(web.get("/page", script_page))
    aiohttp_flashbag.setup(app)
    setup_browser(app)
    client = await aiohttp_client(app)
    response = await client.post("/flash?info=Saved")
    assert "AIOHTTP_FLASHBAG_PENDING" in response.cookies
    assert (await client.get("/page")).status == 200


async def test_without_setup_browser_there_is_no_script(aiohttp_client: AiohttpClient) -> None:
    client = await aiohttp_client(cookie_app(web.get("/page", script_page)))
    assert (await client.get("/page")).status == 500
    with pytest.raises(RuntimeError, match=r"call setup_browser\(app\) for the application"):
        flashbag_script(make_mocked_request("GET", "/"))


async def test_it_serves_the_pages_of_a_sub_application(aiohttp_client: AiohttpClient) -> None:
    inner = web.Application()
    inner.add_routes([web.get("/page", script_page)])
    app = cookie_app()
    setup_browser(app)
    app.add_subapp("/inner", inner)
    client = await aiohttp_client(app)
    attributes = attributes_of(await (await client.get("/inner/page")).text())
    assert attributes["data-endpoint"] == ENDPOINT


async def test_it_lives_on_a_sub_application(aiohttp_client: AiohttpClient) -> None:
    def flash_saved(request: web.Request) -> None:
        flash(request, "Saved")
        flashbag_set(request, "error", "Required")

    inner = web.Application()
    aiohttp_flashbag.setup(inner, CookieTransport(KEY))
    setup_browser(inner)
    inner.add_routes([web.get("/page", script_page), web.post("/save", does(flash_saved))])
    app = web.Application()
    app.add_subapp("/inner", inner)
    client = await aiohttp_client(app)
    attributes = attributes_of(await (await client.get("/inner/page")).text())
    assert attributes["data-endpoint"] == "/inner/flashbag/messages"
    response = await client.get(attributes["src"] or "")
    assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert "AIOHTTP_FLASHBAG_PENDING" in (await client.post("/inner/save")).cookies
    response = await client.post("/inner/flashbag/messages", headers=SAME)
    assert "Saved" in await response.text()
