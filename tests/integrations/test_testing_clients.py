"""FlashRecord.pending and seed: which flashes a client or a browser has."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest
from aiohttp import ClientSession, CookieJar, web
from aiohttp.typedefs import Handler
from aiohttp_session import AbstractStorage, SimpleCookieStorage
from markupsafe import Markup
from support.apps import AiohttpClient, Client, answer_of, does, json_page, make_app
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

encrypted = pytest.mark.parametrize("storage", ["encrypted"], indirect=True)
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
    recorded: Recorded,
) -> None:
    async def page(request: web.Request) -> web.Response:
        values = [flashbag_get(request, key) for key in ("error", "point")]
        messages = list(map(dict, get_flashed_messages(request)))
        forms = [flashed_form(request, name) for name in ("", "login", "sign_up")]
        texts = [[form.get("user"), form.error("user")] for form in forms]
        return json_page([values, messages, texts])

    client, flashes = await recorded(web.get("/", page))
    await flashes.seed(
        client,
        values={FlashKey("error", str): "Taken", "point": (1, 2)},
        messages=[
            "Saved",
            {"message": Markup("<b>Half</b>"), "category": "info"},
            {"message": "Sent", "link": "/sent"},
        ],
        form={"user": "Bob"},
        errors={"user": "Taken"},
        forms=FORMS,
    )
    assert await answer_of(await client.get("/")) == [
        ["Taken", [1, 2]],
        [
            {"message": "Saved", "category": "success"},
            {"message": "<b>Half</b>", "category": "info"},
            {"message": "Sent", "category": "success", "link": "/sent"},
        ],
        [["Bob", "Taken"], ["Zoë", "Unknown"], ["", "Taken"]],
    ]
    assert not await flashes.pending(client)


async def test_pending_consumes_nothing(recorded: Recorded) -> None:
    client, flashes = await recorded(GIVE, SHOW)
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


@encrypted
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


@encrypted
async def test_recorded_messages_and_forms_can_be_seeded(recorded: Recorded) -> None:
    client, flashes = await recorded()
    await flashes.seed(client, messages=TAKEN.messages, forms=FORMS)
    forms = (await flashes.pending(client)).forms
    await flashes.seed(client, messages=TAKEN.messages, forms=forms)
    again = await flashes.pending(client)
    assert (again.messages, again.forms) == (TAKEN.messages * 2, forms)


@encrypted
async def test_t1_seeded_flashes_are_for_every_tab(recorded: Recorded) -> None:
    client, flashes = await recorded(*TAB_ROUTES)
    await flashes.seed(client, **ERROR)
    seen = await Tab(client, "/b").click("/faq")
    assert (seen["value"], seen["messages"]) == ("Taken", ["Taken"])


@encrypted
async def test_each_client_has_its_own_flashes(
    app_of: AppOf, aiohttp_client: AiohttpClient
) -> None:
    flashes = record_flashes(app := app_of())
    alice = await aiohttp_client(app)
    bob: Client = await aiohttp_client(alice.server)
    await flashes.seed(alice, **ERROR)
    assert not await flashes.pending(bob)
    assert await flashes.pending(alice) == TAKEN


@encrypted
async def test_routes_of_the_application_do_not_hide_the_record(recorded: Recorded) -> None:
    client, flashes = await recorded(web.get("/{path:.*}", does(show)))
    await flashes.seed(client, **ERROR)
    assert await flashes.pending(client) == TAKEN


@encrypted
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


@encrypted
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


@encrypted
async def test_a_client_session_with_a_base_url_is_a_client_too(recorded: Recorded) -> None:
    served, flashes = await recorded(SHOW)
    async with ClientSession(served.make_url("/"), cookie_jar=CookieJar(unsafe=True)) as client:
        await flashes.seed(client, **ERROR)
        assert await flashes.pending(client) == TAKEN
    assert not await flashes.pending(served)


# Cookies for a browser


@encrypted
async def test_seed_returns_cookies_for_a_browser(
    app_of: AppOf, aiohttp_client: AiohttpClient
) -> None:
    flashes = record_flashes(app := app_of())
    client = await aiohttp_client(app, cookies={"consent": "yes"})
    cookies = {cookie["name"]: cookie for cookie in await flashes.seed(client, **ERROR)}
    assert cookies.pop("consent").items() >= {
        ("value", "yes"),
        ("domain", "127.0.0.1"),
        ("path", "/"),
    }
    [cookie] = cookies.values()
    assert cookie.keys() <= {"name", "value", "domain", "path", "httpOnly", "secure", "sameSite"}
    assert (cookie["domain"], cookie["path"]) == ("127.0.0.1", "/")
    assert (cookie["httpOnly"], cookie["secure"]) == (True, False)


async def test_a_cookie_has_samesite_if_the_server_sets_it(aiohttp_client: AiohttpClient) -> None:
    found = []
    for app in (
        cookie_app(transport=CookieTransport(KEY, samesite="strict")),
        make_app(SimpleCookieStorage()),
    ):
        flashes = record_flashes(app)
        found += await flashes.seed(await aiohttp_client(app), messages=["Saved"])
    assert [cookie.get("sameSite") for cookie in found] == ["Strict", None]


# Mistakes


@encrypted
@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"values": {"name": "Zoë", "error": {1}}}, "'error' cannot be stored"),
        ({"values": {"name": "Zoë"}, "messages": "Saved"}, "a list of messages, not .*'Saved'"),
        *(
            ({"forms": {"login": form}}, r"\{'data': ..., 'errors': ...\}")
            for form in ({"user": "Zoë"}, {"name": "x"}, "Zoë", None, ({}, {}))
        ),
        ({"forms": {5: {}}}, "the name of a form .*5"),
    ],
)
async def test_seed_refuses_what_a_handler_could_not_flash(
    recorded: Recorded, caplog: pytest.LogCaptureFixture, given: Any, told: str
) -> None:
    client, flashes = await recorded()
    with pytest.raises(TypeError, match=told):
        await flashes.seed(client, **given)
    assert not await flashes.pending(client)
    assert caplog.messages == []


async def test_14_without_a_flashbag_pending_fails(aiohttp_client: AiohttpClient) -> None:
    flashes = record_flashes(app := web.Application())
    client = await aiohttp_client(app)
    with pytest.raises(RuntimeError, match=r"aiohttp_flashbag\.setup\(app"):
        await flashes.pending(client)


@encrypted
@pytest.mark.parametrize(
    "flashed", [{"values": {"error": "Taken"}}, {"messages": ["Saved"]}, {"form": {"a": "b"}}]
)
async def test_37_a_client_without_cookies_cannot_be_seeded(
    app_of: AppOf, aiohttp_client: AiohttpClient, flashed: Any
) -> None:
    flashes = record_flashes(app := app_of())
    client = await aiohttp_client(app, cookie_jar=aiohttp.DummyCookieJar())
    with pytest.raises(AssertionError, match="does the client keep cookies") as caught:
        await flashes.seed(client, **flashed)
    assert "expected to be pending: Flashes(" in str(caught.value)
    assert f"found: {Flashes()}" in str(caught.value)


async def test_37_a_secure_cookie_cannot_be_seeded_over_http(aiohttp_client: AiohttpClient) -> None:
    flashes = record_flashes(app := cookie_app(transport=CookieTransport(KEY, secure=True)))
    client = await aiohttp_client(app)
    with pytest.raises(AssertionError, match="Secure"):
        await flashes.seed(client, **ERROR)


@encrypted
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
        with pytest.raises(AssertionError, match=r"found: 303.* middleware"):
            await ask(client)


@encrypted
def test_record_flashes_comes_before_the_application_starts(app_of: AppOf) -> None:
    (app := app_of()).freeze()
    with pytest.raises(RuntimeError, match=r"record_flashes\(app\) before the application starts"):
        record_flashes(app)
    web.Application().add_subapp("/inner", inner := app_of())
    with pytest.raises(RuntimeError, match="added to another"):
        record_flashes(inner)


@encrypted
async def test_an_application_that_has_run_in_another_test_is_refused(
    app_of: AppOf, aiohttp_client: AiohttpClient
) -> None:
    await aiohttp_client(app := app_of())
    with pytest.raises(RuntimeError, match=r"for each test.* make_app\(\)"):
        record_flashes(app)
