"""Store the exchange of a request on its writer, and find it there.

An outer middleware may pass on a clone of the request, as aiohttp_remotes does, or call the handler
in another task. All clones of a request share its writer, and two requests never do.
"""

from __future__ import annotations

import weakref
from contextvars import ContextVar

from aiohttp import web

from .bag import Flashbag
from .config import Config
from .exchange import Exchange

current_request: ContextVar[weakref.ref[web.Request] | None] = ContextVar(
    "current_request", default=None
)
"""The request that is being handled, for templates that do not pass it.

The reference is weak, because tasks that the handler starts copy the context and may outlive the
request (B9)."""

_ATTRIBUTE = "aiohttp_flashbag"


def begin_exchange(config: Config, request: web.Request) -> Exchange:
    """Create the exchange of this request, and make it the current one for templates."""
    exchange = Exchange(config, request)
    setattr(request.writer, _ATTRIBUTE, exchange)
    current_request.set(weakref.ref(request))
    return exchange


def find_exchange(request: web.Request) -> Exchange | None:
    """Return the exchange of this request, or None."""
    exchange = getattr(request.writer, _ATTRIBUTE, None)
    return exchange if isinstance(exchange, Exchange) else None


def get_flashbag(request: web.Request) -> Flashbag:
    """Return the flashbag of this request, the object behind the other functions.

    Raises:
        RuntimeError: If the application has no flashbag.
        TypeError: If `request` is not a request.

    Example:
        if "error" in get_flashbag(request):
            ...
    """
    if not isinstance(request, web.Request):
        raise TypeError(
            f"The first argument must be the request, not {request!r:.80} of type "
            f"{type(request).__name__}. In a web.View, it is self.request."
        )
    exchange = find_exchange(request)
    if exchange is None:
        raise RuntimeError(
            "No flashbag for this request. Call aiohttp_flashbag.setup(app) after "
            "aiohttp_session.setup(app, storage), which CookieTransport and RedisTransport "
            "do without. A middleware that flashes without calling its handler must be added after "
            "both."
        )
    return exchange.open_bag() if exchange.bag is None else exchange.bag
