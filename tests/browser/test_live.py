"""The script live.js: an open page shows mail (U6 to U8), in real browsers."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp_jinja2
import pytest
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from jinja2 import DictLoader
from redis.asyncio import Redis
from redis.exceptions import RedisError
from support.services import RedisServer

import aiohttp_flashbag
from aiohttp_flashbag import CookieTransport, setup_browser
from aiohttp_flashbag.mailbox import Mailbox, MemoryMailbox, RedisMailbox

from .conftest import Serve, Visit, in_each_engine
from .engines import Browser, Engine, Tab
from .engines.chromium import ChromiumTab
from .npm import MODULES, need_libraries
from .pages import CACHED, ENDPOINT, RECORDER, TEMPLATES, TEXT, document
from .server import PATIENCE, Server

STREAM = "/flashbag/live"
READY = "window.flashbag?.live"
HIDE = """hidden => {
  Object.defineProperty(Document.prototype, "hidden", {get: () => hidden, configurable: true});
  document.dispatchEvent(new Event("visibilitychange", {bubbles: true}));
}"""
HIDDEN = """
if (query.has("hidden")) {
  Object.defineProperty(Document.prototype, "hidden", {get: () => true, configurable: true});
}"""


async def user_of(request: web.Request) -> str | None:
    return request.cookies.get("user")


async def log_in(request: web.Request) -> web.Response:
    """Log in the user in the query string, or nobody."""
    response = web.Response(text="A page without the script.")
    if user := request.query.get("as"):
        response.set_cookie("user", user)
    else:
        response.del_cookie("user")
    return response


async def plain(request: web.Request) -> web.Response:
    return web.Response(text="A page without the script.")


async def page(request: web.Request) -> web.Response:
    title, names = request.match_info["title"], ("flashbag", "hidden", "addEventListener")
    images = "".join(f'<img name="{name}" src="/icon">' for name in names)
    library = request.query.get("library", "")
    link = f'<a id="link" hx-boost="true" href="/pages/next?library={library}">Next</a>'
    body = images if "hostile" in request.query else link
    headers = {"Cache-Control": "no-cache"}
    return document(request, title, body, library=library, headers=headers)


def live_app(mailbox: Mailbox, *middlewares: Middleware) -> web.Application:
    """Return an application whose pages show mail while they are open."""
    app = web.Application(middlewares=middlewares)
    aiohttp_flashbag.setup(app, CookieTransport(b"k" * 32), mailbox=mailbox, identify=user_of)
    setup_browser(app, live=True)
    aiohttp_jinja2.setup(app, loader=DictLoader(TEMPLATES))

    async def recorder(request: web.Request) -> web.Response:
        return web.Response(text=RECORDER + HIDDEN, content_type="text/javascript", headers=CACHED)

    async def icon(request: web.Request) -> web.Response:
        return web.Response(
            text="<svg xmlns='http://www.w3.org/2000/svg'/>",
            content_type="image/svg+xml",
            headers=CACHED,
        )

    app.add_routes([web.get("/recorder.js", recorder), web.get("/icon", icon)])
    app.add_routes(
        [web.get("/login", log_in), web.get("/plain", plain), web.get("/pages/{title}", page)]
    )
    if MODULES.is_dir():
        app.router.add_static("/npm", MODULES)
    return app


class Live:
    """A site with a mailbox, and the browser of Ann, who is logged in."""

    def __init__(
        self, mailbox: Mailbox, server: Server, browser: Browser, streams: list[web.Request]
    ) -> None:
        self.mailbox = mailbox
        self.server = server
        self.browser = browser
        self.streams = streams

    async def tab(self, path: str = "/pages/start") -> Tab:
        """Open a tab at this page."""
        tab = await self.browser.new_tab()
        await tab.open(path)
        await tab.wait_for(READY)
        return tab

    async def tell(self, text: str, **options: Any) -> None:
        await self.mailbox.flash("ann", text, **options)

    async def has_streams(self, count: int = 1) -> None:
        """Wait until so many streams are open."""
        await until(lambda: [r.transport is None for r in self.streams].count(False) == count)

    def asked(self) -> int:
        """Count the requests of the endpoint."""
        return len(self.server.requests(ENDPOINT))


async def until(is_true: Callable[[], bool]) -> None:
    """Wait until something is true, or fail."""
    end = time.monotonic() + PATIENCE
    while not is_true():
        assert time.monotonic() < end
        await asyncio.sleep(0.02)


Open = Callable[..., Awaitable[Live]]


@pytest.fixture
def open_live(serve: Serve, visit: Visit) -> Open:
    """Serve a site with this mailbox, and log Ann in."""

    async def open_site(mailbox: Mailbox | None = None, *middlewares: Middleware) -> Live:
        mailbox = mailbox or MemoryMailbox()
        streams: list[web.Request] = []

        @web.middleware
        async def note(request: web.Request, handler: Handler) -> web.StreamResponse:
            if request.path != STREAM:
                return await handler(request)
            streams.append(request)
            try:
                return await handler(request)
            finally:
                streams.remove(request)

        server = await serve(live_app(mailbox, note, *middlewares))
        browser = await visit(server)
        first = await browser.new_tab()
        await first.open("/login?as=ann")
        return Live(mailbox, server, browser, streams)

    return open_site


@pytest.fixture
async def live(open_live: Open) -> Live:
    return await open_live()


@in_each_engine
async def test_an_open_page_shows_mail_under_a_strict_policy(live: Live) -> None:
    tab = await live.tab()
    await live.has_streams()
    await live.tell("Export ready.", category="info")
    await tab.wait_for_texts(TEXT, "Export ready.")
    assert await tab.evaluate("[blocked, events.length]") == [[], 1]
    await until(lambda: [s.status for s in live.server.requests(ENDPOINT)] == [200, 204])
    assert not await live.mailbox.has_mail("ann")


@in_each_engine
async def test_nine_tabs_share_a_stream_and_one_of_them_shows_the_mail(live: Live) -> None:
    tabs = [await live.tab(f"/pages/{n}") for n in range(9)]
    await live.has_streams()
    await live.tell("Export ready.")

    async def shown() -> list[str]:
        return [text for tab in tabs for text in await tab.texts(TEXT)]

    async def one_tab_shows_it() -> None:
        while not any(await shown()):
            pass

    await asyncio.wait_for(one_tab_shows_it(), PATIENCE)
    await until(lambda: all(seen.status for seen in live.server.requests(ENDPOINT)))
    assert await shown() == ["Export ready."]
    await live.has_streams()


@in_each_engine
async def test_a_hidden_tab_asks_when_it_is_looked_at(live: Live) -> None:
    tab = await live.tab("/pages/start?hidden")
    await live.has_streams()
    await live.tell("Export ready.")
    assert await tab.evaluate("new Promise(done => setTimeout(done, 300, 1))")
    assert live.asked() == 0
    await tab.evaluate(HIDE, False)
    await tab.wait_for_texts(TEXT, "Export ready.")


async def test_a_tab_behind_another_asks_when_it_comes_to_the_front(live: Live) -> None:
    tab = await live.tab()
    assert isinstance(tab, ChromiumTab)
    await live.has_streams()
    await tab.evaluate("!!open('/plain')")
    await tab.wait_for("document.hidden")
    await live.tell("Export ready.")
    assert await tab.evaluate("new Promise(done => setTimeout(done, 300, 1))")
    assert live.asked() == 0
    await tab.send("Page.bringToFront")
    await tab.wait_for_texts(TEXT, "Export ready.")


@in_each_engine
async def test_a_page_that_comes_back_from_the_cache_opens_a_stream_again(
    live: Live, engine: Engine
) -> None:
    tab = await live.tab()
    await live.has_streams()
    await tab.evaluate("(window.kept = true)")
    await tab.open("/plain")
    await live.has_streams(0)
    await tab.back()
    # Firefox loads the page again, because it keeps no page that had a lock or a stream.
    assert await tab.evaluate("!!window.kept") is (engine.name != "firefox")
    await live.has_streams()
    await live.tell("Export ready.")
    await tab.wait_for_texts(TEXT, "Export ready.")


@pytest.mark.parametrize("query", ["", "?without-locks"])
async def test_u7_two_visible_windows_show_mail_once(live: Live, query: str) -> None:
    tabs = [await live.tab(f"/pages/{n}{query}") for n in range(2)]
    await live.has_streams(2 if query else 1)
    await live.tell("Export ready.")
    showing = [asyncio.create_task(tab.wait_for_texts(TEXT, "Export ready.")) for tab in tabs]
    await asyncio.wait(showing, return_when=asyncio.FIRST_COMPLETED)
    await until(lambda: all(seen.status for seen in live.server.requests(ENDPOINT)))
    assert [text for tab in tabs for text in await tab.texts(TEXT)] == ["Export ready."]
    for task in showing:
        task.cancel()


async def test_without_locks_a_hidden_tab_has_no_stream(live: Live) -> None:
    tab = await live.tab("/pages/start?without-locks&hidden")
    await live.tell("Export ready.")
    await tab.evaluate(HIDE, False)
    await tab.wait_for_texts(TEXT, "Export ready.")
    await live.has_streams(1)
    await tab.evaluate(HIDE, True)
    await live.has_streams(0)


async def test_tabs_that_were_hidden_do_not_ask_for_mail_that_another_has_shown(
    live: Live,
) -> None:
    hidden = await live.tab("/pages/hidden?hidden")
    visible = await live.tab("/pages/visible")
    await live.has_streams()
    await live.tell("Export ready.")
    await visible.wait_for_texts(TEXT, "Export ready.")
    await until(lambda: [s.status for s in live.server.requests(ENDPOINT)] == [200, 204])
    await hidden.evaluate(HIDE, False)
    assert await hidden.evaluate("new Promise(done => setTimeout(done, 300, 1))")
    assert live.asked() == 2


async def test_u8_a_logout_ends_the_stream_and_a_login_opens_one(live: Live) -> None:
    old = await live.tab("/pages/old")
    tab = await live.tab("/pages/new")
    await live.has_streams()
    await tab.open("/login")
    await tab.open("/pages/new")
    await live.has_streams(0)
    await live.tell("Export ready.")
    assert await old.texts(TEXT) == await tab.texts(TEXT) == []
    await tab.open("/login?as=ann")
    await tab.open("/pages/new")
    await live.has_streams()
    await asyncio.wait(
        [asyncio.create_task(t.wait_for_texts(TEXT, "Export ready.")) for t in (old, tab)],
        return_when=asyncio.FIRST_COMPLETED,
    )


@pytest.mark.parametrize("library", ["htmx2", "htmx4", "turbo"])
async def test_a_page_that_a_library_replaces_after_a_login_opens_a_stream(
    live: Live, library: str
) -> None:
    need_libraries()
    await (await live.browser.new_tab()).open("/login")
    tab = await live.tab(f"/pages/start?library={library}")
    assert (await live.server.response(STREAM)).status == 200
    await tab.evaluate("(document.cookie = 'user=ann; path=/')")
    await tab.click("#link", wait=False)
    await tab.wait_for_texts("h1", "next")
    await live.has_streams()
    await live.tell("Export ready.")
    await tab.wait_for_texts(TEXT, "Export ready.")


async def test_the_newest_page_takes_the_stream_over_and_leaves_it_to_the_others(
    live: Live,
) -> None:
    old = await live.tab("/pages/old")
    new = await live.tab("/pages/new")
    await live.has_streams()
    await new.open("/plain")
    await live.has_streams()
    await live.tell("Export ready.")
    await old.wait_for_texts(TEXT, "Export ready.")


@in_each_engine
async def test_a_page_connects_again_after_errors_of_a_proxy(
    open_live: Open, engine: Engine
) -> None:
    failures = [502, 502]

    @web.middleware
    async def fail(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path == STREAM and failures:
            return web.Response(status=failures.pop())
        return await handler(request)

    live = await open_live(None, fail)
    tab = await live.tab()
    await live.has_streams()
    await live.tell("Export ready.")
    await tab.wait_for_texts(TEXT, "Export ready.")
    assert [seen.status for seen in live.server.requests(STREAM)] == [502, 502, None]
    # Firefox reports each failed connection.
    engine.errors[:] = [error for error in engine.errors if STREAM not in error]


async def test_a_page_connects_again_when_the_browser_is_online(live: Live) -> None:
    tab = await live.tab()
    await live.has_streams()
    await tab.evaluate("(dispatchEvent(new Event('offline')), 1)")
    await live.has_streams(0)
    await live.tell("Export ready.")
    await tab.evaluate("(dispatchEvent(new Event('online')), 1)")
    await tab.wait_for_texts(TEXT, "Export ready.")


async def test_names_of_elements_do_not_stop_it(live: Live) -> None:
    tab = await live.tab("/pages/start?hostile")
    await live.has_streams()
    await live.tell("Export ready.")
    await tab.wait_for_texts(TEXT, "Export ready.")


async def test_u10_mail_arrives_after_redis_was_down(
    open_live: Open, fragile_redis: RedisServer
) -> None:
    redis = Redis.from_url(fragile_redis.url)
    mailbox = RedisMailbox(redis)
    live = await open_live(mailbox)
    tab = await live.tab()
    await live.has_streams()
    await live.tell("Export ready.")
    await tab.wait_for_texts(TEXT, "Export ready.")
    fragile_redis.kill()
    with pytest.raises(RedisError):
        await live.tell("Lost.")
    fragile_redis.start()
    await live.tell("Import ready.")
    await tab.wait_for_texts(TEXT, "Export ready.", "Import ready.")
    await live.has_streams()
    await redis.aclose()
