"""The headers of an answer: B5, and B3's that makes the browser forget preloaded pages."""

from __future__ import annotations

from functools import partial

import pytest
from aiohttp import web
from support.apps import ERROR, Action, Start, does, json_page, shown
from support.overlap import FETCH

from aiohttp_flashbag import (
    flash,
    flashbag_clear,
    flashbag_get,
    flashbag_now,
    flashbag_peek,
    flashbag_set,
    get_flashed_messages,
    peek_flashed_messages,
)

pytestmark = pytest.mark.parametrize("storage", ["encrypted", "redis"], indirect=True)
PUBLIC = "public, max-age=60"

add_message = partial(flash, message="Saved")
add_value = partial(flashbag_set, key="name", value="Ann")
ADDING: list[Action] = [add_message, add_value]
HANDLING = [
    pytest.param(add_message, id="flash"),
    pytest.param(add_value, id="set"),
    pytest.param(get_flashed_messages, id="messages"),
    pytest.param(partial(flashbag_get, key="error"), id="get"),
    pytest.param(peek_flashed_messages, id="peeked messages"),
    pytest.param(partial(flashbag_peek, key="error"), id="peek"),
    pytest.param(flashbag_clear, id="clear"),
]


def answer(said: str | None = None, status: int = 200) -> web.Response:
    return web.Response(status=status, headers={"Cache-Control": said} if said else {})


@pytest.mark.parametrize("action", HANDLING)
@pytest.mark.parametrize(
    ("said", "sent"),
    [
        (None, "no-store"),
        (PUBLIC, "no-store"),
        ("no-cache", "no-store"),
        ("private, max-age=60", "private, max-age=60"),
        ("Private", "Private"),
        ("no-store, max-age=0", "no-store, max-age=0"),
        ("max-age=60 , NO-STORE", "max-age=60 , NO-STORE"),
        ('public, private="set-cookie"', "no-store"),
        ('no-cache="private, x", public', "no-store"),
        ("x-private-ext, public", "no-store"),
        ("private=x", "no-store"),
    ],
)
async def test_b5_an_answer_that_adds_or_holds_something_is_not_for_others(
    start: Start, action: Action, said: str | None, sent: str
) -> None:
    client = await start(web.get("/", does(action, answer=partial(answer, said))))
    await client.post("/set", params={"error": ERROR}, headers=FETCH)
    await client.post("/flash?success=Saved", headers=FETCH)
    response = await client.get("/", headers=FETCH)
    assert response.headers.getall("Cache-Control") == [sent]


async def test_b5_a_page_view_that_uses_up_what_nobody_read_is_not_for_others(
    start: Start,
) -> None:
    client = await start(web.get("/", does(answer=partial(answer, PUBLIC))))
    await client.post("/set", params={"error": ERROR})
    assert (await client.get("/")).headers["Cache-Control"] == "no-store"
    assert (await client.get("/")).headers["Cache-Control"] == PUBLIC


async def test_b5_a_failed_answer_that_holds_a_message_is_not_for_others(start: Start) -> None:
    sorry = does(get_flashed_messages, answer=partial(answer, PUBLIC, 500))
    client = await start(web.get("/", sorry))
    await client.post("/flash?success=Saved")
    assert (await client.get("/")).headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("action", [get_flashed_messages, partial(flashbag_get, key="name")])
async def test_b1_an_answer_that_looked_for_what_does_not_wait_stays_as_it_is(
    start: Start, action: Action
) -> None:
    client = await start(web.get("/", does(action, answer=partial(answer, PUBLIC))))
    await client.post("/set", params={"error": ERROR}, headers=FETCH)
    response = await client.get("/", headers=FETCH)
    assert response.headers["Cache-Control"] == PUBLIC
    assert "Set-Cookie" not in response.headers


@pytest.mark.parametrize("action", [flashbag_clear, partial(flashbag_now, key="a", value=1)])
async def test_b1_an_answer_that_had_nothing_to_clear_stays_as_it_is(
    start: Start, action: Action
) -> None:
    client = await start(web.get("/", does(action, answer=partial(answer, PUBLIC))))
    response = await client.get("/")
    assert response.headers["Cache-Control"] == PUBLIC
    assert "Set-Cookie" not in response.headers


@pytest.mark.parametrize("action", ADDING)
@pytest.mark.parametrize("status", [200, 303, 404])
async def test_b3_an_answer_that_adds_makes_the_browser_forget_what_it_preloaded(
    start: Start, action: Action, status: int
) -> None:
    client = await start(web.post("/", does(action, answer=partial(answer, None, status))))
    response = await client.post("/", allow_redirects=False)
    assert response.headers.getall("Clear-Site-Data") == ['"prefetchCache", "prerenderCache"']


@pytest.mark.parametrize("action", ADDING)
async def test_b3_without_clear_preloads_the_browser_is_told_nothing(
    start: Start, action: Action
) -> None:
    client = await start(web.post("/", does(action)), clear_preloads=False)
    assert "Clear-Site-Data" not in (await client.post("/")).headers
    assert await shown(client) == (["Saved"] if action is add_message else [])


async def test_b3_an_answer_that_clears_other_site_data_still_does(start: Start) -> None:
    bye = does(add_message, answer=lambda: web.Response(headers={"Clear-Site-Data": '"cache"'}))
    client = await start(web.post("/", bye))
    response = await client.post("/")
    assert ", ".join(response.headers.getall("Clear-Site-Data")).split(", ") == [
        '"cache"',
        '"prefetchCache"',
        '"prerenderCache"',
    ]


@pytest.mark.parametrize(
    "action", [get_flashed_messages, partial(flashbag_get, key="error"), flashbag_clear]
)
async def test_b3_an_answer_that_adds_nothing_leaves_preloaded_pages_alone(
    start: Start, action: Action
) -> None:
    client = await start(web.get("/", does(action)))
    await client.post("/set", params={"error": ERROR}, headers=FETCH)
    await client.post("/flash?success=Saved", headers=FETCH)
    assert "Clear-Site-Data" not in (await client.get("/")).headers


@pytest.mark.parametrize("action", ADDING)
async def test_b2_a_failed_answer_adds_nothing_and_leaves_preloaded_pages_alone(
    start: Start, action: Action
) -> None:
    client = await start(web.get("/", does(action, answer=partial(json_page, {}, status=500))))
    assert "Clear-Site-Data" not in (await client.get("/")).headers
