"""One request and its response: load what is pending, decide the delta, commit it once.

The commit runs when the headers go out, by the response that is really sent. Before that the
middleware only sets `Cache-Control` and merges the delta into a session that is about to be saved.
These of the project's numbered rules are about a whole exchange; the others are in `bag.py`:

B1  A request that adds and consumes nothing writes nothing and changes no header. It loads only if
    it carries the transport's cookie, and a static route never loads.
B4  What is added goes into the session that is current at the commit. What is pending moves along
    to a `new_session()`, and is gone after `invalidate()`, `clear()` or deleting the keys.
B5  A response that adds, consumes or shows a flash is kept out of shared caches.
B6  All of this holds for every kind of response, and for middlewares around this one.
B7  A flash never makes a page a 500: what cannot be read counts as empty, failures are logged.
B8  Installed twice, the flashbag acts once, and an inner application never gets an outer session.
B9  After the response no task, context or connection holds the request or its bag.
"""

from __future__ import annotations

import re
import time
import weakref
from collections.abc import Set
from contextvars import ContextVar
from dataclasses import dataclass, field
from http.cookies import SimpleCookie

from aiohttp import hdrs, web

from .address import MAX_AGE, Address
from .bag import Flashbag
from .codec import logger
from .fetch_metadata import (
    MOVED,
    can_show,
    is_browser_preload,
    is_page_view,
    is_unseen,
    redirect_path,
    sending_page,
)
from .hint import BrowserHalf
from .observer import Observer, Watch
from .parcel import Delta, Parcel
from .transports import MAX_LINES, Store, Transport


@dataclass(slots=True)
class Config:
    """What an application chose in `setup()`, and in `setup_browser()`."""

    transport: Transport
    max_messages: int = 50
    clear_preloads: bool = True
    observer: Observer | None = None
    browser: BrowserHalf | None = field(default=None, compare=False, repr=False)


CONFIG = web.AppKey("aiohttp_flashbag", Config)

current_request: ContextVar[weakref.ref[web.Request] | None] = ContextVar(
    "current_request", default=None
)
"""The request that is being handled, for templates that are not given one.

A weak reference: a task that the handler starts copies the context, and may live long (B9)."""

_NO_CHANGE = Delta()
_SAVED = (web.Response, web.HTTPException)  # responses for which aiohttp_session saves a session
_QUOTED = re.compile(r'"[^"]*"')
EXCHANGE = "aiohttp_flashbag"
"""The name of the attribute under which the exchange of a request lies on its writer.

An outer middleware may hand on a clone of the request, as aiohttp_remotes does, in another task
too. What all clones of a request share, and no two requests do, is the writer."""


