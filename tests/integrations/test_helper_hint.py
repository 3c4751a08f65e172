"""The hint cookie: the JavaScript helper asks its endpoint only if a page has it."""

from __future__ import annotations

import re
from functools import partial
from typing import Any

import pytest
from aiohttp import ClientResponse, web
from aiohttp_session import AbstractStorage
from aiohttp_session.cookie_storage import EncryptedCookieStorage
from support.apps import (
    AiohttpClient,
    Client,
    Handler,
    cookie_and_server,
    cookies,
    does,
    flash_messages,
    logout,
    make_app,
    messages_page,
    read,
    shown,
)
from support.own_cookies import KEY, cookie_app, streams

from aiohttp_flashbag import (
    CookieTransport,
    flash,
    flashbag_clear,
    flashbag_peek,
    flashbag_replace_all,
    peek_flashed_messages,
    setup_browser,
)
from aiohttp_flashbag.transports import Transport

NAME = "AIOHTTP_FLASHBAG_PENDING"
FETCH = {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Dest": "empty"}
ENDPOINT = "/flashbag/messages"
PUBLIC = "public, max-age=600"
encrypted = pytest.mark.parametrize("storage", ["encrypted"], indirect=True)


def hint_in(response: ClientResponse) -> str | None:
    """Return "set" or "deleted" if a response changes the hint, None if it does not."""
    lines = [line for line in response.headers.getall("Set-Cookie", []) if line.startswith(NAME)]
    if not lines:
        return None
    [line] = lines
    return "set" if line.startswith(f"{NAME}=1;") else "deleted"


def forget_hint(client: Client) -> None:
    client.session.cookie_jar.clear(lambda morsel: morsel.key == NAME)


def plant_hint(client: Client, value: str = "1") -> None:
    client.session.cookie_jar.update_cookies({NAME: value}, client.make_url("/"))


async def fail(request: web.Request) -> web.Response:
    flash_messages(request)
    return web.Response(status=500)


async def public_page(request: web.Request) -> web.Response:
    return web.Response(text="page", headers={"Cache-Control": PUBLIC})


ROUTES = (
    web.post("/redirect", does(flash_messages, answer=partial(web.HTTPSeeOther, "/plain"))),
    web.post("/fail", fail),
    web.post("/stream", streams(flash_messages)),
    web.post("/both", does(flash_messages, messages_page)),
    web.get("/public", public_page),
    web.get("/error", does(answer=partial(web.Response, status=503))),
    web.get("/304", does(answer=partial(web.Response, status=304))),
    web.get("/peek", does(peek_flashed_messages)),
    web.get("/peek-value", does(partial(flashbag_peek, key="error"))),
    web.post("/clear", does(flashbag_clear)),
    web.post("/clear-and-flash", does(flashbag_clear, partial(flash, message="Goodbye"))),
    web.post("/replace", does(partial(flashbag_replace_all, value={}))),
    web.post("/logout-and-flash", does(logout, partial(flash, message="Goodbye"))),
    web.get("/image", does(answer=partial(web.Response, content_type="image/png", body=b"x"))),
    web.static("/static", "tests/integrations"),
)


@pytest.fixture
async def client(aiohttp_client: AiohttpClient, storage: AbstractStorage) -> Client:
    setup_browser(app := make_app(storage, *ROUTES))
    return await aiohttp_client(app)


# Stories


@pytest.mark.parametrize("path", ["/flash", "/redirect", "/stream"])
async def test_a_response_that_flashes_sets_it_and_the_page_that_shows_it_deletes_it(
    client: Client, path: str
) -> None:
    response = await client.post(f"{path}?info=Saved", allow_redirects=False)
    assert hint_in(response) == "set"
    assert cookies(client)[NAME] == "1"
    response = await client.get("/public", headers=FETCH)
    assert (hint_in(response), response.headers["Cache-Control"]) == (None, PUBLIC)
    response = await client.get("/messages")
    assert (await response.json(), hint_in(response)) == (["Saved"], "deleted")
    assert NAME not in cookies(client)
    assert hint_in(await client.get("/messages")) is None


async def test_the_endpoint_deletes_it_when_no_message_is_pending(client: Client) -> None:
    await client.post("/flash?info=Saved")
    await client.post("/set?error=Required")
    response = await client.post(ENDPOINT, headers=FETCH)
    assert "Saved" in await response.text()
    assert hint_in(response) is None
    seen = re.findall('data-flash-id="([^"]+)"', await response.text())
    response = await client.post(ENDPOINT, headers=FETCH, data={"seen": seen})
    assert hint_in(response) is None  # an overlapping response may have set it
    response = await client.post(ENDPOINT, headers=FETCH)
    assert (response.status, hint_in(response)) == (204, "deleted")
    assert await read(client) == "Required"


# A hint that is wrong


async def test_b1_a_stale_hint_is_left_alone_by_a_plain_response(client: Client) -> None:
    plant_hint(client)
    for path in ("/plain", "/messages", "/peek", "/304", "/missing"):
        response = await client.get(path)
        assert (path, hint_in(response)) == (path, None)
        assert "Cache-Control" not in response.headers
    response = await client.get("/public")
    assert (hint_in(response), response.headers["Cache-Control"]) == (None, PUBLIC)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        *(("POST", "/set?error=x"), ("GET", "/values?error="), ("GET", "/peek-value")),
        *(("POST", "/clear"), ("POST", ENDPOINT)),
    ],
    ids=["add", "consume", "show", "clear", "endpoint"],
)
async def test_a_stale_hint_is_corrected_by_a_response_that_uses_flashes_and_by_the_endpoint(
    client: Client, method: str, path: str
) -> None:
    assert hint_in(await client.post("/set?error=Required")) is None
    plant_hint(client)
    response = await client.request(method, path, headers=FETCH)
    assert (hint_in(response), response.headers["Cache-Control"]) == ("deleted", "no-store")


