"""The observer learns the fate of each flash from the outcome of a commit."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import asdict
from functools import partial
from typing import Any, cast

import pytest
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from aiohttp_session import AbstractStorage, get_session
from support.apps import (
    BESIDE,
    SESSIONS,
    Action,
    Client,
    Start,
    does,
    logout,
    on_a_server,
    shown,
    transport_beside,
)
from support.clock import Clock
from support.overlap import FETCH

from aiohttp_flashbag import (
    Flashbag,
    FlashEvent,
    SessionTransport,
    flash,
    flashbag_clear,
    flashbag_set,
    get_flashed_messages,
)
from aiohttp_flashbag.bag import Usage
from aiohttp_flashbag.flash import Flash, Outcome, Reason, ids, now
from aiohttp_flashbag.observer import fates

from .outer import Behind, at, retry, with_session

# A table of fates


def value(key: str, content: Any = "Taken") -> Flash:
    (bag := Flashbag()).set(key, content)
    return bag.usage().added[0]


def message(category: str, **data: Any) -> Flash:
    (bag := Flashbag()).flash("Saved", category, **data)
    return bag.usage().added[0]


FLASHES = {
    # pending before the request
    "error": value("error"),
    "info": message("info"),
    "last": message("last"),
    # added by it
    "name": value("name"),
    "other": message("other"),
}


def fates_of(
    before: str = "error info",
    after: str = "",
    read: str = "",
    added: str = "",
    undone: str = "",
    failed: bool = False,
    **dropped: str,
) -> str:
    """Return the fates as text. `undone`: flashes that were added before the handler failed."""
    named = {
        name: [FLASHES[each] for each in names.split()]
        for name, names in {
            "before": before,
            "after": after,
            "read": read,
            "added": added,
            "undone": undone,
            **dropped,
        }.items()
    }
    reasons = {f.id: cast(Reason, r.replace("_", " ")) for r in dropped for f in named[r]}
    usage = Usage(frozenset(ids(named["read"])), named["added"], named["undone"])
    outcome = Outcome(named["before"], named["after"], reasons)
    return ", ".join(line(FlashEvent.of(*fate)) for fate in fates(usage, outcome, failed=failed))


def line(event: FlashEvent) -> str:
    assert (event.key is None) is not (event.category is None)
    why = f" ({event.reason})" if event.reason else ""
    return f"{event.kind} {event.key or event.category}{why}"


FATES: dict[str, tuple[dict[str, Any], str]] = {
    "nothing": ({"after": "error info"}, ""),
    "shown": ({"read": "error info"}, "shown error, shown info"),
    "unread": ({"after": "info", "unread": "error"}, "dropped error (unread)"),
    "put back": ({"read": "error info", "after": "error info"}, "put_back error, put_back info"),
    "redirect": ({"read": "error info", "after": "info"}, "shown error, put_back info"),
    "removed": (
        {"added": "name", "after": "name", "expired": "error", "evicted": "info"},
        "flashed name, dropped error (expired), dropped info (evicted)",
    ),
    "added": (
        {"before": "info", "added": "name other", "after": "info name other"},
        "flashed name, flashed other",
    ),
    "added and shown at once": (
        {"read": "info other", "added": "name other", "after": "error name"},
        "flashed name, flashed other, shown info, shown other",
    ),
    "too large": (
        {"before": "", "added": "name other", "after": "other", "too_large": "name"},
        "flashed name, flashed other, dropped name (too large)",
    ),
    "added to a session that has ended": (
        {"before": "", "added": "other", "cleared": "other"},
        "flashed other, dropped other (cleared)",
    ),
    "consumed by another request first": (
        {"before": "", "read": "error info", "added": "name", "after": "name"},
        "flashed name",
    ),
    "failed response": (
        {"read": "info other", "added": "other", "after": "error info", "failed": True},
        "put_back info, dropped other (failed)",
    ),
    "failed commit": (
        {"read": "error", "added": "name other", "after": "error info"},
        "put_back error, dropped name (failed), dropped other (failed)",
    ),
    "failed handler, and an outer page that shows messages": (
        {"read": "info", "undone": "other", "after": "error"},
        "shown info, dropped other (failed)",
    ),
    "all kinds in order": (
        {
            "before": "error info last",
            "read": "info last",
            "undone": "name",
            "added": "other",
            "after": "info other",
            "unread": "error",
        },
        "flashed other, shown last, put_back info, dropped error (unread), dropped name (failed)",
    ),
}


@pytest.mark.parametrize("row", FATES)
def test_each_flash_has_its_fate(row: str) -> None:
    given, expected = FATES[row]
    assert fates_of(**given) == expected


def test_an_event_has_the_size_and_the_age_and_not_the_text(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = Clock.start(monkeypatch, tick=0)
    secret, saved = value("error", ["Sécret", 1]), message("info", link="/sécret")
    like_a_message = value("form", {"m": "Sécret", "c": "info"})
    clock.go_on(7)
    flashes = secret, saved, like_a_message
    events = [FlashEvent.of("shown", None, flash) for flash in flashes]
    assert [(event.key, event.category, event.size) for event in events] == [
        ("error", None, len('["Sécret", 1]'.encode())),
        (None, "info", len('"Saved"{"link": "/sécret"}'.encode())),
        ("form", None, len('{"m": "Sécret", "c": "info"}'.encode())),
    ]
    assert [event.age for event in events] == [7, 7, 7]
    assert "cret" not in f"{events} {list(map(asdict, events))}"


def test_the_age_is_never_negative_and_none_if_the_id_does_not_tell() -> None:
    ahead = Flash(f"{now() + 90_000_000:013x}000000", "error", "Taken")
    unknown = Flash("0000000000000 error", "error", "Taken")
    assert FlashEvent.of("shown", None, ahead).age == 0
    assert FlashEvent.of("shown", None, unknown).age is None


# Stories through a client


class Record:
    """An observer that records the events."""

    def __init__(self) -> None:
        self.events: list[str] = []

    def __call__(self, request: web.Request, event: FlashEvent) -> None:
        assert isinstance(request, web.Request)
        self.events.append(line(event))

    def take(self) -> list[str]:
        """Return the events since the last call."""
        taken, self.events = self.events, []
        return taken


@pytest.fixture
def record() -> Record:
    return Record()


def add_both(request: web.Request) -> None:
    flashbag_set(request, "error", "Taken")
    flash(request, "Saved", "info")


def redirect() -> web.HTTPException:
    return web.HTTPSeeOther("/plain")


add_other = partial(flash, message="Saved too", category="other")
ADD = web.post("/add", does(add_both, answer=redirect))


async def add(client: Client, record: Record) -> None:
    await client.post("/add", allow_redirects=False)
    assert record.take() == ["flashed error", "flashed info"]


async def test_flashes_are_shown_or_dropped_unread(start: Start, record: Record) -> None:
    client = await start(ADD, observer=record)
    await add(client, record)
    await client.get("/values?error")
    assert record.take() == ["shown error"]
    await client.get("/messages")
    assert record.take() == ["shown info"]
    await add(client, record)
    await client.get("/messages?only=info")
    assert record.take() == ["shown info", "dropped error (unread)"]
    await client.get("/messages")
    assert (await client.get("/missing")).status == 404
    assert record.take() == []


async def end_by_clearing(request: web.Request) -> None:
    (await get_session(request)).clear()


each_logout = pytest.mark.parametrize(
    ("storage", "end"),
    [(kind, [end]) for kind in SESSIONS for end in (logout, end_by_clearing)]
    + [(kind, [flashbag_clear, logout]) for kind in BESIDE],
    indirect=["storage"],
)


@each_logout
async def test_b4_a_logout_clears_pending_flashes(
    start: Start, record: Record, end: list[Action]
) -> None:
    leave = does(*end, add_other, answer=redirect)
    client = await start(ADD, web.post("/leave", leave), observer=record)
    await client.post("/login?user=alice")
    await add(client, record)
    await client.post("/leave", allow_redirects=False)
    cleared = ["dropped error (cleared)", "dropped info (cleared)"]
    assert record.take() == ["flashed other", *cleared]


@pytest.mark.parametrize("storage", ["encrypted", "cookies"], indirect=True)
async def test_flashes_that_do_not_fit_into_a_cookie_are_too_large(
    start: Start, record: Record
) -> None:
    client = await start(observer=record)
    texts = [f"{number}" * 1200 for number in range(5)]
    for text in texts:
        await client.post("/flash", params={text[0]: text}, headers=FETCH)
    events, left = record.take(), await shown(client)
    assert 0 < len(left) < 5
    assert [event for event in events if event.startswith("flashed")] == [
        f"flashed {text[0]}" for text in texts
    ]
    assert [event for event in events if not event.startswith("flashed")] == [
        f"dropped {text[0]} (too large)" for text in texts if text not in left
    ]


@with_session
async def test_expired_flashes_are_dropped_by_the_next_commit(
    start: Start,
    storage: AbstractStorage,
    record: Record,
    touch: list[Action],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = Clock.start(monkeypatch)
    transport = transport_beside(storage, max_age=600) or SessionTransport(max_age=600)
    late = web.post("/late", does(*touch, add_other))
    client = await start(ADD, late, transport=transport, observer=record)
    await add(client, record)
    clock.go_on(601)
    await client.get("/plain")
    assert record.take() == []
    await client.post("/late", headers=FETCH)
    assert record.take() == ["flashed other", "dropped error (expired)", "dropped info (expired)"]
    await client.post("/late", headers=FETCH)
    assert record.take() == ["flashed other"]


@at("/act")
async def error_page(request: web.Request, handler: Handler) -> web.StreamResponse:
    with suppress(ConnectionError):
        return await handler(request)
    get_flashed_messages(request)
    return web.Response()


@at("/act")
async def fail_late(request: web.Request, handler: Handler) -> web.StreamResponse:
    await retry(request, handler)
    return web.Response(status=500)


@with_session
@pytest.mark.parametrize(
    ("middleware", "expected"),
    [
        (error_page, ["shown info", "dropped other (failed)"]),
        (retry, ["flashed other", "shown info", "shown other", "dropped other (failed)"]),
        (fail_late, ["put_back info", "dropped other (failed)", "dropped other (failed)"]),
    ],
)
async def test_b2_the_response_that_is_sent_decides_the_fate(
    behind: Behind,
    record: Record,
    touch: list[Action],
    middleware: Middleware,
    expected: list[str],
) -> None:
    attempts: list[str] = []

    def fail_once(request: web.Request) -> None:
        attempts.append(request.path)
        if len(attempts) == 1:
            raise ConnectionError

    act = web.get("/act", does(*touch, add_other, get_flashed_messages, fail_once))
    client = await behind(middleware, act, observer=record)
    await client.post("/flash?info=Saved", headers=FETCH)
    assert record.take() == ["flashed info"]
    await client.get("/act")
    assert record.take() == expected


@on_a_server
async def test_flashes_that_cannot_be_saved_have_failed(
    start: Start, storage: AbstractStorage, record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def save_session(*args: Any) -> None:
        raise ConnectionError

    client = await start(web.post("/act", does(get_flashed_messages, add_other)), observer=record)
    await client.post("/flash?info=Saved", headers=FETCH)
    assert record.take() == ["flashed info"]
    monkeypatch.setattr(storage, "save_session", save_session)
    assert (await client.post("/act")).status == 200
    assert record.take() == ["put_back info", "dropped other (failed)"]


async def test_an_exception_of_the_observer_is_logged_and_the_others_are_told(
    start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    told: list[str] = []

    def observe(request: web.Request, event: FlashEvent) -> None:
        told.append(line(event))
        raise ZeroDivisionError

    client = await start(ADD, observer=observe)
    assert (await client.post("/add", allow_redirects=False)).status == 303
    assert told == ["flashed error", "flashed info"]
    assert [record.levelname for record in caplog.records] == ["ERROR"] * 2
    assert "ZeroDivisionError" in caplog.text
    assert await shown(client) == ["Saved"]
