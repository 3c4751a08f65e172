"""The browser's half with htmx 2 and 4, from npm."""

from __future__ import annotations

import asyncio

import pytest
from aiohttp import web
from support.apps import does
from support.overlap import Gate

from aiohttp_flashbag import flash, get_flashed_messages
from aiohttp_flashbag.markup import render

from .conftest import Serve, Visit
from .engines import PATIENCE, Tab
from .half import asked, half_app, page
from .server import Server

TEXT = "[data-flash] [role]"
COLLECT = "flashbag.collect()"
versions = pytest.mark.parametrize("library", ["htmx2", "htmx4"])
BUTTON = '<button id="go" hx-post="{}" hx-target="#out">Go</button><output id="out"></output>'
LINK = '<a id="{0}" href="/{0}" hx-get="/{0}" hx-target="body" hx-push-url="true">{0}</a>'


async def opened(serve: Serve, visit: Visit, *routes: web.RouteDef) -> tuple[Tab, Server]:
    """A tab at the page `/start`."""
    server = await serve(half_app(*routes))
    tab = await (await visit(server)).new_tab()
    await tab.open("/start")
    return tab, server


@versions
async def test_a_fragment_that_flashes_shows_its_message_once(
    serve: Serve, visit: Visit, library: str
) -> None:
    start = page("start", BUTTON.format("/add?info=Saved"), library=library)
    tab, server = await opened(serve, visit, start)
    await tab.click("#go", wait=False)
    await tab.wait_for_texts(TEXT, "Saved")
    assert await tab.text("#out") == "flashed"
    assert asked(server) == [200]
    await tab.reload()
    assert await tab.texts("[data-flash]") == []


@versions
async def test_a_response_that_is_swapped_nowhere_shows_its_message_too(
    serve: Serve, visit: Visit, library: str
) -> None:
    answer = does(lambda request: flash(request, "Saved"), answer=lambda: web.Response(status=204))
    start = page("start", BUTTON.format("/nothing"), library=library)
    tab, _ = await opened(serve, visit, start, web.post("/nothing", answer))
    await tab.click("#go", wait=False)
    await tab.wait_for_texts(TEXT, "Saved")


@versions
async def test_a_message_stays_while_six_elements_poll(
    serve: Serve, visit: Visit, library: str
) -> None:
    polls = Gate(count=30)

    async def poll(request: web.Request) -> web.Response:
        if await_polls.is_set():
            polls.missing -= 1
            if polls.missing == 0:
                polls.opened.set()
        return web.Response(text="<i>polled</i>", content_type="text/html")

    await_polls = asyncio.Event()
    six = '<p hx-get="/poll" hx-trigger="every 50ms"></p>' * 6
    start = page("start", BUTTON.format("/add?info=Saved") + six, library=library)
    tab, server = await opened(serve, visit, start, web.get("/poll", poll))
    await tab.click("#go", wait=False)
    await tab.wait_for_texts(TEXT, "Saved")
    await_polls.set()
    await asyncio.wait_for(polls.opened.wait(), PATIENCE)
    assert await tab.texts(TEXT) == ["Saved"]
    assert asked(server) == [200]


@versions
async def test_six_polls_at_once_that_flash_show_six_messages(
    serve: Serve, visit: Visit, library: str
) -> None:
    six = "".join(
        f'<p hx-post="/add?info={number}" hx-trigger="all from:body"></p>' for number in range(6)
    )
    tab, _ = await opened(serve, visit, page("start", six, library=library))
    await tab.wait_for("'htmx' in window")
    await tab.evaluate("document.body.dispatchEvent(new Event('all'))")
    await tab.wait_for(f"document.querySelectorAll('{TEXT}:not(:empty)').length === 6")
    assert sorted(await tab.texts(TEXT)) == [str(number) for number in range(6)]


@versions
async def test_fragments_that_hold_the_same_message_show_it_once(
    serve: Serve, visit: Visit, library: str
) -> None:
    together = Gate(count=6)

    async def fragment(request: web.Request) -> web.Response:
        text = render(get_flashed_messages(request))
        await together.hold(request)
        return web.Response(text=f"<div>{text}</div>", content_type="text/html")

    six = "".join(
        f'<p hx-get="/fragment?{number}" hx-trigger="all from:body"></p>' for number in range(6)
    )  # six addresses, for browsers fetch one only once at a time
    start = page("start", six, library=library)
    tab, server = await opened(serve, visit, start, web.get("/fragment", fragment))
    await tab.evaluate("fetch('/add?info=Saved', {method: 'POST'}).then((r) => r.text())")
    await tab.evaluate("document.body.dispatchEvent(new Event('all'))")
    await tab.wait_for("document.querySelectorAll('p > div').length === 6")
    await tab.wait_for_texts(TEXT, "Saved")
    assert await tab.texts(".flash-close") == ["×"]
    assert await tab.evaluate("events.length") == 1
    assert asked(server, "/fragment") == [200] * 6


