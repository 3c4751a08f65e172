"""FlashRecord.pending and seed: which flashes a client or a browser has."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest
from aiohttp import ClientSession, CookieJar, web
from aiohttp.typedefs import Handler
from aiohttp_session import AbstractStorage
from markupsafe import Markup
from support.apps import AiohttpClient, answer_of, does, json_page, make_app
from support.overlap import FETCH
from support.own_cookies import KEY, cookie_app, get_with
from support.recording import GIVE, SHOW, TAKEN, AppOf, Recorded, show
from support.tabs import TAB_ROUTES, Tab

from aiohttp_flashbag import (
    CookieTransport,
    FlashKey,
    flashbag_get,
    flashed_form,
    get_flashed_messages,
)
from aiohttp_flashbag.testing import Flashes, record_flashes

ERROR: dict[str, Any] = {
    "values": {"error": "Taken"},
    "messages": [{"message": "Taken", "category": "error"}],
}
FORMS: dict[str, Any] = {
    "login": {"data": {"user": "Zoë"}, "errors": {"user": "Unknown"}},
    "sign_up": {"errors": {"user": "Taken"}},
}


def pairs(cookies: list[Any]) -> list[tuple[str, str]]:
    """Return the names and values that a browser sends."""
    return [(cookie["name"], cookie["value"]) for cookie in cookies]


# Stories


async def test_a_handler_reads_seeded_flashes_as_if_another_had_flashed_them(
    recorded_anywhere: Recorded,
) -> None:
    async def page(request: web.Request) -> web.Response:
        messages = list(map(dict, get_flashed_messages(request)))
        forms = [flashed_form(request, name) for name in ("", "login", "sign_up")]
        texts = [[form.get("user"), form.error("user")] for form in forms]
        return json_page([flashbag_get(request, "error"), messages, texts])

    half = {"message": Markup("<b>Half</b>"), "category": "info", "link": "/half"}
    client, flashes = await recorded_anywhere(web.get("/", page))
    await flashes.seed(
        client,
        values={FlashKey("error", tuple): ("Taken", 1)},
        messages=["Saved", half],
        form={"user": "Bob"},
        errors={"user": "Taken"},
        forms=FORMS,
    )
    assert await answer_of(await client.get("/")) == [
        ["Taken", 1],
        [{"message": "Saved", "category": "success"}, half],
        [["Bob", "Taken"], ["Zoë", "Unknown"], ["", "Taken"]],
    ]
    assert not await flashes.pending(client)


async def test_pending_consumes_nothing(recorded_anywhere: Recorded) -> None:
    client, flashes = await recorded_anywhere(GIVE, SHOW)
    assert await flashes.pending(client) == Flashes()
    await client.post("/?error=Taken")
    for _ in range(2):
        assert await flashes.pending(client) == TAKEN
    assert flashes.shown == Flashes()
    await client.get("/")
    assert flashes.shown == TAKEN
    assert not await flashes.pending(client)


async def test_a_browser_with_the_cookies_has_the_user_and_the_seeded_flashes(
    storage: AbstractStorage, aiohttp_client: AiohttpClient
) -> None:
    text = 'Zoë, "Ann"; <Bob> \\ Eve'
    flashes = record_flashes(app := make_app(storage))
    client = await aiohttp_client(app)
    await client.post("/login?user=alice")
    cookies = pairs(await flashes.seed(client, values={"error": text}, messages=[text]))
    assert await answer_of(await get_with(client, "/whoami", cookies, **FETCH)) == "alice"
    response = await get_with(client, "/values?error", cookies, **FETCH)
    assert await answer_of(response) == {"error": text}
    assert await answer_of(await get_with(client, "/messages", cookies)) == [text]


# Seeding


async def test_seeded_flashes_are_added_to_pending_ones_and_are_not_recorded(
    recorded: Recorded,
) -> None:
    client, flashes = await recorded(GIVE)
    await client.post("/?error=Taken")
    await flashes.seed(client, messages=["Saved"])
    await flashes.seed(client, errors={"name": "Taken"})
    pending = await flashes.pending(client)
    assert (pending.texts, pending.values) == (["Taken", "Saved"], {"error": "Taken"})
    assert pending.form.error("name") == "Taken"
    assert flashes.flashed == TAKEN


async def test_recorded_messages_and_forms_can_be_seeded(recorded: Recorded) -> None:
    client, flashes = await recorded()
    await flashes.seed(client, messages=TAKEN.messages, forms=FORMS)
    forms = (await flashes.pending(client)).forms
    await flashes.seed(client, messages=TAKEN.messages, forms=forms)
    again = await flashes.pending(client)
    assert (again.messages, again.forms) == (TAKEN.messages * 2, forms)


async def test_t1_seeded_flashes_are_for_every_tab(recorded: Recorded) -> None:
    client, flashes = await recorded(*TAB_ROUTES)
    await flashes.seed(client, **ERROR)
    seen = await Tab(client, "/b").click("/faq")
    assert (seen["value"], seen["messages"]) == ("Taken", ["Taken"])


async def test_a_record_works_beside_another_and_any_route(
    app_of: AppOf, aiohttp_client: AiohttpClient
) -> None:
    everything = web.get("/{path:.*}", does(show))
    one, other = record_flashes(app := app_of(GIVE, everything)), record_flashes(app)
    client = await aiohttp_client(app)
    await one.seed(client, values={"error": "Taken"})
    assert (await other.pending(client)).values == {"error": "Taken"}
    await client.post("/?error=Taken")
    one.clear()
    assert other.flashed.texts == ["Taken"]


async def test_b8_a_sub_application_can_be_recorded(
    app_of: AppOf, aiohttp_client: AiohttpClient
) -> None:
    flashes = record_flashes(inner := app_of(GIVE, SHOW))
    app = web.Application()
    app.add_subapp("/inner/most", inner)
    client = await aiohttp_client(app)
    await flashes.seed(client, **ERROR)
    assert await flashes.pending(client) == TAKEN
    await client.get("/inner/most/")
    assert flashes.shown == TAKEN


async def test_each_client_has_its_own_flashes_also_a_client_session(recorded: Recorded) -> None:
    served, flashes = await recorded(SHOW)
    async with ClientSession(served.make_url("/"), cookie_jar=CookieJar(unsafe=True)) as client:
        await flashes.seed(client, **ERROR)
        assert await flashes.pending(client) == TAKEN
    assert not await flashes.pending(served)


# Cookies for a browser


async def test_seed_returns_cookies_for_a_browser(
    app_of: AppOf, aiohttp_client: AiohttpClient
) -> None:
    strict = cookie_app(transport=CookieTransport(KEY, samesite="strict"))
    for app, same_site in ((strict, {"sameSite": "Strict"}), (app_of(), {})):
        flashes = record_flashes(app)
        client = await aiohttp_client(app, cookies={"consent": "yes"})
        found = {cookie["name"]: cookie for cookie in await flashes.seed(client, **ERROR)}
        consent, [cookie] = found.pop("consent"), found.values()
        where = {"domain": "127.0.0.1", "path": "/"}
        assert consent.items() >= {"value": "yes", **where}.items()
        del cookie["name"], cookie["value"]
        assert cookie == {"httpOnly": True, "secure": False, **same_site, **where}


# Mistakes


async def test_a_refused_seed_leaves_nothing_pending(
    recorded: Recorded, caplog: pytest.LogCaptureFixture
) -> None:
    client, flashes = await recorded()
    with pytest.raises(TypeError, match="'error' cannot be stored"):
        await flashes.seed(client, values={"name": "Zoë", "error": {1}})
    assert not await flashes.pending(client)
    assert caplog.messages == []


async def test_14_without_a_flashbag_pending_fails(aiohttp_client: AiohttpClient) -> None:
    flashes = record_flashes(app := web.Application())
    client = await aiohttp_client(app)
    with pytest.raises(RuntimeError, match=r"aiohttp_flashbag\.setup\(app"):
        await flashes.pending(client)


@pytest.mark.parametrize("secure", [True, False])
@pytest.mark.parametrize(
    "flashed", [{"values": {"error": "Taken"}}, {"messages": ["Saved"]}, {"form": {"a": "b"}}]
)
async def test_37_a_client_that_does_not_return_the_cookie_cannot_be_seeded(
    aiohttp_client: AiohttpClient, secure: bool, flashed: Any
) -> None:
    flashes = record_flashes(app := cookie_app(transport=CookieTransport(KEY, secure=secure)))
    client = await aiohttp_client(app, cookie_jar=None if secure else aiohttp.DummyCookieJar())
    with pytest.raises(AssertionError, match=r"client keep cookies\?.*Secure") as caught:
        await flashes.seed(client, **flashed)
    assert "xpected to be pending: Flashes(" in str(caught.value)
    assert f"ound: {Flashes()}" in str(caught.value)


async def test_37_a_middleware_that_responds_first_is_reported(
    app_of: AppOf, aiohttp_client: AiohttpClient
) -> None:
    @web.middleware
    async def refuse(request: web.Request, handler: Handler) -> web.StreamResponse:
        raise web.HTTPSeeOther("/login")

    flashes = record_flashes(app := app_of())
    app.middlewares.append(refuse)
    client = await aiohttp_client(app)
    for ask in (flashes.pending, flashes.seed):
        with pytest.raises(AssertionError, match=r"303.* middleware"):
            await ask(client)


def test_record_flashes_needs_a_new_application() -> None:
    (app := web.Application()).freeze()
    web.Application().add_subapp("/inner", inner := web.Application())
    for late in (app, inner):
        with pytest.raises(RuntimeError, match=r"before the application starts.* make_app\(\)"):
            record_flashes(late)
