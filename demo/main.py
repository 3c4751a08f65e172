"""The application: what is set up, and in which order.

Run it with `python -m demo.main`. The environment may say
PORT (8080), DATABASE (a path for SQLite), SESSION_KEY (urlsafe base64, shared by all workers),
REDIS_URL (keeps the sessions in Redis) and FLASHBAG_TRANSPORT: cookie (flashes travel in cookies of
their own, with FLASHBAG_KEY) or redis (in Redis, with REDIS_URL).
"""

import os
from collections import deque
from pathlib import Path

import aiohttp_jinja2
import aiohttp_session
from aiohttp import web
from jinja2 import FileSystemLoader

import aiohttp_flashbag

from . import (
    accounts,
    articles,
    cached,
    forms,
    hello,
    observer,
    ping,
    preload,
    report,
    tabs,
    with_htmx,
    with_turbo,
)
from .npm import is_installed, serve_libraries
from .pages import not_found_page
from .sessions import make_storage, make_transport
from .store import open_store

HERE = Path(__file__).parent
SECTIONS = (
    *(hello, articles, accounts, forms, tabs, ping, report, preload, cached),
    *(with_htmx, with_turbo, observer),
)


def make_app() -> web.Application:
    app = web.Application()
    aiohttp_session.setup(app, make_storage(app))
    aiohttp_flashbag.setup(app, make_transport(app), observer=observer.observe)
    aiohttp_flashbag.setup_browser(app)
    templates = aiohttp_jinja2.setup(
        app, loader=FileSystemLoader(HERE / "templates"), trim_blocks=True, lstrip_blocks=True
    )
    templates.globals["is_installed"] = is_installed
    serve_libraries(app)
    app.middlewares.append(not_found_page)
    app.cleanup_ctx.append(open_store)
    app[observer.EVENTS] = deque(maxlen=20)
    app.router.add_static("/static", HERE / "static")
    for section in SECTIONS:
        app.add_routes(section.routes)
    return app


def main() -> None:
    web.run_app(make_app(), host="127.0.0.1", port=int(os.environ.get("PORT", "8080")))


if __name__ == "__main__":
    main()
