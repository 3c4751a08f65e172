"""The helpers for tests, with a client: what waits for it, and what is to wait for it."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient
from aiohttp.typedefs import Handler
from aiohttp_session import AbstractStorage
from markupsafe import Markup
from support.apps import AiohttpClient, answer_of, does, json_page, make_app
from support.own_cookies import KEY, cookie_app
from support.recording import GIVE, SHOW, TAKEN, AppOf, Recorded, app_of, recorded, show

from aiohttp_flashbag import (
    CookieTransport,
    FlashKey,
    flashbag_get,
    flashed_form,
    get_flashed_messages,
)
from aiohttp_flashbag.testing import Flashes, record_flashes

__all__ = ["app_of", "recorded"]  # fixtures


async def test_what_waits_is_seen_and_waits_on(recorded: Recorded) -> None:
    client, flashes = await recorded(GIVE, SHOW)
    assert await flashes.pending(client) == Flashes()
    await client.post("/?error=Taken")
    assert await flashes.pending(client) == TAKEN
    assert await flashes.pending(client) == TAKEN
    assert flashes.shown == Flashes()
    await client.get("/")
    assert flashes.shown == TAKEN
    assert not await flashes.pending(client)


async def test_what_is_seeded_is_read_as_if_a_handler_had_flashed_it(recorded: Recorded) -> None:
    async def page(request: web.Request) -> web.Response:
        form = flashed_form(request)
        values = [flashbag_get(request, key) for key in ("error", "point")]
        messages = list(map(dict, get_flashed_messages(request)))
        return json_page([values, messages, form.get("name"), form.errors])

    client, flashes = await recorded(web.get("/", page))
    await flashes.seed(
        client,
        values={FlashKey("error", str): "Taken", "point": (1, 2)},
        messages=[
            "Saved",
            {"message": Markup("<b>Half</b>"), "category": "info"},
            {"message": "Sent", "link": "/sent"},
        ],
        form={"name": "Zoë"},
        errors={"name": "Taken"},
    )
    assert await answer_of(await client.get("/")) == [
        ["Taken", [1, 2]],
        [
            {"message": "Saved", "category": "success"},
            {"message": "<b>Half</b>", "category": "info"},
            {"message": "Sent", "category": "success", "link": "/sent"},
        ],
        "Zoë",
        {"name": ["Taken"]},
    ]
    assert not await flashes.pending(client)


async def test_what_is_seeded_comes_beside_what_waits(recorded: Recorded) -> None:
    client, flashes = await recorded(GIVE)
    await client.post("/?error=Taken")
    await flashes.seed(client, messages=["Saved"])
    await flashes.seed(client, errors={"name": "Taken"})
    waiting = await flashes.pending(client)
    assert waiting.texts == ["Taken", "Saved"]
    assert waiting.values == {"error": "Taken"}
    assert waiting.form.error("name") == "Taken"
    assert flashes.flashed == TAKEN


async def test_what_is_found_can_be_seeded(recorded: Recorded) -> None:
    client, flashes = await recorded(GIVE)
    await client.post("/?error=Taken")
    await flashes.seed(client, messages=flashes.flashed.messages)
    assert (await flashes.pending(client)).messages == TAKEN.messages * 2


async def test_each_client_has_its_own(app_of: AppOf, aiohttp_client: AiohttpClient) -> None:
    flashes = record_flashes(app := app_of())
    alice = await aiohttp_client(app)
    bob: TestClient[Any, Any] = await aiohttp_client(alice.server)
    await flashes.seed(alice, values={"error": "Taken"})
    assert not await flashes.pending(bob)
    assert (await flashes.pending(alice)).values == {"error": "Taken"}


async def test_no_page_of_the_application_is_in_the_way(
    app_of: AppOf, aiohttp_client: AiohttpClient
) -> None:
    everything = web.get("/{path:.*}", does(show))
    flashes = record_flashes(app := app_of(everything))
    client = await aiohttp_client(app)
    await flashes.seed(client, values={"error": "Taken"})
    assert (await flashes.pending(client)).values == {"error": "Taken"}


async def test_an_application_may_have_two_records(
    app_of: AppOf, aiohttp_client: AiohttpClient
) -> None:
    one, other = record_flashes(app := app_of(GIVE)), record_flashes(app)
    client = await aiohttp_client(app)
    await one.seed(client, values={"error": "Taken"})
    assert (await other.pending(client)).values == {"error": "Taken"}
    await client.post("/?error=Taken")
    one.clear()
    assert other.flashed.texts == ["Taken"]


async def test_what_cannot_be_flashed_is_refused_as_a_handler_would_see_it(
    recorded: Recorded, caplog: pytest.LogCaptureFixture
) -> None:
    client, flashes = await recorded()
    with pytest.raises(TypeError, match="flashbag value 'error' cannot be stored"):
        await flashes.seed(client, values={"name": "Zoë", "error": {1}})
    assert not await flashes.pending(client)
    with pytest.raises(TypeError, match="messages is a list of messages, not the str 'Saved'"):
        await flashes.seed(client, values={"name": "Zoë"}, messages="Saved")
    assert not await flashes.pending(client)
    assert caplog.messages == []


async def test_where_no_flashbag_is_installed_that_is_said(aiohttp_client: AiohttpClient) -> None:
    flashes = record_flashes(app := web.Application())
    client = await aiohttp_client(app)
    with pytest.raises(RuntimeError, match="aiohttp_flashbag is not installed"):
        await flashes.pending(client)


async def test_a_client_that_keeps_no_cookies_cannot_be_seeded(
    app_of: AppOf, aiohttp_client: AiohttpClient
) -> None:
    flashes = record_flashes(app := app_of())
    client = await aiohttp_client(app, cookie_jar=aiohttp.DummyCookieJar())
    for flashed in ({"values": {"error": "Taken"}}, {"messages": ["Saved"]}, {"form": {"a": "b"}}):
        with pytest.raises(AssertionError, match="does the client keep cookies") as caught:
            await flashes.seed(client, **flashed)
        expected, found, _ = str(caught.value).splitlines()
        assert expected.startswith("expected to be pending: Flashes(")
        assert found == f"found: {Flashes()}"


async def test_a_cookie_that_wants_https_is_not_seeded_by_http(
    aiohttp_client: AiohttpClient,
) -> None:
    flashes = record_flashes(app := cookie_app(transport=CookieTransport(KEY, secure=True)))
    client = await aiohttp_client(app)
    with pytest.raises(AssertionError, match="Those that are Secure come back by https"):
        await flashes.seed(client, values={"error": "Taken"})


async def test_a_middleware_that_answers_first_is_told_of(
    storage: AbstractStorage, aiohttp_client: AiohttpClient
) -> None:
    @web.middleware
    async def refuse(request: web.Request, handler: Handler) -> web.StreamResponse:
        raise web.HTTPSeeOther("/login")

    flashes = record_flashes(app := make_app(storage))
    app.middlewares.append(refuse)
    client = await aiohttp_client(app)
    for ask in (flashes.pending, flashes.seed):
        with pytest.raises(AssertionError, match="found: 303, answered by a middleware before it"):
            await ask(client)


async def test_b8_in_a_sub_application_it_is_the_same(
    app_of: AppOf, aiohttp_client: AiohttpClient
) -> None:
    inner = app_of(GIVE, SHOW)
    flashes = record_flashes(inner)
    app = web.Application()
    app.add_subapp("/inner/most", inner)
    client = await aiohttp_client(app)
    await flashes.seed(client, values={"error": "Taken"})
    assert (await flashes.pending(client)).values == {"error": "Taken"}
    await client.get("/inner/most/")
    assert flashes.shown.values == {"error": "Taken"}


def test_a_record_is_begun_before_the_application_starts(app_of: AppOf) -> None:
    (app := app_of()).freeze()
    with pytest.raises(RuntimeError, match=r"record_flashes\(app\) before the application starts"):
        record_flashes(app)
    web.Application().add_subapp("/inner", inner := app_of())
    with pytest.raises(RuntimeError, match="or is added to another"):
        record_flashes(inner)


async def test_an_application_that_another_test_has_run_is_refused_with_the_way_out(
    app_of: AppOf, aiohttp_client: AiohttpClient
) -> None:
    record_flashes(app := app_of())
    await aiohttp_client(app)
    with pytest.raises(RuntimeError, match=r"for each test, by a function such as make_app\(\)"):
        record_flashes(app)
