"""The site that clients visit while their requests are recorded. Each situation has its path."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable

from aiohttp import web
from browser.npm import MODULES
from browser.server import Server

from . import Recorded

OTHER_HOST = "shop.test"
"""A host that browsers do not trust, so they send it no Fetch Metadata without HTTPS."""

WORKER = """addEventListener("install", () => skipWaiting());
addEventListener("activate", event => event.waitUntil(clients.claim()));
addEventListener("fetch", event => event.respondWith(fetch(event.request)));"""
_ADDRESS = re.compile(rf"\b(localhost|{OTHER_HOST}):[0-9]+")
_VARYING = {"content-length", "sec-websocket-key", "x-turbo-request-id"}
"""Headers that change at each run."""


def path_of(situation: str) -> str:
    """Return the path that a client requests in a situation."""
    return "/" + situation.replace(" ", "-")


def make_app(html: str) -> web.Application:
    """Return an application with one page, `html`, for all situations.

    Missing resources have status 404. A situation that ends with a redirect leads to the situation
    "page after" it.
    """
    special: dict[str, Callable[[], web.Response]] = {
        path_of("service worker"): lambda: web.Response(
            text=WORKER, content_type="text/javascript"
        ),
        "/reporting": lambda: web.Response(
            text="<img src='/blocked'>",
            content_type="text/html",
            headers={"Content-Security-Policy": f"img-src 'none'; report-uri {path_of('report')}"},
        ),
    }

    async def respond(request: web.Request) -> web.Response:
        if respond_so := special.get(request.path):
            return respond_so()
        if "missing" in request.path:
            raise web.HTTPNotFound
        is_form = request.method == "POST" and "form" in request.path
        if is_form or request.path == path_of("redirected fetch"):
            raise web.HTTPSeeOther(path_of("page after ") + request.path.removeprefix("/"))
        return web.Response(text=html, content_type="text/html")

    app = web.Application()
    if MODULES.is_dir():
        app.router.add_static("/npm", MODULES)
    app.router.add_route("*", "/{path:.*}", respond)
    return app


async def record(server: Server, situation: str, act: Awaitable[object] | None = None) -> Recorded:
    """Do something in a client, and return the first request that has arrived for a situation."""
    if act is not None:
        await act
    seen = await server.arrival(path_of(situation))
    assert len(set(seen.headers)) == len(seen.headers), "a header came twice"
    kept = {name: text for name, text in seen.headers.items() if name.lower() not in _VARYING}
    return Recorded(seen.method, {name: _ADDRESS.sub(r"\1", text) for name, text in kept.items()})
