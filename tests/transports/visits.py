"""Requests to a transport without a server: a test decides when each response arrives."""

from __future__ import annotations

import json
from collections.abc import Coroutine, Iterable, Mapping, Sequence
from http.cookies import SimpleCookie
from typing import Any, TypeVar

from aiohttp import hdrs, web
from aiohttp.test_utils import make_mocked_request
from aiohttp_session import AbstractStorage, session_middleware
from support.own_cookies import KEY, PREFIX

from aiohttp_flashbag import CookieTransport
from aiohttp_flashbag.bag import Flashbag
from aiohttp_flashbag.flash import Delta, Flash, Outcome, ids, new_id
from aiohttp_flashbag.transports import Store, Transport
from aiohttp_flashbag.transports.encryption import Encryption

T = TypeVar("T")

TOMBSTONE = "AIOHTTP_FLASHBAG_READ-"

_http = make_mocked_request("GET", "/", app=web.Application())


def result_of(coroutine: Coroutine[Any, Any, T]) -> T:
    """Return the result of a coroutine that never waits, as all methods for own cookies."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        result: T = done.value
        return result
    raise AssertionError("the coroutine waits")


def request_with(cookies: Mapping[str, str], base: web.Request = _http) -> web.Request:
    """Return a request that carries these cookies."""
    pairs = "; ".join(f"{name}={value}" for name, value in cookies.items())
    return base.clone(headers={hdrs.COOKIE: pairs} if pairs else {})


def value(key: str, content: Any = 1) -> Flash:
    """Return a new value."""
    return Flash(new_id(), key, content)


def message(text: str, category: str = "info", **marks: Any) -> Flash:
    """Return a new message."""
    return Flash(new_id(), None, {"m": text, "c": category, **marks})


class Visit:
    """One request, from the cookies that it carries to the cookies that its response sets."""

    store: Store

    def __init__(
        self,
        transport: Transport,
        cookies: Mapping[str, str],
        storage: AbstractStorage | None = None,
    ) -> None:
        self.transport, self.storage = transport, storage
        self.cookies = dict(cookies)
        self.request = request_with(cookies)
        self.response = web.Response()
        self.pending: Sequence[Flash] = ()

    async def load(self) -> Flashbag:
        """Load the pending flashes, as the middleware does. Returns the bag of the request."""
        if self.storage is None:
            await self._load(self.request)
        else:
            await session_middleware(self.storage)(self.request, self._load)
        return Flashbag(self.pending, copies=self.store.copies)

    async def commit(self, delta: Delta) -> Outcome:
        """Commit a delta, as the headers of the response are sent."""
        return await self.store.commit(self.request, self.response, delta)

    @property
    def lines(self) -> list[str]:
        """The `Set-Cookie` lines of the response."""
        lines: Iterable[str] = self.response.headers.getall(hdrs.SET_COOKIE, ())
        return list(lines)

    async def _load(self, request: web.Request) -> web.Response:
        self.store = self.transport.open(request)
        self.pending = await self.store.load(request)
        return self.response


class Browser:
    """The own cookies of one browser. Its requests follow each other unless a test says so."""

    def __init__(self, transport: CookieTransport | None = None) -> None:
        self.transport = transport or CookieTransport(KEY)
        self.cookies: dict[str, str] = {}

    def send(self) -> Visit:
        """Send a request with the present cookies, and load its pending flashes."""
        visit = Visit(self.transport, self.cookies)
        result_of(visit.load())
        return visit

    def receive(self, lines: Iterable[str]) -> None:
        """Set and delete the cookies of a response that has arrived."""
        for line in lines:
            ((name, cookie),) = SimpleCookie(line).items()
            self.cookies.pop(name, None)
            if int(cookie["max-age"]) > 0:
                self.cookies[name] = cookie.value

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
        """The bytes of the own cookies in a `Cookie` header, separators included."""
        return sum(len(f"{name}={self.cookies[name]}; ".encode()) for name in self.cookies)


def decrypted(name: str, value: str, key: bytes = KEY) -> Any:
    """Return the JSON in a cookie."""
    content = Encryption(key).decrypt(value, name)
    assert content is not None
    return json.loads(content)


def encrypted(name: str, content: Any, key: bytes = KEY) -> str:
    """Return a cookie that only somebody with the key can make."""
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    return Encryption(key).encrypt(raw, name)


def flash_cookies(lines: Iterable[str]) -> list[str]:
    """Return the names of the flash cookies that a response sets or deletes."""
    return [line.partition("=")[0] for line in lines if line.startswith(PREFIX)]
