"""Flashes of overlapping requests: in cookies of their own all arrive, in a session most do."""

from __future__ import annotations

import asyncio
import html
import sys
from collections import defaultdict
from collections.abc import Callable

import pytest
from aiohttp import web
from aiohttp_session import AbstractStorage
from support.apps import does, make_app
from support.own_cookies import KEY, cookie_app

from aiohttp_flashbag import CookieTransport, flash, get_flashed_messages

from .conftest import Serve, Visit
from .engines import Tab
from .server import PATIENCE, Server

Report = Callable[[str, dict[str, list[str]]], None]
USERS = ("alice", "bob")
FLASHES = 20
ROOM = 4000  # bytes for all of them: how many are known to the last request differs by the browser
AT_ONCE = 5  # a browser opens six connections to a server
POST_ALL = f"""user => Promise.all(Array.from({{length: {FLASHES}}}, (_, number) =>
    fetch(`/flash?user=${{user}}&text=${{user}}+${{number}}`, {{method: "POST"}})))"""


async def messages_page(request: web.Request) -> web.Response:
    """The messages as a list."""
    items = "".join(f"<li>{html.escape(str(m))}</li>" for m in get_flashed_messages(request))
    page = f'<!doctype html><link rel="icon" href="data:,"><ul>{items}</ul>'
    return web.Response(text=page, content_type="text/html")


class Crowd:
    """Flashes what requests say, when so many requests of a user are here at once."""

    def __init__(self) -> None:
        self.flashed: defaultdict[str, list[str]] = defaultdict(list)
        self._here: defaultdict[str, list[asyncio.Event]] = defaultdict(list)

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/", does(answer=lambda: web.Response(content_type="text/html"))),
            web.post("/flash", does(self._gather, self._flash)),
            web.get("/page", messages_page),
        ]

    async def _gather(self, request: web.Request) -> None:
        here, all_here = self._here[request.query["user"]], asyncio.Event()
        here.append(all_here)
        if len(here) == AT_ONCE:
            for event in here:
                event.set()
            here.clear()
        await asyncio.wait_for(all_here.wait(), PATIENCE)

    def _flash(self, request: web.Request) -> None:
        flash(request, request.query["text"])
        self.flashed[request.query["user"]].append(request.query["text"])


async def read(tab: Tab) -> list[str]:
    """The messages of the page."""
    await tab.open("/page")
    return await tab.texts("li")


async def two_users(server: Server, visit: Visit, crowd: Crowd) -> dict[str, list[str]]:
    """Two users send their requests; what is shown to each, once and not again."""
    shown = {}
    tabs = {user: await (await visit(server)).new_tab() for user in USERS}
    for user, tab in tabs.items():
        await tab.open("/")
        await tab.evaluate(f"fetch('/login?user={user}', {{method: 'POST'}})")
    await asyncio.gather(*(tab.evaluate(POST_ALL, user) for user, tab in tabs.items()))
    for user, tab in tabs.items():
        shown[user] = await read(tab)
        assert await read(tab) == []
    assert {user: len(texts) for user, texts in crowd.flashed.items()} == dict.fromkeys(
        USERS, FLASHES
    )
    return shown


@pytest.fixture
def report(capsys: pytest.CaptureFixture[str]) -> Report:
    """Say on the terminal how many arrived."""

    def say(name: str, shown: dict[str, list[str]]) -> None:
        counts = " and ".join(f"{len(texts)} of {FLASHES}" for texts in shown.values())
        with capsys.disabled():
            sys.stdout.write(f"\n{name}: {counts} flashes of overlapping requests arrived\n")

    return say


async def test_all_arrive_in_order_and_once_in_cookies_of_their_own(
    serve: Serve, visit: Visit, report: Report
) -> None:
    crowd = Crowd()
    transport = CookieTransport(KEY, max_bytes=ROOM)
    server = await serve(cookie_app(*crowd.routes(), transport=transport))
    shown = await two_users(server, visit, crowd)
    report("own cookies", shown)
    assert shown == crowd.flashed


@pytest.mark.parametrize("storage", ["encrypted", "redis"], indirect=True)
async def test_none_arrives_twice_or_elsewhere_in_a_session(
    serve: Serve,
    visit: Visit,
    storage: AbstractStorage,
    report: Report,
) -> None:
    crowd = Crowd()
    shown = await two_users(await serve(make_app(storage, *crowd.routes())), visit, crowd)
    report(f"session, {type(storage).__name__}", shown)
    for user, texts in shown.items():
        assert len(texts) == len(set(texts))
        assert set(texts) <= set(crowd.flashed[user])


async def test_what_is_added_while_another_tab_renders_slowly_survives(
    serve: Serve, visit: Visit
) -> None:
    go_on = asyncio.Event()

    async def slow_page(request: web.Request) -> web.Response:
        page = await messages_page(request)
        await asyncio.wait_for(go_on.wait(), PATIENCE)
        return page

    server = await serve(
        cookie_app(
            web.get("/page", messages_page),
            web.get("/slow", slow_page),
            web.post("/add", does(lambda request: flash(request, request.query["text"]))),
        )
    )
    browser = await visit(server)
    slow, other = await browser.new_tab(), await browser.new_tab()
    await other.open("/page")
    await other.evaluate("fetch('/add?text=before', {method: 'POST'})")
    await slow.open("/slow", wait=False)
    await server.arrival("/slow")
    await other.evaluate("fetch('/add?text=meanwhile', {method: 'POST'})")
    go_on.set()
    await slow.loaded()
    assert await slow.texts("li") == ["before"]
    assert await read(other) == ["meanwhile"]
    assert await read(slow) == []
