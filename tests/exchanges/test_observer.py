"""The observer is told what became of each flash, once, when the response is committed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, replace
from functools import partial
from typing import Any

import pytest
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from aiohttp_session import AbstractStorage, get_session
from support.apps import (
    Action,
    AiohttpClient,
    Start,
    does,
    flash_messages,
    in_sessions,
    logout,
    on_a_server,
    shown,
    transport_beside,
)
from support.behind import client_behind, count, each_transport, outside
from support.clock import Clock
from support.overlap import FETCH, Gate
from support.own_cookies import KEY

import aiohttp_flashbag
from aiohttp_flashbag import (
    CookieTransport,
    FlashEvent,
    SessionTransport,
    flash,
    flashbag_clear,
    flashbag_get,
    flashbag_keep,
    flashbag_peek,
    flashbag_replace_all,
    flashbag_set,
    get_flashed_messages,
    peek_flashed_messages,
)
from aiohttp_flashbag.transports import Transport

MAX_AGE = 600
IN_COOKIES = ["simple", "encrypted", "nacl"]


class Told:
    """An observer that writes down what it is told."""

    def __init__(self) -> None:
        self.events: list[FlashEvent] = []

    def __call__(self, request: web.Request, event: FlashEvent) -> None:
        assert isinstance(request, web.Request)
        self.events.append(event)

    def lines(self) -> list[str]:
        """What was told since the last call: what became of what, and why."""
        events, self.events = self.events, []
        return [line(event) for event in events]


def line(event: FlashEvent) -> str:
    assert (event.key is None) is not (event.category is None)
    why = f" ({event.reason})" if event.reason else ""
    return f"{event.kind} {event.key or event.category}{why}"


@pytest.fixture
def told() -> Told:
    return Told()


def crash(request: web.Request) -> None:
    raise ZeroDivisionError


def add_both(request: web.Request) -> None:
    flash(request, "Saved", "info")
    flashbag_set(request, "error", "Taken")


def read_both(request: web.Request) -> None:
    get_flashed_messages(request)
    flashbag_get(request, "error")


def peek_both(request: web.Request) -> None:
    peek_flashed_messages(request)
    flashbag_peek(request, "error")


def read_and_keep(request: web.Request) -> None:
    flashbag_get(request, "error")
    flashbag_keep(request)


set_again = partial(flashbag_set, key="error", value="Taken again")
replace_all = partial(flashbag_replace_all, value={"name": "Ann"})
add_info = partial(flash, message="Saved too", category="other")


def unavailable() -> web.Response:
    return web.Response(status=503)


def redirect() -> web.HTTPException:
    return web.HTTPSeeOther("/plain")


NO_PAGE = partial(web.Response, status=204)
NOT_MODIFIED = partial(web.Response, status=304)
OUTCOMES: list[tuple[str, tuple[Action, ...], Callable[[], web.StreamResponse], list[str]]] = [
    ("nothing", (), NO_PAGE, []),
    ("a page that reads both", (read_both,), web.Response, ["shown error", "shown info"]),
    ("a page that reads nothing", (), web.Response, ["dropped error (unread)"]),
    ("a page that peeks", (peek_both,), web.Response, ["dropped error (unread)"]),
    ("a page that keeps", (flashbag_keep,), web.Response, []),
    ("a page that reads and keeps", (read_and_keep,), web.Response, ["put_back error"]),
    ("a redirect", (), redirect, []),
    ("a redirect that reads", (read_both,), redirect, ["shown error", "put_back info"]),
    ("no news", (read_both,), NOT_MODIFIED, ["put_back error", "put_back info"]),
    ("a failure", (read_both,), unavailable, ["put_back error", "put_back info"]),
    ("a crash", (read_both, crash), web.Response, ["put_back error", "put_back info"]),
    ("clear", (flashbag_clear,), NO_PAGE, ["dropped error (cleared)", "dropped info (cleared)"]),
    ("replace", (replace_all,), NO_PAGE, ["flashed name", "dropped error (cleared)"]),
    ("set again", (set_again,), redirect, ["flashed error", "dropped error (cleared)"]),
    (
        "read and set again",
        (read_both, set_again),
        redirect,
        ["flashed error", "shown error", "put_back info"],
    ),
    ("clear and add", (flashbag_clear, set_again), unavailable, ["dropped error (failed)"]),
    (
        "add and read",
        (add_info, get_flashed_messages),
        web.Response,
        ["flashed other", "shown info", "shown other", "dropped error (unread)"],
    ),
    (
        "add, read and fail",
        (add_info, get_flashed_messages),
        unavailable,
        ["put_back info", "dropped other (failed)"],
    ),
    (
        "add, read and crash",
        (add_info, get_flashed_messages, crash),
        web.Response,
        ["dropped other (failed)", "put_back info"],
    ),
]


@pytest.mark.parametrize("touch", [(), (count,)], ids=["", "and the session changes"])
@pytest.mark.parametrize(
    ("actions", "answer", "lines"), [o[1:] for o in OUTCOMES], ids=[o[0] for o in OUTCOMES]
)
async def test_it_is_told_what_became_of_a_value_and_a_message(
    start: Start,
    told: Told,
    touch: tuple[Action, ...],
    actions: tuple[Action, ...],
    answer: Callable[[], web.StreamResponse],
    lines: list[str],
) -> None:
    client = await start(
        web.post("/add", does(add_both)),
        web.get("/do", does(*touch, *actions, answer=answer)),
        observer=told,
    )
    await client.post("/login?user=alice")
    await client.post("/add", headers=FETCH)
    assert told.lines() == ["flashed error", "flashed info"]
    await client.get("/do", allow_redirects=False)
    assert told.lines() == lines


async def test_a_request_without_flashes_tells_nothing(start: Start, told: Told) -> None:
    client = await start(observer=told)
    await client.post("/login?user=alice")
    await client.get("/messages")
    assert (await client.get("/missing")).status == 404
    assert told.lines() == []


async def test_the_oldest_of_too_many_messages_are_evicted(start: Start, told: Told) -> None:
    client = await start(observer=told, max_messages=2)
    await client.post("/flash?a=1&b=2", headers=FETCH)
    assert told.lines() == ["flashed a", "flashed b"]
    await client.post("/flash?c=3", headers=FETCH)
    assert told.lines() == ["flashed c", "dropped a (evicted)"]
    await client.post("/flash?d=4&e=5&f=6", headers=FETCH)
    lines = ["dropped b (evicted)", "dropped c (evicted)", "dropped d (evicted)"]
    assert told.lines() == ["flashed d", "flashed e", "flashed f", *lines]
    assert await shown(client) == ["5", "6"]


@pytest.mark.parametrize("storage", [*IN_COOKIES, "cookies"], indirect=True)
async def test_what_has_no_room_in_cookies_is_too_large(start: Start, told: Told) -> None:
    client = await start(observer=told)
    sent = [f"{number}" * 1200 for number in range(5)]
    for text in sent:
        await client.post("/flash", params={text[0]: text}, headers=FETCH)
    lines, left = told.lines(), await shown(client)
    assert 0 < len(left) < len(sent)
    assert [line for line in lines if line.startswith("flashed")] == [
        f"flashed {text[0]}" for text in sent
    ]
    assert [line for line in lines if not line.startswith("flashed")] == [
        f"dropped {text[0]} (too large)" for text in sent if text not in left
    ]


@pytest.mark.parametrize("storage", IN_COOKIES, indirect=True)
async def test_what_is_too_large_by_itself_was_flashed_all_the_same(
    start: Start, told: Told
) -> None:
    large = does(partial(flashbag_set, key="large", value="x" * 5000), add_info)
    client = await start(web.post("/add", large), observer=told)
    await client.post("/login?user=alice")
    await client.post("/add", headers=FETCH)
    assert told.lines() == [
        "flashed large",
        "flashed other",
        "dropped large (too large)",
        "dropped other (too large)",
    ]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock.start(monkeypatch)


def aging(storage: AbstractStorage) -> Transport:
    """A transport whose flashes grow too old."""
    own = transport_beside(storage) is not None
    return CookieTransport(KEY, max_age=MAX_AGE) if own else SessionTransport(max_age=MAX_AGE)


async def test_what_is_too_old_is_told_when_it_is_removed(
    start: Start, storage: AbstractStorage, told: Told, clock: Clock
) -> None:
    client = await start(web.post("/add", does(add_both)), transport=aging(storage), observer=told)
    await client.post("/add", headers=FETCH)
    clock.go_on(MAX_AGE + 1)
    told.lines()
    await client.get("/plain")
    assert told.lines() == []
    await client.post("/flash?late=1", headers=FETCH)
    assert told.lines() == ["flashed late", "dropped error (expired)", "dropped info (expired)"]
    await client.post("/flash?later=1", headers=FETCH)
    assert told.lines() == ["flashed later"]


@in_sessions
async def test_a_session_that_is_saved_for_other_reasons_loses_what_is_too_old(
    start: Start, storage: AbstractStorage, told: Told, clock: Clock
) -> None:
    client = await start(
        web.post("/add", does(add_both)),
        web.post("/count", does(count)),
        transport=aging(storage),
        observer=told,
    )
    await client.post("/add", headers=FETCH)
    clock.go_on(MAX_AGE + 1)
    told.lines()
    await client.post("/count", headers=FETCH)
    assert told.lines() == ["dropped error (expired)", "dropped info (expired)"]
    await client.post("/count", headers=FETCH)
    assert told.lines() == []


async def clear_session(request: web.Request) -> None:
    (await get_session(request)).clear()


async def delete_keys(request: web.Request) -> None:
    """Delete what the flashbag has in the session, and nothing else."""
    session = await get_session(request)
    for key in [key for key in session if key.startswith("aiohttp_flashbag")]:
        del session[key]


@in_sessions
@pytest.mark.parametrize("end", [logout, clear_session, delete_keys])
@pytest.mark.parametrize("touch", [(), (read_both,), (add_info,)], ids=["", "reads", "adds"])
async def test_a_logout_clears_what_was_pending(
    start: Start, told: Told, end: Action, touch: tuple[Action, ...]
) -> None:
    client = await start(
        web.post("/add", does(add_both)),
        web.post("/out", does(*touch, end, answer=redirect)),
        observer=told,
    )
    await client.post("/login?user=alice")
    await client.post("/add", headers=FETCH)
    told.lines()
    await client.post("/out", allow_redirects=False)
    error = ["shown error"] if read_both in touch else []
    other = ["flashed other"] if add_info in touch else []
    lines = ["dropped error (cleared)"] if not error else []
    assert told.lines() == [*other, *error, *lines, "dropped info (cleared)"]


async def test_a_login_clears_nothing(start: Start, told: Told) -> None:
    client = await start(web.post("/add", does(add_both)), observer=told)
    await client.post("/add", headers=FETCH)
    told.lines()
    await client.post("/login?user=alice", headers=FETCH)
    assert told.lines() == []
    assert await shown(client) == ["Saved"]


@web.middleware
async def fail_at_last(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn what went well into a failure, if the query string says so."""
    if "fail" not in request.query:
        return await handler(request)
    with suppress(web.HTTPSeeOther):
        await handler(request)
    return web.Response(status=500)


