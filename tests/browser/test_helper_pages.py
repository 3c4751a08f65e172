"""The JavaScript helper on ordinary pages, which may come from a cache without a message."""

from __future__ import annotations

import asyncio

import pytest
from aiohttp import web
from aiohttp.typedefs import Handler
from markupsafe import Markup
from support.apps import does
from support.overlap import Gate

from aiohttp_flashbag import flash

from .conftest import Serve, Visit, in_each_engine
from .engines import ENGINES, PATIENCE, ChromiumTab, Engine, Tab
from .pages import (
    ADD,
    COLLECT,
    ENDPOINT,
    TEXT,
    add,
    deliveries,
    form,
    helper_app,
    opened,
    page,
)
from .server import Server

HOSTILE = "<script>document.title = 'taken'</script> & \"quotes\" 'too' &amp; <b>bold</b>"
LINKS = '<a id="first" href="/first">First</a> <a id="second" href="/second">Second</a>'
PAGES = (
    page("first", form("Saved", "/first") + LINKS),
    page("second", form("Saved", "/second") + LINKS),
    page("rendered", form("Saved", "/rendered") + LINKS, shows=True),
    page("bare", region=""),
    page("german", region='<div data-flashes data-close="Schließen"></div>'),
    page("twice", scripts=2),
)
IS_KEPT = "window.kept === true && document.readyState === 'complete'"


@pytest.fixture
async def server(serve: Serve) -> Server:
    return await serve(helper_app(*PAGES))


async def show(tab: Tab, text: str, category: str = "info", **data: object) -> None:
    """Flash by a fetch, and collect the message."""
    await add(tab, text, category, **data)
    await tab.evaluate(COLLECT)
    await tab.wait_for("css => document.querySelector(css)?.textContent", TEXT)


# Cached pages


@in_each_engine
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
    assert [len(server.requests(path)) for path in ("/first", "/second")] == [1, 1]
    assert deliveries(server) == 3


async def test_while_nothing_is_pending_nothing_is_requested(tab: Tab, server: Server) -> None:
    await tab.open("/first")
    await tab.click("#second")
    await tab.back()
    for _ in range(3):
        await tab.evaluate(COLLECT)
    await tab.reload()
    assert await tab.evaluate("document.cookie") == ""
    assert server.requests(ENDPOINT) == []


@in_each_engine
async def test_redirect_reload_and_back_show_a_message_once(tab: Tab) -> None:
    await tab.open("/first")
    for _ in range(2):
        await tab.click(".save")
        await tab.wait_for_texts(TEXT, "Saved")
        assert await tab.evaluate("events.length") == 1
    await tab.reload()
    assert await tab.texts("[data-flash]") == []
    await show(tab, "Again")
    await tab.click("#second")
    await tab.back()
    await tab.evaluate(COLLECT)
    assert await tab.texts("[data-flash]") == []


@pytest.mark.parametrize(
    "engine", [*ENGINES, "chromium without bfcache", "webkit without bfcache"], indirect=True
)
async def test_reload_and_back_do_not_show_a_rendered_message_again(
    tab: Tab, server: Server, engine: Engine
) -> None:
    await tab.open("/rendered")
    for again in (tab.reload, tab.back):
        await tab.click(".save")
        await tab.wait_for_texts(TEXT, "Saved")
        assert await tab.evaluate("[events.length, empty, document.cookie]") == [1, 1, ""]
        if again == tab.back:
            await tab.click("#first")
        before = len(server.requests("/rendered"))
        await again()
        assert await tab.text("h1") == "rendered"
        assert await tab.texts("[data-flash]") == []
    loads_again = [engine.name, *engine.without] in (["firefox"], ["chromium", "bfcache"])
    assert len(server.requests("/rendered")) - before == loads_again
    assert deliveries(server) == 0
    await tab.forward()
    assert await tab.text("h1") == "first"
    assert await tab.texts("[data-flash]") == []


@in_each_engine
async def test_a_page_kept_whole_for_back_shows_pending_messages_only(tab: Tab) -> None:
    await tab.open("/first")
    await show(tab, "Seen")
    await tab.evaluate("(window.kept = true)")
    await tab.click("#second")
    await tab.back(wait=False)
    await tab.wait_for(f"location.pathname === '/first' && {IS_KEPT}")
    assert await tab.texts("[data-flash]") == []
    await tab.click("#second")
    await add(tab, "Pending")
    await tab.back(wait=False)
    await tab.wait_for_texts(TEXT, "Pending")
    assert await tab.evaluate(IS_KEPT)


