"""When an exchange begins, when its handler has returned, and when it is committed."""

from __future__ import annotations

import weakref

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from .exchange import EXCHANGE, Config, Exchange, current_request, private_copy
from .transports.session import SessionTransport

_RESPONSES = (web.StreamResponse, web.HTTPException)
"""What a handler gives, unless it forgets `return`."""


def make_middleware(config: Config, *, has_signal: bool) -> Middleware:
    """Return the middleware that loads the flashbag of each request.

    `has_signal`: `commit_prepared` commits. Without, the middleware commits before it returns.
    """
    open_store = config.transport.open

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        writer = request.writer
        outer: Exchange | None = getattr(writer, EXCHANGE, None)
        if outer is not None and outer.running:
            return await handler(request)  # B8
        store = open_store(request)
        if outer is not None and not outer.committed:  # a middleware tries the handler again
            store.take_over(outer.store)
            outer.fail()
        exchange = Exchange(config, store, request)
        setattr(writer, EXCHANGE, exchange)
        current_request.set(weakref.ref(request))
        try:
            if store.cookie_came:
                await exchange.load(request)
            try:
                response, raised = await handler(request), None
            except web.HTTPException as error:
                response = raised = error if exchange.bag is None else private_copy(error)
            is_used = exchange.bag is not None or (
                store.in_session and store.cookie_came and store.is_saved_next(request)
            )
            if is_used and isinstance(response, _RESPONSES):
                await exchange.answered(request, response)
                if not has_signal:
                    await exchange.commit_early(request, response)
            if raised is None:
                return response
            try:
                raise raised
            finally:
                del response, raised  # a traceback holds this frame: names would make a cycle (B9)
        except web.HTTPException:
            raise
        except BaseException:
            exchange.fail()
            raise
        finally:
            exchange.running = False
            if not has_signal:
                exchange.close()

    return middleware


flashbag_middleware = make_middleware(Config(SessionTransport()), has_signal=False)
flashbag_middleware.__doc__ = """\
Middleware for `app.middlewares.append(flashbag_middleware)`, after `aiohttp_session.setup()`.

It serves responses of `web.Response` and `web.HTTPException`; `setup()` serves every kind.
"""
