"""Pages with the browser's half, under a strict Content-Security-Policy, and ways to flash."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any

import aiohttp_session
from aiohttp import web
from aiohttp_session.redis_storage import RedisStorage
from redis.asyncio import Redis

import aiohttp_flashbag
from aiohttp_flashbag import (
    CookieTransport,
    flash,
    flashbag_script,
    get_flashed_messages,
    setup_browser,
)
from aiohttp_flashbag.markup import render

from .npm import MODULES, need_libraries
from .server import Server

ENDPOINT = "/flashbag/messages"
CACHED = {"Cache-Control": "public, max-age=600"}
POLICY = "default-src 'self'"
# htmx without the styles that a strict policy forbids, by the names of 2 and of 4.
CONFIG = escape('{"includeIndicatorStyles": false, "includeIndicatorCSS": false}')
# Turbo has no such option for its progress bar.
POLICIES = {"turbo": f"{POLICY}; style-src 'self' 'unsafe-inline'"}
# Notes what the script does, before it does anything: each event, each region that was empty.
RECORDER = """
window.events = [];
window.empty = 0;
addEventListener("flash", (event) => {
  events.push(event.detail);
  if (window.showsItself) event.preventDefault();
});
new MutationObserver((records) => {
  for (const record of records) {
    for (const node of record.addedNodes) {
      if (node.matches?.("[data-flash] [role]") && !node.textContent) empty += 1;
    }
  }
}).observe(document, {childList: true, subtree: true});
"""
LIBRARIES = {
    "htmx2": ["htmx.org/dist/htmx.min.js", "htmx-ext-preload/dist/preload.min.js"],
    "htmx4": ["htmx4/dist/htmx.min.js"],
    "htmx4 with history": ["htmx4/dist/htmx.min.js", "htmx4/dist/ext/hx-history-cache.min.js"],
    "turbo": ["@hotwired/turbo/dist/turbo.es2017-umd.js"],
    "": [],
}
Body = Callable[[web.Request], str]


def page(title: str, body: str | Body = "", *, library: str = "", **options: Any) -> web.RouteDef:
    """A page at `/<title>`; `shows`: the server renders the messages into it."""
    if library:
        need_libraries()

    async def handler(request: web.Request) -> web.Response:
        return document(request, title, body, library=library, **options)

    return web.get(f"/{title}", handler)


def document(
    request: web.Request,
    title: str,
    body: str | Body = "",
    *,
    library: str = "",
    shows: bool = False,
    region: str = "<div data-flashes></div>",
    headers: dict[str, str] = CACHED,
    scripts: int = 1,
    status: int = 200,
) -> web.Response:
    """A page, cacheable unless it shows a message."""
    sources = ["/recorder.js", *(f"/npm/{path}" for path in LIBRARIES[library])]
    head = "".join(f'<script src="{source}" defer></script>' for source in sources)
    head += flashbag_script(request) * scripts
    shown = render(get_flashed_messages(request)) if shows else ""
    text = body if isinstance(body, str) else body(request)
    return web.Response(
        text=f'<!doctype html><html lang="en"><head><title>{title}</title>'
        f'<link rel="icon" href="/icon"><meta name="htmx-config" content="{CONFIG}">{head}</head>'
        f"<body>{region}{shown}<main><h1>{title}</h1>{text}</main></body></html>",
        content_type="text/html",
        status=status,
        headers={**headers, "Content-Security-Policy": POLICIES.get(library, POLICY)},
    )


def form(text: str, to: str, attributes: str = "") -> str:
    """A form that flashes a message and leads to a page."""
    return (
        f'<form method="post" action="/save" {attributes}><input type="hidden" name="text" '
        f'value="{text}"><input type="hidden" name="to" value="{to}">'
        f'<button class="save">Save</button></form>'
    )


async def save(request: web.Request) -> web.StreamResponse:
    """Flash, and redirect."""
    posted = await request.post()
    flash(request, posted["text"])
    raise web.HTTPSeeOther(str(posted["to"]))


async def add(request: web.Request) -> web.Response:
    """Flash what the query says, each under its category; the data as JSON say."""
    data: dict[str, Any] = await request.json() if request.can_read_body else {}
    for category, text in request.query.items():
        flash(request, text, category, **data)
    return web.Response(text="<p>flashed</p>", content_type="text/html")


async def icon(request: web.Request) -> web.Response:
    return web.Response(content_type="image/svg+xml", headers=CACHED)


async def recorder(request: web.Request) -> web.Response:
    return web.Response(text=RECORDER, content_type="text/javascript", headers=CACHED)


def half_app(*routes: web.AbstractRouteDef, redis_url: str | None = None) -> web.Application:
    """An application with these pages, over own cookies, or over sessions in Redis."""
    app = web.Application()
    if redis_url is None:
        aiohttp_flashbag.setup(app, CookieTransport(b"k" * 32))
    else:
        client = Redis.from_url(redis_url)
        app.on_cleanup.append(lambda app: client.aclose())
        aiohttp_session.setup(app, RedisStorage(client))
        aiohttp_flashbag.setup(app)
    setup_browser(app)
    app.add_routes([web.get("/recorder.js", recorder), web.post("/save", save), *routes])
    app.add_routes([web.get("/icon", icon), web.post("/add", add)])
    if MODULES.is_dir():
        app.router.add_static("/npm", MODULES)
    return app


def asked(server: Server, path: str = ENDPOINT) -> list[int | None]:
    """The status of each response of the endpoint so far, or of another path."""
    return [seen.status for seen in server.requests(path)]
