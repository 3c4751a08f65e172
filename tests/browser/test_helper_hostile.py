"""The JavaScript helper on hostile pages, and with an endpoint that fails.

No message is lost, and no request is repeated in a loop (rows 84 to 88, 96 and 102).
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import cast

import pytest
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from support.overlap import Gate
from support.services import Nginx

from aiohttp_flashbag import get_flashed_messages
from aiohttp_flashbag.browser.setup import SCRIPT

from .conftest import Serve, Visit, in_each_engine
from .engines import PATIENCE, Engine, Tab
from .pages import COLLECT, ENDPOINT, HINT, TEXT, add, document, form, helper_app, page
from .server import Server

Inner = Callable[[web.Request, Handler], Awaitable[web.StreamResponse]]
Respond = Callable[[web.Request], web.StreamResponse]
PAGES = (
    page("first", form("Saved", "/second") + '<a id="second" href="/second">Second</a>'),
    page("second", '<a id="first" href="/first">First</a>'),
    page("rendered", shows=True),
)


@pytest.fixture
async def server(serve: Serve) -> Server:
    return await serve(helper_app(*PAGES))


# As a library would insert a fragment.
INSERT = """(path) => new Promise((done) => {
  const xhr = new XMLHttpRequest();
  xhr.open("GET", path);
  xhr.responseType = "document";
  xhr.onload = () => done(document.querySelector("main").append(...xhr.response.body.children));
  xhr.send();
}).then(() => null)"""


async def serve_behind(serve: Serve, *middlewares: Inner) -> Server:
    """Serve the pages of an application behind middlewares, the outermost first."""
    app = helper_app(*PAGES)
    for middleware in reversed(middlewares):
        app.middlewares.insert(0, cast(Middleware, web.middleware(middleware)))
    return await serve(app)


async def tab_of(visit: Visit, server: Server, path: str = "/first") -> Tab:
    tab = await (await visit(server)).new_tab()
    await tab.open(path)
    return tab


async def collect(tab: Tab, times: int = 1) -> None:
    """Collect messages, and wait until the helper does not ask again."""
    for _ in range(times):
        await tab.evaluate(COLLECT)
        await tab.evaluate("new Promise((done) => setTimeout(done, 200))")


# A hint that cannot be overwritten (84)


@in_each_engine
@pytest.mark.parametrize("value", ["1", "0"])
async def test_84_a_hint_for_another_path_costs_two_requests_for_each_page(
    serve: Serve, visit: Visit, value: str
) -> None:
    server = await serve_behind(serve)
    tab = await tab_of(visit, server)
    plant = f"(document.cookie = '{HINT}={value}; Path=/second; Max-Age=600')"
    await tab.evaluate(plant)
    await tab.open("/second")
    await collect(tab, 5)
    assert len(server.requests(ENDPOINT)) <= 2
    await add(tab, "Saved")
    await collect(tab)
    await tab.wait_for_texts(TEXT, "Saved")
    before = len(server.requests(ENDPOINT))
    await collect(tab, 3)
    assert len(server.requests(ENDPOINT)) - before <= 1
    assert await tab.evaluate("events.length") == 1


# Names that hide members of document and window (85)


@pytest.mark.parametrize(
    "html",
    [
        '<img name="currentScript" data-endpoint="//evil.test" data-hint="theme">',
        '<img name="cookie"><img name="cookie">',
        '<form name="querySelector"></form><form name="querySelectorAll"></form>',
        '<form name="createElement"></form><img name="body"><img name="documentElement">',
        '<a id="flashbag" href="/x">x</a><form id="addEventListener"></form>',
        '<img name="hidden"><img name="readyState"><img name="prerendering">',
        '<base href="https://evil.test/">',
        '<div data-flash-id="0">not ours</div><p data-hint="theme"></p>',
    ],
)
async def test_85_elements_of_users_do_not_break_the_helper(
    serve: Serve, visit: Visit, html: str
) -> None:
    server = await serve(helper_app(page("start", html, region=html), page("plain")))
    tab = await tab_of(visit, server, "/plain")
    await add(tab, "Saved")
    await tab.open("/start")
    await tab.wait_for_texts(TEXT, "Saved")
    assert [seen.status for seen in server.requests(ENDPOINT)] == [200, 204]
    await tab.click(".flash-close", wait=False)
    await tab.wait_for_texts(TEXT)


async def test_85_a_region_that_accepts_no_message_loses_none(serve: Serve, visit: Visit) -> None:
    region = '<form data-flashes><input name="append"></form>'
    server = await serve(helper_app(page("start", region=region), page("plain")))
    tab = await tab_of(visit, server, "/start")
    await add(tab, "Saved")
    await collect(tab)
    assert await tab.texts(TEXT) == []
    await tab.open("/plain")
    await tab.wait_for_texts(TEXT, "Saved")


# Policies (86)


@in_each_engine
async def test_86_under_the_strictest_policies_messages_appear_and_nothing_is_blocked(
    serve: Serve, visit: Visit
) -> None:
    server = await serve_behind(serve)
    tab = await tab_of(visit, server)
    await add(tab, "<b>Saved</b>")
    await collect(tab)
    await tab.wait_for_texts(TEXT, "<b>Saved</b>")
    assert await tab.evaluate("blocked") == []


# Pages that look like other pages (87)


async def test_87_t5_a_page_that_changes_its_address_shows_its_message_a_little_later(
    serve: Serve, visit: Visit
) -> None:
    server = await serve(helper_app(page("first", form("Saved", "/second?moved=/x")), *PAGES[1:]))
    tab = await tab_of(visit, server)
    await tab.click(".save")
    await tab.wait_for_texts(TEXT, "Saved")
    assert await tab.evaluate("location.pathname") == "/x"
    *in_vain, shows, reports = [seen.status for seen in server.requests(ENDPOINT)]
    assert (set(in_vain), shows, reports) == ({204}, 200, 204)
    assert len(in_vain) <= 2  # on DOMContentLoaded and pageshow


@pytest.mark.parametrize("engine", ["chromium"], indirect=True)
async def test_87_a_proxy_may_strip_a_prefix(serve: Serve, visit: Visit, engine: Engine) -> None:
    app = helper_app(
        page("deep/first", form("Saved", "/shop/second", "/shop/save")), page("second")
    )
    server = await serve(app)
    target = f"proxy_pass {server.url}/; proxy_set_header Host $http_host;"
    nginx = Nginx(f"location /shop/ {{ {target} }}")
    nginx.start()
    try:
        tab = await (await engine.new_browser(f"http://localhost:{nginx.port}")).new_tab()
        await tab.open("/shop/deep/first")
        await tab.click(".save")
        await tab.wait_for_texts(TEXT, "Saved")
        await tab.reload()
        assert await tab.texts(TEXT) == []
    finally:
        nginx.stop()


# Requests that hang or fail (88)


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let requests of the helper time out after half a second instead of ten."""
    assert SCRIPT.content.count(b"10000") == 1
    monkeypatch.setattr(SCRIPT, "content", SCRIPT.content.replace(b"10000", b"500"))