class Exchange:
    """One request and its response. `get_flashbag` makes the bag, if nothing was pending."""

    bag: Flashbag | None = None
    watch: Watch | None = None  # where somebody observes
    committed = False
    running = True  # until the handler has returned
    sent_at = 0  # microseconds, when something is sent
    is_known = True  # what was pending when the request came

    def __init__(self, config: Config, store: Store, request: web.Request) -> None:
        self.config = config
        self.store = store
        self.request: web.Request | None = request  # None after the commit (B9)
        if config.observer is not None:
            self.watch = Watch(config.observer)
            store.trace = self.watch.trace

    async def load(self, request: web.Request) -> None:
        """Open the bag if something is pending; HEAD and preloads do not see it (B3)."""
        self.is_known = False
        resource, browser = request.match_info.route.resource, self.config.browser
        if isinstance(resource, web.StaticResource) or (browser and browser.script is resource):
            return  # B1
        try:
            pending = await self.store.load(request)
        except Exception as error:
            log_failure("read", error)
            return
        self.is_known = True
        if pending is not None:
            self.open_bag(pending, hidden=is_unseen(request.method, request.headers))

    def open_bag(self, incoming: Parcel | None = None, *, hidden: bool = False) -> Flashbag:
        """Make the bag of this request; it is closed from the start if the response has begun."""
        self.bag = Flashbag(
            incoming,
            hidden=hidden,
            codec=self.store.codec,
            max_messages=self.config.max_messages,
        )
        self.bag._closed = self.committed
        return self.bag

    def decide(self, request: web.Request, response: web.StreamResponse) -> Delta:
        """Tell what this response changes in what is pending. Pure: it may be asked again."""
        bag = self.bag
        if bag is None:
            return _NO_CHANGE
        facts = request.method, request.headers, response.status, response.headers
        delta = bag.delta(
            response.status,
            shows=bool(bag._returned) and can_show(*facts),
            page_view=bool(bag._incoming.values) and is_page_view(*facts),
            is_seen=request.transport is not None,
        )
        if delta.values or delta.messages:
            delta.address = self._address(request, response)
        return delta

    async def answered(self, request: web.Request, response: web.StreamResponse) -> None:
        """Do what cannot wait for the commit, when the handler has returned `response`.

        Caches in outer middlewares must see `Cache-Control` (B5), and a session that
        aiohttp_session is about to save must hold the delta.
        """
        bag = self.bag
        if bag is not None:
            if bag._was_missed and is_browser_preload(request.headers):
                _load_later(response)
            if bag._is_private or self.decide(request, response).is_private:
                _forbid_caching(response)
        may_merge = self.store.in_session and not self.committed and isinstance(response, _SAVED)
        if may_merge and self.store.is_saved_next(request):
            try:
                await self.store.merge_into_session(request, self.decide(request, response))
            except Exception as error:
                log_failure("saved", error)

    async def commit(
        self, request: web.Request, response: web.StreamResponse, bag: Flashbag
    ) -> None:
        """Write the delta of the response that is really sent: to its headers and to the store.

        The middleware may have seen a clone of `request`, on which the session lies then. What goes
        wrong is logged (B7).
        """
        committed = None
        try:
            if bag._was_missed and is_browser_preload(request.headers):
                _load_later(response)
            delta = self.decide(request, response)
            if delta.is_private and response.headers.get(hdrs.CACHE_CONTROL) != "no-store":
                _forbid_caching(response)
            if (delta.values or delta.messages) and self.config.clear_preloads:
                response.headers.add("Clear-Site-Data", '"prefetchCache", "prerenderCache"')
            if self.store.received:
                _note_redirect(self.store.received, request, response)
            if self.config.browser is not None:
                arrived = bag._arrived if self.is_known and not self.store.passes_over else None
                if self.config.browser.hint.commit(request, response, delta, arrived):
                    _forbid_caching(response)  # B5, for the cookie is this visitor's
            await self.store.commit(self.request or request, response, delta)
            committed = delta
        except Exception as error:  # in a signal it would cut the connection
            log_failure("saved", error)
        finally:
            bag._closed = True
        if self.watch is not None:
            self.watch.committed(self.request or request, bag._use(), committed)

    async def commit_early(self, request: web.Request, response: web.StreamResponse) -> None:
        """Commit before aiohttp_session saves the session, where no signal will."""
        if self.bag is not None and isinstance(response, _SAVED) and not _is_prepared(response):
            await self.commit(request, response, self.bag)
        elif self.decide(request, response):
            logger.error(
                "what the flashbag of %s %r was given or returned is not stored, for the response "
                "is a %s: install it by aiohttp_flashbag.setup(app), which serves every kind",
                request.method,
                request.path,
                type(response).__name__,
            )

    def _address(self, request: web.Request, response: web.StreamResponse) -> Address:
        """Return when and to whom this response sends its flashes (T1)."""
        at = self.sent_at = self.sent_at or time.time_ns() // 1000
        page = sending_page(request.headers) if hdrs.REFERER in request.headers else ""
        path = _redirect_path(request, response) if page else None
        return Address(at) if path is None else Address.sealed(at, page, path)

    def fail(self) -> None:
        """Forget what the handler did, for it failed or was cancelled (B2)."""
        if self.bag is not None and not self.committed:
            if self.watch is not None and self.request is not None:
                self.watch.failed(self.request, self.bag._use())
            self.bag._fail()

    def close(self) -> None:
        """Close the bag: nothing can be added, and nothing new is read."""
        self.committed, self.request = True, None
        if self.bag is not None:
            self.bag._closed = True


