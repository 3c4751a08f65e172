"""The browser's half on ordinary pages, which come from a cache and hold no message themselves."""

from __future__ import annotations

import asyncio

import pytest
from aiohttp import web
from aiohttp.typedefs import Handler
from markupsafe import Markup
from support.apps import does
from support.overlap import Gate

from aiohttp_flashbag import flash

from .conftest import Serve, Visit
from .engines import ENGINES, PATIENCE, Tab
from .half import ENDPOINT, asked, form, half_app, page
from .server import Server

TEXT = "[data-flash] [role]"
HOSTILE = "<script>document.title = 'taken'</script> & \"quotes\" 'too' &amp; <b>bold</b>"
LINKS = '<a id="first" href="/first">First</a> <a id="second" href="/second">Second</a>'
PAGES = (
    page("first", form("Saved", "/first") + LINKS),
    page("second", form("Saved", "/second") + LINKS),
    page("rendered", LINKS, shows=True),
    page("bare", region=""),
    page("german", region='<div data-flashes data-close="Schließen"></div>'),
    page("twice", scripts=2),
)
ADD = "(category, text, data) => fetch(`/add?${new URLSearchParams({[category]: text})}`, \
{method: 'POST', body: JSON.stringify(data ?? {}), headers: {'Content-Type': 'application/json'}})\
.then((response) => response.text())"
COLLECT = "flashbag.collect()"


@pytest.fixture
def redis_url(request: pytest.FixtureRequest) -> str | None:
    """Flashes travel in cookies of their own; in sessions on a server where a test wants both."""
    if getattr(request, "param", "cookies") == "cookies":
        return None
    url: str = request.getfixturevalue("redis_server").url
    return url


each_transport = pytest.mark.parametrize("redis_url", ["cookies", "redis"], indirect=True)


@pytest.fixture
async def server(redis_url: str | None, serve: Serve) -> Server:
    return await serve(half_app(*PAGES, redis_url=redis_url))


@pytest.fixture
async def tab(visit: Visit, server: Server) -> Tab:
    return await (await visit(server)).new_tab()


async def add(tab: Tab, text: str, category: str = "info", **data: object) -> None:
    """Flash by a fetch, after which nothing is collected yet."""
    await tab.evaluate(ADD, category, text, data)


async def show(tab: Tab, text: str, category: str = "info", **data: object) -> None:
    """Flash by a fetch and collect."""
    await add(tab, text, category, **data)
    await tab.evaluate(COLLECT)
    await tab.wait_for("(css, text) => document.querySelector(css)?.textContent", TEXT)


# Cached pages


@each_transport
async def test_a_page_from_the_cache_shows_each_message_once(tab: Tab, server: Server) -> None:
    await tab.open("/rendered")
    await tab.click("#second")
    await tab.click("#first")
    for link in ("#second", "#first", "#second"):
        await add(tab, f"before {link}")
        await tab.click(link)
        await tab.wait_for_texts(TEXT, f"before {link}")
        assert await tab.evaluate("events.length") == 1
    await tab.click("#first")
    await tab.evaluate(COLLECT)
    assert await tab.texts("[data-flash]") == []
    assert asked(server, "/first") == asked(server, "/second") == [200]
    assert asked(server) == [200, 200, 200]


@each_transport
async def test_the_page_after_a_redirect_shows_its_message_once(tab: Tab, server: Server) -> None:
    await tab.open("/first")
    for number in range(1, 4):
        await tab.click(".save")
        await tab.wait_for_texts(TEXT, "Saved")
        assert await tab.evaluate("events.length") == 1
        assert asked(server) == [200] * number


async def test_while_nothing_is_pending_nothing_is_asked(tab: Tab, server: Server) -> None:
    await tab.open("/first")
    await tab.click("#second")
    await tab.back()
    for _ in range(3):
        await tab.evaluate(COLLECT)
    await tab.reload()
    assert await tab.evaluate("document.cookie") == ""
    assert asked(server) == []


