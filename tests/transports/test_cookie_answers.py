"""B6 for own cookies: every kind of answer carries them, and answers without any cost nothing."""

from __future__ import annotations

import json
from collections import Counter
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.typedefs import Middleware
from support.apps import (
    ERROR,
    AiohttpClient,
    Client,
    Handler,
    cookies,
    does,
    read,
    set_values,
    shown,
)
from support.overlap import FETCH
from support.own_cookies import cookie_app, cookie_client, each_answer, ours, send, set_by

from aiohttp_flashbag import flash, flashbag_get, get_flashed_messages
from aiohttp_flashbag.transports.cookie import CookieStore
from aiohttp_flashbag.transports.encryption import Encryption

adds = (set_values, partial(flash, message="Saved"))


def look(request: web.Request) -> None:
    """Use up a value and all messages."""
    assert flashbag_get(request, "error") == ERROR
    assert [message.message for message in get_flashed_messages(request)] == ["Saved"]


def crash() -> web.Response:
    """Not an answer."""
    raise ZeroDivisionError


async def start(aiohttp_client: AiohttpClient, handler: Handler) -> Client:
    """A client of an application with this page."""
    return await cookie_client(aiohttp_client, web.get("/page", handler))


async def visit(client: Client, kind: str, **params: str) -> dict[str, str]:
    """Go to the page, by websocket where it is one; the cookies that its answer sets."""
    if kind == "WebSocketResponse":
        async with client.ws_connect("/page", params=params) as socket:
            return {cookie.key: cookie.value for cookie in set_by(socket)}
    response = await client.get("/page", params=params, allow_redirects=False)
    return {cookie.key: cookie.value for cookie in set_by(response)}


@pytest.mark.parametrize(("kind", "handler"), each_answer(*adds))
async def test_b6_what_is_added_goes_out_with_every_kind_of_answer(
    aiohttp_client: AiohttpClient, kind: str, handler: Handler
) -> None:
    client = await start(aiohttp_client, handler)
    added = await visit(client, kind, error=ERROR)
    assert len(added) == 1
    assert ours(client) == added
    assert await read(client) == ERROR
    assert await shown(client) == ["Saved"]


@pytest.mark.parametrize(("kind", "handler"), each_answer(look))
async def test_b6_what_is_used_up_is_deleted_by_every_kind_of_answer(
    aiohttp_client: AiohttpClient, kind: str, handler: Handler
) -> None:
    client = await start(aiohttp_client, handler)
    await client.post("/set", params={"error": ERROR}, headers=FETCH)
    await send(client, "Saved")
    value, message = ours(client)
    gone = {value} if kind == "redirect" else {value, message}  # M2: it shows nothing
    assert await visit(client, kind) == dict.fromkeys(gone, "")
    assert set(ours(client)) == {value, message} - gone


async def test_b2_a_crash_adds_nothing_and_uses_nothing_up(aiohttp_client: AiohttpClient) -> None:
    client = await start(aiohttp_client, does(look, partial(flash, message="Paid"), answer=crash))
    await client.post("/set", params={"error": ERROR}, headers=FETCH)
    await send(client, "Saved")
    before = cookies(client)
    response = await client.get("/page")
    assert response.status == 500
    assert set_by(response) == []
    assert cookies(client) == before
    assert await read(client) == ERROR
    assert await shown(client) == ["Saved"]


def flashes_for_missing_pages(*, before: bool) -> Middleware:
    """A middleware that flashes before the handler is asked, or when there was none."""

    @web.middleware
    async def middleware(request: web.Request, handler: Any) -> web.StreamResponse:
        if before and request.path == "/nowhere":
            flash(request, "Moved")
        try:
            response: web.StreamResponse = await handler(request)
        except web.HTTPNotFound as error:
            if not before:
                flash(request, "Moved")
            return web.Response(status=error.status)
        return response

    return middleware


@pytest.mark.parametrize("before", [True, False])
async def test_b6_a_middleware_can_flash_for_a_page_that_does_not_exist(
    aiohttp_client: AiohttpClient, before: bool
) -> None:
    app = cookie_app()
    app.middlewares.append(flashes_for_missing_pages(before=before))
    client = await aiohttp_client(app)
    assert (await client.get("/nowhere")).status == 404
    assert await shown(client) == ["Moved"]


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each costly thing was done."""
    counter = Counter[str]()

    def count(owner: type, name: str) -> None:
        original = getattr(owner, name)

        def counted(*args: Any, **kwargs: Any) -> Any:
            counter[name] += 1
            return original(*args, **kwargs)

        monkeypatch.setattr(owner, name, counted)

    count(json.JSONEncoder, "encode")
    count(json.JSONEncoder, "iterencode")
    count(json.JSONDecoder, "decode")
    count(Encryption, "encrypt")
    count(Encryption, "decrypt")
    count(CookieStore, "load")
    parsed = vars(web.BaseRequest)["cookies"]

    def cookies(request: web.BaseRequest) -> Any:
        counter["cookies"] += 1
        return parsed.__get__(request, web.BaseRequest)

    monkeypatch.setattr(web.BaseRequest, "cookies", property(cookies))
    return counter


@pytest.mark.parametrize("came", [{}, {"AIOHTTP_SESSION": "x" * 1000, "theme": "dark"}])
@pytest.mark.parametrize("path", ["/plain", "/nowhere", "/look"])
async def test_b1_a_page_without_a_waiting_flash_costs_no_json_no_crypto_and_no_cookies(
    aiohttp_client: AiohttpClient, calls: Counter[str], came: dict[str, str], path: str
) -> None:
    def look(request: web.Request) -> None:
        get_flashed_messages(request)
        flashbag_get(request, "error")

    client = await cookie_client(aiohttp_client, web.get("/look", does(look)))
    client.session.cookie_jar.update_cookies(came)
    calls.clear()  # of what making the application took
    await client.get(path)
    assert calls == Counter()
    await send(client, "Saved")
    await client.get("/look")
    assert calls.keys() >= {"iterencode", "decode", "encrypt", "decrypt", "load"}


async def test_b7_what_a_static_file_brings_counts_where_a_middleware_flashes_for_it(
    aiohttp_client: AiohttpClient, tmp_path: Path
) -> None:
    @web.middleware
    async def welcome(request: web.Request, handler: Any) -> web.StreamResponse:
        response: web.StreamResponse = await handler(request)
        if request.path.startswith("/static"):
            flash(request, request.query["text"] * 700)
        return response

    (tmp_path / "logo.svg").write_text("<svg/>")
    app = cookie_app(web.static("/static", tmp_path))
    app.middlewares.insert(0, welcome)
    client = await aiohttp_client(app)
    for text in "abcd":
        await client.get("/static/logo.svg", params={"text": text})
        assert sum(len(f"{name}={value}; ") for name, value in ours(client).items()) <= 2500
    assert (await shown(client))[-1] == "d" * 700
