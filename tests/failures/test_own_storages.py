"""Session storages that people write themselves: they set cookies and headers in their own ways.

Nothing that a storage sets is lost, and no session. A flash that cannot travel is an ERROR.
"""

from __future__ import annotations

import json
import secrets
from abc import abstractmethod
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from aiohttp import ClientResponse, web
from aiohttp.typedefs import Handler
from aiohttp_session import AbstractStorage, Session, get_session
from support.apps import (
    Action,
    AiohttpClient,
    Client,
    cookies,
    does,
    flash_messages,
    make_app,
    messages_page,
    set_values,
    values_page,
)
from support.own_cookies import streams

from aiohttp_flashbag import flashbag_get, get_flashed_messages

NAME = "AIOHTTP_SESSION"
FETCH = {"Sec-Fetch-Dest": "empty"}
GONE = "Thu, 01 Jan 1970 00:00:00 GMT"


class OwnStorage(AbstractStorage):
    """A storage that keeps the session in the text that `carry` sets and `carried` returns."""

    @abstractmethod
    def carried(self, request: web.Request) -> str: ...

    @abstractmethod
    def carry(self, request: web.Request, response: web.StreamResponse, text: str) -> None: ...

    async def load_session(self, request: web.Request) -> Session:
        text = self.carried(request)
        if not text:
            return Session(None, data=None, new=True)
        return Session(None, data=json.loads(bytes.fromhex(text)), new=False)

    async def save_session(
        self, request: web.Request, response: web.StreamResponse, session: Session
    ) -> None:
        data = json.dumps(self._get_session_data(session)).encode()
        text = "" if session.empty else data.hex()
        self.carry(request, response, text)


class InOneCookie(OwnStorage):
    def carried(self, request: web.Request) -> str:
        return request.cookies.get(NAME, "")


class WritesTheHeader(InOneCookie):
    """It writes the Set-Cookie header itself."""

    def carry(self, request: web.Request, response: web.StreamResponse, text: str) -> None:
        life = "; SameSite=Lax" if text else "; Max-Age=0"
        response.headers.add("Set-Cookie", f"{NAME}={text}; Path=/; HttpOnly{life}")


class WritesCookies(InOneCookie):
    """It writes `response.cookies` itself."""

    def carry(self, request: web.Request, response: web.StreamResponse, text: str) -> None:
        response.cookies[NAME] = text
        response.cookies[NAME]["path"] = "/"
        response.cookies[NAME]["comment"] = "session"
        if not text:
            response.cookies[NAME]["max-age"] = 0


class SetsMore(InOneCookie):
    """It sets a second cookie, which scripts may read, and a header."""

    def carry(self, request: web.Request, response: web.StreamResponse, text: str) -> None:
        self.save_cookie(response, text)
        response.headers["X-Session-Length"] = str(len(text))
        if text:
            response.set_cookie("logged_in", "yes", path="/", samesite="Strict", max_age=600)
        else:
            response.del_cookie("logged_in")


class SetsMoreOnAServer(SetsMore):
    """It does the same, and keeps the session on the server."""

    def __init__(self) -> None:
        super().__init__()
        self.records: dict[str, str] = {}

    async def load_session(self, request: web.Request) -> Session:
        identity = request.cookies.get(NAME, "")
        if text := self.records.get(identity):
            return Session(identity, data=json.loads(text), new=False)
        return Session(None, data=None, new=True)

    async def save_session(
        self, request: web.Request, response: web.StreamResponse, session: Session
    ) -> None:
        if session.empty:
            self.records.pop(session.identity or "", None)
            return self.carry(request, response, "")
        identity = session.identity or secrets.token_hex(16)
        self.records[identity] = json.dumps(self._get_session_data(session))
        return self.carry(request, response, identity)


class SplitsTheCookie(OwnStorage):
    """It splits the session over cookies of 100 bytes."""

    def carried(self, request: web.Request) -> str:
        return "".join(request.cookies[name] for name in sorted(self.parts(request)))

    def parts(self, request: web.Request) -> set[str]:
        return {name for name in request.cookies if name.startswith(f"{NAME}-")}

    def carry(self, request: web.Request, response: web.StreamResponse, text: str) -> None:
        parts = [text[start : start + 100] for start in range(0, len(text), 100)]
        for number, part in enumerate(parts):
            response.set_cookie(f"{NAME}-{number:02}", part, path="/", httponly=True)
        for name in self.parts(request) - {f"{NAME}-{number:02}" for number in range(len(parts))}:
            response.del_cookie(name, path="/")