@web.middleware
async def give_up(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Cancel a handler that takes too long."""
    try:
        return await asyncio.wait_for(handler(request), 0.05 if "hang" in request.path else 9)
    except asyncio.TimeoutError:
        return web.Response(status=504)


@web.middleware
async def again(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Try once more, if the query string says so."""
    if "again" in request.query:
        with suppress(web.HTTPSeeOther):
            await handler(request)
    return await handler(request)


@web.middleware
async def sorry(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Show the messages on the page that says what went wrong."""
    try:
        return await handler(request)
    except ZeroDivisionError:
        get_flashed_messages(request)
        return web.Response()


def behind(path: str, middleware: Middleware, *lines: str) -> Any:
    return pytest.param(path, middleware, lines, id=path)


@each_transport
@pytest.mark.parametrize(
    ("path", "middleware", "lines"),
    [
        behind("/both", fail_at_last, "flashed other", "put_back info"),
        behind("/both?fail", fail_at_last, "put_back info", "dropped other (failed)"),
        behind("/count", fail_at_last, "flashed other", "put_back info"),
        behind("/count?fail", fail_at_last, "put_back info", "dropped other (failed)"),
        behind("/hang", give_up, "dropped other (failed)", "put_back info"),
        behind("/both?again", again, "dropped other (failed)", "flashed other", "put_back info"),
        behind("/count?again", again, "dropped other (failed)", "flashed other", "put_back info"),
        behind("/crash", sorry, "dropped other (failed)", "shown info"),
    ],
)
async def test_what_the_handler_did_is_told_by_the_response_that_is_sent(
    aiohttp_client: AiohttpClient,
    storage: AbstractStorage,
    told: Told,
    path: str,
    middleware: Middleware,
    lines: tuple[str, ...],
) -> None:
    acts = (get_flashed_messages, add_info)
    client = await client_behind(
        aiohttp_client,
        storage,
        middleware,
        web.post("/both", does(*acts, answer=redirect)),
        web.post("/count", does(count, *acts, answer=redirect)),
        web.post("/hang", does(*acts, lambda _: asyncio.sleep(9))),
        web.post("/crash", does(*acts, crash)),
        observer=told,
        max_messages=2,
    )
    await client.post("/flash?info=Saved", headers=FETCH)
    told.lines()
    await client.post(path, allow_redirects=False)
    assert told.lines() == [*lines]


@each_transport
@outside
async def test_an_eviction_that_the_commit_corrects_is_not_told(
    aiohttp_client: AiohttpClient, storage: AbstractStorage, told: Told, place: int
) -> None:
    client = await client_behind(
        aiohttp_client,
        storage,
        fail_at_last,
        web.post("/count", does(count, flash_messages)),
        place=place,
        observer=told,
        max_messages=1,
    )
    await client.post("/count?a=1", headers=FETCH)
    await client.post("/count?b=2&fail=3", headers=FETCH)
    assert told.lines() == ["flashed a", "dropped b (failed)", "dropped fail (failed)"]
    assert await shown(client) == ["1"]


@each_transport
async def test_what_is_for_another_tab_is_not_told_of(start: Start, told: Told) -> None:
    client = await start(web.post("/save", does(add_both, answer=redirect)), observer=told)
    form = {"Referer": str(client.make_url("/form"))}
    await client.post("/save", headers=form, allow_redirects=False)
    assert told.lines() == ["flashed error", "flashed info"]
    await client.get("/messages", headers={"Sec-Fetch-Site": "none"})
    assert told.lines() == []
    await client.post("/set?mine=1", headers={**FETCH, "Sec-Fetch-Site": "none"})
    assert told.lines() == ["flashed mine"]
    await client.get("/values?mine", headers={"Sec-Fetch-Site": "none"})
    assert told.lines() == ["shown mine"]


@each_transport
async def test_what_is_for_another_tab_can_be_cleared(start: Start, told: Told) -> None:
    client = await start(
        web.post("/save", does(add_both, answer=redirect)),
        web.post("/clear", does(flashbag_clear)),
        observer=told,
    )
    form = {"Referer": str(client.make_url("/form"))}
    await client.post("/save", headers=form, allow_redirects=False)
    told.lines()
    await client.post("/clear", headers={"Sec-Fetch-Site": "none"})
    assert sorted(told.lines()) == ["dropped error (cleared)", "dropped info (cleared)"]


@each_transport
@pytest.mark.parametrize("touch", [(), (count,)], ids=["", "and the session changes"])
async def test_what_another_request_shows_meanwhile_is_told_once(
    start: Start, told: Told, touch: tuple[Action, ...]
) -> None:
    gate = Gate()
    add = partial(flashbag_set, key="error", value="Taken")
    client = await start(
        web.post("/held", does(gate.hold, *touch, add_info)),
        web.post("/set", does(add)),
        web.get("/read", does(read_both)),
        observer=told,
    )
    await client.post("/login?user=alice")
    await client.post("/flash?info=Saved", headers=FETCH)
    await client.post("/set", headers=FETCH)
    told.lines()
    async with gate.holding(client, "/held"):
        await client.get("/read")
        assert told.lines() == ["shown error", "shown info"]
    assert told.lines() == ["flashed other"]


@on_a_server
async def test_a_message_that_another_request_has_flashed_as_well_is_not_told(
    start: Start, told: Told
) -> None:
    gate = Gate()
    once = partial(flash, message="Saved", category="info", allow_duplicate=False)
    client = await start(
        web.post("/held", does(once, gate.hold)), web.post("/once", does(once)), observer=told
    )
    await client.post("/login?user=alice")
    async with gate.holding(client, "/held"):
        await client.post("/once", headers=FETCH)
        assert told.lines() == ["flashed info"]
    assert told.lines() == []
    assert await shown(client) == ["Saved"]


@on_a_server
async def test_what_is_flashed_in_a_session_that_ended_meanwhile_is_cleared(
    start: Start, told: Told
) -> None:
    gate = Gate()
    client = await start(web.post("/held", does(gate.hold, add_both)), observer=told)
    await client.post("/login?user=alice")
    async with gate.holding(client, "/held"):
        await client.post("/logout", headers=FETCH)
    assert sorted(told.lines()) == [
        "dropped error (cleared)",
        "dropped info (cleared)",
        "flashed error",
        "flashed info",
    ]


@on_a_server
async def test_what_could_not_be_stored_has_failed(
    start: Start, storage: AbstractStorage, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*args: Any) -> None:
        raise ConnectionError

    acts = (get_flashed_messages, add_info)
    client = await start(web.post("/both", does(*acts)), observer=told)
    await client.post("/flash?info=Saved", headers=FETCH)
    told.lines()
    monkeypatch.setattr(storage, "save_session", fail)
    assert (await client.post("/both")).status == 200
    assert told.lines() == ["put_back info", "dropped other (failed)"]


async def test_it_is_told_the_age_and_the_size_and_not_the_text(
    start: Start, told: Told, clock: Clock
) -> None:
    def add(request: web.Request) -> None:
        flash(request, "Geheim!", "info", link="/geheim")
        flashbag_set(request, "error", ["Geheim", 1])

    client = await start(web.post("/add", does(add)), web.get("/", does(read_both)), observer=told)
    await client.post("/add", headers=FETCH)
    clock.go_on(7)
    await client.get("/")
    flashed, shown = told.events[:2], told.events[2:]
    assert [(event.key, event.category, event.size) for event in flashed] == [
        ("error", None, len('["Geheim", 1]')),
        (None, "info", len('"Geheim!"{"link": "/geheim"}')),
    ]
    assert [replace(event, kind="flashed", age=None) for event in shown] == [
        replace(event, age=None) for event in flashed
    ]
    assert all(0 <= (event.age or 0) < 1 for event in flashed)
    assert [round(event.age or 0) for event in shown] == [7, 7]
    assert "Geheim" not in f"{told.events} {list(map(asdict, told.events))}"


async def put(request: web.Request) -> None:
    """Put the JSON of the request into the session, as any version may."""
    (await get_session(request)).update(await request.json())


@in_sessions
async def test_what_was_stored_without_a_time_has_no_age(start: Start, told: Told) -> None:
    client = await start(web.post("/put", does(put)), web.get("/", does(read_both)), observer=told)
    message = {"id": "zero", "m": "Saved", "c": "info"}
    stored = {"aiohttp_flashbag": {"error": "Taken"}, "aiohttp_flashbag_messages": [message]}
    await client.post("/put", json=stored)
    await client.get("/")
    assert told.events == [
        FlashEvent("shown", key="error", size=len('"Taken"')),
        FlashEvent("shown", category="info", size=len('"Saved"')),
    ]


async def test_what_it_raises_is_logged(start: Start, caplog: pytest.LogCaptureFixture) -> None:
    seen = []

    def observe(request: web.Request, event: FlashEvent) -> None:
        seen.append(line(event))
        raise ZeroDivisionError

    client = await start(web.post("/add", does(add_both)), observer=observe)
    assert (await client.post("/add", headers=FETCH)).status == 200
    assert seen == ["flashed error", "flashed info"]
    assert [record.message for record in caplog.records] == [
        "the observer of the flashbag failed"
    ] * 2
    assert "ZeroDivisionError" in caplog.text
    assert await shown(client) == ["Saved"]


async def observe_later(request: web.Request, event: FlashEvent) -> None:
    """No observer, for nobody would await it."""


@pytest.mark.parametrize("observer", [observe_later, "print"])
def test_an_observer_is_a_function(observer: Any) -> None:
    with pytest.raises(TypeError, match=r"cannot be called as observer\(request, event\): give a"):
        aiohttp_flashbag.setup(web.Application(), observer=observer)


def test_two_observers_of_one_application_are_a_mistake(told: Told) -> None:
    app = web.Application()
    aiohttp_flashbag.setup(app, observer=told)
    with pytest.raises(ValueError, match="call it once"):
        aiohttp_flashbag.setup(app, observer=Told())
