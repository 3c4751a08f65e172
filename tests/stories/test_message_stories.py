"""Messages in the life of an application: redirects, fragments, clicks, toolbars, broken images."""

from __future__ import annotations

import asyncio
import logging
from functools import partial

import pytest
from aiohttp import web
from aiohttp.typedefs import Handler
from aiohttp_session import AbstractStorage
from support.apps import (
    AiohttpClient,
    Client,
    Start,
    does,
    flash_messages,
    in_sessions,
    make_app,
    shown,
    texts,
)
from support.overlap import FETCH
from support.services import PATIENCE
from support.templating import not_found_page, renders, template_app

from aiohttp_flashbag import flash, flashbag_peek, get_flashbag
from aiohttp_flashbag.messages import get_flashed_messages, peek_flashed_messages

HTMX = {"HX-Request": "true", "Sec-Fetch-Dest": "empty"}
IMAGE = {"Sec-Fetch-Dest": "image"}
TEMPLATES = {
    "base.html": "{{ render_flashed_messages() | striptags }}{% block content %}{% endblock %}",
    "page.html": "{% extends 'base.html' %}{% block content %}|page{% endblock %}",
    "form.html": "{% extends 'base.html' %}{% block content %}|form{% endblock %}",
    "not_found.html": "{% extends 'base.html' %}{% block content %}|nothing{% endblock %}",
    "row.html": "<li>{{ get_flashed_messages() | join }}</li>",
}
once = partial(flash, message="Saved", allow_duplicate=False)


async def refuse(request: web.Request) -> web.StreamResponse:
    """The form again, with its message, in the same request."""
    flash(request, "Name is required", "error")
    return await renders("form.html", status=422)(request)


async def add_row(request: web.Request) -> web.StreamResponse:
    """A fragment that htmx swaps in."""
    flash(request, "Row added")
    return await renders("row.html")(request)


@pytest.fixture
async def site(aiohttp_client: AiohttpClient, storage: AbstractStorage) -> Client:
    """A site whose pages, also the one for what is not there, extend one base template."""
    app = template_app(
        storage,
        TEMPLATES,
        web.get("/page", renders("page.html")),
        web.post("/form", refuse),
        web.post("/rows", add_row),
        web.get("/row", renders("row.html")),
    )
    app.middlewares.append(not_found_page)
    client: Client = await aiohttp_client(app)
    return client


async def text_at(client: Client, path: str, **headers: str) -> str:
    """What is at this path."""
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return await (await client.get(path, headers=names)).text()


@pytest.mark.parametrize("hops", [1, 2, 5])
async def test_m2_a_message_outlives_redirects_that_all_read_it_and_is_shown_once(
    start: Start, hops: int
) -> None:
    def hop(number: int) -> Handler:
        target = f"/hop/{number - 1}" if number else "/messages"
        return does(get_flashed_messages, answer=partial(web.HTTPFound, target))

    form = does(flash_messages, answer=partial(web.HTTPSeeOther, f"/hop/{hops}"))
    routes = [web.get(f"/hop/{number}", hop(number)) for number in range(hops + 1)]
    client = await start(web.post("/", form), *routes)
    response = await client.post("/?success=Saved")
    assert len(response.history) == hops + 2
    assert await texts(response) == ["Saved"]
    assert await shown(client) == []


async def test_m2_a_fragment_shows_its_message_and_the_page_does_not_again(site: Client) -> None:
    fragment = await site.post("/rows", headers=HTMX)
    assert await fragment.text() == "<li>Row added</li>"
    assert await text_at(site, "/page") == "|page"


async def test_m1_a_fragment_shows_what_was_waiting(site: Client) -> None:
    await site.post("/flash?success=Saved")
    fragment = await site.get("/row", headers=HTMX)
    assert await fragment.text() == "<li>Saved</li>"
    assert await text_at(site, "/page") == "|page"


