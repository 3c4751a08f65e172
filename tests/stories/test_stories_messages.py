"""Messages, from the request that flashes them to the page that shows them."""

from __future__ import annotations

from functools import partial

import pytest
from aiohttp import web
from support.apps import (
    ERROR,
    Answer,
    Start,
    answer_of,
    does,
    flash_messages,
    messages_page,
    read,
    set_values,
    shown,
    texts,
)

from aiohttp_flashbag import flash, flash_redirect, get_flashed_messages, peek_flashed_messages


async def test_m1_a_message_is_shown_once_where_the_redirect_leads(start: Start) -> None:
    async def save(request: web.Request) -> web.Response:
        raise flash_redirect(request, "/messages", "Saved")

    client = await start(web.post("/", save))
    assert await texts(await client.post("/")) == ["Saved"]
    assert await shown(client) == []


async def test_m1_a_message_can_be_shown_by_the_request_that_flashed_it(start: Start) -> None:
    async def save(request: web.Request) -> web.Response:
        flash(request, "Saved")
        return await messages_page(request)

    client = await start(web.post("/", save))
    await client.post("/flash", params={"success": "Earlier"})
    assert await texts(await client.post("/")) == ["Earlier", "Saved"]
    assert await shown(client) == []


async def test_m2_a_request_gets_each_message_again_and_the_next_one_none(start: Start) -> None:
    async def twice(request: web.Request) -> web.Response:
        return web.json_response([len(get_flashed_messages(request)) for _ in range(2)])

    client = await start(web.get("/", twice))
    await client.post("/flash", params={"success": "Saved"})
    assert await answer_of(await client.get("/")) == [1, 1]
    assert await answer_of(await client.get("/")) == [0, 0]


async def test_m3_messages_keep_their_order_across_categories_and_requests(start: Start) -> None:
    client = await start()
    await client.post("/flash", params=[("info", "one"), ("error", "two"), ("info", "three")])
    await client.post("/flash", params=[("error", "four"), ("info", "five")])
    assert await shown(client) == ["one", "two", "three", "four", "five"]


async def test_m2_what_a_filter_leaves_out_keeps_waiting(start: Start) -> None:
    client = await start()
    await client.post("/flash", params=[("info", "one"), ("error", "two"), ("warning", "three")])
    page = await client.get("/messages?only=error&only=info")
    assert await texts(page) == ["one", "two"]
    assert await shown(client) == ["three"]


async def test_m5_peeking_at_messages_uses_nothing_up(start: Start) -> None:
    async def count(request: web.Request) -> web.Response:
        return web.json_response(len(peek_flashed_messages(request)))

    client = await start(web.get("/count", count))
    await client.post("/flash", params={"info": "one", "error": "two"})
    assert await answer_of(await client.get("/count")) == 2
    assert await shown(client) == ["one", "two"]


async def test_messages_with_categories_are_pairs(start: Start) -> None:
    async def pairs(request: web.Request) -> web.Response:
        return web.json_response(get_flashed_messages(request, with_categories=True))

    client = await start(web.get("/pairs", pairs))
    await client.post("/flash", params={"info": "one", "error": "two"})
    assert await answer_of(await client.get("/pairs")) == [["info", "one"], ["error", "two"]]


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(partial(web.HTTPSeeOther, "/plain"), id="redirect"),
        pytest.param(partial(web.Response, status=304), id="304"),
        pytest.param(web.HTTPNoContent, id="204"),
        pytest.param(web.HTTPResetContent, id="205"),
        pytest.param(partial(web.Response, headers={"HX-Redirect": "/plain"}), id="HX-Redirect"),
        pytest.param(partial(web.Response, headers={"HX-Location": "/plain"}), id="HX-Location"),
        pytest.param(partial(web.Response, headers={"HX-Refresh": "true"}), id="HX-Refresh"),
    ],
)
async def test_m2_an_answer_that_shows_nothing_puts_the_messages_back(
    start: Start, answer: Answer
) -> None:
    client = await start(web.get("/", does(flash_messages, get_flashed_messages, answer=answer)))
    await client.post("/flash", params={"success": "Earlier"})
    await client.get("/", params={"success": "Saved"})
    assert await shown(client) == ["Earlier", "Saved"]


@pytest.mark.parametrize(
    "dest", ["image", "script", "style", "font", "audio", "video", "track", "manifest", "worker"]
)
async def test_m2_the_error_page_of_a_missing_image_shows_nothing_to_anybody(
    start: Start, dest: str
) -> None:
    not_found = does(get_flashed_messages, answer=web.HTTPNotFound)
    client = await start(web.get("/logo.png", not_found))
    await client.post("/flash", params={"success": "Saved"})
    response = await client.get("/logo.png", headers={"Sec-Fetch-Dest": dest})
    assert response.status == 404
    assert await shown(client) == ["Saved"]


@pytest.mark.parametrize("headers", [{}, {"Sec-Fetch-Dest": "document"}, {"HX-Request": "true"}])
@pytest.mark.parametrize("answer", [web.Response, web.HTTPBadRequest, web.HTTPNotFound])
async def test_m2_any_other_answer_shows_them(
    start: Start, headers: dict[str, str], answer: Answer
) -> None:
    client = await start(web.get("/page", does(get_flashed_messages, answer=answer)))
    await client.post("/flash", params={"success": "Saved"})
    await client.get("/page", headers=headers)
    assert await shown(client) == []


async def test_m2_a_fetch_can_show_messages(start: Start) -> None:
    client = await start()
    await client.post("/flash", params={"success": "Saved"})
    fetched = await client.get("/messages", headers={"Sec-Fetch-Dest": "empty"})
    assert await texts(fetched) == ["Saved"]
    assert await shown(client) == []


async def test_b3_a_head_request_finds_an_empty_bag(start: Start) -> None:
    found = []
    look = does(lambda request: found.append(get_flashed_messages(request)))
    client = await start(web.get("/", look))
    await client.post("/flash", params={"success": "Saved"})
    await client.head("/")
    assert found == [[]]
    assert await shown(client) == ["Saved"]


async def test_values_and_messages_do_not_touch_each_other(start: Start) -> None:
    client = await start(web.post("/", does(set_values, flash_messages)))
    await client.post("/", params={"error": ERROR})
    assert await shown(client) == [ERROR]
    assert await read(client) is None, "the page with the messages was a page view"
    await client.post("/", params={"error": ERROR})
    assert await read(client) == ERROR
    assert await shown(client) == [ERROR]