class UsesAHeader(OwnStorage):
    """It reads and writes the session in a header, for programs that keep no cookies."""

    def carried(self, request: web.Request) -> str:
        return request.headers.get("X-Session", "")

    def carry(self, request: web.Request, response: web.StreamResponse, text: str) -> None:
        response.headers["X-Session"] = text


with_cookies = pytest.mark.parametrize(
    "storage", [WritesTheHeader, WritesCookies, SetsMore, SetsMoreOnAServer, SplitsTheCookie]
)


async def count(request: web.Request) -> None:
    session = await get_session(request)
    session["count"] = session.get("count", 0) + 1


def leave_alone(request: web.Request) -> None:
    """Leave the session as it is."""


touches = pytest.mark.parametrize("touch", [count, leave_alone])


async def session_page(request: web.Request) -> web.Response:
    session = await get_session(request)
    return web.json_response({name: session.get(name) for name in ("user", "count")})


@pytest.fixture
def start(aiohttp_client: AiohttpClient) -> Callable[..., Any]:
    """Return a function that starts an application, and logs Alice in."""

    async def start(
        storage: type[OwnStorage], touch: Action, *routes: web.AbstractRouteDef
    ) -> Client:
        def with_touch(page: Handler) -> Handler:
            async def handler(request: web.Request) -> web.StreamResponse:
                await does(touch)(request)
                return await page(request)

            return handler

        adds = touch, flash_messages, set_values
        pages = {"/shown": with_touch(messages_page), "/read": with_touch(values_page)}
        app = make_app(
            storage(),
            web.get("/session", session_page),
            web.post("/add", does(*adds)),
            web.post("/redirect", does(*adds, answer=partial(web.HTTPSeeOther, "/plain"))),
            web.post("/stream", streams(*adds)),
            *(web.get(path, page) for path, page in pages.items()),
            *routes,
        )
        client = await aiohttp_client(app)
        await client.post("/login?user=alice")
        return client

    return start


async def session_of(client: Client) -> Any:
    return await (await client.get("/session", headers=FETCH)).json()


def lines_of(response: ClientResponse) -> dict[str, str]:
    """Return the attributes of the cookies that a response sets, without the library's."""
    lines = [line.partition(";") for line in response.headers.getall("Set-Cookie", ())]
    named = {line[0].partition("=")[0]: line[2].strip() for line in lines}
    assert len(named) == len(lines), "a cookie was set twice"
    return named


@with_cookies
@touches
@pytest.mark.parametrize("path", ["/add", "/redirect", "/stream"])
async def test_89_a_flash_travels_and_the_session_stays(
    start: Callable[..., Any],
    caplog: pytest.LogCaptureFixture,
    storage: type[OwnStorage],
    touch: Action,
    path: str,
) -> None:
    client = await start(storage, touch)
    for number in range(3):
        query = {"info": f"Saved {number}"}
        response = await client.post(path, params=query, headers=FETCH, allow_redirects=False)
        assert response.status in (200, 303)
        assert (await session_of(client))["user"] == "alice"
        read = await client.get("/read?info=", headers=FETCH)
        assert await read.json() == {"info": f"Saved {number}"}
        assert await (await client.get("/shown")).json() == [f"Saved {number}"]
    assert await (await client.get("/shown")).json() == []
    touched = 7 if path == "/stream" else 10  # aiohttp_session saves no stream
    count_ = touched if touch is count else None
    assert await session_of(client) == {"user": "alice", "count": count_}
    assert caplog.messages == []


@with_cookies
@touches
async def test_89_everything_that_the_storage_sets_is_set(
    start: Callable[..., Any], storage: type[OwnStorage], touch: Action
) -> None:
    client = await start(storage, touch)
    login = await client.post("/login?user=alice")
    for response in (
        await client.post("/add?info=Saved", headers=FETCH),
        await client.get("/shown"),
    ):
        missing = lines_of(login).items() - lines_of(response).items()
        # The id of a session on a server is not sent again.
        is_known = storage is SetsMoreOnAServer and touch is leave_alone
        assert [name for name, _ in missing] == [NAME] * is_known
        assert ("X-Session-Length" in response.headers) is issubclass(storage, SetsMore)


