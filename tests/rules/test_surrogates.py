"""A lone surrogate, as `"\\ud800"` in a JSON body brings it, never makes a page fail."""

from __future__ import annotations

from typing import Any

import pytest
from aiohttp import web
from support.apps import Action, Start, answer_of, does, json_page, read, shown

from aiohttp_flashbag import flash, flashbag_append, flashbag_set, get_flashed_messages

BODY = rb'{"text": "half \ud83d of a smile \ud83d\ude00"}'
SEEN = "half \ufffd of a smile \N{GRINNING FACE}"


async def text_of(request: web.Request) -> str:
    """What the user sent, which no UTF-8 can hold."""
    text: str = (await request.json())["text"]
    with pytest.raises(UnicodeEncodeError):
        text.encode()
    return text


def with_text(action: Any) -> Action:
    """An action that is done with the text of the request."""

    async def do(request: web.Request) -> None:
        action(request, await text_of(request))

    return do


@pytest.mark.parametrize(
    ("send", "seen"),
    [
        (lambda request, text: flashbag_set(request, "error", text), SEEN),
        (lambda request, text: flashbag_append(request, "error", text), [SEEN]),
        (lambda request, text: flashbag_set(request, "error", {text: [text]}), {SEEN: [SEEN]}),
    ],
    ids=["set", "append", "nested"],
)
async def test_a_page_can_show_a_value_with_a_lone_surrogate(
    start: Start, send: Any, seen: Any
) -> None:
    client = await start(web.post("/", does(with_text(send))))
    assert (await client.post("/", data=BODY)).status == 200
    assert await read(client) == seen


async def test_a_page_can_show_a_message_with_a_lone_surrogate(start: Start) -> None:
    client = await start(web.post("/", does(with_text(flash))))
    assert (await client.post("/", data=BODY)).status == 200
    assert await shown(client) == [SEEN]


async def test_a_page_can_show_a_category_and_data_with_a_lone_surrogate(start: Start) -> None:
    async def page(request: web.Request) -> web.Response:
        return json_page([[m.category, m["icon"]] for m in get_flashed_messages(request)])

    send = with_text(lambda request, text: flash(request, "Saved", text, icon=text))
    client = await start(web.post("/", does(send)), web.get("/", page))
    assert (await client.post("/", data=BODY)).status == 200
    assert await answer_of(await client.get("/")) == [[SEEN, SEEN]]