async def test_reload_and_back_do_not_show_a_message_again(tab: Tab, server: Server) -> None:
    await tab.open("/first")
    await tab.click(".save")
    await tab.wait_for_texts(TEXT, "Saved")
    await tab.reload()
    assert await tab.texts("[data-flash]") == []
    await show(tab, "Again")
    await tab.click("#second")
    await tab.back()
    await tab.evaluate(COLLECT)
    assert await tab.texts("[data-flash]") == []
    assert asked(server) == [200, 200]


async def test_a_page_kept_whole_for_back_holds_no_message_any_more(tab: Tab) -> None:
    await tab.open("/first")
    await show(tab, "Seen")
    await tab.evaluate("(window.kept = true)")
    await tab.click("#second")
    await tab.back(wait=False)
    await tab.wait_for("location.pathname === '/first' && document.readyState === 'complete'")
    assert await tab.evaluate("window.kept ?? null") is True, "the page was not kept"
    assert await tab.texts("[data-flash]") == []


async def test_a_page_kept_whole_shows_what_is_pending_when_it_comes_back(tab: Tab) -> None:
    await tab.open("/first")
    await tab.evaluate("(window.kept = true)")
    await tab.click("#second")
    await add(tab, "Meanwhile")
    await tab.back(wait=False)
    await tab.wait_for_texts(TEXT, "Meanwhile")
    assert await tab.evaluate("window.kept ?? null") is True, "the page was not kept"


@each_transport
async def test_a_message_that_the_server_has_rendered_is_shown_and_announced_once(
    tab: Tab, server: Server
) -> None:
    await tab.open("/first")
    await add(tab, "Rendered")
    await tab.open("/rendered")
    await tab.wait_for_texts(TEXT, "Rendered")
    assert await tab.evaluate("[events.length, empty, document.cookie]") == [1, 1, ""]
    assert asked(server) == []
    await tab.reload()
    assert await tab.texts("[data-flash]") == []


async def test_twenty_messages_keep_their_order(tab: Tab, server: Server) -> None:
    await tab.open("/first")
    texts = [f"number {number}" for number in range(20)]
    query = "&".join(
        f"{'error' if number % 2 else 'info'}={text}" for number, text in enumerate(texts)
    )
    await tab.evaluate(f"fetch('/add?{query}', {{method: 'POST'}}).then(() => {COLLECT})")
    await tab.wait_for_texts(TEXT, *texts)
    assert asked(server) == [200]


# Text


@pytest.mark.parametrize("path", ["/first", "/rendered"])
async def test_hostile_text_arrives_as_it_was_meant(tab: Tab, path: str) -> None:
    await tab.open("/first")
    await add(tab, HOSTILE, HOSTILE, link=HOSTILE)
    await tab.open(path)
    await tab.wait_for_texts(TEXT, HOSTILE)
    assert await tab.evaluate("events") == [
        {"message": HOSTILE, "category": HOSTILE, "data": {"link": HOSTILE}}
    ]
    assert await tab.evaluate("document.title") == path[1:]
    assert await tab.evaluate("document.querySelectorAll('b').length") == 0


async def test_markup_arrives_as_markup(serve: Serve, visit: Visit) -> None:
    link = Markup('<a href="{}">Undo</a> it').format("/?a&b")
    flashes = does(lambda request: flash(request, link))
    server = await serve(half_app(page("first"), web.post("/link", flashes)))
    tab = await (await visit(server)).new_tab()
    await tab.open("/first")
    await tab.evaluate("fetch('/link', {method: 'POST'}).then(() => flashbag.collect())")
    await tab.wait_for_texts(TEXT, "Undo it")
    assert await tab.evaluate("document.querySelector('a').getAttribute('href')") == "/?a&b"


# What a person meets


async def test_messages_have_roles_and_buttons_have_names(tab: Tab) -> None:
    await tab.open("/first")
    await show(tab, "Saved", "success")
    assert await tab.has_role(f".flash-success {'[role]'}", "status")
    assert await tab.has_role(".flash-close", "button", "Close")
    await tab.click(".flash-close", wait=False)
    await tab.wait_for_texts("[data-flash]")
    await show(tab, "Failed", "error")
    assert await tab.has_role(f".flash-error {'[role]'}", "alert")


