"""A request's way: a bag is opened when one is needed and settled when the answer is known."""

from __future__ import annotations

from collections.abc import Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any
from weakref import WeakValueDictionary

from aiohttp import web

from . import headers, visits
from .bag import Flashbag
from .parcel import Change, Parcel, logger
from .transports import Transport


@dataclass(frozen=True, slots=True)
class Config:
    """What an application chose in `setup()`."""

    transport: Transport
    max_messages: int = 50
    clear_preloads: bool = True
    has_signal: bool = False


current_request: ContextVar[web.Request | None] = ContextVar("current_request", default=None)
"""The request that is being answered, as the middleware saw it.

For templates that are not given a request, in the page for an error of an outer middleware too.
aiohttp answers each request in a task and so in a context of its own."""


_NOTHING = Change()
_SAVED = (web.Response, web.HTTPException)  # answers for which aiohttp_session saves a session


class Visit:
    """A request as the flashbag sees it; without a bag while nothing waits and nobody asks."""

    __slots__ = (
        "__weakref__",
        "answer",
        "bag",
        "change",
        "config",
        "cookies",
        "match_info",
        "origin",
        "request",
        "running",
        "sent",
        "settled",
        "state",
    )

    def __init__(self, config: Config, request: web.Request, origin: Any) -> None:
        self.config = config
        self.request: web.Request | None = request  # until the answer goes out
        self.origin = origin  # what the transport noted of it
        self.state: Any = None  # the transport's, once something may wait or somebody asks
        self.bag: Flashbag | None = None
        self.running = True  # the handler
        self.answer: type[object] = type(None)  # the kind of what it answered
        self.settled = self.sent = False
        self.change = _NOTHING
        self.cookies: Sequence[str] = ()

    def open_bag(self, parcels: Sequence[Parcel] = (), *, hidden: bool = False) -> Flashbag:
        """Make the bag of this request."""
        transport = self.config.transport
        if self.state is None:
            self.state = transport.begin(self.origin)
        self.bag = Flashbag(
            parcels,
            hidden=hidden,
            copier=transport.copier(self.state),
            room=transport.room,
            max_messages=self.config.max_messages,
        )
        if self.settled or self.sent or (not self.running and self.is_saved()):
            self.bag.settled = True
        if self.request is not None and _may_be_clone(self.request):
            self.match_info = self.request.match_info
            _opened[id(self.match_info)] = self
        return self.bag

    def is_saved(self) -> bool:
        """The handler is done, and aiohttp_session saves a session for an answer of this kind."""
        saves = self.config.transport.stores_before_session
        return saves and issubclass(self.answer, _SAVED)

    async def load(self, request: web.Request) -> None:
        """Open the bag if something waits; what only HEAD or a preload asks for is hidden (B3)."""
        if isinstance(request.match_info.route.resource, web.StaticResource):
            return  # B1
        transport = self.config.transport
        self.state = transport.begin(self.origin)
        try:
            parcels = await transport.load(request, self.state)
        except Exception as error:
            log_failure("read", error)
            return
        if parcels:
            hidden = visits.nobody_looks(request.method, request.headers)
            self.open_bag(parcels, hidden=hidden)

    def must_come_back(self, request: web.Request) -> bool:
        """A preload by the browser looked while something waited: it is to load for real (B3)."""
        return self.bag is not None and self.bag.missed and visits.is_preload(request.headers)

    def decide(self, bag: Flashbag, request: web.Request, response: Any) -> Change:
        """Close the bag: what this answer changes in what waits."""
        self.settled = True
        facts = request.method, request.headers, response.status, response.headers
        self.change = bag.settle(
            response.status,
            shows=bag.took and visits.shows(*facts),
            page_view=bag.came and visits.is_page_view(*facts),
        )
        return self.change

    async def settle(
        self, bag: Flashbag, request: web.Request, response: Any, *, headers_go_out: bool
    ) -> None:
        """Decide, and store what was decided (B7: or say in the log that it failed)."""
        change = self.decide(bag, request, response)
        try:
            self.cookies = await self.config.transport.store(
                request, self.state, change, response if headers_go_out else None
            )
        except Exception as error:
            log_failure("saved", error)

    async def send(self, bag: Flashbag, request: web.Request, response: web.StreamResponse) -> None:
        """The headers of the answer go out now."""
        seen = self.request or request
        if not self.settled:
            if self.must_come_back(request):
                # set_status() refuses from here on, although nothing has been sent yet.
                response._status, response._reason = 503, "Service Unavailable"
                response.headers["Cache-Control"] = "no-store"
            await self.settle(bag, seen, response, headers_go_out=True)
        self.lay_on(bag, response)
        await self.config.transport.finish(seen, self.state, response)

    def lay_on(self, bag: Flashbag, response: Any) -> None:
        """Set the headers that the change needs on the answer that is really sent."""
        clear_preloads = self.change.adds and self.config.clear_preloads
        headers.lay_on(response, bag, self.change, self.cookies, clear_preloads=clear_preloads)


# web.RequestKey came with aiohttp 3.14; before it every key of a request is a string.
VISIT: Any = (
    web.RequestKey("visit", Visit) if hasattr(web, "RequestKey") else "aiohttp_flashbag.visit"
)

# An outer middleware may hand on a clone of the request, as aiohttp_remotes does, and do so in
# another task. The answer is then prepared with a request that never came to our middleware. The
# match_info is common to both, and a visit holds on to it, so its id cannot be another's while the
# visit lives.
_opened: WeakValueDictionary[int, Visit] = WeakValueDictionary()


def visit_of(request: web.Request) -> Visit | None:
    """The visit of this request or of the clone of it that the middleware saw."""
    visit: Visit | None
    try:
        visit = request[VISIT]
    except KeyError:
        visit = _opened.get(id(request.match_info)) or _as_seen(request).get(VISIT)
    return visit


def _as_seen(request: web.Request) -> web.Request:
    """The one of its clones that came to the middleware."""
    current = current_request.get()
    return current if current and current.match_info is request.match_info else request


def _may_be_clone(request: web.Request) -> bool:
    """The request that the protocol knows is none, and most are that one."""
    return getattr(request.protocol, "_current_request", None) is not request


def is_inside(request: web.Request) -> bool:
    """An outer application has the handler of this request running (B8)."""
    visit = visit_of(request)
    return visit is not None and visit.running


def log_failure(what: str, error: Exception) -> None:
    """By the error's type only: its text may hold a session id or a key."""
    kind = f"{type(error).__module__}.{type(error).__qualname__}"
    effect = "counts as empty" if what == "read" else "what this request did to it is lost"
    logger.error("the flashbag could not be %s and %s: %s", what, effect, kind)
