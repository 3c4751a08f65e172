"""Random requests of two users to a real application, compared with a model."""

from __future__ import annotations

import asyncio
import inspect
import secrets
from collections.abc import Callable
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Any, TypeAlias

import aiohttp_session
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from aiohttp_session.cookie_storage import EncryptedCookieStorage
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rules.random_flashes import repeatable
from support.apps import does, logout
from support.model import MAX_MESSAGES, ON_THE_BAG, ON_THE_SESSION, Action, ModelVisit, User

import aiohttp_flashbag as lib
from aiohttp_flashbag.transports import Transport

if TYPE_CHECKING:
    from redis.asyncio import Redis

REQUESTS = {
    "page": {},
    "document": {"Sec-Fetch-Dest": "document"},
    "fetch": {"Sec-Fetch-Dest": "empty"},
    "image": {"Sec-Fetch-Dest": "image"},
    "preload": {"Sec-Purpose": "prefetch;prerender"},
    "preload by a script": {"Purpose": "prefetch"},
    "HEAD": {},
}
PAGES, READERS = {"page", "document"}, {"page", "document", "fetch"}
UNSEEN = {"preload", "preload by a script", "HEAD"}


def crash() -> web.Response:
    raise ZeroDivisionError


RESPONSES: dict[str, tuple[int, Callable[[], web.StreamResponse]]] = {
    "page": (200, partial(web.Response, text="page")),
    "stream": (200, partial(web.StreamResponse, headers={"Content-Type": "text/plain"})),
    "to leave": (200, partial(web.Response, text="page", headers={"HX-Redirect": "/"})),
    "nothing": (204, partial(web.Response, status=204)),
    "redirect": (303, partial(web.HTTPSeeOther, "/elsewhere")),
    "unchanged": (304, web.HTTPNotModified),
    "missing": (404, web.HTTPNotFound),
    "failure": (500, partial(web.Response, status=500)),
    "unavailable": (503, web.HTTPServiceUnavailable),
    "crash": (500, crash),
}
PAGE_VIEWS = {"page", "stream", "to leave"}
SHOW_NOTHING = {"to leave", "nothing", "redirect", "unchanged"}
NOT_SAVED = {"stream", "crash"}  # aiohttp_session saves nothing with these responses

Visit: TypeAlias = tuple[int, str, str, list[Action]]
"""The number of the user, the kinds of the request and of the response, and the actions."""
visits = st.lists(
    st.tuples(
        st.sampled_from([0, 1]),
        st.sampled_from(["page"] * len(REQUESTS) + list(REQUESTS)),
        st.sampled_from(["page"] * len(RESPONSES) + list(RESPONSES)),
        st.lists(st.one_of(*ON_THE_BAG, *ON_THE_SESSION), max_size=5),
    ),
    min_size=5,
    max_size=20,
)


async def log_in(request: web.Request, name: str) -> None:
    (await aiohttp_session.new_session(request))["user"] = name


async def whoami(request: web.Request) -> Any:
    return (await aiohttp_session.get_session(request)).get("user")


def append(request: web.Request, key: str, value: Any) -> str | None:
    try:
        lib.flashbag_append(request, key, value)
    except ValueError:
        return "ValueError"
    return None


ACTIONS: dict[str, Callable[..., Any]] = {
    "get": lib.flashbag_get,
    "peek": lib.flashbag_peek,
    "set": lib.flashbag_set,
    "append": append,
    "replace_all": lib.flashbag_replace_all,
    "now_only": lib.flashbag_now,
    "keep": lib.flashbag_keep,
    "clear": lib.flashbag_clear,
    "flash": lambda request, category, text: lib.flash(request, text, category),
    "messages": lambda request, *only: list(
        map(str, lib.get_flashed_messages(request, category_filter=only))
    ),
    "peek_messages": lambda request, *only: list(
        map(str, lib.peek_flashed_messages(request, category_filter=only))
    ),
    "count": lambda request: len(lib.get_flashbag(request)),
    "login": log_in,
    "logout": logout,
    "whoami": whoami,
}


class Site:
    """An application whose handler carries out the next actions and notes their results."""

    def __init__(self, transport: Transport | None) -> None:
        self.app = web.Application()
        aiohttp_session.setup(self.app, EncryptedCookieStorage(secrets.token_bytes(32)))
        lib.setup(self.app, transport, max_messages=MAX_MESSAGES)
        self.app.router.add_get("/", self.handle)
        self.actions: list[Action] = []
        self.seen: list[Any] = []
        self.response = "page"

    async def act(self, request: web.Request) -> None:
        for name, *arguments in self.actions:
            result = ACTIONS[name](request, *arguments)
            self.seen.append(await result if inspect.isawaitable(result) else result)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        response = await does(self.act, answer=RESPONSES[self.response][1])(request)
        if not isinstance(response, web.Response):
            await response.prepare(request)
            if request.method != "HEAD":
                await response.write(b"page")
        return response

    async def visit(
        self, client: TestClient[Any, Any], request: str, response: str, actions: list[Action]
    ) -> tuple[int, list[Any]]:
        """Send a request; returns the status and the results of the actions."""
        self.actions, self.response, self.seen = actions, response, []
        method = "HEAD" if request == "HEAD" else "GET"
        async with client.request(
            method, "/", headers=REQUESTS[request], allow_redirects=False
        ) as sent:
            return sent.status, self.seen


def visit_model(user: User, request: str, response: str, actions: list[Action]) -> tuple[int, Any]:
    """Do the same to the model."""
    visit, status = ModelVisit(user, hidden=request in UNSEEN), RESPONSES[response][0]
    if request != "preload":
        visit.missable = User()  # only a browser gets a 503 for it
    seen = [getattr(visit, name)(*arguments) for name, *arguments in actions]
    status = 503 if visit.missed else status
    if response not in NOT_SAVED:
        visit.end_session()
    visit.settle(
        status,
        shows=request in READERS and response not in SHOW_NOTHING,
        page_view=request in PAGES and response in PAGE_VIEWS,
    )
    return status, seen


async def compare(transport: Transport | None, visits: list[Visit]) -> None:
    site = Site(transport)
    users = [User(in_session=transport is None) for _ in range(2)]
    numbers = count()
    read_all: list[Action] = [("get", "a"), ("get", "b"), ("get", "c"), ("messages",)]
    server = TestServer(site.app)
    async with TestClient(server) as alice, TestClient(server) as bob:
        for who, request, response, actions in [
            *visits,
            *((who, "page", "page", read_all) for who in (0, 1)),
        ]:
            # Each message has a text of its own.
            named = [
                (*action[:2], f"message {next(numbers)}") if action[0] == "flash" else action
                for action in actions
            ]
            visited = await site.visit((alice, bob)[who], request, response, named)
            assert visited == visit_model(users[who], request, response, named)


@pytest.mark.slow
@settings(repeatable, max_examples=150)
@given(visits=visits)
def test_each_user_finds_their_own_flashes_in_the_session(visits: list[Visit]) -> None:
    asyncio.run(compare(None, visits))


@pytest.mark.slow
@settings(repeatable, max_examples=150)
@given(visits=visits)
def test_each_user_finds_their_own_flashes_in_own_cookies(visits: list[Visit]) -> None:
    asyncio.run(compare(lib.CookieTransport(secrets.token_bytes(32), max_bytes=3000), visits))


@pytest.mark.slow
@settings(repeatable, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(visits=visits)
async def test_each_user_finds_their_own_flashes_with_tickets(
    redis: Redis, visits: list[Visit]
) -> None:
    await compare(lib.RedisTransport(redis), visits)
