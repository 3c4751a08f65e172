"""The JavaScript helper with htmx 2 and 4, from npm."""

from __future__ import annotations

import asyncio
from functools import partial

import aiohttp_jinja2
import pytest
from aiohttp import web
from support.apps import does
from support.overlap import Gate

from aiohttp_flashbag import flash

from .conftest import Serve, Visit, in_each_engine
from .engines import PATIENCE
from .pages import COLLECT, TEXT, add, deliveries, document, opened, page

versions = pytest.mark.parametrize("library", ["htmx2", "htmx4"])
BUTTON = '<button id="go" hx-post="{}" hx-target="#out">Go</button><output id="out"></output>'
LINK = '<a id="{0}" href="/{0}" hx-get="/{0}" hx-target="body" hx-push-url="true">{0}</a>'
ALL = "document.body.dispatchEvent(new Event('all'))"


def six(element: str) -> str:
    """Return six elements, numbered at {}, because browsers load one address once at a time."""
    return "".join(element.format(number) for number in range(6))


@in_each_engine
@versions
async def test_a_fragment_and_an_empty_response_show_their_messages_once(
    serve: Serve, visit: Visit, library: str
) -> None:
    empty = does(lambda request: flash(request, "Noted"), answer=lambda: web.Response(status=204))
    body = BUTTON.format("/add?info=Saved") + '<button id="note" hx-post="/note">Note</button>'
    start = page("start", body, library=library)
    tab, server = await opened(serve, visit, start, web.post("/note", empty))
    await tab.click("#go", wait=False)
    await tab.wait_for_texts(TEXT, "Saved")
    assert await tab.text("#out") == "flashed"
    await tab.click("#note", wait=False)
    await tab.wait_for_texts(TEXT, "Saved", "Noted")
    assert deliveries(server) == 2
    await tab.reload()
    assert await tab.texts("[data-flash]") == []


@versions
async def test_a_message_stays_while_six_elements_poll(
    serve: Serve, visit: Visit, library: str
) -> None:
    polls, counts = Gate(count=30), asyncio.Event()

    async def poll(request: web.Request) -> web.Response:
        if counts.is_set():
            polls.missing -= 1
            if polls.missing == 0:
                polls.opened.set()
        return web.Response(text="<i>polled</i>", content_type="text/html")

    body = BUTTON.format("/add?info=Saved") + six('<p hx-get="/poll" hx-trigger="every 50ms"></p>')
    start = page("start", body, library=library)
    tab, server = await opened(serve, visit, start, web.get("/poll", poll))
    await tab.click("#go", wait=False)
    await tab.wait_for_texts(TEXT, "Saved")
    counts.set()
    await asyncio.wait_for(polls.opened.wait(), PATIENCE)
    assert await tab.texts(TEXT) == ["Saved"]
    assert deliveries(server) == 1


@versions
async def test_six_fragments_with_the_same_message_show_it_once(
    serve: Serve, visit: Visit, library: str
) -> None:
    together = Gate(count=6)

    async def fragment(request: web.Request) -> web.Response:
        response = aiohttp_jinja2.render_template("fragment", request, {})
        await together.hold(request)
        return response

    body = six('<p hx-get="/fragment?{}" hx-trigger="all from:body"></p>')
    start = page("start", body, library=library)
    tab, server = await opened(serve, visit, start, web.get("/fragment", fragment))
    await add(tab, "Saved")
    await tab.evaluate(ALL)
    await tab.wait_for("document.querySelectorAll('p > div').length === 6")
    await tab.wait_for_texts(TEXT, "Saved")
    assert await tab.texts(".flash-close") == ["×"]
    assert await tab.evaluate("events.length") == 1
    assert len(server.requests("/fragment")) == 6


@versions
@pytest.mark.parametrize(
    "header", [{"HX-Redirect": "/end"}, {"HX-Location": "/end"}, {"HX-Refresh": "true"}]
)
async def test_m2_the_page_after_a_redirect_shows_the_message(
    serve: Serve, visit: Visit, library: str, header: dict[str, str]
) -> None:
    redirect = does(
        lambda request: flash(request, "Saved"), answer=lambda: web.Response(headers=header)
    )
    start = page("start", BUTTON.format("/redirect"), library=library, headers={})
    routes = (page("end", library=library), web.post("/redirect", redirect))
    tab, server = await opened(serve, visit, start, *routes)
    await tab.click("#go", wait=False)
    await tab.wait_for_texts(TEXT, "Saved")
    assert await tab.text("h1") == ("start" if "HX-Refresh" in header else "end")
    assert await tab.evaluate("'kept' in window") is ("HX-Location" in header)
    assert deliveries(server) == 1


