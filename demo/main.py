"""The application, and the order in which its parts are set up.

Run it with `python -m demo.main`. These environment variables configure it:

PORT: the port, 8080 by default.
DATABASE: a path for SQLite. Without it, the articles are deleted at the end.
SESSION_KEY: 32 bytes as urlsafe base64, the same for all workers.
REDIS_URL: stores the sessions and the mailbox in Redis.
FLASHBAG_TRANSPORT: "cookie" stores flashes in their own cookies, "redis" in Redis. The default is
the session.
FLASHBAG_KEY: the key for "cookie", the same for all workers.
"""

import os
from collections import deque
from pathlib import Path

import aiohttp_session
from aiohttp import web

import aiohttp_flashbag

from . import (
    accounts,
    articles,
    cached,
    export,
    forms,
    hello,
    observer,
    pages,
    preload,
    report,
    tabs,
    with_fetch,
    with_htmx,
    with_turbo,
)
from .sessions import make_mailbox, make_storage, make_transport
from .store import open_store

STATIC = Path(__file__).parent / "static"
SECTIONS = (
    *(hello, articles, forms, tabs, with_fetch, export, accounts, pages),
    *(with_htmx, with_turbo, cached, preload, report, observer),
)


def make_app() -> web.Application:
    """Return the application of the demo."""
    app = web.Application()
    aiohttp_session.setup(app, make_storage(app))
    app[export.MAILBOX] = make_mailbox(app)
    aiohttp_flashbag.setup(
        app,
        make_transport(app),
        observer=observer.observe,
        mailbox=app[export.MAILBOX],
        identify=export.user_id,
    )
    aiohttp_flashbag.setup_browser(app, live=True)
    pages.setup_templates(app)
    app.cleanup_ctx.append(open_store)
    app.cleanup_ctx.append(export.run_tasks)
    app[observer.EVENTS] = deque(maxlen=20)
    app.router.add_static("/static", STATIC)
    for section in SECTIONS:
        app.add_routes(section.routes)
    return app


def main() -> None:
    """Serve the application on this machine."""
    web.run_app(make_app(), host="127.0.0.1", port=int(os.environ.get("PORT", "8080")))


if __name__ == "__main__":
    main()
