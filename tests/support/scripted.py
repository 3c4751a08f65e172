"""An application with one handler, which does what a script says and notes what it saw."""

from __future__ import annotations

import asyncio
import inspect
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, TypeAlias

import aiohttp
import aiohttp_session
from aiohttp import web
from aiohttp.test_utils import TestServer
from aiohttp_session import get_session, new_session
from aiohttp_session.cookie_storage import EncryptedCookieStorage

import aiohttp_flashbag as lib
from support.model import MAX_MESSAGES, Action

REQUESTS: dict[str, dict[str, str]] = {
    "page": {},
    "document": {"Sec-Fetch-Dest": "document"},
    "fetch": {"Sec-Fetch-Dest": "empty"},
    "image": {"Sec-Fetch-Dest": "image"},
    "preload": {"Sec-Purpose": "prefetch;prerender"},
    "preload by a script": {"Purpose": "prefetch"},
    "HEAD": {},
}


def crash() -> web.Response:
    raise ZeroDivisionError


Answer: TypeAlias = Callable[[], web.StreamResponse]
ANSWERS: dict[str, tuple[int, Answer]] = {
    "page": (200, web.Response),
    "stream": (200, web.StreamResponse),
    "download": (200, partial(web.Response, headers={"Content-Disposition": "attachment"})),
    "to leave": (200, partial(web.Response, headers={"HX-Redirect": "/"})),
    "nothing": (204, partial(web.Response, status=204)),
    "redirect": (303, partial(web.HTTPSeeOther, "/elsewhere")),
    "unchanged": (304, web.HTTPNotModified),
    "missing": (404, web.HTTPNotFound),
    "failure": (500, partial(web.Response, status=500)),
    "unavailable": (503, web.HTTPServiceUnavailable),
    "crash": (500, crash),
}


class Script:
    """What the only handler of the application does next, and what it saw of the flashbag."""

    def __init__(self) -> None:
        self.actions: list[Action] = []
        self.answer: Answer = web.Response
        self.seen: list[Any] = []

    async def handle(self, request: web.Request) -> web.StreamResponse:
        for name, *arguments in self.actions:
            result = VERBS[name](request, *arguments)
            self.seen.append(await result if inspect.isawaitable(result) else result)
        response = self.answer()
        if isinstance(response, web.HTTPException):
            raise response
        if not isinstance(response, web.Response):
            await response.prepare(request)
        return response


def append(request: web.Request, key: str, value: Any) -> str | None:
    try:
        lib.flashbag_append(request, key, value)
    except ValueError:
        return "ValueError"
    return None


async def login(request: web.Request, name: str) -> None:
    (await new_session(request))["user"] = name


async def logout(request: web.Request) -> None:
    (await get_session(request)).invalidate()


async def whoami(request: web.Request) -> Any:
    return (await get_session(request)).get("user")


VERBS: dict[str, Callable[..., Any]] = {
    "get": lib.flashbag_get,
    "peek": lib.flashbag_peek,
    "set": lib.flashbag_set,
    "append": append,
    "replace_all": lib.flashbag_replace_all,
    "now_only": lib.flashbag_now,
    "keep": lib.flashbag_keep,
    "clear": lib.flashbag_clear,
    "flash": lambda request, category, text: lib.flash(request, text, category),
    "messages": lambda request, *only: [
        message.message for message in lib.get_flashed_messages(request, category_filter=only)
    ],
    "peek_messages": lambda request, *only: [
        message.message for message in lib.peek_flashed_messages(request, category_filter=only)
    ],
    "count": lambda request: len(lib.get_flashbag(request)),
    "login": login,
    "logout": logout,
    "whoami": whoami,
}


class Site:
    """A server with the application, in an event loop that runs while it is asked."""

    def __init__(self, transport: lib.CookieTransport | None) -> None:
        self.transport = transport
        self.script = Script()
        self.loop = asyncio.new_event_loop()
        app = web.Application()
        aiohttp_session.setup(app, EncryptedCookieStorage(secrets.token_bytes(32)))
        lib.setup(app, transport, max_messages=MAX_MESSAGES)
        app.router.add_route("*", "/", self.script.handle)
        self.server = TestServer(app)
        self.run(self.server.start_server())

    def run(self, coroutine: Any) -> Any:
        return self.loop.run_until_complete(coroutine)

    async def new_browser(self) -> aiohttp.ClientSession:
        jar = aiohttp.CookieJar(unsafe=True)
        return aiohttp.ClientSession(self.server.make_url("/"), cookie_jar=jar)

    async def ask(
        self, browser: aiohttp.ClientSession, request: str, answer: str, actions: list[Action]
    ) -> tuple[int, list[Any]]:
        self.script.actions, self.script.seen = actions, []
        self.script.answer = ANSWERS[answer][1]
        method = "HEAD" if request == "HEAD" else "GET"
        async with browser.request(
            method, "/", headers=REQUESTS[request], allow_redirects=False
        ) as response:
            return response.status, self.script.seen


@contextmanager
def running(transport: lib.CookieTransport | None) -> Iterator[Site]:
    site = Site(transport)
    try:
        yield site
    finally:
        site.run(site.server.close())
        site.loop.close()
