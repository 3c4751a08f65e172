"""A session cookie that browsers would reject for its size loses flashes, not the session (B7)."""

from __future__ import annotations

from collections.abc import Sequence
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
pytestmark = pytest.mark.parametrize("storage", ["encrypted"], indirect=True)
users = pytest.mark.parametrize("user", [None, "alice"])
responses = pytest.mark.parametrize("answer", [web.Response, web.StreamResponse, web.HTTPForbidden])


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


def put(**items: Any) -> Action:
    """Put these into the session."""

    async def action(request: web.Request) -> None:
        (await get_session(request)).update(items)

    return action


async def count(request: web.Request) -> None:
    """Change the session."""
    session = await get_session(request)
    session["count"] = session.get("count", 0) + 1


def cookie_of(response: ClientResponse) -> str:
    """Return name and value of the only cookie that the response sets."""
    [line] = response.headers.getall("Set-Cookie")
    return line.partition(";")[0]


def size(response: ClientResponse) -> int:
    """Return the bytes of the cookie, as a browser counts them."""
    return len(cookie_of(response)) - len("=")


def errors(caplog: pytest.LogCaptureFixture) -> Sequence[str]:
    return [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]


def check_error(caplog: pytest.LogCaptureFixture, dropped: str) -> None:
    """Check that one error names the dropped flashes, the limit and the remedy."""
    [error] = errors(caplog)
    assert error.startswith(f"Dropped {dropped}, so that")
    assert "within 4096 bytes" in error
    assert "Flash less, or use a storage that keeps sessions on the server" in error


@users
@responses
@pytest.mark.parametrize("touch", [count, get_session])
async def test_22_the_oldest_messages_are_dropped_and_the_session_is_kept(
    start: Start, caplog: pytest.LogCaptureFixture, user: str | None, answer: Answer, touch: Action
) -> None:
    action = flash_all("я" * 300, "b" * 900, "c" * 900)
    client = await start(web.post("/", does(touch, action, answer=answer)))
    if user:
        await client.post("/login", params={"user": user})
    assert 2000 < size(await client.post("/", headers=FETCH)) <= LIMIT
    check_error(caplog, "a message of 600 bytes")
    assert await whoami(client) == user
    assert await shown(client) == ["b" * 900, "c" * 900]


@users
@responses
async def test_22_values_are_dropped_after_all_messages(
    start: Start, caplog: pytest.LogCaptureFixture, user: str | None, answer: Answer
) -> None:
    actions = set_all(old="a" * 1500, new="b" * 1500), flash_all("Saved", "Sent")
    client = await start(web.post("/", does(*actions, answer=answer)))
    if user:
        await client.post("/login", params={"user": user})
    assert 2000 < size(await client.post("/", headers=FETCH)) <= LIMIT
    check_error(caplog, "a message of 5 bytes, a message of 4 bytes, value 'old' of 1502 bytes")
    assert await whoami(client) == user
    page = await client.get("/values?old&new", headers=FETCH)
    assert await answer_of(page) == {"old": None, "new": "b" * 1500}
    assert await shown(client) == []


@users
@responses
async def test_97_a_value_that_does_not_fit_alone_is_dropped(
    start: Start, caplog: pytest.LogCaptureFixture, user: str | None, answer: Answer
) -> None:
    client = await start(web.post("/", does(set_all(form="a" * 5000), answer=answer)))
    if user:
        await client.post("/login", params={"user": user})
    response = await client.post("/", headers=FETCH)
    assert all(len(line) <= LIMIT for line in response.headers.getall("Set-Cookie", []))
    check_error(caplog, "value 'form' of 5002 bytes")
    assert await whoami(client) == user
    page = await client.get("/values?form", headers=FETCH)
    assert await answer_of(page) == {"form": None}


async def test_22_older_messages_make_room_for_one_of_a_later_request(start: Start) -> None:
    client = await start(web.post("/", does(lambda r: flash(r, r.query["text"] * 1200))))
    for text in "abc":
        assert size(await client.post("/", params={"text": text})) <= LIMIT
    assert await shown(client) == ["b" * 1200, "c" * 1200]


async def test_22_the_oldest_message_makes_room_for_a_change_of_the_session(start: Start) -> None:
    client = await start(
        web.post("/flash-all", does(flash_all("a" * 1200, "b" * 1200))),
        web.post("/grow", does(put(basket="x" * 1200))),
    )
    await client.post("/flash-all")
    assert size(await client.post("/grow")) <= LIMIT
    assert await shown(client) == ["b" * 1200]


async def test_flashes_that_fit_are_left_alone(
    start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    text = "a" * 2800
    client = await start(web.post("/", does(flash_all(text))))
    assert 3900 < size(await client.post("/")) <= LIMIT
    assert await shown(client) == [text]
    assert not errors(caplog)


@responses
async def test_a_session_that_is_too_large_without_flashes_keeps_them(
    start: Start, caplog: pytest.LogCaptureFixture, answer: Answer
) -> None:
    client = await start(
        web.post("/grow", does(put(basket="x" * 4000))),
        web.post("/", does(flash_all("Saved"), answer=answer)),
    )
    large = cookie_of(await client.post("/grow"))
    larger = cookie_of(await client.post("/", headers={"Cookie": large}))
    assert len(larger) > len(large) > LIMIT
    page = await client.get("/messages", headers={"Cookie": larger})
    assert await answer_of(page) == ["Saved"]
    assert not errors(caplog)


@users
async def test_a_later_change_of_the_session_is_kept_while_flashes_are_dropped(
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
