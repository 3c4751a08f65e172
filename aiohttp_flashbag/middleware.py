"""When an exchange begins, when its handler has returned, and when it is committed."""

from __future__ import annotations

from http.cookies import SimpleCookie

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from .config import Config
from .exchange import Exchange
from .state import begin, find_exchange

_RESPONSES = (web.StreamResponse, web.HTTPException)
"""The types that a handler returns, unless it forgets to."""


def make_middleware(config: Config) -> Middleware:
    """Return the middleware that loads the flashbag of each request."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        exchange = find_exchange(request)
        if exchange is None:
            exchange = begin(config, request)
            await exchange.load(request)
        elif exchange.is_running or exchange.is_committed:  # B8
            return await handler(request)
        else:  # an outer middleware calls the handler again
            exchange.restart()
        return await run(exchange, request, handler)

    return middleware


async def commit_prepared(request: web.Request, response: web.StreamResponse) -> None:
    """Commit the exchange when the headers are sent: a receiver of `on_response_prepare`."""
    if (exchange := find_exchange(request)) is not None:
        await exchange.commit(request, response)


async def run(exchange: Exchange, request: web.Request, handler: Handler) -> web.StreamResponse:
    """Call the handler, and prepare its response for the commit."""
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


def private_copy(error: web.HTTPException) -> web.HTTPException:
    """Copy a raised response, because a module may raise one object for all its visitors (B6)."""
    copy: web.HTTPException = BaseException.__new__(type(error), *error.args)
    cookies = SimpleCookie(vars(error).get("_cookies"))
    copy.__dict__ = {**vars(error), "_headers": error.headers.copy(), "_cookies": cookies}
    copy.__cause__, copy.__context__ = error.__cause__, error.__context__
    copy.__suppress_context__ = error.__suppress_context__
    return copy.with_traceback(error.__traceback__)
