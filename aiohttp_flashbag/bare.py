"""The style of version 0.0.3: `app.middlewares.append(flashbag_middleware)`, without `setup()`.

Nothing tells this middleware when the headers are sent, so it commits when the handler returns.
"""

from __future__ import annotations

from aiohttp import web
from aiohttp.typedefs import Handler

from .config import Config
from .exchange import Exchange
from .log import logger
from .middleware import call
from .state import begin_exchange, find_exchange
from .transports.session import SessionTransport

_CONFIG = Config(SessionTransport())


@web.middleware
async def flashbag_middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Give each request a flashbag. Append it after calling `aiohttp_session.setup()`.

    It supports responses of type `web.Response` and `web.HTTPException`, `setup()` all types.
    """
    active = find_exchange(request)
    if active is not None and active.is_running:  # installed twice (B8)
        return await handler(request)
    exchange = begin_exchange(_CONFIG, request)
    await exchange.load(request)
    try:
        response = await call(exchange, request, handler)
        await _commit(exchange, request, response)
        return response
    except web.HTTPException as error:
        await _commit(exchange, request, error)
        raise
    finally:
        exchange.close()


async def _commit(
    exchange: Exchange, request: web.Request, response: web.StreamResponse | None
) -> None:
    is_sent = getattr(
        response, "prepared", False
    )  # in aiohttp 4, an HTTPException is not a response
    if isinstance(response, web.Response | web.HTTPException) and not is_sent:
        await exchange.commit(request, response)
    elif isinstance(response, web.StreamResponse) and exchange.decide(request, response):
        logger.error(
            "Flashes of %s %r are lost: this middleware cannot commit a %s. Use "
            "aiohttp_flashbag.setup(app), which supports every kind of response.",
            request.method,
            request.path,
            type(response).__name__,
        )