@with_cookies
async def test_89_a_logout_deletes_everything_that_the_storage_set(
    start: Callable[..., Any], storage: type[OwnStorage]
) -> None:
    async def leave(request: web.Request) -> None:
        (await get_session(request)).invalidate()

    client = await start(storage, leave_alone, web.post("/leave", does(leave, flash_messages)))
    await client.post("/add?info=Secret", headers=FETCH)
    await client.post("/logout", headers=FETCH)
    assert cookies(client) == {}
    await client.post("/login?user=bob", headers=FETCH)
    await client.post("/add?info=Secret", headers=FETCH)
    await client.post("/leave?info=Bye", headers=FETCH)
    assert (await session_of(client))["user"] is None
    assert await (await client.get("/shown")).json() == ["Bye"]


@with_cookies
@touches
@pytest.mark.parametrize("size", [10, 1000])
async def test_89_a_response_that_fails_after_the_session_was_saved_loses_no_session(
    aiohttp_client: AiohttpClient, storage: type[OwnStorage], touch: Action, size: int
) -> None:
    @web.middleware
    async def fails(request: web.Request, handler: Handler) -> web.StreamResponse:
        response = await handler(request)
        if request.path == "/fails":
            response.set_status(500)
        return response

    reads = get_flashed_messages, partial(flashbag_get, key="error")
    route = web.post("/fails", does(touch, *reads, flash_messages, set_values))
    app = make_app(storage(), route, web.get("/session", session_page))
    app.middlewares.insert(0, fails)
    client = await aiohttp_client(app)
    await client.post("/login?user=alice")
    await client.post("/flash?info=pending", headers=FETCH)
    response = await client.post("/fails", params={"error": "x" * size}, headers=FETCH)
    assert response.status == 500
    assert (await session_of(client))["user"] == "alice"
    assert await (await client.get("/values?error", headers=FETCH)).json() == {"error": None}
    assert await (await client.get("/messages")).json() == ["pending"]
    assert (await session_of(client))["user"] == "alice"


@pytest.mark.parametrize("storage", [WritesTheHeader, WritesCookies, SetsMore])
@touches
async def test_89_a_flash_that_is_too_large_is_dropped_and_the_session_stays(
    start: Callable[..., Any],
    caplog: pytest.LogCaptureFixture,
    storage: type[OwnStorage],
    touch: Action,
) -> None:
    client = await start(storage, touch)
    await client.post("/add", params={"bio": "x" * 4000}, headers=FETCH)
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    assert (await session_of(client))["user"] == "alice"
    await client.post("/add?info=Saved", headers=FETCH)
    assert await (await client.get("/shown")).json() == ["Saved"]


# A session in a header


async def with_session(client: Client, method: str, path: str, session: str) -> ClientResponse:
    headers = {**FETCH, "X-Session": session}
    return await client.request(method, path, headers=headers, allow_redirects=False)


@touches
@pytest.mark.parametrize("path", ["/add", "/redirect", "/stream"])
async def test_89_a_flash_that_cannot_travel_is_an_error_and_the_session_stays(
    start: Callable[..., Any], caplog: pytest.LogCaptureFixture, touch: Action, path: str
) -> None:
    client = await start(UsesAHeader, touch)
    session = (await client.post("/login?user=alice")).headers["X-Session"]
    assert caplog.messages == []
    for number in range(1, 3):
        response = await with_session(client, "POST", f"{path}?info=Saved", session)
        session = response.headers.get("X-Session", session)
        assert [record.levelname for record in caplog.records] == ["ERROR"] * number
        for fact in ("UsesAHeader", NAME, "CookieTransport"):
            assert fact in caplog.messages[-1]
        found = await with_session(client, "GET", "/session", session)
        assert (await found.json())["user"] == "alice"


@touches
async def test_89_without_a_flash_there_is_no_error(
    start: Callable[..., Any], caplog: pytest.LogCaptureFixture, touch: Action
) -> None:
    client = await start(UsesAHeader, touch)
    session = (await client.post("/login?user=alice")).headers["X-Session"]
    for path in ("/shown", "/read?error", "/plain", "/missing"):
        response = await with_session(client, "GET", path, session)
        session = response.headers.get("X-Session", session)
    assert caplog.messages == []
    found = await with_session(client, "GET", "/session", session)
    assert (await found.json())["user"] == "alice"
