"""How flashes travel from one request to a later one.

An application uses one `Transport`. Only the modules of this folder know how flashes are stored in
sessions and cookies. To add another way, write a module with a `Transport` and its `Store`.
"""

from __future__ import annotations

import abc
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from aiohttp import web

from ..copies import Copies
from ..flash import Delta, Flash, Outcome

COOKIE_PREFIX = "AIOHTTP_FLASHBAG"
"""The names of the library's cookies begin with this, unless the application renames them."""
HINT_NAME = f"{COOKIE_PREFIX}_PENDING"
"""The cookie that tells the JavaScript helper about pending messages."""

Decide: TypeAlias = Callable[[web.Request, web.StreamResponse], Delta]
"""Returns the changes that this response would make if it were sent."""


def check_positive(name: str, value: object) -> None:
    """Raise TypeError if an option is not an int, ValueError if it is below 1."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{name} must be an int, not {value!r:.80} of type {type(value).__name__}.")
    if value < 1:
        raise ValueError(f"{name} must be at least 1, not {value}.")


class Store(abc.ABC):
    """The pending flashes of one request's user.

    A store returns each flash with the id, key, content and address that it was given.
    """

    copies: Copies
    may_hold_flashes: bool
    """Whether something may be pending. If not, nothing is loaded (B1)."""
    retry_after = 0
    """The seconds until flashes that another request holds can be read, or 0."""

    @abc.abstractmethod
    async def load(self, request: web.Request) -> Sequence[Flash]:
        """Return the pending flashes, of all tabs, oldest first."""

    async def handler_returned(  # noqa: B027  # only sessions need it
        self, request: web.Request, response: web.StreamResponse, decide: Decide
    ) -> None:
        """Save changes for which the commit is too late. By default, there are none."""

    @abc.abstractmethod
    async def commit(
        self, request: web.Request, response: web.StreamResponse, delta: Delta
    ) -> Outcome:
        """Apply the delta to the pending flashes, and add the cookies to the response."""

    def fits(self, key: str | None, content: Any) -> bool:
        """Return whether a flash is small enough to travel."""
        return True


class Transport(abc.ABC):
    """A way for flashes to travel."""

    max_age: int
    """The seconds after which unread flashes expire."""
    has_hint = False
    """Whether responses may set the hint cookie, because the JavaScript helper is installed."""

    @abc.abstractmethod
    def open(self, request: web.Request) -> Store:
        """Return the store of this request's user, without I/O.

        Raises RuntimeError if the application is not set up for this transport.
        """

    def hint_name(self, request: web.Request) -> str:
        """Return the name of the hint cookie, which differs between applications on one host."""
        return HINT_NAME

    def hint_attributes(self, request: web.Request) -> str:
        """Return the attributes of the hint cookie except Max-Age, as written in `Set-Cookie`.

        The hint goes wherever the transport's own cookies go, but scripts may read it.
        """
        return "; Path=/; SameSite=Lax" + ("; Secure" if request.secure else "")
