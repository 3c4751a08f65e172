"""Own cookies: requests that overlap, that nobody looks at, or that pass more than one flashbag."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from itertools import count

import pytest
from aiohttp import web
from aiohttp_remotes import XForwardedRelaxed
from support.apps import (
    ERROR,
    AiohttpClient,
    Handler,
    does,
    flash_messages,
    json_page,
    shown,
    texts,
)
from support.overlap import FETCH
from support.own_cookies import cookie_app, cookie_client, each_answer, ours, send, set_by
from support.services import PATIENCE

import aiohttp_flashbag
from aiohttp_flashbag import CookieTransport, flash, flashbag_get, get_flashed_messages

PAGES = ("Response", "FileResponse", "StreamResponse", "404")  # what can show something
PREFETCH = {"Sec-Purpose": "prefetch"}


def meeting(number: int) -> Callable[[web.Request], Awaitable[None]]:
    """For handlers: go on when so many requests have come here."""
    arrivals, complete = count(1), asyncio.Event()

    async def meet(request: web.Request) -> None:
        if next(arrivals) == number:
            complete.set()
        await asyncio.wait_for(complete.wait(), PATIENCE)

    return meet


async def show(request: web.Request) -> web.Response:
    return json_page([message.message for message in get_flashed_messages(request)])


async def test_m3_what_twenty_overlapping_requests_flash_is_shown_once_and_in_that_order(
    aiohttp_client: AiohttpClient,
) -> None:
    flashed: list[str] = []

    def note(request: web.Request) -> None:
        flashed.append(request.query["info"])

    handler = does(meeting(20), flash_messages, note)
    client = await cookie_client(aiohttp_client, web.post("/", handler))
    posts = [client.post("/", params={"info": f"message {n}"}, headers=FETCH) for n in range(20)]
    assert {response.status for response in await asyncio.gather(*posts)} == {200}
    assert len(ours(client)) == len(set(flashed)) == 20
    assert await shown(client) == flashed
    assert ours(client) == {}


async def test_m3_the_order_is_that_of_flashing_not_of_answering(
    aiohttp_client: AiohttpClient,
) -> None:
    flashed, go_on = asyncio.Event(), asyncio.Event()

    async def slow(request: web.Request) -> web.Response:
        flash(request, "first")
        flashed.set()
        await asyncio.wait_for(go_on.wait(), PATIENCE)
        return web.Response()

    client = await cookie_client(aiohttp_client, web.post("/slow", slow))
    slow_one = asyncio.create_task(client.post("/slow", headers=FETCH))
    await asyncio.wait_for(flashed.wait(), PATIENCE)
    await send(client, "second")
    go_on.set()
    await slow_one
    assert await shown(client) == ["first", "second"]


@pytest.mark.parametrize("allowed", [True, False])
async def test_a_double_click_flashes_once_where_duplicates_are_not_allowed(
    aiohttp_client: AiohttpClient, allowed: bool
) -> None:
    save = partial(flash, message="Saved", allow_duplicate=allowed)
    client = await cookie_client(aiohttp_client, web.post("/", does(meeting(2), save)))
    await asyncio.gather(*(client.post("/", headers=FETCH) for _ in range(2)))
    assert len(ours(client)) == 2
    assert await shown(client) == ["Saved", "Saved"][: 2 if allowed else 1]
    assert ours(client) == {}


async def test_what_is_added_while_a_page_renders_slowly_survives(
    aiohttp_client: AiohttpClient,
) -> None:
    both = meeting(2)

    async def slow(request: web.Request) -> web.Response:
        page = await show(request)
        await both(request)
        return page

    client = await cookie_client(
        aiohttp_client, web.get("/slow", slow), web.post("/", does(both, flash_messages))
    )
    await send(client, "Saved")
    page, _ = await asyncio.gather(client.get("/slow"), client.post("/?info=Sent", headers=FETCH))
    assert await texts(page) == ["Saved"]
    assert await shown(client) == ["Sent"]


async def test_m2_two_pages_rendered_at_once_may_both_show_it_and_no_later_one(
    aiohttp_client: AiohttpClient,
) -> None:
    both = meeting(2)

    async def page(request: web.Request) -> web.Response:
        await both(request)
        return await show(request)

    client = await cookie_client(aiohttp_client, web.get("/page", page))
    await send(client, "Saved")
    pages = await asyncio.gather(client.get("/page"), client.get("/page"))
    assert [await texts(page) for page in pages] == [["Saved"], ["Saved"]]
    assert await shown(client) == []


async def test_b3_a_head_request_and_a_preload_leave_the_cookies_alone(
    aiohttp_client: AiohttpClient,
) -> None:
    client = await cookie_client(aiohttp_client)
    await send(client, "Saved")
    for response in (
        await client.head("/messages"),
        await client.get("/messages", headers=PREFETCH),
        await client.get("/messages", headers={"Purpose": "prefetch"}),
    ):
        assert set_by(response) == []
    assert await shown(client) == ["Saved"]


async def test_b3_a_head_request_and_a_preload_can_add_and_clear(
    aiohttp_client: AiohttpClient,
) -> None:
    client = await cookie_client(
        aiohttp_client,
        web.get("/flash", does(flash_messages)),
        web.get("/clear", does(aiohttp_flashbag.flashbag_clear)),
    )
    await send(client, "Saved")
    await client.head("/flash?info=by+HEAD")
    await client.get("/flash?info=by+prefetch", headers=PREFETCH)
    assert await shown(client) == ["Saved", "by HEAD", "by prefetch"]
    for clear in (client.head("/clear"), client.get("/clear", headers=PREFETCH)):
        await send(client, "Saved")
        await clear
        assert ours(client) == {}


def look(request: web.Request) -> None:
    """Use up a value and all messages."""
    assert flashbag_get(request, "error") == ERROR
    assert [message.message for message in get_flashed_messages(request)] == ["Saved"]


async def test_b8_on_an_application_and_its_sub_application_it_acts_once(
    aiohttp_client: AiohttpClient,
) -> None:
    app = cookie_app()
    app.add_subapp("/sub", cookie_app(transport=CookieTransport(b"o" * 32)))
    client = await aiohttp_client(app)
    added = set_by(await client.post("/sub/flash?info=Saved", headers=FETCH))
    assert len(added) == 1
    response = await client.get("/sub/messages")
    assert await texts(response) == ["Saved"]
    assert [cookie.key for cookie in set_by(response)] == [added[0].key]
    await client.post("/sub/flash?info=Saved", headers=FETCH)
    assert await shown(client) == ["Saved"]
    assert ours(client) == {}


@pytest.mark.parametrize(
    ("kind", "handler"), [param for param in each_answer(look) if param.id in PAGES]
)
async def test_b6_what_is_shown_behind_a_clone_is_deleted(
    aiohttp_client: AiohttpClient, kind: str, handler: Handler
) -> None:
    app = cookie_app(web.get("/page", handler))
    app.middlewares.insert(0, XForwardedRelaxed().middleware)
    client = await aiohttp_client(app, headers={"X-Forwarded-For": "10.0.0.1"})
    await client.post("/set", params={"error": ERROR}, headers=FETCH)
    await send(client, "Saved")
    assert len(set_by(await client.get("/page"))) == 2
    assert ours(client) == {}
