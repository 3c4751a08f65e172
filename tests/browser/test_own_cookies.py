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
from support.own_cookies import cookie_app

from aiohttp_flashbag import flash, get_flashed_messages

from .chromium import Page
from .conftest import Open, Serve
from .server import PATIENCE, Server

Report = Callable[[str, dict[str, list[str]]], None]
USERS = ("alice", "bob")
FLASHES = 20
AT_ONCE = 5  # Chromium opens six connections to a server
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


async def read(page: Page) -> list[str]:
    """The messages of the page."""
    await page.goto("/page")
    return await page.locator("li").all_inner_texts()


async def two_users(server: Server, visitor: Open, crowd: Crowd) -> dict[str, list[str]]:
    """Two users send their requests; what is shown to each, once and not again."""
    shown = {}
    pages = {user: await (await visitor(server)).new_page() for user in USERS}
    for user, page in pages.items():
        await page.goto("/")
        await page.evaluate(f"fetch('/login?user={user}', {{method: 'POST'}})")
    await asyncio.gather(*(page.evaluate(POST_ALL, user) for user, page in pages.items()))
    for user, page in pages.items():
        shown[user] = await read(page)
        assert await read(page) == []
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
    serve: Serve, visitor: Open, report: Report
) -> None:
    crowd = Crowd()
    shown = await two_users(await serve(cookie_app(*crowd.routes())), visitor, crowd)
    report("own cookies", shown)
    assert shown == crowd.flashed


@pytest.mark.parametrize("storage", ["encrypted", "redis"], indirect=True)
async def test_none_arrives_twice_or_elsewhere_in_a_session(
    serve: Serve,
    visitor: Open,
    storage: AbstractStorage,
    report: Report,
) -> None:
    crowd = Crowd()
    shown = await two_users(await serve(make_app(storage, *crowd.routes())), visitor, crowd)
    report(f"session, {type(storage).__name__}", shown)
    for user, texts in shown.items():
        assert len(texts) == len(set(texts))
        assert set(texts) <= set(crowd.flashed[user])


async def test_what_is_added_while_another_tab_renders_slowly_survives(
    serve: Serve, visitor: Open
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
    window = await visitor(server)
    slow, other = await window.new_page(), await window.new_page()
    await other.goto("/page")
    await other.evaluate("fetch('/add?text=before', {method: 'POST'})")
    rendering = asyncio.create_task(slow.goto("/slow"))
    await server.arrival("/slow")
    await other.evaluate("fetch('/add?text=meanwhile', {method: 'POST'})")
    go_on.set()
    await rendering
    assert await slow.locator("li").all_inner_texts() == ["before"]
    assert await read(other) == ["meanwhile"]
    assert await read(slow) == []
