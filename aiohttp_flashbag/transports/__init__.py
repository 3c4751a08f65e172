"""How parcels travel from one request to a later one.

Everything that knows a session, a cookie or a header's name for one is in this folder; the rules
of the bag are not. A new way to travel is one new file with a `Transport` and its `Store`.
"""

from __future__ import annotations

import abc
from collections.abc import Iterable, Set

from aiohttp import web

from ..address import Address, now
from ..codec import Codec
from ..fetch_metadata import sender
from ..parcel import Delta, Parcel, Trace

__all__ = ["COOKIE_LIMIT", "MAX_LINES", "Store", "Transport"]

COOKIE_LIMIT = 4096
"""Bytes of name and value above which browsers drop a cookie (RFC 6265bis, 5.7)."""
MAX_LINES = 20
"""How many `Set-Cookie` lines a response may have for flashes."""


class Store(abc.ABC):
    """The pending flashes of one request's user."""

    codec: Codec
    """What copies the values that are given, and limits their size."""

    cookie_came: bool
    """Whether the request brought the transport's cookie; if not, there is nothing to load (B1)."""

    passes_over = False
    """Whether something is pending that is not for this request (T1)."""

    trace: Trace | None = None
    """Where the store notes what it drops, None where nobody observes."""

    received: Set[Address] = frozenset()
    """The addresses of which this request is exactly the addressee (T2)."""

    _since = 0  # microseconds, when the request first looked at addresses

    def passed_over(self, request: web.Request, addresses: Iterable[Address]) -> Set[Address]:
        """Return those whose flashes the request passes over, and note what it received (T1)."""
        self._since = self._since or now()
        still_open = {address for address in addresses if address.is_open(self._since)}
        if not still_open:
            return frozenset()
        who = sender(request.path, request.headers)
        self.received, hidden = who.told_apart(still_open)
        self.passes_over = bool(hidden)
        return hidden

    @abc.abstractmethod
    async def load(self, request: web.Request) -> Parcel | None:
        """Return what is pending, None if nothing is."""

    in_session = False
    """Whether the flashes lie in a session."""

    def is_saved_next(self, request: web.Request) -> bool:
        """Tell whether aiohttp_session is about to save the session."""
        return False

    async def merge_into_session(  # noqa: B027  # only a session transport needs it
        self, request: web.Request, delta: Delta
    ) -> None:
        """Apply the delta to the session that aiohttp_session is about to save.

        `commit` makes up for it if the response that is really sent has another delta.
        """

    def take_over(self, abandoned: Store) -> None:  # noqa: B027  # as above
        """Undo what was merged for an earlier response to this request, which will not be sent."""

    @abc.abstractmethod
    async def commit(
        self, request: web.Request, response: web.StreamResponse, delta: Delta
    ) -> None:
        """Make the store and the headers of the response carry exactly this delta."""


class Transport(abc.ABC):
    """A way for flashes to travel, one per application."""

    hint_name = "AIOHTTP_FLASHBAG_PENDING"
    """The cookie by which a script knows that messages are pending: see `hint.py`."""

    @abc.abstractmethod
    def open(self, request: web.Request) -> Store:
        """Return the store of this request's user, without I/O.

        Raises RuntimeError if something is not set up.
        """

    def hint_attributes(self, request: web.Request) -> str:
        """Return the attributes of that cookie, as they stand in `Set-Cookie`.

        It goes wherever the transport's own cookies go, but scripts may read it.
        """
        return "; Path=/; SameSite=Lax" + ("; Secure" if request.secure else "")
