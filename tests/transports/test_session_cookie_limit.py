"""B7: a session cookie that browsers would drop for its size loses flashes, never the session."""

from __future__ import annotations

from typing import Any

import pytest
from aiohttp import ClientResponse, web
from aiohttp.typedefs import Handler
from aiohttp_session import AbstractStorage, get_session
from support.apps import (
    Action,
    AiohttpClient,
    Answer,
    Start,
    answer_of,
    does,
    make_app,
    shown,
    whoami,
)
from support.overlap import FETCH

from aiohttp_flashbag import flash, flashbag_set

LIMIT = 4096  # bytes of name and value
DROPPED = (
    "the session cookie would have passed 4096 bytes, with which browsers drop it: dropped from "
    "the flashbag {} (the session itself is kept)"
)
encrypted = pytest.mark.parametrize("storage", ["encrypted"], indirect=True)
in_cookies = pytest.mark.parametrize("storage", ["simple", "encrypted", "nacl"], indirect=True)
users = pytest.mark.parametrize("user", [None, "alice"])
answers = pytest.mark.parametrize("answer", [web.Response, web.StreamResponse, web.HTTPForbidden])


def flash_all(*texts: str) -> Action:
    def action(request: web.Request) -> None:
        for text in texts:
            flash(request, text)

    return action


def set_all(**values: Any) -> Action:
    def action(request: web.Request) -> None:
        for key, value in values.items():
            flashbag_set(request, key, value)

    return action


async def count(request: web.Request) -> None:
    """Change the session."""
    session = await get_session(request)
    session["count"] = session.get("count", 0) + 1


def cookie_of(response: ClientResponse) -> str:
    """Name and value of the one cookie that the answer sets; aiohttp's client drops large ones."""
    [line] = response.headers.getall("Set-Cookie")
    return line.partition(";")[0]


def size(response: ClientResponse) -> int:
    """What a browser counts of the cookie."""
    return len(cookie_of(response)) - len("=")


def errors(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]


@encrypted
@users
@answers
@pytest.mark.parametrize("touch", [count, get_session])
async def test_b7_the_oldest_messages_are_dropped_and_the_session_is_kept(
    start: Start, caplog: pytest.LogCaptureFixture, user: str | None, answer: Answer, touch: Action
) -> None:
    action = flash_all("я" * 300, "b" * 900, "c" * 900)
    client = await start(web.post("/", does(touch, action, answer=answer)))
    if user:
        await client.post("/login", params={"user": user})
    assert 2000 < size(await client.post("/", headers=FETCH)) <= LIMIT
    assert errors(caplog) == [DROPPED.format("a message of 600 bytes")]
    assert await whoami(client) == user
    assert await shown(client) == ["b" * 900, "c" * 900]


@encrypted
@users
@answers
async def test_b7_values_are_dropped_after_all_messages(
    start: Start, caplog: pytest.LogCaptureFixture, user: str | None, answer: Answer
) -> None:
    actions = set_all(old="a" * 1500, new="b" * 1500), flash_all("Saved", "Sent")
    client = await start(web.post("/", does(*actions, answer=answer)))
    if user:
        await client.post("/login", params={"user": user})
    assert 2000 < size(await client.post("/", headers=FETCH)) <= LIMIT
    dropped = "a message of 5 bytes, a message of 4 bytes, value 'old' of 1502 bytes"
    assert errors(caplog) == [DROPPED.format(dropped)]
    assert await whoami(client) == user
    page = await client.get("/values?old&new", headers=FETCH)
    assert await answer_of(page) == {"old": None, "new": "b" * 1500}
    assert await shown(client) == []


@in_cookies
@users
@answers
async def test_b7_what_does_not_fit_even_alone_is_dropped(
    start: Start, caplog: pytest.LogCaptureFixture, user: str | None, answer: Answer
) -> None:
    client = await start(web.post("/", does(flash_all("a" * 5000), answer=answer)))
    if user:
        await client.post("/login", params={"user": user})
    response = await client.post("/", headers=FETCH)
    assert all(len(line) <= LIMIT for line in response.headers.getall("Set-Cookie", []))
    assert errors(caplog) == [DROPPED.format("a message of 5000 bytes")]
    assert await whoami(client) == user
    assert await shown(client) == []


@encrypted
async def test_b7_the_oldest_message_makes_room_for_one_of_a_later_request(start: Start) -> None:
    client = await start(web.post("/", does(lambda r: flash(r, r.query["text"] * 1200))))
    for text in "abc":
        assert size(await client.post("/", params={"text": text})) <= LIMIT
    assert await shown(client) == ["b" * 1200, "c" * 1200]


@encrypted
async def test_b7_a_change_of_the_session_makes_the_oldest_message_go(start: Start) -> None:
    async def grow(request: web.Request) -> None:
        (await get_session(request))["basket"] = "x" * 1200

    client = await start(
        web.post("/flash-all", does(flash_all("a" * 1200, "b" * 1200))),
        web.post("/grow", does(grow)),
    )
    await client.post("/flash-all")
    assert size(await client.post("/grow")) <= LIMIT
    assert await shown(client) == ["b" * 1200]


@encrypted
async def test_b7_what_fits_is_left_alone(start: Start, caplog: pytest.LogCaptureFixture) -> None:
    text = "a" * 2800
    client = await start(web.post("/", does(flash_all(text))))
    assert 3900 < size(await client.post("/")) <= LIMIT
    assert await shown(client) == [text]
    assert not errors(caplog)


@encrypted
@answers
async def test_b7_a_session_too_large_without_any_flash_is_left_alone(
    start: Start, caplog: pytest.LogCaptureFixture, answer: Answer
) -> None:
    async def grow(request: web.Request) -> None:
        (await get_session(request))["basket"] = "x" * 4000

    client = await start(
        web.post("/grow", does(grow)), web.post("/", does(flash_all("Saved"), answer=answer))
    )
    large = cookie_of(await client.post("/grow"))
    larger = cookie_of(await client.post("/", headers={"Cookie": large}))
    assert len(larger) > len(large) > LIMIT
    page = await client.get("/messages", headers={"Cookie": larger})
    assert await answer_of(page) == ["Saved"]
    assert not errors(caplog)


@encrypted
@users
async def test_b7_a_later_change_of_the_session_is_kept_while_flashes_are_dropped(
    aiohttp_client: AiohttpClient, storage: AbstractStorage, user: str | None
) -> None:
    async def visits(request: web.Request) -> web.Response:
        return web.json_response((await get_session(request)).get("count"))

    @web.middleware
    async def counting(request: web.Request, handler: Handler) -> web.StreamResponse:
        response = await handler(request)
        await count(request)
        return response

    crowd = does(get_session, flash_all("a" * 1200, "b" * 1200, "c" * 1200))
    app = make_app(storage, web.post("/", crowd), web.get("/visits", visits))
    app.middlewares.insert(1, counting)
    client = await aiohttp_client(app)
    if user:
        await client.post("/login", params={"user": user})
    assert size(await client.post("/")) <= LIMIT
    assert await answer_of(await client.get("/visits")) == 1 + bool(user)
    assert await whoami(client) == user
