"""When the bag of a request is loaded, settled and stored, and how to get at it."""

from __future__ import annotations

import sys
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from .bag import Flashbag
from .parcel import logger
from .transports import Transport
from .transports.session import SessionTransport
from .visit import VISIT, Config, Visit, current_request, is_inside, log_failure, visit_of


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
            "aiohttp_flashbag is not installed: call aiohttp_session.setup(app, storage), which "
            "only a CookieTransport does without, and after it aiohttp_flashbag.setup(app)"
        )
    return visit.open_bag() if visit.bag is None else visit.bag


def _middleware(config: Config) -> Middleware:
    transport = config.transport

    @web.middleware
    async def flashbag_middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        if current_request.get() is not None and is_inside(request):
            return await handler(request)
        origin, may_wait = transport.look(request)
        visit = request[VISIT] = Visit(config, request, origin)
        token = current_request.set(request)
        if may_wait:
            await visit.load(request)
        try:
            response = await handler(request)
        except web.HTTPException as error:
            visit.answer = type(error)
            if visit.state is None or _has_no_flash(visit, request):
                raise
            # No second name for the error: it would be garbage that only a collection finds.
            instead = await _close(visit, request, error)
            if instead is None:
                raise
            return instead
        except Exception:
            if visit.bag is not None and not visit.settled:
                visit.bag.fail()  # B2; an outer middleware may yet show what waits, on its page
            raise
        else:
            visit.answer = type(response)
            if visit.state is None or _has_no_flash(visit, request):
                return response
            instead = await _close(visit, request, response)
            return response if instead is None else instead
        finally:
            visit.running = False
            if not config.has_signal:
                visit.request = None
                current_request.reset(token)

    return flashbag_middleware


flashbag_middleware = _middleware(Config(SessionTransport()))
"""For `app.middlewares.append(flashbag_middleware)`, after `aiohttp_session.setup(app, storage)`.

It serves answers of web.Response and HTTPException; `setup()` serves every kind.
"""


def _has_no_flash(visit: Visit, request: web.Request) -> bool:
    """Nobody used the bag, and nothing is to be merged into the session that is saved now."""
    wants_store = visit.config.transport.wants_store
    return visit.bag is None and not (visit.is_saved() and wants_store(request, visit.state))


async def _close(
    visit: Visit, request: web.Request, response: web.StreamResponse
) -> web.Response | None:
    """The handler is done; what aiohttp_session is to save must be in the session now.

    Returns what is to be answered instead, if anything.
    """
    bag = visit.open_bag() if visit.bag is None else visit.bag
    instead = None
    if visit.must_come_back(request) and not getattr(response, "prepared", False):
        response = instead = web.Response(status=503, headers={"Cache-Control": "no-store"})  # B3
        visit.answer = web.Response
    if not visit.settled and visit.is_saved():
        await visit.settle(bag, request, response, headers_go_out=False)
    if not _has_signal(visit.config, request):
        await _finish_without_signal(visit, bag, request, response)
    return instead


def _has_signal(config: Config, request: web.Request) -> bool:
    """Ours, or that of an application around or inside it."""
    return config.has_signal or any(
        _on_response_prepare in app.on_response_prepare for app in request.match_info.apps
    )


async def _finish_without_signal(
    visit: Visit, bag: Flashbag, request: web.Request, response: Any
) -> None:
    if visit.settled:
        visit.lay_on(bag, response)
        await visit.config.transport.finish(request, visit.state, response)
    elif isinstance(response, web.StreamResponse) and visit.decide(bag, request, response):
        logger.error(
            "what the flashbag of %s %s was given or handed out is not stored, for the answer is "
            "a %s: install it by aiohttp_flashbag.setup(app), which serves every kind of answer",
            request.method,
            request.path,
            type(response).__name__,
        )


async def _on_response_prepare(request: web.Request, response: web.StreamResponse) -> None:
    """B6: the last moment at which headers can change, for an answer of any kind."""
    visit = visit_of(request)
    if visit is None or visit.sent:
        return
    visit.sent = True
    try:
        if visit.bag is not None:
            await visit.send(visit.bag, request, response)
    except Exception as error:  # in a signal it would cut the connection
        log_failure("saved", error)
    finally:
        visit.request = None