async def commit_prepared(request: web.Request, response: web.StreamResponse) -> None:
    """Commit the exchange now that the headers go out: a receiver of `on_response_prepare`."""
    exchange: Exchange | None = getattr(request.writer, EXCHANGE, None)
    if exchange is not None and not exchange.committed:
        exchange.committed = True
        bag, browser = exchange.bag, exchange.config.browser
        if bag is None and browser is not None and exchange.is_known:  # nothing is pending
            bag = browser.hint.find(request.headers.get(hdrs.COOKIE, "")) and exchange.open_bag()
        if bag is not None:
            await exchange.commit(request, response, bag)
        exchange.request = None


def get_flashbag(request: web.Request) -> Flashbag:
    """Return the flashbag of this request.

    Raises RuntimeError if none is installed, TypeError if `request` is not a request.
    """
    if not isinstance(request, web.Request):
        raise TypeError(
            f"the first argument is the request, not {request!r:.80} of type "
            f"{type(request).__name__}: in a web.View it is self.request"
        )
    exchange: Exchange | None = getattr(request.writer, EXCHANGE, None)
    if not isinstance(exchange, Exchange):
        raise RuntimeError(
            "aiohttp_flashbag is not installed: call aiohttp_session.setup(app, storage), which "
            "only a CookieTransport does without, and after it aiohttp_flashbag.setup(app); a "
            "middleware that flashes and does not call its handler comes after both"
        )
    return exchange.open_bag() if exchange.bag is None else exchange.bag


def private_copy(error: web.HTTPException) -> web.HTTPException:
    """Copy a raised response, for a module may raise one object for all of its visitors (B6)."""
    copy: web.HTTPException = BaseException.__new__(type(error), *error.args)
    cookies = SimpleCookie(vars(error).get("_cookies"))
    copy.__dict__ = {**vars(error), "_headers": error.headers.copy(), "_cookies": cookies}
    copy.__cause__, copy.__context__ = error.__cause__, error.__context__
    copy.__suppress_context__ = error.__suppress_context__
    return copy.with_traceback(error.__traceback__)


def log_failure(what: str, error: Exception) -> None:
    """Log the type of the error, not its text, which may hold a session id or a key."""
    kind = f"{type(error).__module__}.{type(error).__qualname__}"
    effect = "counts as empty" if what == "read" else "what this request did to it is lost"
    logger.error("the flashbag could not be %s and %s: %s", what, effect, kind)


def _redirect_path(request: web.Request, response: web.StreamResponse) -> str | None:
    headers = request.headers, response.status, response.headers
    return redirect_path(request.rel_url, request.host, *headers)


def _note_redirect(
    received: Set[Address], request: web.Request, response: web.StreamResponse
) -> None:
    """Note where the addressee goes now (T2), beside what is pending, which is not written."""
    path = _redirect_path(request, response)
    if path is not None:
        attributes = "; HttpOnly; SameSite=Lax" + ("; Secure" if request.secure else "")
        for address in sorted(received)[-MAX_LINES:]:
            note = f"{MOVED}{address.at}={address.hash_of(path)}"
            line = f"{note}; Max-Age={MAX_AGE}; Path=/{attributes}"
            response.headers.add(hdrs.SET_COOKIE, line)


def _is_prepared(response: web.StreamResponse) -> bool:
    """Tell whether the headers have gone out; an exception of aiohttp 4 is no response yet."""
    return getattr(response, "prepared", False)


def _load_later(response: web.StreamResponse) -> None:
    """Let the browser load the page for real, for its preload has read what is hidden (B3).

    `set_status()` refuses once the response is prepared, although nothing has been sent yet.
    """
    response._status, response._reason = 503, "Service Unavailable"
    response.headers[hdrs.CACHE_CONTROL] = "no-store"


def _forbid_caching(response: web.StreamResponse) -> None:
    """Keep the response out of shared caches, unless its own header does already (B5)."""
    if said := ",".join(response.headers.getall(hdrs.CACHE_CONTROL, ())):
        directives = [part.strip() for part in _QUOTED.sub("", said.lower()).split(",")]
        if "private" in directives or "no-store" in directives:
            return
    response.headers[hdrs.CACHE_CONTROL] = "no-store"
