"""Requests to a transport without a server: a test decides when each response arrives."""

from __future__ import annotations

import json
from collections.abc import Coroutine, Iterable, Mapping, Sequence
from http.cookies import SimpleCookie
from typing import Any, TypeVar

from aiohttp import hdrs, web
from aiohttp.test_utils import make_mocked_request
from aiohttp_session import AbstractStorage, session_middleware
from rules.random_flashes import check_fates
from support.own_cookies import KEY, header

from aiohttp_flashbag import CookieTransport
from aiohttp_flashbag.bag import Flashbag
from aiohttp_flashbag.flash import Delta, Flash, Outcome, ids, new_id
from aiohttp_flashbag.transports import Store, Transport
from aiohttp_flashbag.transports.encryption import Encryption

T = TypeVar("T")

TOMBSTONE = "AIOHTTP_FLASHBAG_READ-"
OTHER_KEY = b"another sixteen and sixteen byte"

_http = make_mocked_request("GET", "/", app=web.Application())


def result_of(coroutine: Coroutine[Any, Any, T]) -> T:
    """Return the result of a coroutine that never waits, as with own cookies."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        result: T = done.value
        return result
    raise AssertionError("the coroutine waits")


def request_with(cookies: Mapping[str, str], base: web.Request = _http) -> web.Request:
    """Return a request that carries these cookies."""
    return base.clone(headers=header(cookies.items()) if cookies else {})


def value(key: str, content: Any = 1) -> Flash:
    """Return a new value."""
    return Flash(new_id(), key, content)


def message(text: str, category: str = "info", **marks: Any) -> Flash:
    """Return a new message."""
    return Flash(new_id(), None, {"m": text, "c": category, **marks})


class Visit:
    """One request, from the cookies that it carries to the cookies that its response sets."""

    pending: Sequence[Flash] = ()
    bag: Flashbag

    def __init__(self, transport: Transport, cookies: Mapping[str, str]) -> None:
        self.transport, self.cookies = transport, dict(cookies)
        self.request = request_with(cookies)
        self.response = web.Response()
        self.store: Store

    async def load(self, storage: AbstractStorage | None = None) -> None:
        """Load the pending flashes, as the middleware does. `storage`: of the session, if any."""
        if storage is None:
            await self._load(self.request)
        else:
            await session_middleware(storage)(self.request, self._load)

    async def commit(self, delta: Delta) -> Outcome:
        """Commit a delta, as when the headers of the response are sent."""
        outcome = await self.store.commit(self.request, self.response, delta)
        check_fates(delta, outcome)
        return outcome

    @property
    def lines(self) -> list[str]:
        """The `Set-Cookie` lines of the response."""
        lines: Iterable[str] = self.response.headers.getall(hdrs.SET_COOKIE, ())
        return list(lines)

    async def _load(self, request: web.Request) -> web.Response:
        self.store = self.transport.open(request)
        self.pending = await self.store.load(request)
        self.bag = Flashbag(self.pending, copies=self.store.copies)
        return self.response


class AnyBrowser:
    """The cookies of one browser, with any transport. `storage`: of the session, if any."""

    def __init__(self, transport: Transport, storage: AbstractStorage | None = None) -> None:
        self.transport = transport
        self.storage = storage
        self.cookies: dict[str, str] = {}

    async def request(self) -> Visit:
        """Send a request with the present cookies, and load its pending flashes."""
        visit = Visit(self.transport, self.cookies)
        await visit.load(self.storage)
        return visit

    def receive(self, lines: Iterable[str]) -> None:
        """Set and delete the cookies of a response that has arrived."""
        for line in lines:
            ((name, cookie),) = SimpleCookie(line).items()
            self.cookies.pop(name, None)
            if cookie["max-age"] != "0":
                self.cookies[name] = cookie.value


class Browser(AnyBrowser):
    """A browser with own cookies. Its requests do not overlap unless a test sends two."""

    transport: CookieTransport

    def __init__(self, transport: CookieTransport | None = None) -> None:
        super().__init__(transport or CookieTransport(KEY))

    def send(self) -> Visit:
        """Send a request."""
        return result_of(self.request())

    def visit(self, delta: Delta) -> Outcome:
        """Send a request, commit a delta, and receive the response."""
        visit = self.send()
        outcome = result_of(visit.commit(delta))
        self.receive(visit.lines)
        return outcome

    def flash(self, *flashes: Flash) -> str:
        """Receive a response that adds these flashes. Returns the name of its cookie."""
        before = set(self.cookies)
        self.visit(Delta(added=flashes))
        (name,) = set(self.cookies) - before
        return name

    def consume(self, *flashes: Flash) -> Outcome:
        """Receive a response that shows these flashes."""
        return self.visit(Delta(gone=ids(flashes)))

    @property
    def pending(self) -> Sequence[Flash]:
        """The flashes that the next request finds."""
        return self.send().pending

    @property
    def size(self) -> int:
        """The bytes of all cookies in a `Cookie` header, separators included."""
        return len(header(self.cookies.items())[hdrs.COOKIE].encode()) + 2 * bool(self.cookies)


def decrypted(name: str, value: str, key: bytes = KEY) -> Any:
    """Return the JSON in a cookie."""
    content = Encryption(key).decrypt(value, name)
    assert content is not None
    return json.loads(content)


def encrypted(name: str, content: Any, key: bytes = KEY) -> str:
    """Return the value of a cookie with any content."""
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    return Encryption(key).encrypt(raw, name)