async def test_text_comes_into_live_regions_that_were_empty_and_are_not_nested(tab: Tab) -> None:
    await tab.open("/first")
    await add(tab, "one", "info")
    await add(tab, "two", "error")
    await tab.evaluate(COLLECT)
    await tab.wait_for_texts(TEXT, "one", "two")
    assert await tab.evaluate("empty") == 2
    assert await tab.evaluate("document.querySelectorAll('[role] [role]').length") == 0
    buttons = "document.querySelectorAll('[role=status] button, [role=alert] button').length"
    assert await tab.evaluate(buttons) == 0


async def test_the_close_button_speaks_the_language_of_the_page(tab: Tab) -> None:
    await tab.open("/german")
    await show(tab, "Gespeichert")
    assert await tab.has_role(".flash-close", "button", "Schließen")


async def test_closing_by_keyboard_moves_the_focus_to_the_next_message(tab: Tab) -> None:
    await tab.open("/first")
    await add(tab, "one")
    await add(tab, "two")
    await tab.evaluate(COLLECT)
    await tab.wait_for_texts(TEXT, "one", "two")
    focused = "document.activeElement.closest('[data-flash]')?.textContent"
    await tab.press("Tab")
    await tab.wait_for(f"{focused} === 'one×'")
    await tab.press("Enter")
    await tab.wait_for(f"{focused} === 'two×'")
    await tab.press("Enter")
    await tab.wait_for_texts("[data-flash]")
    assert await tab.evaluate("document.activeElement.hasAttribute('data-flashes')") is True


async def test_without_an_element_for_them_messages_stand_at_the_top(tab: Tab) -> None:
    await tab.open("/bare")
    await show(tab, "Saved")
    path = "body > [data-flashes].flashes:first-child > [data-flash] > [role=status]"
    assert await tab.texts(path) == ["Saved"]


async def test_a_message_with_a_duration_goes_by_itself_and_others_stay(tab: Tab) -> None:
    await tab.open("/first")
    await add(tab, "stays")
    await add(tab, "goes", duration=0.3)
    await tab.evaluate(COLLECT)
    await tab.wait_for_texts(TEXT, "stays", "goes")
    await tab.wait_for_texts(TEXT, "stays")


async def test_a_message_with_a_duration_stays_while_it_has_the_focus(tab: Tab) -> None:
    await tab.open("/first")
    await show(tab, "Busy", duration=0.3)
    await tab.evaluate("document.querySelector('.flash-close').focus()")
    await show(tab, "Timer", duration=0.9)
    await tab.wait_for_texts(TEXT, "Busy")
    await tab.evaluate("document.activeElement.blur()")
    await tab.wait_for_texts(TEXT)


async def test_a_page_can_show_messages_in_its_own_way(tab: Tab, server: Server) -> None:
    await tab.open("/first")
    await tab.evaluate("(window.showsItself = true)")
    await add(tab, "Mine", "error", link="/x", undo_url="/undo", count=2)
    await tab.evaluate(COLLECT)
    assert await tab.evaluate("events") == [
        {
            "message": "Mine",
            "category": "error",
            "data": {"link": "/x", "undoUrl": "/undo", "count": "2"},
        }
    ]
    assert await tab.texts("[data-flash]") == []
    assert asked(server) == [200]


# Requests


async def test_two_calls_at_once_ask_once(tab: Tab, server: Server) -> None:
    await tab.open("/first")
    await add(tab, "one")
    await tab.evaluate("Promise.all([flashbag.collect(), flashbag.collect(), flashbag.collect()])")
    await tab.wait_for_texts(TEXT, "one")
    assert asked(server) == [200]


async def test_six_requests_at_once_show_six_messages_and_leave_them(tab: Tab) -> None:
    await tab.open("/first")
    await tab.evaluate(
        f"""Promise.all([1, 2, 3, 4, 5, 6].map((number) =>
            ({ADD})("info", `number ${{number}}`).then(() => flashbag.collect())))"""
    )
    texts = [f"number {number}" for number in range(1, 7)]
    await tab.wait_for(f"document.querySelectorAll({TEXT!r}).length === 6")
    for _ in range(3):
        await tab.evaluate("fetch('/first').then(() => flashbag.collect())")
    await tab.wait_for(
        "(css, texts) => String([...document.querySelectorAll(css)].map((e) => e.textContent)"
        ".sort()) === String(texts)",
        TEXT,
        texts,
    )
    assert sorted(await tab.evaluate("events.map((event) => event.message)")) == texts