async def test_a_page_that_leaves_messages_pending_and_got_no_hint_sets_it(
    client: Client,
) -> None:
    await client.post("/flash?info=Saved")
    forget_hint(client)
    response = await client.get("/public")
    assert (hint_in(response), response.headers["Cache-Control"]) == ("set", "no-store")
    assert hint_in(await client.get("/public")) is None
    assert await shown(client) == ["Saved"]


@pytest.mark.parametrize("change", [plant_hint, forget_hint])
async def test_90_static_files_and_images_leave_it_alone(client: Client, change: Any) -> None:
    await client.post("/set?error=Required")  # so that the transport's cookie arrives
    await client.post("/flash?info=Saved")
    change(client)
    for path in ("/static/__init__.py", "/flashbag/flashbag.js", "/image"):
        destination = {"Sec-Fetch-Dest": "image" if path == "/image" else "script"}
        response = await client.get(path, headers={**FETCH, **destination})
        assert (response.status, hint_in(response)) == (200, None)
        assert response.headers.get("Cache-Control") != "no-store"


# When it is set and deleted


@encrypted
async def test_every_message_sets_it_and_it_stays_while_one_is_pending(client: Client) -> None:
    assert hint_in(await client.post("/both?info=shown")) is None  # by this response (M2)
    assert hint_in(await client.post("/flash?info=one")) == "set"
    # An overlapping response may be deleting it.
    assert hint_in(await client.post("/flash?error=two")) == "set"
    response = await client.get("/messages?only=error")
    assert (await response.json(), hint_in(response)) == (["two"], None)
    assert hint_in(await client.get("/messages")) == "deleted"


@encrypted
async def test_while_the_helper_asks_only_a_new_message_sets_it(client: Client) -> None:
    await client.post("/flash?info=Saved")
    plant_hint(client, "0")
    assert hint_in(await client.get("/plain", headers=FETCH)) is None
    response = await client.get("/messages")
    assert (await response.json(), hint_in(response)) == (["Saved"], None)
    assert hint_in(await client.post(ENDPOINT, headers=FETCH)) is None
    assert hint_in(await client.post("/flash?info=Other")) == "set"


@cookie_and_server
@pytest.mark.parametrize(
    ("path", "expected", "left"),
    [
        ("/clear", "deleted", []),
        ("/clear-and-flash", "set", ["Goodbye"]),
        ("/replace", None, ["Saved"]),
        ("/login?user=bob", None, ["Saved"]),
        ("/logout", "deleted", []),
        ("/logout-and-flash", "set", ["Goodbye"]),
    ],
)
async def test_b4_it_follows_the_messages_through_login_and_logout(
    client: Client, path: str, expected: str | None, left: list[str]
) -> None:
    await client.post("/login?user=alice")
    await client.post("/flash?info=Saved")
    assert hint_in(await client.post(path)) == expected
    assert await shown(client) == left
    response = await client.post(ENDPOINT, headers=FETCH)
    assert (response.status, NAME in cookies(client)) == (204, False)


@encrypted
async def test_b2_a_failed_response_leaves_it_alone(client: Client) -> None:
    assert hint_in(await client.post("/fail?info=Saved")) is None
    await client.post("/flash?info=Saved")
    forget_hint(client)
    assert hint_in(await client.get("/error")) is None
    assert await shown(client) == ["Saved"]
    plant_hint(client)
    assert hint_in(await client.post("/fail?info=Saved")) is None


@encrypted
@pytest.mark.parametrize("headers", [{}, {"Sec-Purpose": "prefetch"}, {"HX-Preloaded": "true"}])
async def test_b3_head_and_preloads_leave_it_alone(client: Client, headers: dict[str, str]) -> None:
    await client.post("/flash?info=Saved")
    method = "GET" if headers else "HEAD"
    assert hint_in(await client.request(method, "/messages", headers=headers)) is None
    assert await shown(client) == ["Saved"]