@pytest.mark.parametrize("library", ["htmx2", "htmx4", "htmx4 with history"])
async def test_history_does_not_show_a_message_again(
    serve: Serve, visit: Visit, library: str
) -> None:
    body = BUTTON.format("/add?info=Saved") + LINK.format("other")
    start = page("start", body, library=library)
    other = page("other", LINK.format("start"), library=library)
    tab, server = await opened(serve, visit, start, other)
    await tab.click("#go", wait=False)
    await tab.wait_for_texts(TEXT, "Saved")
    await tab.click("#other", wait=False)
    await tab.wait_for_texts("h1", "other")
    assert await tab.texts("[data-flash]") == []
    await tab.back(wait=False)
    await tab.wait_for_texts("h1", "start")
    await tab.evaluate(COLLECT)
    assert await tab.texts("[data-flash]") == []
    assert await tab.evaluate("[window.kept, events.length]") == [True, 1]
    assert deliveries(server) == 1


@versions
async def test_a_boosted_page_shows_and_announces_rendered_messages(
    serve: Serve, visit: Visit, library: str
) -> None:
    link = '<a id="rendered" href="/rendered" hx-boost="true">Rendered</a>'
    start = page("start", link, library=library)
    rendered = page("rendered", shows=True, library=library)
    tab, server = await opened(serve, visit, start, rendered)
    await add(tab, "Saved")
    await tab.click("#rendered", wait=False)
    await tab.wait_for_texts(TEXT, "Saved")
    assert await tab.text("h1") == "rendered"
    assert await tab.evaluate("[window.kept, events.length, empty]") == [True, 1, 1]
    assert deliveries(server) == 1  # S4: the message is pending until it is in the page


async def test_b3_the_preload_extension_loses_no_message(serve: Serve, visit: Visit) -> None:
    link = (
        '<a id="rendered" href="/rendered" hx-get="/rendered" hx-target="body" '
        'hx-ext="preload" preload="mouseover">Rendered</a>'
    )
    start = page("start", link, library="htmx2")
    rendered = page("rendered", shows=True, library="htmx2")
    tab, server = await opened(serve, visit, start, rendered)
    await add(tab, "Saved")
    hover = "document.querySelector('#rendered').dispatchEvent(new MouseEvent('mouseover'))"
    await tab.evaluate(hover)
    preload = await server.response("/rendered")
    assert preload.headers["HX-Preloaded"] == "true"
    assert await tab.texts("[data-flash]") == []
    await tab.click("#rendered", wait=False)
    await tab.wait_for_texts(TEXT, "Saved")
    assert await tab.text("h1") == "rendered"
    assert await tab.evaluate("events.length") == 1


@versions
@pytest.mark.parametrize("shows", [False, True])
@pytest.mark.parametrize("swap", ["swap:400ms", "transition:true"])
async def test_a_swap_that_is_delayed_keeps_the_message(
    serve: Serve, visit: Visit, library: str, shows: bool, swap: str
) -> None:
    async def save(request: web.Request) -> web.Response:
        flash(request, "Saved")
        return document(request, "saved", library=library, headers={}, shows=shows)

    button = f'<button id="go" hx-post="/saved" hx-target="body" hx-swap="innerHTML {swap}">'
    start = page("start", f"{button}Save</button>", library=library)
    tab, server = await opened(serve, visit, start, web.post("/saved", save))
    await tab.click("#go", wait=False)
    await tab.wait_for_texts("h1", "saved")
    await tab.wait_for_texts(TEXT, "Saved")
    await tab.evaluate(COLLECT)
    assert await tab.texts(TEXT) == ["Saved"]
    assert await tab.evaluate("events.length") == 1
    assert deliveries(server) == 1


@versions
async def test_a_row_that_fades_out_shows_its_message(
    serve: Serve, visit: Visit, library: str
) -> None:
    empty = partial(web.Response, content_type="text/html")
    delete = does(lambda request: flash(request, "Deleted"), answer=empty)
    button = '<button id="go" hx-delete="/row" hx-target="#row" hx-swap="outerHTML swap:400ms">'
    start = page("start", f'<p id="row">{button}Delete</button></p>', library=library)
    tab, _ = await opened(serve, visit, start, web.delete("/row", delete))
    await tab.click("#go", wait=False)
    await tab.wait_for_texts("#row")
    await tab.wait_for_texts(TEXT, "Deleted")
