"""One request and its response: load the pending flashes, decide the delta, commit it once.

The commit runs when the headers are about to be sent, so the response that is really sent decides.
This module implements these of the numbered rules:

B1  A request that adds and consumes nothing writes nothing and changes no header. It loads only if
    it carries the transport's cookie, and static routes never load.
B2  A failed response (status 500 and above) changes nothing.
B3  A browser's own preload that would have read a pending flash gets a 503.
B5  A response that adds, consumes or shows a flash is kept out of shared caches.
B6  Responses of every kind follow these rules, and so do middlewares outside the flashbag's.
B7  A flash never causes a 500: failures are logged.
B9  After the response, nothing keeps the request or its bag alive through the library.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from aiohttp import web

from . import tabs
from .audience import Audience, audience_of, effects_of, is_browser_preload
from .bag import Flashbag
from .config import Config, Listener
from .flash import Delta, Flash, Outcome, now
from .log import log_failure
from .responses import clear_preloads, forbid_caching, load_later


class Exchange:
    """One request and its response."""

    bag: Flashbag | None = None
    """None until there is a pending flash or the handler asks for the bag."""
    is_running = False
    """Whether the handler has been called and has not returned."""
    is_committed = False
    has_failed = False
    """Whether the pending flashes could not be loaded."""
    outcome: Outcome | None = None
    _sent_at = 0  # in microseconds; set by the first decision, so that all decisions agree

    def __init__(self, config: Config, request: web.Request) -> None:
        self.config = config
        self._store = config.open(request)
        self._request: web.Request | None = request  # None after the commit (B9)
        self._pending: Sequence[Flash] = ()
        self._others: Sequence[Flash] = ()  # the pending flashes of other tabs
        self._listeners = config.listeners

    async def load(self, request: web.Request) -> None:
        """Create the bag if something is pending. It hides the flashes of unseen requests (B3)."""
        if not self._store.may_hold_flashes or not self.config.loads_for(request):
            return  # B1
        try:
            self._pending = await self._store.load(request)
        except Exception as error:
            self.has_failed = True
            log_failure("Pending flashes could not be read and are treated as empty", error)
        if self._pending:
            mine, self._others = tabs.for_this_request(self._pending, request)
            self.open_bag(mine, hidden=audience_of(request) is Audience.UNSEEN)

    def open_bag(self, incoming: Sequence[Flash] = (), *, hidden: bool = False) -> Flashbag:
        """Create the bag of this request. After the commit, it is closed from the start."""
        self.bag = Flashbag(
            incoming,
            hidden=hidden,
            newest_id=self._pending[-1].id if self._pending else "",
            copies=self._store.copies,
            max_messages=self.config.max_messages,
            fits=self._store.fits,
        )
        if self.is_committed:
            self.bag.close()
        return self.bag

    def mark_shown(self, flash_ids: Iterable[str]) -> None:
        """Count the messages with these ids as shown, of any tab."""
        bag = self.open_bag() if self.bag is None else self.bag
        bag.mark_shown(flash_ids, self._others)

    def seconds_until_readable(self) -> int:
        """Return after how many seconds this request could read more messages, or 0 (T5)."""
        return tabs.seconds_until_readable(self._others) or self._store.retry_after

    def decide(self, request: web.Request, response: web.StreamResponse) -> Delta:
        """Return the changes that this response makes. May be called more than once."""
        if self.bag is None or response.status >= 500:
            return Delta()
        is_endpoint = self.config.is_endpoint(request)
        has_script = self.config.helper is not None
        effects = effects_of(request, response, is_endpoint=is_endpoint, has_script=has_script)
        delta = self.bag.delta(*effects)
        if delta.added:  # T1
            self._sent_at = self._sent_at or now()
            delta = delta.addressed_to(tabs.address_for(request, response, self._sent_at))
        return delta

    async def handler_returned(self, request: web.Request, response: web.StreamResponse) -> None:
        """Set the headers that outer caches read (B5), and let aiohttp_session save the delta.

        Both would be too late at the commit.
        """
        if self.bag is not None:
            self._set_headers(request, response, self.bag)
        try:
            await self._store.handler_returned(request, response, self.decide)
        except Exception as error:
            log_failure("Flashes could not be merged into the session", error)

    async def commit(self, request: web.Request, response: web.StreamResponse) -> None:
        """Apply the delta of the response that is sent, once.

        `request` may be a clone without the session, so the middleware's request replaces it.
        Exceptions are logged (B7), because raising them here would abort the connection.
        """
        request = self._request or request
        if self.bag is not None and not self.is_committed:
            self.is_committed = True
            self.outcome = await self._commit(request, response, self.bag)
            for listener in self._listeners:
                try:
                    listener(request, response, self.outcome)
                except Exception as error:
                    log_failure("A listener of the flashbag failed", error)
        self.close()

    async def _commit(
        self, request: web.Request, response: web.StreamResponse, bag: Flashbag
    ) -> Outcome:
        try:
            self._set_headers(request, response, bag)
            delta = self.decide(request, response)
            if delta.added and self.config.clear_preloads:
                clear_preloads(response)
            if response.status < 500:
                tabs.move_addresses(self._pending, request, response)
            return await self._store.commit(request, response, delta)
        except Exception as error:
            log_failure("The changes of this request could not be saved", error)
            return Outcome(self._pending, self._pending)

    def subscribe(self, listener: Listener) -> None:
        """Call this listener too, after the commit of this exchange."""
        self._listeners = [*self._listeners, listener]

    def handler_failed(self) -> None:
        """Undo the reads and changes of a handler that failed or was cancelled (B2)."""
        if self.bag is not None:
            self.bag.fail()

    def restart(self) -> None:
        """Undo the reads and changes of the handler: an outer middleware calls it again."""
        if self.bag is not None:
            self.bag.restart()

    def close(self) -> None:
        """Close the bag and release the request (B9)."""
        self.is_committed, self._request = True, None
        if self.bag is not None:
            self.bag.close()

    def _set_headers(
        self, request: web.Request, response: web.StreamResponse, bag: Flashbag
    ) -> None:
        """Set the headers of B3 and B5."""
        if bag.was_missed and is_browser_preload(request):
            load_later(response)  # sets status 503, so the delta will be empty
        adds = bag.has_outgoing and response.status < 500
        if bag.was_read or adds or (self._pending and self.decide(request, response)):
            forbid_caching(response)