@each_transport
async def test_of_two_tabs_that_collect_at_once_one_shows_the_message(
    visit: Visit, server: Server
) -> None:
    browser = await visit(server)
    tabs = [await browser.new_tab() for _ in range(2)]
    for tab in tabs:
        await tab.open("/first")
    for number in range(5):
        await add(tabs[0], f"number {number}")
        begin = await tabs[0].evaluate("Date.now()") + 300
        for tab in tabs:
            await tab.evaluate(
                "(at) => { setTimeout(() => { window.done = flashbag.collect() }, at - Date.now());"
                " return true; }",
                begin,
            )
        for tab in tabs:
            await tab.wait_for("'done' in window && done.then(() => delete window.done)")
    shown = [await tab.evaluate("events.map((event) => event.message)") for tab in tabs]
    assert sorted([*shown[0], *shown[1]]) == [f"number {number}" for number in range(5)]


async def test_the_script_loaded_twice_does_everything_once(tab: Tab, server: Server) -> None:
    await tab.open("/twice")
    assert await tab.evaluate("document.querySelectorAll('script[data-hint]').length") == 2
    await show(tab, "Saved")
    assert await tab.texts(TEXT) == ["Saved"]
    assert await tab.evaluate("document.querySelectorAll('.flash-close').length") == 1
    assert asked(server) == [200]


@pytest.mark.parametrize("engine", ["chromium", "firefox"], indirect=True)
async def test_a_message_whose_form_has_been_sent_is_left_to_the_page_that_comes(
    serve: Serve, visit: Visit
) -> None:
    # WebKit fetches nothing for a page that is being left.
    page_that_comes, polls = Gate(), Gate(count=5)

    async def poll(request: web.Request) -> None:
        if page_that_comes.reached.is_set():
            await polls.hold(request)

    app = half_app(
        page("start", form("Saved", "/slow")),
        web.get("/slow", does(page_that_comes.hold, answer=lambda: web.HTTPSeeOther("/end"))),
        web.post("/poll", does(poll)),
        page("end"),
    )
    server = await serve(app)
    tab = await (await visit(server)).new_tab()
    await tab.open("/start")
    poll_on = "fetch('/poll', {method: 'POST'}).then(() => flashbag.collect(), () => null)"
    await tab.evaluate(f"void setInterval(() => {poll_on}, 20)")
    await tab.click(".save", wait=False)
    await asyncio.wait_for(polls.opened.wait(), PATIENCE)
    assert asked(server) == []
    page_that_comes.opened.set()
    await tab.loaded()
    await tab.wait_for_texts(TEXT, "Saved")
    assert await tab.text("h1") == "end"
    assert asked(server) == [200]


async def test_a_message_is_still_pending_after_the_network_has_failed(
    serve: Serve, visit: Visit
) -> None:
    fails = True

    @web.middleware
    async def failing(request: web.Request, handler: Handler) -> web.StreamResponse:
        if fails and request.path == ENDPOINT:
            raise web.HTTPBadGateway
        return await handler(request)

    app = half_app(page("first"))
    app.middlewares.insert(0, failing)
    server = await serve(app)
    tab = await (await visit(server)).new_tab()
    await tab.open("/first")
    await add(tab, "Saved")
    await tab.evaluate(COLLECT)
    await tab.evaluate(COLLECT)
    assert asked(server) == [502, 502]
    fails = False
    await tab.evaluate(COLLECT)
    await tab.wait_for_texts(TEXT, "Saved")


@pytest.mark.parametrize("engine", [f"{name} without scripts" for name in ENGINES], indirect=True)
async def test_without_scripts_the_page_shows_the_message_as_before(
    serve: Serve, visit: Visit
) -> None:
    start = page("start", form("Saved", "/rendered"))
    server = await serve(half_app(start, page("rendered", shows=True)))
    tab = await (await visit(server)).new_tab()
    await tab.open("/start")
    await tab.click(".save")
    assert await tab.texts(".flash[role=status]") == ["Saved"]
    await tab.reload()
    assert await tab.texts(".flash") == []
    assert asked(server) == []
