"""Two tabs of one browser: each reads the flashes of its own redirect (T1 to T4)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, TypeAlias

import pytest
from aiohttp import ClientResponse, web
from aiohttp.typedefs import Handler
from aiohttp_session import AbstractStorage, get_session
from support.apps import (
    AiohttpClient,
    Start,
    answer_of,
    cookies,
    does,
    in_sessions,
    login,
    make_app,
    session_app,
    whoami,
)
from support.clock import Clock
from support.overlap import FETCH, Gate
from support.services import PATIENCE
from support.tabs import NOTHING, TAB_ROUTES, Tab, all_of, give, go_on, page
from yarl import URL

from aiohttp_flashbag import (
    flash,
    flashbag_clear,
    flashbag_keep,
    flashbag_middleware,
    flashbag_replace_all,
    flashbag_set,
)

OpenTabs: TypeAlias = Callable[..., Awaitable[tuple[Tab, Tab]]]
SAVE_A, SAVE_B = "/save?text=A&to=/list", "/save?text=B&to=/list"
A = all_of("A")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock.start(monkeypatch)


@pytest.fixture
def open_tabs(start: Start) -> OpenTabs:
    """Start an application with these routes too, and open two tabs at two of its pages."""

    async def open_two(*routes: web.AbstractRouteDef, **setup_options: Any) -> tuple[Tab, Tab]:
        client = await start(*TAB_ROUTES, *routes, **setup_options)
        await client.post("/login?user=alice")
        return Tab(client, "/a"), Tab(client, "/b")

    return open_two


async def held(gate: Gate, request: Awaitable[ClientResponse]) -> asyncio.Task[ClientResponse]:
    """Send a request, and return when the gate holds it in its handler."""
    task = asyncio.ensure_future(request)
    await asyncio.wait_for(gate.reached.wait(), PATIENCE)
    return task


# T1 and T4: a redirect addresses its flashes to a page.


async def load(tab: Tab, dest: str) -> Any:
    return await answer_of(await tab.fetch("/faq", dest=dest))


async def load_silently(tab: Tab) -> Any:
    """Send a request that does not say where it comes from."""
    return await answer_of(await tab.client.get("/faq"))


@pytest.mark.parametrize(
    ("look", "seen"),
    [
        pytest.param(lambda a, b: b.click("/faq"), NOTHING, id="link in another tab"),
        pytest.param(lambda a, b: b.type("/faq"), NOTHING, id="typed address"),
        pytest.param(lambda a, b: load(b, "empty"), NOTHING, id="fetch of another tab"),
        pytest.param(lambda a, b: load(b, "iframe"), NOTHING, id="frame of another tab"),
        pytest.param(lambda a, b: load(b, "image"), NOTHING, id="image of another tab"),
        pytest.param(lambda a, b: b.click("/list"), A, id="link to the same page"),
        pytest.param(lambda a, b: load(a, "empty"), A, id="fetch of the page that sent the form"),
        pytest.param(lambda a, b: load_silently(a), A, id="request that says nothing"),
        pytest.param(lambda a, b: load(Tab(a.client), "iframe"), NOTHING, id="frame without page"),
    ],
)
async def test_t1_requests_that_visibly_come_from_elsewhere_ignore_a_flash(
    open_tabs: OpenTabs, look: Callable[[Tab, Tab], Awaitable[Any]], seen: Any
) -> None:
    a, b = await open_tabs()
    redirect = await a.send("POST", SAVE_A)
    assert await look(a, b) == seen
    assert await a.arrive(redirect) == (A if seen == NOTHING else NOTHING)
    assert await a.click("/faq") == await b.click("/faq") == NOTHING


async def leave(request: web.Request) -> web.Response:
    """Flash, and send the header that the query string names."""
    give(request)
    name, value = request.query["name"], request.query["value"]
    return web.Response(status=303 if name == "Location" else 200, headers={name: value})


@pytest.mark.parametrize(
    ("by", "name", "value", "is_addressed"),
    [
        ("link", "Location", "/list", True),
        ("link", "Location", "https://{host}/list", True),
        ("link", "Location", "https://other.example/list", False),
        ("link", "Location", "mailto:ann@shop.example", False),
        ("link", "Content-Language", "en", False),
        ("typed address", "Location", "/list", False),
        ("fetch", "Location", "/list", False),
        ("fetch", "HX-Redirect", "/list", True),
        ("fetch", "HX-Location", "/list", True),
        ("fetch", "HX-Location", '{"path": "/list", "target": "#main"}', True),
        ("fetch", "HX-Location", '{"path": [', False),
    ],
)
async def test_t1_t4_only_a_redirect_to_a_page_of_this_host_addresses_a_flash(
    open_tabs: OpenTabs, by: str, name: str, value: str, is_addressed: bool
) -> None:
    a, b = await open_tabs(web.get("/leave", leave))
    if by == "typed address":
        a.page = ""
    host = a.client.make_url("/").authority
    query = {"text": "A", "name": name, "value": value.replace("{host}", host)}
    path = str(URL("/leave").with_query(query))
    response = await (a.fetch(path) if by == "fetch" else a.send("GET", path))
    assert response.status < 400
    assert await b.click("/faq") == (NOTHING if is_addressed else A)
    assert await a.click("/list") == (A if is_addressed else NOTHING)


@pytest.mark.parametrize("to", ["/empty", "/hop%3Fto=/empty"])
async def test_t1_t2_a_script_of_the_page_where_the_redirect_ends_reads_it(
    open_tabs: OpenTabs, to: str
) -> None:
    a, b = await open_tabs(web.get("/empty", does()))
    await a.follow(await a.send("POST", f"/save?text=A&to={to}"))
    assert await load(b, "empty") == NOTHING
    assert (await load(a, "empty"))["messages"] == ["A"]


# T3: several tabs at once.


@pytest.mark.parametrize("order", ["AB", "BA"])
@pytest.mark.parametrize("targets", [("/a", "/b"), ("/list", "/list")])
async def test_t3_two_tabs_that_send_forms_at_once_read_their_own(
    open_tabs: OpenTabs, targets: tuple[str, str], order: str
) -> None:
    tabs = dict(zip("AB", await open_tabs(), strict=True))
    redirects = {
        text: await tab.send("POST", f"/save?text={text}&to={to}")
        for (text, tab), to in zip(tabs.items(), targets, strict=True)
    }
    for text in order:
        assert await tabs[text].arrive(redirects[text]) == all_of(text)
    assert await tabs["A"].type("/faq") == NOTHING


@pytest.mark.parametrize("storage", ["redis", "cookies", "tickets"], indirect=True)
async def test_t3_a_form_that_is_sent_during_a_slow_one_replaces_nothing(
    open_tabs: OpenTabs,
) -> None:
    gate = Gate()
    slow = does(give, gate.hold, answer=partial(web.HTTPSeeOther, "/list"))
    a, b = await open_tabs(web.post("/slow", slow))
    task = await held(gate, a.send("POST", "/slow?text=A"))
    in_b = await b.send("POST", SAVE_B)
    gate.opened.set()
    assert await a.arrive(await task) == A
    assert await b.arrive(in_b) == all_of("B")


async def change_session(request: web.Request) -> None:
    """Make aiohttp_session save the whole session."""
    session = await get_session(request)
    session["visits"] = session.get("visits", 0) + 1


@pytest.mark.parametrize("action", [change_session, partial(flash, message="Hello")])
async def test_t1_a_request_that_sees_two_values_of_one_key_and_reads_none_drops_none(
    open_tabs: OpenTabs, action: Any
) -> None:
    """This request does not say where it comes from, like the handshake of a websocket."""
    a, b = await open_tabs(web.get("/look-away", does(action)))
    in_a, in_b = await a.send("POST", SAVE_A), await b.send("POST", SAVE_B)
    assert (await a.client.get("/look-away", headers=FETCH)).status == 200
    for tab, redirect, text in ((a, in_a, "A"), (b, in_b, "B")):
        seen = await tab.arrive(redirect)
        assert [seen["value"], seen["form"]] == [text, [text, text]]


async def test_v2_a_page_that_sees_two_values_of_one_key_reads_the_newest_and_consumes_both(
    open_tabs: OpenTabs,
) -> None:
    a, b = await open_tabs()
    in_a, in_b = await a.send("POST", SAVE_A), await b.send("POST", SAVE_B)
    assert (await answer_of(await a.client.get("/faq")))["value"] == "B"
    assert await a.arrive(in_a) == await b.arrive(in_b) == NOTHING


async def test_v2_the_later_value_is_the_newest_although_the_clock_goes_back(
    open_tabs: OpenTabs, clock: Clock
) -> None:
    """The tab that sets it does not see the earlier one."""
    a, b = await open_tabs()
    await a.send("POST", SAVE_A)
    clock.go_on(-3)
    await b.send("POST", SAVE_B)
    assert (await answer_of(await a.client.get("/faq")))["value"] == "B"


async def test_t1_a_tab_replaces_its_own_values_and_no_others(open_tabs: OpenTabs) -> None:
    a, b = await open_tabs()
    await a.send("POST", SAVE_A)
    in_b = await b.send("POST", "/save?text=B&to=/b")
    assert await a.submit("/save?text=new&to=/list") == all_of("new") | {"messages": ["A", "new"]}
    assert await b.arrive(in_b) == all_of("B")
    assert await a.type("/faq") == NOTHING


# T2: the addressee is redirected again.


async def test_t2_the_address_moves_along_with_further_redirects(open_tabs: OpenTabs) -> None:
    a, b = await open_tabs()
    redirect = await a.send("POST", "/save?text=A&to=/hop%3Fto=/hop%3Fto=/final")
    second = await a.hop(redirect)
    assert await b.click("/faq") == NOTHING
    third = await a.hop(second)
    assert await b.click("/hop?to=/faq") == NOTHING
    assert await a.arrive(third) == A


async def test_t2_the_note_is_a_short_cookie_and_pending_flashes_stay_as_they_are(
    open_tabs: OpenTabs,
) -> None:
    a, _ = await open_tabs()
    redirect = await a.send("POST", "/save?text=A&to=/hop%3Fto=/final")
    before = cookies(a.client)
    second = await a.hop(redirect)
    (note,) = second.cookies.values()
    assert cookies(a.client) == before | {note.key: note.value}
    assert note["max-age"] == "5"
    assert (note["path"], note["samesite"], note["httponly"]) == ("/", "Lax", True)
    assert note["secure"] == ""
    assert "final" not in note.OutputString()
    assert "Cache-Control" not in second.headers


@pytest.mark.parametrize(
    ("status", "headers"), [(301, {}), (308, {}), (302, {"Cache-Control": "public, max-age=60"})]
)
async def test_b5_a_note_does_not_get_into_a_shared_cache(
    open_tabs: OpenTabs, status: int, headers: dict[str, str]
) -> None:
    async def moved(request: web.Request) -> web.Response:
        return web.Response(status=status, headers={"Location": "/final", **headers})

    a, b = await open_tabs(web.get("/moved", moved))
    redirect = await a.send("POST", "/save?text=A&to=/moved")
    assert (await a.hop(redirect)).headers["Cache-Control"] == "no-store"
    other = await b.send("GET", "/moved")
    assert other.headers.get("Cache-Control") == headers.get("Cache-Control")


async def test_t2_only_the_addressee_gets_a_note(open_tabs: OpenTabs) -> None:
    a, b = await open_tabs()
    await a.send("POST", "/save?text=A&to=/hop%3Fto=/final")
    for tab in (b, Tab(a.client)):
        assert (await tab.send("GET", "/hop?to=/final")).cookies == {}
    assert (await a.fetch("/hop?to=/final")).cookies == {}
    assert (await a.send("GET", "/hop?to=https://other.example/")).cookies == {}


async def test_t2_a_response_carries_few_notes(open_tabs: OpenTabs) -> None:
    a, _ = await open_tabs()
    for number in range(25):
        await a.send("POST", f"/save?text={number}&to=/hop%3Fto=/final")
    response = await a.send("GET", "/hop?to=/final")
    assert 0 < len(response.headers.getall("Set-Cookie")) <= 20


async def test_t2_flashes_that_were_cleared_during_a_redirect_do_not_return(
    open_tabs: OpenTabs,
) -> None:
    gate = Gate()
    slow = does(gate.hold, answer=partial(web.HTTPFound, "/final"))
    a, b = await open_tabs(web.get("/slow", slow), web.post("/clear", does(flashbag_clear)))
    redirect = await a.send("POST", "/save?text=A&to=/slow")
    task = await held(gate, a.hop(redirect))
    assert (await b.send("POST", "/clear")).status == 200
    gate.opened.set()
    assert await a.arrive(await task) == NOTHING
    assert await b.type("/faq") == NOTHING


@in_sessions
async def test_t1_t2_the_middleware_of_0_0_3_keeps_tabs_apart_too(
    aiohttp_client: AiohttpClient, storage: AbstractStorage
) -> None:
    app = session_app(storage, *TAB_ROUTES)
    app.middlewares.append(flashbag_middleware)
    client = await aiohttp_client(app)
    a, b = Tab(client, "/a"), Tab(client, "/b")
    in_a = await a.send("POST", "/save?text=A&to=/hop%3Fto=/final")
    in_b = await b.send("POST", "/save?text=B&to=/hop%3Fto=/final")
    second = await a.hop(in_a)
    assert await Tab(client).type("/faq") == NOTHING
    assert await a.arrive(second) == A
    assert await b.arrive(in_b) == all_of("B")


# Time.


@pytest.mark.parametrize(
    ("seconds", "seen"), [(-60, A), (-4.8, NOTHING), (4.9, NOTHING), (5.1, A), (60, A)]
)
async def test_t1_an_address_holds_for_5_seconds_and_a_wrong_clock_loses_nothing(
    open_tabs: OpenTabs, clock: Clock, seconds: float, seen: Any
) -> None:
    a, b = await open_tabs()
    redirect = await a.send("POST", SAVE_A)
    clock.go_on(seconds)
    assert await b.click("/faq") == seen
    assert await a.arrive(redirect) == (A if seen == NOTHING else NOTHING)


# Requests of another tab: only clearing reaches the flashes that they cannot see.


@pytest.mark.parametrize(
    ("action", "seen"),
    [
        pytest.param(flashbag_clear, NOTHING, id="clear"),
        pytest.param(partial(flashbag_replace_all, value={"name": "B"}), A, id="replace all"),
        pytest.param(flashbag_keep, A, id="keep"),
        pytest.param(login, A, id="login"),
    ],
)
async def test_b4_another_tab_can_clear_flashes_that_it_cannot_see_but_not_replace_them(
    open_tabs: OpenTabs, action: Any, seen: Any
) -> None:
    a, b = await open_tabs(web.post("/do", does(action)))
    redirect = await a.send("POST", SAVE_A)
    response = await b.send("POST", "/do?user=alice")
    assert response.status == 200
    assert action is not flashbag_clear or response.headers["Cache-Control"] == "no-store"
    assert await a.arrive(redirect) == seen


@in_sessions
async def test_b4_a_logout_in_another_tab_drops_it_with_the_session(open_tabs: OpenTabs) -> None:
    a, b = await open_tabs()
    redirect = await a.send("POST", SAVE_A)
    await b.send("POST", "/logout")
    assert await a.arrive(redirect) == NOTHING


async def test_b5_a_page_that_ignores_a_flash_may_be_cached(open_tabs: OpenTabs) -> None:
    a, b = await open_tabs()
    redirect = await a.send("POST", SAVE_A)
    response = await b.send("GET", "/faq")
    assert not {"Cache-Control", "Set-Cookie"} & response.headers.keys()
    assert (await a.hop(redirect)).headers["Cache-Control"] == "no-store"


async def test_m4_messages_of_other_tabs_count_as_pending(open_tabs: OpenTabs) -> None:
    a, b = await open_tabs(max_messages=3)
    for number in (1, 2):
        redirect = await a.send("POST", f"/save?text={number}&to=/list")
    await b.send("POST", "/save?text=3&to=/b")
    in_b = await b.send("POST", "/save?text=4&to=/b")
    assert (await a.arrive(redirect))["messages"] == ["2"]
    assert (await b.arrive(in_b))["messages"] == ["3", "4"]


async def test_a_message_of_another_tab_does_not_count_as_a_duplicate(
    open_tabs: OpenTabs,
) -> None:
    say = partial(flash, message="A", allow_duplicate=False)
    a, b = await open_tabs(web.post("/say", does(say, answer=partial(web.HTTPSeeOther, "/b"))))
    redirect = await a.send("POST", SAVE_A)
    await b.send("POST", "/say")
    await b.send("POST", "/say")
    assert (await b.click("/b"))["messages"] == ["A"]
    assert await a.arrive(redirect) == A


async def test_b3_a_preload_in_another_tab_misses_nothing(open_tabs: OpenTabs) -> None:
    a, b = await open_tabs()
    redirect = await a.send("POST", SAVE_A)
    preload = {"Sec-Purpose": "prefetch;prerender"}
    assert await b.click("/faq", **preload) == NOTHING
    assert (await b.send("GET", "/list", **preload)).status == 503
    assert await a.arrive(redirect) == A


async def test_b2_a_failed_page_leaves_the_flashes_of_both_tabs(open_tabs: OpenTabs) -> None:
    error = partial(web.Response, status=500, headers={"HX-Redirect": "/final"})
    fail = does(page, give, answer=error)
    a, b = await open_tabs(web.get("/fail", fail))
    in_a = await a.send("POST", SAVE_A)
    in_b = await b.send("POST", "/save?text=B&to=/fail%3Ftext=C")
    response = await b.follow(in_b)
    assert (response.status, len(response.cookies)) == (500, 0)  # no note (T2)
    assert await a.arrive(in_a) == A
    b.page = str(b.client.make_url("/b"))
    assert await b.click("/faq") == all_of("B")


async def test_b6_the_redirect_that_is_really_sent_counts(
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
    assert await b.click("/final") == A


@pytest.mark.parametrize("storage", ["encrypted", "cookies"], indirect=True)
async def test_b7_where_cookies_are_full_the_oldest_value_is_dropped_whatever_its_tab(
    open_tabs: OpenTabs, caplog: pytest.LogCaptureFixture
) -> None:
    async def save_large(request: web.Request) -> web.Response:
        flashbag_set(request, "error", request.query["text"] * 1500)
        return go_on(request)

    a, b = await open_tabs(web.post("/large", save_large))
    in_a = await a.send("POST", "/large?text=A&to=/final")
    in_b = await b.send("POST", "/large?text=B&to=/list")
    assert len(caplog.records) == 1
    assert await a.arrive(in_a) == NOTHING
    assert (await b.arrive(in_b))["value"] == "B" * 1500
    assert await whoami(a.client) == "alice"