async def test_m1_a_form_rendered_again_shows_its_message_then_and_on_no_later_page(
    site: Client,
) -> None:
    response = await site.post("/form")
    assert (response.status, await response.text()) == (422, "Name is required|form")
    assert await text_at(site, "/page") == "|page"


async def test_m2_the_page_for_a_missing_image_extends_the_base_template_and_eats_nothing(
    site: Client,
) -> None:
    await site.post("/flash?success=Saved")
    for _ in range(3):
        assert (await site.get("/logo.png", headers=IMAGE)).status == 404
    assert await text_at(site, "/page") == "Saved|page"
    assert await text_at(site, "/page") == "|page"


async def test_m2_the_page_for_a_missing_page_shows_the_message(site: Client) -> None:
    await site.post("/flash?success=Saved")
    assert await text_at(site, "/nowhere", Sec_Fetch_Dest="document") == "Saved|nothing"
    assert await text_at(site, "/page") == "|page"


async def test_the_same_message_ten_times_is_shown_once_and_pushes_no_other_out(
    start: Start,
) -> None:
    client = await start(web.post("/", does(once)), max_messages=2)
    await client.post("/flash?info=Other")
    for _ in range(10):
        await client.post("/", headers=FETCH)
    assert await shown(client) == ["Other", "Saved"]
    assert await shown(client) == []


@pytest.mark.parametrize("storage", ["redis", "memcached"], indirect=True)
async def test_the_same_message_of_two_requests_that_overlap_is_one(start: Start) -> None:
    arrived, go_on = asyncio.Event(), asyncio.Event()

    async def wait(request: web.Request) -> None:
        arrived.set()
        await go_on.wait()

    routes = [web.post("/slow", does(once, wait)), web.post("/fast", does(once))]
    client = await start(*routes, max_messages=2)
    await client.post("/flash?info=Other")
    slow = asyncio.create_task(client.post("/slow"))
    await asyncio.wait_for(arrived.wait(), PATIENCE)
    await client.post("/fast")
    go_on.set()
    assert (await asyncio.wait_for(slow, PATIENCE)).status == 200
    assert await shown(client) == ["Other", "Saved"]


@in_sessions
@pytest.mark.parametrize("options", [{"max_messages": 3}, {}], ids=["3", "50"])
async def test_m4_messages_that_nobody_sees_stay_at_their_limit_with_a_warning(
    start: Start, caplog: pytest.LogCaptureFixture, options: dict[str, int]
) -> None:
    limit = options.get("max_messages", 50)
    client = await start(**options)
    for number in range(limit):
        await client.post(f"/flash?i={number}", headers=FETCH)
    assert caplog.records == []
    for number in range(limit, limit + 2):
        await client.post(f"/flash?i={number}", headers=FETCH)
    assert [record.levelno for record in caplog.records] == [logging.WARNING] * 2
    assert all(f"max_messages={limit}" in record.getMessage() for record in caplog.records)
    assert await shown(client) == [str(number) for number in range(2, limit + 2)]


async def test_m5_a_debug_toolbar_that_looks_uses_nothing_up(
    aiohttp_client: AiohttpClient, storage: AbstractStorage
) -> None:
    looks: list[object] = []

    @web.middleware
    async def toolbar(request: web.Request, handler: Handler) -> web.StreamResponse:
        for _ in range(2):
            bag = get_flashbag(request)
            looks.append([repr(bag), len(bag), bool(bag), "error" in bag])
            looks.append([flashbag_peek(request, "error"), peek_flashed_messages(request)])
        return await handler(request)

    app = make_app(storage)
    app.middlewares.append(toolbar)
    client = await aiohttp_client(app)
    await client.post("/set?error=Wrong", headers=FETCH)
    await client.post("/flash?success=Saved", headers=FETCH)
    for _ in range(3):
        await client.get("/plain", headers=FETCH)
    assert looks[-1] == ["Wrong", ["Saved"]]
    assert await shown(client) == ["Saved"]