# Text


@pytest.mark.parametrize("path", ["/first", "/rendered"])
async def test_hostile_text_is_not_interpreted(tab: Tab, path: str) -> None:
    await tab.open("/first")
    await add(tab, HOSTILE, HOSTILE, link=HOSTILE)
    await tab.open(path)
    await tab.wait_for_texts(TEXT, HOSTILE)
    assert await tab.evaluate("events") == [
        {"message": HOSTILE, "category": HOSTILE, "data": {"link": HOSTILE}}
    ]
    assert await tab.evaluate("document.title") == path[1:]
    assert await tab.texts("b") == []


async def test_markup_is_inserted_as_markup(serve: Serve, visit: Visit) -> None:
    link = Markup('<a href="{}">Undo</a> it').format("/?a&b")
    flashes = does(lambda request: flash(request, link))
    tab, _ = await opened(serve, visit, page("start"), web.post("/link", flashes))
    await tab.evaluate(f"fetch('/link', {{method: 'POST'}}).then(() => {COLLECT})")
    await tab.wait_for_texts(TEXT, "Undo it")
    assert await tab.evaluate("document.querySelector('a').getAttribute('href')") == "/?a&b"


# People


async def test_messages_have_roles_and_close_buttons_have_names(tab: ChromiumTab) -> None:
    await tab.open("/first")
    await show(tab, "Saved", "success")
    assert (await tab.role(".flash-success [role]"))[0] == "status"
    assert await tab.role(".flash-close") == ("button", "Close")
    await tab.click(".flash-close", wait=False)
    await tab.wait_for_texts("[data-flash]")
    await show(tab, "Failed", "error")
    assert (await tab.role(".flash-error [role]"))[0] == "alert"
    await tab.open("/german")
    await show(tab, "Gespeichert")
    assert await tab.role(".flash-close") == ("button", "Schließen")


async def test_text_is_inserted_into_empty_live_regions_that_are_not_nested(tab: Tab) -> None:
    await tab.open("/first")
    await add(tab, "one", "info")
    await add(tab, "two", "error")
    await tab.evaluate(COLLECT)
    await tab.wait_for_texts(TEXT, "one", "two")
    assert await tab.evaluate("empty") == 2
    assert await tab.texts("[role] [role], [role] button") == []


async def test_closing_by_keyboard_moves_the_focus_to_the_next_message(tab: ChromiumTab) -> None:
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
    await tab.press("Space")
    await tab.wait_for_texts("[data-flash]")
    assert await tab.evaluate("document.activeElement.hasAttribute('data-flashes')") is True


async def test_without_a_region_messages_are_at_the_top_of_the_page(tab: Tab) -> None:
    await tab.open("/bare")
    await show(tab, "Saved")
    path = "body > [data-flashes].flashes:first-child > [data-flash] > [role=status]"
    assert await tab.texts(path) == ["Saved"]


async def test_a_message_with_a_duration_disappears_and_others_stay(tab: Tab) -> None:
    await tab.open("/first")
    await add(tab, "stays")
    await add(tab, "disappears", duration=1)
    await tab.evaluate(COLLECT)
    await tab.wait_for_texts(TEXT, "stays", "disappears")
    await tab.wait_for_texts(TEXT, "stays")


async def test_a_message_with_a_duration_stays_while_it_has_the_focus(tab: Tab) -> None:
    await tab.open("/first")
    await add(tab, "focused", duration=0.3)
    focus = "document.querySelector('.flash-close').focus()"
    await tab.evaluate(f"{COLLECT}.then(() => {focus})")
    await show(tab, "timer", duration=0.9)
    await tab.wait_for_texts(TEXT, "focused")
    await tab.evaluate("document.activeElement.blur()")
    await tab.wait_for_texts(TEXT)


