"""Responses that drop unread values (V3), and responses that show messages (M2)."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from aiohttp import web
from support.apps import ERROR, Start, answer_of, does, flash_messages, read, shown
from support.overlap import FETCH

from aiohttp_flashbag import get_flashed_messages

page = partial(web.Response, text="page")
RESPONSES: dict[str, Any] = {
    "page": page,
    "missing": web.HTTPNotFound,
    "refused": partial(web.Response, text="page", status=422),
    "moved": partial(web.HTTPFound, "/nowhere"),
    "unchanged": partial(web.Response, status=304),
    "done": web.HTTPNoContent,
    "reset": web.HTTPResetContent,
    "part": partial(web.Response, text="page", status=206),
    "download": partial(web.Response, text="page", headers={"Content-Disposition": "attachment"}),
    "leave": partial(web.Response, text="page", headers={"HX-Redirect": "/plain"}),
    "locate": partial(web.Response, text="page", headers={"HX-Location": "/plain"}),
    "refresh": partial(web.Response, text="page", headers={"HX-Refresh": "true"}),
}
PRELOAD, BOOSTED = {"Purpose": "prefetch"}, {"HX-Boosted": "true", **FETCH}

# The response, the request, whether an unread value is dropped, and whether messages are shown
# (None: this test does not say).
FATES = [
    ("page", "GET", {}, True, True),
    ("page", "POST", {}, True, True),
    *(("page", "GET", {"Sec-Fetch-Dest": d}, True, True) for d in ("document", "iframe", "frame")),
    ("page", "GET", BOOSTED, True, True),
    ("page", "GET", FETCH, False, True),
    ("page", "GET", {"HX-Request": "true", **FETCH}, False, True),
    *(
        ("page", "GET", {"Sec-Fetch-Dest": dest}, False, False)
        for dest in ("image", "script", "style", "font", "audio", "video", "manifest", "worker")
    ),
    ("page", "OPTIONS", {}, False, False),
    ("page", "HEAD", {}, False, False),
    ("page", "GET", PRELOAD, False, False),
    ("missing", "GET", {}, False, True),
    ("missing", "GET", {"Sec-Fetch-Dest": "document"}, False, True),
    ("missing", "GET", {"Sec-Fetch-Dest": "image"}, False, False),
    ("refused", "POST", {}, False, True),
    ("moved", "GET", {}, False, False),
    ("unchanged", "GET", {}, False, False),
    ("done", "POST", {}, False, False),
    ("reset", "POST", {}, False, False),
    ("part", "GET", {}, False, True),
    ("download", "GET", {}, False, None),
    ("leave", "POST", FETCH, False, False),
    ("locate", "POST", FETCH, False, False),
    ("refresh", "POST", FETCH, False, False),
]


@pytest.mark.parametrize(("name", "method", "headers", "drops", "shows"), FATES)
async def test_v3_m2_page_views_drop_unread_values_and_readable_responses_show_messages(
    start: Start, name: str, method: str, headers: dict[str, str], drops: bool, shows: bool | None
) -> None:
    handler = does(flash_messages, get_flashed_messages, answer=RESPONSES[name])
    client = await start(web.route("*", "/look", handler))
    await client.post("/set", params={"error": ERROR})
    await client.post("/flash", params={"success": "Earlier"}, headers=FETCH)
    params = {"success": "Saved"}
    await client.request(method, "/look", params=params, headers=headers, allow_redirects=False)
    assert await read(client) == (None if drops else ERROR)
    assert shows is None or await shown(client) == ([] if shows else ["Earlier", "Saved"])


@pytest.mark.parametrize(("method", "path"), [("GET", "/nowhere"), ("DELETE", "/plain")])
async def test_1_pages_that_are_not_there_drop_nothing(
    start: Start, method: str, path: str
) -> None:
    client = await start()
    await client.post("/set", params={"error": ERROR})
    await client.post("/flash", params={"success": "Saved"}, headers=FETCH)
    assert (await client.request(method, path)).status in (404, 405)
    assert await read(client) == ERROR
    assert await shown(client) == ["Saved"]


async def test_m1_a_message_is_pending_through_pages_that_do_not_show_it(start: Start) -> None:
    client = await start()
    await client.post("/flash", params={"success": "Saved"})
    for _ in range(3):
        assert (await client.get("/plain")).status == 200
    assert await shown(client) == ["Saved"]
    assert await shown(client) == []


async def test_b3_a_preload_that_reads_nothing_gets_its_page(start: Start) -> None:
    preload = {"Sec-Purpose": "prefetch;prerender"}
    client = await start()
    await client.post("/set", params={"error": ERROR})
    await client.post("/flash", params={"success": "Saved"}, headers=FETCH)
    assert (await client.get("/plain", headers=preload)).status == 200
    assert (await client.get("/messages", headers=preload)).status == 503
    assert await read(client) == ERROR
    assert await shown(client) == ["Saved"]


async def test_3_a_value_is_read_at_the_end_of_a_chain_of_redirects(start: Start) -> None:
    def moves(to: str) -> Any:
        return does(answer=partial(web.HTTPFound, to))

    client = await start(web.get("/one", moves("/two")), web.get("/two", moves("/values?error")))
    await client.post("/set", params={"error": ERROR}, headers=FETCH)
    assert await answer_of(await client.get("/one")) == {"error": ERROR}
    assert await read(client) is None
