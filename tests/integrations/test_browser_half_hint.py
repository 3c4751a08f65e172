"""The hint: a cookie without content that comes and goes with the pending messages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from aiohttp import ClientResponse, web
from aiohttp.test_utils import make_mocked_request
from aiohttp_session import AbstractStorage, SimpleCookieStorage
from support.apps import (
    AiohttpClient,
    Client,
    cookie_and_server,
    cookies,
    does,
    flash_messages,
    in_sessions,
    logout,
    make_app,
    messages_page,
    shown,
)
from support.behind import each_transport
from support.own_cookies import KEY, cookie_app

from aiohttp_flashbag import (
    CookieTransport,
    SessionTransport,
    flash,
    flashbag_clear,
    flashbag_replace_all,
    peek_flashed_messages,
    setup_browser,
)
from aiohttp_flashbag.transports import Store, Transport

NAME = "AIOHTTP_FLASHBAG_PENDING"
FETCH = {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Dest": "empty"}
ENDPOINT = "/flashbag/messages"


def hint_in(response: ClientResponse) -> str | None:
    """What a response makes of the hint: `set`, `deleted`, or None if it leaves it alone."""
    lines = [line for line in response.headers.getall("Set-Cookie", []) if line.startswith(NAME)]
    assert len(lines) <= 1
    if not lines:
        return None
    return "set" if lines[0].startswith(f"{NAME}=1;") else "deleted"


def forget_hint(client: Client) -> None:
    client.session.cookie_jar.clear(lambda morsel: morsel.key == NAME)


def plant_hint(client: Client, value: str = "1") -> None:
    client.session.cookie_jar.update_cookies({NAME: value}, client.make_url("/"))


async def failing(request: web.Request) -> web.Response:
    flash_messages(request)
    return web.Response(status=500)


async def public_page(request: web.Request) -> web.Response:
    return web.Response(text="page", headers={"Cache-Control": "public, max-age=600"})


async def streamed(request: web.Request) -> web.StreamResponse:
    flash_messages(request)
    response = web.StreamResponse()
    await response.prepare(request)
    return response


ROUTES = (
    web.post("/redirect", does(flash_messages, answer=partial(web.HTTPSeeOther, "/plain"))),
    web.post("/fail", failing),
    web.post("/stream", streamed),
    web.get("/public", public_page),
    web.get("/error", does(answer=partial(web.Response, status=503))),
    web.get("/304", does(answer=partial(web.Response, status=304))),
    web.get("/peek", does(peek_flashed_messages)),
    web.post("/clear", does(flashbag_clear)),
    web.post("/clear-and-flash", does(flashbag_clear, partial(flash, message="Goodbye"))),
    web.post("/replace", does(partial(flashbag_replace_all, value={}))),
    web.post("/logout-and-flash", does(logout, partial(flash, message="Goodbye"))),
    web.static("/static", "tests/integrations"),
)


@pytest.fixture
async def client(aiohttp_client: AiohttpClient, storage: AbstractStorage) -> Client:
    app = make_app(storage, *ROUTES)
    setup_browser(app)
    return await aiohttp_client(app)


@pytest.fixture
def storage(request: pytest.FixtureRequest) -> AbstractStorage:
    """An encrypted session; other ways for flashes to travel where a test names them."""
    name = getattr(request, "param", "encrypted")
    storage: AbstractStorage = request.getfixturevalue(f"{name}_storage")
    return storage


everywhere = pytest.mark.parametrize(
    "storage", ["simple", "encrypted", "nacl", "redis", "memcached", "cookies"], indirect=True
)


@everywhere
@pytest.mark.parametrize("path", ["/flash", "/redirect", "/stream"])
async def test_it_comes_with_a_message_and_goes_with_the_page_that_shows_it(
    client: Client, path: str
) -> None:
    response = await client.post(f"{path}?info=Saved", allow_redirects=False)
    assert hint_in(response) == "set"
    assert cookies(client)[NAME] == "1"
    assert hint_in(await client.get("/plain", headers=FETCH)) is None
    response = await client.get("/messages")
    assert await response.json() == ["Saved"]
    assert hint_in(response) == "deleted"
    assert NAME not in cookies(client)
    assert hint_in(await client.get("/messages")) is None


@everywhere
async def test_it_goes_when_the_endpoint_is_asked_and_has_nothing_more(client: Client) -> None:
    await client.post("/flash?info=Saved")
    response = await client.post(ENDPOINT, headers=FETCH)
    assert "Saved" in await response.text()
    assert hint_in(response) is None  # an overlapping response may have set it
    response = await client.post(ENDPOINT, headers=FETCH)
    assert (response.status, hint_in(response)) == (204, "deleted")


async def test_without_setup_browser_there_is_none(
    aiohttp_client: AiohttpClient, storage: AbstractStorage
) -> None:
    client = await aiohttp_client(make_app(storage, *ROUTES))
    plant_hint(client)
    assert hint_in(await client.post("/flash?info=Saved")) is None
    assert hint_in(await client.get("/messages")) is None


@each_transport
async def test_values_alone_need_none(client: Client) -> None:
    assert hint_in(await client.post("/set?error=Required")) is None


@each_transport
async def test_it_stays_while_some_messages_are_left(client: Client) -> None:
    await client.post("/flash?info=one&error=two")
    response = await client.get("/messages?only=error")
    assert await response.json() == ["two"]
    assert hint_in(response) is None
    assert hint_in(await client.get("/messages")) == "deleted"


@each_transport
async def test_it_is_set_again_beside_every_message_for_a_response_may_be_deleting_it(
    client: Client,
) -> None:
    assert hint_in(await client.post("/flash?info=one")) == "set"
    assert hint_in(await client.post("/flash?info=two")) == "set"


@each_transport
async def test_m2_a_message_shown_by_the_response_that_flashes_it_needs_none(
    client: Client, aiohttp_client: AiohttpClient, storage: AbstractStorage
) -> None:
    app = make_app(storage, web.post("/both", does(flash_messages, messages_page)))
    setup_browser(app)
    client = await aiohttp_client(app)
    assert hint_in(await client.post("/both?info=Saved")) is None


# Mending


@each_transport
@pytest.mark.parametrize("path", ["/plain", "/messages", "/peek", "/304"])
async def test_a_hint_without_messages_is_deleted_by_any_response(
    client: Client, path: str
) -> None:
    plant_hint(client)
    assert hint_in(await client.get(path)) == "deleted"
    assert hint_in(await client.get(path)) is None


@each_transport
async def test_a_hint_without_messages_is_deleted_by_the_endpoint(client: Client) -> None:
    plant_hint(client)
    response = await client.post(ENDPOINT, headers=FETCH)
    assert (response.status, hint_in(response)) == (204, "deleted")


@each_transport
async def test_values_alone_are_no_reason_to_keep_it(client: Client) -> None:
    await client.post("/set?error=Required")
    plant_hint(client)
    response = await client.post(ENDPOINT, headers=FETCH)
    assert (response.status, hint_in(response)) == (204, "deleted")
    response = await client.get("/values?error=")
    assert await response.json() == {"error": "Required"}


@each_transport
async def test_messages_without_a_hint_get_one_from_any_response(client: Client) -> None:
    await client.post("/flash?info=Saved")
    forget_hint(client)
    assert hint_in(await client.get("/plain")) == "set"
    assert hint_in(await client.get("/plain")) is None
    assert await shown(client) == ["Saved"]


@each_transport
async def test_while_a_script_asks_only_a_new_message_sets_it(client: Client) -> None:
    await client.post("/flash?info=Saved")
    plant_hint(client, "0")
    assert hint_in(await client.get("/plain", headers=FETCH)) is None
    assert hint_in(await client.post(ENDPOINT, headers=FETCH)) is None
    assert hint_in(await client.get("/messages")) is None
    assert hint_in(await client.post("/flash?info=Meanwhile")) == "set"


@each_transport
async def test_b5_a_response_that_mends_it_is_not_for_others(client: Client) -> None:
    assert (await client.get("/public")).headers["Cache-Control"] == "public, max-age=600"
    plant_hint(client)
    response = await client.get("/public")
    assert hint_in(response) == "deleted"
    assert response.headers["Cache-Control"] == "no-store"
    assert (await client.get("/public")).headers["Cache-Control"] == "public, max-age=600"


@each_transport
async def test_a_page_stays_cacheable_while_a_message_is_pending(client: Client) -> None:
    await client.post("/flash?info=Saved")
    response = await client.get("/public", headers=FETCH)
    assert response.headers["Cache-Control"] == "public, max-age=600"
    assert hint_in(response) is None


@each_transport
@pytest.mark.parametrize("path", ["/clear", "/replace"])
async def test_it_goes_when_the_flashes_are_dropped(client: Client, path: str) -> None:
    await client.post("/flash?info=Saved")
    expected = "deleted" if path == "/clear" else None  # which replaces the values alone
    assert hint_in(await client.post(path)) == expected


@each_transport
async def test_it_is_set_for_the_goodbye_after_a_logout(client: Client) -> None:
    await client.post("/flash?info=Saved")
    assert hint_in(await client.post("/clear-and-flash")) == "set"
    assert await shown(client) == ["Goodbye"]


@cookie_and_server
async def test_b4_after_the_session_has_ended_it_is_mended(client: Client) -> None:
    await client.post("/login?user=alice")
    await client.post("/flash?info=Saved")
    assert hint_in(await client.post("/logout")) is None
    assert hint_in(await client.get("/plain")) == "deleted"


@each_transport
async def test_b2_a_failed_response_leaves_it_alone(client: Client) -> None:
    assert hint_in(await client.post("/fail?info=Saved")) is None
    await client.post("/flash?info=Saved")
    forget_hint(client)
    assert hint_in(await client.get("/error")) is None
    assert await shown(client) == ["Saved"]
    plant_hint(client)
    assert hint_in(await client.get("/error")) is None


@each_transport
@pytest.mark.parametrize("headers", [{}, {"Sec-Purpose": "prefetch"}, {"HX-Preloaded": "true"}])
async def test_b3_head_and_preloads_leave_it_alone(client: Client, headers: dict[str, str]) -> None:
    await client.post("/flash?info=Saved")
    verb = client.get if headers else client.head
    assert hint_in(await verb("/messages", headers=headers)) is None
    assert await shown(client) == ["Saved"]


@each_transport
async def test_b1_a_static_file_leaves_it_alone(client: Client) -> None:
    await client.post("/set?error=Required")  # so the transport's cookie comes
    for change in (plant_hint, forget_hint):
        change(client)
        for path in ("/static/__init__.py", "/flashbag/flashbag.js"):
            response = await client.get(path, headers=FETCH)
            assert (response.status, hint_in(response)) == (200, None)
        await client.post("/flash?info=Saved")


@pytest.mark.parametrize("storage", ["redis"], indirect=True)
async def test_b7_it_stays_while_nobody_can_tell_what_is_pending(
    client: Client, storage: AbstractStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    await client.post("/flash?info=Saved")

    async def load_session(request: web.Request) -> Any:
        raise ConnectionError

    with monkeypatch.context() as patched:
        patched.setattr(storage, "load_session", load_session)
        assert hint_in(await client.get("/plain")) is None
    assert await shown(client) == ["Saved"]


async def test_b7_what_cannot_be_set_is_logged_and_costs_no_page(
    client: Client, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def hint_attributes(request: web.Request) -> str:
        raise LookupError

    assert client.app is not None
    plant_hint(client)
    (browser,) = (half for half in halves(client.app) if half)
    monkeypatch.setattr(browser.hint, "attributes", hint_attributes)
    assert (await client.get("/plain")).status == 200
    assert "LookupError" in caplog.text


def halves(app: web.Application) -> Iterator[Any]:
    yield from (getattr(held, "browser", None) for held in app.values())


# Names and attributes


def attributes_in(response: ClientResponse, name: str = NAME) -> set[str]:
    (line,) = (x for x in response.headers.getall("Set-Cookie") if x.startswith(f"{name}="))
    return set(line.split("; ")[1:])


async def test_it_has_the_attributes_of_own_cookies_but_scripts_may_read_it(
    aiohttp_client: AiohttpClient,
) -> None:
    transport = CookieTransport(
        KEY, path="/shop", domain="shop.example", secure=True, samesite="Strict"
    )
    app = cookie_app(*ROUTES, transport=transport)
    setup_browser(app)
    client = await aiohttp_client(app)
    expected = {"Path=/shop", "Domain=shop.example", "Secure", "SameSite=Strict"}
    response = await client.post("/flash?info=Saved")
    assert attributes_in(response) == expected
    response = await client.get("/plain", headers={"Cookie": f"{NAME}=1"})
    assert attributes_in(response) == {"Max-Age=0", *expected}


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_it_is_secure_on_https_as_own_cookies_are(scheme: str) -> None:
    request = make_mocked_request("GET", "/").clone(scheme=scheme)
    ours = CookieTransport(KEY).hint_attributes(request)
    assert ("; Secure" in ours) is (scheme == "https")
    assert "HttpOnly" not in ours


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, {"Path=/"}),
        (
            {"path": "/shop", "domain": "shop.example", "secure": True, "samesite": "None"},
            {"Path=/shop", "Domain=shop.example", "Secure", "SameSite=None"},
        ),
        ({"max_age": 600, "httponly": True}, {"Path=/"}),
    ],
)
async def test_it_has_the_attributes_of_the_sessions_cookie(
    aiohttp_client: AiohttpClient, options: dict[str, Any], expected: set[str]
) -> None:
    app = make_app(SimpleCookieStorage(**options), *ROUTES)
    setup_browser(app)
    client = await aiohttp_client(app)
    assert attributes_in(await client.post("/flash?info=Saved")) == expected


async def test_its_name_follows_that_of_own_cookies(aiohttp_client: AiohttpClient) -> None:
    name = "__Host-FLASHBAG"
    app = cookie_app(*ROUTES, transport=CookieTransport(KEY, cookie_name=name, secure=True))
    setup_browser(app)
    client = await aiohttp_client(app)
    response = await client.post("/flash?info=Saved")
    assert attributes_in(response, f"{name}_PENDING") == {"Path=/", "SameSite=Lax", "Secure"}


@pytest.mark.parametrize("header", [f"X_{NAME}=1", f"{NAME}X=1", f"x={NAME}", f"x=y {NAME}=1"])
async def test_another_cookie_is_not_taken_for_it(client: Client, header: str) -> None:
    assert hint_in(await client.get("/plain", headers={"Cookie": header})) is None


@pytest.mark.parametrize("header", [f"{NAME}=1", f"a=b; {NAME}=1", f'a="; {NAME}=1; b=c'])
async def test_it_is_found_among_other_cookies(client: Client, header: str) -> None:
    assert hint_in(await client.get("/plain", headers={"Cookie": header})) == "deleted"


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_transport_of_ones_own_has_usual_attributes(scheme: str) -> None:
    class Anywhere(Transport):
        def open(self, request: web.Request) -> Store:
            raise NotImplementedError

    request = make_mocked_request("GET", "/").clone(scheme=scheme)
    expected = "; Path=/; SameSite=Lax" + ("; Secure" if scheme == "https" else "")
    assert Anywhere().hint_attributes(request) == expected
    assert Anywhere().hint_name == NAME == SessionTransport().hint_name


def test_it_is_not_taken_for_a_cookie_of_the_transport() -> None:
    transport = CookieTransport(KEY)
    assert not transport.open(
        make_mocked_request("GET", "/", headers={"Cookie": f"{transport.hint_name}=1"})
    ).cookie_came
    assert not re.match(transport.prefix, transport.hint_name)


@in_sessions
async def test_a_login_between_flash_and_page_keeps_it(client: Client) -> None:
    await client.post("/flash?info=Saved")
    assert hint_in(await client.post("/login?user=alice")) is None
    response = await client.get("/messages")
    assert await response.json() == ["Saved"]
    assert hint_in(response) == "deleted"
