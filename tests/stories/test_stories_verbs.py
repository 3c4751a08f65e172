"""What a page can do with values besides reading them: peek, now, keep, clear."""

from __future__ import annotations

from functools import partial

import pytest
from aiohttp import web
from support.apps import (
    ERROR,
    Start,
    answer_of,
    cookies,
    does,
    flash_messages,
    read,
    set_values,
    shown,
    values_page,
)

from aiohttp_flashbag import (
    flashbag_clear,
    flashbag_get,
    flashbag_keep,
    flashbag_now,
    flashbag_peek,
    flashbag_set,
)


async def test_v1_a_value_for_now_is_read_by_this_request_and_by_no_other(start: Start) -> None:
    async def form(request: web.Request) -> web.Response:
        flashbag_now(request, "error", ERROR)
        return await values_page(request)

    client = await start(web.post("/", form))
    assert await answer_of(await client.post("/?error")) == {"error": ERROR}
    assert cookies(client) == {}
    assert await read(client) is None


async def test_m5_peeking_uses_nothing_up(start: Start) -> None:
    seen = []
    look = does(
        lambda request: seen.append(flashbag_peek(request, "error", "nothing")),
        answer=partial(web.HTTPSeeOther, "/values?error"),
    )
    client = await start(web.get("/", look))
    await client.post("/set", params={"error": ERROR})
    assert await answer_of(await client.get("/")) == {"error": ERROR}
    assert seen == [ERROR]


@pytest.mark.parametrize(
    ("named", "left"), [((), ERROR), (("error",), ERROR), (("name",), None), (("other",), None)]
)
async def test_v4_only_what_is_kept_outlives_a_page_view(
    start: Start, named: tuple[str, ...], left: str | None
) -> None:
    client = await start(web.get("/", does(lambda request: flashbag_keep(request, *named))))
    await client.post("/set", params={"error": ERROR, "name": "Zoë"})
    await client.get("/")
    assert await read(client) == left


async def test_v4_a_value_is_kept_though_it_was_read(start: Start) -> None:
    async def form(request: web.Request) -> web.Response:
        flashbag_keep(request, "error")
        return await values_page(request)

    client = await start(web.get("/", form))
    await client.post("/set", params={"error": ERROR})
    assert await answer_of(await client.get("/?error")) == {"error": ERROR}
    assert await read(client) == ERROR
    assert await read(client) is None


@pytest.mark.parametrize("keep_last", [True, False])
async def test_v4_a_value_set_anew_wins_over_the_kept_one(start: Start, keep_last: bool) -> None:
    actions = [partial(flashbag_set, key="error", value="new"), flashbag_keep]
    client = await start(web.get("/", does(*(actions if keep_last else reversed(actions)))))
    await client.post("/set", params={"error": "old", "name": "Zoë"})
    await client.get("/")
    assert await answer_of(await client.get("/values?error&name")) == {
        "error": "new",
        "name": "Zoë",
    }


async def test_clear_drops_what_waits_and_what_the_request_added(start: Start) -> None:
    drop = does(set_values, flash_messages, flashbag_clear)
    client = await start(web.post("/", drop))
    await client.post("/set", params={"error": ERROR})
    await client.post("/flash", params={"success": "Saved"})
    await client.post("/", params={"name": "Zoë"})
    assert await answer_of(await client.get("/values?error&name")) == {"error": None, "name": None}
    assert await shown(client) == []


async def test_what_is_set_after_clear_is_sent(start: Start) -> None:
    client = await start(web.post("/", does(flashbag_clear, set_values)))
    await client.post("/set", params={"error": ERROR})
    await client.post("/", params={"name": "Zoë"})
    assert await answer_of(await client.get("/values?error&name")) == {"error": None, "name": "Zoë"}


async def test_v2_a_value_read_by_an_answer_304_waits_on(start: Start) -> None:
    unchanged = partial(web.Response, status=304)
    look = does(partial(flashbag_get, key="error"), answer=unchanged)
    client = await start(web.get("/", look))
    await client.post("/set", params={"error": ERROR})
    assert (await client.get("/")).status == 304
    assert await read(client) == ERROR
