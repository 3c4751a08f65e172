"""record_flashes: what requests flashed and what their responses showed."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from aiohttp import web
from aiohttp.typedefs import Handler
from support.apps import Action, AiohttpClient, Answer, does
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

encrypted = pytest.mark.parametrize("storage", ["encrypted"], indirect=True)


# Stories


async def test_a_record_has_flashes_before_and_after_they_are_shown(recorded: Recorded) -> None:
    client, flashes = await recorded(GIVE, SHOW)
    await client.post("/?error=Taken")
    assert flashes.flashed == TAKEN
    assert flashes.shown == Flashes()
    for _ in range(2):
        await client.get("/")
        assert flashes.flashed == flashes.shown == TAKEN


async def test_t1_flashes_for_another_tab_are_pending_too(recorded: Recorded) -> None:
    client, flashes = await recorded(*TAB_ROUTES)
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


# Flashed and shown


@encrypted
async def test_a_followed_redirect_is_recorded_with_its_target(recorded: Recorded) -> None:
    async def save(request: web.Request) -> web.Response:
        raise flash_redirect(request, "/", "Saved")

    client, flashes = await recorded(web.post("/", save), SHOW)
    await client.post("/")
    assert flashes.flashed.texts == flashes.shown.texts == ["Saved"]


@encrypted
async def test_requests_are_recorded_until_the_record_is_cleared(recorded: Recorded) -> None:
    client, flashes = await recorded(GIVE)
    await client.post("/?error=Short&info=Half")
    await client.post("/?error=Taken")
    assert flashes.flashed.texts == ["Short", "Half", "Taken"]
    assert flashes.flashed.values == {"error": "Taken", "info": "Half"}
    flashes.clear()
    await client.post("/?info=Saved")
    assert flashes.flashed.texts == ["Saved"]


@encrypted
async def test_forms_are_recorded_by_name(recorded: Recorded) -> None:
    login = partial(flash_form, data={"user": "Zoë"}, errors={"user": "Unknown"}, name="login")
    bare = partial(flash_form, data={"user": "Bob"})
    read = partial(flashed_form, name="login")
    client, flashes = await recorded(web.post("/", does(login, bare)), web.get("/", does(read)))
    await client.post("/")
    for seen in (flashes.flashed, await flashes.pending(client)):
        assert (seen.form.get("user"), list(seen.forms), seen.values) == ("Bob", ["login"], {})
        assert seen.forms["login"].get("user") == "Zoë"
        assert seen.forms["login"].error("user") == "Unknown"
    await client.get("/")
    assert (list(flashes.shown.forms), bool(flashes.shown.form)) == (["login"], False)
    assert not await flashes.pending(client)


@encrypted
async def test_flashes_for_the_same_request_are_recorded(recorded: Recorded) -> None:
    def at_once(request: web.Request) -> None:
        flash(request, "Taken", "error")
        flashbag_now(request, "error", "Taken")
        show(request)

    client, flashes = await recorded(web.get("/", does(at_once)))
    await client.get("/")
    assert flashes.flashed == Flashes({}, TAKEN.messages)
    assert flashes.shown == TAKEN


@encrypted
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
async def test_only_consumed_flashes_count_as_shown(
    recorded: Recorded, answer: Answer, seen: Flashes
) -> None:
    client, flashes = await recorded(GIVE, web.get("/", does(show, answer=answer)))
    await client.post("/?error=Taken")
    await client.get("/", allow_redirects=False)
    assert flashes.shown == seen


@encrypted
async def test_m5_peeked_and_kept_flashes_do_not_count_as_shown(recorded: Recorded) -> None:
    peeks = partial(flashbag_peek, key="error"), peek_flashed_messages, flashbag_keep
    client, flashes = await recorded(GIVE, web.get("/", does(*peeks)))
    await client.post("/?error=Taken")
    await client.get("/")
    assert (flashes.shown, flashes.flashed) == (Flashes(), TAKEN)


@encrypted
async def test_a_duplicate_is_not_recorded(recorded: Recorded) -> None:
    send = partial(flash, message="Saved", allow_duplicate=False)
    client, flashes = await recorded(web.get("/", does(send, show, send, show)))
    await client.get("/")
    assert flashes.flashed.texts == flashes.shown.texts == ["Saved"]


@encrypted
async def test_m2_messages_on_a_redirect_do_not_count_as_shown(recorded: Recorded) -> None:
    onward = partial(web.HTTPSeeOther, "/plain")
    client, flashes = await recorded(web.post("/", does(give, show, answer=onward)))
    await client.post("/?error=Taken", allow_redirects=False)
    assert flashes.flashed == await flashes.pending(client) == TAKEN
    assert not flashes.shown


@encrypted
@pytest.mark.parametrize(
    "handler",
    [crash, does(give, show, answer=partial(web.Response, status=503))],
    ids=["crash", "503"],
)
async def test_b2_flashes_of_a_failed_response_are_not_recorded(
    recorded: Recorded, handler: Handler
) -> None:
    client, flashes = await recorded(web.post("/", handler))
    await client.post("/?error=Taken")
    assert flashes.flashed == flashes.shown == Flashes()


@encrypted
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


@encrypted
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

NO_REQUEST = "found: no request\n"
looks = pytest.mark.parametrize(
    "look",
    [
        pytest.param(lambda flashes: flashes.flashed, id="flashed"),
        pytest.param(lambda flashes: flashes.shown, id="shown"),
        pytest.param(FlashRecord.assert_nothing_flashed, id="nothing flashed"),
    ],
)


@encrypted
async def test_assert_nothing_flashed_passes_after_a_request_that_flashed_nothing(
    recorded: Recorded,
) -> None:
    client, flashes = await recorded(GIVE, SHOW)
    await client.post("/?error=Taken")
    flashes.clear()
    await client.get("/")
    flashes.assert_nothing_flashed()


@encrypted
@pytest.mark.parametrize(
    ("action", "found"),
    [
        (partial(flashbag_set, key="error", value="Taken"), "values={'error': 'Taken'}, mess"),
        (partial(flash, message="Saved"), "messages=[{'message': 'Saved', 'category': 'success'}]"),
        (partial(flash_form, data={}, errors={"name": "Taken"}), "errors=['name']"),
    ],
    ids=["value", "message", "form"],
)
async def test_assert_nothing_flashed_names_the_request_and_its_flashes(
    recorded: Recorded, action: Action, found: str
) -> None:
    client, flashes = await recorded(web.post("/save", does(action)), SHOW)
    await client.post("/save")
    await client.get("/")
    with pytest.raises(AssertionError, match=r"POST /save .*200.* flashed Flashes\(") as caught:
        flashes.assert_nothing_flashed()
    assert found in str(caught.value)


@encrypted
async def test_assert_nothing_flashed_fails_if_an_error_may_have_dropped_a_flash(
    recorded: Recorded,
) -> None:
    client, flashes = await recorded(web.post("/save", crash))
    await client.post("/save?error=Taken")
    with pytest.raises(AssertionError, match=r"POST /save .*500"):
        flashes.assert_nothing_flashed()


@encrypted
@looks
async def test_37_without_a_request_every_assertion_fails(
    recorded: Recorded, look: Callable[[FlashRecord], object]
) -> None:
    client, flashes = await recorded(GIVE)
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
    app = web.Application()
    app.add_routes([web.get("/a", does()), web.get("/b", does())])
    flashes = record_flashes(app)
    client = await aiohttp_client(app)
    await client.get("/a")
    await client.get("/b")
    with pytest.raises(AssertionError, match=r"GET /a, GET /b\n.*aiohttp_flashbag\.setup"):
        look(flashes)
    flashes.clear()
    with pytest.raises(AssertionError, match=NO_REQUEST):
        look(flashes)
