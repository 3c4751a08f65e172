"""`setup()`: the middleware, the signal and the template functions of an application."""

from __future__ import annotations

import sys
from inspect import iscoroutinefunction

from aiohttp import web

from .exchange import CONFIG, Config, commit_prepared
from .middleware import make_middleware
from .observer import Observer
from .transports import Transport
from .transports.session import SessionTransport


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
    At most `max_messages` messages are pending for one user, the oldest is dropped.
    `clear_preloads`: tell the browser to forget preloaded pages when something is flashed.
    `observer(request, event)` is told what became of each flash, a `FlashEvent`, when the headers
    of the response have been made. What it raises is logged.

    Raises TypeError for what is not a transport and for an observer that cannot be called,
    ValueError for a limit below 1 and for a second call with other options.
    """
    if max_messages < 1:
        raise ValueError(
            f"max_messages is {max_messages}: at least 1 message must be able to be pending"
        )
    if transport is not None and not isinstance(transport, Transport):
        raise TypeError(
            f"transport={transport!r:.80} is no transport: give an instance, SessionTransport() or "
            f"CookieTransport(secret_key); a session storage belongs in "
            f"aiohttp_session.setup(app, storage)"
        )
    if observer is not None and (not callable(observer) or iscoroutinefunction(observer)):
        raise TypeError(
            f"observer={observer!r:.80} cannot be called as observer(request, event): give a "
            f"function that is not async"
        )
    before = app.get(CONFIG)
    config = Config(
        transport or (before.transport if before else SessionTransport()),
        max_messages,
        clear_preloads,
        observer=observer,
    )
    if before is not None and before != config:
        raise ValueError(
            f"aiohttp_flashbag.setup() was called for this application with {before}, and now with "
            f"{config}: call it once"
        )
    config = app[CONFIG] = before or config
    app.middlewares.append(make_middleware(config, has_signal=True))
    app.on_response_prepare.append(commit_prepared)
    app.on_startup.append(_install_in_templates)


async def _install_in_templates(app: web.Application) -> None:
    """Install the template functions where aiohttp_jinja2 is in use, for it is optional."""
    if "aiohttp_jinja2" in sys.modules:
        from .jinja import install

        install(app)
