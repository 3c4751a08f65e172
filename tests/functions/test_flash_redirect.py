"""A message and the redirect to the page that shows it, in one call."""

from __future__ import annotations

from typing import Any

import pytest
from aiohttp import web
from markupsafe import Markup
from support.apps import Start, answer_of, does, json_page, shown
from yarl import URL

from aiohttp_flashbag import flash_redirect, get_flashed_messages


@pytest.mark.parametrize("location", ["/messages", URL("/messages")])
async def test_flash_redirect_is_raised_and_leads_to_the_message(
    start: Start, location: Any
) -> None:
    async def save(request: web.Request) -> web.Response:
        raise flash_redirect(request, location, "Refused", "error")

    client = await start(web.post("/", save))
    response = await client.post("/")
    assert [(r.status, r.headers["Location"]) for r in response.history] == [(303, "/messages")]
    assert await answer_of(response) == ["Refused"]


async def test_flash_redirect_passes_on_whatever_flash_takes(start: Start) -> None:
    async def save(request: web.Request) -> web.Response:
        raise flash_redirect(request, "/newest", Markup("<b>Sent</b>"), link="/sent", count=2)

    async def newest(request: web.Request) -> web.Response:
        (message,) = get_flashed_messages(request)
        return json_page([dict(message), isinstance(message.message, Markup)])

    client = await start(web.post("/", save), web.get("/newest", newest))
    message = {"message": "<b>Sent</b>", "category": "success", "link": "/sent", "count": 2}
    assert await answer_of(await client.post("/")) == [message, True]


@pytest.mark.parametrize(("allow_duplicate", "found"), [(False, 1), (True, 3)])
async def test_flash_redirect_leaves_out_a_duplicate_if_told_so(
    start: Start, allow_duplicate: bool, found: int
) -> None:
    async def save(request: web.Request) -> web.Response:
        raise flash_redirect(request, "/messages", "Sent", allow_duplicate=allow_duplicate)

    client = await start(web.post("/", save))
    for _ in range(2):
        await client.post("/", allow_redirects=False)
    assert await answer_of(await client.post("/")) == ["Sent"] * found


async def test_flash_redirect_refuses_what_flash_refuses(start: Start) -> None:
    def save(request: web.Request) -> None:
        with pytest.raises(TypeError, match="a flash message is a text, not"):
            flash_redirect(request, "/messages", ("error", "Refused"))
        with pytest.raises(TypeError, match="data of a flash message cannot be stored"):
            flash_redirect(request, "/messages", "Refused", link={1})

    client = await start(web.post("/", does(save)))
    assert (await client.post("/")).status == 200
    assert await shown(client) == []
