"""Own cookies: their names, content, attributes and age, and the options of `CookieTransport`."""

from __future__ import annotations

import json
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
from aiohttp_flashbag.flash import Address, Delta, Flash, ids, new_id
from transports.visits import (
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
OTHER_KEY = b"another sixteen and sixteen byte"
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


def test_each_response_that_adds_sets_one_cookie_with_a_random_name() -> None:
    browser = Browser()
    for _ in range(5):
        browser.flash(message("one"), message("two"), value("error"))
    assert len(browser.cookies) == 5
    assert all(re.fullmatch(r"AIOHTTP_FLASHBAG-[0-9a-f]{8}", name) for name in browser.cookies)


def test_the_content_is_encrypted_json_with_one_address_and_text_as_utf_8() -> None:
    browser, address = Browser(), Address(5, "source", "target")
    flash = Flash(new_id(), "error", "保存しました", address)
    name = browser.flash(flash)
    assert decrypted(name, browser.cookies[name]) == [
        [5, "source", "target"],
        [flash.id, "error", "保存しました"],
    ]
    assert len(browser.cookies[name]) < 160  # 190 with escapes
    assert re.fullmatch(r"A[\w-]+", browser.cookies[name])


def test_the_name_can_be_chosen() -> None:
    browser = Browser(CookieTransport(KEY, cookie_name="note"))
    browser.flash(one := message("one"), two := message("two"))
    browser.consume(one)
    assert [name.partition("-")[0] for name in browser.cookies] == ["note", "note_READ"]
    assert browser.pending == [two]
    assert browser.transport.hint_name == "note_PENDING"


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


def test_b1_a_response_that_changes_nothing_sets_no_cookie() -> None:
    browser = Browser()
    name = browser.flash(message("one"))
    browser.cookies[f"{TOMBSTONE}orphaned-12345678"] = "0"
    visit = browser.send()
    outcome = result_of(visit.commit(Delta()))
    assert (visit.lines, bool(outcome), len(outcome.after)) == ([], False, 1)
    assert name in browser.cookies


@pytest.mark.parametrize(
    ("header", "came"),
    [
        ({}, False),
        ({"AIOHTTP_SESSION": "x", "AIOHTTP_FLASHBAG_PENDING": "1"}, False),
        ({f"{PREFIX}12345678": "x"}, True),
        ({f"{TOMBSTONE}12345678-12345678": "0"}, True),
    ],
)
def test_b1_a_request_without_own_cookies_needs_no_loading(
    header: dict[str, str], came: bool
) -> None:
    store = CookieTransport(KEY).open(request_with(header))
    assert store.cookie_came is came


def test_b1_a_request_without_own_cookies_can_flash_without_loading() -> None:
    visit = Visit(CookieTransport(KEY), {"theme": "dark"})
    visit.store = visit.transport.open(visit.request)
    result_of(visit.commit(Delta(added=[message("Saved")])))
    assert len(visit.lines) == 1


def test_a_partly_consumed_cookie_gets_a_tombstone_and_is_deleted_with_it_later() -> None:
    browser = Browser()
    one, two, three = message("one"), message("two"), message("three")
    name = browser.flash(one, two, three)
    browser.consume(two)
    browser.consume(one)
    assert sorted(browser.cookies.values(), key=len)[:2] == ["1", "0"]
    assert [key[:30] for key in browser.cookies][1:] == [f"{TOMBSTONE}{name[-8:]}"] * 2
    assert browser.pending == [three]
    browser.consume(three)
    assert browser.cookies == {}


def test_77_a_response_that_reads_a_part_does_not_write_the_rest_again() -> None:
    browser = Browser()
    name = browser.flash(message("one"), form := value("form", {"account": "DE02"}))
    poll = browser.send()
    result_of(poll.commit(Delta(gone=ids(poll.pending) - {form.id})))
    browser.visit(Delta(clears=True))
    browser.receive(poll.lines)
    assert name not in browser.cookies
    assert browser.pending == []


@pytest.mark.parametrize("load", [True, False])
def test_clearing_expires_every_own_cookie_readable_or_not_loaded_or_not(load: bool) -> None:
    browser = Browser()
    browser.flash(one := message("one"), message("two"))
    browser.consume(one)
    planted = f"{PREFIX}planted1"
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
    browser = Browser(CookieTransport(KEY))
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


def test_m1_a_tombstone_lives_as_long_as_any_cookie_that_is_set_before_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock, browser = Clock.start(monkeypatch), Browser(CookieTransport(KEY, max_age=300))
    browser.flash(one := message("one"), two := message("two"))
    clock.go_on(200)
    visit = browser.send()
    result_of(visit.commit(Delta(gone={one.id})))
    [line] = visit.lines
    assert "; Max-Age=300; " in line
    browser.receive([line])
    assert browser.pending == [two]


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

    async def line(cookies: str, delta: Delta) -> str:
        came = request.clone(headers={"Cookie": cookies})
        response = web.Response()
        await transport.open(came).commit(came, response, delta)
        return response.headers["Set-Cookie"]

    new = await line("", Delta(added=[one, two]))
    pair = new.partition(";")[0]
    lines = [new, await line(pair, Delta(gone={one.id})), await line(pair, Delta(clears=True))]
    return [next(iter(SimpleCookie(each).values())) for each in lines]


async def attributes(request: web.Request, **options: Any) -> dict[str, Any]:
    """Return the attributes of all three, which are the same."""
    found = [
        {name: morsel[name] for name in ATTRIBUTES if morsel[name]}
        for morsel in await morsels(request, **options)
    ]
    assert found[1:] == found[:1] * 2
    return found[0]


async def test_by_default_cookies_are_for_the_whole_site_and_hidden_from_scripts() -> None:
    told = {"path": "/", "httponly": True, "samesite": "Lax"}
    assert await attributes(request_with({})) == told
    assert await attributes(https) == {**told, "secure": True}


async def test_the_attributes_can_be_chosen() -> None:
    http = request_with({})
    assert "secure" in await attributes(http, secure=True)
    assert "secure" not in await attributes(https, secure=False)
    assert "samesite" not in await attributes(http, samesite=None)
    options = {"path": "/shop", "domain": "example.com", "samesite": "Strict"}
    assert await attributes(http, **options) == {**options, "httponly": True}


async def test_33_a_deletion_has_the_name_and_attributes_of_its_cookie() -> None:
    new, tombstone, deletion = await morsels(https, path="/shop", domain="example.com", max_age=60)
    assert (new.key, new["max-age"], new.value != "") == (deletion.key, "60", True)
    assert (deletion.value, deletion["max-age"]) == ("", "0")
    assert (tombstone.value, tombstone["max-age"]) == ("0", "60")


@pytest.mark.parametrize("prefix", ["__Host-", "__Secure-"])
async def test_a_cookie_with_a_prefix_is_as_browsers_require_it(prefix: str) -> None:
    cookie, *_ = await morsels(request_with({}), cookie_name=f"{prefix}flash", secure=True)
    assert cookie.key.startswith(f"{prefix}flash-")
    assert (cookie["secure"], cookie["path"], cookie["domain"]) == (True, "/", "")


def test_the_hint_goes_where_the_cookies_go_and_scripts_may_read_it() -> None:
    transport = CookieTransport(KEY, path="/shop")
    assert transport.hint_attributes(request_with({})) == "; Path=/shop; SameSite=Lax"
    assert "; Secure" in transport.hint_attributes(https)
    assert "; Secure" not in CookieTransport(KEY, secure=False).hint_attributes(https)


REFUSED = [
    ({"cookie_name": "__Host-x"}, "cookie_name='__Host-x' needs secure=True"),
    ({"cookie_name": "__Host-x", "secure": False}, "needs secure=True"),
    ({"cookie_name": "__Secure-x"}, "cookie_name='__Secure-x' needs secure=True"),
    ({"cookie_name": "__Host-x", "secure": True, "path": "/shop"}, 'needs path="/" and no domain'),
    ({"cookie_name": "__Host-x", "secure": True, "domain": "a.test"}, 'path="/" and no domain'),
    ({"cookie_name": "a name"}, "cookie_name='a name' or an attribute is invalid"),
    ({"cookie_name": "ü"}, "cookie_name='ü' or an attribute is invalid"),
    ({"cookie_name": ""}, "cookie_name='' or an attribute is invalid"),
    ({"samesite": "Loose"}, "samesite='Loose' is invalid. Use 'Lax', 'Strict', 'None', or None"),
    ({"samesite": "None", "secure": False}, 'samesite="None" needs secure=True'),
    ({"max_age": 0}, "max_age must be at least 1 second, not 0"),
    ({"max_bytes": 0}, "max_bytes must be from 1 to 3000, not 0"),
    ({"max_bytes": 3001}, "max_bytes must be from 1 to 3000, not 3001"),
]


@pytest.mark.parametrize(("options", "error"), REFUSED, ids=lambda found: str(found)[:50])
def test_options_that_browsers_or_proxies_reject_are_refused_at_the_start(
    options: dict[str, Any], error: str
) -> None:
    with pytest.raises(ValueError, match=re.escape(error)):
        CookieTransport(KEY, **options)


@pytest.mark.parametrize("samesite", ["Lax", "strict", "None", None])
def test_each_samesite_of_browsers_is_accepted(samesite: str | None) -> None:
    CookieTransport(KEY, samesite=samesite, secure=True)


@pytest.mark.parametrize("max_bytes", [1, 3000])
def test_max_bytes_has_limits(max_bytes: int) -> None:
    assert CookieTransport(KEY, max_bytes=max_bytes).max_bytes == max_bytes


def test_json_is_the_default_for_copies() -> None:
    copies = CookieTransport(KEY).copies
    assert copies.copy("value", {1: ("é",)}) == {"1": ["é"]}
    assert json.dumps(copies.copy("value", "é")) == '"\\u00e9"'
