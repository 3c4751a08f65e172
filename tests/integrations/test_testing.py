"""The helpers for tests, with a client: what requests flashed and what answers showed."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
from aiohttp import web
from aiohttp.typedefs import Handler
from support.apps import AiohttpClient, Answer, does
from support.own_cookies import shakes_hands, streams
from support.recording import (
    GIVE,
    SHOW,
    TAKEN,
    AppOf,
    Recorded,
    app_of,
    crash,
    give,
    recorded,
    show,
)

from aiohttp_flashbag import (
    flash,
    flash_form,
    flash_redirect,
    flashbag_keep,
    flashbag_now,
    flashbag_peek,
    peek_flashed_messages,
)
from aiohttp_flashbag.testing import Flashes, record_flashes

__all__ = ["app_of", "recorded"]  # fixtures


async def test_what_was_flashed_is_seen_before_and_after_it_was_shown(recorded: Recorded) -> None:
    client, flashes = await recorded(GIVE, SHOW)
    await client.post("/?error=Taken")
    assert flashes.flashed == TAKEN
    assert flashes.shown == Flashes()
    await client.get("/")
    assert flashes.flashed == flashes.shown == TAKEN
    await client.get("/")
    assert flashes.flashed == flashes.shown == TAKEN


async def test_what_a_redirect_leads_to_is_seen_with_it(recorded: Recorded) -> None:
    async def save(request: web.Request) -> web.Response:
        raise flash_redirect(request, "/", "Saved")

    client, flashes = await recorded(web.post("/", save), SHOW)
    await client.post("/")
    assert flashes.flashed.texts == flashes.shown.texts == ["Saved"]


async def test_requests_follow_each_other_until_the_record_is_cleared(recorded: Recorded) -> None:
    client, flashes = await recorded(GIVE)
    await client.post("/?error=Short&info=Half")
    await client.post("/?error=Taken")
    assert flashes.flashed.texts == ["Short", "Half", "Taken"]
    assert flashes.flashed.values == {"error": "Taken", "info": "Half"}
    flashes.clear()
    await client.post("/?info=Saved")
    assert flashes.flashed.texts == ["Saved"]


async def test_a_form_is_seen_as_a_form(recorded: Recorded) -> None:
    send = partial(flash_form, data={"name": "Zoë"}, errors={"name": "Taken"})
    client, flashes = await recorded(web.post("/", does(send)))
    await client.post("/")
    assert flashes.flashed.form.get("name") == "Zoë"
    assert flashes.flashed.form.error("name") == "Taken"
    assert flashes.flashed.values == {}
    assert flashes.flashed


async def test_what_is_flashed_and_shown_at_once_is_both(recorded: Recorded) -> None:
    def at_once(request: web.Request) -> None:
        flash(request, "Taken", "error")
        flashbag_now(request, "error", "Taken")
        show(request)

    client, flashes = await recorded(web.get("/", does(at_once)))
    await client.get("/")
    assert flashes.flashed == Flashes({}, TAKEN.messages)
    assert flashes.shown == TAKEN


@pytest.mark.parametrize(
    ("answer", "seen"),
    [
        (web.Response, TAKEN),
        (web.HTTPNotFound, TAKEN),
        (partial(web.HTTPSeeOther, "/plain"), Flashes({"error": "Taken"})),
        (partial(web.Response, status=304), Flashes()),
        (web.HTTPInternalServerError, Flashes()),
    ],
    ids=["200", "404", "303", "304", "500"],
)
async def test_only_what_an_answer_uses_up_counts_as_shown(
    recorded: Recorded, answer: Answer, seen: Flashes
) -> None:
    client, flashes = await recorded(GIVE, web.get("/", does(show, answer=answer)))
    await client.post("/?error=Taken")
    await client.get("/", allow_redirects=False)
    assert flashes.shown == seen


async def test_looking_is_not_showing(recorded: Recorded) -> None:
    def look(request: web.Request) -> None:
        flashbag_peek(request, "error")
        peek_flashed_messages(request)
        flashbag_keep(request)

    client, flashes = await recorded(GIVE, web.get("/", does(look)))
    await client.post("/?error=Taken")
    await client.get("/")
    assert flashes.shown == Flashes()
    assert flashes.flashed == TAKEN


async def test_one_that_is_not_shown_twice_is_not_seen_twice(recorded: Recorded) -> None:
    send = partial(flash, message="Saved", allow_duplicate=False)
    client, flashes = await recorded(web.get("/", does(send, show, send, show)))
    await client.get("/")
    assert flashes.shown.texts == ["Saved"]


async def test_what_is_put_back_was_not_shown(recorded: Recorded) -> None:
    onward = partial(web.HTTPSeeOther, "/plain")
    client, flashes = await recorded(web.post("/", does(give, show, answer=onward)))
    await client.post("/?error=Taken", allow_redirects=False)
    assert flashes.flashed == await flashes.pending(client) == TAKEN
    assert not flashes.shown


@pytest.mark.parametrize(
    "handler",
    [crash, does(give, show, answer=partial(web.Response, status=503))],
    ids=["crash", "503"],
)
async def test_b2_what_an_error_drops_was_not_flashed(recorded: Recorded, handler: Handler) -> None:
    client, flashes = await recorded(web.post("/", handler))
    await client.post("/?error=Taken")
    assert flashes.flashed == flashes.shown == Flashes()


@pytest.mark.parametrize("answer", [streams, shakes_hands])
async def test_b6_every_kind_of_answer_is_recorded(
    recorded: Recorded, answer: Callable[..., Handler]
) -> None:
    client, flashes = await recorded(GIVE, web.get("/", answer(show, give)))
    await client.post("/?error=Taken")
    path = "/?info=Saved"
    if answer is shakes_hands:
        await client.ws_connect(path)
    else:
        await client.get(path)
    assert flashes.shown == TAKEN
    assert flashes.flashed.texts == ["Taken", "Saved"]


async def test_b6_an_outer_middleware_may_hand_on_a_clone(
    app_of: AppOf, aiohttp_client: AiohttpClient
) -> None:
    @web.middleware
    async def clone(request: web.Request, handler: Handler) -> web.StreamResponse:
        return await handler(request.clone())

    flashes = record_flashes(app := app_of(GIVE))
    app.middlewares.insert(0, clone)
    client = await aiohttp_client(app)
    await client.get("/plain")
    flashes.assert_nothing_flashed()
    await client.post("/?error=Taken")
    assert flashes.flashed == TAKEN


async def test_what_waits_though_an_outer_middleware_made_it_an_error_was_flashed(
    app_of: AppOf, aiohttp_client: AiohttpClient
) -> None:
    @web.middleware
    async def spoil(request: web.Request, handler: Handler) -> web.StreamResponse:
        return web.Response(status=(await handler(request)).status + 300)

    flashes = record_flashes(app := app_of(GIVE))
    app.middlewares.insert(0, spoil)
    client = await aiohttp_client(app)
    assert (await client.post("/?error=Taken")).status == 500
    assert flashes.flashed == await flashes.pending(client)
