"""record_flashes: the flashes that requests add and responses show."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from aiohttp import web
from aiohttp.typedefs import Handler
from support.apps import Action, AiohttpClient, does
from support.own_cookies import shakes_hands, streams
from support.recording import GIVE, SHOW, TAKEN, AppOf, Recorded, crash, give, show
from support.tabs import TAB_ROUTES, Tab

from aiohttp_flashbag import (
    flash,
    flash_form,
    flash_redirect,
    flashbag_keep,
    flashbag_now,
    flashbag_peek,
    flashbag_set,
    flashed_form,
    peek_flashed_messages,
)
from aiohttp_flashbag.testing import Flashes, FlashRecord, record_flashes

# Stories


async def test_flashes_are_recorded_before_and_after_they_are_shown(
    recorded_anywhere: Recorded,
) -> None:
    client, flashes = await recorded_anywhere(GIVE, SHOW)
    await client.post("/?error=Taken")
    assert flashes.flashed == TAKEN
    assert flashes.shown == Flashes()
    for _ in range(2):
        await client.get("/")
        assert flashes.flashed == flashes.shown == TAKEN


async def test_t1_flashes_for_another_tab_are_pending_too(recorded_anywhere: Recorded) -> None:
    client, flashes = await recorded_anywhere(*TAB_ROUTES)
    tabs = {text: Tab(client, f"/{text}") for text in "ab"}
    redirects = {
        text: await tab.send("POST", f"/save?text={text}&to=/list") for text, tab in tabs.items()
    }
    found = await flashes.pending(client)
    assert (found.texts, found.values) == (["a", "b"], {"error": "b"})
    for text, tab in tabs.items():
        flashes.clear()
        await tab.follow(redirects[text])
        assert flashes.shown.values == {"error": text}
        assert flashes.shown.texts == [text]


a_page = partial(web.Response, text="page")


# Flashed and shown


async def test_requests_are_recorded_until_the_record_is_cleared(recorded: Recorded) -> None:
    save = web.post("/save", does(partial(flash_redirect, location="/", message="Saved")))
    client, flashes = await recorded(GIVE, SHOW, save)
    await client.post("/?error=Short&info=Half")
    await client.post("/?error=Taken")
    assert flashes.flashed.texts == ["Short", "Half", "Taken"]
    assert flashes.flashed.values == {"error": "Taken", "info": "Half"}
    flashes.clear()
    await client.post("/save")
    assert flashes.flashed.texts == ["Saved"]


async def test_forms_are_recorded_by_name(recorded: Recorded) -> None:
    login = partial(flash_form, data={"user": "Zoë"}, errors={"user": "Unknown"}, name="login")
    bare = partial(flash_form, data={"user": "Bob"})
    page = does(partial(flashed_form, name="login"), answer=a_page)
    client, flashes = await recorded(web.post("/", does(login, bare)), web.get("/", page))
    await client.post("/")
    for seen in (flashes.flashed, await flashes.pending(client)):
        assert (seen.form.get("user"), list(seen.forms), seen.values) == ("Bob", ["login"], {})
        assert seen.forms["login"].get("user") == "Zoë"
        assert seen.forms["login"].error("user") == "Unknown"
    await client.get("/")
    assert (list(flashes.shown.forms), bool(flashes.shown.form)) == (["login"], False)
    assert not await flashes.pending(client)


async def test_flashes_for_the_same_request_are_recorded(recorded: Recorded) -> None:
    now = partial(flashbag_now, key="error", value="Taken")
    send = partial(flash, message="Taken", category="error", allow_duplicate=False)
    client, flashes = await recorded(web.get("/", does(now, send, show, send, show)))
    await client.get("/")
    assert (flashes.flashed, flashes.shown) == (Flashes({}, TAKEN.messages), TAKEN)


peeks = does(
    partial(flashbag_peek, key="error"), peek_flashed_messages, flashbag_keep, answer=a_page
)
see_other, failing = partial(web.HTTPSeeOther, "/plain"), partial(web.Response, status=503)


@pytest.mark.parametrize(
    ("page", "seen"),
    [
        (does(show), TAKEN),
        (does(show, answer=web.HTTPNotFound), TAKEN),
        (does(show, answer=see_other), Flashes({"error": "Taken"})),
        (does(show, answer=partial(web.Response, status=304)), Flashes()),
        (does(show, answer=web.HTTPInternalServerError), Flashes()),
        (peeks, Flashes()),
    ],
    ids=["200", "404", "303", "304", "500", "peeked"],
)
async def test_only_consumed_flashes_count_as_shown(
    recorded: Recorded, page: Handler, seen: Flashes
) -> None:
    client, flashes = await recorded(GIVE, web.get("/", page))
    await client.post("/?error=Taken")
    await client.get("/", allow_redirects=False)
    assert (flashes.flashed, flashes.shown) == (TAKEN, seen)


@pytest.mark.parametrize(
    ("handler", "sent"),
    [
        (does(give, show, answer=see_other), TAKEN),
        (does(give, show, answer=failing), Flashes()),
        (crash, Flashes()),
    ],
    ids=["303", "503", "crash"],
)
async def test_only_committed_flashes_count_as_flashed(
    recorded: Recorded, handler: Handler, sent: Flashes
) -> None:
    client, flashes = await recorded(web.post("/", handler))
    await client.post("/?error=Taken", allow_redirects=False)
    assert (flashes.flashed, flashes.shown) == (sent, Flashes())
    assert await flashes.pending(client) == sent


@pytest.mark.parametrize("kind", [streams, shakes_hands])
async def test_b6_streams_and_websockets_are_recorded(
    recorded: Recorded, kind: Callable[..., Handler]
) -> None:
    client, flashes = await recorded(GIVE, web.get("/", kind(show, give)))
    await client.post("/?error=Taken")
    if kind is shakes_hands:
        await client.ws_connect("/?info=Saved")
    else:
        await client.get("/?info=Saved")
    assert flashes.shown == TAKEN
    assert flashes.flashed.texts == ["Taken", "Saved"]


async def clone(request: web.Request, handler: Handler) -> web.StreamResponse:
    return await handler(request.clone())


async def spoil(request: web.Request, handler: Handler) -> web.StreamResponse:
    return web.Response(status=(await handler(request)).status + 300)


@pytest.mark.parametrize(("middleware", "status"), [(clone, 200), (spoil, 500)])
async def test_the_record_agrees_with_the_commit_behind_an_outer_middleware(
    app_of: AppOf, aiohttp_client: AiohttpClient, middleware: Any, status: int
) -> None:
    flashes = record_flashes(app := app_of(GIVE))
    app.middlewares.insert(0, web.middleware(middleware))
    client = await aiohttp_client(app)
    assert (await client.post("/?error=Taken")).status == status
    assert flashes.flashed == await flashes.pending(client)
    assert status == 500 or flashes.flashed == TAKEN


# No assertion passes because nothing was tested

NO_REQUEST = "no request"
looks = pytest.mark.parametrize(
    "look",
    [
        pytest.param(lambda flashes: flashes.flashed, id="flashed"),
        pytest.param(lambda flashes: flashes.shown, id="shown"),
        pytest.param(FlashRecord.assert_nothing_flashed, id="nothing flashed"),
    ],
)


@pytest.mark.parametrize(
    ("action", "status", "found"),
    [
        (partial(flashbag_set, key="error", value="Taken"), 200, "values={'error': 'Taken'}, mess"),
        (partial(flash, message="Saved"), 200, "[{'message': 'Saved', 'category': 'success'}]"),
        (partial(flash_form, data={}, errors={"name": "Taken"}), 200, "errors=['name']"),
        (crash, 500, "Flashes("),  # the error may have dropped a flash
    ],
    ids=["value", "message", "form", "error"],
)
async def test_assert_nothing_flashed_names_the_request_and_its_flashes(
    recorded: Recorded, action: Action, status: int, found: str
) -> None:
    client, flashes = await recorded(web.post("/save", does(action)), SHOW)
    await client.get("/")
    flashes.assert_nothing_flashed()
    await client.post("/save")
    await client.get("/")
    with pytest.raises(AssertionError, match=rf"POST /save .*{status}.* flashed") as caught:
        flashes.assert_nothing_flashed()
    assert found in str(caught.value)


@looks
async def test_37_without_a_request_every_assertion_fails(
    recorded: Recorded, look: Callable[[FlashRecord], object]
) -> None:
    client, flashes = await recorded()
    with pytest.raises(AssertionError, match=NO_REQUEST):
        look(flashes)
    await flashes.seed(client, values={"error": "Taken"})  # the record's own requests do not count
    with pytest.raises(AssertionError, match=NO_REQUEST):
        look(flashes)
    await client.get("/plain")
    look(flashes)
    flashes.clear()
    with pytest.raises(AssertionError, match=NO_REQUEST):
        look(flashes)


@looks
async def test_37_without_a_flashbag_every_assertion_fails(
    aiohttp_client: AiohttpClient, look: Callable[[FlashRecord], object]
) -> None:
    flashes = record_flashes(app := web.Application())
    client = await aiohttp_client(app)
    await client.get("/a")
    await client.get("/b")
    with pytest.raises(AssertionError, match=r"GET /a, GET /b.*\n.*aiohttp_flashbag\.setup"):
        look(flashes)
    flashes.clear()
    with pytest.raises(AssertionError, match=NO_REQUEST):
        look(flashes)