async def test_a_page_can_show_messages_in_its_own_way(tab: Tab) -> None:
    await tab.open("/first")
    await tab.evaluate("(window.showsItself = true)")
    await add(tab, "Mine", "error", link="/x", undo_url="/undo", count=2)
    await tab.evaluate(COLLECT)
    data = {"link": "/x", "undoUrl": "/undo", "count": "2"}
    assert await tab.evaluate("events") == [{"message": "Mine", "category": "error", "data": data}]
    assert await tab.texts("[data-flash]") == []


# Requests


async def test_calls_at_once_request_once(tab: Tab, server: Server) -> None:
    await tab.open("/first")
    await add(tab, "one")
    await tab.evaluate("Promise.all([flashbag.collect(), flashbag.collect(), flashbag.collect()])")
    await tab.wait_for_texts(TEXT, "one")
    assert deliveries(server) == 1


@in_each_engine
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
    await tab.wait_for(f"document.querySelectorAll('{TEXT}:not(:empty)').length === 6")
    assert sorted(await tab.texts(TEXT)) == texts
    assert sorted(await tab.evaluate("events.map((event) => event.message)")) == texts


@in_each_engine
async def test_of_two_tabs_that_collect_at_once_one_shows_the_message(
    tab: Tab, server: Server
) -> None:
    tabs = [tab, await tab.browser.new_tab()]
    for each in tabs:
        await each.open("/first")
    for number in range(3):
        await add(tab, f"number {number}")
        begin = await tab.evaluate("Date.now()") + 150
        for each in tabs:
            await each.evaluate(
                "(at) => { setTimeout(() => { window.done = flashbag.collect() }, at - Date.now());"
                " return true; }",
                begin,
            )
        for each in tabs:
            await each.wait_for("'done' in window && done.then(() => delete window.done)")
    shown = [await each.evaluate("events.map((event) => event.message)") for each in tabs]
    assert sorted([*shown[0], *shown[1]]) == [f"number {number}" for number in range(3)]


async def test_the_script_loaded_twice_does_everything_once(tab: Tab, server: Server) -> None:
    await tab.open("/twice")
    assert await tab.evaluate("document.querySelectorAll('script[src*=flashbag]').length") == 2
    await show(tab, "Saved")
    assert await tab.texts(TEXT) == ["Saved"]
    assert await tab.texts(".flash-close") == ["×"]
    assert deliveries(server) == 1


@pytest.mark.parametrize("engine", ["chromium", "firefox"], indirect=True)
async def test_after_a_form_was_sent_the_message_is_left_to_the_next_page(
    serve: Serve, visit: Visit
) -> None:
    # WebKit starts no fetch in a page that the user is leaving.
    next_page, polls = Gate(), Gate(count=5)

    async def poll(request: web.Request) -> None:
        if next_page.reached.is_set():
            await polls.hold(request)

    redirect = does(next_page.hold, answer=lambda: web.HTTPSeeOther("/end"))
    routes = (web.get("/slow", redirect), web.post("/poll", does(poll)), page("end"))
    tab, server = await opened(serve, visit, page("start", form("Saved", "/slow")), *routes)
    poll_on = "fetch('/poll', {method: 'POST'}).then(() => flashbag.collect(), () => null)"
    await tab.evaluate(f"void setInterval(() => {poll_on}, 20)")
    await tab.click(".save", wait=False)
    await asyncio.wait_for(polls.opened.wait(), PATIENCE)
    assert server.requests(ENDPOINT) == []
    next_page.opened.set()
    await tab.loaded()
    await tab.wait_for_texts(TEXT, "Saved")
    assert await tab.text("h1") == "end"


async def test_a_message_is_still_pending_after_a_failed_request(
    serve: Serve, visit: Visit
) -> None:
    fails = True

    @web.middleware
    async def fail(request: web.Request, handler: Handler) -> web.StreamResponse:
        if fails and request.path == ENDPOINT:
            raise web.HTTPBadGateway
        return await handler(request)

    app = helper_app(page("first"))
    app.middlewares.insert(0, fail)
    tab = await (await visit(server := await serve(app))).new_tab()
    await tab.open("/first")
    await add(tab, "Saved")
    await tab.evaluate(COLLECT)
    assert {seen.status for seen in server.requests(ENDPOINT)} == {502}
    fails = False
    await tab.evaluate(COLLECT)
    await tab.wait_for_texts(TEXT, "Saved")
