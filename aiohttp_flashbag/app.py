"""`setup()`: the middleware, the signal and the template functions of an application."""

from __future__ import annotations

import sys
from inspect import iscoroutinefunction

from aiohttp import web

from .config import CONFIG, Config
from .middleware import commit_prepared, make_middleware
from .observer import Observer, listener_of
from .transports import Transport
from .transports.session import SessionTransport

_OPTIONS = web.AppKey("aiohttp_flashbag_options", tuple)


def setup(
    app: web.Application,
    transport: Transport | None = None,
    *,
    max_messages: int = 50,
    clear_preloads: bool = True,
    observer: Observer | None = None,
) -> None:
    """Give every request of `app` and its sub-applications a flashbag.

    With the default transport, the session, call it after `aiohttp_session.setup(app, storage)`.
    At most `max_messages` messages are pending for each user; the oldest is dropped. With
    `clear_preloads`, a response that flashes makes the browser forget preloaded pages.
    `observer(request, event)` is called after the commit with a `FlashEvent` for each flash. Its
    exceptions are logged.

    Raises TypeError if `transport` is not a transport or `observer` is not a function, ValueError
    for a limit below 1 and for a second call with other options.
    """
    _check(transport, max_messages, observer)
    options = (transport, max_messages, clear_preloads, observer)
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
    app[CONFIG], app[_OPTIONS] = config, options
    app.middlewares.append(make_middleware(config))
    app.on_response_prepare.append(commit_prepared)
    app.on_startup.append(_install_in_templates)


def _check(transport: object, max_messages: int, observer: object) -> None:
    if max_messages < 1:
        raise ValueError(f"max_messages must be at least 1, not {max_messages}.")
    if transport is not None and not isinstance(transport, Transport):
        raise TypeError(
            f"transport={transport!r:.80} is not a transport. Pass an instance, SessionTransport() "
            f"or CookieTransport(secret_key). A session storage belongs in "
            f"aiohttp_session.setup(app, storage)."
        )
    if observer is not None and (not callable(observer) or iscoroutinefunction(observer)):
        raise TypeError(
            f"observer={observer!r:.80} must be a function observer(request, event) that is not "
            f"async."
        )


async def _install_in_templates(app: web.Application) -> None:
    """Install the template functions if aiohttp_jinja2, which is optional, is in use."""
    if "aiohttp_jinja2" in sys.modules:
        from .jinja import install

        install(app)
