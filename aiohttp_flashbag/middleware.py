"""The middleware begins an exchange and calls its handler; a signal receiver commits it."""

from __future__ import annotations

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from .config import Config
from .exchange import Exchange
from .responses import private_copy
from .state import begin_exchange, find_exchange

_RESPONSES = (web.StreamResponse, web.HTTPException)
"""The types of a response. A handler may return None by mistake, which aiohttp reports."""


def make_middleware(config: Config) -> Middleware:
    """Return the middleware that loads the flashbag of each request."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        exchange = find_exchange(request)
        if exchange is None:
            exchange = begin_exchange(config, request)
            await exchange.load(request)
        elif exchange.is_running or exchange.is_committed:  # installed twice (B8), or too late
            return await handler(request)
        else:  # an outer middleware calls the handler again
            exchange.restart()
        return await call(exchange, request, handler)

    return middleware


async def commit_prepared(request: web.Request, response: web.StreamResponse) -> None:
    """Commit the exchange when the headers are about to be sent (`on_response_prepare`)."""
    if (exchange := find_exchange(request)) is not None:
        await exchange.commit(request, response)


async def call(exchange: Exchange, request: web.Request, handler: Handler) -> web.StreamResponse:
    """Call the handler, and return or raise its response, prepared for the commit."""
    exchange.is_running = True
    try:
        try:
            response, raised = await handler(request), None
        except web.HTTPException as error:
            response = raised = error if exchange.bag is None else private_copy(error)
        if isinstance(response, _RESPONSES):
            await exchange.handler_returned(request, response)
    except BaseException:
        exchange.handler_failed()
        raise
    finally:
        exchange.is_running = False
    if raised is None:
        return response
    try:
        raise raised
    finally:
        del response, raised  # the traceback holds this frame: names would make a cycle (B9)
