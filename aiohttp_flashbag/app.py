"""`setup()`: the middleware, the signal and the template functions of an application."""

from __future__ import annotations

import sys
from inspect import iscoroutinefunction

from aiohttp import web
from aiohttp.typedefs import Middleware

from .config import CONFIG, Config
from .mailbox.base import Mailbox
from .mailbox.beside import Identify, Mail
from .middleware import commit_prepared, make_middleware
from .observer import Observer, listener_of
from .transports import Transport, check_positive
from .transports.session import SessionTransport

_OPTIONS = web.AppKey("aiohttp_flashbag_options", tuple)
_MIDDLEWARE: web.AppKey[Middleware] = web.AppKey("aiohttp_flashbag_middleware")


def setup(
    app: web.Application,
    transport: Transport | None = None,
    *,
    max_messages: int = 50,
    clear_preloads: bool = True,
    observer: Observer | None = None,
    mailbox: Mailbox | None = None,
    identify: Identify | None = None,
) -> None:
    """Give every request of an application and its sub-applications a flashbag.

    With the default transport, the session, call it after `aiohttp_session.setup(app, storage)`.

    Args:
        app: The outermost application that uses flashes.
        transport: The way that flashes travel. The default is `SessionTransport()`.
        max_messages: The number of messages that can be pending for one user. If there are more,
            the oldest is dropped.
        clear_preloads: Whether a response that adds a flash makes the browser forget the pages that
            it has preloaded.
        observer: A function `observer(request, event)`, which is called after the commit with a
            `FlashEvent` for each flash. Its exceptions are logged.
        mailbox: A mailbox, whose messages the pages of its user show.
        identify: A function `identify(request)` that returns the id of the user who sent the
            request, or None. It may be async. A mailbox needs it.

    Raises:
        TypeError: If an argument has a wrong type, or a mailbox has no `identify`.
        ValueError: If a limit is below 1, or if an earlier call had other options.
        RuntimeError: When the application starts, if the session was set up after the flashbag.

    Example:
        aiohttp_flashbag.setup(app, CookieTransport(secret_key))
    """
    _check(transport, max_messages, observer)
    _check_mail(mailbox, identify)
    options = (transport, max_messages, clear_preloads, observer, mailbox, identify)
    config = app.get(CONFIG)
    if config is not None:
        if options != app[_OPTIONS] and options != (None, *app[_OPTIONS][1:]):
            raise ValueError(
                f"aiohttp_flashbag.setup() was already called for this application with "
                f"{app[_OPTIONS]}, now with {options}. Call it once."
            )
        return
    config = Config(transport or SessionTransport(), max_messages, clear_preloads)
    if observer is not None:
        config.listeners.append(listener_of(observer))
    if mailbox is not None and identify is not None:
        config.mail = Mail(mailbox, identify)
    app[CONFIG], app[_OPTIONS] = config, options
    app[_MIDDLEWARE] = make_middleware(config)
    app.middlewares.append(app[_MIDDLEWARE])
    app.on_response_prepare.append(commit_prepared)
    app.on_startup.append(_commit_last)
    app.on_startup.append(_install_in_templates)
    if isinstance(config.transport, SessionTransport):
        app.on_startup.append(_check_order)


def _check(transport: object, max_messages: object, observer: object) -> None:
    check_positive("max_messages", max_messages)
    if transport is not None and not isinstance(transport, Transport):
        # An instance is not quoted, because it may be a secret key.
        is_class = isinstance(transport, type)
        given = repr(transport) if is_class else f"An object of type {type(transport).__name__}"
        raise TypeError(
            f"{given} is not a transport. Pass an instance: SessionTransport(), "
            f"CookieTransport(secret_key) or RedisTransport(redis). A session storage belongs in "
            f"aiohttp_session.setup(app, storage)."
        )
    if observer is not None and (not callable(observer) or iscoroutinefunction(observer)):
        raise TypeError(
            f"observer={observer!r:.80} must be a function observer(request, event) that is not "
            f"async."
        )


def _check_mail(mailbox: object, identify: object) -> None:
    if mailbox is not None and not isinstance(mailbox, Mailbox):
        raise TypeError(
            f"mailbox must be a mailbox such as MemoryMailbox() or RedisMailbox(redis), not an "
            f"object of type {type(mailbox).__name__}."
        )
    if identify is not None and not callable(identify):
        raise TypeError(f"identify={identify!r:.80} must be a function identify(request).")
    if (mailbox is None) != (identify is None):
        raise TypeError(
            "A mailbox needs identify, a function that returns the id of the user who sent a "
            "request, or None: setup(app, mailbox=mailbox, identify=user_id)."
        )


async def _commit_last(app: web.Application) -> None:
    """Make the commit the last receiver of `on_response_prepare` (B5).

    A receiver may set `Cache-Control` for the response. The signal of a sub-application is frozen
    by now, so there the commit stays where `setup()` added it.
    """
    if not app.on_response_prepare.frozen:
        app.on_response_prepare.remove(commit_prepared)
        app.on_response_prepare.append(commit_prepared)


async def _check_order(app: web.Application) -> None:
    """Raise RuntimeError if the session's middleware was added after the flashbag's.

    A middleware that is wrapped by other code cannot be recognized.
    """
    known = [one for one in app.middlewares if one is app[_MIDDLEWARE] or _is_session(one)]
    if known[:1] == [app[_MIDDLEWARE]] and len(known) > 1:
        raise RuntimeError(
            "aiohttp_session.setup() was called after aiohttp_flashbag.setup(). Call "
            "aiohttp_session.setup(app, storage) first, so that the flashbag finds the session."
        )


def _is_session(middleware: object) -> bool:
    return getattr(middleware, "__module__", "") == "aiohttp_session"


async def _install_in_templates(app: web.Application) -> None:
    """Install the template functions if aiohttp_jinja2, which is optional, is in use."""
    if "aiohttp_jinja2" in sys.modules:
        from .jinja import install

        install(app)
