"""The JavaScript helper with Turbo 8, from npm."""

from __future__ import annotations

import asyncio

import pytest
from aiohttp import web
from support.overlap import Gate

from aiohttp_flashbag import flash

from .conftest import Serve, Visit, in_each_engine
from .engines import PATIENCE, Tab
from .pages import COLLECT, TEXT, add, deliveries, document, form, opened, page

LINKS = "".join(
    f'<a id="{name}" href="/{name}">{name}</a> ' for name in ("start", "other", "rendered")
)
SEND = '<form method="post"><button class="save">Save</button></form>'
STREAM = '<turbo-stream action="append" target="out"><template>added</template></turbo-stream>'
IS_PREVIEW = "document.documentElement.hasAttribute('data-turbo-preview')"


def turbo_page(title: str, body: str = LINKS, **options: object) -> web.RouteDef:
    return page(title, body, library="turbo", **options)


async def follow(tab: Tab, title: str) -> None:
    """Click a link. Turbo replaces the body of the page."""
    await tab.click(f"#{title}", wait=False)
    await tab.wait_for_texts("h1", title)


async def test_a_visit_shows_a_pending_message_once(serve: Serve, visit: Visit) -> None:
    tab, server = await opened(serve, visit, turbo_page("start"), turbo_page("other"))
    await add(tab, "Saved")
    await follow(tab, "other")
    await tab.wait_for_texts(TEXT, "Saved")
    await follow(tab, "start")
    await follow(tab, "other")
    assert await tab.texts("[data-flash]") == []
    await tab.back(wait=False)
    await tab.wait_for_texts("h1", "start")
    await tab.evaluate(COLLECT)
    assert await tab.texts("[data-flash]") == []
    assert await tab.evaluate("[kept, events.length]") == [True, 1]
    assert deliveries(server) == 1


@in_each_engine
@pytest.mark.parametrize("shows", [False, True])
async def test_a_form_shows_its_message_after_the_redirect(
    serve: Serve, visit: Visit, shows: bool
) -> None:
    start = turbo_page("start", form("Saved", "/end"))
    tab, server = await opened(serve, visit, start, turbo_page("end", shows=shows))
    await tab.click(".save", wait=False)
    await tab.wait_for_texts("h1", "end")
    await tab.wait_for_texts(TEXT, "Saved")
    assert await tab.evaluate("[kept, events.length, empty]") == [True, 1, 1]
    assert deliveries(server) == 1  # S4: the message is pending until it is in the page


@pytest.mark.parametrize("shows", [False, True])
async def test_a_refused_form_shows_its_message(serve: Serve, visit: Visit, shows: bool) -> None:
    async def refuse(request: web.Request) -> web.Response:
        flash(request, "No", "error")
        return document(request, "refused", library="turbo", shows=shows, headers={}, status=422)

    tab, _ = await opened(serve, visit, turbo_page("start", SEND), web.post("/start", refuse))
    await tab.click(".save", wait=False)
    await tab.wait_for_texts("h1", "refused")
    await tab.wait_for_texts(TEXT, "No")
    assert await tab.evaluate("[kept, events.length, empty]") == [True, 1, 1]


async def test_a_stream_shows_its_message(serve: Serve, visit: Visit) -> None:
    async def stream(request: web.Request) -> web.Response:
        flash(request, "Saved")
        return web.Response(text=STREAM, content_type="text/vnd.turbo-stream.html")

    start = turbo_page("start", f'{SEND}<p id="out"></p>')
    tab, server = await opened(serve, visit, start, web.post("/start", stream))
    await tab.click(".save", wait=False)
    await tab.wait_for_texts(TEXT, "Saved")
    await tab.wait_for_texts("#out", "added")
    assert deliveries(server) == 1


async def test_a_frame_shows_its_message(serve: Serve, visit: Visit) -> None:
    frame = '<turbo-frame id="frame"><b>{}</b>' + form("Saved", "/framed") + "</turbo-frame>"
    start, framed = (turbo_page(t, frame.format(t)) for t in ("start", "framed"))
    tab, server = await opened(serve, visit, start, framed)
    await tab.click(".save", wait=False)
    await tab.wait_for_texts("b", "framed")
    await tab.wait_for_texts(TEXT, "Saved")
    assert await tab.text("h1") == "start"
    assert deliveries(server) == 1


async def test_b3_a_prefetch_on_hover_loses_no_message(serve: Serve, visit: Visit) -> None:
    pages = turbo_page("start"), turbo_page("rendered", shows=True)
    tab, server = await opened(serve, visit, *pages)
    await add(tab, "Saved")
    hover = "new MouseEvent('mouseenter', {bubbles: false})"
    await tab.evaluate(f"document.querySelector('#rendered').dispatchEvent({hover})")
    prefetch = (await server.arrival("/rendered")).headers
    assert prefetch["X-Sec-Purpose"] == "prefetch"
    assert await tab.texts("[data-flash]") == []
    await follow(tab, "rendered")
    await tab.wait_for_texts(TEXT, "Saved")
    assert await tab.evaluate("[kept, events.length]") == [True, 1]
    assert len(server.requests("/rendered")) == 1


async def test_a_preview_shows_no_message(serve: Serve, visit: Visit) -> None:
    gate = Gate()
    gate.opened.set()

    async def start_page(request: web.Request) -> web.Response:
        await gate.hold(request)
        return document(request, "start", LINKS, library="turbo", headers={})

    tab, server = await opened(serve, visit, web.get("/start", start_page), turbo_page("other"))
    await add(tab, "Saved")
    await tab.evaluate(COLLECT)
    await tab.wait_for_texts(TEXT, "Saved")
    await follow(tab, "other")
    gate.opened.clear()
    gate.reached.clear()
    await follow(tab, "start")
    await asyncio.wait_for(gate.reached.wait(), PATIENCE)
    await tab.wait_for(IS_PREVIEW)
    assert await tab.texts("[data-flash]") == []
    await add(tab, "Saved")
    await tab.evaluate(COLLECT)
    assert deliveries(server) == 1, "Turbo is about to replace the preview"
    gate.opened.set()
    await tab.wait_for_texts(TEXT, "Saved")
    assert await tab.evaluate(f"[{IS_PREVIEW}, kept, events.length]") == [False, True, 2]


@pytest.mark.parametrize("method", ["replace", "morph"])
async def test_a_stream_that_refreshes_the_page_leaves_the_message_to_it(
    serve: Serve, visit: Visit, method: str
) -> None:
    count = 0

    async def start_page(request: web.Request) -> web.Response:
        nonlocal count
        count += 1
        body = f'<form method="post"><button class="save">Save</button></form><b>{count}</b>'
        response = document(request, "start", body, library="turbo", headers={})
        meta = f'<meta name="turbo-refresh-method" content="{method}">'
        response.text = str(response.text).replace("</title>", f"</title>{meta}")
        return response

    async def save(request: web.Request) -> web.Response:
        flash(request, "Saved")
        text, kind = '<turbo-stream action="refresh"></turbo-stream>', "text/vnd.turbo-stream.html"
        return web.Response(text=text, content_type=kind)

    routes = (web.get("/start", start_page), web.post("/start", save))
    tab, server = await opened(serve, visit, *routes)
    await tab.click(".save", wait=False)
    await tab.wait_for_texts("b", "2")
    await tab.wait_for_texts(TEXT, "Saved")
    await tab.evaluate(COLLECT)
    assert await tab.texts(TEXT) == ["Saved"]
    assert await tab.evaluate("events.length") == 1
    assert deliveries(server) == 1
