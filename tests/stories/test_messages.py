"""Messages, from the request that flashes them to the page that shows them."""

from __future__ import annotations

import logging
from functools import partial

import pytest
from aiohttp import web
from aiohttp.typedefs import Handler
from aiohttp_session import AbstractStorage
from support.apps import (
    ERROR,
    AiohttpClient,
    Start,
    answer_of,
    does,
    flash_messages,
    in_sessions,
    make_app,
    read,
    set_values,
    shown,
    texts,
)
from support.clock import Clock
from support.overlap import FETCH, Gate

from aiohttp_flashbag import (
    flash,
    flash_redirect,
    flashbag_peek,
    get_flashbag,
    get_flashed_messages,
    peek_flashed_messages,
)


async def test_m1_m2_a_message_is_shown_once_although_each_redirect_has_read_it(
    start: Start,
) -> None:
    async def save(request: web.Request) -> web.Response:
        raise flash_redirect(request, "/one", "Saved")

    def hop(to: str) -> Handler:
        return does(get_flashed_messages, answer=partial(web.HTTPFound, to))

    client = await start(
        web.post("/", save), web.get("/one", hop("/two")), web.get("/two", hop("/messages"))
    )
    response = await client.post("/")
    assert len(response.history) == 3
    assert await texts(response) == ["Saved"]
    assert await shown(client) == []


async def test_m1_m2_the_request_that_flashes_a_message_can_show_it_and_twice(
    start: Start,
) -> None:
    async def save(request: web.Request) -> web.Response:
        flash(request, "Saved")
        return web.json_response([list(map(str, get_flashed_messages(request))) for _ in range(2)])

    client = await start(web.post("/", save))
    await client.post("/flash", params={"success": "Earlier"})
    assert await answer_of(await client.post("/")) == [["Earlier", "Saved"]] * 2
    assert await shown(client) == []


@pytest.mark.parametrize("seconds", [1, -60], ids=["later", "by a clock that is behind"])
async def test_m3_messages_keep_their_order_across_categories_and_requests(
    start: Start, monkeypatch: pytest.MonkeyPatch, seconds: int
) -> None:
    client, clock = await start(), Clock.start(monkeypatch)
    await client.post("/flash", params=[("info", "one"), ("error", "two"), ("info", "three")])
    clock.go_on(seconds)
    await client.post("/flash", params=[("error", "four"), ("info", "five")])
    assert await shown(client) == ["one", "two", "three", "four", "five"]


async def test_m2_messages_that_a_filter_leaves_out_stay_pending(start: Start) -> None:
    client = await start()
    await client.post("/flash", params=[("info", "one"), ("error", "two"), ("warning", "three")])
    page = await client.get("/messages?only=error&only=info")
    assert await texts(page) == ["one", "two"]
    assert await shown(client) == ["three"]


@in_sessions
@pytest.mark.parametrize("options", [{"max_messages": 3}, {}], ids=["3", "50"])
async def test_m4_the_oldest_unread_messages_are_dropped_with_a_warning(
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


async def test_m5_a_debug_toolbar_consumes_nothing(
    aiohttp_client: AiohttpClient, storage: AbstractStorage
) -> None:
    looks: list[object] = []

    @web.middleware
    async def toolbar(request: web.Request, handler: Handler) -> web.StreamResponse:
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


async def test_values_and_messages_do_not_affect_each_other(start: Start) -> None:
    client = await start(web.post("/", does(set_values, flash_messages)))
    await client.post("/", params={"error": ERROR})
    assert await read(client) == ERROR
    assert await shown(client) == [ERROR]


@pytest.mark.parametrize("storage", ["redis", "cookies", "tickets"], indirect=True)
async def test_20_the_same_message_of_many_requests_is_one_and_pushes_no_other_out(
    start: Start,
) -> None:
    gate, once = Gate(), partial(flash, message="Saved", allow_duplicate=False)
    client = await start(
        web.post("/slow", does(once, gate.hold)), web.post("/fast", does(once)), max_messages=2
    )
    await client.post("/flash?info=Other")
    async with gate.holding(client, "/slow"):
        for _ in range(10):
            await client.post("/fast", headers=FETCH)
    assert await shown(client) == ["Other", "Saved"]
    assert await shown(client) == []
