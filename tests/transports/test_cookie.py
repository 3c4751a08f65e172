"""Own cookies: their names, content, attributes and age, and the options of `CookieTransport`."""

from __future__ import annotations

import re
import ssl
from http.cookies import Morsel, SimpleCookie
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request
from aiohttp.typedefs import Handler
from hypothesis import given
from hypothesis import strategies as st
from rules.random_flashes import addresses, flashes, lists_of, repeatable
from support.apps import AiohttpClient
from support.clock import Clock
from support.own_cookies import KEY, PREFIX, cookie_app, header

from aiohttp_flashbag import CookieTransport, flashbag_clear
from aiohttp_flashbag.flash import Address, Delta, Flash, new_id
from transports.visits import (
    OTHER_KEY,
    TOMBSTONE,
    Browser,
    Visit,
    decrypted,
    encrypted,
    message,
    request_with,
    result_of,
    value,
)

ATTRIBUTES = ("path", "domain", "secure", "httponly", "samesite")
http = request_with({})
https = make_mocked_request("GET", "/", sslcontext=ssl.create_default_context())


@repeatable
@given(lists_of(flashes, min_size=1), st.none() | addresses)
def test_any_flashes_of_one_response_are_the_same_on_the_next_request(
    new: list[Flash], address: Address | None
) -> None:
    """They have one address, because they belong to one redirect."""
    browser = Browser(CookieTransport(KEY, max_age=2**40, max_bytes=3000))
    new = [Flash(flash.id, flash.key, flash.content, address) for flash in new]
    outcome = browser.visit(Delta(added=new))
    assert browser.pending == outcome.after
    assert outcome.after == new or outcome.dropped


def test_the_content_is_encrypted_json_with_one_address_and_text_as_utf_8() -> None:
    browser, address = Browser(), Address(5, "source", "target")
    flash = Flash(new_id(), "error", "保存しました", address)
    name = browser.flash(flash)
    content = decrypted(name, browser.cookies[name])
    assert content == [[5, "source", "target"], [flash.id, "error", "保存しました"]]
    assert len(browser.cookies[name]) < 160  # 190 with escapes
    assert re.fullmatch(r"A[\w-]+", browser.cookies[name])


def test_each_response_that_adds_sets_one_cookie_with_a_random_name() -> None:
    browser = Browser(CookieTransport(KEY, cookie_name="note"))
    for _ in range(5):
        browser.flash(one := message("one"), message("two"), value("error"))
    assert len(browser.cookies) == 5
    assert all(re.fullmatch(r"note-[0-9a-f]{8}", name) for name in browser.cookies)
    browser.consume(one)
    assert re.fullmatch(r"note_READ-[0-9a-f]{8}-[0-9a-f]{8}", list(browser.cookies)[-1])
    request = make_mocked_request("GET", "/")
    assert browser.transport.hint_name(request) == "note_PENDING"


def test_values_go_through_other_dumps_and_loads() -> None:
    def loads(text: str) -> Any:
        return eval(text)

    browser = Browser(CookieTransport(KEY, dumps=repr, loads=loads))
    browser.flash(pair := value("pair", (1, 2)))
    assert browser.pending == [pair]
    assert browser.send().store.copies.copy("value", {1: (2,)}) == {1: (2,)}


def test_of_several_keys_the_first_encrypts_and_all_decrypt() -> None:
    old, new = Browser(), Browser(CookieTransport([OTHER_KEY, KEY]))
    old.flash(first := message("by the old machine"))
    new.cookies = dict(old.cookies)
    name = new.flash(second := message("by the new machine"))
    assert new.pending == [first, second]
    old.cookies = dict(new.cookies)
    assert old.pending == [first]
    old.consume(first)
    assert list(old.cookies) == [name]  # it waits for a machine that has the key


def test_m3_flashes_have_the_order_of_their_creation_whatever_the_order_of_the_cookies() -> None:
    browser = Browser()
    late = browser.send()
    first = message("first")
    browser.flash(second := message("second"), third := message("third"))
    result_of(late.commit(Delta(added=[first])))
    browser.receive(late.lines)
    browser.cookies = dict(sorted(browser.cookies.items(), reverse=True))
    assert browser.pending == [first, second, third]


