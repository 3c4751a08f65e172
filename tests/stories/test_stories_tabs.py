"""Two tabs of one browser: each gets what its own redirect has flashed (T1 to T4)."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientResponse, web
from aiohttp_session import AbstractStorage, get_session
from support.apps import (
    AiohttpClient,
    Client,
    Handler,
    Start,
    answer_of,
    cookies,
    does,
    in_sessions,
    json_page,
    logout,
    make_app,
    on_a_server,
    session_app,
    whoami,
)
from support.clock import Clock
from support.overlap import Gate
from support.services import PATIENCE
from support.tabs import NOTHING, TAB_ROUTES, Tab, all_of, give, go_on, page

from aiohttp_flashbag import (
    flash,
    flashbag_clear,
    flashbag_keep,
    flashbag_middleware,
    flashbag_peek,
    flashbag_replace_all,
    flashbag_set,
    get_flashbag,
    peek_flashed_messages,
)

SAVE_A, SAVE_B = "/save?text=A&to=/list", "/save?text=B&to=/list"
each_order = pytest.mark.parametrize("order", ["AB", "BA"])


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock.start(monkeypatch)


@pytest.fixture
async def client(start: Start) -> Client:
    return await start(*TAB_ROUTES)


@pytest.fixture
def a(client: Client) -> Tab:
    return Tab(client, "/a")


@pytest.fixture
def b(client: Client) -> Tab:
    return Tab(client, "/b")


async def arrives(tab: Tab, redirect: ClientResponse) -> Any:
    """What the tab shows after the redirect."""
    return await answer_of(await tab.follow(redirect))


async def test_t1_each_kind_is_on_the_page_to_which_the_redirect_leads(a: Tab) -> None:
    assert await a.submit(SAVE_A) == all_of("A")
    assert await a.click("/faq") == NOTHING


@pytest.mark.parametrize("go", [Tab.click, Tab.type])
async def test_t1_the_next_page_of_another_tab_neither_takes_nor_drops_it(
    a: Tab, b: Tab, go: Any
) -> None:
    redirect = await a.send("POST", SAVE_A)
    assert await go(b, "/faq") == NOTHING
    assert await go(b, "/final") == NOTHING
    assert await arrives(a, redirect) == all_of("A")
    assert await go(b, "/faq") == NOTHING


async def test_t1_what_a_page_of_another_tab_loads_neither_takes_nor_drops_it(
    a: Tab, b: Tab
) -> None:
    redirect = await a.send("POST", SAVE_A)
    for dest in ("empty", "iframe", "image", "script", "worker"):
        assert await answer_of(await b.fetch("/faq", dest=dest)) == NOTHING
    assert await arrives(a, redirect) == all_of("A")


async def test_t1_what_the_page_of_the_redirect_loads_by_a_script_sees_it(start: Start) -> None:
    client = await start(*TAB_ROUTES, web.get("/empty", does()))
    a, b = Tab(client, "/a"), Tab(client, "/b")
    await a.follow(await a.send("POST", "/save?text=A&to=/empty"))
    assert await answer_of(await b.fetch("/faq")) == NOTHING
    assert (await answer_of(await a.fetch("/faq")))["messages"] == ["A"]


async def test_t1_a_request_that_says_nothing_sees_it(client: Client, a: Tab) -> None:
    await a.send("POST", SAVE_A)
    assert await answer_of(await client.get("/faq")) == all_of("A")


async def test_t1_what_is_flashed_without_a_referer_is_for_the_next_page(a: Tab, b: Tab) -> None:
    a.page = ""
    await a.send("POST", SAVE_A)
    assert await b.click("/faq") == all_of("A")


async def test_t1_what_is_flashed_with_a_page_is_for_the_next_page(start: Start) -> None:
    client = await start(*TAB_ROUTES, web.post("/", does(give)))
    a, b = Tab(client, "/a"), Tab(client, "/b")
    await a.send("POST", "/?text=A")
    assert await b.click("/faq") == all_of("A")


@each_order
async def test_t1_two_tabs_that_send_forms_at_once_each_get_their_own(
    a: Tab, b: Tab, order: str
) -> None:
    in_a = await a.send("POST", "/save?text=A&to=/a")
    in_b = await b.send("POST", "/save?text=B&to=/b")
    for text in order:
        tab, redirect = (a, in_a) if text == "A" else (b, in_b)
        assert await arrives(tab, redirect) == all_of(text)
    assert await a.type("/faq") == NOTHING


@each_order
async def test_t3_two_tabs_that_save_back_to_one_page_each_get_their_own(
    a: Tab, b: Tab, order: str
) -> None:
    in_a, in_b = await a.send("POST", SAVE_A), await b.send("POST", SAVE_B)
    for text in order:
        tab, redirect = (a, in_a) if text == "A" else (b, in_b)
        assert await arrives(tab, redirect) == all_of(text)
    assert await a.type("/faq") == NOTHING


async def test_t3_of_three_tabs_each_gets_its_own_though_all_say_the_same(client: Client) -> None:
    tabs = [Tab(client, f"/edit/{number}") for number in range(3)]
    redirects = [await tab.send("POST", SAVE_A) for tab in tabs]
    for number in (1, 2, 0):
        assert await arrives(tabs[number], redirects[number]) == all_of("A")
    assert await tabs[0].type("/faq") == NOTHING


@pytest.mark.parametrize("storage", ["redis", "memcached", "cookies"], indirect=True)
async def test_t3_a_form_that_is_sent_while_another_is_held_leaves_each_its_own(
    start: Start,
) -> None:
    gate = Gate()

    async def slow(request: web.Request) -> web.Response:
        give(request)
        await gate.hold(request)
        return go_on(request)

    client = await start(*TAB_ROUTES, web.post("/slow", slow))
    await client.post("/login?user=alice")
    a, b = Tab(client, "/a"), Tab(client, "/b")
    task = asyncio.create_task(a.send("POST", "/slow?text=A&to=/list"))
    await asyncio.wait_for(gate.reached.wait(), PATIENCE)
    in_b = await b.send("POST", SAVE_B)
    gate.opened.set()
    in_a = await task
    assert await arrives(a, in_a) == all_of("A")
    assert await arrives(b, in_b) == all_of("B")


async def change_session(request: web.Request) -> None:
    """As a handler does that counts visits: aiohttp_session saves all of the session."""
    session = await get_session(request)
    session["visits"] = session.get("visits", 0) + 1


LOOK_AWAY = [does(), does(change_session), does(partial(flash, message="Hello"))]


@each_order
@pytest.mark.parametrize("look_away", LOOK_AWAY, ids=["nothing", "session", "flash"])
async def test_t1_who_sees_both_of_one_key_and_consumes_none_loses_none(
    start: Start, look_away: Any, order: str
) -> None:
    """Here a request that does not say where it comes from, as that of a WebSocket does not."""
    client = await start(*TAB_ROUTES, web.get("/look-away", look_away))
    a, b = Tab(client, "/a"), Tab(client, "/b")
    in_a = await a.send("POST", "/save?text=A&to=/a")
    in_b = await b.send("POST", "/save?text=B&to=/b")
    response = await client.get("/look-away", headers={"Sec-Fetch-Dest": "empty"})
    assert response.status == 200
    for text in order:
        tab, redirect = (a, in_a) if text == "A" else (b, in_b)
        seen = await arrives(tab, redirect)
        assert [seen["value"], seen["form"]] == [text, [text, text]]


async def test_v3_a_page_that_sees_both_of_one_key_drops_both(client: Client) -> None:
    """As if the later had overwritten the earlier: an old error must not turn up later."""
    a, b = Tab(client, "/a"), Tab(client, "/b")
    in_a, in_b = await a.send("POST", SAVE_A), await b.send("POST", SAVE_B)
    assert (await answer_of(await client.get("/faq")))["value"] == "B"
    assert (await arrives(a, in_a), await arrives(b, in_b)) == (NOTHING, NOTHING)


async def test_t1_what_the_tab_flashes_again_replaces_its_own(a: Tab, b: Tab) -> None:
    await a.send("POST", SAVE_A)
    in_b = await b.send("POST", "/save?text=B&to=/b")
    again = await arrives(a, await a.send("POST", "/save?text=again&to=/list"))
    assert again == all_of("again") | {"messages": ["A", "again"]}
    assert await arrives(b, in_b) == all_of("B")
    assert await a.type("/faq") == NOTHING


# T2: redirects of the addressee.


def session_cookies(client: Client) -> dict[str, str]:
    """All cookies but the notes."""
    return {name: text for name, text in cookies(client).items() if "MOVED" not in name}


async def test_t2_the_address_moves_along_with_further_redirects(a: Tab, b: Tab) -> None:
    redirect = await a.send("POST", "/save?text=A&to=/hop%3Fto=/hop%3Fto=/final")
    second = await a._ask("GET", redirect.headers["Location"])
    assert await b.click("/faq") == NOTHING
    third = await a._ask("GET", second.headers["Location"])
    assert await b.click("/hop?to=/faq") == NOTHING
    assert await arrives(a, third) == all_of("A")


async def test_t2_what_the_last_page_loads_by_a_script_sees_it(start: Start) -> None:
    client = await start(*TAB_ROUTES, web.get("/empty", does()))
    a, b = Tab(client, "/a"), Tab(client, "/b")
    await a.follow(await a.send("POST", "/save?text=A&to=/hop%3Fto=/empty"))
    assert await answer_of(await b.fetch("/faq")) == NOTHING
    assert (await answer_of(await a.fetch("/faq")))["messages"] == ["A"]


async def test_t2_the_note_lies_beside_what_is_pending_and_is_short(a: Tab) -> None:
    redirect = await a.send("POST", "/save?text=A&to=/hop%3Fto=/final")
    before = session_cookies(a.client)
    second = await a._ask("GET", redirect.headers["Location"])
    (note,) = second.cookies.values()
    assert session_cookies(a.client) == before
    assert note.key.startswith("AIOHTTP_FLASHBAG_MOVED_")
    assert note["max-age"] == "5"
    assert (note["path"], note["samesite"], note["httponly"]) == ("/", "Lax", True)
    assert note["secure"] == ""
    assert "final" not in note.OutputString()
    assert "Cache-Control" not in second.headers


async def test_t2_a_further_redirect_notes_nothing_for_who_is_not_the_addressee(
    a: Tab, b: Tab
) -> None:
    await a.send("POST", "/save?text=A&to=/hop%3Fto=/final")
    for tab in (b, Tab(a.client)):
        assert (await tab.send("GET", "/hop?to=/final")).cookies == {}
    assert (await a.fetch("/hop?to=/final")).cookies == {}
    assert (await a.send("GET", "/hop?to=https://other.example/")).cookies == {}


@pytest.mark.parametrize("way_out", [flashbag_clear, logout])
async def test_t2_what_a_logout_clears_meanwhile_does_not_come_back(
    start: Start, way_out: Any
) -> None:
    gate = Gate()

    async def slow(request: web.Request) -> web.Response:
        await gate.hold(request)
        return go_on(request)

    client = await start(
        *TAB_ROUTES, web.get("/slow", slow), web.post("/out", does(way_out, flashbag_clear))
    )
    await client.post("/login?user=alice")
    a, b = Tab(client, "/a"), Tab(client, "/b")
    redirect = await a.send("POST", "/save?text=A&to=/slow%3Fto=/final")
    task = asyncio.create_task(a._ask("GET", redirect.headers["Location"]))
    await asyncio.wait_for(gate.reached.wait(), PATIENCE)
    assert (await b.send("POST", "/out")).status == 200
    gate.opened.set()
    assert await arrives(a, await task) == NOTHING
    assert await b.type("/faq") == NOTHING


async def test_t2_the_notes_of_a_response_are_few(client: Client, a: Tab) -> None:
    for number in range(25):
        await a.send("POST", f"/save?text={number}&to=/hop%3Fto=/final")
    response = await a.send("GET", "/hop?to=/final")
    assert 0 < len(response.headers.getall("Set-Cookie")) <= 20


# What is no plain redirect.


def htmx(name: str, value: str) -> Any:
    """A handler that flashes and leaves by a header of htmx."""
    return does(give, answer=partial(web.Response, headers={name: value}))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HX-Redirect", "/list"),
        ("HX-Location", "/list"),
        ("HX-Location", '{"path": "/list", "target": "#main"}'),
    ],
)
async def test_t4_what_htmx_leads_to_gets_it(start: Start, name: str, value: str) -> None:
    client = await start(*TAB_ROUTES, web.post("/htmx", htmx(name, value)))
    a, b = Tab(client, "/a"), Tab(client, "/b")
    response = await a.fetch("/htmx?text=A", "POST", **{"HX-Request": "true"})
    assert await b.click("/faq") == NOTHING
    assert await b.type("/faq") == NOTHING
    assert response.headers[name] == value
    assert await a.click("/list") == all_of("A")


async def test_b7_an_hx_location_that_no_json_holds_is_no_500(start: Start) -> None:
    broken = '{"path": ' + "[" * 5000
    client = await start(*TAB_ROUTES, web.post("/htmx", htmx("HX-Location", broken)))
    a, b = Tab(client, "/a"), Tab(client, "/b")
    assert (await a.fetch("/htmx?text=A", "POST")).status == 200
    assert await b.click("/faq") == all_of("A")


async def test_t4_a_fetch_that_is_redirected_addresses_nothing(a: Tab, b: Tab) -> None:
    response = await a.fetch(SAVE_A, "POST")
    assert response.status == 303
    assert await b.click("/faq") == all_of("A")


@pytest.mark.parametrize("location", ["https://other.example/list", "mailto:ann@shop.example"])
async def test_t1_a_redirect_to_another_host_addresses_nothing(
    a: Tab, b: Tab, location: str
) -> None:
    await a.send("POST", f"/save?text=A&to={location}")
    assert await b.click("/faq") == all_of("A")


async def test_t1_an_absolute_location_counts_whatever_its_scheme(a: Tab, b: Tab) -> None:
    location = a.client.make_url("/list").with_scheme("https")
    await a.send("POST", f"/save?text=A&to={location}")
    assert await b.click("/faq") == NOTHING
    assert await a.click("/list") == all_of("A")


# Time.


@pytest.mark.parametrize(("age", "seen"), [(4.9, NOTHING), (5.1, all_of("A"))])
async def test_t1_where_the_redirect_is_not_followed_another_tab_shows_it_after_5_seconds(
    clock: Clock, a: Tab, b: Tab, age: float, seen: Any
) -> None:
    await a.send("POST", SAVE_A)
    clock.go_on(age)
    assert await b.click("/faq") == seen


@pytest.mark.parametrize("off", [-60, -4.8, -1, 1, 4.8, 60])
async def test_t1_a_clock_that_is_off_shows_it_earlier_or_later_and_never_loses_it(
    clock: Clock, a: Tab, b: Tab, off: float
) -> None:
    redirect = await a.send("POST", SAVE_A)
    clock.go_on(off)
    if abs(off) < 5:
        assert await b.click("/faq") == NOTHING
        assert await arrives(a, redirect) == all_of("A")
    else:
        assert await b.click("/faq") == all_of("A")


async def test_t1_a_clock_that_is_off_does_not_keep_two_tabs_from_their_own(
    clock: Clock, a: Tab, b: Tab
) -> None:
    in_a = await a.send("POST", SAVE_A)
    clock.go_on(-2)
    in_b = await b.send("POST", SAVE_B)
    clock.go_on(1)
    assert await arrives(a, in_a) == all_of("A")
    clock.go_on(-1)
    assert await arrives(b, in_b) == all_of("B")


async def test_t1_the_five_seconds_may_end_while_a_page_of_another_tab_is_made(
    start: Start, clock: Clock
) -> None:
    async def slow_page(request: web.Request) -> web.Response:
        await change_session(request)
        clock.go_on(4)
        return await page(request)

    client = await start(*TAB_ROUTES, web.get("/slow", slow_page))
    a, b = Tab(client, "/a"), Tab(client, "/b")
    in_a = await a.send("POST", SAVE_A)
    in_b = await b.send("POST", "/save?text=B&to=/slow")
    clock.go_on(2)
    assert await arrives(b, in_b) == all_of("B")
    assert await arrives(a, in_a) == all_of("A")


@on_a_server
async def test_t1_what_is_flashed_while_a_form_takes_long_is_not_overwritten(
    start: Start, clock: Clock
) -> None:
    gate = Gate()

    async def slow(request: web.Request) -> web.Response:
        await gate.hold(request)
        give(request)
        return go_on(request)

    client = await start(*TAB_ROUTES, web.post("/slow", slow))
    await client.post("/login?user=alice")
    a, b, c = Tab(client, "/a"), Tab(client, "/b"), Tab(client, "/c")
    await c.send("POST", "/save?text=C&to=/final")
    task = asyncio.create_task(b.send("POST", "/slow?text=B&to=/b"))
    await asyncio.wait_for(gate.reached.wait(), PATIENCE)
    clock.go_on(7)
    in_a = await a.send("POST", SAVE_A)
    gate.opened.set()
    in_b = await task
    assert (await arrives(a, in_a))["value"] == "A"
    assert (await arrives(b, in_b))["value"] == "B"


# What another tab does on purpose.


async def test_b4_what_another_tab_clears_is_gone(start: Start) -> None:
    client = await start(*TAB_ROUTES, web.post("/clear", does(flashbag_clear)))
    a, b = Tab(client, "/a"), Tab(client, "/b")
    redirect = await a.send("POST", SAVE_A)
    await b.send("POST", "/clear")
    assert await arrives(a, redirect) == NOTHING


async def test_b4_values_that_another_tab_replaces_are_gone(start: Start) -> None:
    replace = partial(flashbag_replace_all, value={"name": "B"})
    client = await start(*TAB_ROUTES, web.post("/replace", does(replace)))
    a, b = Tab(client, "/a"), Tab(client, "/b")
    redirect = await a.send("POST", SAVE_A)
    await b.send("POST", "/replace")
    assert await arrives(a, redirect) == NOTHING | {"messages": ["A"]}


@in_sessions
async def test_b4_a_logout_in_another_tab_leaves_nothing(client: Client, a: Tab, b: Tab) -> None:
    await client.post("/login?user=alice")
    redirect = await a.send("POST", SAVE_A)
    await b.send("POST", "/logout")
    assert await arrives(a, redirect) == NOTHING


async def test_b4_a_logout_that_clears_in_another_tab_leaves_nothing(start: Start) -> None:
    client = await start(*TAB_ROUTES, web.post("/out", does(flashbag_clear, logout)))
    await client.post("/login?user=alice")
    a, b = Tab(client, "/a"), Tab(client, "/b")
    redirect = await a.send("POST", SAVE_A)
    await b.send("POST", "/out")
    assert await arrives(a, redirect) == NOTHING


async def test_b4_a_login_in_another_tab_takes_it_along(a: Tab, b: Tab) -> None:
    redirect = await a.send("POST", SAVE_A)
    await b.send("POST", "/login?user=alice")
    assert await b.click("/faq") == NOTHING
    assert await arrives(a, redirect) == all_of("A")


async def test_b5_what_clears_what_it_passes_over_is_not_for_caches(start: Start) -> None:
    client = await start(
        *TAB_ROUTES,
        web.get("/clear", does(flashbag_clear)),
        web.get("/replace", does(partial(flashbag_replace_all, value={}))),
    )
    a, b = Tab(client, "/a"), Tab(client, "/b")
    for out in ("/replace", "/clear"):
        await a.send("POST", SAVE_A)
        assert (await b.send("GET", out)).headers["Cache-Control"] == "no-store"


async def test_b5_a_page_that_passes_it_over_may_be_cached(a: Tab, b: Tab) -> None:
    redirect = await a.send("POST", SAVE_A)
    response = await b.send("GET", "/faq")
    assert not {"Cache-Control", "Set-Cookie"} & response.headers.keys()
    assert (await a._ask("GET", redirect.headers["Location"])).headers["Cache-Control"]


async def test_v4_what_another_tab_keeps_is_its_own(start: Start) -> None:
    async def keep(request: web.Request) -> web.Response:
        flashbag_keep(request)
        return go_on(request)

    client = await start(*TAB_ROUTES, web.get("/keep", keep))
    a, b = Tab(client, "/a"), Tab(client, "/b")
    in_a = await a.send("POST", SAVE_A)
    in_b = await b.send("POST", "/save?text=B&to=/keep%3Fto=/b")
    assert await arrives(b, in_b) == all_of("B")
    assert await arrives(a, in_a) == all_of("A")


async def test_v4_keeping_the_key_of_another_tab_keeps_nothing_of_it(start: Start) -> None:
    def replace(request: web.Request) -> None:
        flashbag_replace_all(request, {})
        flashbag_keep(request, "error")

    client = await start(*TAB_ROUTES, web.post("/replace", does(replace)))
    a, b = Tab(client, "/a"), Tab(client, "/b")
    redirect = await a.send("POST", SAVE_A)
    await b.send("POST", "/replace")
    assert await arrives(a, redirect) == NOTHING | {"messages": ["A"]}


async def test_m4_what_is_passed_over_counts_as_pending(start: Start) -> None:
    client = await start(*TAB_ROUTES, max_messages=3)
    a, b = Tab(client, "/a"), Tab(client, "/b")
    for number in (1, 2):
        redirect = await a.send("POST", f"/save?text={number}&to=/list")
    in_b = await b.send("POST", "/save?text=3&to=/b")
    in_b = await b.send("POST", "/save?text=4&to=/b")
    assert (await arrives(a, redirect))["messages"] == ["2"]
    assert (await arrives(b, in_b))["messages"] == ["3", "4"]


@pytest.mark.parametrize("answer", [web.Response, partial(web.HTTPSeeOther, "/b")])
async def test_a_message_for_another_tab_is_no_duplicate(start: Start, answer: Any) -> None:
    say = partial(flash, message="A", allow_duplicate=False)
    client = await start(*TAB_ROUTES, web.post("/say", does(say, answer=answer)))
    a, b = Tab(client, "/a"), Tab(client, "/b")
    redirect = await a.send("POST", SAVE_A)
    await b.send("POST", "/say")
    await b.send("POST", "/say")
    assert (await b.click("/b"))["messages"] == ["A"]
    assert await arrives(a, redirect) == all_of("A")


async def test_m5_looking_does_not_show_what_is_passed_over(start: Start) -> None:
    async def look(request: web.Request) -> web.Response:
        bag = get_flashbag(request)
        texts = [message.message for message in peek_flashed_messages(request)]
        return json_page(
            [flashbag_peek(request, "error"), texts, len(bag), "error" in bag, repr(bag)]
        )

    client = await start(*TAB_ROUTES, web.get("/look", look))
    a, b = Tab(client, "/a"), Tab(client, "/b")
    redirect = await a.send("POST", SAVE_A)
    empty = "<Flashbag open incoming=[] outgoing=[] messages=0>"
    assert await b.click("/look") == [None, [], 0, False, empty]
    seen = await answer_of(await a.fetch("/look"))
    assert seen[:4] == ["A", ["A"], 4, True]
    assert await arrives(a, redirect) == all_of("A")


async def test_b3_a_preload_in_another_tab_misses_nothing(a: Tab, b: Tab) -> None:
    redirect = await a.send("POST", SAVE_A)
    preload = {"Sec-Purpose": "prefetch;prerender"}
    assert await b.click("/faq", **preload) == NOTHING
    assert (await b.send("GET", "/list", **preload)).status == 503
    assert await arrives(a, redirect) == all_of("A")


async def test_b2_a_failed_page_leaves_both_tabs_their_own(start: Start) -> None:
    async def fail(request: web.Request) -> web.Response:
        await page(request)
        give(request)
        return web.Response(status=500)

    client = await start(*TAB_ROUTES, web.get("/fail", fail))
    a, b = Tab(client, "/a"), Tab(client, "/b")
    in_a = await a.send("POST", SAVE_A)
    in_b = await b.send("POST", "/save?text=B&to=/fail%3Ftext=C")
    assert (await b.follow(in_b)).status == 500
    assert await arrives(a, in_a) == all_of("A")
    b.page = str(client.make_url("/b"))
    assert await b.click("/faq") == all_of("B")


async def test_b6_what_counts_is_the_redirect_that_is_really_sent(
    aiohttp_client: AiohttpClient, storage: AbstractStorage
) -> None:
    @web.middleware
    async def sends_elsewhere(request: web.Request, handler: Handler) -> web.StreamResponse:
        response = await handler(request)
        if request.path == "/save":
            response.headers["Location"] = "/final"
        return response

    app = make_app(storage, *TAB_ROUTES)
    app.middlewares.insert(0, sends_elsewhere)
    client = await aiohttp_client(app)
    await client.post("/login?user=alice")
    a, b = Tab(client, "/a"), Tab(client, "/b")
    await a.send("POST", SAVE_A)
    assert await b.click("/list") == NOTHING
    assert await b.click("/final") == all_of("A")


async def test_b1_static_files_leave_the_value_of_another_tab_alone(
    aiohttp_client: AiohttpClient, storage: AbstractStorage
) -> None:
    """Where a middleware flashes with every response, though a static route loads nothing."""

    @web.middleware
    async def flashes(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path.startswith("/static"):
            flashbag_set(request, "error", "static")
        return await handler(request)

    app = make_app(storage, *TAB_ROUTES, web.static("/static", Path(__file__).parent))
    app.middlewares.append(flashes)
    client = await aiohttp_client(app)
    a, b = Tab(client, "/a"), Tab(client, "/b")
    redirect = await a.send("POST", SAVE_A)
    assert (await b.fetch(f"/static/{Path(__file__).name}", dest="image")).status == 200
    assert (await b.click("/faq"))["value"] == "static"
    assert await arrives(a, redirect) == all_of("A")


async def test_the_flash_and_the_note_hold_nothing_of_a_url_in_clear(start: Start) -> None:
    async def session_page(request: web.Request) -> web.Response:
        return json_page(dict(await get_session(request)))

    client = await start(*TAB_ROUTES, web.get("/session", session_page))
    a = Tab(client, "/private-page")
    redirect = await a.send("POST", "/save?text=A&to=/hop%3Fto=/secret-page")
    await a._ask("GET", redirect.headers["Location"])
    lying = await (await a.fetch("/session", dest="image")).text() + str(cookies(client))
    assert not any(word in lying for word in ("private-page", "secret-page", "hop"))


async def test_b7_what_is_passed_over_makes_room_too_and_is_named_by_its_key(
    aiohttp_client: AiohttpClient,
    encrypted_storage: AbstractStorage,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def set_large(request: web.Request) -> None:
        flashbag_set(request, "error", request.query["text"] * 1500)

    async def save_large(request: web.Request) -> web.Response:
        set_large(request)
        return go_on(request)

    app = make_app(encrypted_storage, *TAB_ROUTES, web.post("/large", save_large))
    client = await aiohttp_client(app)
    await client.post("/login?user=alice")
    a, b = Tab(client, "/a"), Tab(client, "/b")
    in_a = await a.send("POST", "/large?text=A&to=/final")
    in_b = await b.send("POST", "/large?text=B&to=/list")
    [logged] = caplog.messages
    assert logged.endswith(
        "dropped from the flashbag value 'error' of 1502 bytes (the session itself is kept)"
    )
    assert await arrives(a, in_a) == NOTHING
    assert (await arrives(b, in_b))["value"] == "B" * 1500
    assert await whoami(client) == "alice"


@pytest.mark.parametrize("storage", ["cookies"], indirect=True)
async def test_b7_what_is_passed_over_makes_room_too_in_own_cookies(
    client: Client, a: Tab, b: Tab
) -> None:
    in_a = await a.send("POST", f"/save?text={'A' * 300}&to=/final")
    in_b = await b.send("POST", f"/save?text={'B' * 300}&to=/list")
    assert (await arrives(a, in_a))["form"] is None
    assert await arrives(b, in_b) == all_of("B" * 300)


@in_sessions
async def test_t2_the_middleware_by_itself_keeps_tabs_apart_too(
    aiohttp_client: AiohttpClient, storage: AbstractStorage
) -> None:
    app = session_app(storage, *TAB_ROUTES)
    app.middlewares.append(flashbag_middleware)
    client = await aiohttp_client(app)
    a, b = Tab(client, "/a"), Tab(client, "/b")
    in_a = await a.send("POST", "/save?text=A&to=/hop%3Fto=/final")
    in_b = await b.send("POST", "/save?text=B&to=/hop%3Fto=/final")
    second = await a._ask("GET", in_a.headers["Location"])
    assert await Tab(client).type("/faq") == NOTHING
    assert await arrives(a, second) == all_of("A")
    assert await arrives(b, in_b) == all_of("B")