@pytest.mark.usefixtures("hasty")
@in_each_engine
async def test_88_a_request_that_hangs_holds_up_no_tab(serve: Serve, visit: Visit) -> None:
    held = Gate()
    is_first = True

    async def hold_first(request: web.Request, handler: Handler) -> web.StreamResponse:
        nonlocal is_first
        if request.path == ENDPOINT and is_first:
            is_first = False
            await held.hold(request)
        return await handler(request)

    server = await serve_behind(serve, hold_first)
    browser = await visit(server)
    tabs = [await browser.new_tab(), await browser.new_tab()]
    for tab in tabs:
        await tab.open("/first")
    await add(tabs[0], "Saved")
    await tabs[0].evaluate("void flashbag.collect()")
    await asyncio.wait_for(held.reached.wait(), PATIENCE)
    await tabs[1].evaluate("void flashbag.collect()")
    await add(tabs[1], "Other")
    await tabs[1].evaluate(COLLECT)
    await tabs[1].wait_for_texts(TEXT, "Saved", "Other")
    held.opened.set()
    await collect(tabs[0])
    assert await tabs[0].texts(TEXT) == []


@pytest.mark.usefixtures("hasty")
async def test_88_a_lock_that_is_never_released_holds_up_no_tab(tab: Tab, server: Server) -> None:
    await tab.open("/first")
    await tab.evaluate(f"void navigator.locks.request('{HINT}', () => new Promise(() => null))")
    await add(tab, "Saved")
    await tab.evaluate(COLLECT)
    await tab.wait_for_texts(TEXT, "Saved")