@pytest.mark.parametrize(
    ("names", "came"),
    [
        ([], False),
        (["AIOHTTP_SESSION", "AIOHTTP_FLASHBAG_PENDING"], False),
        ([f"{PREFIX}12345678"], True),
        ([f"{TOMBSTONE}12345678-12345678"], True),
    ],
)
def test_b1_a_request_without_own_cookies_needs_no_loading_to_flash(
    names: list[str], came: bool
) -> None:
    visit = Visit(CookieTransport(KEY), dict.fromkeys(names, "0"))
    visit.store = visit.transport.open(visit.request)
    assert visit.store.may_hold_flashes is came
    result_of(visit.commit(Delta()))
    assert visit.lines == []
    result_of(visit.commit(Delta(added=[message("Saved")])))
    assert visit.lines[0].startswith(PREFIX)


def test_a_partly_consumed_cookie_gets_tombstones_and_is_deleted_with_them_later() -> None:
    browser = Browser()
    one, two, three = message("one"), message("two"), message("three")
    name = browser.flash(one, two, three)
    browser.consume(two)
    browser.consume(one)
    assert list(browser.cookies.values())[1:] == ["1", "0"]
    assert [key[:30] for key in browser.cookies][1:] == [f"{TOMBSTONE}{name[-8:]}"] * 2
    assert browser.pending == [three]
    browser.consume(three)
    assert browser.cookies == {}


@pytest.mark.parametrize("load", [True, False])
def test_clearing_expires_every_own_cookie_readable_or_not_loaded_or_not(load: bool) -> None:
    browser, planted = Browser(), f"{PREFIX}planted1"
    browser.flash(one := message("one"), message("two"))
    browser.consume(one)
    browser.cookies |= {planted: encrypted(planted, [], OTHER_KEY), "theme": "dark"}
    visit = Visit(browser.transport, browser.cookies)
    visit.store = browser.transport.open(visit.request)
    if load:
        result_of(visit.load())
    result_of(visit.commit(Delta(clears=True)))
    browser.receive(visit.lines)
    assert browser.cookies == {"theme": "dark"}


async def test_clearing_expires_the_cookies_of_a_static_route(
    aiohttp_client: AiohttpClient, tmp_path: Path
) -> None:
    @web.middleware
    async def log_out(request: web.Request, handler: Handler) -> web.StreamResponse:
        response = await handler(request)
        flashbag_clear(request)
        return response

    (tmp_path / "bye.html").write_text("Bye")
    app = cookie_app(web.static("/static", tmp_path))
    app.middlewares.insert(0, log_out)
    client = await aiohttp_client(app)
    browser = Browser()
    browser.flash(message("Saved"))
    browser.cookies[f"{PREFIX}planted1"] = "x"
    response = await client.get("/static/bye.html", headers=header(browser.cookies.items()))
    assert response.status == 200
    browser.receive(response.headers.getall("Set-Cookie"))
    assert browser.cookies == {}


@pytest.mark.parametrize(("age", "count"), [(599, 1), (601, 0)])
def test_m1_flashes_expire_although_the_browser_still_sends_them(
    monkeypatch: pytest.MonkeyPatch, age: int, count: int
) -> None:
    clock, browser = Clock.start(monkeypatch), Browser()
    browser.flash(old := message("old"))
    clock.go_on(age)
    assert len(browser.pending) == count
    outcome = browser.visit(Delta(added=[new := message("new")]))
    assert browser.pending == outcome.after == [old, new][1 - count :]
    assert len(browser.cookies) == len(outcome.after)
    assert outcome.dropped == ({} if count else {old.id: "expired"})


@pytest.mark.parametrize("ahead", [90, 3600])
def test_65_a_flash_of_a_machine_whose_clock_is_ahead_is_young(
    monkeypatch: pytest.MonkeyPatch, ahead: int
) -> None:
    clock, browser = Clock.start(monkeypatch), Browser()
    browser.flash(saved := message("Saved"))
    clock.go_on(-ahead)
    assert browser.pending == [saved]


async def morsels(request: web.Request, **options: Any) -> list[Morsel[str]]:
    """Return a new cookie, a tombstone and a deletion."""
    transport = CookieTransport(KEY, **options)
    one, two = message("one"), message("two")

    async def morsel(pair: str, delta: Delta) -> Morsel[str]:
        carrying = request.clone(headers={"Cookie": pair})
        response = web.Response()
        await transport.open(carrying).commit(carrying, response, delta)
        return next(iter(SimpleCookie(response.headers["Set-Cookie"]).values()))

    new = await morsel("", Delta(added=[one, two]))
    pair = f"{new.key}={new.value}"
    return [new, await morsel(pair, Delta(gone={one.id})), await morsel(pair, Delta(clears=True))]


