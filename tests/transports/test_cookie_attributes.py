"""The attributes of own cookies: what browsers refuse is refused when the transport is made."""

from __future__ import annotations

import ssl
from functools import partial
from http.cookies import Morsel, SimpleCookie
from typing import Any

import pytest
from aiohttp import hdrs, web
from aiohttp.test_utils import make_mocked_request
from aiohttp_remotes import ForwardedRelaxed, XForwardedRelaxed
from support.apps import AiohttpClient, Handler, shown
from support.own_cookies import (
    KEY,
    cookie_app,
    cookie_client,
    each_answer,
    lines_of,
    send,
    set_by,
    stored,
)

from aiohttp_flashbag import CookieTransport, flash
from aiohttp_flashbag.parcel import Delta, Message

MESSAGES = [stored("one", made=1), stored("two", made=2)]
ATTRIBUTES = ("path", "domain", "secure", "httponly", "samesite")
http = make_mocked_request("GET", "/")
https = make_mocked_request("GET", "/", sslcontext=ssl.create_default_context())


async def cookie_for(transport: CookieTransport, request: web.Request, delta: Delta) -> Morsel[str]:
    """The one cookie by which this delta is committed."""
    (line,) = await lines_of(transport, request, delta)
    (cookie,) = SimpleCookie(line).values()
    return cookie


async def attributes(request: web.Request, **options: Any) -> dict[str, Any]:
    """What a browser is told, the same whether a cookie is added, lessened or deleted."""

    def shows(*messages: Message) -> Delta:
        return Delta(shown=frozenset(message["id"] for message in messages))

    transport = CookieTransport(KEY, **options)
    added = await cookie_for(transport, request, Delta(messages=MESSAGES))
    back = request.clone(headers={hdrs.COOKIE: f"{added.key}={added.value}"})
    lessened = await cookie_for(transport, back, shows(MESSAGES[0]))
    deleted = await cookie_for(transport, back, shows(*MESSAGES))
    assert added.key == lessened.key == deleted.key
    assert (bool(added.value), bool(lessened.value), bool(deleted.value)) == (True, True, False)
    assert (added["max-age"], lessened["max-age"], deleted["max-age"]) == ("600", "600", "0")
    told, *others = (
        {name: cookie[name] for name in ATTRIBUTES if cookie[name]}
        for cookie in (added, lessened, deleted)
    )
    assert others == [told, told]
    return told


async def test_by_default_a_cookie_is_for_the_whole_site_and_for_no_script() -> None:
    assert await attributes(http) == {"path": "/", "httponly": True, "samesite": "Lax"}


async def test_by_https_a_cookie_is_secure() -> None:
    told = await attributes(https)
    assert told == {"path": "/", "httponly": True, "samesite": "Lax", "secure": True}


async def test_secure_can_be_chosen() -> None:
    assert "secure" in await attributes(http, secure=True)
    assert "secure" not in await attributes(https, secure=False)
    assert "secure" in await attributes(http, secure="yes")  # from the environment, say


async def test_the_other_attributes_can_be_chosen() -> None:
    told = await attributes(http, path="/shop", domain="example.com", samesite="Strict")
    assert told == {
        "path": "/shop",
        "domain": "example.com",
        "httponly": True,
        "samesite": "Strict",
    }
    assert "samesite" not in await attributes(http, samesite=None)


PROXIES = [
    pytest.param(XForwardedRelaxed(), {hdrs.X_FORWARDED_PROTO: "https"}, id="X-Forwarded-Proto"),
    pytest.param(ForwardedRelaxed(), {hdrs.FORWARDED: "proto=https"}, id="Forwarded"),
]


@pytest.mark.parametrize(("remotes", "headers"), PROXIES)
@pytest.mark.parametrize(("kind", "handler"), each_answer(partial(flash, message="Saved")))
async def test_a_cookie_is_secure_where_a_proxy_says_that_the_request_came_by_https(
    aiohttp_client: AiohttpClient,
    remotes: Any,
    headers: dict[str, str],
    kind: str,
    handler: Handler,
) -> None:
    app = cookie_app(web.get("/page", handler))
    app.middlewares.insert(0, remotes.middleware)
    client = await aiohttp_client(app)
    for proxy, secure in (({}, ""), (headers, True)):
        if kind == "WebSocketResponse":
            async with client.ws_connect("/page", headers=proxy) as socket:
                (cookie,) = set_by(socket)
        else:
            (cookie,) = set_by(await client.get("/page", headers=proxy, allow_redirects=False))
        assert cookie["secure"] == secure


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"path": "/messages"},
        {"samesite": "Strict"},
        {"cookie_name": "note"},
    ],
    ids=str,
)
async def test_a_client_deletes_what_was_used_up(
    aiohttp_client: AiohttpClient, options: dict[str, Any]
) -> None:
    client = await cookie_client(aiohttp_client, transport=CookieTransport(KEY, **options))
    await send(client, "Saved")
    assert len(client.session.cookie_jar) == 1
    assert await shown(client) == ["Saved"]
    assert len(client.session.cookie_jar) == 0


@pytest.mark.parametrize("prefix", ["__Host-", "__Secure-"])
async def test_a_cookie_with_a_prefix_is_what_browsers_want_of_it(prefix: str) -> None:
    transport = CookieTransport(KEY, cookie_name=f"{prefix}flash", secure=True)
    cookie = await cookie_for(transport, http, Delta(messages=MESSAGES))
    assert cookie.key.startswith(f"{prefix}flash-")
    assert (cookie["secure"], cookie["path"], cookie["domain"]) == (True, "/", "")


REFUSED = [
    ({"cookie_name": "__Host-x"}, "cookie_name='__Host-x' wants secure=True"),
    ({"cookie_name": "__Host-x", "secure": False}, "wants secure=True"),
    ({"cookie_name": "__Secure-x"}, "cookie_name='__Secure-x' wants secure=True"),
    ({"cookie_name": "__Host-x", "secure": True, "path": "/shop"}, 'wants path="/" and no domain'),
    (
        {"cookie_name": "__Host-x", "secure": True, "domain": "example.com"},
        "cookie_name='__Host-x' wants path=\"/\" and no domain",
    ),
    ({"cookie_name": "a name"}, "cookie_name='a name' or an attribute cannot be sent"),
    ({"cookie_name": "ü"}, "cookie_name='ü' or an attribute cannot be sent"),
    ({"cookie_name": ""}, "cookie_name='' or an attribute cannot be sent"),
    ({"samesite": "Loose"}, "samesite='Loose': give 'Lax', 'Strict', 'None', or None"),
    ({"samesite": "None", "secure": False}, 'samesite="None" wants secure=True'),
    ({"max_age": 0}, "max_age is 0 seconds: it must be at least 1"),
    ({"max_bytes": -1}, "max_bytes is -1: it must be from 1 to 4096"),
]


@pytest.mark.parametrize(("options", "told"), REFUSED)
def test_what_a_browser_would_not_take_is_refused_when_made(
    options: dict[str, Any], told: str
) -> None:
    with pytest.raises(ValueError, match=r"at least|from 1|give|wants|cannot be sent") as caught:
        CookieTransport(KEY, **options)
    assert told in str(caught.value)


@pytest.mark.parametrize("samesite", ["Lax", "strict", "None", None])
def test_each_samesite_of_browsers_can_be_given(samesite: str | None) -> None:
    CookieTransport(KEY, samesite=samesite, secure=True)
