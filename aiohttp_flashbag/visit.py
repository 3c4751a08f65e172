"""A request's way: a bag is opened when one is needed and settled when the answer is known."""

from __future__ import annotations

from collections.abc import MutableMapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any
from weakref import WeakValueDictionary

from aiohttp import web

from . import visits
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

For templates that are not given a request. An outer middleware may render a page for an error, so
it is set until the answer goes out."""


_NOTHING = Change()


class Visit:
    """A request as the flashbag sees it; without a bag while nothing waits and nobody asks."""

    __slots__ = (
        "__weakref__",
        "bag",
        "change",
        "config",
        "cookies",
        "handled",
        "match_info",
        "request",
        "sent",
        "settled",
        "state",
    )

    def __init__(self, request: web.Request, config: Config) -> None:
        self.config = config
        self.state = config.transport.begin(request)
        self.match_info = request.match_info
        self.bag: Flashbag | None = None
        self.request: web.Request | None = None
        self.handled = self.settled = self.sent = False
        self.change = _NOTHING
        self.cookies: Sequence[str] = ()

    def open_bag(self, parcels: Sequence[Parcel] = (), *, hidden: bool = False) -> Flashbag:
        """The bag of this request, made when it is first wanted."""
        if self.bag is None:
            self.bag = Flashbag(
                parcels,
                hidden=hidden,
                copier=self.config.transport.copier(self.state),
                room=self.config.transport.room,
                max_messages=self.config.max_messages,
            )
            self.bag.settled = self.settled
            _opened[id(self.match_info)] = self
        return self.bag

    async def load(self, request: web.Request) -> None:
        """Open the bag if something waits; what only HEAD or a preload asks for is hidden (B3)."""
        if isinstance(request.match_info.route.resource, web.StaticResource):
            return  # B1
        try:
            parcels = await self.config.transport.load(request, self.state)
        except Exception as error:
            log_failure("read", error)
            return
        if any(parcels):
            self.open_bag(parcels, hidden=visits.nobody_looks(request.method, request.headers))

    def must_come_back(self, request: web.Request) -> bool:
        """A preload by the browser looked while something waited: it is to load for real (B3)."""
        return self.bag is not None and self.bag.missed and visits.is_preload(request.headers)

    def decide(self, request: web.Request, response: Any) -> Change:
        """Close the bag: what this answer changes in what waits."""
        self.settled = True
        facts = request.method, request.headers, response.status, response.headers
        self.change = self.open_bag().settle(
            response.status, shows=visits.shows(*facts), page_view=visits.is_page_view(*facts)
        )
        return self.change

    async def settle(self, request: web.Request, response: Any, *, headers_go_out: bool) -> None:
        """Decide, and store what was decided (B7: or say in the log that it failed)."""
        change = self.decide(request, response)
        try:
            self.cookies = await self.config.transport.store(
                request, self.state, change, response if headers_go_out else None
            )
        except Exception as error:
            log_failure("saved", error)

    async def send(self, request: web.Request, response: web.StreamResponse) -> None:
        """The headers of the answer go out now."""
        seen, self.request = self.request or request, None
        if not self.settled:
            if self.must_come_back(request):
                # set_status() refuses from here on, although nothing has been sent yet.
                response._status, response._reason = 503, "Service Unavailable"
                response.headers["Cache-Control"] = "no-store"
            await self.settle(seen, response, headers_go_out=True)
        self.lay_on(response)
        await self.config.transport.finish(seen, self.state, response)

    def lay_on(self, response: Any) -> None:
        """Set the headers that the change needs on the answer that is really sent."""
        bag = self.open_bag()
        if bag.found or _concerns_one_user(self.change, bag):
            _forbid_caching(response.headers)
        if self.change.adds and self.config.clear_preloads:
            response.headers.add("Clear-Site-Data", '"prefetchCache", "prerenderCache"')
        set_already = {_name(line) for line in response.headers.getall("Set-Cookie", ())}
        set_already.update(response.cookies)
        for line in self.cookies:
            if _name(line) not in set_already:
                response.headers.add("Set-Cookie", line)


# web.RequestKey came with aiohttp 3.14; before it every key of a request is a string.
VISIT: Any = (
    web.RequestKey("visit", Visit) if hasattr(web, "RequestKey") else "aiohttp_flashbag.visit"
)

# An outer middleware may hand on a clone of the request, as aiohttp_remotes does. The answer is
# then prepared with a request that never came to our middleware. The match_info is common to both,
# and a visit holds on to it, so its id cannot be another's while the visit lives.
_opened: WeakValueDictionary[int, Visit] = WeakValueDictionary()


def visit_of(request: web.Request) -> Visit | None:
    """The visit of this request or of the clone of it that the middleware saw."""
    visit: Visit | None = request.get(VISIT)
    if visit is None:
        visit = _opened.get(id(request.match_info))
    if visit is None:
        current = current_request.get()
        if current is not None and current.match_info is request.match_info:
            visit = current.get(VISIT)
    return visit


def _concerns_one_user(change: Change, bag: Flashbag) -> bool:
    """B1: clearing what nothing waited in is nothing."""
    return bool(change.adds or change.used or change.shown or (change and bag.came))


def _forbid_caching(headers: MutableMapping[str, str]) -> None:
    """B5."""
    said = headers.get("Cache-Control", "").lower()
    if "private" not in said and "no-store" not in said:
        headers["Cache-Control"] = "no-store"


def _name(line: str) -> str:
    return line.partition("=")[0]


def log_failure(what: str, error: Exception) -> None:
    """By the error's type only: its text may hold a session id or a key."""
    kind = f"{type(error).__module__}.{type(error).__qualname__}"
    effect = "counts as empty" if what == "read" else "what this request did to it is lost"
    logger.error("the flashbag could not be %s and %s: %s", what, effect, kind)