@versions
@pytest.mark.parametrize(
    "header", [{"HX-Redirect": "/end"}, {"HX-Location": "/end"}, {"HX-Refresh": "true"}]
)
async def test_m2_a_message_before_a_redirect_is_left_to_the_page_that_comes(
    serve: Serve, visit: Visit, library: str, header: dict[str, str]
) -> None:
    redirects = does(
        lambda request: flash(request, "Saved"), answer=lambda: web.Response(headers=header)
    )
    start = page("start", BUTTON.format("/redirect"), library=library, headers={})
    end = page("end", library=library)
    tab, server = await opened(serve, visit, start, end, web.post("/redirect", redirects))
    await tab.evaluate("(window.left = true)")
    await tab.click("#go", wait=False)
    await tab.wait_for_texts(TEXT, "Saved")
    assert await tab.text("h1") == ("start" if "HX-Refresh" in header else "end")
    assert await tab.evaluate("'left' in window") is ("HX-Location" in header)
    assert asked(server) == [200]


@pytest.mark.parametrize("library", ["htmx2", "htmx4", "htmx4 with history"])
async def test_history_does_not_show_a_message_again(
    serve: Serve, visit: Visit, library: str
) -> None:
    body = BUTTON.format("/add?info=Saved") + LINK.format("other")
    start = page("start", body, library=library)
    other = page("other", LINK.format("start"), library=library)
    tab, server = await opened(serve, visit, start, other)
    await tab.evaluate("(window.kept = true)")
    await tab.click("#go", wait=False)
    await tab.wait_for_texts(TEXT, "Saved")
    await tab.click("#other", wait=False)
    await tab.wait_for("document.querySelector('h1').textContent === 'other'")
    assert await tab.texts("[data-flash]") == []
    await tab.back(wait=False)
    await tab.wait_for("document.querySelector('h1').textContent === 'start'")
    await tab.evaluate(COLLECT)
    assert await tab.texts("[data-flash]") == []
    assert await tab.evaluate("[window.kept, events.length]") == [True, 1]
    assert asked(server) == [200]


@versions
async def test_a_boosted_page_with_rendered_messages_shows_and_announces_them(
    serve: Serve, visit: Visit, library: str
) -> None:
    link = '<a id="rendered" href="/rendered" hx-boost="true">Rendered</a>'
    start = page("start", link, library=library)
    rendered = page("rendered", shows=True, library=library)
    tab, server = await opened(serve, visit, start, rendered)
    await tab.evaluate("(window.kept = true)")
    await tab.evaluate("fetch('/add?info=Saved', {method: 'POST'}).then((r) => r.text())")
    await tab.click("#rendered", wait=False)
    await tab.wait_for_texts(TEXT, "Saved")
    assert await tab.text("h1") == "rendered"
    assert await tab.evaluate("[window.kept, events.length, empty]") == [True, 1, 1]
    assert asked(server) == []


async def test_b3_the_preload_extension_loses_no_message(serve: Serve, visit: Visit) -> None:
    link = (
        '<a id="rendered" href="/rendered" hx-get="/rendered" hx-target="body" '
        'hx-ext="preload" preload="mouseover">Rendered</a>'
    )
    start = page("start", link, library="htmx2")
    rendered = page("rendered", shows=True, library="htmx2")
    tab, server = await opened(serve, visit, start, rendered)
    await tab.evaluate("fetch('/add?info=Saved', {method: 'POST'}).then((r) => r.text())")
    hover = "document.querySelector('#rendered').dispatchEvent(new MouseEvent('mouseover'))"
    await tab.evaluate(hover)
    preload = await server.answer("/rendered")
    assert preload.headers["HX-Preloaded"] == "true"
    assert await tab.texts("[data-flash]") == []
    await tab.click("#rendered", wait=False)
    await tab.wait_for_texts(TEXT, "Saved")
    assert await tab.text("h1") == "rendered"
    assert await tab.evaluate("events.length") == 1
