"""Where the bag of a request lies, and when it is loaded, settled and stored."""

from __future__ import annotations

import sys
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from .bag import Flashbag
from .parcel import logger
from .transports import Transport
from .transports.session import SessionTransport
from .visit import VISIT, Config, Visit, current_request, log_failure, visit_of

_SAVED = (web.Response, web.HTTPException)
"""The answers for which aiohttp_session saves a session."""


def setup(
    app: web.Application,
    transport: Transport | None = None,
    *,
    max_messages: int = 50,
    clear_preloads: bool = True,
) -> None:
    """Give every request of `app` and its sub-applications a flashbag.

    With the default transport, the session, call it after `aiohttp_session.setup(app, storage)`.
    At most `max_messages` messages wait for one user, the oldest is dropped. `clear_preloads`:
    tell the browser to forget preloaded pages when something is flashed.
    """
    if max_messages < 1:
        raise ValueError(f"max_messages is {max_messages}: at least 1 message must be able to wait")
    config = Config(transport or SessionTransport(), max_messages, clear_preloads, has_signal=True)
    app.middlewares.append(_middleware(config))
    app.on_response_prepare.append(_on_response_prepare)
    app.on_startup.append(_install_in_templates)


async def _install_in_templates(app: web.Application) -> None:
    """Optional, so imported only where aiohttp_jinja2 is in use."""
    if "aiohttp_jinja2" in sys.modules:
        from .jinja import install

        install(app)


def get_flashbag(request: web.Request) -> Flashbag:
    """The flashbag of this request; RuntimeError if none is installed."""
    visit = visit_of(request)
    if visit is None:
        raise RuntimeError(
            "aiohttp_flashbag is not installed: call aiohttp_session.setup(app, storage) and "
            "after it aiohttp_flashbag.setup(app)"
        )
    return visit.open_bag()


def _middleware(config: Config) -> Middleware:
    @web.middleware
    async def flashbag_middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        outer = current_request.get()
        if outer is not None and outer.match_info is request.match_info:
            return await handler(request)  # B8: an outer application has done it
        visit = request[VISIT] = Visit(request, config)
        token = current_request.set(request)
        if config.transport.may_wait(request, visit.state):
            await visit.load(request)
        try:
            response = await handler(request)
        except web.HTTPException as error:
            response = await _close(visit, request, error)
            if response is error:
                raise
            return response
        except Exception:
            _fail(visit, request)
            raise
        else:
            return await _close(visit, request, response)
        finally:
            visit.handled = True
            if visit.sent or not config.has_signal:
                current_request.reset(token)

    return flashbag_middleware


flashbag_middleware = _middleware(Config(SessionTransport()))
"""For `app.middlewares.append(flashbag_middleware)`, after `aiohttp_session.setup(app, storage)`.

It serves answers of web.Response and HTTPException; `setup()` serves every kind.
"""


async def _close(
    visit: Visit, request: web.Request, response: web.StreamResponse
) -> web.StreamResponse:
    """The handler is done; what aiohttp_session is to save must be in the session now."""
    if visit.bag is None:
        saved = _is_saved_by_session(visit, response)
        if not (saved and visit.config.transport.wants_store(request, visit.state)):
            visit.settled = visit.sent or saved
            return response
        visit.open_bag()
    if visit.must_come_back(request) and not getattr(response, "prepared", False):
        response = web.Response(status=503, headers={"Cache-Control": "no-store"})  # B3
    visit.request = request
    if not visit.settled and _is_saved_by_session(visit, response):
        await visit.settle(request, response, headers_go_out=False)
    if not _has_signal(request):
        await _finish_without_signal(visit, request, response)
    return response


def _is_saved_by_session(visit: Visit, response: object) -> bool:
    return visit.config.transport.stores_before_session and isinstance(response, _SAVED)


def _has_signal(request: web.Request) -> bool:
    return any(_on_response_prepare in app.on_response_prepare for app in request.match_info.apps)


async def _finish_without_signal(visit: Visit, request: web.Request, response: Any) -> None:
    if visit.settled:
        visit.lay_on(response)
        await visit.config.transport.finish(request, visit.state, response)
    elif isinstance(response, web.StreamResponse) and visit.decide(request, response):
        logger.error(
            "what the flashbag of %s %s was given or handed out is not stored, for the answer is "
            "a %s: install it by aiohttp_flashbag.setup(app), which serves every kind of answer",
            request.method,
            request.path,
            type(response).__name__,
        )


def _fail(visit: Visit, request: web.Request) -> None:
    """B2. An outer middleware may yet show what waits, on its page for the error."""
    visit.request = request
    if visit.bag is not None and not visit.settled:
        visit.bag.fail()


async def _on_response_prepare(request: web.Request, response: web.StreamResponse) -> None:
    """B6: the last moment at which headers can change, for an answer of any kind."""
    visit = visit_of(request)
    if visit is None or visit.handled:
        current_request.set(None)  # whoever rendered a page for an error is done, too
    if visit is None or visit.sent:
        return
    visit.sent = True
    if visit.bag is None:
        visit.settled = True
        return
    try:
        await visit.send(request, response)
    except Exception as error:  # in a signal it would cut the connection
        log_failure("saved", error)