async def attributes(request: web.Request, **options: Any) -> dict[str, Any]:
    """Return the attributes that a new cookie, a tombstone and a deletion have in common."""
    new, *others = (
        {name: morsel[name] for name in ATTRIBUTES if morsel[name]}
        for morsel in await morsels(request, **options)
    )
    assert others == [new, new]
    return new


async def test_by_default_cookies_are_for_the_whole_site_and_hidden_from_scripts() -> None:
    default = {"path": "/", "httponly": True, "samesite": "Lax"}
    assert await attributes(http) == default
    assert await attributes(https) == {**default, "secure": True}


async def test_the_attributes_can_be_chosen() -> None:
    assert "secure" in await attributes(http, secure=True)
    assert "secure" not in await attributes(https, secure=False)
    assert "samesite" not in await attributes(http, samesite=None)
    options = {"path": "/shop", "domain": "example.com", "samesite": "Strict"}
    assert await attributes(http, **options) == {**options, "httponly": True}
    prefixed = {"cookie_name": "__Host-flash", "secure": True}
    assert (await attributes(http, **prefixed))["path"] == "/"
    assert (await morsels(http, **prefixed))[0].key.startswith("__Host-flash-")


async def test_33_a_deletion_has_the_name_of_its_cookie_and_a_tombstone_the_full_age() -> None:
    for options, age in (({}, "600"), ({"max_age": 60}, "60")):
        new, tombstone, deletion = await morsels(https, **options)
        assert (new["max-age"], tombstone["max-age"], deletion["max-age"]) == (age, age, "0")
    assert new.key == deletion.key
    assert (tombstone.value, deletion.value) == ("0", "")


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_cookies_are_secure_if_a_proxy_says_that_the_request_came_over_https(
    aiohttp_client: AiohttpClient, scheme: str
) -> None:
    @web.middleware
    async def trust_proxy(request: web.Request, handler: Handler) -> web.StreamResponse:
        return await handler(request.clone(scheme=scheme))  # as aiohttp_remotes does

    app = cookie_app()
    app.middlewares.insert(0, trust_proxy)
    client = await aiohttp_client(app)
    response = await client.post("/flash?info=Saved")
    assert ("; Secure" in response.headers["Set-Cookie"]) is (scheme == "https")


def test_the_hint_goes_where_the_cookies_go_and_scripts_may_read_it() -> None:
    transport = CookieTransport(KEY, path="/shop")
    assert transport.hint_attributes(http) == "; Path=/shop; SameSite=Lax"
    assert "; Secure" in transport.hint_attributes(https)
    assert "; Secure" not in CookieTransport(KEY, secure=False).hint_attributes(https)


REFUSED = [
    ({"cookie_name": "__Host-x"}, "cookie_name='__Host-x' needs secure=True"),
    ({"cookie_name": "__Secure-x", "secure": False}, "cookie_name='__Secure-x' needs secure=True"),
    ({"cookie_name": "__Host-x", "secure": True, "path": "/shop"}, 'needs path="/" and no domain'),
    ({"cookie_name": "__Host-x", "secure": True, "domain": "a.test"}, 'path="/" and no domain'),
    ({"cookie_name": "a name"}, "cookie_name='a name' or an attribute is invalid"),
    ({"cookie_name": "ü"}, "cookie_name='ü' or an attribute is invalid"),
    ({"samesite": "Loose"}, "samesite='Loose' is invalid. Use 'Lax', 'Strict', 'None', or None"),
    ({"samesite": "None", "secure": False}, 'samesite="None" needs secure=True'),
    ({"max_age": 0}, "max_age must be at least 1, not 0"),
    ({"max_bytes": 0}, "max_bytes must be at least 1, not 0"),
    ({"max_bytes": 3001}, "max_bytes must be at most 3000, not 3001"),
]


@pytest.mark.parametrize(("options", "error"), REFUSED, ids=lambda found: str(found)[:50])
def test_options_that_browsers_or_proxies_reject_are_refused_at_the_start(
    options: dict[str, Any], error: str
) -> None:
    with pytest.raises(ValueError, match=re.escape(error)):
        CookieTransport(KEY, **options)


@pytest.mark.parametrize(
    "options",
    [
        *({"samesite": "strict"}, {"samesite": "None"}, {"samesite": "None", "secure": True}),
        {"max_bytes": 1, "max_age": 1},
    ],
)
def test_other_options_are_accepted(options: dict[str, Any]) -> None:
    CookieTransport(KEY, **options)