LOGIN = '<!doctype html><p>Log in</p><div data-flash="info" data-flash-id="1">Log in first</div>'
ANSWERS: dict[str, Respond] = {
    "error": lambda _: web.Response(status=500),
    "forbidden": lambda _: web.Response(status=403),
    "login page": lambda _: web.Response(text=LOGIN, content_type="text/html"),
    "login redirect": lambda _: web.HTTPSeeOther("/rendered"),
    "empty page": lambda _: web.Response(content_type="text/html"),
    "no content": lambda _: web.Response(status=204),
}


@in_each_engine
@pytest.mark.parametrize("answer", [*ANSWERS, "offline"])
async def test_88_an_endpoint_that_fails_loses_nothing_and_is_not_asked_in_a_loop(
    serve: Serve, visit: Visit, answer: str
) -> None:
    fails = True

    async def fail(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path != ENDPOINT or not fails:
            return await handler(request)
        if answer in ANSWERS:
            return ANSWERS[answer](request)
        assert request.transport is not None
        request.transport.abort()
        return await handler(request)

    server = await serve_behind(serve, fail)
    tab = await tab_of(visit, server)
    await add(tab, "Saved")
    await collect(tab, 3)
    assert await tab.texts(TEXT) == []
    # Chromium repeats a request whose connection broke.
    assert 3 <= len(server.requests(ENDPOINT)) <= 6
    fails = False
    await collect(tab)
    await tab.wait_for_texts(TEXT, "Saved")
    await tab.open("/rendered")
    assert await tab.texts(TEXT) == []


@in_each_engine
async def test_a_report_that_fails_shows_nothing_twice_in_any_tab(
    serve: Serve, visit: Visit
) -> None:
    fails = True

    async def fail(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path == ENDPOINT and fails and await request.read():
            return web.Response(status=503)
        return await handler(request)

    server = await serve_behind(serve, fail)
    browser = await visit(server)
    tabs = [await browser.new_tab(), await browser.new_tab()]
    for tab in tabs:
        await tab.open("/first?without-locks")
    await add(tabs[0], "Saved")
    for tab in (*tabs, *tabs):
        await collect(tab)
    fails = False
    await tabs[1].open("/rendered")  # the server has not heard of it yet
    assert [await tab.evaluate("events.length") for tab in tabs] == [1, 0]
    assert await tabs[1].texts("[data-flash]") == []
    await collect(tabs[0])
    assert (await browser.cookies()).keys() <= {HINT}


@in_each_engine
async def test_a_user_who_leaves_during_the_request_sees_the_message_on_the_next_page(
    serve: Serve, visit: Visit
) -> None:
    held = Gate()
    is_first = True

    async def hold_first(request: web.Request, handler: Handler) -> web.StreamResponse:
        nonlocal is_first
        response = await handler(request)
        if request.path == ENDPOINT and is_first:
            is_first = False
            await held.hold(request)
        return response

    server = await serve_behind(serve, hold_first)
    tab = await tab_of(visit, server, "/second")
    await tab.open("/first")
    await add(tab, "Saved")
    await tab.evaluate("void flashbag.collect()")
    await asyncio.wait_for(held.reached.wait(), PATIENCE)
    await tab.click("#second")
    held.opened.set()
    await tab.wait_for_texts(TEXT, "Saved")


# Storage, and markup of the page's own


async def test_without_storage_a_message_appears_once(serve: Serve, visit: Visit) -> None:
    server = await serve_behind(serve)
    tab = await tab_of(visit, server, "/first?without-storage")
    await add(tab, "Saved")
    await collect(tab, 2)
    assert await tab.evaluate("events.length") == 1
    await tab.wait_for_texts(TEXT, "Saved")


async def test_96_data_that_is_called_like_an_attribute_of_the_helper_is_left_out(
    tab: Tab,
) -> None:
    await tab.open("/first")
    await add(tab, "Saved", flashes="x", flash_id="x", flash="x")
    await tab.evaluate(COLLECT)
    await tab.wait_for_texts(TEXT, "Saved")
    assert await tab.evaluate("events[0].data") == {}


@in_each_engine
async def test_102_a_message_that_the_server_renders_on_every_page_appears_once(
    serve: Serve, visit: Visit
) -> None:
    planted = '<div data-flash="info" data-flash-id="0123">Planted</div>'
    browser = await visit(await serve(helper_app(page("one", planted), page("two", planted))))
    shown = []
    for path in ("/one", "/two", "/one"):
        tab = await browser.new_tab()
        await tab.open(path)
        shown.append(await tab.evaluate("events.length"))
    assert shown == [1, 0, 0]


async def test_markup_with_an_id_alone_is_reported_and_left_as_it_is(
    serve: Serve, visit: Visit
) -> None:
    async def own(request: web.Request) -> web.Response:
        line = '<p data-flash-id="{}">{}</p>'
        items = (line.format(m.flash_id, m) for m in get_flashed_messages(request))
        return web.Response(text="".join(items), content_type="text/html")

    server = await serve(helper_app(page("start"), web.get("/own", own)))
    tab = await tab_of(visit, server, "/start")
    await add(tab, "Saved")
    await tab.evaluate(INSERT, "/own")
    await collect(tab)
    assert await tab.texts("main p") == ["Saved"]
    assert await tab.texts("button") == []
    assert [seen.status for seen in server.requests(ENDPOINT)] == [200, 204]


# Other scripts


@in_each_engine
async def test_two_versions_of_the_script_show_a_message_once(serve: Serve, visit: Visit) -> None:
    async def two(request: web.Request) -> web.Response:
        response = document(request, "start")
        assert response.text is not None
        [element] = re.findall(r'<script type="module".*?</script>', response.text)
        older = re.sub(r"\?v=[^\"]*", "?v=0123456789abcdef", element)
        response.text = response.text.replace(element, element + older)
        return response

    server = await serve(helper_app(web.get("/start", two)))
    tab = await tab_of(visit, server, "/start")
    await add(tab, "Saved")
    await collect(tab, 2)
    assert await tab.texts(TEXT) == ["Saved"]


async def test_messages_that_overlap_with_empty_responses_are_shown(
    serve: Serve, visit: Visit
) -> None:
    gate = Gate()
    is_armed = False

    async def hold(request: web.Request, handler: Handler) -> web.StreamResponse:
        response = await handler(request)
        if is_armed and request.path == ENDPOINT and not await request.read():
            await gate.hold(request)
        return response

    server = await serve_behind(serve, hold)
    browser = await visit(server)
    tab, other = await browser.new_tab(), await browser.new_tab()
    for each in (tab, other):
        await each.open("/first")
    for number in range(3):
        gate, is_armed = Gate(), True
        await tab.evaluate(f"(document.cookie = '{HINT}=1; Path=/; Max-Age=60')")  # stale
        await tab.evaluate("void flashbag.collect()")
        await asyncio.wait_for(gate.reached.wait(), PATIENCE)
        await add(other, f"number {number}")
        is_armed = False
        gate.opened.set()
        await collect(tab, 2)
    texts = await tab.evaluate("events.map((event) => event.message)")
    assert texts == ["number 0", "number 1", "number 2"]


@pytest.mark.parametrize("duration", [3_000_000, "1e999"])
async def test_a_very_long_duration_does_not_end_at_once(tab: Tab, duration: object) -> None:
    await tab.open("/first")
    await add(tab, "Saved", duration=duration)
    await collect(tab, 2)
    assert await tab.texts(TEXT) == ["Saved"]
