"""Behind a service worker that passes each request on, every destination is `empty` (row 79)."""

from __future__ import annotations

import itertools
import time

import pytest
from aiohttp import web
from recorded.browsers import REGISTER
from recorded.site import WORKER
from support.apps import Handler, does

from aiohttp_flashbag import flash
from aiohttp_flashbag.transports import Transport

from .conftest import Serve, Visit, in_each_engine
from .site import NOTHING, SEND, Site, flashed_by, form, make_app, page, shown

pytestmark = in_each_engine

MISSING_IMAGE = """(type) => new Promise((resolve) => {
  const image = new Image();
  image.onerror = () => resolve(true);
  image.src = `/image?type=${type}`;
})"""
BUY = "fetch('/buy', {method: 'POST'}).then(() => null)"
BOUGHT = "Bought"
READS_NOTHING = '<link rel="icon" href="data:,"><a id="link" href="/linked">Link</a>'


async def missing(request: web.Request) -> web.Response:
    """Show the flashes with a status of 404, as an error page does."""
    response = await page(request)
    response.set_status(404)
    response.content_type = request.query["type"]
    return response


def text(content: str, content_type: str) -> Handler:
    return does(answer=lambda: web.Response(text=content, content_type=content_type))


@pytest.fixture(autouse=True)
def slow_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Slow the clock down, so that the five seconds of an address outlast a busy machine."""
    monkeypatch.setattr(time, "time_ns", itertools.count(time.time_ns(), 1000).__next__)


@pytest.fixture
async def site(serve: Serve, visit: Visit, transport: Transport) -> Site:
    """The site, and the browser of a visitor who has its service worker."""
    app = make_app(transport)
    app.router.add_get("/service-worker", text(WORKER, "text/javascript"))
    app.router.add_get("/image", missing)
    app.router.add_get("/reads-nothing", text(READS_NOTHING, "text/html"))
    app.router.add_post("/buy", does(lambda request: flash(request, BOUGHT)))
    server = await serve(app)
    site = Site(app, server, await visit(server))
    (tab,) = await site.tabs("/registers")
    await tab.evaluate(REGISTER)
    return site


def destinations(site: Site, path: str) -> set[str]:
    return {seen.headers["Sec-Fetch-Dest"] for seen in site.server.requests(path)}


async def test_79_a_missing_image_and_a_fetch_consume_nothing(site: Site) -> None:
    (tab,) = await site.tabs("/start")
    await tab.evaluate(BUY)
    for content_type in ("text/html", "text/plain"):
        assert await tab.evaluate(MISSING_IMAGE, content_type)
    await tab.evaluate("fetch('/fetched').then(() => null)")
    await tab.click("#link")
    assert await shown(tab) == [[BOUGHT], "", ""]
    await tab.reload()
    assert await shown(tab) == NOTHING
    paths = ("/start", "/buy", "/image", "/fetched", "/linked")
    assert [destinations(site, path) for path in paths] == [{"empty"}] * 5


async def test_79_an_unread_form_error_does_not_turn_up_on_a_later_page(site: Site) -> None:
    (tab,) = await site.tabs(form("/start", "A", to="/reads-nothing"))
    await tab.click(SEND)
    await tab.click("#link")
    assert await shown(tab) == [["A was sent."], "", ""]
    paths = ("/save", "/reads-nothing", "/linked")
    assert [destinations(site, path) for path in paths] == [{"empty"}] * 3


async def test_79_another_tab_takes_nothing(site: Site) -> None:
    a, b = await site.tabs(form("/a", "A", to="/done"), "/b")
    gate = site.hold("/done")
    await site.send(a, gate)
    await b.click("#link")
    assert await shown(b) == NOTHING
    await b.evaluate(MISSING_IMAGE, "text/plain")
    await b.run("location.href = '/scripted'")
    assert await shown(b) == NOTHING
    gate.opened.set()
    await a.loaded()
    assert await shown(a) == flashed_by("A")
    paths = ("/save", "/done", "/linked", "/image", "/scripted")
    assert [destinations(site, path) for path in paths] == [{"empty"}] * 5