@pytest.mark.parametrize("storage", ["redis"], indirect=True)
async def test_b7_it_stays_while_the_storage_is_down_and_the_helper_never_loads(
    client: Client, storage: AbstractStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    loads: list[str] = []

    async def load_session(request: web.Request) -> Any:
        loads.append(request.path)
        raise ConnectionError

    await client.post("/flash?info=Saved")
    with monkeypatch.context() as patched:
        patched.setattr(storage, "load_session", load_session)
        assert hint_in(await client.get("/flashbag/flashbag.js")) is None
        assert loads == []
        assert hint_in(await client.post(ENDPOINT, headers=FETCH)) is None
    assert set(loads) == {ENDPOINT}
    assert await shown(client) == ["Saved"]


async def test_without_setup_browser_it_is_neither_set_nor_deleted(
    aiohttp_client: AiohttpClient,
) -> None:
    client = await aiohttp_client(cookie_app())
    plant_hint(client)
    assert hint_in(await client.post("/flash?info=Saved")) is None
    assert hint_in(await client.get("/messages")) is None


class BrokenTransport(CookieTransport):
    def hint_attributes(self, request: web.Request) -> str:
        raise LookupError


async def test_b7_a_hint_that_cannot_be_set_is_logged_and_costs_no_page(
    aiohttp_client: AiohttpClient, caplog: pytest.LogCaptureFixture
) -> None:
    setup_browser(app := cookie_app(transport=BrokenTransport(KEY)))
    client = await aiohttp_client(app)
    assert (await client.post("/flash?info=Saved")).status == 200
    assert "LookupError" in caplog.text
    assert await shown(client) == ["Saved"]


# Its name and attributes


class PlainTransport(CookieTransport):
    """A transport that has the attributes of every transport."""

    hint_name = Transport.hint_name
    hint_attributes = Transport.hint_attributes


SHOP: dict[str, Any] = {"path": "/x", "domain": "a.example", "secure": True, "samesite": "None"}
ON_HTTPS = {"Path=/", "SameSite=Lax", "Secure"}
IN_SHOP = {"Path=/x", "Domain=a.example", "Secure", "SameSite=None"}
HOST: dict[str, Any] = {"cookie_name": "__Host-FLASHBAG", "secure": True}


@pytest.mark.parametrize(
    ("carrier", "scheme", "name", "expected"),
    [
        (CookieTransport(KEY), "http", NAME, {"Path=/", "SameSite=Lax"}),
        (CookieTransport(KEY), "https", NAME, ON_HTTPS),
        (CookieTransport(KEY, **SHOP), "http", NAME, IN_SHOP),
        (CookieTransport(KEY, **HOST), "http", "__Host-FLASHBAG_PENDING", ON_HTTPS),
        (PlainTransport(KEY, path="/x"), "http", NAME, {"Path=/", "SameSite=Lax"}),
        (PlainTransport(KEY, path="/x"), "https", NAME, ON_HTTPS),
        (EncryptedCookieStorage(KEY), "http", NAME, {"Path=/"}),
        (EncryptedCookieStorage(KEY, **SHOP), "http", NAME, IN_SHOP),
        (EncryptedCookieStorage(KEY, max_age=60, httponly=True), "http", NAME, {"Path=/"}),
        (EncryptedCookieStorage(KEY, cookie_name="SHOP"), "http", f"{NAME}_SHOP", {"Path=/"}),
    ],
)
async def test_it_has_the_attributes_of_the_transports_cookie_but_scripts_can_read_it(
    aiohttp_client: AiohttpClient, carrier: Any, scheme: str, name: str, expected: set[str]
) -> None:
    @web.middleware
    async def proxy(request: web.Request, handler: Handler) -> web.StreamResponse:
        return await handler(request.clone(scheme=scheme))

    is_own = isinstance(carrier, CookieTransport)
    app = cookie_app(transport=carrier) if is_own else make_app(carrier)
    setup_browser(app)
    app.middlewares.insert(0, proxy)
    client = await aiohttp_client(app)
    deletes = await client.post(ENDPOINT, headers={**FETCH, "Cookie": f"{name}=1"})
    sets = await client.post("/flash?info=Saved")
    for response, age in ((deletes, "0"), (sets, "600" if is_own else "86400")):
        [line] = (x for x in response.headers.getall("Set-Cookie") if x.startswith(f"{name}="))
        assert set(line.split("; ")[1:]) == {f"Max-Age={age}", *expected}


@pytest.mark.parametrize(
    ("header", "expected"),
    [("{}=1", "deleted"), ("a=b; {}=1", "deleted"), ('a="; {}=1; b=c', "deleted")]
    + [(other, None) for other in ("X_{}=1", "{}X=1", "x={}", "x=y {}=1")],
)
async def test_it_is_found_among_other_cookies(
    aiohttp_client: AiohttpClient, caplog: pytest.LogCaptureFixture, header: str, expected: str
) -> None:
    setup_browser(app := cookie_app())
    client = await aiohttp_client(app)
    response = await client.post(ENDPOINT, headers={**FETCH, "Cookie": header.format(NAME)})
    assert (response.status, hint_in(response)) == (204, expected)
    assert caplog.messages == []  # it is not mistaken for a cookie with flashes
